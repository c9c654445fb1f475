"""`memwall data` and `memwall cite`, as a user runs them."""

import json

import numpy as np
import pytest
from conftest import column, read_csv

from memwall_cli import fit_growth, load_series, load_table
from memwall_cli.curated import CURATED_SERIES
from memwall_cli.tables import table_names


def test_it_lists_the_tables_with_rows_span_and_purpose(memwall):
    rows = read_csv(memwall("data").stdout)
    assert [r["table"] for r in rows] == table_names()
    for row in rows:
        assert int(row["rows"]) == len(load_table(row["table"]))
        assert row["purpose"]
    assert rows[0]["start"] < "1998"


def test_the_list_counts_primary_sources_and_lone_secondary_ones(memwall):
    rows = {r["table"]: r for r in read_csv(memwall("data").stdout)}
    kind = load_table("sources").set_index("key")["kind"]
    values = load_table("provenance")
    for name, row in rows.items():
        mine = values[values["table"] == name]["source"].str.split(";")
        first = [kind[keys[0]] for keys in mine]
        lone = [kind[keys[0]] for keys in mine if len(keys) == 1]
        assert int(row["values"] or 0) == len(mine)
        assert int(row["primary"] or 0) == first.count("primary")
        assert int(row["one_secondary"] or 0) == lone.count("secondary")
    assert rows["sources"]["values"] == ""
    out = memwall("data", "-f", "table").stdout
    assert f"{len(values)} values have a source on record" in out
    assert "% of those from 2008 on" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("name", table_names())
def test_every_table_prints_in_every_format(memwall, name):
    csv_rows = read_csv(memwall("data", name).stdout)
    assert len(csv_rows) == len(load_table(name))
    assert list(csv_rows[0]) == list(load_table(name).columns)
    assert len(json.loads(memwall("data", name, "-f", "json").stdout)) == len(csv_rows)
    table = memwall("data", name, "-f", "table").stdout
    assert max(map(len, table.splitlines())) <= 80


def test_csv_of_a_table_is_the_table(memwall):
    from memwall_cli.tables import data_dir

    assert memwall("data", "accelerators").stdout == (data_dir() / "accelerators.csv").read_text()


def test_a_terminal_shows_the_columns_of_its_own_table(memwall):
    first = memwall("data", "gholami2024", "-f", "table").stdout.splitlines()[0]
    assert first.split() == ["series", "label", "date", "value", "unit"]


def test_filters(memwall):
    out = memwall("data", "accelerators", "--vendor", "nvidia", "--since", "2020").stdout
    assert set(column(out, "vendor")) == {"NVIDIA"}
    assert min(column(out, "released")) >= "2020"
    cpus = memwall("data", "accelerators", "--class", "cpu", "--until", "2005-06").stdout
    assert set(column(cpus, "class")) == {"cpu"}
    assert max(column(cpus, "released")) <= "2005-06-30"
    models = memwall("data", "models", "--vendor", "openai").stdout
    assert set(column(models, "organization")) == {"OpenAI"}


def test_one_record_shows_the_source_of_every_number(memwall):
    rows = read_csv(memwall("data", "accelerators", "h100-sxm").stdout)
    by_field = {r["field"]: r for r in rows}
    assert by_field["memory_bandwidth_gbs"]["value"] == "3350"
    assert by_field["memory_bandwidth_gbs"]["unit"] == "GB/s"
    for field, row in by_field.items():
        if field == "released" or (row["unit"] and field != "machine_balance"):
            assert row["source"], field
            assert row["how"], field
            assert row["url"].startswith("http"), field


def test_the_provenance_of_one_record_is_all_of_its_rows(memwall):
    rows = read_csv(memwall("data", "provenance", "h100-sxm").stdout)
    assert len(rows) > 10
    assert {r["id"] for r in rows} == {"h100-sxm"}


def test_ids_ignore_case(memwall):
    same = memwall("data", "accelerators", "h100-sxm").stdout
    assert memwall("data", "accelerators", "H100-SXM").stdout == same


def test_one_record_reads_well(memwall):
    out = memwall("data", "accelerators", "a100-sxm-80gb", "-f", "table").stdout
    assert max(map(len, out.splitlines())) <= 81
    assert "2039 GB/s" in out
    assert "https://" in out


def test_a_record_stands_against_the_trends(memwall):
    rows = read_csv(memwall("data", "accelerators", "h100-sxm").stdout)
    trends = {r["series"]: r for r in rows if r["series"]}
    assert {s: r["field"] for s, r in trends.items()} == {
        "compute": "fp8_matrix_tflops",
        "dram-bandwidth": "memory_bandwidth_gbs",
        "interconnect-device": "link_gbs",
        "memory-capacity": "memory_gb",
        "machine balance": "machine_balance",
    }
    # The line that `fit` draws, at the device's date.
    series = load_series("dram-bandwidth")
    growth = fit_growth(series.years, series.values)
    line = np.exp(growth.intercept + growth.slope * (2022 + 273 / 365.25))
    bandwidth = trends["dram-bandwidth"]
    assert float(bandwidth["line"]) == pytest.approx(line, rel=1e-3)
    assert float(bandwidth["times_line"]) == pytest.approx(3350 / line, rel=1e-3)
    assert bandwidth["rank"] == "1"
    balance = trends["machine balance"]
    assert float(balance["value"]) == pytest.approx(1979e12 / 3350e9)
    out = memwall("data", "accelerators", "h100-sxm", "-f", "table").stdout
    assert f"{float(bandwidth['times_line']):.2f}x above" in out


