"""How forecasts would have done on the past: each made from what was dated by then, and no more.

Plain arrays in, plain arrays out, all origins at once. Everything is on the scale of ln(value).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.forecast import ANNIVERSARY, Yearly, walks
from memwall_cli.trends.growth import Array
from memwall_cli.trends.trend import lines_until, running_records

HORIZONS = (1, 2, 3, 5, 8)
MATURE = 6
"""Age in years from which on a series is forecast."""
ROUNDING = 1e-9
"""What lies less than this outside a band, on the scale of ln(value), lies in it."""
DEFAULT = "random walk with drift"
LINE, POINTS, RECORDS = "ols confidence", "ols prediction", "ols prediction, records"
METHODS = (LINE, POINTS, RECORDS, DEFAULT)


@dataclass(frozen=True)
class Predictive:
    """What a method expected: middle + scale times Student's t.

    Attributes
    ----------
    middle, scale : shape (o, h).
    df : shape (o,), degrees of freedom.
    floor : shape (o, 1), what the value can't fall below; -inf where it can.
    """

    middle: Array
    scale: Array
    df: Array
    floor: Array

    def band(self, level: float) -> tuple[Array, Array]:
        """Edges of the central band of a probability; each of shape (o, h)."""
        from scipy.special import stdtrit

        half = stdtrit(self.df, (1 + level) / 2)[:, None] * self.scale
        return np.maximum(self.middle - half, self.floor), self.middle + half


@dataclass(frozen=True)
class Hindcast:
    """Forecasts of one quantity's past, by several methods, and what came.

    Attributes
    ----------
    origin : shape (o,), decimal years at which the forecasts are made, newest first.
    horizon : shape (h,), whole years ahead.
    start : shape (o,), ln(value) at the origin.
    truth : shape (o, h), ln(value) that came; nan where that is still ahead.
    methods : what each method expected.
    """

    origin: Array
    horizon: npt.NDArray[np.int64]
    start: Array
    truth: Array
    methods: Mapping[str, Predictive]

    @property
    def judged(self) -> npt.NDArray[np.bool_]:
        """Cases that came and that every method had a band for: all are judged by the same."""
        there = np.isfinite(self.truth)
        for one in self.methods.values():
            there &= np.isfinite(one.middle) & np.isfinite(one.scale)
        return there


@dataclass(frozen=True)
class Cases:
    """Single forecasts beside what came, one after the other; every array of shape (n,)."""

    horizon: npt.NDArray[np.int64]
    low: Array
    middle: Array
    high: Array
    truth: Array

    def at(self, horizons: Sequence[int]) -> "Cases":
        """Keep the forecasts of some horizons."""
        keep = np.isin(self.horizon, horizons)
        edges = (self.low[keep], self.middle[keep], self.high[keep])
        return Cases(self.horizon[keep], *edges, self.truth[keep])


@dataclass(frozen=True)
class Score:
    """How a set of forecasts did.

    Attributes
    ----------
    n : number of forecasts; those of one quantity overlap, so they are worth fewer.
    coverage, missed_above, missed_below : shares that the band held, and that came above and
        below it.
    interval_score : mean interval score on the scale of ln(value), the lower the better.
    median_error : median absolute error of the middle, on the scale of ln(value).
    above_median : share that came above the middle; one half where the middle is a median.
    """

    n: int
    coverage: float
    missed_above: float
    missed_below: float
    interval_score: float
    median_error: float
    above_median: float


def hindcast(
    yearly: Yearly,
    years: npt.ArrayLike,
    values: npt.ArrayLike,
    horizons: Sequence[int] = HORIZONS,
    *,
    can_fall: bool = False,
) -> Hindcast:
    """Forecast a quantity at every yearly sample since it was six years old, by each method.

    A yearly sample rests on what was dated by then, so the samples up to an origin are those
    that would have been taken there. A year that is skipped has no forecast of its own; what it
    is judged by is the sample before it, for a frontier stands until it is passed.

    Parameters
    ----------
    yearly : the samples, as `project` takes them.
    years, values : shape (n,), the points that lines are fitted to, at decimal years; n > 0.
    horizons : whole years ahead, rising.
    can_fall : True for a gap: it has no records, and no edge of it is held at today's value.

    Examples
    --------
    >>> years = np.arange(2000.0, 2021.0)
    >>> steady = Yearly(2020.0, np.arange(21), 2.0 ** np.arange(20, -1, -1))
    >>> past = hindcast(steady, years, 2.0 ** (years - 2000))
    >>> past.origin[[0, -1]].tolist(), list(past.methods)[-1]
    ([2019.0, 2006.0], 'random walk with drift')
    """
    t, v = np.asarray(years, dtype=np.float64), np.asarray(values, dtype=np.float64)
    order = np.argsort(t, kind="stable")
    t, v = t[order], v[order]
    tau = np.asarray(horizons, dtype=np.int64)
    here = mature(yearly, float(t[0]))
    origin: Array = yearly.now - yearly.age[here].astype(np.float64)
    walk = walks(yearly)
    middle, scale = (rows[here] for rows in walk.ahead(tau.astype(np.float64)))
    free = np.full((len(origin), 1), -np.inf)
    floor = free if can_fall else walk.start[here][:, None]
    methods = _lines(t, v, origin, tau, free, can_fall)
    df = np.maximum(walk.n[here] - 1, 1).astype(np.float64)
    methods[DEFAULT] = Predictive(middle, scale, df, floor)
    return Hindcast(origin, tau, walk.start[here], _truth(yearly, walk.start, here, tau), methods)


def mature(yearly: Yearly, first: float) -> npt.NDArray[np.bool_]:
    """Mask the yearly samples from which to forecast: not today's, and six years after `first`."""
    return (yearly.age > 0) & (yearly.now - yearly.age - first >= MATURE - ANNIVERSARY)


