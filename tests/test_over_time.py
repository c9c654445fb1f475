"""`memwall roofline --over-time`: against the table of accelerators, and `memwall project`."""

import json

import numpy as np
import pytest

from memwall_cli import load_table
from memwall_cli.accelerators.chips import load_chips
from memwall_cli.accelerators.history import histories, load_past
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.workload import Workload


@pytest.fixture(scope="module")
def past():
    return load_past(Formats())


def of(past, name, phase, **more):
    (history,) = histories([Workload(load_model(name), phase, **more)], past)
    return history


def test_one_row_per_device_that_could_have_run_it_since_the_first_that_holds_it(memwall):
    done = memwall("roofline", "llama-2-7b", "--phase", "decode", "--over-time", "-f", "json")
    rows = json.loads(done.stdout)
    devices = [row for row in rows if row["horizon_years"] == 0]
    table = load_table("accelerators").set_index("id").loc[[row["accelerator"] for row in devices]]
    stored = 2 * 6_738_415_616 + 2048 * 2 * 32 * 4096 * 2
    first = table[table["memory_gb"] * 1e9 >= stored]["released"].min()
    assert devices[0]["released"] == str(first)[:10]
    assert table.index.is_unique
    assert (table["status"] == "shipped").all()
    assert (table["memory_type"] != "SRAM").all()
    for row, (_, device) in zip(devices, table.iterrows(), strict=True):
        peaks = device[["fp16_matrix_tflops", "fp16_tflops", "fp32_tflops", "fp64_tflops"]].dropna()
        expected = peaks.iloc[0] * 1e12 / (device["memory_bandwidth_gbs"] * 1e9)
        assert row["balance"] == pytest.approx(expected, rel=1e-12)
        if device["memory_gb"] == device["memory_gb"]:
            assert row["devices"] == int(np.ceil(stored / (device["memory_gb"] * 1e9)))


def test_the_leading_chip_is_the_highest_peak_until_then(past):
    peak = past.chips.rates.peak
    for i, place in enumerate(past.leader):
        known = past.chips.released <= past.chips.released[i]
        assert peak[place] == peak[known].max()


def test_the_forecast_is_that_of_project(memwall):
    done = memwall("project", "compute/dram-bandwidth", "--precision", "fp16", "-f", "json")
    pairs = [r for r in json.loads(done.stdout) if r["basis"] == "top-5 pairs"][1:]
    done = memwall("roofline", "gpt2", "--phase", "decode", "--over-time", "-f", "json")
    ahead = [row for row in json.loads(done.stdout) if row["horizon_years"]]
    assert [row["released"] for row in ahead] == [row["date"] for row in pairs]
    for ours, theirs in zip(ahead, pairs, strict=True):
        names = {"balance": "value", "balance_low": "low", "balance_high": "high"}
        for name, other in names.items():
            assert ours[name] == pytest.approx(theirs[other], rel=1e-12)


def test_tokens_ahead_are_those_of_the_best_bandwidth_that_project_forecasts(memwall):
    words = ("dram-bandwidth", "--dataset", "curated", "-f", "json")
    bandwidth = json.loads(memwall("project", *words).stdout)[1:]
    done = memwall("roofline", "llama-2-7b", "--phase", "decode", "--over-time", "-f", "json")
    ahead = [row for row in json.loads(done.stdout) if row["horizon_years"]]
    moved = 14_287_896_576  # bytes of a token at context 2048
    names = {"tokens_per_s": "value", "tokens_per_s_low": "low", "tokens_per_s_high": "high"}
    for ours, theirs in zip(ahead, bandwidth, strict=True):
        for name, other in names.items():
            assert ours[name] == pytest.approx(theirs[other] * 1e9 / moved, rel=1e-12)
    # What computes is held against the highest peak instead.
    done = memwall("roofline", "llama-2-7b", "--phase", "prefill", "--over-time", "-f", "json")
    first = next(row for row in json.loads(done.stdout) if row["horizon_years"] == 1)
    words = ("compute", "--precision", "fp16", "-f", "json")
    peak = json.loads(memwall("project", *words).stdout)[1]["value"]
    flops = next(r for r in json.loads(done.stdout) if r["accelerator"] == "h100-sxm")["flops"]
    assert first["tokens_per_s"] == pytest.approx(peak * 1e12 * 2048 / flops, rel=1e-12)


def test_memory_binds_since_the_last_leading_chip_that_computed(past):
    history = of(past, "llama-2-7b", "decode", context=512, batch=64)
    intensity = float(history.placed.point.flops / history.placed.point.bytes)
    balance = past.balance[past.leader]
    since = np.flatnonzero(past.chips.released == history.waits_since())[0]
    assert (balance[since:] > intensity).all()
    assert balance[since - 1] <= intensity
    long = of(past, "llama-2-7b", "prefill", tokens=2048)
    assert long.waits_since() is None


def test_the_batch_that_a_coming_chip_asks_for_computes_on_it(past):
    history = of(past, "llama-3.1-405b", "decode", context=128)
    median, _, _ = history.batches_ahead
    model, batch = history.placed.work.model, int(median[-1])
    for sequences, computes in ((batch, True), (batch - 1, False)):
        work = Workload(model, "decode", sequences, 1, 128)
        matmuls = [row for row in work.operators if row.kind == "matmul"]
        flops = sum(row.flops for row in matmuls)
        moved = sum(row.weight_bytes + row.kv_bytes for row in matmuls)
        assert (flops / moved >= past.ahead.value[-1]) == computes
    cached = of(past, "llama-2-7b", "decode", context=2048)
    assert np.isnan(cached.batches_ahead[0][-1])


def test_a_model_that_no_chip_holds_is_shared_out(memwall):
    done = memwall("roofline", "deepseek-v3", "--phase", "decode", "--over-time", "-f", "json")
    assert "no accelerator holds deepseek-v3 alone" in done.stderr
    row = next(r for r in json.loads(done.stdout) if r["accelerator"] == "h100-sxm")
    alone = memwall(
        "roofline", "deepseek-v3", "--phase", "decode", "--on", "h100-sxm", "-f", "json"
    )
    (one,) = json.loads(alone.stdout)
    assert row["devices"] == 17
    assert row["tokens_per_s"] == pytest.approx(17 * one["tokens_per_s"])
    assert row["time_s"] == pytest.approx(one["time_s"] / 17)


@pytest.mark.parametrize("model", ["llama-2-7b", "bert-base"])
def test_table_and_picture(memwall, tmp_path, model):
    done = memwall("roofline", model, "--over-time", "-o", "wall.png", "--format", "table")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "wall.png").read_bytes()[:4] == b"\x89PNG"
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "forecast" in done.stdout
    assert "A leading chip of 2031" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--on", "h100-sxm"], "drop --on"),
        (["--tp", "8"], "drop --tp"),
        (["--prompt", "5", "--generate", "5"], "drop --prompt"),
        (["--remedies"], "ask one"),
    ],
)
def test_what_makes_no_sense_with_it_is_refused(memwall, words, said):
    done = memwall("roofline", "llama-2-7b", "--over-time", *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_formats_are_held_fixed():
    chips = load_chips(Formats.all("fp8"))
    past = load_past(Formats.all("fp8"))
    assert set(past.chips.precision) <= set(chips.precision)
    assert past.chips.precision[past.leader[-1]] == "fp8"
