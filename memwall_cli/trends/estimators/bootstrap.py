"""An interval for the least-squares rate that lets points of one cluster hang together.

Whole clusters (all points of a year, a vendor, a family) are drawn with replacement, as often as
there are clusters. A cluster enters a line by five sums alone, so a resample is a row of counts
times a table of sums, and no resample looks at a point.
"""

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import (
    Array,
    Growth,
    can_fit,
    checked,
    growth_of,
    least_squares,
    no_growth,
)

RESAMPLES = 100_000
MIN_CLUSTERS = 5
"""Fewer clusters than this give no interval: they have too few different resamples."""
_DRAWS_AT_ONCE = 4_000_000


def cluster_sums(t: Array, y: Array, clusters: npt.ArrayLike) -> Array:
    """Sum up each cluster: n, sum of t, of y, of t t, of t y, about the means of all points.

    Parameters
    ----------
    t, y : shape (n,).
    clusters : shape (n,), the cluster of each point, of any kind that sorts.

    Returns
    -------
    numpy.ndarray
        Shape (clusters, 5).

    Examples
    --------
    >>> import numpy as np
    >>> cluster_sums(np.array([1.0, 2, 3]), np.array([0.0, 3, 0]), ["a", "b", "b"]).tolist()
    [[1.0, -1.0, -1.0, 1.0, 1.0], [2.0, 1.0, 1.0, 1.0, -1.0]]
    """
    place = np.unique(np.asarray(clusters), return_inverse=True)[1]
    dt, dy = t - t.mean(), y - y.mean()
    columns = (np.ones_like(dt), dt, dy, dt * dt, dt * dy)
    return np.stack([np.bincount(place, weights=column) for column in columns], axis=1)


def resampled_slopes(sums: Array, resamples: int, seed: int) -> Array:
    """Slopes of the least-squares lines through clusters drawn with replacement.

    Parameters
    ----------
    sums : shape (clusters, 5), of `cluster_sums`.
    resamples : how many.
    seed : of the random draw; the same seed gives the same slopes.

    Returns
    -------
    numpy.ndarray
        Shape (resamples,); nan where all drawn points have one date.
    """
    rng = np.random.default_rng(seed)
    clusters = len(sums)
    step = max(1, _DRAWS_AT_ONCE // clusters)
    blocks = [min(step, resamples - start) for start in range(0, resamples, step)]
    return np.concatenate([_slopes(_counts(rng, rows, clusters) @ sums) for rows in blocks])


def _counts(rng: np.random.Generator, rows: int, clusters: int) -> Array:
    """How often each cluster is drawn, in `rows` draws of as many clusters as there are."""
    drawn = rng.integers(0, clusters, (rows, clusters), dtype=np.int32)
    drawn += np.arange(0, rows * clusters, clusters, dtype=np.int32)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=rows * clusters)
    return counts.reshape(rows, clusters).astype(np.float64)


def _slopes(total: Array) -> Array:
    n, t, y, tt, ty = total.T
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = n * tt - t * t
        slope: Array = np.where(spread > 1e-9 * n * tt, (n * ty - t * y) / spread, np.nan)
    return slope


def fit_bootstrap(
    years: npt.ArrayLike,
    values: npt.ArrayLike,
    clusters: npt.ArrayLike,
    level: float = 0.95,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Growth:
    """Fit ln(value) by least squares over all points, with a cluster bootstrap interval.

    The interval is the percentile interval of the slope, expanded for the number G of clusters
    (Hesterberg 2015, "What teachers should know about the bootstrap",
    doi:10.1080/00031305.2015.1089789): its tails are Phi(-t sqrt(G / (G - 1))) with Student's t at
    G - 1 degrees of freedom. It assumes that clusters are independent of each other and alike, and
    nothing of the points within one. With few clusters, or a few that weigh most, it is too narrow.

    Parameters
    ----------
    years : shape (n,), decimal years.
    values : shape (n,), positive.
    clusters : shape (n,), the cluster of each point.
    level : probability of the interval, in (0, 1).
    resamples, seed : how many draws, and what makes them the same each time.

    Returns
    -------
    Growth
        All rates nan with fewer than `MIN_CLUSTERS` clusters.

    Raises
    ------
    ValueError
        As `fit_growth`.

    Examples
    --------
    >>> years = [2000, 2000.5, 2001, 2002, 2003, 2004, 2005]
    >>> growth = fit_bootstrap(years, [1, 2, 3, 4, 9, 14, 40], [int(y) for y in years])
    >>> growth.ci_low < growth.growth_per_2yr < growth.ci_high
    True
    """
    t, y = checked(years, values, level)
    if not can_fit(t):
        return no_growth(len(t), level)
    sums = cluster_sums(t, y, clusters)
    if len(sums) < MIN_CLUSTERS:
        return no_growth(len(t), level)
    line = least_squares(t, y)
    slopes = resampled_slopes(sums, resamples, seed)
    tail = _tail(len(sums), level)
    low, high = (float(end) for end in np.nanquantile(slopes, [tail, 1 - tail]))
    ends = min(low, line.slope), max(high, line.slope)
    return growth_of(line.n, line.slope, ends, line.intercept, level)


def _tail(clusters: int, level: float) -> float:
    """Part of the resamples to leave out on either side."""
    from scipy.special import ndtr, stdtrit

    reach = float(stdtrit(clusters - 1, (1 + level) / 2)) * (clusters / (clusters - 1)) ** 0.5
    return float(ndtr(-reach))
