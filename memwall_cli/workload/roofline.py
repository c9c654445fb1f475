"""The roofline: how fast a workload can be on devices, and what bounds it.

Plain arrays: a workload's counts and the devices' figures broadcast with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import Array
from memwall_cli.workload.device import on_one_device
from memwall_cli.workload.network import network_bytes
from memwall_cli.workload.operator import Operator
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count
from memwall_cli.workload.workload import Workload

BOUNDS = ("compute", "memory", "network")
ALONE = Parallel()
MOST_SEQUENCES = 2.0**30
"""A batch beyond this is called none."""

Numbers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rates:
    """What devices do at most, each figure an array that broadcasts with the workload's counts.

    Attributes
    ----------
    peak : matrix multiplications, FLOP/s, in the format in which they run.
    bandwidth : memory, byte/s.
    link : all links to other devices, one direction, byte/s; nan where there are none.
    """

    peak: Array
    bandwidth: Array
    link: Array

    def __getitem__(self, where: Any) -> "Rates":
        """Choose some devices: a mask, a slice, or an array of places."""
        return Rates(self.peak[where], self.bandwidth[where], self.link[where])

    def reshaped(self, *shape: int) -> "Rates":
        """Give the arrays another shape, to broadcast along other axes."""
        return Rates(
            self.peak.reshape(shape), self.bandwidth.reshape(shape), self.link.reshape(shape)
        )


@dataclass(frozen=True)
class Roofline:
    """Where workloads stand under the roofs of devices; per device, where several share one.

    Attributes
    ----------
    flops : of matrix multiplications.
    bytes : compulsory ones, weights and KV cache.
    network_bytes : sent by each device.
    compute_s, memory_s, network_s : seconds that each takes alone.
    operator_s : seconds of one operator after the other, each as long as its FLOPs or its
        bytes take, activations included; and of the network after them.
    memory_share : part of `operator_s` in operators that wait for memory.
    """

    flops: Count
    bytes: Count
    network_bytes: Count
    compute_s: Array
    memory_s: Array
    network_s: Array
    operator_s: Array
    memory_share: Array

    @property
    def time_s(self) -> Array:
        """The floor: compute, memory and network at work all the time, side by side."""
        longest: Array = np.maximum(np.maximum(self.compute_s, self.memory_s), self.network_s)
        return longest

    @property
    def intensity(self) -> Count:
        """FLOPs per compulsory byte."""
        return self.flops / self.bytes

    @property
    def bound(self) -> Numbers:
        """Place in BOUNDS of what takes longest."""
        times = np.broadcast_arrays(self.compute_s, self.memory_s, self.network_s)
        places: Numbers = np.argmax(np.stack(times), axis=0)
        return places

    @property
    def share_of_peak(self) -> Array:
        """Part of the peak FLOP/s that the floor leaves to be used."""
        share: Array = self.compute_s / self.time_s
        return share


def roofline(work: Workload, rates: Rates, parallel: Parallel = ALONE) -> Roofline:
    """Put a workload under the roofs of devices.

    FLOPs are those of matrix multiplications: element-wise operators run on other units beside
    them, and only what they move is charged, to the time by operators. Compulsory bytes are
    what no schedule avoids: weights are read once a pass, the KV cache read and written, while
    activations may stay on chip. So no run is faster than `time_s`, but for weights that stay
    on chip from pass to pass, and for experts, whose number read is an expectation (the model
    is that of Williams et al. 2009, doi 10.1145/1498765.1498785).

    With pipeline stages it is the time of one stage, which is that between two results when
    all stages are busy; one batch takes as many times longer as there are stages.

    Parameters
    ----------
    work : the workload of one group of experts; its counts may be arrays.
    rates : the devices; arrays that broadcast with the counts.
    parallel : over how many devices the work is shared out.

    Returns
    -------
    Roofline
        Of one device; arrays of the shape to which counts and devices broadcast.

    Raises
    ------
    UsageError
        If the model can't be shared out so.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> a100 = Rates(np.array(312e12), np.array(2039e9), np.array(300e9))
    >>> point = roofline(step, a100)
    >>> f"{1e3 * point.time_s:.3f} ms, {BOUNDS[point.bound]}"
    '7.007 ms, memory'
    """
    return counted(work, parallel).under(rates)


@dataclass(frozen=True)
class Counted:
    """What one device computes, moves and sends, whichever device it is.

    Attributes
    ----------
    rows : its operators.
    flops, bytes, sent : as of a Roofline; `sent` is None where the device is alone.
    """

    rows: Sequence[Operator]
    flops: Count
    bytes: Count
    sent: Count | None

    def under(self, rates: Rates) -> Roofline:
        """Put it under the roofs of devices."""
        network_s = np.zeros_like(rates.peak) if self.sent is None else self.sent / rates.link
        operator_s, waiting_s = _one_by_one(self.rows, rates)
        in_turn = operator_s + network_s
        return Roofline(
            self.flops,
            self.bytes,
            0 if self.sent is None else self.sent,
            self.flops / rates.peak,
            self.bytes / rates.bandwidth,
            network_s,
            in_turn,
            waiting_s / in_turn,
        )


def counted(work: Workload, parallel: Parallel = ALONE) -> Counted:
    """Count a workload once for all devices; the rest is `roofline`'s.

    Raises
    ------
    UsageError
        If the model can't be shared out so.
    """
    parallel.check(work.model)
    rows = on_one_device(work, parallel)
    matmuls = [row for row in rows if row.kind == "matmul"]
    flops = sum(row.flops for row in matmuls)
    moved = sum(row.weight_bytes + row.kv_bytes for row in matmuls)
    sent = network_bytes(work, parallel) if parallel.devices > 1 else None
    return Counted(rows, flops, moved, sent)


def _one_by_one(rows: Sequence[Operator], rates: Rates) -> tuple[Array, Array]:
    """Seconds of all operators in turn, and of those among them that wait for memory."""
    total: Array = np.zeros(())
    waiting: Array = np.zeros(())
    for row in rows:
        memory_s = row.bytes / rates.bandwidth
        if row.kind == "matmul":
            compute_s = row.flops / rates.peak
            total = total + np.maximum(compute_s, memory_s)
            waiting = waiting + np.where(memory_s > compute_s, memory_s, 0.0)
        elif not _is_nothing(row.bytes):
            total, waiting = total + memory_s, waiting + memory_s
    return total, waiting


def _is_nothing(count: Count) -> bool:
    return isinstance(count, int) and count == 0


def roofline_grid(
    work: Workload,
    rates: Rates,
    batches: npt.ArrayLike,
    contexts: npt.ArrayLike,
    parallel: Parallel = ALONE,
) -> Roofline:
    """Put one model under many roofs, in many batches and contexts, by one broadcast.

    Parameters
    ----------
    work : the model, its phase and conventions; a phase without a past has as many new
        positions as its context, decode keeps its own.
    rates : arrays of shape (d,).
    batches : shape (b,).
    contexts : shape (c,).
    parallel : over how many devices each workload is shared out.

    Returns
    -------
    Roofline
        Arrays that broadcast to shape (d, b, c).

    Examples
    --------
    >>> from memwall_cli import Formats, load_chips, load_model
    >>> chips = load_chips(Formats(), ["a100-sxm-80gb", "h100-sxm"])
    >>> step = Workload(load_model("llama-2-7b"), "decode")
    >>> point = roofline_grid(step, chips.rates, [1, 8, 64], [1024, 2048])
    >>> point.time_s.shape, BOUNDS[point.bound[0, 0, 0]]
    ((2, 3, 2), 'memory')
    """
    context = np.asarray(contexts, np.float64)[np.newaxis, np.newaxis, :]
    batch = np.asarray(batches, np.float64)[np.newaxis, :, np.newaxis]
    tokens = work.tokens if work.phase == "decode" else context
    grid = replace(work, batch=batch, tokens=tokens, context=context)
    return roofline(grid, rates.reshaped(-1, 1, 1), parallel)


def compute_bound_batch(work: Workload, rates: Rates, parallel: Parallel = ALONE) -> Array:
    """Find the smallest batch whose computing takes no less time than memory and network.

    Parameters
    ----------
    work : the workload; its batch doesn't count.
    rates : the devices, arrays of one shape.
    parallel : over how many devices each workload is shared out.

    Returns
    -------
    array
        Of the rates' shape; nan where there is none up to 2^30: the KV cache that is read
        grows with the batch, and so does what is sent.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> a100 = Rates(np.array([312e12]), np.array([2039e9]), np.array([300e9]))
    >>> compute_bound_batch(Workload(load_model("llama-2-7b"), "decode", context=32), a100)
    array([190.])
    """

    def computes(batch: Array) -> "npt.NDArray[np.bool_]":
        point = roofline(replace(work, batch=batch), rates, parallel)
        return np.asarray(point.compute_s >= np.maximum(point.memory_s, point.network_s))

    low, high = np.zeros_like(rates.peak), np.full_like(rates.peak, MOST_SEQUENCES)
    ever = computes(high)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        there = computes(middle)
        low, high = np.where(there, low, middle), np.where(there, middle, high)
    return np.where(ever, high, np.nan)
