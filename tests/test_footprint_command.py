"""`memwall footprint` as a user meets it."""

import json

import pytest
from conftest import column, read_csv


def test_rows_carry_the_contract_and_the_configuration(memwall):
    done = memwall(
        *("footprint", "megatron-175b", "--phase", "train", "--tp", "8", "--pp", "8"),
        *("--interleave", "3", "--sequence-parallel", "--dp", "2", "--zero", "1", "-f", "csv"),
    )
    rows = read_csv(done.stdout)
    assert done.returncode == 0
    assert list(rows[0])[:4] == ["model", "phase", "component", "bytes"]
    parts = {row["component"]: float(row["bytes"]) for row in rows}
    assert parts["activations"] == 12.3515625 * 2**30
    assert parts["total"] == sum(size for name, size in parts.items() if name != "total")
    said = {key: rows[0][key] for key in ("tp", "pp", "dp", "devices", "zero", "interleave")}
    assert list(said.values()) == ["8", "8", "2", "128", "1", "3"]
    assert (rows[0]["optimizer"], rows[0]["recompute"]) == ("adam", "selective")
    assert rows[0]["sequence_parallel"] == "true"
    assert rows[0]["stage"] == "first"


def test_serving_has_no_optimizer(memwall):
    done = memwall("footprint", "llama-2-7b", "--phase", "decode", "-f", "json")
    rows = json.loads(done.stdout)
    assert [row["component"] for row in rows] == ["weights", "activations", "kv-cache", "total"]
    assert {row["optimizer"] for row in rows} == {None}
    assert rows[2]["bytes"] == 2048 * 524_288


def test_an_accelerator_says_whether_it_holds_it_and_how_many_do(memwall):
    done = memwall(
        *("footprint", "llama-3-70b", "--phase", "decode", "--context", "8192"),
        *("--on", "h100-sxm,mi300x", "-f", "csv"),
    )
    assert column(done.stdout, "fits", accelerator="h100-sxm") == ["false"]
    assert column(done.stdout, "devices_needed", accelerator="h100-sxm") == ["2"]
    assert column(done.stdout, "fits", accelerator="mi300x") == ["true"]
    assert column(done.stdout, "memory_bytes", accelerator="mi300x") == ["192000000000"]
    # 192 GB less 141.107 GB of weights, in caches of 8192 x 327,680 bytes: 18.96.
    assert column(done.stdout, "largest_batch", accelerator="mi300x") == ["18"]


def test_lists_give_one_result_per_combination(memwall):
    done = memwall(
        *("footprint", "gpt2", "--phase", "train", "--optimizer", "sgd,adam"),
        *("--recompute", "full,none", "--batch", "1,2", "-f", "csv"),
    )
    totals = [r for r in read_csv(done.stdout) if r["component"] == "total"]
    assert len(totals) == 8
    assert [r["recompute"] for r in totals[:4]] == ["none", "full", "none", "full"]


@pytest.mark.parametrize(
    "args",
    [
        ["llama-2-7b"],
        ["megatron-175b", "--phase", "train", "--tp", "8", "--pp", "8"],
        ["llama-2-7b", "gpt2", "deepseek-v3", "--phase", "decode", "--batch", "1,64"],
        ["llama-2-7b", "--phase", "train", "--optimizer", "sgd,adam,kfac", "--recompute", "full"],
        ["--over-time"],
    ],
)
def test_tables_read_at_80_columns(memwall, args):
    done = memwall("footprint", *args, "-f", "table")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_the_table_says_what_it_stands_for(memwall):
    done = memwall(
        "footprint",
        "llama-2-7b",
        "--phase",
        "train",
        "--tp",
        "2",
        "--recompute",
        "full",
        "-f",
        "table",
    )
    text = " ".join(done.stdout.split())
    assert "adam, full recomputation; tp 2 = 2 devices" in text
    assert "2205.05198" in text


def test_pictures_of_both_kinds_are_the_same_twice(memwall, tmp_path):
    for args in (["gpt2", "--batch", "1,8"], ["--over-time"]):
        for name in ("a.svg", "b.svg"):
            assert memwall("footprint", *args, "-o", name).returncode == 0
        assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_over_time_lists_every_point_with_its_rate_and_the_records(memwall):
    done = memwall("footprint", "--over-time", "-f", "csv")
    rows = read_csv(done.stdout)
    assert {row["series"] for row in rows} == {"parameters", "memory-capacity"}
    for series in ("parameters", "memory-capacity"):
        mine = [row for row in rows if row["series"] == series]
        assert int(mine[0]["n"]) == len(mine)
        assert float(mine[0]["ci_low"]) < float(mine[0]["growth_per_2yr"])
        best = max(mine, key=lambda row: float(row["value"]))
        assert best["is_record"] == "true"
    gpt3 = next(row for row in rows if row["id"] == "gpt3-175b")
    assert float(gpt3["bytes"]) == 2 * float(gpt3["value"])
    assert "stopped disclosing" in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["llama-2-7b", "--tp", "3"], "does not divide"),
        (["llama-2-7b", "--pp", "5"], "does not divide"),
        (["llama-2-7b", "--zero", "1"], "--zero is for training"),
        (["llama-2-7b", "--phase", "train", "--zero", "1"], "give --dp N"),
        (["llama-2-7b", "--recompute", "full"], "--recompute is for training"),
        (["llama-2-7b", "--optimizer", "adam"], "add --phase train"),
        (["llama-2-7b", "--sequence-parallel"], "is for training"),
        (["llama-2-7b", "--phase", "train", "--optimizer", "adm"], "did you mean adam"),
        (["llama-2-7b", "--phase", "train", "--optimizer", "adam,"], "a name is empty"),
        (["llama-2-7b", "--phase", "train", "--zero", "4"], "no stage of ZeRO '4'"),
        (["llama-2-7b", "--on", "h100"], "did you mean"),
        (["llama-2-7b", "--on", "mips-r10000-200"], "memory is not known"),
        (["lama-2-7b"], "did you mean"),
        ([], "name a MODEL"),
        (["llama-2-7b", "--over-time"], "drop MODEL"),
        (["--over-time", "--phase", "train"], "drop --phase"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(memwall, args, words):
    done = memwall("footprint", *args)
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert done.stdout == ""
