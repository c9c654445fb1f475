"""Which rows a series is made of, and the rates that the paper's points must give."""

import numpy as np
import pandas as pd
import pytest

from memwall_cli import fit_growth, load_series, load_table
from memwall_cli.errors import UsageError
from memwall_cli.trends.curated import CURATED_SERIES, repeats_its_die
from memwall_cli.trends.gaps import GAPS, gap_of, points, yearly_samples
from memwall_cli.trends.series import published_rates, series_names

# Gholami et al. 2024, arXiv 2403.14123, refitted with the paper's method; n of each figure.
PAPER = {
    "compute": ("3.03", 37),
    "dram-bandwidth": ("1.59", 12),
    "interconnect-lane": ("1.42", 10),
    "parameters": ("413", 10),
    "memory-capacity": ("1.86", 7),
    "training-compute": ("755", 10),
}


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_points_give_the_papers_rates(name):
    digits, n = PAPER[name]
    series = load_series(name, "gholami2024")
    rate = fit_growth(series.years, series.values).growth_per_2yr
    assert f"{rate:.{len(digits) - 2 if '.' in digits else 0}f}" == digits
    assert len(series.values) == n


def test_the_published_rates_are_those_printed():
    rates = {n: published_rates()[n, "gholami2024"] for n in PAPER}
    assert rates == {
        "compute": 3.0,
        "dram-bandwidth": 1.6,
        "interconnect-lane": 1.4,
        "parameters": 410,
        "memory-capacity": 2.0,
        "training-compute": 750,
    }


@pytest.mark.parametrize(
    ("name", "n", "printed"),
    [
        ("compute", 35, 3.1),
        ("dram-bandwidth", 10, 1.4),
        ("interconnect-lane", 8, 1.4),
        ("parameters", 10, 240),
    ],
)
def test_the_earlier_build_gives_its_own_rates(name, n, printed):
    series = load_series(name, "gholami2021")
    assert len(series.values) == n
    rate = fit_growth(series.years, series.values).growth_per_2yr
    assert rate == pytest.approx(printed, rel=0.03)
    assert published_rates()[name, "gholami2021"] == printed


def test_every_plotted_point_is_there():
    points_ = load_table("gholami2024")
    new = points_[points_["dataset"] == "gholami2024"]
    counts = new.groupby(["series", new["group"].fillna("")]).size().to_dict()
    assert counts == {
        ("compute", ""): 37,
        ("dram-bandwidth", ""): 12,
        ("interconnect-lane", ""): 10,
        ("parameters", "transformer"): 10,
        ("parameters", "computer-vision"): 5,
        ("parameters", "recommender"): 1,
        ("memory-capacity", ""): 7,
        ("training-compute", "transformer"): 10,
        ("training-compute", "other"): 11,
    }


def test_first_point_of_the_paper_is_the_r10000_in_our_unit():
    series = load_series("compute", "gholami2024")
    assert series.unit == "TFLOP/s"
    assert series.values[0] == pytest.approx(339e-6)
    assert str(series.dates[0]) == "1997-01-29"


@pytest.mark.parametrize("name", PAPER)
def test_the_papers_points_have_our_units(name):
    assert load_series(name, "gholami2024").unit == CURATED_SERIES[name].unit


def test_what_is_drawn_relative_to_its_first_point_has_no_unit():
    assert load_series("compute", "gholami2021").unit == ""
    assert load_series("parameters", "gholami2021").unit == "parameters"


@pytest.mark.parametrize("name", CURATED_SERIES)
def test_curated_series_are_positive_dated_and_unique(name):
    series = load_series(name)
    assert (series.values > 0).all()
    assert (np.diff(series.years) >= 0).all()
    assert len(set(series.ids)) == len(series.ids) > 10


def accelerators():
    return load_table("accelerators").set_index("id")


def test_announced_devices_count_only_when_asked_for():
    status = accelerators()["status"]
    assert set(status[load_series("compute").ids]) == {"shipped"}
    asked = load_series("compute", include_announced=True)
    assert set(status[asked.ids]) == {"shipped", "announced"}


