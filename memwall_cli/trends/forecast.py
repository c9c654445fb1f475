"""Where a frontier or a gap goes: random walk with drift on its yearly values.

The model is that of Farmer & Lafond 2016, "How predictable is technological progress?",
doi:10.1016/j.respol.2015.11.001, with yearly steps that may be longer where a year is empty.
Plain arrays in, plain arrays out.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import DAYS_PER_YEAR, Array

TOP = 5
"""How many devices, those with most compute so far, stand for the state of the art in a gap."""
ANNIVERSARY = 0.8 / DAYS_PER_YEAR
"""A year before 1 March is 365 or 366 days, not 365.25: a day within this much of an anniversary,
in years, is on it."""
MIN_DIFFERENCES = 4
"""Fewer yearly differences than this give no band."""


@dataclass(frozen=True)
class Yearly:
    """A quantity once a year, newest first.

    Attributes
    ----------
    now : decimal year of the newest sample.
    age : shape (k,), whole years before `now`, rising from 0; years without a device are left out.
    value : shape (k,), the quantity then.
    """

    now: float
    age: npt.NDArray[np.int64]
    value: Array


@dataclass(frozen=True)
class Forecast:
    """Values expected in the years ahead, with a band.

    Attributes
    ----------
    horizon : shape (h,), years ahead of the newest sample, rising from 0.
    value, low, high : shape (h,), median and edges of the band; edges nan where there is none.
    p_wider : shape (h,), probability that the value exceeds today's; nan where there is no band.
    n : number of yearly differences that the drift and its variance rest on.
    drift : change of ln(value) per year.
    drift_error : half the width of the interval of the drift, K t / sqrt(T'); nan without a band.
    level : probability of the band.
    """

    horizon: Array
    value: Array
    low: Array
    high: Array
    p_wider: Array
    n: int
    drift: float
    drift_error: float
    level: float

    @property
    def growth_per_2yr(self) -> tuple[float, float, float]:
        """Factor per 2 years that the drift means, and the ends of its interval."""
        edges = (0.0, -self.drift_error, self.drift_error)
        with np.errstate(over="ignore"):
            rate, low, high = (float(np.exp(2 * (self.drift + edge))) for edge in edges)
        return rate, low, high


def _years_with_devices(years: Array, now: float) -> npt.NDArray[np.int64]:
    """Ages k for which a device is dated in (now - k - 1, now - k]; those after `now` are left."""
    known = years[years <= now]
    return np.unique(np.floor(now - known + ANNIVERSARY).astype(np.int64))


def yearly_frontier(
    years: npt.ArrayLike, values: npt.ArrayLike, now: float | None = None
) -> Yearly:
    """Sample the best value so far at `now`, one year before, two years before, ...

    Parameters
    ----------
    years : shape (n,), decimal years of the devices, in any order.
    values : shape (n,), positive.
    now : decimal year of the newest sample; the newest date by default.

    Examples
    --------
    >>> frontier = yearly_frontier([2020.0, 2021.0, 2023.5, 2024.0], [1.0, 2.0, 8.0, 4.0])
    >>> frontier.age.tolist(), frontier.value.tolist()
    ([0, 3, 4], [8.0, 2.0, 1.0])
    """
    t, v = np.asarray(years, dtype=np.float64), np.asarray(values, dtype=np.float64)
    order = np.argsort(t, kind="stable")
    t, best = t[order], np.maximum.accumulate(v[order])
    now = float(t[-1]) if now is None else now
    age = _years_with_devices(t, now)
    at = np.searchsorted(t, now - age + ANNIVERSARY, side="right") - 1
    return Yearly(now, age, best[at])


def yearly_gap(
    years: npt.ArrayLike, numerators: npt.ArrayLike, denominators: npt.ArrayLike
) -> Yearly:
    """Sample the median ratio of the five devices with the largest numerator so far.

    Parameters
    ----------
    years : shape (n,), decimal years of devices that have both values.
    numerators, denominators : shape (n,), positive; the numerator ranks the devices.

    Examples
    --------
    >>> gap = yearly_gap([2020.0, 2021.0], [10.0, 40.0], [1.0, 2.0])
    >>> gap.value.tolist()
    [15.0, 10.0]
    """
    t = np.asarray(years, dtype=np.float64)
    top, ratio = (np.asarray(x, dtype=np.float64) for x in (numerators, denominators))
    ratio = top / ratio
    now = float(t.max())
    age = _years_with_devices(t, now)
    medians = []
    for k in age:
        so_far = np.flatnonzero(t <= now - k + ANNIVERSARY)
        leaders = so_far[np.argsort(-top[so_far], kind="stable")[:TOP]]
        medians.append(np.median(ratio[leaders]))
    return Yearly(now, age, np.array(medians))


def yearly_ratio(numerator: Yearly, denominator: Yearly) -> Yearly | None:
    """Divide two yearly frontiers, sampled at the same `now`, on the years both have.

    Returns
    -------
    Yearly or None
        None where the two have no year in common.
    """
    if numerator.now != denominator.now:
        raise ValueError("both frontiers must be sampled at the same date")
    age, i, j = np.intersect1d(numerator.age, denominator.age, return_indices=True)
    if not len(age):
        return None
    return Yearly(
        numerator.now - float(age[0]),
        age - age[0],
        numerator.value[i] / denominator.value[j],
    )


@dataclass(frozen=True)
class Walks:
    """Random walks with drift, one as it was estimated at each yearly sample, newest first.

    Attributes
    ----------
    start : shape (k,), ln(value) at the sample.
    n : shape (k,), number of yearly differences up to then.
    total : shape (k,), the time that they took, in years.
    drift : shape (k,), change of ln(value) per year; nan without a difference.
    step : shape (k,), standard deviation of one year's change; nan with fewer than 4 differences.
    """

    start: Array
    n: npt.NDArray[np.int64]
    total: Array
    drift: Array
    step: Array

    def ahead(self, tau: Array) -> tuple[Array, Array]:
        """Median and scale of ln(value), `tau` years on; both of shape (k, h) for h horizons."""
        middle = self.start[:, None] + self.drift[:, None] * tau
        with np.errstate(divide="ignore", invalid="ignore"):
            return middle, self.step[:, None] * np.sqrt(tau + tau**2 / self.total[:, None])


def walks(yearly: Yearly) -> Walks:
    """Estimate the random walk with drift at each yearly sample, from what was known then.

    With m differences dy_i over dt_i years, T' their total time: mu = sum(dy) / T',
    K^2 = sum((dy_i - mu dt_i)^2 / dt_i) / (m - 1); the forecast at tau years is
    y + mu tau with variance K^2 (tau + tau^2 / T') and Student's t at m - 1 degrees of freedom;
    the variance of mu itself is K^2 / T'.

    Examples
    --------
    >>> walks(Yearly(2024.0, np.arange(3), np.array([6.0, 2.0, 1.0]))).n.tolist()
    [2, 1, 0]
    """
    y = np.log(yearly.value)
    dy, dt = -np.diff(y), np.diff(yearly.age).astype(np.float64)
    n = np.arange(len(dy), -1, -1, dtype=np.int64)
    total = (yearly.age[-1] - yearly.age).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        drift = (y - y[-1]) / total
        # About today's drift the sums of squares keep their digits.
        off = dy - drift[0] * dt
        squares = _sums_to_the_oldest(off**2 / dt) - _sums_to_the_oldest(off) ** 2 / total
        step = np.sqrt(np.maximum(squares, 0) / (n - 1))
    return Walks(y, n, total, drift, np.where(n >= MIN_DIFFERENCES, step, np.nan))


def _sums_to_the_oldest(x: Array) -> Array:
    """Sum from each place to the end, and 0 for the end itself."""
    return np.append(np.cumsum(x[::-1])[::-1], 0.0)


def project(
    yearly: Yearly, years: float = 5, level: float = 0.90, *, can_fall: bool = False
) -> Forecast:
    """Forecast a yearly quantity as a random walk with drift (see `walks` for the formulas).

    The value is the median: nothing is turned back as if it were a mean.

    Parameters
    ----------
    yearly : the samples.
    years : how many years ahead, 0 or more; a part of a year makes a last horizon of its own.
    level : probability of the band, in (0, 1).
    can_fall : True for a gap; a frontier can't fall, so its `low` ends at today's value.

    Returns
    -------
    Forecast
        Horizons 0, 1, 2, ... and `years`; at 0, low = value = high. Values nan with no difference
        at all, edges nan with fewer than 4.

    Raises
    ------
    ValueError
        If `level` is not in (0, 1) or `years` is negative.

    Examples
    --------
    >>> ahead = project(Yearly(2024.0, np.arange(6), 0.5 ** np.arange(6.0)), years=2)
    >>> ahead.value.round(6).tolist(), ahead.n
    ([1.0, 2.0, 4.0], 5)
    """
    from scipy.special import stdtr, stdtrit

    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), not {level}")
    if not 0 <= years < np.inf:
        raise ValueError(f"years must be 0 or more, not {years}")
    tau = np.unique([*range(int(years) + 1), years]).astype(np.float64)
    walk = walks(yearly)
    median, spread = (rows[0] for rows in walk.ahead(tau))
    m, drift = int(walk.n[0]), float(walk.drift[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        # No spread and no drift leaves 0 / 0: as likely wider as not.
        score = np.nan_to_num(drift * tau / spread, nan=0.0, posinf=np.inf, neginf=-np.inf)
        drift_spread = float(walk.step[0] / np.sqrt(walk.total[0]))
    p_wider = np.where(np.isnan(spread), np.nan, stdtr(max(m - 1, 1), score))
    p_wider[0] = np.nan
    quantile = float(stdtrit(max(m - 1, 1), (1 + level) / 2))
    half = quantile * spread
    with np.errstate(over="ignore"):
        value, low, high = np.exp(median), np.exp(median - half), np.exp(median + half)
    value[0] = low[0] = high[0] = yearly.value[0]
    if not can_fall:
        low = np.maximum(low, yearly.value[0])
    return Forecast(tau, value, low, high, p_wider, m, drift, quantile * drift_spread, level)
