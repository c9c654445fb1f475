"""Published numbers beside ours: the cases, how they are judged, and what the command says."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import column, read_csv

from memwall_cli import load_table
from memwall_cli.answers.verify import KEYS
from memwall_cli.commands.verify import kinds
from memwall_cli.errors import MemwallError
from memwall_cli.published import cases as cases_module
from memwall_cli.published.cases import UNITS, Verdict, load_cases
from memwall_cli.published.reproduce import FUNCTIONS, judge
from memwall_cli.tables import schema

ORACLE = Path(__file__).parent / "oracle" / "torch_counts.json"
CASE = next(case for case in load_cases() if case.id == "bert-base-128-projection-flops")


@pytest.fixture
def table(monkeypatch):
    """Replace cells of the table of cases: {id: {column: value}}."""

    def change(**cells):
        changed = load_table("published").copy().set_index("id")
        for place, value in cells.items():
            name, _, field = place.rpartition("__")
            changed.loc[name.replace("_", "-"), field] = value
        frames = {"published": changed.reset_index()}
        monkeypatch.setattr(
            cases_module, "load_table", lambda name: frames.get(name, load_table(name))
        )

    return change


def test_every_case_that_is_judged_is_reproduced(memwall):
    done = memwall("verify")
    assert (done.returncode, done.stderr) == (0, "")
    rows = read_csv(done.stdout)
    assert tuple(rows[0]) == KEYS
    assert len(rows) >= 300
    assert {row["ok"] for row in rows} == {"true", ""}
    for row in rows:
        assert bool(row["reason"]) == (row["ok"] == "")
        assert float(row["ratio"]) == pytest.approx(float(row["ours"]) / float(row["published"]))


def test_every_kind_is_there_and_every_function_is_used():
    known = load_cases()
    kind = next(f for f in schema("published")["fields"] if f["name"] == "kind")
    assert {case.kind for case in known} == set(kind["constraints"]["enum"])
    assert {case.function for case in known} == set(FUNCTIONS)
    assert {case.unit for case in known} <= set(UNITS)


def test_every_case_has_one_number_and_its_source():
    rows = load_table("published")
    assert (rows["published"].isna() != rows["origin"].isna()).all()
    provenance = load_table("provenance")
    mine = provenance[provenance["table"] == "published"]
    assert sorted(mine["id"]) == sorted(rows.loc[rows["published"].notna(), "id"])
    assert set(mine["field"]) == {"published"}
    defined = set(load_table("sources")["key"])
    assert all(set(case.source.split(";")) <= defined for case in load_cases())


def test_counts_are_those_of_the_oracle_that_pytorch_made():
    oracle = json.loads(ORACLE.read_text("utf-8"))["models"]
    checked = 0
    for case in load_cases():
        if case.kind == "counts":
            name, what = case.arguments["model"], case.id.rsplit("-", 2)[-2:]
            found = oracle[name]
            expected = (
                found["parameters"] if what[1] == "parameters" else found[what[0]][what[1]]["total"]
            )
            assert case.published == expected
            checked += 1
    assert checked > 100


@pytest.mark.parametrize(
    ("tolerance", "published", "step", "allowed"),
    [
        ("exact", 37.0, 1.0, 0.0),
        ("rounded", 0.14, 0.01, 0.005),
        ("cut", 4046.0, 1.0, 1.0),
        ("2%", 22.42, 0.01, 0.4484),
        ("2%", 0.04, 0.01, 0.005),
        ("5000", 60000.0, 1.0, 5000.0),
        ("at most", 104.9, 0.1, None),
    ],
)
def test_tolerances_are_what_they_are_called(tolerance, published, step, allowed):
    case = replace(CASE, tolerance=tolerance, published=published, step=step, reason=None)
    assert case.allowance == (None if allowed is None else pytest.approx(allowed))
    if allowed is not None:
        assert Verdict(case, published + allowed).ok
        assert Verdict(case, published - allowed).ok
        assert Verdict(case, published + allowed * 1.001 + 1e-6).ok is False


def test_the_last_printed_digit_says_how_exact_a_number_is():
    steps = {case.id: case.step for case in load_cases()}
    assert steps["gpt2-4096-projection-intensity"] == 0.01  # 2.00
    assert steps["gpt2-4096-ffn-intensity"] == 0.1  # 2.0
    assert steps["llama-2-7b-parameters"] == 1  # 7 billion, in the table of models
    assert steps["mixtral-8x7b-parameters"] == 0.1  # 46.7 billion


def test_what_was_measured_must_not_beat_its_bound():
    speed = replace(CASE, tolerance="at most", published=100.0)
    time = replace(CASE, tolerance="at least", published=100.0)
    assert [Verdict(speed, ours).ok for ours in (99.9, 100.0, 250.0)] == [False, True, True]
    assert [Verdict(time, ours).ok for ours in (40.0, 100.0, 100.1)] == [True, True, False]
    assert Verdict(speed, 250.0).margin == Verdict(time, 40.0).margin == 2.5


def test_bounds_are_those_of_the_measured_speeds():
    # The roofline of the paper's simplest case: 2,039 GB/s through 13.2 GB of weights and cache.
    found = {one.case.id: one for one in map(judge, load_cases()) if one.case.is_bound}
    assert set(found) == set(load_table("speeds")["id"])
    decode = found["gpt-fast-llama-2-7b-a100-decode"]
    assert decode.ours == pytest.approx(2039e9 / 13.22e9, rel=0.01)
    assert (
        7
        < found["trt-llama-2-7b-h100-prefill-2048"].ours
        < 36
        == (found["trt-llama-2-7b-h100-prefill-2048"].case.published)
    )


def test_a_wrong_number_fails_by_name(memwall, table):
    table(bert_base_128_projection_flops__published="8.25")
    done = memwall("verify")
    assert done.returncode == 1
    assert column(done.stdout, "case", ok="false") == ["bert-base-128-projection-flops"]
    assert done.stderr == (
        "failed: bert-base-128-projection-flops: published 8.25 GFLOP, ours 7.247757312, "
        "off by -12.1 % where 2 % may be\n"
    )
    assert memwall("verify", "-o", "failed.svg").returncode == 1
    shown = memwall("verify", "-f", "table").stdout
    assert "Failed" in shown
    assert re.search(r"(\d+) of (?!\1)\d+ published numbers agree", shown)


def test_a_count_off_by_one_fails_and_shows_every_digit(memwall, table):
    table(torch_llama_2_7b_parameters__published="6738415617")
    done = memwall("verify", "--kind", "counts", "-f", "table")
    assert done.returncode == 1
    assert "6738415617" in done.stdout
    assert "6738415616" in done.stdout


def test_a_known_misprint_counts_as_neither(memwall, table):
    table(
        bert_base_128_projection_flops__published="8.25",
        bert_base_128_projection_flops__reason="made up for this test",
    )
    done = memwall("verify", "--kind", "case-study")
    assert done.returncode == 0
    (row,) = (r for r in read_csv(done.stdout) if r["reason"] == "made up for this test")
    assert row["ok"] == ""
    rows = json.loads(memwall("verify", "--kind", "case-study", "-f", "json").stdout)
    assert next(r for r in rows if r["case"] == row["case"])["ok"] is None


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"function": "guess"}, "no function 'guess'; there are rate"),
        ({"arguments": "model=bert-base"}, "missing 2 required"),
        ({"arguments": "model"}, "no case"),
        ({"arguments": "model=bart phase=encode quantity=flops"}, "no bundled model 'bart'"),
        ({"arguments": "model=bert-base phase=encode quantity=joules"}, "no quantity 'joules'"),
        ({"unit": "furlong"}, "furlong"),
        ({"published": "7,25"}, "no case"),
        ({"published": "0"}, "0 is not a positive number"),
        ({"tolerance": "about"}, "could not convert string to float: 'about'"),
    ],
)
def test_a_row_that_is_no_case_is_named(memwall, table, cells, problem):
    table(**{f"bert_base_128_projection_flops__{field}": value for field, value in cells.items()})
    done = memwall("verify")
    assert done.returncode == 1
    assert "published.csv: bert-base-128-projection-flops:" in done.stderr
    assert problem in done.stderr


def test_the_summary_is_one_screen(memwall):
    lines = memwall("verify", "-f", "table").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 45
    for kind in kinds():
        assert any(line.startswith(f"{kind} ") for line in lines)
    assert len({one.case.reason for one in map(judge, load_cases()) if one.ok is None}) < 20


def test_all_lists_every_case_in_80_columns(memwall):
    lines = memwall("verify", "--all", "-f", "table").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) > len(load_cases())


def test_kinds_can_be_chosen(memwall):
    chosen = memwall("verify", "--kind", "rates,kv-cache", "--kind", "weights").stdout
    assert set(column(chosen, "kind")) == {"rates", "kv-cache", "weights"}
    done = memwall("verify", "--kind", "rate")
    assert done.returncode == 2
    assert "no kind of case 'rate'; did you mean rates" in done.stderr


def test_the_picture_is_the_same_every_time(memwall, tmp_path):
    for name in ("a.svg", "b.svg"):
        assert memwall("verify", "--kind", "rates,bounds", "-o", name).returncode == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert re.search(r"(\d+) of \1 published numbers", (tmp_path / "a.svg").read_text("utf-8"))


def test_a_table_of_cases_without_an_origin_is_refused(table):
    table(gholami2024_compute_rate__origin="claims/nobody/value")
    with pytest.raises(MemwallError, match="gholami2024-compute-rate: no case"):
        load_cases()
