"""What each way out of the memory wall is worth: for a workload on a chip, and in years."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log

from memwall_cli.accelerators.chips import Chips
from memwall_cli.errors import UsageError
from memwall_cli.trends.estimators.drift import fit_drift
from memwall_cli.trends.forecast import yearly_frontier
from memwall_cli.trends.series import load_series
from memwall_cli.workload.footprint import Setup, footprint
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.remedies import Remedy
from memwall_cli.workload.roofline import BOUNDS, Rates, roofline
from memwall_cli.workload.workload import Workload

TOGETHER = "best together"
NOTHING = 1e-9
"""A gain by less than this is none."""
Interval = tuple[float, float, float]
"""A rate per 2 years and the ends of its interval."""


@dataclass(frozen=True)
class Outcome:
    """A workload with one way out, or with none.

    Attributes
    ----------
    name, asks : of the way out; "" for the workload as it is.
    flops, bytes : of one pass on one device, compulsory bytes.
    time_s : the floor of one pass.
    bound : what takes longest in it.
    tokens_per_s : useful tokens per second of all sequences.
    memory : bytes that one device holds.
    """

    name: str
    asks: str
    flops: float
    bytes: float
    time_s: float
    bound: str
    tokens_per_s: float
    memory: float


def growth_of(series: str, level: float) -> Interval:
    """Growth per 2 years of a frontier, as a random walk with drift, with its interval."""
    found = load_series(series)
    drift = fit_drift(yearly_frontier(found.years, found.values), level)
    return drift.growth_per_2yr, drift.ci_low, drift.ci_high


def worth(gain: float, growth: Interval) -> Interval | None:
    """Years in which a trend gives as much as a gain: 2 ln(gain) / ln(growth per 2 years).

    Returns
    -------
    tuple or None
        Years, and the least and the most that the interval of the growth allows; infinite where
        it may not grow at all. None where nothing is gained.

    Examples
    --------
    >>> [round(years, 1) for years in worth(3.3, (1.6, 1.4, 2.0))]
    [5.1, 3.4, 7.1]
    """
    if gain <= 1:
        return None
    rate, low, high = growth

    def years(factor: float) -> float:
        return 2 * log(gain) / log(factor) if factor > 1 else inf

    return years(rate), years(high), years(low)


def outcomes(
    work: Workload, chips: Chips, parallel: Parallel, remedies: Sequence[Remedy]
) -> list[Outcome]:
    """Follow every way out alone, then the best of them together.

    Those together leave the batch and the number of devices as they are. They are taken up one
    after the other, each time the one that gains most in time per token, while any gains.

    Parameters
    ----------
    work : the workload, of an inference phase.
    chips : one accelerator.
    parallel : over how many devices the workload is shared out.
    remedies : the ways out.

    Returns
    -------
    list of Outcome
        First the workload as it is, then an outcome for each way out, then those together.
    """
    rates = chips.rates
    found = [_outcome("", "", work, None, parallel, rates)]
    for remedy in remedies:
        changed = remedy.change(work)
        assert changed is not None
        found.append(_outcome(remedy.name, remedy.asks, changed, remedy.useful, parallel, rates))
    found += _more_devices(work, parallel, rates)
    return [*found, _together(work, [r for r in remedies if not r.alone], parallel, rates)]


def _outcome(
    name: str, asks: str, work: Workload, useful: float | None, parallel: Parallel, rates: Rates
) -> Outcome:
    point = roofline(work, rates, parallel)
    time = float(point.time_s[0])
    tokens = work.batch * (work.tokens if useful is None else useful)
    return Outcome(
        name,
        asks,
        float(point.flops),
        float(point.bytes),
        time,
        BOUNDS[int(point.bound[0])],
        tokens * parallel.ep * parallel.dp / time,
        float(footprint(work, Setup(parallel)).total),
    )


def _more_devices(work: Workload, parallel: Parallel, rates: Rates) -> Iterator[Outcome]:
    """Share every layer among eight times as many devices, where the model and links allow it."""
    more = replace(parallel, tp=8 * parallel.tp)
    try:
        more.check(work.model)
    except UsageError:
        return
    if isfinite(float(rates.link[0])):
        asks = "tensor parallel, network counted"
        yield _outcome(f"{more.devices} devices", asks, work, None, more, rates)


def _together(
    work: Workload, remedies: Sequence[Remedy], parallel: Parallel, rates: Rates
) -> Outcome:
    taken: list[str] = []
    left = list(remedies)
    now = _Step(_outcome("", "", work, None, parallel, rates), work, None)
    while left:
        steps = {r.name: _step(now, r, parallel, rates) for r in left}
        name, best = max(steps.items(), key=lambda item: item[1].outcome.tokens_per_s)
        if best.outcome.tokens_per_s <= now.outcome.tokens_per_s * (1 + NOTHING):
            break
        now = best
        taken.append(name)
        left = [r for r in left if r.name != name]
    return replace(now.outcome, name=TOGETHER, asks=" + ".join(taken))


@dataclass(frozen=True)
class _Step:
    """Where several ways out together have led."""

    outcome: Outcome
    work: Workload
    useful: float | None


def _step(now: _Step, remedy: Remedy, parallel: Parallel, rates: Rates) -> _Step:
    """Add one way out, or stay where it changes nothing any more."""
    changed = remedy.change(now.work)
    if changed is None:
        return now
    useful = remedy.useful or now.useful
    return _Step(_outcome("", "", changed, useful, parallel, rates), changed, useful)


@dataclass(frozen=True)
class Growths:
    """How fast bandwidth and capacity of the frontier grow, with intervals at one level."""

    bandwidth: Interval
    capacity: Interval
    level: float


@dataclass(frozen=True)
class Ways:
    """A workload on an accelerator, as it is and with each way out.

    `capacity` is the memory of one device in bytes, nan where it is not known.
    """

    work: Workload
    chip: str
    found: list[Outcome]
    growths: Growths
    capacity: float

    @property
    def base(self) -> Outcome:
        """As it is."""
        return self.found[0]

    def fits(self, one: Outcome) -> bool | None:
        """Whether a device holds it; None where its memory is not known."""
        return one.memory <= self.capacity if isfinite(self.capacity) else None

    def gain(self, one: Outcome) -> float:
        """Tokens per second for each as it is."""
        return one.tokens_per_s / self.base.tokens_per_s

    def memory_gain(self, one: Outcome) -> float:
        """Bytes held as it is for each that is held now."""
        return self.base.memory / one.memory

    def bandwidth_years(self, one: Outcome) -> Interval | None:
        """Years of bandwidth growth that the gain is worth; None where bandwidth doesn't bind."""
        if self.base.bound != "memory":
            return None
        return worth(self.gain(one), self.growths.bandwidth)

    def capacity_years(self, one: Outcome) -> Interval | None:
        """Years of capacity growth that the memory saved is worth."""
        return worth(self.memory_gain(one), self.growths.capacity)
