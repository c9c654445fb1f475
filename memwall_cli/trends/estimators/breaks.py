"""Whether a yearly quantity changed its pace: one break at most, tested by permuting its steps.

If the steps of a random walk with drift are alike and independent, every order of them is as
likely as the one seen, whatever their distribution: the share of orders that show as large a shift
is an exact p-value. The textbook sup-F test, for points that scatter independently about a line,
alarms falsely on most random walks.
"""

from dataclasses import dataclass
from itertools import permutations as all_orders
from math import factorial

import numpy as np
import numpy.typing as npt

from memwall_cli.trends.forecast import Yearly
from memwall_cli.trends.growth import Array

MIN_STEPS = 7
"""Fewer steps than this have too few orders to show a break at one in twenty."""
MIDDLE = 0.70
"""A break is looked for in this part of the steps, so that either side has some."""
PERMUTATIONS = 9999
ALARM = 0.05
"""A change of pace stands where one as large is less likely than this without any."""
_ENUMERATE_UP_TO = 8


@dataclass(frozen=True)
class Break:
    """The likeliest change of pace of a yearly quantity, and whether it is one.

    Attributes
    ----------
    year : decimal year at which the pace changes: the last value of the old pace.
    before, after : growth per 2 years of the steps on either side.
    p : probability of as large a shift somewhere if the pace never changed.
    n : number of steps.
    """

    year: float
    before: float
    after: float
    p: float
    n: int


def steps(yearly: Yearly) -> tuple[Array, Array]:
    """Give the changes of ln(value) and their lengths in years, oldest first.

    Parameters
    ----------
    yearly : values once a year, newest first.

    Returns
    -------
    dy, dt : shape (samples - 1,).

    Examples
    --------
    >>> dy, dt = steps(Yearly(2024.0, np.array([0, 1, 3]), np.array([4.0, 2.0, 2.0])))
    >>> dy.round(3).tolist(), dt.tolist()
    ([0.0, 0.693], [2.0, 1.0])
    """
    dy = np.diff(np.log(yearly.value[::-1]))
    return dy, np.diff(yearly.age)[::-1].astype(np.float64)


def find_break(yearly: Yearly, seed: int = 0, permutations: int = PERMUTATIONS) -> Break | None:
    """Look for one shift in the mean of the yearly steps, over the middle 70 % of them.

    Parameters
    ----------
    yearly : values once a year.
    seed, permutations : of the orders drawn; up to 8 steps all orders are gone through.

    Returns
    -------
    Break or None
        The likeliest place with its p-value, stand it or not; None with fewer than 7 steps.

    Examples
    --------
    >>> age = np.arange(17)
    >>> slow_then_fast = np.exp(-np.where(age < 8, 0.9 * age, 7.2 + 0.1 * (age - 8)))
    >>> found = find_break(Yearly(2024.0, age, slow_then_fast))
    >>> found.year, found.p < 0.05
    (2016.0, True)
    """
    dy, dt = steps(yearly)
    if len(dy) < MIN_STEPS:
        return None
    edge = round(len(dy) * (1 - MIDDLE) / 2) or 1
    after = np.arange(edge, len(dy) - edge + 1)
    shifts = _shifts(dy, dt)[after - 1]
    k = int(after[shifts.argmax()])
    year = yearly.now - float(yearly.age[::-1][k])
    old, new = (float(np.exp(2 * dy[side].sum() / dt[side].sum())) for side in _sides(k))
    return Break(year, old, new, _p_value(dy, dt, after, seed, permutations), len(dy))


def p_same_pace(yearly: Yearly, year: float, seed: int = 0) -> float | None:
    """Probability of as large a shift at a date chosen beforehand if the pace never changed.

    Parameters
    ----------
    yearly : values once a year.
    year : decimal year of the break; a step belongs to the side where most of it lies.
    seed : of the permutations.

    Returns
    -------
    float or None
        None where one side has no step.
    """
    dy, dt = steps(yearly)
    k = split_at(yearly, year)
    return _p_value(dy, dt, np.array([k]), seed) if 0 < k < len(dy) else None


def split_at(yearly: Yearly, year: float) -> int:
    """How many steps, the oldest first, lie mostly before a date.

    Examples
    --------
    >>> split_at(Yearly(2024.0, np.arange(5), np.ones(5)), 2022.0)
    2
    """
    dates = yearly.now - yearly.age[::-1]
    middles = (dates[1:] + dates[:-1]) / 2
    return int((middles < year).sum())


def parts(yearly: Yearly, year: float) -> tuple[Yearly, Yearly]:
    """Cut a yearly quantity in two at a date; the value between both belongs to both.

    Examples
    --------
    >>> before, after = parts(Yearly(2024.0, np.arange(5), np.arange(5, 0, -1.0)), 2022.0)
    >>> before.now, before.value.tolist(), after.value.tolist()
    (2022.0, [3.0, 2.0, 1.0], [5.0, 4.0, 3.0])
    """
    k = len(yearly.age) - 1 - split_at(yearly, year)
    first = int(yearly.age[k])
    before = Yearly(yearly.now - first, yearly.age[k:] - first, yearly.value[k:])
    return before, Yearly(yearly.now, yearly.age[: k + 1], yearly.value[: k + 1])


def _sides(k: int) -> tuple[slice, slice]:
    return slice(None, k), slice(k, None)


def _shifts(dy: Array, dt: Array) -> Array:
    """Squared shift of the mean step at each place, over its variance but for K^2.

    Parameters
    ----------
    dy, dt : shape (..., m), orders of the steps.

    Returns
    -------
    numpy.ndarray
        Shape (..., m - 1). F of the place rises with it while the steps stay the same.
    """
    y, t = dy.cumsum(axis=-1), dt.cumsum(axis=-1)
    total_y, total_t = y[..., -1:], t[..., -1:]
    y, t = y[..., :-1], t[..., :-1]
    shift: Array = (y - total_y * t / total_t) ** 2 * total_t / (t * (total_t - t))
    return shift


def _p_value(
    dy: Array, dt: Array, after: npt.NDArray[np.int64], seed: int, drawn: int = PERMUTATIONS
) -> float:
    """Share of orders in which the largest shift is as large as in the one seen."""
    m = len(dy)
    exact = m <= _ENUMERATE_UP_TO
    if exact:
        orders = np.array(list(all_orders(range(m))))
    else:
        rng = np.random.default_rng(seed)
        orders = rng.permuted(np.tile(np.arange(m), (drawn, 1)), axis=1)
    largest = _shifts(dy[orders], dt[orders])[:, after - 1].max(axis=1)
    seen = float(_shifts(dy, dt)[after - 1].max())
    rounding = 1e-9 * seen + 1e-12 * float(dy @ dy)
    as_large = int((largest >= seen - rounding).sum())
    # The order seen is one of those drawn (Phipson & Smyth 2010): p is never 0.
    return as_large / factorial(m) if exact else (1 + as_large) / (1 + drawn)
