"""Growth of a random walk with drift: the yearly steps of a frontier or gap, not its points."""

from math import log

from memwall_cli.trends.forecast import Yearly, project
from memwall_cli.trends.growth import Growth, growth_of


def fit_drift(yearly: Yearly, level: float = 0.95) -> Growth:
    """Take the drift mu of `project` as a growth rate, exp(2 mu), with Student's t interval of it.

    It rests on the first and the last value alone; the steps between them say how sure it is. The
    interval holds if steps are independent and alike, as normal as a mean of them needs.

    Parameters
    ----------
    yearly : values once a year.
    level : probability of the interval, in (0, 1).

    Returns
    -------
    Growth
        Its n counts the steps, and its line joins the first and the last value. All rates nan with
        fewer than 4 steps.

    Raises
    ------
    ValueError
        If level is not in (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> growth = fit_drift(Yearly(2024.0, np.arange(6), 2.0 ** -np.arange(6)))
    >>> growth.n, round(growth.growth_per_2yr, 6)
    (5, 4.0)
    """
    ahead = project(yearly, 0, level, can_fall=True)
    ends = ahead.drift - ahead.drift_error, ahead.drift + ahead.drift_error
    intercept = log(ahead.value[0]) - ahead.drift * yearly.now
    return growth_of(ahead.n, ahead.drift, ends, intercept, level)
