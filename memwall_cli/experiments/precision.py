"""Experiment 2: a Transformer in fewer and fewer bits: what it loses, and what a step gains."""

from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from memwall_cli.experiments.ceilings import bandwidth_of, ceilings_for
from memwall_cli.experiments.corpus import corpus, windows
from memwall_cli.experiments.decode_step import FORMATS, LENGTH, Place, step_cells
from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.prediction import MODEL_KEYS
from memwall_cli.experiments.quantised import SIMULATED, in_format, kernel_of, stored_bytes
from memwall_cli.experiments.run import number
from memwall_cli.experiments.small_gpt import CausalTransformer, small_model
from memwall_cli.experiments.torch_device import Device, devices_of
from memwall_cli.experiments.torch_ops import TorchOps
from memwall_cli.experiments.training import losses, train
from memwall_cli.render import Row
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.model import Model
from memwall_cli.workload.weights import parameters

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
LARGE = "gpt2"
HIDDEN, LAYERS, BATCH = 256, 4, 4
"""Of the model that is trained."""
CEILING_SHARE = 0.15


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
    rows = yield from ceilings_for(job, device, share, ["fp32", "bf16", "fp16", "int8"])
    peaks: dict[str, float] = {}
    for row in rows:
        if row["kernel"] == "gemm":
            format_ = str(row["format"])
            peaks[format_] = max(number(row, "flops_per_s"), peaks.get(format_, 0.0))
    return Place(job, device, peaks, bandwidth_of(rows))


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
