"""`memwall project`, as a user runs it."""

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
