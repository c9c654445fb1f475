"""Experiment 3 on a small scale: same gradients, less memory, and states to the byte."""

import json
from dataclasses import replace

import pytest
from conftest import read_csv

from memwall_cli.answers import checkpointing as answer
from memwall_cli.experiments import job
from memwall_cli.experiments.job import Job
from memwall_cli.experiments.prediction import Ceilings
from memwall_cli.experiments.recompute import plans
from memwall_cli.experiments.small_gpt import small_model
from memwall_cli.experiments.timing import Timing
from memwall_cli.workload.footprint import Setup, footprint
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.workload import Workload

MODEL = small_model(64, 4, 32)
BATCH = 4
PLANS = {plan.name: plan for plan in plans(4, quick=False)}
TINY = {
    **{"array_bytes": 8000, "block": 64, "largest": 128},
    **{"hidden": 64, "layers": 4, "length": 32, "batch": BATCH},
}


@pytest.fixture
def training(torch):
    from memwall_cli.experiments.torch_device import devices_of
    from memwall_cli.experiments.training_step import Training

    (cpu,) = devices_of(Job("checkpointing", "torch"))
    return Training(MODEL, cpu, BATCH)


def row_of(training, plan):
    from memwall_cli.experiments.checkpointing import Steps, plan_row

    plain = Steps(Timing((1.0,)), Timing((2.0,)))
    return plan_row(
        Job("checkpointing", "torch"), training, Ceilings(1e11, 1e10), plan, plain, plain
    )


@pytest.mark.parametrize(("plan", "recompute"), [("none", "selective"), ("every block", "full")])
def test_plans_are_predicted_as_memwall_footprint_counts(plan, recompute):
    work = Workload(MODEL, "train", BATCH, 32, 0, Formats.all("fp32"))
    counted = footprint(work, Setup(recompute=recompute)).components
    ours = PLANS[plan]
    shape = (MODEL, "fp32", BATCH, 32)
    assert ours.kept_bytes(*shape) == counted["activations"] + counted["head-activations"]
    assert ours.again_bytes(*shape) == counted.get("recomputation", 0)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_autograd_keeps_what_the_model_says(training, plan):
    """Against the calls of PyTorch's own allocator; statistics of rows are the rest."""
    training.step()
    row = row_of(training, plan)
    assert 1 <= row["kept_ratio"] < 1.02
    assert 0.6 < row["peak_ratio"] < 1.1


def test_the_more_is_recomputed_the_lower_the_peak(training):
    training.step()
    peaks = [
        row_of(training, PLANS[name])["peak_bytes"]
        for name in ("none", "every 2nd block", "every block")
    ]
    assert peaks == sorted(peaks, reverse=True)
    assert len(set(peaks)) == 3


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_gradients_are_the_same_whatever_is_recomputed(training, torch, plan):
    training.step()
    plain = [tensor.grad.clone() for tensor in training.weights]
    training.forget()
    training.step(plan)
    for tensor, before in zip(training.weights, plain, strict=True):
        assert torch.allclose(tensor.grad, before, atol=1e-7)


def test_flops_are_those_that_pytorch_counts(training, torch):
    """Against FlopCounterMode, which counts matrix products alone."""
    from torch.utils.flop_counter import FlopCounterMode

    def counted(plan):
        with FlopCounterMode(display=False) as counter:
            training.step(plan)
        return counter.get_total_flops()

    plain, every = counted(PLANS["none"]), counted(PLANS["every block"])
    row = row_of(training, PLANS["every block"])
    assert every / plain - 1 == pytest.approx(row["predicted_extra_time"], abs=0.03)
    assert every == pytest.approx(row["flops"], rel=0.1)


@pytest.mark.parametrize(
    ("name", "beside"), [("sgd", 0), ("momentum", 0), ("adam", 4), ("shampoo", 0)]
)
def test_optimizers_keep_what_the_model_says(training, name, beside):
    """To the byte; PyTorch's Adam counts its steps for each tensor, in 4 bytes."""
    from memwall_cli.experiments.optimizer_states import optimizer_row

    row = optimizer_row(Job("checkpointing", "torch"), training, name)
    assert row["state_bytes"] == row["predicted_state_bytes"] + beside * len(training.weights)


def test_the_allocator_is_seen_to_take_and_give_back(torch):
    from memwall_cli.experiments.allocated import allocated

    kept = []

    def work():
        first = torch.zeros(1000)
        kept.append(first.neg())

    found = allocated(work, "cpu")
    assert (found.kept, found.peak) == (4000, 8000)


def test_first_step_of_shampoo_is_orthogonal(torch):
    """arXiv 1802.09568: (G G')^(-1/4) G (G' G)^(-1/4) = U V' of the singular values' vectors."""
    from memwall_cli.experiments.shampoo import Shampoo, Weights

    weight = torch.zeros(6, 6, requires_grad=True)
    weight.grad = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
    u, _, v = torch.linalg.svd(weight.grad)
    Shampoo([Weights(weight)], rate=1.0).step()
    assert torch.allclose(-weight.detach(), u @ v, atol=1e-3)


@pytest.mark.parametrize("order", [2, 4])
def test_inverse_roots_undo_the_matrix(torch, order):
    from memwall_cli.experiments.shampoo import inverse_root

    half = torch.randn(8, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    matrix = half @ half.T
    root = torch.linalg.matrix_power(inverse_root(matrix, order), order)
    assert torch.allclose(root @ matrix, torch.eye(8, dtype=torch.float64), atol=1e-8)


def test_shampoo_learns(training):
    from memwall_cli.experiments.optimizer_states import made

    before = training.loss().item()
    optimizer = made("shampoo", training)
    for _ in range(5):
        optimizer.zero_grad()
        training.step()
        optimizer.step()
    assert training.loss().item() < before - 0.05


def test_a_run_is_written_shown_drawn_and_compared(torch, monkeypatch, memwall, tmp_path):
    def run(one, report):
        small = replace(one, seconds=0.1, options={**one.options, **TINY})
        done = list(job.measure(small))
        return [message for message in done if not isinstance(message, str)]

    monkeypatch.setattr(answer, "run_job", run)
    done = memwall("measure", "checkpointing", "--threads", "1", "-f", "table", "-o", "run.json")
    assert done.returncode == 0, done.stderr
    assert "allocator calls" in done.stderr
    again = memwall("measure", "--show", "run.json", "-f", "table", "-o", "run.png")
    assert again.stdout == done.stdout
    assert (tmp_path / "run.png").read_bytes()[:4] == b"\x89PNG"
    rows = json.loads((tmp_path / "run.json").read_text())
    assert [r["variant"] for r in rows if r["part"] == "recompute"] == list(PLANS)
    assert rows[0]["extra_time"] == 0
    compared = read_csv(memwall("measure", "--compare", "run.json", "run.json").stdout)
    assert len(compared) == len(rows)
    assert {r["ratio"] for r in compared} == {"1"}
