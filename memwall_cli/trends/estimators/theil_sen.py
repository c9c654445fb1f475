"""Growth that no few odd points can move: the median slope of all pairs of points."""

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import Array, Growth, can_fit, checked, growth_of, no_growth

MOST_POINTS = 5000
"""More points than this make more pairs than fit into memory."""


def pairwise_slopes(t: Array, y: Array) -> Array:
    """Slopes of the lines through each pair of points of unlike date, sorted.

    Parameters
    ----------
    t, y : shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (k,), k <= n (n - 1) / 2, rising.

    Raises
    ------
    ValueError
        If there are more than `MOST_POINTS` points.

    Examples
    --------
    >>> import numpy as np
    >>> pairwise_slopes(np.array([0.0, 1.0, 1.0]), np.array([0.0, 2.0, 1.0])).tolist()
    [1.0, 2.0]
    """
    if len(t) > MOST_POINTS:
        raise ValueError(f"every pair of {len(t)} points is too many; {MOST_POINTS} is the most")
    i, j = np.triu_indices(len(t), 1)
    dt = t[j] - t[i]
    apart = dt != 0
    return np.sort((y[j] - y[i])[apart] / dt[apart])


def fit_theil_sen(years: npt.ArrayLike, values: npt.ArrayLike, level: float = 0.95) -> Growth:
    """Take the median of all pairwise slopes of ln(value) as the growth rate.

    The interval is that of Sen 1968, "Estimates of the regression coefficient based on Kendall's
    tau", doi:10.1080/01621459.1968.10480934, with ties, as scipy.stats.theilslopes has it: points
    scatter independently and alike about a line, of whatever distribution. With very few points
    it ends at the least and the largest slope and holds less than `level`.

    Parameters
    ----------
    years : shape (n,), decimal years.
    values : shape (n,), positive.
    level : probability of the interval, in (0, 1).

    Returns
    -------
    Growth
        The line runs through the middle: half of the points lie above it.

    Raises
    ------
    ValueError
        As `fit_growth`, and with more than `MOST_POINTS` points.

    Examples
    --------
    >>> growth = fit_theil_sen([2000, 2001, 2002, 2003, 2004], [1, 2, 4, 8, 1000])
    >>> round(growth.growth_per_2yr, 6)
    4.0
    """
    from scipy.special import ndtri

    t, y = checked(years, values, level)
    n = len(t)
    if not can_fit(t):
        return no_growth(n, level)
    slopes = pairwise_slopes(t, y)
    slope = float(np.median(slopes))
    variance = (n * (n - 1) * (2 * n + 5) - _ties(t) - _ties(y)) / 18  # Sen 1968, equation 2.6
    reach = float(ndtri((1 + level) / 2)) * max(variance, 0.0) ** 0.5
    low = max(round((len(slopes) - reach) / 2) - 1, 0)
    high = min(round((len(slopes) + reach) / 2), len(slopes) - 1)
    ends = float(slopes[low]), float(slopes[high])
    return growth_of(n, slope, ends, float(np.median(y - slope * t)), level)


def _ties(x: Array) -> float:
    """Give what repeated values take from the variance of Kendall's S, times 18."""
    k = np.unique(x, return_counts=True)[1].astype(np.float64)
    return float((k * (k - 1) * (2 * k + 5)).sum())
