"""What a check is given and what it yields."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Tables: TypeAlias = "dict[str, pd.DataFrame]"
"""Frames by the name of their table; a check passes over what needs a table that isn't there."""
Fault: TypeAlias = tuple[str, str, str]
"""Record, column, and what is wrong with it."""


def entries(values: "pd.Series[float]", chosen: "pd.Series[bool]") -> Iterator[tuple[str, float]]:
    """Give id and value of the chosen rows of a column that is indexed by id."""
    found = values[chosen]
    return zip(found.index.astype(str), found.astype(float), strict=True)
