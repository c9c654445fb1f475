"""`memwall project`, as a user runs it."""

import json
import math

import pytest
from conftest import column, read_csv

KEYS = ["date", "dataset", "series", "unit", "method", "n", "value", "low", "high", "level"]
DEFAULT = [
    "compute",
    "dram-bandwidth",
    "interconnect-device",
    "memory-capacity",
    "parameters",
    "compute/dram-bandwidth",
    "compute/interconnect-device",
    "parameters/memory-capacity",
]


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    import subprocess

    from conftest import COMMAND, environment

    args = [*COMMAND, "project", "--years", "5"]
    return subprocess.run(
        args, capture_output=True, text=True, env=environment(), check=True, timeout=120
    )


def test_it_projects_five_series_and_three_gaps_year_by_year(five):
    rows = read_csv(five.stdout)
    assert [k for k in rows[0] if k in KEYS] == KEYS
    assert {"growth", "p_wider"} <= set(rows[0])
    assert list(dict.fromkeys(r["series"] for r in rows)) == DEFAULT
    for name in DEFAULT:
        dates = column(five.stdout, "date", series=name)
        assert len(set(dates)) == 6
    assert {r["basis"] for r in rows if r["series"] == "compute/dram-bandwidth"} == {
        "top-5 pairs",
        "records",
    }


def test_the_first_row_is_today_and_bands_are_in_order(five):
    for row in read_csv(five.stdout):
        low, value, high = (float(row[k]) for k in ("low", "value", "high"))
        if row["horizon_years"] == "0":
            assert low == value == high
        assert low <= value <= high
        assert row["level"] == "0.9"


def test_a_frontier_starts_from_the_record_on_file(five):
    from memwall_cli import load_series

    for name in ("compute", "dram-bandwidth", "memory-capacity"):
        series = load_series(name)
        first = column(five.stdout, "value", series=name, horizon_years="0")
        assert float(first[0]) == series.values.max()
        assert column(five.stdout, "date", series=name)[0] == str(series.dates[-1])


def test_growth_is_the_drift_of_the_values(five):
    rows = [r for r in read_csv(five.stdout) if r["series"] == "dram-bandwidth"]
    yearly = float(rows[3]["value"]) / float(rows[1]["value"])
    assert yearly == pytest.approx(float(rows[0]["growth"]), rel=1e-9)
    low, rate, high = (float(rows[0][k]) for k in ("growth_low", "growth", "growth_high"))
    assert low < rate < high


def test_probability_of_a_wider_gap_is_given_for_gaps_only(five):
    for row in read_csv(five.stdout):
        given = row["p_wider"] != ""
        assert given == ("/" in row["series"] and row["horizon_years"] != "0")
        assert not given or 0 <= float(row["p_wider"]) <= 1


def test_the_notes_name_the_age_of_the_record_and_the_ratio(five):
    assert "laboratories have stopped disclosing" in five.stderr
    assert "years old" in five.stderr
    assert "not as the quotient" in five.stderr


def test_the_table_reads_at_80_columns_and_says_what_it_means(memwall):
    out = memwall("project", "--years", "5", "-f", "table", "--quiet").stdout
    assert max(map(len, out.splitlines())) <= 80
    times = memwall_times(memwall)
    text = " ".join(out.split())
    assert f"will ask for {times} the FLOPs per byte of DRAM traffic" in text
    assert "the gap widens with probability" in text


def memwall_times(memwall):
    from memwall_cli.text import digits

    out = memwall("project", "compute/dram-bandwidth", "--years", "5").stdout
    values = [float(v) for v in column(out, "value", basis="top-5 pairs")]
    return f"{digits(values[-1] / values[0], 2)}x"


def test_the_precision_stays_with_the_numbers(memwall):
    args = ("project", "compute/dram-bandwidth", "--precision", "fp32")
    assert set(column(memwall(*args).stdout, "precision")) == {"fp32"}
    text = " ".join(memwall(*args, "-f", "table").stdout.split())
    assert "does, in fp32" in text
    best = " ".join(memwall("project", "-f", "table").stdout.split())
    assert "in its best number format" in best


def test_two_data_sets_are_told_apart(memwall, tmp_path):
    args = ("project", "compute", "--dataset", "curated,gholami2024")
    out = memwall(*args, "-f", "table").stdout
    assert "Frontier (curated)" in out
    assert "Frontier (gholami2024)" in out
    assert memwall(*args, "-o", "two.svg").returncode == 0


def test_the_table_explains_its_words(memwall):
    out = " ".join(memwall("project", "-f", "table").stdout.split())
    for word in ("frontier: ", "top-5 pairs: ", "records: ", "unpaired: ", "steps: "):
        assert word in out


def test_until_forecasts_from_the_past(memwall):
    out = memwall("project", "compute", "--until", "2019", "--years", "3").stdout
    assert column(out, "date")[0] <= "2019-12-31"
    assert [d[:4] for d in column(out, "date")] == ["2019", "2020", "2021", "2022"]


