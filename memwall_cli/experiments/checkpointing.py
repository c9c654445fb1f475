"""Experiment 3: training steps that keep less and compute more, and what optimizers keep."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Any

from memwall_cli.experiments.allocated import COUNTED, allocated
from memwall_cli.experiments.bandwidth import measure_bandwidth
from memwall_cli.experiments.ceilings import bandwidth_of, peak_of
from memwall_cli.experiments.corpus import batches, corpus
from memwall_cli.experiments.gemm import measure_gemm
from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.prediction import Ceilings
from memwall_cli.experiments.recompute import Plan, plans
from memwall_cli.experiments.shampoo import Shampoo, Weights
from memwall_cli.experiments.small_gpt import CausalTransformer, small_model
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import Device, devices_of
from memwall_cli.experiments.torch_ops import TorchOps
from memwall_cli.experiments.training import cross_entropy, learn
from memwall_cli.render import Row
from memwall_cli.workload.footprint import Setup, footprint
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Model
from memwall_cli.workload.workload import Workload

CHECKPOINTING_KEYS = (
    *("part", "variant", "model", "format", "library", "device", "processor", "threads", "batch"),
    *("tokens", "parameters", "layers", "recomputed_layers", "counted_by", "kept_bytes"),
    *("predicted_kept_bytes", "kept_ratio", "peak_bytes", "predicted_peak_bytes", "peak_ratio"),
    *("state_bytes", "predicted_state_bytes", "state_ratio", "flops", "bytes", "seconds"),
    *("spread", "runs", "peak_flops_per_s", "peak_bytes_per_s", "predicted_s", "ratio"),
    *("extra_time", "predicted_extra_time"),
)
"""part: recompute, or optimizer. kept: by the forward pass for the backward one; peak: weights,
gradients and the most that is in use besides; state: what the optimizer keeps between steps.
seconds: of forward and backward pass, or of the optimizer's step."""
FORMAT = "fp32"
OPTIMIZERS = ("sgd", "momentum", "adam", "shampoo")
"""By their names in `memwall footprint`."""
CEILING_SHARE = 0.15
LEAST_RUNS = 2
LAST = "ffn down"
"""The last matrix product of a block."""


class Training:
    """A model and a batch to train on.

    Parameters
    ----------
    model : shapes.
    device : where.
    batch : sequences, each as long as the model has positions.
    """

    def __init__(self, model: Model, device: Device, batch: int) -> None:
        import torch

        self.model, self.device, self.batch = model, device, batch
        self.length = model.positions
        self.net = CausalTransformer(model, TorchOps(device.name), self.length)
        self.weights = learn(self.net)
        (first,) = islice(batches(corpus()[0], self.length, batch, seed=0), 1)
        self.pieces = torch.from_numpy(first).to(device.name)
        self.work = Workload(model, "train", batch, self.length, 0, Formats.all(FORMAT))

    def loss(self, plan: Plan | None = None) -> Any:
        """Run forward."""
        if plan is None:
            return cross_entropy(self.net, self.pieces)
        segments = [part.blocks for part in plan.parts]
        return cross_entropy(self.net, self.pieces, segments=segments, runs=plan.runs())

    def step(self, plan: Plan | None = None) -> None:
        """Run forward and backward."""
        self.loss(plan).backward()

    def forget(self) -> None:
        """Drop the gradients."""
        for tensor in self.weights:
            tensor.grad = None


def measure(job: Job) -> Measured:
    """Measure the ceilings, then every plan of recomputation, then every optimizer.

    Parameters
    ----------
    job : its options hold "hidden", "layers", "length", "batch", "quick", and those of the job
        "ceilings".
    """
    begun = perf_counter()
    device, options = devices_of(job)[-1], job.options
    rows: list[Row] = []
    for measured in _kernels(job, device, CEILING_SHARE * job.seconds):
        if isinstance(measured, str):
            yield measured
        else:
            rows.append(measured)
    ceilings = Ceilings(peak_of(rows, FORMAT), bandwidth_of(rows))
    model = small_model(options["hidden"], options["layers"], options["length"])
    training = Training(model, device, options["batch"])
    tried = plans(model.layers, quick=options["quick"])
    training.step()
    left = job.seconds - (perf_counter() - begun)
    times = round_robin([partial(training.step, plan) for plan in tried], training, 0.6 * left)
    for plan, timing in zip(tried, times, strict=True):
        row = plan_row(job, training, ceilings, plan, timing, times[0])
        yield row
        yield f"{plan.name}: peak {row['peak_bytes']:.4g} B, {timing.best:.3g} s a step"
    for name in OPTIMIZERS:
        row = optimizer_row(job, training, name)
        yield row
        yield f"{name}: keeps {row['state_bytes']:.4g} B"


def _kernels(job: Job, device: Device, seconds: float) -> Measured:
    formats = {**job.options, "formats": [FORMAT]}
    yield from measure_bandwidth(job, device, seconds / 2)
    yield from measure_gemm(Job(**{**vars(job), "options": formats}), device, seconds / 2)


