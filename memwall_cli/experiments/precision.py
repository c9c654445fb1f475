"""Experiment 2: a Transformer in fewer and fewer bits: what it loses, and what a step gains."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from memwall_cli.experiments.bandwidth import measure_bandwidth
from memwall_cli.experiments.ceilings import bandwidth_of
from memwall_cli.experiments.corpus import corpus, windows
from memwall_cli.experiments.gemm import measure_gemm
from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.prediction import MODEL_KEYS, Ceilings, model_row
from memwall_cli.experiments.quantised import LARGEST, SIMULATED, in_format, kernel_of, stored_bytes
from memwall_cli.experiments.run import number
from memwall_cli.experiments.small_gpt import CausalTransformer, small_model
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import Device, devices_of
from memwall_cli.experiments.torch_ops import TorchOps
from memwall_cli.experiments.training import losses, train
from memwall_cli.render import Row
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import BITS, Formats
from memwall_cli.workload.model import Model
from memwall_cli.workload.weights import parameters
from memwall_cli.workload.workload import Workload

_OWN = (
    *(
        "model",
        "format",
        "weights",
        "activations",
        "kernel",
        "parameters",
        "trained_tokens",
        "loss",
    ),
    *("loss_difference", "loss_error", "test_tokens", "stored_bytes", "bytes_per_parameter"),
    *("predicted_bytes_per_parameter", "overhead_s"),
)
"""loss_error: standard error of the mean difference over pieces of text; overhead_s: the same
calls on a model of almost no weights."""
PRECISION_KEYS = (*_OWN, *(key for key in MODEL_KEYS if key not in _OWN))
FORMATS = {
    "fp32": ("fp32", "fp32"),
    "fp16": ("fp16", "fp16"),
    "bf16": ("bf16", "bf16"),
    "int8": ("int8", "bf16"),
    "int8, both": ("int8", "int8"),
    "int4": ("int4", "bf16"),
    "int4, both": ("int4", "int4"),
}
"""Weights, and activations in products; in between they are bf16 where the products' are integers.
"""
WIDER = {"int4": "int8", "int8": "bf16", "bf16": "fp32", "fp16": "fp32", "fp32": ""}
"""The format that numbers of another can be turned into."""
LARGE = "gpt2"
HIDDEN, LAYERS, LENGTH, BATCH = 256, 4, 128, 4
"""Of the model that is trained."""
TINY = 64
"""Width of the model whose steps are nothing but calls."""
CEILING_SHARE = 0.15
STEP_SHARE = 0.02
"""Of the time, for each format and model."""


@dataclass(frozen=True)
class Place:
    """What computes, where, and how fast at best.

    Attributes
    ----------
    job, device : library, threads, options; where.
    peaks : FLOP/s of matrix products by format.
    bytes_per_s : of the fastest kernel.
    """

    job: Job
    device: Device
    peaks: dict[str, float]
    bytes_per_s: float

    def ceilings(self, activations: str) -> Ceilings:
        """Give the roofs for products of a format: where none is faster, it can be widened.

        Parameters
        ----------
        activations : format of what the weights are multiplied with.
        """
        found = []
        while activations:
            found.append(self.peaks.get(activations, 0.0))
            activations = WIDER[activations]
        return Ceilings(max(found), self.bytes_per_s)


def measure(job: Job) -> Measured:
    """Train, then run in every format.

    Parameters
    ----------
    job : its options hold "steps", "train_seconds", "pieces", and those of the job "ceilings".
    """
    device = devices_of(job)[-1]
    model = small_model(HIDDEN, LAYERS, LENGTH)
    trained = CausalTransformer(model, TorchOps(device.name), LENGTH)
    done = yield from _trained(job, device, trained)
    place = yield from _place(job, device)
    pieces = windows(corpus()[1], LENGTH, job.options["pieces"])
    base: npt.NDArray[np.float64] | None = None
    for format_, (weights, activations) in FORMATS.items():
        changed = in_format(trained, device.name, weights, activations)
        found = losses(changed, pieces, device.name)
        base = found if base is None else base
        row = _row(place, model, format_, changed)
        row |= loss_cells(found, base, done * BATCH * LENGTH, pieces[:, 1:].size)
        yield row
        yield f"{format_}: {found.mean():.4f} nats per byte, {found.mean() - base.mean():+.4f}"
    large = CausalTransformer(load_model(LARGE), TorchOps(device.name), LENGTH)
    yield f"{device.label(job)}: GPT-2 small, random weights"
    for format_, (weights, activations) in FORMATS.items():
        if "both" in format_ and weights == "int4":
            continue  # there is nothing to time, and random weights have no loss
        changed = in_format(large, device.name, weights, activations)
        row = _row(place, large.model, format_, changed)
        yield row
        yield f"{format_}: GPT-2 makes a token in {number(row, 'seconds'):.3g} s"


def _trained(job: Job, device: Device, model: CausalTransformer) -> Any:
    """Train, say how it goes, and return the steps done."""
    steps, seconds = job.options["steps"], job.options["train_seconds"]
    yield f"{device.label(job)}: training {parameters(model.model) / 1e6:.2g} million parameters"
    done, told = 0, perf_counter()
    for done, loss in train(model, device.name, LENGTH, BATCH, steps, seconds):
        if perf_counter() - told > 5:
            told = perf_counter()
            yield f"step {done}: {loss:.3f} nats per byte"
    return done


def _place(job: Job, device: Device) -> Any:
    """Measure the ceilings; yield what they say, return them."""
    share = CEILING_SHARE * job.seconds
    rows: list[Row] = []
    for measured in _kernels(job, device, share):
        if isinstance(measured, str):
            yield measured
        else:
            rows.append(measured)
    peaks: dict[str, float] = {}
    for row in rows:
        if row["kernel"] == "gemm":
            format_ = str(row["format"])
            peaks[format_] = max(number(row, "flops_per_s"), peaks.get(format_, 0.0))
    return Place(job, device, peaks, bandwidth_of(rows))


def _kernels(job: Job, device: Device, seconds: float) -> Measured:
    yield from measure_bandwidth(job, device, seconds / 2)
    formats = {**job.options, "formats": ["fp32", "bf16", "fp16", "int8"]}
    yield from measure_gemm(Job(**{**vars(job), "options": formats}), device, seconds / 2)


def loss_cells(
    found: npt.NDArray[np.float64],
    base: npt.NDArray[np.float64],
    trained_tokens: int,
    test_tokens: int,
) -> Row:
    """Compare losses piece by piece of text: the text's own variation drops out.

    Parameters
    ----------
    found, base : losses of each piece, in the format and in fp32, shape (pieces,).
    trained_tokens, test_tokens : bytes of text trained on, and tested with.

    Examples
    --------
    >>> cells = loss_cells(np.array([1.0, 3.0]), np.array([0.9, 2.9]), 10, 10)
    >>> round(cells["loss"], 3), round(cells["loss_difference"], 3), round(cells["loss_error"], 3)
    (2.0, 0.1, 0.0)
    """
    difference = found - base
    return {
        "trained_tokens": trained_tokens,
        "loss": float(found.mean()),
        "loss_difference": float(difference.mean()),
        "loss_error": float(difference.std(ddof=1) / np.sqrt(len(found))),
        "test_tokens": test_tokens,
    }


def _row(place: Place, model: Model, format_: str, changed: CausalTransformer) -> Row:
    job, device = place.job, place.device
    weights, activations = FORMATS[format_]
    stored, learned = stored_bytes(changed), parameters(model)
    kernel = kernel_of(changed)
    simulated = SIMULATED in kernel
    row: Row = dict.fromkeys(PRECISION_KEYS)
    if not simulated:
        row |= step_cells(place, model, format_, changed)
        row |= {"stored_bytes": stored, "bytes_per_parameter": stored / learned}
    return row | {
        "model": model.id,
        "format": format_,
        "weights": weights,
        "activations": activations,
        "kernel": kernel,
        "library": job.library,
        "device": device.name,
        "processor": device.processor,
        "threads": job.threads if device.is_cpu else None,
        "parameters": learned,
        "predicted_bytes_per_parameter": BITS[weights] / 8,
    }


def step_cells(place: Place, model: Model, format_: str, changed: CausalTransformer) -> Row:
    """Time a decode step, and predict it.

    Parameters
    ----------
    place : what computes.
    model : its shapes.
    format_ : of FORMATS.
    changed : the model in that format.
    """
    weights, activations = FORMATS[format_]
    between = "bf16" if weights in LARGEST else activations
    work = Workload(model, "decode", 1, 1, LENGTH, Formats(weights, between, between))
    seconds = STEP_SHARE * place.job.seconds
    cold = int(place.job.options["array_bytes"])
    timing = _steps(changed, place.device, seconds, cold)
    shapes = small_model(TINY, model.layers, LENGTH)
    tiny = CausalTransformer(shapes, TorchOps(place.device.name), LENGTH)
    almost_none = in_format(tiny, place.device.name, weights, activations)
    calls = _steps(almost_none, place.device, seconds / 4, cold)
    row = model_row(place.job, place.device, place.ceilings(activations), work, timing)
    return row | {"overhead_s": calls.best}


def _steps(model: CausalTransformer, device: Device, seconds: float, cold: int) -> Timing:
    import torch

    with torch.inference_mode():
        cache = model.cache(1, LENGTH)
        tokens = model.ops.tokens(1, 1, model.model.vocabulary)
        other = torch.zeros(max(cold // 4, 1), device=device.name)
        step = partial(model.decode, tokens, LENGTH - 1, cache)
        return timed_cold(step, partial(other.add_, 1), device.wait, seconds)


def timed_cold(
    call: Callable[[], object],
    between: Callable[[], object],
    wait: Callable[[], object],
    seconds: float,
    least: int = 4,
) -> Timing:
    """Time a call whose weights come from memory each time, as those of a larger model do.

    Parameters
    ----------
    call : what is timed, after a warm-up.
    between : before each, untimed: works on memory of several times the caches.
    wait : waits for a GPU.
    seconds : after which no further one begins, what comes between included.
    least : runs at least.
    """
    call()
    return Timing(tuple(_each(call, between, wait, perf_counter() + seconds, least)))


def _each(
    call: Callable[[], object],
    between: Callable[[], object],
    wait: Callable[[], object],
    end: float,
    least: int,
) -> Iterator[float]:
    done = 0
    while done < least or perf_counter() < end:
        between()
        wait()
        start = perf_counter()
        call()
        wait()
        yield perf_counter() - start
        done += 1
