"""Which points of a series hang together: those of a year, a vendor or a family."""

from typing import Any

import numpy as np
import numpy.typing as npt

from memwall_cli.tables import load_table
from memwall_cli.trends.curated import CURATED_SERIES
from memwall_cli.trends.gaps import Gap, points
from memwall_cli.trends.methods import Cluster
from memwall_cli.trends.series import Series

_COLUMNS = {
    "vendor": {"accelerators": "vendor", "models": "organization"},
    "family": {"accelerators": "die", "interconnects": "family"},
}
"""Column of a table that says so. A family is what shares one design: the products of one die,
the generations of one bus. A device whose die isn't known is a family of its own."""


def clusters_of(quantity: Series | Gap, by: Cluster) -> npt.NDArray[Any] | None:
    """Say which cluster each point of `points(quantity)` belongs to.

    Parameters
    ----------
    quantity : a series or gap.
    by : year, vendor or family.

    Returns
    -------
    numpy.ndarray or None
        Shape (n,), calendar years or names; None where the points carry no such thing: a user's
        and the paper's have dates only, models no family.

    Examples
    --------
    >>> from memwall_cli import load_series
    >>> str(clusters_of(load_series("parameters"), "vendor")[0])
    'Google'
    """
    if by == "year":
        return np.floor(points(quantity)[0])
    first, ids = _records(quantity)
    if ids is None or quantity.origin != "curated":
        return None
    table = CURATED_SERIES[first.name].table
    column = _COLUMNS[by].get(table)
    if column is None:
        return None
    named = load_table(table).set_index("id")[column].reindex(ids).to_numpy("object")
    known = np.array([isinstance(name, str) for name in named], dtype=bool)
    return np.where(known, named, ids).astype(str)


def _records(quantity: Series | Gap) -> tuple[Series, npt.NDArray[Any] | None]:
    """Series, and records behind its points; None where a point is no single record."""
    if isinstance(quantity, Series):
        return quantity, quantity.ids
    if quantity.pairs is None:
        return quantity.numerator, None
    return quantity.numerator, quantity.numerator.ids[quantity.pairs[0]]
