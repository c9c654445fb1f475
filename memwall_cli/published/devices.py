"""What reproduces numbers of devices: balance, utilization, and bounds of measured speeds."""

from functools import cache
from typing import Any

from memwall_cli.accelerators.speeds import measured_speeds, rates_of
from memwall_cli.published.workloads import workload
from memwall_cli.workload.formats import Formats


def balance(accelerator: str) -> float:
    """Divide the peak in 16 bits by the memory bandwidth, FLOP/byte.

    Examples
    --------
    >>> print(f"{balance('v100-sxm2-16gb'):.1f}")
    138.9
    """
    rates = rates_of(accelerator, Formats())
    return float(rates.peak[0] / rates.bandwidth[0])


def utilization(
    model: str,
    batch: int,
    tokens: int,
    devices: int,
    seconds: float,
    accelerator: str,
    recompute: str = "none",
) -> float:
    """Share of the devices' peak that the FLOPs of a training step make of its measured time.

    Parameters
    ----------
    model, batch, tokens : what is trained: sequences of so many tokens in a step.
    devices, accelerator : what trains it, in 16 bits.
    seconds : how long a step takes.
    recompute : "selective" counts the two matmuls of attention once more, as hardware FLOPs.

    Examples
    --------
    >>> print(f"{utilization('megatron-1t', 512, 2048, 512, 71.49, 'a100-sxm-80gb'):.3f}")
    0.563
    """
    step: dict[str, Any] = {"batch": batch, "tokens": tokens, "attention": "full"}
    flops = workload(model, "train", "flops", kind="matmul", logits="all", **step)
    if recompute == "selective":
        flops += workload(model, "prefill", "flops", group="attention", **step)
    return flops / (seconds * devices * float(rates_of(accelerator, Formats()).peak[0]))


@cache
def _bounds() -> dict[str, float]:
    return {speed.id: speed.floor for speed in measured_speeds()}


def bound(speed: str) -> float:
    """Highest speed, or shortest time, that the roofline allows a run of the table `speeds`.

    In the unit of that table.

    Examples
    --------
    >>> bound("gpt-fast-llama-2-7b-a100-decode") > 104.9
    True
    """
    return _bounds()[speed]
