"""A workload on every accelerator there has been, and on those to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from memwall_cli.accelerators.chips import Chips, load_chips
from memwall_cli.accelerators.rooflines import Placed, place, usable
from memwall_cli.trends.curated import PRECISIONS
from memwall_cli.trends.forecast import Forecast, Yearly, project, yearly_frontier, yearly_gap
from memwall_cli.trends.gaps import PAIRS, gap_of, yearly_samples
from memwall_cli.trends.growth import Array
from memwall_cli.trends.series import Day, load_series, year_of
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.roofline import BOUNDS, Rates, compute_bound_batch
from memwall_cli.workload.workload import Workload

MEMORY = BOUNDS.index("memory")


@dataclass(frozen=True)
class Past:
    """Accelerators by date, and where their machine balance goes.

    Attributes
    ----------
    chips : shipped ones with DRAM, a peak in the format or a wider one, and a bandwidth.
    leader : shape (n,), place of the chip with the highest peak until each chip's day.
    yearly : balance once a year, of those whose peak is in the format of today's leader: median
        of the five with the highest peak so far. A step to a narrower format is no trend.
    ahead : the forecast of that, as `memwall project compute/dram-bandwidth` makes it.
    compute, bandwidth : forecasts of the highest peak in that format, FLOP/s, and of the highest
        DRAM bandwidth, byte/s, whatever chip has them, as `memwall project` makes them.
    """

    chips: Chips
    leader: npt.NDArray[np.int64]
    yearly: Yearly
    ahead: Forecast
    compute: Forecast
    bandwidth: Forecast

    @property
    def balance(self) -> Array:
        """FLOPs per byte of bandwidth at which each chip turns from memory to compute."""
        ratio: Array = self.chips.rates.peak / self.chips.rates.bandwidth
        return ratio

    @property
    def years(self) -> Array:
        """Decimal years, days / 365.25."""
        return year_of(self.chips.released)


def load_past(formats: Formats, years: int = 5, level: float = 0.90) -> Past:
    """Load all accelerators that a workload in these formats could have run on.

    Parameters
    ----------
    formats : held fixed over all years.
    years, level : how far ahead, and the probability of the band.
    """
    chips = load_chips(formats)
    chips = chips[usable(chips, 1)[0] & ~chips.sram & ~chips.announced]
    peak = chips.rates.peak
    record = np.maximum.accumulate(peak)
    new = np.concatenate([[True], peak[1:] > record[:-1]])
    leader = np.maximum.accumulate(np.where(new, np.arange(len(peak)), 0))
    # Of several on one day the best leads from that day on.
    last = np.searchsorted(chips.released, chips.released, side="right") - 1
    leader = leader[last]
    precision = str(chips.precision[leader[-1]])
    yearly = _yearly_balance(chips, precision)
    bandwidth = load_series("dram-bandwidth")
    return Past(
        chips,
        leader,
        yearly,
        project(yearly, years, level, can_fall=True),
        project(_yearly_peak(chips, precision), years, level),
        project(yearly_frontier(bandwidth.years, 1e9 * bandwidth.values), years, level),
    )


def _yearly_peak(chips: Chips, precision: str) -> Yearly:
    """Highest peak in one format once a year: that of the curated series, where there is one."""
    if precision in PRECISIONS:
        compute = load_series("compute", precision=precision)
        return yearly_frontier(compute.years, 1e12 * compute.values)
    alike = chips[chips.precision == precision]
    return yearly_frontier(year_of(alike.released), alike.rates.peak)


def _yearly_balance(chips: Chips, precision: str) -> Yearly:
    """Balance once a year in one format: that of the curated gap, where there is one."""
    if precision in PRECISIONS:
        compute = load_series("compute", precision=precision)
        return yearly_samples(gap_of(compute, load_series("dram-bandwidth")))[PAIRS]
    alike = chips[chips.precision == precision]
    return yearly_gap(year_of(alike.released), alike.rates.peak, alike.rates.bandwidth)


@dataclass(frozen=True)
class History:
    """One workload on all of them, each alone.

    Attributes
    ----------
    past : the accelerators.
    placed : the workload on each of them.
    """

    past: Past
    placed: Placed

    @property
    def intensity(self) -> float:
        """FLOPs per byte of the workload: the balance from which on memory bounds it."""
        return float(self.placed.point.intensity)

    @property
    def devices(self) -> Array:
        """How many of each hold weights and KV cache; nan where its memory is not known."""
        needed: Array = np.ceil(float(self.placed.stored) / self.past.chips.memory)
        return needed

    @property
    def first(self) -> int:
        """Place of the first that holds it alone; 0 where none does."""
        return int(np.argmax(self.devices == 1))

    @property
    def waits(self) -> "npt.NDArray[np.bool_]":
        """Whether memory bounds the workload on each of them."""
        waiting: npt.NDArray[np.bool_] = self.placed.point.bound == MEMORY
        return waiting

    def waits_since(self) -> Day | None:
        """Find the day from which on memory has bounded it on the leading chip.

        Returns
        -------
        numpy.datetime64 or None
            The day of the first that holds it where it always has; None where it does not today.
        """
        waiting = self.waits[self.past.leader]
        if not waiting[-1]:
            return None
        computing = np.flatnonzero(~waiting)
        start = max(computing[-1] + 1 if len(computing) else 0, self.first)
        day: Day = self.past.chips.released[start]
        return day

    @cached_property
    def batches_ahead(self) -> tuple[Array, Array, Array]:
        """The batch from which the workload computes on a leading chip of each year ahead.

        Returns
        -------
        median, low, high : shape (h,), at the forecast balance and at the ends of its band; nan
            where there is no such batch.
        """
        ahead = self.past.ahead
        balance = np.stack([ahead.value, ahead.low, ahead.high])
        rates = Rates(balance, np.ones_like(balance), np.full_like(balance, np.nan))
        median, low, high = compute_bound_batch(self.placed.work, rates)
        return median, low, high

    @cached_property
    def tokens_ahead(self) -> tuple[Array, Array, Array]:
        """The tokens per second of the best chip of each year ahead, at the floor.

        What is slower at the medians decides: all bytes at the highest bandwidth, or all FLOPs at
        the highest peak; the band is that of its forecast.

        Returns
        -------
        median, low, high : shape (h,).
        """
        point, tokens = self.placed.point, float(self.placed.work.passes.tokens)
        limits = ((point.bytes, self.past.bandwidth), (point.flops, self.past.compute))
        found = [
            [tokens * edge / float(amount) for edge in (ahead.value, ahead.low, ahead.high)]
            for amount, ahead in limits
        ]
        slower = np.argmin([medians[0] for medians in found], axis=0)
        years = np.arange(len(slower))
        median, low, high = (np.stack(edges)[slower, years] for edges in zip(*found, strict=True))
        return median, low, high


def histories(works: Sequence[Workload], past: Past) -> list[History]:
    """Put workloads on all accelerators of the past.

    Parameters
    ----------
    works : the workloads.
    past : the accelerators.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> (history,) = histories([step], load_past(step.formats))
    >>> bool(history.waits[-1])
    True
    """
    return [History(past, place(work, past.chips, Parallel())) for work in works]