def _lines(
    t: Array, v: Array, origin: Array, tau: npt.NDArray[np.int64], free: Array, can_fall: bool
) -> dict[str, Predictive]:
    """Give the bands of least-squares lines, of all points and of the running records."""
    at = origin[:, None] + tau

    def until(t: Array, v: Array) -> tuple[Predictive, Predictive]:
        counts = np.searchsorted(t, origin + ANNIVERSARY, side="right")
        line = lines_until(t, np.log(v), counts, at)
        errors = line.line_error, line.point_error
        of_line, of_point = (Predictive(line.middle, e, line.df, free) for e in errors)
        return of_line, of_point

    of_line, of_point = until(t, v)
    methods = {LINE: of_line, POINTS: of_point}
    if not can_fall:
        which = running_records(t, v)
        methods[RECORDS] = until(t[which], v[which])[1]
    return methods


def _truth(
    yearly: Yearly, y: Array, here: npt.NDArray[np.bool_], tau: npt.NDArray[np.int64]
) -> Array:
    """Read ln(value) `tau` years after each origin; nan where that is after the newest sample."""
    then = yearly.age[here][:, None] - tau
    # Ages rise: the sample as of a date is the first that is at least as old.
    found = y[np.minimum(np.searchsorted(yearly.age, then), len(y) - 1)]
    return np.where(then >= 0, found, np.nan)


def cases(past: Hindcast, method: str, level: float) -> Cases:
    """Line a method's judged forecasts up with what came."""
    expected, judged = past.methods[method], past.judged
    low, high = expected.band(level)
    horizon = np.broadcast_to(past.horizon, judged.shape)
    return Cases(
        horizon[judged], low[judged], expected.middle[judged], high[judged], past.truth[judged]
    )


def pooled(parts: Iterable[Cases]) -> Cases:
    """Put the forecasts of several quantities together, each forecast counting the same."""
    columns = ("horizon", "low", "middle", "high", "truth")
    every = list(parts)
    return Cases(*(np.concatenate([getattr(part, name) for part in every]) for name in columns))


def score(forecasts: Cases, level: float) -> Score:
    """Judge forecasts by coverage and by the interval score.

    The interval score of a central band [l, u] of probability 1 - a is
    (u - l) + 2/a (l - x) where x < l, and + 2/a (x - u) where x > u: Gneiting & Raftery 2007,
    "Strictly proper scoring rules, prediction, and estimation", doi:10.1198/016214506000001437,
    equation 43.

    Examples
    --------
    >>> one = np.array([1.0])
    >>> round(score(Cases(np.array([1]), 0 * one, one, 2 * one, 3 * one), 0.9).interval_score, 9)
    22.0
    """
    n = len(forecasts.truth)
    if not n:
        return Score(0, *[float("nan")] * 6)
    low, high, truth = forecasts.low, forecasts.high, forecasts.truth
    above, below = (np.where(x > ROUNDING, x, 0.0) for x in (truth - high, low - truth))
    scores = high - low + 2 / (1 - level) * (above + below)
    error = float(np.median(np.abs(truth - forecasts.middle)))
    missed = float((above > 0).mean()), float((below > 0).mean())
    held = float(((above == 0) & (below == 0)).mean())
    higher = float((truth - forecasts.middle > ROUNDING).mean())
    return Score(n, held, *missed, float(scores.mean()), error, higher)
