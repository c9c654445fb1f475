"""`memwall fit` with estimators, bootstraps and breaks, as a user runs it."""

import numpy as np
import pytest
from conftest import column, read_csv
from test_fit_command import KEYS

from memwall_cli import load_series
from memwall_cli.charts.fit import _lines
from memwall_cli.trends.fits import fitted
from memwall_cli.trends.gaps import gap_of
from memwall_cli.trends.methods import Method, choose_method

EVERY = {
    "ols": [],
    "frontier": ["--estimator", "frontier"],
    "frontier-top-5": ["--top", "5"],
    "drift": ["--estimator", "drift"],
    "theil-sen": ["--estimator", "theil-sen"],
    "quantile-0.9": ["--estimator", "quantile"],
    "quantile-0.25": ["--quantile", "0.25"],
    "ols-bootstrap-year": ["--bootstrap", "year"],
    "ols-bootstrap-vendor": ["--bootstrap", "vendor"],
    "ols-bootstrap-family": ["--bootstrap", "family"],
}
every = pytest.mark.parametrize(("name", "args"), EVERY.items(), ids=EVERY)


@every
def test_every_estimator_names_itself_and_keeps_the_keys(memwall, name, args):
    done = memwall("fit", *args, "--dataset", "curated")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == KEYS
    rows = read_csv(done.stdout)
    assert {row["estimator"] for row in rows} == {name}
    rated = [row for row in rows if row["growth_per_2yr"]]
    assert len(rated) >= 4
    for row in rated:
        assert float(row["ci_low"]) <= float(row["growth_per_2yr"]) <= float(row["ci_high"])


@every
def test_the_table_reads_at_80_columns_and_says_what_the_interval_assumes(memwall, name, args):
    out = memwall("fit", *args, "-f", "table", "--level", "0.9").stdout
    assert max(map(len, out.splitlines())) <= 80
    assert "\nInterval: " in out


@every
def test_a_gap_goes_with_every_estimator(memwall, name, args):
    done = memwall("fit", "compute/dram-bandwidth", "--dataset", "curated", *args)
    assert column(done.stdout, "growth_per_2yr") != [""]


@every
def test_the_line_that_is_drawn_is_the_estimators_and_is_named(memwall, name, args, tmp_path):
    done = memwall("fit", "compute", *args, "--dataset", "curated", "-f", "csv", "-o", "x.svg")
    (row,) = read_csv(done.stdout)
    picture = (tmp_path / "x.svg").read_text()
    assert f"{float(row['growth_per_2yr']):.2f}x" in picture
    named = {
        "ols": "Least squares on ln(value). curated",
        "frontier": "ln of records",
        "frontier-top-5": "the 5 best at release",
        "drift": "Random walk of yearly steps",
        "theil-sen": "Median slope of all pairs",
        "quantile-0.9": "Line above 90 %",
        "quantile-0.25": "Line above 25 %",
    }
    assert named.get(name, name.replace("ols-bootstrap-", "bootstrap by ")) in picture


@pytest.mark.parametrize(
    "method",
    [Method(), Method("frontier"), Method("drift"), Method("theil-sen"), Method("quantile")],
    ids=lambda method: method.name,
)
def test_the_drawn_line_rises_at_the_rate_and_runs_through_its_points(method):
    one = fitted(load_series("compute"), 0.95, method)
    lines = _lines([one], {})
    (first, last), (low, high) = lines["year"], np.log(lines["value"])
    assert (high - low) / (last - first) == pytest.approx(np.log(one.growth.growth_per_2yr) / 2)
    below = np.log(one.values) < one.growth.intercept + one.growth.slope * one.years + 1e-9
    expected = {"theil-sen": 0.5, "quantile": 0.9}.get(method.estimator)
    if expected:
        assert below.mean() == pytest.approx(expected, abs=0.02)
    elif method.estimator != "drift":
        residual = np.log(one.values) - one.growth.intercept - one.growth.slope * one.years
        assert residual.mean() == pytest.approx(0, abs=1e-9)


def test_precision_and_window_narrow_the_points_down_first(memwall):
    args = [
        "compute",
        "--precision",
        "fp32",
        "--since",
        "2012",
        "--until",
        "2022",
        "--dataset",
        "curated",
    ]
    all_points = read_csv(memwall("fit", *args).stdout)[0]
    records = read_csv(memwall("fit", *args, "--estimator", "frontier").stdout)[0]
    assert int(records["n"]) < int(all_points["n"])
    assert records["start"] == all_points["start"]
    assert records["precision"] == "fp32"


def test_records_of_a_gap_are_those_of_its_numerator():
    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    devices = gap.numerator.take(gap.pairs[0])
    one = fitted(gap, 0.95, Method("frontier"))
    records = fitted(devices, 0.95, Method("frontier"))
    assert one.years.tolist() == records.years.tolist()
    assert one.growth.slope != records.growth.slope


def test_the_seed_fixes_what_is_drawn_and_nothing_else(memwall):
    args = ["fit", "compute", "--dataset", "curated", "--bootstrap", "vendor"]
    one, again, other = (memwall(*args, "--seed", seed).stdout for seed in ("1", "1", "2"))
    assert one == again
    assert column(one, "ci_low") != column(other, "ci_low")
    assert column(one, "growth_per_2yr") == column(other, "growth_per_2yr")


