"""`memwall hindcast`, as a user runs it, and what `project` says of its own past."""

import pytest
from conftest import column, read_csv

KEYS = [
    *("dataset", "series", "method", "is_default", "horizon_years", "level", "coverage"),
    *("missed_above", "missed_below", "n_forecasts", "interval_score"),
]
METHODS = [
    "ols confidence",
    "ols prediction",
    "ols prediction, records",
    "random walk with drift",
]
USER = "series,date,value\n" + "".join(f"x,{y},{2 ** (y - 2000)}\n" for y in range(2000, 2016))


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    import subprocess

    from conftest import COMMAND, environment

    done = subprocess.run(
        [*COMMAND, "hindcast"],
        capture_output=True,
        text=True,
        env=environment(),
        check=True,
        timeout=120,
    )
    return done.stdout


def near(text, **where):
    return [
        r
        for r in read_csv(text)
        if r["horizons"] == "1, 2, 3, 5" and all(r[k] == v for k, v in where.items())
    ]


def test_it_lists_every_series_method_horizon_and_level(every):
    rows = read_csv(every)
    assert [k for k in rows[0] if k in KEYS] == KEYS
    assert {r["horizon_years"] for r in rows} == {"1", "2", "3", "5", "8", ""}
    assert {r["level"] for r in rows} == {"0.8", "0.9"}
    for name in ("compute", "interconnect-lane", "training-compute", "pooled"):
        assert list(dict.fromkeys(column(every, "method", series=name))) == METHODS
    assert "ols prediction, records" not in column(every, "method", series="pooled gaps")
    assert {r["method"] for r in rows if r["is_default"] == "true"} == {METHODS[-1]}


def test_shares_sum_to_one_and_methods_are_judged_by_the_same_cases(every):
    for row in read_csv(every):
        shares = [row[k] for k in ("coverage", "missed_above", "missed_below")]
        if row["n_forecasts"] == "0":
            assert shares == [""] * 3
        else:
            assert sum(map(float, shares)) == pytest.approx(1)
            assert float(row["median_error"]) >= 1
    counts = {}
    for row in read_csv(every):
        key = row["series"], row["basis"], row["horizons"]
        if not row["series"].startswith("pooled"):
            counts.setdefault(key, set()).add(row["n_forecasts"])
    assert all(len(n) == 1 for n in counts.values())


def test_the_pool_is_all_series_and_no_ratio_of_records(every):
    for name, bases in (("pooled", ("frontier",)), ("pooled gaps", ("top-5 pairs", "unpaired"))):
        (whole,) = near(every, series=name, method=METHODS[-1], level="0.9")
        parts = [r for r in near(every, method=METHODS[-1], level="0.9") if r["basis"] in bases]
        assert int(whole["n_forecasts"]) == sum(int(r["n_forecasts"]) for r in parts)
        held = sum(float(r["coverage"]) * int(r["n_forecasts"]) for r in parts)
        assert float(whole["coverage"]) == pytest.approx(held / int(whole["n_forecasts"]))


def test_project_holds_what_it_promises_on_the_past_of_the_curated_series(every):
    ours, line = (
        near(every, series="pooled", method=m, level="0.9")[0] for m in (METHODS[3], METHODS[1])
    )
    assert float(ours["coverage"]) >= 0.8
    assert float(ours["interval_score"]) <= float(line["interval_score"])
    (confidence,) = near(every, series="pooled", method=METHODS[0], level="0.9")
    assert float(confidence["coverage"]) < 0.6


def test_the_table_reads_at_80_columns_and_says_what_was_found(memwall, every):
    done = memwall("hindcast", "-f", "table")
    assert max(map(len, done.stdout.splitlines())) <= 80
    (ours,) = near(every, series="pooled", method=METHODS[-1], level="0.9")
    text = " ".join(done.stdout.split())
    assert f"held {100 * float(ours['coverage']):.0f} % of what came 1 to 5 years later" in text
    assert f"(n = {ours['n_forecasts']})" in text
    assert "and so too narrow: interconnect-lane" in text
    assert "Too few forecasts to judge by: parameters" in text


