"""Experiment 3: training steps that keep less and compute more, and what optimizers keep."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter, process_time
from typing import Any

from memwall_cli.experiments.allocated import allocated
from memwall_cli.experiments.ceilings import bandwidth_of, ceilings_for, peak_of
from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.optimizer_states import OPTIMIZERS, optimizer_row
from memwall_cli.experiments.prediction import Ceilings
from memwall_cli.experiments.recompute import Plan, plans
from memwall_cli.experiments.small_gpt import small_model
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import devices_of
from memwall_cli.experiments.training_step import FORMAT, Training, step_cells
from memwall_cli.render import Row
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.workload import Workload

CEILING_SHARE = 0.15
LEAST_RUNS = 2
LAST = "ffn down"
"""The last matrix product of a block."""


def measure(job: Job) -> Measured:
    """Measure the ceilings, then every plan of recomputation, then every optimizer.

    Parameters
    ----------
    job : its options hold "hidden", "layers", "length", "batch", "quick", and those of the job
        "ceilings".
    """
    begun = perf_counter()
    device, options = devices_of(job)[-1], job.options
    rows = yield from ceilings_for(job, device, CEILING_SHARE * job.seconds, [FORMAT])
    ceilings = Ceilings(peak_of(rows, FORMAT), bandwidth_of(rows))
    model = small_model(options["hidden"], options["layers"], options["length"])
    training = Training(model, device, options["batch"])
    tried = plans(model.layers, quick=options["quick"])
    training.step()
    left = job.seconds - (perf_counter() - begun)
    times = round_robin([partial(training.step, plan) for plan in tried], training, 0.6 * left)
    for plan, steps in zip(tried, times, strict=True):
        row = plan_row(job, training, ceilings, plan, steps, times[0])
        yield row
        yield f"{plan.name}: peak {row['peak_bytes']:.4g} B, {steps.wall.best:.3g} s a step"
    for name in OPTIMIZERS:
        row = optimizer_row(job, training, name)
        yield row
        yield f"{name}: keeps {row['state_bytes']:.4g} B"


@dataclass(frozen=True)
class Steps:
    """Steps of one plan.

    Attributes
    ----------
    wall : how long they took.
    cpu : processor time of all threads: what other programs do hardly changes it.
    """

    wall: Timing
    cpu: Timing


def round_robin(calls: list[Callable[[], None]], training: Training, seconds: float) -> list[Steps]:
    """Time several things in turn, so that a machine that slows down slows all of them alike.

    Parameters
    ----------
    calls : what to time.
    training : its gradients are dropped in between.
    seconds : after which no further round begins.
    """
    times: list[list[tuple[float, float]]] = [[] for _ in calls]
    end = perf_counter() + seconds
    while len(times[0]) < LEAST_RUNS or perf_counter() < end:
        for call, found in zip(calls, times, strict=True):
            training.forget()
            begun, used = perf_counter(), process_time()
            call()
            training.device.wait()
            found.append((perf_counter() - begun, process_time() - used))
    return [Steps(*(Timing(each) for each in zip(*found, strict=True))) for found in times]


def plan_row(
    job: Job, training: Training, ceilings: Ceilings, plan: Plan, steps: Steps, plain: Steps
) -> Row:
    """Count the memory of a step, and set it and the time beside what is predicted.

    Parameters
    ----------
    job, ceilings : what computes, and how fast at best.
    training : model and batch.
    plan : what is recomputed.
    steps, plain : how long they took, so and with nothing recomputed.
    """
    on_cpu = training.device.is_cpu
    kept, peak = _memory(training, plan)
    weights = sum(tensor.numel() * tensor.element_size() for tensor in training.weights)
    shape = (training.model, FORMAT, training.batch, training.length)
    foreseen = plan.kept_bytes(*shape)
    highest = 2 * weights + foreseen + plan.again_bytes(*shape)
    flops, moved = (float(getattr(training.work.total, name)) for name in ("flops", "bytes"))
    again = again_flops(training, plan)
    predicted = max((flops + again) / ceilings.flops_per_s, moved / ceilings.bytes_per_s)
    return step_cells(job, training, "recompute", plan.name) | {
        "recomputed_layers": plan.recomputed,
        "kept_bytes": kept,
        "predicted_kept_bytes": foreseen,
        "kept_ratio": kept / foreseen,
        "peak_bytes": weights + peak,
        "predicted_peak_bytes": highest,
        "peak_ratio": (weights + peak) / highest,
        "flops": flops + again,
        "bytes": moved,
        "seconds": steps.wall.best,
        "spread": steps.wall.spread,
        "runs": len(steps.wall.seconds),
        "cpu_s": steps.cpu.best if on_cpu else None,
        "peak_flops_per_s": ceilings.flops_per_s,
        "peak_bytes_per_s": ceilings.bytes_per_s,
        "predicted_s": predicted,
        "ratio": steps.wall.best / predicted,
        "extra_time": steps.wall.best / plain.wall.best - 1,
        "extra_cpu": steps.cpu.best / plain.cpu.best - 1 if on_cpu else None,
        "predicted_extra_time": again / flops,
    }


def again_flops(training: Training, plan: Plan) -> float:
    """Count what is computed again: the forward pass of blocks, but for the end of each part.

    Nothing in the backward pass needs what the last product of a part makes, and PyTorch stops
    before it: of a block that is recomputed alone it saves a third.

    Parameters
    ----------
    training : model and batch.
    plan : what is recomputed.
    """
    formats = Formats.all(FORMAT)
    work = Workload(
        training.model, "prefill", training.batch, training.length, 0, formats, blocks_only=True
    )
    down = sum(float(row.flops) for row in work.operators if row.operator == LAST)
    parts = sum(part.recomputed for part in plan.parts)
    return (plan.recomputed * float(work.total.flops) - parts * down) / training.model.layers


def _memory(training: Training, plan: Plan) -> tuple[int, int]:
    """Bytes kept by the forward pass, and the most in use, gradients included."""
    training.forget()
    held: list[Any] = []
    forward = allocated(lambda: held.append(training.loss(plan)), training.device.name)
    backward = allocated(lambda: held.pop().backward(), training.device.name)
    return forward.kept, max(forward.peak, forward.kept + backward.peak)
