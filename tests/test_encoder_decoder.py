"""Experiment 1 on a small scale: same FLOPs, other intensity; and how its numbers are made."""

import json

import numpy as np
import pytest
from conftest import column
from test_transformer import BERT, GPT2

from memwall_cli.answers.encoder_decoder import encoder_decoder_job, needed_bytes, shown_result
from memwall_cli.experiments import encoder_decoder as experiment
from memwall_cli.experiments.encoder_decoder import sampled_contexts, summed, work_of
from memwall_cli.experiments.job import Job
from memwall_cli.experiments.machine import this_machine
from memwall_cli.experiments.plan import Settings
from memwall_cli.experiments.prediction import Ceilings, model_row
from memwall_cli.experiments.run import run_rows
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import devices_of
from memwall_cli.words.runs import pair

CEILINGS = Ceilings(200e9, 20e9)


@pytest.fixture
def small(monkeypatch):
    """Models of two small layers, so that what runs for real takes no time."""
    models = {"bert-base": BERT, "gpt2": GPT2}
    monkeypatch.setattr(experiment, "load_model", models.__getitem__)
    options = {"array_bytes": 8000, "block": 64, "largest": 128}
    return Job(
        "encoder-decoder",
        seconds=60,
        options={**options, "lengths": [4, 16], "batches": [1, 2]},
    )


def rows_of(job):
    rows = [message for message in experiment.measure(job) if not isinstance(message, str)]
    return run_rows("encoder-decoder", rows, this_machine())


def test_every_length_and_batch_is_run_and_predicted(small):
    rows = rows_of(small)
    for model, phase in (("tiny-bert", "encode"), ("tiny-gpt2", "generate")):
        there = {
            (r["batch"], r["tokens"]) for r in rows if (r["model"], r["phase"]) == (model, phase)
        }
        assert there == {(1, 4), (1, 16), (2, 4), (2, 16)}
    assert {r["basis"] for r in rows if r["phase"] == "generate"} == {"steps", "measured"}
    contexts = [r["context"] for r in rows if r["phase"] == "decode" and r["batch"] == 1]
    assert contexts == sampled_contexts(16)
    for row in rows:
        floor = max(row["flops"] / row["peak_flops_per_s"], row["bytes"] / row["peak_bytes_per_s"])
        assert row["predicted_s"] == pytest.approx(floor)
        assert row["ratio"] == pytest.approx(row["seconds"] / row["predicted_s"])
        assert row["flops_per_s"] == pytest.approx(row["flops"] / row["seconds"])


def test_the_decoder_has_about_the_flops_and_a_hundredth_of_the_intensity():
    """What the experiment is to show, at the real shapes."""
    bert, gpt2 = work_of("bert-base", "encode", 1, 512), work_of("gpt2", "generate", 1, 512)
    assert 1 < gpt2.total.flops / bert.total.flops < 1.5
    assert 4 * gpt2.total.intensity == pytest.approx(2, rel=0.01)  # FLOPs per fp32 element
    assert bert.total.intensity > 100 * gpt2.total.intensity
    assert CEILINGS.predicted(gpt2) > 10 * CEILINGS.predicted(bert)


def test_intensity_rises_with_the_batch():
    found = [work_of("gpt2", "generate", batch, 128).total.intensity for batch in (1, 4, 16)]
    assert found[0] < found[1] / 3 < found[2] / 9


def test_a_prediction_is_the_higher_of_two_floors():
    work = work_of("bert-base", "encode", 1, 512)
    assert CEILINGS.predicted(work) == pytest.approx(work.total.flops / 200e9)
    step = work_of("gpt2", "decode", 1, 1, 512)
    assert CEILINGS.predicted(step) == pytest.approx(step.total.bytes / 20e9)


def test_steps_are_summed_on_straight_lines():
    """Where a step takes a + b context, the sum has a closed form, wherever it was sampled."""
    steps = {c: Timing((0.5 + 0.01 * c,) * 3) for c in sampled_contexts(512)}
    assert summed(steps, 300).best == pytest.approx(300 * 0.5 + 0.01 * 300 * 301 / 2)


def test_contexts_hold_both_ends():
    assert sampled_contexts(4) == [1, 2, 3, 4]
    assert sampled_contexts(128) == [1, 16, 32, 64, 96, 128]


def rows_with(seconds):
    cpu, job = devices_of(Job("ceilings"))[0], Job("encoder-decoder", threads=2)
    made = []
    for name, phase, basis in (("bert-base", "encode", "measured"), ("gpt2", "generate", "steps")):
        timing = Timing((seconds[name], 1.1 * seconds[name]))
        work = work_of(name, phase, 1, 128)
        made.append(model_row(job, cpu, CEILINGS, work, timing, basis))
    return run_rows("encoder-decoder", made, this_machine())


def test_the_summary_sets_time_beside_flops():
    result = shown_result(rows_with({"bert-base": 0.2, "gpt2": 5.0}))
    assert "1.4x the FLOPs of BERT-Base and takes 25.0x the time: 2.0 FLOPs" in result.summary[0]
    assert not any("warning" in note for note in result.notes)
    bert, gpt2 = pair(list(result.rows))
    assert (bert["bound"], gpt2["bound"]) == ("compute", "memory")


def test_what_beats_its_bound_by_more_than_the_spread_is_a_warning():
    result = shown_result(rows_with({"bert-base": 0.05, "gpt2": 5.0}))
    assert "warning: 1 measurements beat their bound" in result.notes[-1]


def test_time_that_is_up_leaves_out_and_says_so(small):
    said = [
        message
        for message in experiment.measure(Job(**{**vars(small), "seconds": 1e-9}))
        if isinstance(message, str) and message.startswith("left out")
    ]
    assert len(said) == 1 + 4  # the second batch of GPT-2, all of BERT


def test_memory_is_bounded_by_weights_and_cache_of_the_larger_model():
    job = encoder_decoder_job(Settings(library="numpy"), this_machine())
    weights = 124_439_808 * 4
    cache = 2 * 12 * 768 * 4 * 1024 * 16
    assert needed_bytes(job) > weights + cache
    assert needed_bytes(job) < 2 * (weights + cache) + 3 * job.options["array_bytes"]


def test_a_cache_is_memory_and_not_one_page_of_zeros():
    from memwall_cli.experiments.numpy_ops import NumpyOps

    assert np.all(NumpyOps().filled(2, 3) != 0)


def test_a_stored_run_reads_at_80_columns_and_is_drawn(memwall, tmp_path):
    rows = rows_with({"bert-base": 0.2, "gpt2": 5.0})
    (tmp_path / "run.json").write_text(json.dumps(rows))
    done = memwall("measure", "--show", "run.json", "-f", "table", "-o", "wall.png")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "BERT-Base" in done.stdout
    assert (tmp_path / "wall.png").read_bytes().startswith(b"\x89PNG")


def test_two_runs_of_a_model_are_compared_by_its_time(memwall, tmp_path):
    for name, seconds in (("one", 5.0), ("two", 2.0)):
        rows = rows_with({"bert-base": 0.2, "gpt2": seconds})
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    done = memwall("measure", "--compare", "one.json", "two.json")
    assert column(done.stdout, "ratio", measured="gpt2 generate batch 1 tokens 128 steps") == [
        "0.4"
    ]
