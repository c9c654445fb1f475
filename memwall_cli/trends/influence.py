"""What one point, or one part of a value, does to a fitted slope: closed forms, no refits.

Plain arrays in, plain arrays out.
"""

from math import isfinite, nan, sqrt

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import Array


def slopes_without(years: npt.ArrayLike, values: npt.ArrayLike) -> Array:
    """Give the slope of ln(value) on years as it would be without each point in turn.

    Of least squares with a free intercept, from the sums of all points: without point i the
    slope is b - dx_i e_i / (Sxx (1 - h_i)), with residual e_i and leverage
    h_i = 1/n + dx_i^2 / Sxx (Belsley, Kuh & Welsch 1980, Regression Diagnostics, DFBETA).

    Parameters
    ----------
    years, values : shape (n,), n >= 2, values positive.

    Returns
    -------
    shape (n,)
        Change of ln(value) per year; nan where the rest has a single date.

    Examples
    --------
    >>> slopes_without([0.0, 1.0, 2.0, 3.0], np.exp([0.0, 1.0, 2.0, 9.0])).round(3).tolist()
    [4.0, 2.714, 3.143, 1.0]
    """
    x, y = np.asarray(years, dtype=np.float64), np.log(np.asarray(values, dtype=np.float64))
    dx, dy = x - x.mean(), y - y.mean()
    sxx = float(dx @ dx)
    if not sxx > 0:
        return np.full(len(x), nan)
    slope = float(dx @ dy) / sxx
    rest = 1 - 1 / len(x) - dx**2 / sxx  # 1 - h_i, which is 0 where the others share one date
    with np.errstate(divide="ignore", invalid="ignore"):
        without = slope - dx * (dy - slope * dx) / (sxx * rest)
    return np.where(rest > 1e-12, without, nan)


def share_of_growth(
    years: npt.ArrayLike, whole: npt.ArrayLike, part: npt.ArrayLike, level: float = 0.95
) -> tuple[float, float, float]:
    """Say which share of the growth of a product is that of one of its factors.

    Where whole = part x rest point by point, so are the lines: ln growth of the whole is the sum
    of those of part and rest, as least squares is linear. The share is the ratio of the two
    slopes. Its interval (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x) holds every share
    s for which the slope of ln(part) - s ln(whole) does not differ from 0, by Student's t with
    n - 2 degrees of freedom; it knows that both slopes rest on the same points.

    Parameters
    ----------
    years, whole, part : shape (n,), of the same records; values positive.
    level : probability of the interval, in (0, 1).

    Returns
    -------
    share, low, high
        All nan below 3 points or without growth; low and high nan where the whole may as well
        not grow at all, for then no share is ruled out.

    Examples
    --------
    >>> t = np.array([2000.0, 2001.0, 2002.0, 2003.0, 2004.0])
    >>> whole, part = 4.0 ** (t - 2000) * [1, 1.1, 1, 0.9, 1], 2.0 ** (t - 2000)
    >>> share, low, high = share_of_growth(t, whole, part)
    >>> print(f"{share:.2f}, {low:.2f} to {high:.2f}")
    0.51, 0.48 to 0.54
    """
    from scipy.special import stdtrit

    x = np.asarray(years, dtype=np.float64)
    y = np.log(np.stack([np.asarray(v, dtype=np.float64) for v in (whole, part)]))
    n = len(x)
    if n < 3 or not np.ptp(x) > 0:
        return nan, nan, nan
    dx, dy = x - x.mean(), y - y.mean(axis=1, keepdims=True)
    sxx = float(dx @ dx)
    slopes = dy @ dx / sxx
    residual = dy - slopes[:, None] * dx
    margin = float(stdtrit(n - 2, (1 + level) / 2)) ** 2 * (residual @ residual.T) / (n - 2) / sxx
    # Shares within the interval solve a s^2 - 2 b s + c <= 0.
    products = np.outer(slopes, slopes) - margin
    a, b, c = (float(products[i]) for i in ((0, 0), (0, 1), (1, 1)))
    share = float(slopes[1] / slopes[0]) if slopes[0] else nan
    if not (a > 0 and isfinite(share)):
        return share, nan, nan
    half = sqrt(max(b * b - a * c, 0.0))
    return share, (b - half) / a, (b + half) / a
