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
        return log(2) / self.slope if self.slope else float("nan")


def _checked(years: npt.ArrayLike, values: npt.ArrayLike) -> tuple[Array, Array]:
    """Return years and ln(values), or say what is wrong with them."""
    t = np.asarray(years, dtype=np.float64)
    v = np.asarray(values, dtype=np.float64)
    if t.ndim != 1 or t.shape != v.shape:
        raise ValueError(f"years and values must be 1-D of one length, not {t.shape}, {v.shape}")
    with np.errstate(all="ignore"):
        y = np.log(v)
    if not (isfinite(t.sum()) and isfinite(y.sum())):
        raise ValueError("years must be finite and values finite and positive")
    return t, y


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

    if not 0 < level < 1:
        raise ValueError(f"level must be in (0, 1), not {level}")
    t, y = _checked(years, values)
    n, nan = len(t), float("nan")
    none = Growth(n, nan, nan, nan, level, nan, nan)
    if n < 3 or not np.ptp(t) > 0:
        return none
    t_mean, y_mean = t.mean(), y.mean()
    dt, dy = t - t_mean, y - y_mean
    sxx = float(dt @ dt)
    slope = float(dt @ dy) / sxx
    residual = dy - slope * dt
    half = float(stdtrit(n - 2, (1 + level) / 2)) * float(
        np.sqrt(residual @ residual / (n - 2) / sxx)
    )
    with np.errstate(over="ignore"):
        rate, low, high = (float(np.exp(2 * b)) for b in (slope, slope - half, slope + half))
    if not all(map(isfinite, (rate, low, high))):
        return none
    return Growth(n, rate, low, high, level, slope, float(y_mean - slope * t_mean))
