"""Each check of the tables finds nothing in ours, and finds the fault that it is there for."""

import pandas as pd
import pytest

from memwall_cli import load_table
from memwall_cli.consistency import CHECKS, table_faults
from memwall_cli.consistency.devices import LINES, MATRIX_PER_VECTOR
from memwall_cli.consistency.formulas import disagrees, results
from memwall_cli.tables import data_dir, table_names


def ours():
    return {name: load_table(name) for name in table_names()}


def test_our_tables_have_no_fault():
    assert table_faults(ours()) == []


# table, record, column, a value that is wrong, and what the check says of it
BROKEN = [
    # the slips of other collections, as the data's own notes name them
    ("accelerators", "h100-sxm", "fp16_matrix_tflops", 1979.0, "dense?"),
    ("accelerators", "a100-sxm-80gb", "fp16_matrix_tflops", 624.0, "dense?"),
    ("accelerators", "l40s", "fp16_matrix_tflops", 733.0, "dense?"),
    ("accelerators", "mi300x", "memory_bandwidth_gbs", 10300.0, "HBM3 gives 6554 at most"),
    ("accelerators", "metax-c500-pcie", "memory_bandwidth_gbs", 18000.0, "counted twice?"),
    ("accelerators", "p40", "memory_bandwidth_gbs", 694.3, "GDDR5 gives 512"),
    ("accelerators", "mtia-v2", "memory_gb", 0.256, "s to read all memory"),
    ("accelerators", "h100-sxm", "link_gbs", 900.0, "NVLink 4 gives 450 in one direction"),
    ("accelerators", "geforce-gtx-680", "link_gbs", 31.5, "PCIe 3.0 gives 15.75"),
    ("accelerators", "h100-sxm", "fp8_matrix_tflops", 494.0, "0.499 x fp16_matrix_tflops"),
    ("accelerators", "h100-sxm", "fp64_tflops", 134.0, "2.00 x fp32_tflops"),
    ("accelerators", "a100-sxm-40gb", "released", pd.Timestamp("2016-01-01"), "is before"),
    ("accelerators", "a100-sxm-80gb", "memory_type", "HBM3e", "more than a year before HBM3e"),
    ("memories", "hbm3", "bandwidth_gbs", 1638.4, "bus width x pin rate / 8 is 819.2"),
    ("memories", "ddr4-3200", "released", pd.Timestamp("2005-01-01"), "DDR4 before DDR3"),
    ("interconnects", "pcie-3.0", "device_gbs", 31.5, "1.97 of lanes x rate"),
    ("interconnects", "pcie-1.0", "device_gbs", 5.0, "8b/10b leaves 0.800"),
    ("interconnects", "pcie-5.0", "specified", pd.Timestamp("2001-01-01"), "generation of PCIe"),
    ("interconnects", "pcie-5.0", "first_product_date", pd.Timestamp("2018-01-01"), "than a year"),
    ("models", "deepseek-v3", "active_parameters", 37e12, "more than all"),
    ("models", "llama-2-70b", "training_flop", 8.4e26, "x 6 x parameters x tokens"),
    ("claims", "hobbhahn2022-all", "value", 3.0, "outside its own interval"),
    ("claims", "gholami2024-compute", "series", "speed", "none of ours"),
    # our own bookkeeping
    ("accelerators", "tesla-k80", "price_usd", float("nan"), "has no such value"),
    ("accelerators", "alpha-21164-300-t3e", "price_usd", 100.0, "no row for this value"),
    ("accelerators", "xeon-e5-2690", "fp64_tflops", 0.3712, "its formula gives 185.6"),
    ("accelerators", "geforce-gtx-280", "memory_bandwidth_gbs", 155.0, "its formula gives 1.417e5"),
    ("claims", "epoch2023-fp32", "value", 2.3, "its formula gives 1.827"),
    ("provenance", "h100-sxm", "source", "hearsay", "is used and not defined"),
    ("provenance", "xeon-e5-2690", "detail", None, "write the formula"),
    ("provenance", "t4", "how", "datasheet", "is no primary source"),
    ("sources", "gholami2021", "date", "2027", "before the date of the document"),
    ("sources", "gholami2021", "key", "gholami2020", "no value rests on it"),
]


@pytest.mark.parametrize(("table", "record", "column", "value", "says"), BROKEN)
def test_a_broken_row_is_found(table, record, column, value, says):
    tables = ours()
    frame = tables[table].copy()
    key = "key" if table == "sources" else "id"
    mine = frame[key] == record
    if table == "provenance":
        mine &= frame["field"].isin(["fp64_tflops", "fp32_tflops"])
    assert mine.any()
    frame.loc[mine, column] = value
    found = table_faults({**tables, table: frame})
    assert any(says in sentence for _, sentence in found), found


