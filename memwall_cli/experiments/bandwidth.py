"""Memory bandwidth, by the four kernels of STREAM and the dot product of BabelStream.

Source: McCalpin, "Memory Bandwidth and Machine Balance in Current High Performance Computers",
IEEE TCCA Newsletter, December 1995; Deakin et al., "Evaluating attainable memory bandwidth of
parallel programming models via BabelStream", IJCSE 17(3), 2018. Bytes are counted as STREAM
counts them: what the kernel names, 16 or 24 bytes an element, and nothing for a line that the
processor fetches only to overwrite it (write-allocate).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.kernel import Kernel, kernel_row
from memwall_cli.experiments.timing import timed
from memwall_cli.experiments.torch_device import Device

SCALAR = 3.0
"""What STREAM multiplies by."""
ELEMENT_BYTES = 8
LEAST_BYTES = 64 * 2**20
"""An array is no smaller, however small the caches say they are."""
GPU_BYTES = 512 * 2**20


@dataclass(frozen=True)
class _Counts:
    """What one kernel does to one element."""

    flops: int
    arrays: int


KERNELS = {
    "copy": _Counts(0, 2),
    "scale": _Counts(1, 2),
    "add": _Counts(1, 3),
    "triad": _Counts(2, 3),
    "dot": _Counts(2, 2),
}
"""copy c = a; scale b = s c; add c = a + b; triad a = b + s c; dot: sum of a b."""


def array_bytes(cache: int) -> int:
    """Bytes of one array: four times the last-level caches, as STREAM's rules ask.

    Parameters
    ----------
    cache : bytes of all last-level caches together.

    Examples
    --------
    >>> array_bytes(32 * 2**20) // 2**20
    128
    """
    return max(4 * cache, LEAST_BYTES)


class NumpyStream:
    """The kernels in numpy: a thread for each part of the arrays, since a ufunc has but one.

    Parameters
    ----------
    elements : of each of the three arrays.
    threads : parts, each worked on by a thread of its own.
    block : elements of the piece of triad's product that stays in a core's cache.
    """

    def __init__(self, elements: int, threads: int, block: int = 32768) -> None:
        self._pool = ThreadPoolExecutor(threads)
        ends = np.linspace(0, elements, threads + 1).astype(int)
        self._parts = [slice(i, j) for i, j in pairwise(ends)]
        self.block = block
        self.arrays = [np.empty(elements) for _ in "abc"]
        self._on_parts(self._first_touch)

    def _on_parts(self, call: Callable[..., Any]) -> list[Any]:
        views = [[array[part] for array in self.arrays] for part in self._parts]
        return list(self._pool.map(lambda abc: call(*abc), views))

    @staticmethod
    def _first_touch(*arrays: npt.NDArray[np.float64]) -> None:
        """Fill a part from the thread that will use it: its pages lie near that core."""
        for array, value in zip(arrays, (1.0, 2.0, 0.0), strict=True):
            array.fill(value)

    def copy(self) -> None:
        """Compute c = a."""
        self._on_parts(lambda a, _, c: np.copyto(c, a))

    def scale(self) -> None:
        """Compute b = s c."""
        self._on_parts(lambda _, b, c: np.multiply(c, SCALAR, out=b))

    def add(self) -> None:
        """Compute c = a + b."""
        self._on_parts(lambda a, b, c: np.add(a, b, out=c))

    def triad(self) -> None:
        """Compute a = b + s c, block by block: the product never leaves the cache."""
        self._on_parts(self._triad)

    def _triad(self, a: Any, b: Any, c: Any) -> None:
        product = np.empty(self.block)
        for start in range(0, len(a), self.block):
            piece = slice(start, start + self.block)
            part = product[: len(a[piece])]
            np.multiply(c[piece], SCALAR, out=part)
            np.add(b[piece], part, out=a[piece])

    def dot(self) -> float:
        """Compute the sum of a b: two arrays read, nothing written."""
        return float(sum(self._on_parts(lambda a, b, _: np.dot(a, b))))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()


class TorchStream:
    """The kernels in PyTorch, which threads them by itself.

    Parameters
    ----------
    elements : of each of the three arrays.
    device : where they lie.
    """

    def __init__(self, elements: int, device: str) -> None:
        import torch

        self._torch = torch
        self.arrays = [
            torch.full((elements,), value, dtype=torch.float64, device=device)
            for value in (1.0, 2.0, 0.0)
        ]

    def copy(self) -> None:
        """Compute c = a."""
        self.arrays[2].copy_(self.arrays[0])

    def scale(self) -> None:
        """Compute b = s c."""
        self._torch.mul(self.arrays[2], SCALAR, out=self.arrays[1])

    def add(self) -> None:
        """Compute c = a + b."""
        self._torch.add(self.arrays[0], self.arrays[1], out=self.arrays[2])

    def triad(self) -> None:
        """Compute a = b + s c."""
        a, b, c = self.arrays
        self._torch.add(b, c, alpha=SCALAR, out=a)

    def dot(self) -> Any:
        """Compute the sum of a b."""
        return self._torch.dot(self.arrays[0], self.arrays[1])

    def close(self) -> None:
        """Let the arrays go."""
        self.arrays = []


def measure_bandwidth(job: Job, device: Device, seconds: float) -> Measured:
    """Time the five kernels.

    Parameters
    ----------
    job : library and threads; its options hold "array_bytes" and "block".
    device : where.
    seconds : to spend on all of them.
    """
    size = int(job.options["array_bytes"]) if device.is_cpu else max(4 * device.cache, GPU_BYTES)
    elements = size // ELEMENT_BYTES
    stream: NumpyStream | TorchStream = (
        NumpyStream(elements, job.threads, int(job.options["block"]))
        if job.library == "numpy"
        else TorchStream(elements, device.name)
    )
    for kernel in _kernels(elements):
        call = getattr(stream, kernel.name)
        timing = timed(call, seconds / len(KERNELS), most=40, wait=device.wait)
        yield kernel_row(job, device, kernel, timing)
        yield f"{device.label(job)}: {kernel.name} {kernel.bytes / timing.best / 1e9:.1f} GB/s"
    stream.close()


def _kernels(elements: int) -> Iterator[Kernel]:
    for name, counts in KERNELS.items():
        moved = counts.arrays * ELEMENT_BYTES * elements
        yield Kernel(name, "fp64", elements, counts.flops * elements, moved)