def test_what_a_device_lacks_is_on_no_trend(memwall):
    rows = read_csv(memwall("data", "accelerators", "cerebras-wse-3").stdout)
    assert {r["series"] for r in rows} <= {"", "compute", "interconnect-device"}
    sources = memwall("data", "sources", "gholami2021", "-f", "table").stdout
    assert "Values of: gholami2024 gholami2021-compute-01" in sources


RECORDS = [
    ("accelerators", id_)
    for id_ in (
        "a100-sxm-80gb", "b200-sxm", "mi300x", "tpu-v5p", "trainium2", "gaudi3", "cerebras-wse-3",
        "mips-r10000-200", "geforce-gtx-280", "xeon-6980p", "rubin", "tpu-8i",
    )
] + [
    ("interconnects", "nvlink-5"), ("memories", "hbm4"), ("models", "gpt3-175b"),
    ("claims", "gholami2024-compute"), ("gholami2024", "gholami2024-compute-33"),
    ("sources", "gholami2024"), ("provenance", "h100-sxm"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "record"), RECORDS)
def test_a_page_fits_the_terminal_and_says_the_same_in_every_format(memwall, table, record):
    page = memwall("data", table, record, "-f", "table").stdout
    assert max(map(len, page.splitlines())) <= 80
    assert len(page.splitlines()) < 120
    as_json = json.loads(memwall("data", table, record, "-f", "json").stdout)
    as_csv = read_csv(memwall("data", table, record).stdout)
    assert [list(r) for r in as_json] == [list(r) for r in as_csv]
    assert "nan" not in memwall("data", table, record, "-f", "md").stdout.lower().split()


def test_series_say_which_rows_they_use_and_why(memwall):
    rows = read_csv(memwall("data", "--series").stdout)
    assert [r["series"] for r in rows] == list(CURATED_SERIES)
    assert all(r["rows"] and r["reason"] and int(r["n"]) for r in rows)


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["acelerators"], "accelerators"),
        (["accelerators", "h100-smx"], "h100-sxm"),
        (["models", "gpt-3"], "gpt3-175b"),
        (["accelerators", "--vendor", "nvidea"], "NVIDIA"),
        (["accelerators", "--class", "gpus"], "gpu"),
        (["sources", "--since", "2020"], "no date"),
        (["--vendor", "nvidia"], "filters choose"),
        (["--table", "models"], "--check"),
    ],
)
def test_wrong_names_get_the_nearest(memwall, args, hint):
    done = memwall("data", *args)
    assert done.returncode == 2
    assert hint in done.stderr
    assert done.stdout == ""


def test_check_passes_a_good_file_and_our_own_tables(memwall, tmp_path):
    (tmp_path / "good.csv").write_text("series,date,value\na,2020,1\n")
    done = memwall("data", "--check", "good.csv")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 row, no fault" in done.stderr
    for name in table_names():
        content = memwall("data", name).stdout
        assert memwall("data", "--check", "-", "--table", name, stdin=content).returncode == 0


def test_check_names_every_fault_with_its_row_and_column(memwall):
    text = "series,date,value\na,2020-13-01,1\n,2020,0\nb,2021,x\nb,2021-02-30,5,9\n"
    done = memwall("data", "--check", "-", stdin=text)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        'memwall: standard input: row 2, date: "2020-13-01" is not a date YYYY-MM-DD, '
        "YYYY-MM or YYYY",
        "memwall: standard input: row 3, series: is empty; want plain text of at most 100 "
        "characters",
        'memwall: standard input: row 3, value: "0" is not a positive number',
        'memwall: standard input: row 4, value: "x" is not a positive number',
        "memwall: standard input: row 5: 4 fields where the header has 3",
    ]


def test_check_stops_at_20_faults_with_a_count(memwall):
    text = "series,date,value\n" + "a,2020,-1\n" * 50
    lines = memwall("data", "--check", "-", stdin=text).stderr.splitlines()
    assert len(lines) == 21
    assert lines[-1].endswith("and 30 more")


def test_check_of_a_table_knows_its_rules(memwall):
    header = ",".join(load_table("accelerators").columns)
    rows = memwall("data", "accelerators").stdout.splitlines()[1:3]
    bad = rows[0].replace(",cpu,", ",toaster,")
    text = "\n".join([header, bad, rows[1], rows[1]]) + "\n"
    done = memwall("data", "--check", "-", "--table", "accelerators", stdin=text)
    assert done.returncode == 1
    assert 'row 2, class: "toaster" is not one of cpu, gpu, accelerator' in done.stderr
    assert "row 4, id:" in done.stderr
    assert "is in row 3 too" in done.stderr


def test_cite_names_the_tool_the_data_and_the_paper(memwall):
    out = memwall("cite", "-f", "table").stdout
    assert "10.1109/MM.2024.3373763" in out
    assert "CC BY 4.0" in out
    bibtex = memwall("cite", "--bibtex").stdout
    assert bibtex.count("@") == 2
    assert bibtex.count("{") == bibtex.count("}")
    assert column(memwall("cite").stdout, "what") == ["memwall and its data", "the paper"]
