"""Matrix FLOP/s: square products of growing size, until a larger one is no faster."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.kernel import Kernel, kernel_row
from memwall_cli.experiments.timing import timed
from memwall_cli.experiments.torch_device import Device

CPU_SIZES = (128, 256, 512, 1024, 2048, 4096, 8192)
GPU_SIZES = (1024, 2048, 4096, 8192, 16384)
SMALL = 512
GAIN = 1.03
"""A size that is not this much faster than the best before it is on the plateau."""
BYTES = {"fp64": 8, "fp32": 4, "tf32": 4, "bf16": 2, "fp16": 2, "int8": 1}
FORMATS = {
    ("numpy", True): ("fp32", "fp64"),
    ("torch", True): ("fp32", "bf16", "fp16", "int8"),
    ("torch", False): ("fp32", "tf32", "bf16", "fp16", "int8"),
}
"""By library, and whether it is the CPU."""


def gemm_kernel(size: int, format_: str) -> Kernel:
    """Count one product of two square matrices: each operand read, the result written once.

    Parameters
    ----------
    size : rows.
    format_ : of the operands; the result of int8 is of 32 bits.

    Examples
    --------
    >>> product = gemm_kernel(1000, "fp32")
    >>> product.flops, product.bytes
    (2000000000, 12000000)
    """
    operand = BYTES[format_]
    result = 4 if format_ == "int8" else operand
    return Kernel("gemm", format_, size, 2 * size**3, size**2 * (2 * operand + result))


def product(job: Job, device: Device, format_: str, size: int) -> Callable[[], Any]:
    """Make two random matrices, and give what multiplies them.

    Parameters
    ----------
    job : library.
    device : where they lie.
    format_ : in which they are multiplied.
    size : rows.
    """
    rng = np.random.default_rng(0)
    if job.library == "numpy":
        kind = {"fp64": np.float64, "fp32": np.float32}[format_]
        a, b = (rng.standard_normal((size, size), np.float32).astype(kind) for _ in "ab")
        out = np.empty_like(a)
        return lambda: np.matmul(a, b, out=out)
    import torch

    # A product of two fp32 matrices runs in tf32 where that is allowed: here only where asked for.
    torch.backends.cuda.matmul.allow_tf32 = format_ == "tf32"
    if format_ == "int8":
        x, y = (
            torch.randint(-128, 128, (size, size), dtype=torch.int8, device=device.name)
            for _ in "ab"
        )
        return lambda: torch._int_mm(x, y)
    kinds = {"bf16": torch.bfloat16, "fp16": torch.float16}
    kind_ = kinds.get(format_, torch.float32)
    x, y = (torch.randn((size, size), device=device.name).to(kind_) for _ in "ab")
    result = torch.empty_like(x)
    return lambda: torch.mm(x, y, out=result)


def measure_gemm(job: Job, device: Device, seconds: float) -> Measured:
    """Time products in each format that the library has.

    Parameters
    ----------
    job : library and threads; its options may hold "formats".
    device : where.
    seconds : to spend on all of them.
    """
    formats = job.options.get("formats") or FORMATS[job.library, device.is_cpu]
    for format_ in formats:
        try:
            yield from _to_the_plateau(job, device, format_, seconds / len(formats))
        except (RuntimeError, NotImplementedError) as error:
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            yield f"{device.label(job)}: no {format_} product here ({why})"


def _to_the_plateau(job: Job, device: Device, format_: str, seconds: float) -> Measured:
    """Go on to larger sizes while they are faster, and fit into the time and the memory."""
    best, spent, flat = 0.0, 0.0, 0
    for size in _sizes(job, device):
        kernel = gemm_kernel(size, format_)
        # At the speed so far: the warm-up and three runs of it. Small ones are soon tried, even
        # where another program made the first one slow.
        asked = 4 * kernel.flops / best if best and size > SMALL else 0.0
        if spent + asked > seconds:
            break
        call = product(job, device, format_, size)
        timing = timed(call, seconds / 6, most=200, wait=device.wait)
        spent += sum(timing.seconds) * (1 + 1 / len(timing.seconds))
        speed = kernel.flops / timing.best
        yield kernel_row(job, device, kernel, timing)
        yield f"{device.label(job)}: {format_} product of {size} rows {speed / 1e9:.4g} GFLOP/s"
        flat = flat + 1 if speed < GAIN * best else 0
        best = max(best, speed)
        if flat == 2:
            break


def _sizes(job: Job, device: Device) -> Iterator[int]:
    sizes = CPU_SIZES if device.is_cpu else GPU_SIZES
    most = int(job.options.get("largest", sizes[-1]))
    return (size for size in sizes if size <= most)
