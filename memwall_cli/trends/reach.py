"""When a random walk with drift gets somewhere, and how such dates would have done on the past.

Plain arrays in, plain arrays out; distances are on the scale of ln(value), times in years.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.forecast import Walks, Yearly, walks
from memwall_cli.trends.growth import Array
from memwall_cli.trends.hindcasting import mature

TIMES = (2, 4, 8)
"""Multiples of the best so far whose dates are judged."""


def arrival(walk: Walks, distance: npt.ArrayLike, probability: float) -> Array:
    """Time until it has been reached with a probability: P(reached by tau) = P(Y >= distance).

    A frontier can't fall, and what a gap once reached it has reached: the first time counts. With
    q the quantile of Student's t at m - 1 degrees of freedom and c = (q K)^2, the edge of the
    band, mu tau + q K sqrt(tau + tau^2 / T'), meets the distance d where
    (mu^2 - c / T') tau^2 - (2 d mu + c) tau + d^2 = 0: at the smaller root for probabilities
    below one half, at the larger above.

    Parameters
    ----------
    walk : shape (k,), walks as estimated at k dates.
    distance : shape (k,) or one number, ln(target) less ln(value) there.
    probability : in (0, 1).

    Returns
    -------
    shape (k,), years; 0 where it has been reached, inf where it never is with that probability,
    nan where there is no band.

    Examples
    --------
    >>> steady = walks(Yearly(2024.0, np.arange(6), 0.5 ** np.arange(6.0)))
    >>> arrival(steady, np.log(8), 0.5)[0].round(6).tolist()
    3.0
    """
    from scipy.special import stdtrit

    d = np.broadcast_to(np.asarray(distance, dtype=np.float64), walk.start.shape)
    mu = walk.drift
    if probability == 0.5:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(d <= 0, 0.0, np.where(mu > 0, d / mu, np.where(mu <= 0, np.inf, mu)))
    q = -stdtrit(np.maximum(walk.n - 1, 1), probability)
    c = (q * walk.step) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = mu**2 - c / walk.total, 2 * d * mu + c
        # b^2 - 4 a d^2, without the difference of large numbers.
        root = np.sqrt(c * (c + 4 * d * mu + 4 * d**2 / walk.total))
        if probability < 0.5:
            when = np.where(b + root > 0, 2 * d**2 / (b + root), np.inf)
        else:
            when = np.where((mu > 0) & (a > 0), (b + root) / (2 * a), np.inf)
    when = np.where(np.isnan(c), np.nan, np.where(np.isnan(when), np.inf, when))
    return np.where(d <= 0, 0.0, when)


@dataclass(frozen=True)
class Dates:
    """Dates forecast in the past for multiples of the best so far, and when these came.

    Attributes
    ----------
    times : shape (n,), the multiple.
    due : shape (p, n), decimal year by which it should have come with each of p probabilities;
        inf where never.
    came : shape (n,), decimal year; inf where it hasn't come.
    now : decimal year until which is known what came.
    """

    times: npt.NDArray[np.int64]
    due: Array
    came: Array
    now: float

    @property
    def passed(self) -> npt.NDArray[np.bool_]:
        """Dates that are over, shape (p, n): told by the forecast alone, not by what came."""
        return np.asarray(self.due <= self.now)

    @property
    def kept(self) -> npt.NDArray[np.bool_]:
        """Dates by which it had come; shape (p, n)."""
        return np.asarray(self.came <= self.due)


def past_dates(
    yearly: Yearly,
    years: npt.ArrayLike,
    values: npt.ArrayLike,
    probabilities: Sequence[float],
    times: Sequence[int] = TIMES,
) -> Dates:
    """Forecast, at every yearly sample since a series was six years old, when it will have grown.

    Parameters
    ----------
    yearly : its yearly frontier.
    years, values : shape (n,), the series, at decimal years.
    probabilities : p of them, with which it should have come by the dates.
    times : multiples of the best so far.
    """
    t, v = np.asarray(years, dtype=np.float64), np.asarray(values, dtype=np.float64)
    order = np.argsort(t, kind="stable")
    t, best = t[order], np.maximum.accumulate(v[order])
    walk = walks(yearly)
    here = mature(yearly, float(t[0])) & np.isfinite(walk.step)
    origin, start = yearly.now - yearly.age[here].astype(np.float64), yearly.value[here]
    due = [
        np.concatenate([origin + arrival(walk, np.log(k), p)[here] for k in times])
        for p in probabilities
    ]
    # What is k times the start but for rounding has come.
    first = [np.searchsorted(best, k * start * (1 - 1e-12)) for k in times]
    came = np.append(t, np.inf)[np.concatenate(first)]
    return Dates(np.repeat(np.asarray(times), len(origin)), np.array(due), came, yearly.now)
