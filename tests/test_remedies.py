"""`memwall roofline --remedies`: gains by hand, Leviathan's formula by simulation."""

import json
from math import log

import numpy as np
import pytest

from memwall_cli.accelerators.ways_out import worth
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.remedies import accepted_tokens, remedies_of
from memwall_cli.workload.workload import Workload


def rows(memwall, *words):
    done = memwall("roofline", *words, "--remedies", "-f", "json")
    assert done.returncode == 0, done.stderr
    return {row["remedy"]: row for row in json.loads(done.stdout)}


def test_int4_on_llama_2_7b_gains_3_3_at_batch_1_and_hardly_anything_at_64(memwall):
    found = rows(memwall, "llama-2-7b", "--on", "a100-sxm-80gb", "--batch", "1")
    weights, cache = 2 * 6_607_077_376, 1_073_741_824
    assert found["int4 weights"]["gain"] == pytest.approx(
        (weights + cache) / (weights / 4 + cache), rel=1e-9
    )
    assert f"{found['int4 weights']['gain']:.1f}" == "3.3"
    many = rows(memwall, "llama-2-7b", "--on", "a100-sxm-80gb", "--batch", "64")
    assert many["int4 weights"]["gain"] < 1.15


def test_a_gain_in_years_of_growth():
    years, least, most = worth(3.264, (1.6, 1.4, 2.0))
    assert years == pytest.approx(2 * log(3.264) / log(1.6))
    assert f"{years:.0f}" == "5"
    assert f"{most:.0f}" == "7"
    assert least < years < most
    assert worth(1.0, (1.6, 1.4, 2.0)) is None
    assert worth(2.0, (1.6, 0.9, 2.0))[2] == float("inf")


def test_accepted_tokens_against_a_simulation():
    rng = np.random.default_rng(0)
    taken = np.cumprod(rng.random((200_000, 4)) < 0.8, axis=1).sum(axis=1) + 1
    assert accepted_tokens(4, 0.8) == pytest.approx(taken.mean(), rel=0.01)


def test_each_way_out_by_hand(memwall):
    found = rows(memwall, "llama-2-7b", "--on", "a100-sxm-80gb", "--draft", "3", "--accept", "0.5")
    base = found["as it is"]
    weights, cache = 2 * 6_607_077_376, 1_073_741_824
    assert base["bytes"] == weights + cache
    assert found["fp8 KV cache"]["bytes"] == weights + cache / 2
    assert found["2:4 pruning"]["bytes"] == pytest.approx(weights * 9 / 16 + cache)
    assert found["60% pruned"]["bytes"] == pytest.approx(weights * (0.4 + 1 / 16) + cache)
    grouped = 32 * 2 * 4096 * (4096 - 8 * 128) * 2
    assert found["8 KV heads"]["bytes"] == weights - grouped + cache / 4
    assert found["batch x 8"]["bytes"] == weights + 8 * cache
    drafted = found["3 drafted"]
    assert drafted["gain"] == pytest.approx(
        accepted_tokens(3, 0.5) * base["time_s"] / drafted["time_s"]
    )
    assert found["8 devices"]["memory_gain"] == pytest.approx(8, rel=0.01)
    window = found["window 1024"]["bytes"]
    assert window == weights + cache * (26 * 1024 + 6 * 2048) / (32 * 2048)


def test_the_best_together_beats_each_alone_and_names_its_parts(memwall):
    found = rows(memwall, "llama-2-7b", "--on", "a100-sxm-80gb")
    best = found["best together"]
    apart = {name: row for name, row in found.items() if name not in ("batch x 8", "8 devices")}
    assert best["gain"] == max(row["gain"] for row in apart.values())
    parts = best["asks"].split(" + ")
    assert len(parts) == len(set(parts)) > 2
    assert set(parts) <= set(found)
    assert best["batch"] == 1


def test_what_changes_nothing_is_not_listed():
    narrow = Workload(load_model("llama-2-7b"), "decode", context=64, formats=Formats.all("int4"))
    names = [remedy.name for remedy in remedies_of(narrow)]
    assert not {"int8 weights", "int4 weights", "fp8 KV cache"} & set(names)
    latent = Workload(load_model("deepseek-v3"), "decode", context=64)
    names = [remedy.name for remedy in remedies_of(latent)]
    assert not {"8 KV heads", "latent KV cache"} & set(names)


def test_years_of_bandwidth_only_where_bandwidth_binds(memwall):
    found = rows(memwall, "llama-2-7b", "--phase", "prefill", "--on", "a100-sxm-80gb")
    assert found["as it is"]["bound"] == "compute"
    assert all(row["bandwidth_years"] is None for row in found.values())
    assert found["int4 weights"]["gain"] == 1
    assert found["int4 weights"]["capacity_years"] > 0


def test_training_trades_time_for_memory(memwall):
    words = ("llama-2-7b", "--phase", "train", "--context", "2048", "--on", "h100-sxm")
    found = rows(memwall, *words)
    base = found["as it is"]
    full = found["recompute all"]
    # The forward pass once more, but for the head: a third, less the head's part of it.
    head = 2 * 32000 * 4096 * 2048
    forward = base["flops"] / 3
    assert full["flops"] == pytest.approx(base["flops"] + forward - head, rel=1e-9)
    assert full["memory_bytes"] < found["recompute some"]["memory_bytes"] < base["memory_bytes"]
    states = [found[f"ZeRO {stage}"]["memory_bytes"] for stage in (1, 2, 3)]
    assert sorted(states, reverse=True) == states
    assert found["best together"]["memory_gain"] == max(r["memory_gain"] for r in found.values())


def test_table_picture_and_their_words(memwall, tmp_path):
    done = memwall(
        "roofline", "llama-2-7b", "--remedies", "-o", "out.png", "-o", "out.svg", "-f", "table"
    )
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "best together are" in " ".join(done.stdout.split())
    drawn = (tmp_path / "out.svg").read_text("utf-8")
    assert "svg" in drawn


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--draft", "3"], "go with --remedies"),
        (["--over-time", "--accept", "0.5"], "go with --remedies"),
        (["--remedies", "--prompt", "9", "--generate", "9"], "drop --prompt"),
        (["--remedies", "--batch", "1,8", "-o", "x.png"], "one workload on one accelerator"),
    ],
)
def test_what_makes_no_sense_is_refused(memwall, words, said):
    done = memwall("roofline", "llama-2-7b", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_what_the_memory_does_not_hold_is_marked_and_said(memwall, tmp_path):
    done = memwall("roofline", "llama-3.1-405b", "--remedies", "--on", "h100-sxm", "-f", "json")
    found = {row["remedy"]: row for row in json.loads(done.stdout)}
    assert all(row["fits"] == (row["memory_bytes"] <= 80e9) for row in found.values())
    assert not found["as it is"]["fits"]
    assert not found["8 devices"]["fits"]
    assert "813 GB a device) does not fit into h100-sxm as it is" in done.stderr
    assert "with none of the ways out" in done.stderr
    shown = memwall("roofline", "llama-3.1-405b", "--remedies", "-f", "md").stdout
    assert memwall("roofline", "llama-3.1-405b", "--remedies", "-o", "out.svg").returncode == 0
    assert "Counted" in (tmp_path / "out.svg").read_text("utf-8")
    assert "813 GB \\*" in shown or "813 GB *" in shown
    done = memwall("roofline", "llama-3-70b", "--remedies", "--on", "h100-sxm", "-f", "json")
    assert "it does with int8 weights, int4 weights" in done.stderr
    assert "does not fit" not in memwall("roofline", "llama-2-7b", "--remedies").stderr