def test_what_carries_no_cluster_is_left_out_and_named(memwall):
    done = memwall("fit", "--bootstrap", "vendor")
    assert set(column(done.stdout, "dataset")) == {"curated"}
    assert "gholami2024 compute" in done.stderr
    done = memwall("fit", "parameters", "--bootstrap", "family")
    assert done.returncode == 2
    assert "--bootstrap year" in done.stderr
    done = memwall("fit", "interconnect-lane", "compute", "--bootstrap", "family")
    assert "interconnect-lane: 2 families, too few for a rate; 5 are needed" in done.stderr


USER = "series,date,value\n" + "".join(f"mine,{2000 + i},{2**i + i % 3}\n" for i in range(20))


@every
def test_a_users_file_goes_with_all_but_vendor_and_family(memwall, name, args):
    done = memwall("fit", "--data", "-", *args, stdin=USER)
    if name in ("ols-bootstrap-vendor", "ols-bootstrap-family"):
        assert done.returncode == 2
        assert "is known of standard input mine" in done.stderr
    else:
        assert done.returncode == 0
        assert float(column(done.stdout, "growth_per_2yr")[0]) == pytest.approx(4, rel=0.1)


def test_pairs_of_too_many_points_are_refused_in_a_sentence(memwall):
    rows = "".join(f"mine,{2000 + i % 20},{1 + i}\n" for i in range(6000))
    done = memwall(
        "fit", "--data", "-", "--estimator", "theil-sen", stdin="series,date,value\n" + rows
    )
    assert done.returncode == 2
    assert "6000 are too many" in done.stderr


def test_records_of_a_ratio_without_devices_are_left_out(memwall):
    done = memwall("fit", "compute/dram-bandwidth", "--estimator", "frontier")
    assert column(done.stdout, "dataset") == ["curated"]
    assert "no device has both values" in done.stderr
    done = memwall("fit", "parameters/memory-capacity", "--estimator", "frontier")
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--top", "5", "--estimator", "ols"], "--top goes with --estimator frontier"),
        (["--quantile", "0.5", "--estimator", "theil-sen"], "--quantile goes with"),
        (["--bootstrap", "year", "--estimator", "drift"], "--bootstrap goes with"),
        (["--break", "2018", "--bootstrap", "year"], "drop one"),
        (["--quantile", "1"], "not between 0 and 1"),
        (["--quantile", "nan"], "not between 0 and 1"),
        (["--break", "soon"], "--break 'soon' is not a date"),
        (["--top", "0"], "--top"),
        (["--estimator", "median"], "theil-sen"),
    ],
)
def test_options_that_do_not_go_together_end_with_2(memwall, args, says):
    done = memwall("fit", *args)
    assert done.returncode == 2
    assert says in done.stderr
    assert done.stdout == ""


def test_an_option_of_an_estimator_implies_it():
    assert choose_method(top=3).name == "frontier-top-3"
    assert choose_method(quantile=0.5).name == "quantile-0.5"
    assert choose_method(has_break=True).estimator == "drift"
    assert choose_method() == Method()


def test_a_break_gives_both_rates_and_a_test(memwall, tmp_path):
    args = ["fit", "memory-capacity", "--break", "2009", "--dataset", "curated"]
    done = memwall(*args, "-f", "csv", "-o", "x.svg")
    assert done.stdout.splitlines()[0] == KEYS + ",p_same_pace"
    before, after = read_csv(done.stdout)
    assert before["end"] == after["start"] < "2009-01-01"
    assert int(before["n"]) + int(after["n"]) == int(
        column(
            memwall(
                "fit", "memory-capacity", "--estimator", "drift", "--dataset", "curated"
            ).stdout,
            "n",
        )[0]
    )
    assert before["p_same_pace"] == after["p_same_pace"]
    assert 0 < float(before["p_same_pace"]) < 0.05
    assert float(before["growth_per_2yr"]) > float(after["growth_per_2yr"])
    assert "changed its pace" in (tmp_path / "x.svg").read_text()


def test_a_break_outside_the_years_has_one_side_only(memwall):
    done = memwall("fit", "compute", "--break", "1990", "--dataset", "curated")
    assert column(done.stdout, "p_same_pace") == ["", ""]
    assert "0 yearly steps, too few" in done.stderr
    assert memwall("fit", "compute", "--break", "1990-02-30").returncode == 2


def test_a_change_of_pace_is_told_only_where_it_stands(memwall):
    steady = "".join(f"steady,{2000 + i},{1.5**i * (1 + 0.1 * (i % 2))}\n" for i in range(20))
    turned = "".join(
        f"turned,{2000 + i},{1.2 ** min(i, 10) * 2.5 ** max(i - 10, 0)}\n" for i in range(20)
    )
    args = ["fit", "--data", "-", "--estimator", "drift", "-f", "table"]
    out = memwall(*args, stdin="series,date,value\n" + steady + turned).stdout
    assert "turned: the pace changed in 2010, 1.44x before and 6.25x after" in " ".join(out.split())
    assert "steady: the pace" not in out
    out = memwall(*args, stdin="series,date,value\n" + steady).stdout
    assert "No change of pace stands" in out
