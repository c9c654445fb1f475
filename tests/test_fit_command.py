"""`memwall fit`, as a user runs it."""

import json

import pytest
from conftest import column, read_csv

KEYS = (
    "series,dataset,estimator,precision,n,start,end,growth_per_2yr,ci_low,ci_high,level,"
    "doubling_years,published_per_2yr,agrees"
)


def test_with_nothing_said_it_shows_every_series_of_both_data_sets(memwall):
    done = memwall("fit")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0] == KEYS
    rows = read_csv(done.stdout)
    assert [r["series"] for r in rows if r["dataset"] == "gholami2024"] == [
        "compute",
        "dram-bandwidth",
        "interconnect-lane",
        "memory-capacity",
        "parameters",
        "training-compute",
    ]
    assert len([r for r in rows if r["dataset"] == "curated"]) == 7
    assert {r["agrees"] for r in rows if r["dataset"] == "gholami2024"} == {"true"}
    assert {r["estimator"] for r in rows} == {"ols"}
    assert all(float(r["ci_low"]) < float(r["growth_per_2yr"]) < float(r["ci_high"]) for r in rows)


def test_the_table_reads_at_80_columns_and_shows_the_papers_digits(memwall):
    out = memwall("fit", "--dataset", "gholami2024", "-f", "table").stdout
    assert max(map(len, out.splitlines())) <= 80
    for rate in ("3.03x", "1.59x", "1.42x", "413x", "1.86x", "755x"):
        assert rate in out
    assert "interconnect-lane" in out


def test_precision_window_and_data_set_narrow_it_down(memwall):
    args = ["fit", "compute", "--precision", "fp32", "--since", "2012", "--dataset", "curated"]
    (row,) = read_csv(memwall(*args).stdout)
    assert (row["precision"], row["start"][:4]) == ("fp32", "2012")
    assert row["published_per_2yr"] == row["agrees"] == ""
    (until,) = read_csv(memwall(*args, "--until", "2020-06").stdout)
    assert until["end"] <= "2020-06-30"
    assert int(until["n"]) < int(row["n"])


def test_several_series_and_comma_lists(memwall):
    spaced = memwall("fit", "compute", "memory-capacity", "--dataset", "curated").stdout
    listed = memwall("fit", "compute,memory-capacity", "--dataset=curated").stdout
    assert column(spaced, "series") == ["compute", "memory-capacity"]
    assert spaced == listed


def test_a_gap_is_fitted_as_a_ratio(memwall):
    args = ["compute/dram-bandwidth", "--dataset", "curated", "--precision", "fp32"]
    (row,) = read_csv(memwall("fit", *args).stdout)
    assert row["series"] == "compute/dram-bandwidth"
    assert 0.8 < float(row["growth_per_2yr"]) < 1.3  # at fixed format the gap hardly moves


def test_precision_leaves_the_papers_points_out_and_says_so(memwall):
    done = memwall("fit", "compute", "--precision", "fp64")
    assert column(done.stdout, "dataset") == ["curated"]
    assert "no precision" in done.stderr
    assert memwall("fit", "compute", "--precision", "fp64", "--quiet").stderr == ""


def test_precision_concerns_compute_alone(memwall):
    done = memwall("fit", "--precision", "fp8", "--dataset", "gholami2024")
    assert "compute" not in column(done.stdout, "series")
    assert len(read_csv(done.stdout)) == 5
    both = memwall("fit", "dram-bandwidth", "--precision", "fp8").stdout
    assert column(both, "dataset") == ["gholami2024", "curated"]


def test_a_file_may_be_called_like_a_data_set(memwall, tmp_path):
    rows = "".join(f"parameters,{y},{v}\nb,{y},{v}\n" for y, v in ((2010, 1), (2011, 2), (2012, 5)))
    (tmp_path / "gholami2024").write_text("series,date,value\n" + rows)
    (tmp_path / "curated").write_text("series,date,value\n" + rows)
    assert memwall("project", "parameters", "--data", "gholami2024").returncode == 0
    assert memwall("fit", "parameters/b", "--data", "curated").returncode == 0
    done = memwall("fit", "parameters", "--data", "gholami2024")
    assert column(done.stdout, "published_per_2yr") == [""]