def test_announced_devices_move_the_start(memwall):
    shipped, announced = (
        float(column(memwall("project", "dram-bandwidth", *more).stdout, "value")[0])
        for more in ((), ("--include-announced",))
    )
    assert announced > shipped


def test_the_papers_parameters_are_never_projected(memwall):
    done = memwall("project", "parameters", "--dataset", "gholami2024")
    assert done.returncode == 2
    assert "ten points in four years" in done.stderr
    both = memwall("project", "--dataset", "curated,gholami2024").stdout
    assert set(column(both, "dataset", series="parameters")) == {"curated"}
    listed = memwall("project", "--dataset", "gholami2024").stdout
    assert "parameters" not in set(column(listed, "series"))
    assert "compute/dram-bandwidth" in set(column(listed, "series"))


def test_what_has_no_unit_gets_no_sentence_of_flops(memwall):
    out = memwall("project", "--dataset", "gholami2021", "-f", "table").stdout
    assert "FLOP" not in out
    assert "of 2023 will be" in " ".join(out.split())
    past = memwall("project", "compute/dram-bandwidth", "--until", "2020", "-f", "table").stdout
    assert "one of 2020 does" in " ".join(past.split())


def test_values_of_any_size_are_forecast_and_drawn(memwall):
    values = [1e-150, 1e-100, 1.0, 1e100, 1e150]
    rows = "".join(f"x,{2010 + i},{v}\n" for i, v in enumerate(values))
    args = ["--data", "-", "-o", "x.png", "-o", "x.csv", "--format", "table"]
    for command in ("fit", "project"):
        done = memwall(command, *args, stdin="series,date,value\n" + rows)
        assert done.returncode == 0, done.stderr


def test_a_users_gap_is_unpaired(memwall):
    rows = "".join(f"up,{y},{2 ** (y - 2000)}\ndown,{y},{3}\n" for y in range(2000, 2010))
    out = memwall("project", "up/down", "--data", "-", stdin="series,date,value\n" + rows).stdout
    assert set(column(out, "basis")) == {"unpaired"}
    values = [float(v) for v in column(out, "value")]
    assert values[1] / values[0] == pytest.approx(2, rel=1e-6)
    assert float(column(out, "p_wider")[-1]) == 1


def test_a_users_series_with_a_slash_is_no_gap(memwall):
    rows = "".join(f"W/chip,{2010 + i},{2**i}\n" for i in range(8))
    done = memwall("project", "--data", "-", stdin="series,date,value\n" + rows)
    assert set(column(done.stdout, "basis")) == {"frontier"}
    assert set(column(done.stdout, "p_wider")) == {""}
    assert "as a ratio" not in done.stderr


def test_too_few_steps_give_no_band_and_say_so(memwall):
    text = "series,date,value\nx,2010,1\nx,2011,2\nx,2012,3\n"
    done = memwall("project", "--data", "-", stdin=text)
    assert set(column(done.stdout, "low")[1:]) == {""}
    assert all(math.isfinite(float(v)) for v in column(done.stdout, "value"))
    assert "too few for a band" in done.stderr


@pytest.mark.parametrize("years", ["0", "-1", "51", "x", "1.5"])
def test_years_must_be_1_to_50(memwall, years):
    done = memwall("project", "--years", years)
    assert done.returncode == 2
    assert "--years" in done.stderr


def test_the_trend_is_the_line_of_fit_with_its_confidence_band(memwall):
    """statsmodels' confidence band of the mean, at today's date and five years on."""
    import numpy as np
    import statsmodels.api as sm

    from memwall_cli import load_series

    series = load_series("dram-bandwidth")
    rows = read_csv(memwall("project", "dram-bandwidth").stdout)
    fit = sm.OLS(np.log(series.values), sm.add_constant(series.years - 2000)).fit()
    for row in (rows[0], rows[5]):
        at = series.years[-1] - 2000 + float(row["horizon_years"])
        there = fit.get_prediction(np.array([[1.0, at]]))
        low, high = np.exp(there.conf_int(alpha=0.1)[0])
        wanted = [np.exp(there.predicted_mean[0]), low, high]
        ours = [float(row[k]) for k in ("trend", "trend_low", "trend_high")]
        assert ours == pytest.approx(wanted, rel=1e-8)


def test_until_date_adds_a_last_row_for_that_day(memwall):
    out = memwall("project", "compute", "--until-date", "2029-03").stdout
    assert column(out, "date") == ["2026-08-26", "2027-08-26", "2028-08-26", "2029-03-31"]
    whole = memwall("project", "compute", "--years", "3").stdout
    assert column(out, "value")[:3] == column(whole, "value")[:3]
    tau = float(column(out, "horizon_years")[-1])
    rate = float(column(out, "growth")[-1]) ** (tau / 2)
    values = [float(v) for v in column(out, "value")]
    assert values[-1] / values[0] == pytest.approx(rate, rel=1e-9)
    on_the_day = memwall("project", "compute", "--until-date", "2029-08-26").stdout
    assert on_the_day == whole


