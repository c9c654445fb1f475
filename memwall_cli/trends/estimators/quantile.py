"""Growth of an upper or lower quantile: quantile regression of ln(value) on the date.

Koenker & Bassett 1978, "Regression quantiles", doi:10.2307/1913643. With one slope their linear
programme is solved exactly: its rank-score statistic T(b), that of the residuals y - b t, falls
with b and jumps at slopes of pairs of points only. The estimate is where T changes sign and the
interval where it leaves +- t (Koenker 1994, "Confidence intervals for regression quantiles"), so
one search over the sorted slopes gives all three.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.estimators.theil_sen import pairwise_slopes
from memwall_cli.trends.growth import Array, Growth, can_fit, checked, growth_of, no_growth

_ROUNDING = 1e-9
"""Two statistics that differ by less are the same, summed in another order."""


def fit_quantile(
    years: npt.ArrayLike, values: npt.ArrayLike, level: float = 0.95, *, quantile: float = 0.9
) -> Growth:
    """Fit the line that a given part of the points lies below.

    The interval inverts the rank test of Koenker 1994 as R's quantreg does by default (iid,
    Student's t at n - 2 degrees of freedom, interpolated between slopes): points are independent
    and scatter about the line alike at all dates.

    Parameters
    ----------
    years : shape (n,), decimal years.
    values : shape (n,), positive.
    level : probability of the interval, in (0, 1).
    quantile : part of the points below the line, in (0, 1); 0.5 is the median.

    Returns
    -------
    Growth
        All rates nan where an end of the interval is unbounded: too few points for that quantile.

    Raises
    ------
    ValueError
        As `fit_theil_sen`, and if quantile is not in (0, 1).

    Examples
    --------
    >>> years = [2000 + i / 4 for i in range(80)]
    >>> values = [2 ** (y - 2000) * (3 if i % 3 else 1) for i, y in enumerate(years)]
    >>> round(fit_quantile(years, values, quantile=0.8).growth_per_2yr, 6)
    4.0
    """
    from scipy.special import stdtrit

    if not 0 < quantile < 1:
        raise ValueError(f"quantile must be in (0, 1), not {quantile}")
    t, y = checked(years, values, level)
    n = len(t)
    if not can_fit(t):
        return no_growth(n, level)
    slopes = np.unique(pairwise_slopes(t, y))
    statistic = _rank_statistic(t, y, slopes, quantile)
    cutoff = float(stdtrit(n - 2, (1 + level) / 2))
    middle = float(slopes[_first(lambda k: statistic(k) <= 0, len(slopes))])
    low = _edge(slopes, statistic, cutoff)
    # The other end is the low one of the same points seen in a mirror.
    mirrored = -slopes[::-1]
    high = -_edge(mirrored, lambda k: -statistic(len(slopes) - k), cutoff)
    residual = np.sort(y - middle * t)
    intercept = float(residual[min(int(quantile * n), n - 1)])
    return growth_of(n, middle, (low, high), intercept, level)


def _rank_statistic(t: Array, y: Array, slopes: Array, quantile: float) -> Callable[[int], float]:
    """Statistic T of the slopes between the (k-1)th and the kth of `slopes`, k from 0 to len.

    T = sum of (t - mean) a / sqrt(Stt q (1 - q)), where the rank scores a are 1 above the q-th
    quantile of the residuals, 0 below, and a fraction at it, so that they sum to n (1 - q).
    """
    dt = t - t.mean()
    scale = float(np.sqrt(dt @ dt * quantile * (1 - quantile)))
    above = len(t) * (1 - quantile)
    score = np.clip(above - np.arange(len(t)), 0, 1)  # of the largest residual, the next, ...
    reach = np.concatenate([[slopes[0] - 1], slopes, [slopes[-1] + 1]])

    def statistic(k: int) -> float:
        slope = (reach[k] + reach[k + 1]) / 2
        return float(dt[np.argsort(slope * t - y, kind="stable")] @ score) / scale

    return statistic


def _first(holds: Callable[[int], bool], below: int) -> int:
    """First k in 1 to `below` for which a condition holds that never ends, less one."""
    low, high = 0, below
    while high - low > 1:
        k = (low + high) // 2
        low, high = (low, k) if holds(k) else (k, high)
    return high - 1


def _edge(slopes: Array, statistic: Callable[[int], float], cutoff: float) -> float:
    """Low end of the slopes with T <= cutoff, interpolated; -inf where T is never beyond."""
    if statistic(0) <= cutoff:
        return -np.inf
    k = _first(lambda k: statistic(k) <= cutoff, len(slopes))
    inside, outside = statistic(k + 1), statistic(k)
    # T keeps its value until the next slope at which it falls.
    inner = _first(lambda j: statistic(j) < inside - _ROUNDING, len(slopes))
    part = (cutoff - inside) / (outside - inside)
    return float(slopes[inner] - part * (slopes[inner] - slopes[k]))