def test_one_level_one_series(memwall):
    out = memwall("hindcast", "compute", "--level", "0.5").stdout
    assert set(column(out, "level")) == {"0.5"}
    assert set(column(out, "series")) == {"compute"}
    fp32 = memwall("hindcast", "compute", "--level", "0.5", "--precision", "fp32").stdout
    assert set(column(fp32, "precision")) == {"fp32"}
    assert column(fp32, "coverage") != column(out, "coverage")


def test_steady_growth_is_held_by_every_band_of_a_users_series(memwall):
    done = memwall("hindcast", "--data", "-", stdin=USER)
    assert {r["missed_above"] for r in read_csv(done.stdout)} <= {"0", ""}
    errors = [float(x) for x in column(done.stdout, "median_error") if x]
    # The years of a calendar are not all of one length.
    assert errors == pytest.approx([1] * len(errors), rel=2e-3)


def test_what_is_too_young_is_named(memwall):
    young = "series,date,value\n" + "".join(f"x,{y},{y}\n" for y in range(2000, 2006))
    done = memwall("hindcast", "--data", "-", stdin=young)
    assert done.returncode == 1
    assert "no past forecast to judge" in done.stderr
    mixed = memwall("hindcast", "compute,parameters", "--dataset", "gholami2024")
    assert mixed.returncode == 0
    assert "gholami2024 parameters: no past forecast" in mixed.stderr


@pytest.mark.parametrize("level", ["0", "1", "2", "x"])
def test_a_level_is_between_0_and_1(memwall, level):
    done = memwall("hindcast", "--level", level)
    assert done.returncode == 2
    assert "--level" in done.stderr


def test_its_picture_is_drawn_the_same_every_time(memwall, tmp_path):
    for name in ("a.svg", "b.svg"):
        args = ("hindcast", "dram-bandwidth", "compute/dram-bandwidth", "parameters")
        assert memwall(*args, "-o", name).returncode == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_dates_are_judged_by_what_came(memwall):
    done = memwall("hindcast", "--dates")
    rows = read_csv(done.stdout)
    assert {r["times"] for r in rows} == {"2", "4", "8", ""}
    for row in rows:
        assert (row["reached"] == "") == (row["n_forecasts"] == "0")
    pooled = [r for r in rows if r["series"] == "pooled" and not r["times"]]
    shares = [float(r["reached"]) for r in pooled]
    assert shares == sorted(shares)
    one = [r for r in rows if r["series"] == "compute" and r["probability"] == "0.5"]
    assert int(one[-1]["n_forecasts"]) == sum(int(r["n_forecasts"]) for r in one[:-1])
    table = memwall("hindcast", "--dates", "-f", "table").stdout
    assert max(map(len, table.splitlines())) <= 80
    assert "gaps" in memwall("hindcast", "compute/dram-bandwidth", "--dates").stderr


def test_project_says_how_its_bands_did(memwall, every):
    out = memwall("project", "compute,interconnect-lane").stdout
    for name in ("compute", "interconnect-lane"):
        (found,) = near(every, series=name, method=METHODS[-1], level="0.9")
        assert set(column(out, "past_coverage", series=name)) == {found["coverage"]}
        assert set(column(out, "past_forecasts", series=name)) == {found["n_forecasts"]}


def test_project_warns_where_its_bands_held_too_little(memwall):
    err = memwall("project", "compute,interconnect-lane").stderr
    assert "interconnect-lane (frontier): past bands of nominal 90 % held only 78 %" in err
    assert "compute (frontier)" not in err
    reach = memwall("project", "interconnect-lane", "--reach", "448 Gbit/s").stderr
    assert "held only 78 %" in reach


def test_too_few_past_forecasts_say_nothing(memwall):
    done = memwall("project", "parameters", "-f", "table")
    (line,) = [x for x in done.stdout.splitlines() if x.startswith("held before ")]
    assert line.split()[-1] == "-"
    assert set(column(memwall("project", "parameters").stdout, "past_forecasts")) == {"6"}
