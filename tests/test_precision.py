"""Experiment 2 on a small scale: what is quantised, what multiplies it, and what is said of it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from conftest import read_csv

from memwall_cli.answers import precision as answer
from memwall_cli.experiments import job, torch_device
from memwall_cli.experiments.corpus import batches, corpus, windows
from memwall_cli.experiments.small_gpt import CausalTransformer, small_model

TINY = {
    **{"array_bytes": 8000, "block": 64, "largest": 128},
    **{"steps": 3, "train_seconds": 60.0, "pieces": 3},
}


@pytest.fixture
def net(torch):
    from memwall_cli.experiments.torch_ops import TorchOps

    return CausalTransformer(small_model(64, 2, 16), TorchOps("cpu"), 16)


@pytest.fixture
def tiny(torch, monkeypatch):
    """Run in this process, with models that take no time."""
    from memwall_cli.experiments import precision as experiment

    monkeypatch.setattr(experiment, "HIDDEN", 64)
    monkeypatch.setattr(experiment, "LAYERS", 1)
    large = replace(small_model(64, 2, 128), id="gpt2")
    monkeypatch.setattr(experiment, "load_model", {"gpt2": large}.__getitem__)

    def run(one, report):
        small = replace(one, seconds=0.1, options={**one.options, **TINY})
        done = list(job.measure(small))
        return [message for message in done if not isinstance(message, str)]

    monkeypatch.setattr(answer, "run_job", run)


@pytest.mark.parametrize("experiment", ["precision", "checkpointing"])
def test_without_pytorch_one_sentence_says_what_to_install(experiment, monkeypatch, memwall):
    monkeypatch.setattr(torch_device, "has_torch", lambda: False)
    done = memwall("measure", experiment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"memwall: experiment {experiment} needs PyTorch; install the extra: "
        "pip install 'memwall-cli[torch]'\n"
    )
    done = memwall("measure", experiment, "--library", "numpy")
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs PyTorch, not --library numpy" in done.stderr


def test_the_text_is_our_own_source_and_the_same_each_time():
    train, held_out = corpus()
    assert b"def corpus()" in train.tobytes() + held_out.tobytes()
    first, again = (next(batches(train, 32, 4, seed=1)) for _ in "ab")
    assert np.array_equal(first, again)
    assert not np.array_equal(first, next(batches(train, 32, 4, seed=2)))
    pieces = windows(held_out, 32, 5)
    assert pieces.shape == (5, 33)
    assert pieces[0].tolist() == list(held_out[:33])


def test_all_positions_at_once_say_what_one_after_the_other_says(net, torch):
    tokens = net.ops.tokens(2, 16, 256)
    cache = net.cache(2, 16)
    steps = [net.decode(tokens[:, i : i + 1], i, cache) for i in range(16)]
    assert torch.allclose(net.logits(tokens), torch.stack(steps, 1), atol=1e-5)


def test_training_learns(net, torch):
    from memwall_cli.experiments.training import losses, train

    pieces = windows(corpus()[1], 16, 20)
    before = losses(net, pieces, "cpu").mean()
    assert before == pytest.approx(np.log(256), rel=0.02)
    done = list(train(net, "cpu", 16, 8, steps=40, seconds=60.0))
    assert len(done) == 40
    assert losses(net, pieces, "cpu").mean() < 0.9 * before
    assert not net.token_table.requires_grad


@pytest.mark.parametrize(("weights", "largest"), [("int8", 127), ("int4", 7)])
def test_rounding_is_to_the_nearest_of_each_channel(torch, weights, largest):
    from memwall_cli.experiments.quantised import quantised

    x = torch.randn(5, 64, generator=torch.Generator().manual_seed(0))
    whole, scale = quantised(x, weights)
    assert whole.abs().amax(1).tolist() == [largest] * 5
    assert ((whole * scale - x).abs() <= scale / 2 + 1e-6).all()


@pytest.mark.parametrize(
    ("weights", "activations"), [("int8", "bf16"), ("int4", "bf16"), ("int8", "int8")]
)
def test_products_are_those_of_the_rounded_weights(torch, weights, activations):
    """Against PyTorch's product in fp32 of the numbers that the integers stand for."""
    from memwall_cli.experiments.quantised import QuantisedMatrix, quantised

    random = torch.Generator().manual_seed(0)
    weight = torch.randn(100, 128, generator=random)
    x = torch.randn(3, 2, 128, generator=random).bfloat16()
    whole, scale = quantised(weight, weights)
    seen = x.float().flatten(0, 1)
    if activations == "int8":
        ours, own = quantised(seen, "int8")
        seen = ours * own
    expected = (seen @ (whole * scale).T).reshape(3, 2, 100)
    matrix = QuantisedMatrix(weight, weights, activations)
    assert torch.allclose(matrix(x).float(), expected, atol=0.15, rtol=0.02)
    assert torch.allclose(matrix.rows(torch.tensor([7])).float(), (whole * scale)[7:8], atol=0.02)


