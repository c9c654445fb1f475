"""One thing timed: what it computes and moves by count, and how fast it was."""

from dataclasses import dataclass

from memwall_cli.experiments.job import Job
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import Device
from memwall_cli.render import Row

KERNEL_KEYS = (
    *("kernel", "library", "device", "processor", "format", "threads", "size", "flops", "bytes"),
    *("intensity", "seconds", "spread", "runs", "flops_per_s", "bytes_per_s"),
)


@dataclass(frozen=True)
class Kernel:
    """A kernel and its counts.

    Attributes
    ----------
    name : copy, scale, add, triad, dot or gemm.
    format : in which it runs.
    size : elements of an array, or rows of a square matrix.
    flops, bytes : floating-point operations; bytes that must be moved.
    """

    name: str
    format: str
    size: int
    flops: int
    bytes: int


def kernel_row(job: Job, device: Device, kernel: Kernel, timing: Timing) -> Row:
    """Make a row of a kernel and its best time.

    Parameters
    ----------
    job, device : library, threads and place.
    kernel : what ran.
    timing : how long it took.
    """
    return {
        "kernel": kernel.name,
        "library": job.library,
        "device": device.name,
        "processor": device.processor,
        "format": kernel.format,
        "threads": job.threads if device.is_cpu else None,
        "size": kernel.size,
        "flops": kernel.flops,
        "bytes": kernel.bytes,
        "intensity": kernel.flops / kernel.bytes,
        "seconds": timing.best,
        "spread": timing.spread,
        "runs": len(timing.seconds),
        "flops_per_s": kernel.flops / timing.best,
        "bytes_per_s": kernel.bytes / timing.best,
    }
