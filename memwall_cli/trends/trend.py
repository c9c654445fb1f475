"""Where a least-squares line is, and where its points will be, as seen at earlier dates.

Plain arrays in, plain arrays out; y is ln(value). Draper & Smith 1998, "Applied regression
analysis", section 3.1: at date x the line has variance s^2 (1/n + (x - mean)^2 / Sxx), a new point
s^2 more.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import Array

MIN_POINTS = 3
"""Fewer points than this leave nothing to tell a line's error by."""


@dataclass(frozen=True)
class Lines:
    """Lines fitted to the first points of a series, and what each says of some dates.

    Attributes
    ----------
    middle : shape (o, h), the line; nan with fewer than 3 points or a single date.
    line_error : shape (o, h), standard error of the line.
    point_error : shape (o, h), standard error of a new point about it.
    df : shape (o,), degrees of freedom, n - 2; at least 1.
    """

    middle: Array
    line_error: Array
    point_error: Array
    df: Array


def lines_until(t: Array, y: Array, counts: npt.NDArray[np.int64], at: Array) -> Lines:
    """Fit a line to the first `counts[i]` points and read it at the dates `at[i]`, all at once.

    Parameters
    ----------
    t, y : shape (n,), dates in rising order and ln(value).
    counts : shape (o,), how many points each line knows.
    at : shape (o, h), dates.

    Examples
    --------
    >>> t = np.array([2000.0, 2001.0, 2002.0, 2003.0])
    >>> ahead = lines_until(t, 2 * t, np.array([3]), np.array([[2003.0, 2010.0]]))
    >>> ahead.middle.round(6).tolist(), ahead.df.tolist()
    ([[4006.0, 4020.0]], [1.0])
    """
    if not len(t):
        none = np.full(at.shape, np.nan)
        return Lines(none, none, none, np.ones(len(counts)))
    # About their middle the sums of squares keep their digits.
    t0, y0 = t.mean(), y.mean()
    dt, dy = t - t0, y - y0
    sums = np.cumsum([dt, dy, dt * dt, dt * dy, dy * dy], axis=1)
    st, sy, stt, sty, syy = sums[:, np.maximum(counts, 1) - 1]
    n = counts.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean_t, mean_y = st / n, sy / n
        sxx, sxy = stt - st * mean_t, sty - st * mean_y
        known = (counts >= MIN_POINTS) & (sxx > 1e-12 * np.maximum(stt, 1e-12))
        slope = np.where(known, sxy / sxx, np.nan)
        residual = np.maximum(syy - sy * mean_y - slope * sxy, 0)
        variance = (residual / (n - 2))[:, None]
        off = at - t0 - mean_t[:, None]
        of_line = variance * (1 / n[:, None] + off**2 / sxx[:, None])
        middle = y0 + mean_y[:, None] + slope[:, None] * off
        line_error, point_error = np.sqrt(of_line), np.sqrt(of_line + variance)
    return Lines(middle, line_error, point_error, np.maximum(n - 2, 1.0))


def running_records(t: Array, v: Array) -> npt.NDArray[np.int64]:
    """Places of the values that exceed all before them, in order of date; of a day, the highest.

    Examples
    --------
    >>> running_records(np.array([1.0, 2.0, 2.0, 3.0]), np.array([5.0, 6.0, 7.0, 4.0])).tolist()
    [0, 2]
    """
    order = np.lexsort((-v, t))
    best = np.maximum.accumulate(v[order])
    new = np.ones(len(v), dtype=bool)
    new[1:] = best[1:] > best[:-1]
    return order[new]
