"""Growth of the best: least squares on the points that were records when they came.

A point is chosen by its own value, so the residuals are neither independent nor centred on the
line: the interval is that of `fit_growth` and nominal, a description and no inference.
"""

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.growth import Growth, checked, fit_growth


def among_best(years: npt.ArrayLike, ranks: npt.ArrayLike, top: int = 1) -> npt.NDArray[np.bool_]:
    """Say which points were among the best so far when they came; top = 1: the running record.

    A point counts if fewer than `top` points of its day or before are as good. Of points that are
    alike in date and value as many count as there is room for, so that order does not matter.

    Parameters
    ----------
    years : shape (n,), dates in any order.
    ranks : shape (n,), what makes a point better than another.
    top : how many count as the best, 1 or more.

    Returns
    -------
    numpy.ndarray
        Shape (n,), bool.

    Raises
    ------
    ValueError
        If top is less than 1.

    Examples
    --------
    >>> among_best([2001, 2002, 2003, 2004], [1.0, 5.0, 2.0, 6.0]).tolist()
    [True, True, False, True]
    >>> among_best([2001, 2002, 2003, 2004], [1.0, 5.0, 2.0, 6.0], top=2).tolist()
    [True, True, True, True]
    """
    if top < 1:
        raise ValueError(f"top must be 1 or more, not {top}")
    t, v = np.asarray(years, dtype=np.float64), np.asarray(ranks, dtype=np.float64)
    order = np.lexsort((-v, t))
    new = v[order]
    chosen = np.zeros(len(v), dtype=bool)
    for _ in range(min(top, len(v))):
        # Best before each point; what is not better falls through to the next place.
        best = np.concatenate([[-np.inf], np.maximum.accumulate(new)[:-1]])
        chosen[order] |= new > best
        new = np.minimum(new, best)
    return chosen


def fit_frontier(
    years: npt.ArrayLike,
    values: npt.ArrayLike,
    level: float = 0.95,
    *,
    top: int = 1,
    ranks: npt.ArrayLike | None = None,
) -> Growth:
    """Fit a line to ln(value) of the points that were among the best so far when they came.

    Parameters
    ----------
    years : shape (n,), decimal years.
    values : shape (n,), positive.
    level : probability of the interval, which is nominal.
    top : 1 for the running record, K for the K best so far.
    ranks : shape (n,), what makes a point better; the values by default.

    Returns
    -------
    Growth
        Its n counts the points chosen; all rates nan where they are fewer than 3.

    Raises
    ------
    ValueError
        As `fit_growth` and `among_best`.

    Examples
    --------
    >>> growth = fit_frontier([2000, 2001, 2002, 2003, 2004], [1, 2, 1, 8, 16])
    >>> growth.n, round(growth.growth_per_2yr, 6)
    (4, 4.0)
    """
    t, y = checked(years, values, level)
    chosen = among_best(t, y if ranks is None else ranks, top)
    return fit_growth(t[chosen], np.asarray(values, dtype=np.float64)[chosen], level)
