"""Exponential growth of dated values, by least squares on their logarithms.

Plain arrays in, a number with its interval out: no pandas, no files, no screen.
"""

from dataclasses import dataclass
from math import isfinite, log
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]

DAYS_PER_YEAR = 365.25


@dataclass(frozen=True)
class Growth:
    """A growth rate and how sure we are of it.

    Attributes
    ----------
    n : number of points.
    growth_per_2yr, ci_low, ci_high : factor per 2 years and its interval; nan where unknown.
    level : probability that the interval is meant to hold the true rate.
    slope : change of ln(value) per year.
    intercept : ln(value) of the line at year 0 of the years that were given.
    """

    n: int
    growth_per_2yr: float
    ci_low: float
    ci_high: float
    level: float
    slope: float
    intercept: float

    @property
    def doubling_years(self) -> float:
        """Years in which the value doubles; negative where it shrinks, nan where it stands still.

        Examples
        --------
        >>> import numpy as np
        >>> t = np.array([2000.0, 2002.0, 2004.0])
        >>> fit_growth(t, np.array([1.0, 2.0, 4.0])).doubling_years
        2.0
        """
        # A slope that 1.0 can't show is what rounding left of one of nothing.
        return log(2) / self.slope if self.growth_per_2yr != 1 else float("nan")


@dataclass(frozen=True)
class Line:
    """A least-squares line through points.

    Attributes
    ----------
    n : number of points.
    slope, intercept : of the line.
    slope_error : standard error of the slope, if points scatter independently and alike.
    residual_error : standard deviation of the points about the line, n - 2 degrees of freedom.
    """

    n: int
    slope: float
    intercept: float
    slope_error: float
    residual_error: float


def least_squares(x: Array, y: Array) -> Line:
    """Fit y = a + b x by ordinary least squares, about the means so that no digit is lost.

    Parameters
    ----------
    x, y : shape (n,), n >= 3, x not all alike.

    Examples
    --------
    >>> import numpy as np
    >>> line = least_squares(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    >>> line.slope, line.intercept, line.slope_error
    (2.0, 1.0, 0.0)
    """
    x_mean, y_mean = x.mean(), y.mean()
    dx, dy = x - x_mean, y - y_mean
    sxx = float(dx @ dx)
    slope = float(dx @ dy) / sxx
    residual = dy - slope * dx
    error = float(np.sqrt(residual @ residual / (len(x) - 2)))
    return Line(len(x), slope, float(y_mean - slope * x_mean), error / sxx**0.5, error)


def checked(years: npt.ArrayLike, values: npt.ArrayLike, level: float) -> tuple[Array, Array]:
    """Return years and ln(values).

    Raises
    ------
    ValueError
        If a value isn't positive and finite, the shapes differ, or level is not in (0, 1).
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), not {level}")
    t = np.asarray(years, dtype=np.float64)
    v = np.asarray(values, dtype=np.float64)
    if t.ndim != 1 or t.shape != v.shape:
        raise ValueError(f"years and values must be 1-D of one length, not {t.shape}, {v.shape}")
    with np.errstate(all="ignore"):
        y = np.log(v)
    if not (isfinite(t.sum()) and isfinite(y.sum())):
        raise ValueError("years must be finite and values finite and positive")
    return t, y


def can_fit(years: Array) -> bool:
    """Say whether there are 3 points, not all of one date: fewer have no line with an error."""
    return len(years) >= 3 and bool(np.ptp(years) > 0)


def no_growth(n: int, level: float) -> Growth:
    """Give the growth of n points that have no rate: all nan."""
    nan = float("nan")
    return Growth(n, nan, nan, nan, level, nan, nan)


def growth_of(
    n: int, slope: float, ends: tuple[float, float], intercept: float, level: float
) -> Growth:
    """Turn a slope of ln(value) per year, and the ends of its interval, into factors per 2 years.

    Returns
    -------
    Growth
        All nan where an end is unknown, or beyond what a float holds: no rate without interval.
    """
    with np.errstate(over="ignore"):
        rate, low, high = (float(np.exp(2 * b)) for b in (slope, *ends))
    if not (low > 0 and all(map(isfinite, (rate, low, high)))):
        return no_growth(n, level)
    return Growth(n, rate, min(low, rate), max(high, rate), level, slope, intercept)


def fit_growth(years: npt.ArrayLike, values: npt.ArrayLike, level: float = 0.95) -> Growth:
    """Fit ln(value) = a + b year by ordinary least squares; growth per 2 years is exp(2 b).

    This is the method of Gholami et al. 2024 (their rates are log-linear fits over all points).
    The interval is exp(2 (b -+ t se)), with Student's t at n - 2 degrees of freedom: it says
    where the rate of the trend line is, if the points scatter independently about a line.

    Parameters
    ----------
    years : shape (n,), decimal years (days / 365.25).
    values : shape (n,), positive, any unit.
    level : probability of the interval, in (0, 1).

    Returns
    -------
    Growth
        All rates nan where fewer than 3 points or a single date leave nothing to fit, or where
        the rate is beyond what a float holds.

    Raises
    ------
    ValueError
        If a value isn't positive and finite, the shapes differ, or level is not in (0, 1).

    Examples
    --------
    >>> growth = fit_growth([2000, 2001, 2002, 2003], [1.0, 2.0, 3.9, 8.1])
    >>> print(f"{growth.growth_per_2yr:.2f} [{growth.ci_low:.2f}, {growth.ci_high:.2f}]")
    4.01 [3.72, 4.32]
    """
    from scipy.special import stdtrit

    t, y = checked(years, values, level)
    if not can_fit(t):
        return no_growth(len(t), level)
    line = least_squares(t, y)
    half = float(stdtrit(line.n - 2, (1 + level) / 2)) * line.slope_error
    ends = line.slope - half, line.slope + half
    return growth_of(line.n, line.slope, ends, line.intercept, level)