BOARDS = [
    ("first", "V", "D", "2020-01-01", 10.0),
    ("duplicate", "V", "D", "2020-06-01", 10.0),
    ("cut down", "V", "D", "2020-07-01", 5.0),
    ("better", "V", "D", "2021-01-01", 12.0),
    ("no value", "V", "D", "2021-02-01", float("nan")),
    ("duplicate of the better", "V", "D", "2021-03-01", 12.0),
    ("lesser on the first day", "V", "E", "2022-01-01", 1.0),
    ("best on the first day", "V", "E", "2022-01-01", 2.0),
    ("other maker", "W", "D", "2022-01-01", 3.0),
    ("no die", "V", None, "2022-01-01", 1.0),
    ("no die either", "V", None, "2022-02-01", 1.0),
]


def test_a_die_sold_on_several_boards_counts_where_it_is_new():
    boards = pd.DataFrame(BOARDS, columns=["id", "vendor", "die", "released", "value"])
    boards = boards.sample(frac=1, random_state=1)
    repeats = repeats_its_die(boards, boards["value"])
    assert set(boards["id"][repeats]) == {
        "duplicate", "cut down", "duplicate of the better", "lesser on the first day"
    }  # fmt: skip


DEVICE_SERIES = [n for n, d in CURATED_SERIES.items() if d.table == "accelerators"]


@pytest.mark.parametrize("name", DEVICE_SERIES)
def test_of_boards_with_one_die_each_is_better_than_the_last(name):
    series = load_series(name)
    die = accelerators()[["vendor", "die"]].loc[series.ids].assign(value=series.values)
    steps = die.groupby(["vendor", "die"])["value"].diff()
    assert not (steps <= 0).any()
    assert len(series.spare.ids) > 5
    assert not set(series.ids) & set(series.spare.ids)


def test_the_same_chip_on_another_board_is_no_new_point_but_more_memory_is():
    compute, bandwidth = set(load_series("compute").ids), set(load_series("dram-bandwidth").ids)
    assert "h100-sxm" in compute & bandwidth
    assert "a100-sxm-80gb" in bandwidth - compute
    assert not {"h800-sxm", "h20"} & (compute | bandwidth)


def test_a_pair_of_a_gap_is_new_in_one_of_its_series_within_a_window_too():
    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    paired = set(gap.numerator.ids[gap.pairs[0]])
    assert {"h100-sxm", "a100-sxm-80gb"} <= paired
    assert "h800-sxm" not in paired
    later = gap.window(since=np.datetime64("2023-01-01"))
    i, j = later.pairs
    assert (later.numerator.ids[i] == later.denominator.ids[j]).all()
    assert set(later.numerator.ids[i]) == {
        id_ for id_ in paired if accelerators()["released"][id_].year >= 2023
    }


def test_a_vector_unit_at_a_sixteenth_of_fp32_is_no_measure_of_progress():
    table = accelerators()
    for precision in ("fp64", "fp16"):
        ids = load_series("compute", precision=precision).with_spare().ids
        share = table[f"{precision}_tflops"] / table["fp32_tflops"]
        if precision == "fp16":
            share = share[table["fp16_matrix_tflops"].isna()]
        assert not (share.reindex(ids) <= 1 / 16).any()
    assert "b300-sxm" not in load_series("compute", precision="fp64").ids


@pytest.mark.parametrize("name", ["dram-bandwidth", "memory-capacity"])
def test_no_sram_and_nothing_of_unknown_kind_in_a_dram_series(name):
    kinds = accelerators()["memory_type"][load_series(name).ids]
    assert kinds.notna().all()
    assert "SRAM" not in set(kinds)


def test_no_cpu_in_memory_capacity():
    kinds = accelerators()["class"][load_series("memory-capacity").ids]
    assert set(kinds) == {"gpu", "accelerator"}


def test_each_precision_takes_its_own_columns():
    table = accelerators()
    for precision, wanted in {
        "fp64": ["fp64_tflops"],
        "fp32": ["fp32_tflops"],
        "fp16": ["fp16_matrix_tflops", "fp16_tflops"],
        "fp8": ["fp8_matrix_tflops"],
        "fp4": ["fp4_matrix_tflops"],
    }.items():
        series = load_series("compute", precision=precision)
        for id_, value in zip(series.ids, series.values, strict=True):
            first = table.loc[id_, wanted].dropna().iloc[0]
            assert value == first


def test_the_option_offers_every_precision_there_is():
    from typing import get_args

    from memwall_cli.options import Precision
    from memwall_cli.trends.curated import PRECISIONS

    assert get_args(get_args(Precision)[0]) == PRECISIONS