@pytest.mark.parametrize(
    ("weights", "missing"),
    [("int8", "_weight_int8pack_mm"), ("int4", "_weight_int4pack_mm_for_cpu")],
)
def test_where_there_is_no_product_weights_are_turned_back_and_that_is_said(
    torch, monkeypatch, weights, missing
):
    from memwall_cli.experiments.quantised import DEQUANTISED, QuantisedMatrix

    def refuse(*_):
        raise NotImplementedError

    weight = torch.randn(64, 64, generator=torch.Generator().manual_seed(0))
    x = torch.ones(1, 64).bfloat16()
    own = QuantisedMatrix(weight, weights, "bf16")
    product = own(x)
    monkeypatch.setattr(torch, missing, refuse)
    back = QuantisedMatrix(weight, weights, "bf16")
    assert (own.kernel, back.kernel) == (f"{weights} product", DEQUANTISED)
    assert torch.allclose(back(x), product, atol=0.2, rtol=0.02)
    stored = sum(t.numel() * t.element_size() for t in back.operands)
    assert stored == 64 * 64 * (1 if weights == "int8" else 0.5) + 2 * 64


def test_bytes_are_those_that_are_stored(torch):
    from memwall_cli.experiments.quantised import in_format, stored_bytes
    from memwall_cli.experiments.torch_ops import TorchOps
    from memwall_cli.workload.weights import parameters

    model = small_model(256, 2, 16)
    net, learned = CausalTransformer(model, TorchOps("cpu"), 16), parameters(model)
    each = {
        weights: stored_bytes(in_format(net, "cpu", weights, activations)) / learned
        for weights, activations in (
            *(("fp32", "fp32"), ("bf16", "bf16")),
            *(("int8", "bf16"), ("int4", "bf16")),
        )
    }
    assert (each["fp32"], each["bf16"]) == (4.0, 2.0)
    assert 1.0 < each["int8"] < 1.05
    assert 0.5 < each["int4"] < 0.6


def test_a_run_is_written_shown_drawn_and_compared(tiny, memwall, tmp_path):
    done = memwall("measure", "precision", "--threads", "1", "-f", "table", "-o", "run.json")
    assert done.returncode == 0, done.stderr
    assert "int4 activations: no such product" in done.stderr
    again = memwall("measure", "--show", "run.json", "-f", "table", "-o", "run.png")
    assert again.stdout == done.stdout
    assert (tmp_path / "run.png").read_bytes()[:4] == b"\x89PNG"
    rows = json.loads((tmp_path / "run.json").read_text())
    assert [r["format"] for r in rows if r["model"] == "small-gpt"] == [
        *("fp32", "fp16", "bf16", "int8", "int8, both", "int4", "int4, both"),
    ]
    for row in rows:
        if row["seconds"] is None:
            assert row["format"] == "int4, both"
            continue
        floor = max(row["flops"] / row["peak_flops_per_s"], row["bytes"] / row["peak_bytes_per_s"])
        assert row["predicted_s"] == pytest.approx(floor)
        assert row["ratio"] == pytest.approx(row["seconds"] / floor)
    both = memwall("measure", "--compare", "run.json", "run.json")
    compared = read_csv(both.stdout)
    assert len(compared) == sum(r["seconds"] is not None for r in rows)
    assert {r["ratio"] for r in compared} == {"1"}