def test_many_series_say_only_so_much(memwall):
    rows = "".join(f"s{i},2010,1\n" for i in range(100))
    done = memwall("fit", "--data", "-", stdin="series,date,value\n" + rows + USER[18:])
    assert len(done.stderr.splitlines()) == 21
    assert "and 81 more notes" in done.stderr
    done = memwall(
        "fit",
        "--data",
        "-",
        "-o",
        "x.png",
        stdin="series,date,value\n"
        + "".join(f"s{i},201{j},{j + 1}\n" for i in range(13) for j in range(3)),
    )
    assert done.returncode == 2
    assert "12 series" in done.stderr


def test_a_falling_series_halves_and_is_not_said_to_grow(memwall, tmp_path):
    rows = "".join(f"price,{2010 + i},{0.5**i}\n" for i in range(6))
    text = "series,date,value\n" + rows
    done = memwall("fit", "--data", "-", "-f", "table", "-o", "x.svg", stdin=text)
    assert "halves 1.0 y" in done.stdout
    assert (tmp_path / "x.svg").exists()
    done = memwall("project", "--data", "-", stdin=text)
    assert "never exceeds its first value" in done.stderr


def test_a_series_without_a_rate_shows_a_dash(memwall):
    text = USER + "one,2010,1\n"
    out = memwall("fit", "--data", "-", "-f", "table", stdin=text).stdout
    assert [line.split()[5] for line in out.splitlines() if line.startswith("one")] == ["-"]


def test_a_precision_that_changes_nothing_is_said(memwall):
    assert "compute only" in memwall("fit", "parameters", "--precision", "fp32").stderr


def test_level_widens_the_interval(memwall):
    narrow = read_csv(memwall("fit", "compute", "--level", "0.5").stdout)[0]
    wide = read_csv(memwall("fit", "compute", "--level", "0.99").stdout)[0]
    assert float(wide["ci_low"]) < float(narrow["ci_low"])
    assert narrow["growth_per_2yr"] == wide["growth_per_2yr"]


def test_json_has_the_same_keys_and_null_for_what_is_not_known(memwall):
    rows = json.loads(memwall("fit", "interconnect-device", "-f", "json").stdout)
    assert ",".join(rows[0]) == KEYS
    assert rows[0]["published_per_2yr"] is None
    assert isinstance(rows[0]["n"], int)


def test_markdown_is_a_table(memwall):
    out = memwall("fit", "compute", "-f", "md").stdout
    assert "| series | data set |" in out
    assert "| :-- | :-- | --: |" in out


USER = "series,date,value\nmine,2010,1\nmine,2012,2\nmine,2014,4\nmine,2016,8\n"


def test_a_users_file_and_standard_input_give_the_same(memwall, tmp_path):
    (tmp_path / "mine.csv").write_text(USER)
    (of_file,) = read_csv(memwall("fit", "--data", "mine.csv").stdout)
    (of_stdin,) = read_csv(memwall("fit", "--data", "-", stdin=USER).stdout)
    assert of_file.pop("dataset") == "mine.csv"
    assert of_stdin.pop("dataset") == "standard input"
    assert of_file == of_stdin
    assert float(of_file["growth_per_2yr"]) == pytest.approx(2, rel=1e-3)


def test_few_points_earn_a_warning_and_fewer_a_note(memwall):
    done = memwall("fit", "--data", "-", stdin=USER + "two,2010,1\ntwo,2011,2\n")
    assert done.returncode == 0
    assert "mine has only 4 points" in done.stderr
    assert "two: 2 points" in done.stderr
    assert column(done.stdout, "growth_per_2yr", series="two") == [""]


def test_names_with_commas_and_slashes_are_the_users_own(memwall):
    rows = "".join(f'"a,b/c",{y},{v}\n' for y, v in ((2010, 1), (2011, 2), (2012, 3)))
    done = memwall("fit", "a,b/c", "--data", "-", stdin="series,date,value\n" + rows)
    assert column(done.stdout, "series") == ["a,b/c"]


def test_extra_columns_and_another_order_do_no_harm(memwall):
    text = "unit,value,date,series\n" + "".join(f"W,{2**i},201{i},x\n" for i in range(4))
    done = memwall("fit", "--data", "-", stdin=text)
    assert column(done.stdout, "n") == ["4"]