def test_best_is_the_highest_floating_point_peak_and_never_integer_or_tf32():
    table = accelerators()
    series = load_series("compute")
    columns = [
        c for c in table.columns if c.endswith("_tflops") and c.startswith(("fp64", "fp32", "fp16"))
    ] + ["fp8_matrix_tflops", "fp4_matrix_tflops"]
    np.testing.assert_array_equal(series.values, table.loc[series.ids, columns].max(axis=1))
    assert "tpu-v1" not in set(series.ids)  # it computes in INT8 only


def test_of_the_sizes_of_one_release_the_largest_counts():
    ids = set(load_series("parameters").ids)
    assert "gpt2-xl" in ids
    assert not ids & {"gpt2", "gpt2-medium", "gpt2-large", "bert-base", "llama-2-7b"}


def test_parameters_are_transformers_only():
    models = load_table("models").set_index("id")
    assert "other" not in set(models.loc[load_series("parameters").ids, "architecture"])


def test_an_interconnect_lane_is_dated_as_written_down():
    links = load_table("interconnects").set_index("id")
    series = load_series("interconnect-lane")
    dates = dict(zip(series.ids, series.dates.astype(str), strict=True))
    assert dates["pcie-3.0"] == str(links.loc["pcie-3.0", "specified"])[:10]
    assert dates["nvlink-2"] == str(links.loc["nvlink-2", "first_product_date"])[:10]
    assert set(links.loc[series.ids, "family"]) == {"PCIe", "NVLink"}


def test_a_series_that_a_data_set_lacks_is_an_error_by_name_and_absent_from_its_list():
    assert "interconnect-device" not in series_names("gholami2024")
    with pytest.raises(UsageError, match="interconnect-lane"):
        load_series("interconnect-device", "gholami2024")


def test_the_papers_points_have_no_precision():
    with pytest.raises(UsageError, match="precision"):
        load_series("compute", "gholami2024", "fp32")


def test_years_are_days_over_365_25():
    series = load_series("compute", "gholami2024")
    days = (series.dates - series.dates[0]).astype(int)
    np.testing.assert_allclose(series.years - series.years[0], days / 365.25, atol=1e-9)


def test_window_is_inclusive():
    series = load_series("compute", "gholami2024")
    day = np.datetime64("2017-06-21")
    assert str(series.window(since=day).dates[0]) == "2017-06-21"
    assert str(series.window(until=day).dates[-1]) == "2017-06-21"


def test_machine_balance_pairs_each_device_with_itself():
    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    table = accelerators()
    assert gap.unit == "FLOP/byte"
    i, j = gap.pairs
    assert (gap.numerator.ids[i] == gap.denominator.ids[j]).all()
    at = list(gap.numerator.ids[i]).index("a100-sxm-80gb")
    ratio = points(gap)[1][at]
    a100 = table.loc["a100-sxm-80gb"]
    assert ratio == pytest.approx(
        a100["fp16_matrix_tflops"] * 1e12 / (a100["memory_bandwidth_gbs"] * 1e9)
    )


@pytest.mark.parametrize("name", GAPS)
def test_a_gap_is_sampled_in_pairs_and_records(name):
    above, below = name.split("/")
    samples = yearly_samples(gap_of(load_series(above), load_series(below)))
    paired = name != "parameters/memory-capacity"
    assert list(samples) == (["top-5 pairs", "records"] if paired else ["unpaired"])
    for yearly in samples.values():
        assert yearly.age[0] == 0
        assert len(yearly.age) > 8


@pytest.mark.parametrize(
    ("above", "below", "unit"),
    [
        ("compute", "dram-bandwidth", "FLOP/byte"),
        ("memory-capacity", "dram-bandwidth", "s"),
        ("dram-bandwidth", "memory-capacity", "1/s"),
        ("parameters", "memory-capacity", "parameter/byte"),
        ("compute", "memory-capacity", "FLOP/byte/s"),
        ("training-compute", "compute", "s"),
    ],
)
def test_units_of_ratios_are_reduced(above, below, unit):
    assert gap_of(load_series(above), load_series(below)).unit == unit


def test_the_papers_gap_is_unpaired():
    gap = gap_of(*(load_series(n, "gholami2024") for n in ("compute", "dram-bandwidth")))
    assert gap.pairs is None
    assert list(yearly_samples(gap)) == ["unpaired"]