def test_every_check_is_tried_on_a_broken_row():
    assert {table for table, _ in CHECKS} <= {table for table, *_ in BROKEN}


def test_a_check_passes_over_what_it_has_no_table_for():
    for name in table_names():
        assert all(
            "is used and not defined" not in s for _, s in table_faults({name: ours()[name]})
        )


def test_product_lines_and_dies_are_those_of_the_table():
    devices = load_table("accelerators")
    assert {id_ for line in LINES for id_ in line} <= set(devices["id"])
    assert set(MATRIX_PER_VECTOR) <= set(devices["die"].dropna())


@pytest.mark.parametrize(
    ("detail", "gives"),
    [
        ("8 cores x 2.9 GHz x 16 FLOP/cycle (AVX: 4-wide add + 4-wide mul)", [371.2]),
        ("16 lanes x 8 GT/s x 128/130 / 8; bus as listed", [15.753846]),
        ("half of 900 GB/s bidirectional", [450.0]),
        ("half of the 3958 quoted with 2:4 sparsity", [1979.0]),
        ("2^(24/39.7); doubling time 39.7 months", [1.52048]),
        ("512 bit x 5 Gbit/s / 8 = 320 GB/s", [320.0]),
        ("6 x 1,000e9 parameters x 0.3e12 tokens", [1.8e24]),
        ("1.4 petaFLOPS FP16.16 of a Bow-2000 / 4 IPUs", [0.35]),
        ("points counted in the vector drawing of the figure", []),
        ("__import__('os').getcwd()", []),
        ("9**9**9**9**9**9**9**9", []),
    ],
)
def test_a_formula_in_words_is_done_again(detail, gives):
    assert results(detail) == pytest.approx(gives, rel=1e-5)


def test_a_prefix_of_a_unit_is_no_difference_and_a_factor_of_two_is():
    assert disagrees(0.3712, "8 cores x 2.9 GHz x 16 FLOP/cycle") is None
    assert disagrees(0.7424, "8 cores x 2.9 GHz x 16 FLOP/cycle") == pytest.approx(371.2)


def test_nearly_every_derived_value_is_done_again():
    rows = load_table("provenance")
    rows = rows[(rows["how"] == "derived") & (rows["field"] != "released")]
    rows = rows[rows["table"].isin(["accelerators", "interconnects", "memories", "models"])]
    worded = rows["detail"].map(lambda detail: not results(detail))
    assert worded.mean() < 0.1


def test_check_of_a_folder_is_the_one_command_for_a_new_device(memwall, tmp_path):
    for name in table_names():
        (tmp_path / f"{name}.csv").write_bytes((data_dir() / f"{name}.csv").read_bytes())
    done = memwall("data", "--check", ".")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{len(table_names())} tables" in done.stderr
    table, rows = tmp_path / "accelerators.csv", tmp_path / "provenance.csv"
    new = "x1,X1,Acme,gpu,server,shipped,,2026-05-01,available,," + "1" + "," * 17
    table.write_text(table.read_text("utf-8") + new + "\n", "utf-8")
    done = memwall("data", "--check", ".")
    assert done.returncode == 1
    assert "x1, fp32_tflops: no row for this value of accelerators; add one" in done.stderr
    source = load_table("sources")["key"].iloc[0]
    added = "".join(
        f"accelerators,x1,{f},{source},third-party,,\n" for f in ("released", "fp32_tflops")
    )
    rows.write_text(rows.read_text("utf-8") + added, "utf-8")
    assert memwall("data", "--check", ".").returncode == 0


def test_a_file_of_a_table_is_held_against_what_is_possible(memwall, tmp_path):
    text = memwall("data", "accelerators").stdout.replace(
        ",NVLink 4,450,700,", ",NVLink 4,900,700,"
    )
    done = memwall("data", "--check", "-", "--table", "accelerators", stdin=text)
    assert done.returncode == 1
    assert "standard input: h100-sxm, link_gbs: 900 GB/s, NVLink 4 gives 450" in done.stderr


def test_a_value_out_of_range_is_named_with_the_range(memwall):
    text = memwall("data", "accelerators").stdout.replace(
        ",NVLink 4,450,700,", ",NVLink 4,450,7e5,"
    )
    done = memwall("data", "--check", "-", "--table", "accelerators", stdin=text)
    assert 'tdp_w: "7e5" is not a number from 1 to 50000' in done.stderr


def test_a_folder_without_tables_is_an_error(memwall, tmp_path):
    done = memwall("data", "--check", ".")
    assert done.returncode == 1
    assert "none of our tables" in done.stderr
