"""A decode step in some format, its weights cold, beside what the measured ceilings allow."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from memwall_cli.experiments.job import Job
from memwall_cli.experiments.prediction import Ceilings, model_row
from memwall_cli.experiments.quantised import LARGEST, in_format
from memwall_cli.experiments.small_gpt import CausalTransformer, small_model
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import Device
from memwall_cli.experiments.torch_ops import TorchOps
from memwall_cli.render import Row
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Model
from memwall_cli.workload.workload import Workload

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
LENGTH = 128
"""Context of the step."""
TINY = 64
"""Width of the model whose steps are nothing but calls."""
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
