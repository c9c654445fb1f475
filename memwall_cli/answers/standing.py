"""Where one record stands on the trends: how many times above or below the line of its date."""

from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING

from memwall_cli.curated import CURATED_SERIES, FLOATING_POINT, lane_dates
from memwall_cli.fits import fitted
from memwall_cli.gaps import Gap, gap_of, points
from memwall_cli.growth import DAYS_PER_YEAR
from memwall_cli.series import EPOCH, Day, Series, load_series

if TYPE_CHECKING:
    import pandas as pd

BALANCE = "machine balance"
PARTS = ("compute", "dram-bandwidth")
FIELDS = {
    "compute": tuple(column for columns in FLOATING_POINT.values() for column in columns),
    "dram-bandwidth": ("memory_bandwidth_gbs",),
    "interconnect-device": ("link_gbs",),
    "interconnect-lane": ("lane_rate_gbps",),
    "memory-capacity": ("memory_gb",),
    "parameters": ("parameters",),
    "training-compute": ("training_flop",),
}
"""Columns that a series takes its values from."""
LEVEL = 0.95


@dataclass(frozen=True)
class Standing:
    """One value of a record against the curated series that it belongs to.

    Attributes
    ----------
    series : name of the series; "machine balance" for compute/dram-bandwidth.
    value, unit : the record's.
    line : value of the fitted line at the record's date.
    rank, among : its place among what the series had by that date, and how many there were.
    """

    series: str
    value: float
    unit: str
    line: float
    rank: int
    among: int

    @property
    def fields(self) -> tuple[str, ...]:
        """Columns of the record that the value may stand in; none for the balance."""
        return FIELDS.get(self.series, ())

    @property
    def times(self) -> float:
        """Value over line: above 1 is above the trend."""
        return self.value / self.line


def standings(table: str, record: "pd.DataFrame") -> list[Standing]:
    """Set a record against every curated series that its table feeds.

    Parameters
    ----------
    table : name of the record's table.
    record : one row of it.

    Examples
    --------
    >>> from memwall_cli import load_table
    >>> devices = load_table("accelerators")
    >>> h100 = devices[devices["id"] == "h100-sxm"]
    >>> [one.series for one in standings("accelerators", h100)]
    ['compute', 'dram-bandwidth', 'interconnect-device', 'memory-capacity', 'machine balance']
    """
    dates = lane_dates(record) if table == "interconnects" else record.get("released")
    if dates is None or dates.isna().all():
        return []
    day = dates.to_numpy("datetime64[D]")[0]
    found: dict[str, Standing] = {}
    values: dict[str, float] = {}
    for name, definition in CURATED_SERIES.items():
        if definition.table == table:
            value = float(definition.choose(record, "best").iloc[0])
            if value > 0:
                values[name] = value
                found[name] = _standing(name, value, load_series(name), day)
    if set(PARTS) <= set(values):
        gap = gap_of(*(load_series(name) for name in PARTS))
        # TFLOP/s over GB/s: thousands of FLOP per byte.
        balance = 1000 * values[PARTS[0]] / values[PARTS[1]]
        found[BALANCE] = _standing(BALANCE, balance, gap, day)
    return list(found.values())


def _standing(name: str, value: float, trend: Series | Gap, day: Day) -> Standing:
    growth = fitted(trend, LEVEL).growth
    years, values = points(trend)
    year = 2000 + float((day - EPOCH).astype(float)) / DAYS_PER_YEAR
    before = values[years <= year + 1e-9]
    line = exp(growth.intercept + growth.slope * year)
    return Standing(
        name, value, trend.unit, line, 1 + int((before > value * (1 + 1e-9)).sum()), len(before)
    )