def round_robin(
    calls: list[Callable[[], None]], training: Training, seconds: float
) -> list[Timing]:
    """Time several things in turn, so that a machine that slows down slows all of them alike.

    Parameters
    ----------
    calls : what to time.
    training : its gradients are dropped in between.
    seconds : after which no further round begins.
    """
    times: list[list[float]] = [[] for _ in calls]
    end = perf_counter() + seconds
    while len(times[0]) < LEAST_RUNS or perf_counter() < end:
        for call, found in zip(calls, times, strict=True):
            training.forget()
            begun = perf_counter()
            call()
            training.device.wait()
            found.append(perf_counter() - begun)
    return [Timing(tuple(found)) for found in times]


def _cells(job: Job, training: Training, part: str, variant: str) -> Row:
    row: Row = dict.fromkeys(CHECKPOINTING_KEYS)
    return row | {
        "part": part,
        "variant": variant,
        "model": training.model.id,
        "format": FORMAT,
        "library": job.library,
        "device": training.device.name,
        "processor": training.device.processor,
        "threads": job.threads if training.device.is_cpu else None,
        "batch": training.batch,
        "tokens": training.length,
        "parameters": sum(tensor.numel() for tensor in training.weights),
        "layers": training.model.layers,
        "counted_by": COUNTED[training.device.is_cpu],
    }


def plan_row(
    job: Job, training: Training, ceilings: Ceilings, plan: Plan, timing: Timing, plain: Timing
) -> Row:
    """Count the memory of a step, and set it and the time beside what is predicted.

    Parameters
    ----------
    job, ceilings : what computes, and how fast at best.
    training : model and batch.
    plan : what is recomputed.
    timing, plain : how long steps took, so and with nothing recomputed.
    """
    kept, peak = _memory(training, plan)
    weights = sum(tensor.numel() * tensor.element_size() for tensor in training.weights)
    shape = (training.model, FORMAT, training.batch, training.length)
    foreseen = plan.kept_bytes(*shape)
    highest = 2 * weights + foreseen + plan.again_bytes(*shape)
    flops, moved = (float(getattr(training.work.total, name)) for name in ("flops", "bytes"))
    again = again_flops(training, plan)
    predicted = max((flops + again) / ceilings.flops_per_s, moved / ceilings.bytes_per_s)
    return _cells(job, training, "recompute", plan.name) | {
        "recomputed_layers": plan.recomputed,
        "kept_bytes": kept,
        "predicted_kept_bytes": foreseen,
        "kept_ratio": kept / foreseen,
        "peak_bytes": weights + peak,
        "predicted_peak_bytes": highest,
        "peak_ratio": (weights + peak) / highest,
        "flops": flops + again,
        "bytes": moved,
        "seconds": timing.best,
        "spread": timing.spread,
        "runs": len(timing.seconds),
        "peak_flops_per_s": ceilings.flops_per_s,
        "peak_bytes_per_s": ceilings.bytes_per_s,
        "predicted_s": predicted,
        "ratio": timing.best / predicted,
        "extra_time": timing.best / plain.best - 1,
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


def optimizer_row(job: Job, training: Training, name: str) -> Row:
    """Make one step with an optimizer, and count what it keeps.

    Parameters
    ----------
    job, training : what computes; model and batch.
    name : of OPTIMIZERS.
    """
    training.forget()
    training.step()
    optimizer = made(name, training)
    begun = perf_counter()
    optimizer.step()
    training.device.wait()
    seconds = perf_counter() - begun
    state = state_bytes(optimizer.state)
    foreseen = int(footprint(training.work, Setup(optimizer=name)).components["optimizer"])
    return _cells(job, training, "optimizer", name) | {
        "state_bytes": state,
        "predicted_state_bytes": foreseen,
        "state_ratio": state / foreseen if foreseen else None,
        "seconds": seconds,
        "runs": 1,
    }


def made(name: str, training: Training) -> Any:
    """Make an optimizer for the model's weights.

    Parameters
    ----------
    name : of OPTIMIZERS.
    training : the model.
    """
    import torch

    if name == "shampoo":
        net = training.net
        table, *matrices = net.matrices()
        inner = {id(layer.qkv): 3 for layer in net.layers}
        return Shampoo(
            [
                Weights(table, kind="vocabulary"),
                *(Weights(matrix, inner.get(id(matrix), 1)) for matrix in matrices),
                *(Weights(vector, kind="vector") for vector in net.vectors()),
            ]
        )
    if name == "adam":
        return torch.optim.Adam(training.weights, lr=1e-4)
    return torch.optim.SGD(training.weights, lr=1e-3, momentum=0.9 if name == "momentum" else 0.0)


def state_bytes(state: Any) -> int:
    """Count the bytes of all tensors in an optimizer's state.

    Parameters
    ----------
    state : a dict of tensors by name, for each weight.
    """
    import torch

    tensors = [x for one in state.values() for x in one.values() if isinstance(x, torch.Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