def test_until_date_reads_well_and_ends_where_it_says(memwall, tmp_path):
    done = memwall("project", "--until-date", "2028-03", "-f", "table", "-o", "a.svg")
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "2028-03" in done.stdout
    assert (tmp_path / "a.svg").stat().st_size > 0


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (("--until-date", "2027", "--years", "3"), "exclude each other"),
        (("--until-date", "2027", "--reach", "50 TB/s"), "exclude each other"),
        (("--reach", "50 TB/s", "--years", "3"), "exclude each other"),
        (("--until-date", "2026-01"), "not after the newest value"),
        (("--until-date", "2099"), "more than 50 years"),
        (("--until-date", "soon"), "--until-date"),
        (("--reach", "50 apples"), "no series has such a unit; use TFLOP/s"),
        (("--reach", "fifty"), "50 TB/s"),
        (("dram-bandwidth", "--reach", "50 TB"), "use GB/s, TB/s"),
        (("parameters", "--dataset", "gholami2024", "--reach", "1e13"), "ten points"),
    ],
)
def test_what_cannot_be_asked_is_refused(memwall, args, why):
    done = memwall("project", *args)
    assert done.returncode == 2
    assert why in done.stderr


def test_reach_names_the_dates_at_which_the_forecast_gets_there(memwall):
    (row,) = read_csv(memwall("project", "dram-bandwidth", "--reach", "50 TB/s").stdout)
    assert (row["target"], row["unit"], row["reached"]) == ("50000", "GB/s", "false")
    assert row["earliest"] < row["date"] < row["latest"]
    edges = {"earliest": "high", "date": "value", "latest": "low"}
    for name, edge in edges.items():
        out = memwall("project", "dram-bandwidth", "--until-date", row[name]).stdout
        assert float(column(out, edge)[-1]) == pytest.approx(50000, rel=0.005)  # a day's growth


def test_reach_takes_every_series_in_such_a_unit(memwall):
    out = memwall("project", "--reach", "50 TB/s").stdout
    assert column(out, "series") == ["dram-bandwidth", "interconnect-device"]
    gaps = memwall("project", "--reach", "5000 FLOP/byte").stdout
    assert set(column(gaps, "basis")) == {"top-5 pairs", "records"}


def test_what_has_been_reached_gives_the_day_and_the_device(memwall):
    from memwall_cli import load_table

    (row,) = read_csv(memwall("project", "dram-bandwidth", "--reach", "2 TB/s").stdout)
    devices = load_table("accelerators").set_index("id")
    assert row["reached"] == "true"
    assert row["date"] == str(devices.loc[row["by"], "released"])[:10]
    assert devices.loc[row["by"], "memory_bandwidth_gbs"] >= 2000
    assert row["earliest"] == row["latest"] == ""
    earlier = devices[devices["released"] < row["date"]]
    shipped = earlier[(earlier["status"] == "shipped") & (earlier["memory_type"] != "SRAM")]
    assert shipped["memory_bandwidth_gbs"].max() < 2000
    drawn = memwall("project", "dram-bandwidth", "--reach", "2 TB/s", "-o", "x.png")
    assert drawn.returncode == 2
    assert "nothing to draw" in drawn.stderr


def test_an_edge_that_never_arrives_is_empty_and_said_in_words(memwall):
    text = "series,date,value\n" + "".join(
        f"x,{2010 + i},{v}\n" for i, v in enumerate([1, 1.1, 4, 4.1, 4.2, 4.3])
    )
    args = ("project", "--data", "-", "--reach", "40")
    (row,) = read_csv(memwall(*args, stdin=text).stdout)
    assert row["date"] != ""
    assert row["latest"] == ""
    table = memwall(*args, "-f", "table", "-o", "x.png", stdin=text)
    assert table.returncode == 0, table.stderr
    assert "no end in 30 years" in " ".join(table.stdout.split())
    assert max(map(len, table.stdout.splitlines())) <= 80


def test_what_is_too_far_is_said_in_words(memwall):
    done = memwall("project", "dram-bandwidth", "--reach", "1e9 TB/s", "-f", "table", "-o", "x.svg")
    assert done.returncode == 0, done.stderr
    assert "later than in 30 years, by every date" in " ".join(done.stdout.split())
    (row,) = read_csv(memwall("project", "dram-bandwidth", "--reach", "1e9 TB/s").stdout)
    assert row["date"] > "2056"  # the closed form knows no limit
    band = memwall("project", "compute", "--reach", "1e9 TFLOP/s", "--until", "2003").stdout
    assert read_csv(band)[0]["earliest"] != ""


def test_rows_of_a_file_have_no_name_to_be_reached_by(memwall, tmp_path):
    rows = "".join(f"speed,{year},{2 ** (year - 2010)}\n" for year in range(2010, 2020))
    (tmp_path / "mine.csv").write_text("series,date,value\n" + rows)
    done = memwall("project", "--data", "mine.csv", "--reach", "4", "-f", "json")
    (row,) = json.loads(done.stdout)
    assert (row["reached"], row["date"], row["by"]) == (True, "2012-01-01", None)
    assert (
        ", by " not in memwall("project", "--data", "mine.csv", "--reach", "4", "-f", "md").stdout
    )
