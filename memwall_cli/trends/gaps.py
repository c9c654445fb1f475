"""Ratios of two series, and what is sampled once a year for a forecast."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from memwall_cli.errors import UsageError
from memwall_cli.trends.curated import CURATED_SERIES
from memwall_cli.trends.forecast import (
    Yearly,
    yearly_frontier,
    yearly_gap,
    yearly_ratio,
)
from memwall_cli.trends.growth import Array
from memwall_cli.trends.series import Day, Ids, Origin, Series, day_of, label_of

GAPS = ("compute/dram-bandwidth", "compute/interconnect-device", "parameters/memory-capacity")
"""The gaps that are shown when none is named."""

FRONTIER, PAIRS, RECORDS, UNPAIRED = "frontier", "top-5 pairs", "records", "unpaired"
"""What a yearly sample is: best value so far; median ratio of the five devices with most
numerator so far that have both values; ratio of the two best values so far, of whatever device;
the same where no device has both."""

_BASE_UNITS = {
    "TFLOP/s": (1e12, "FLOP/s"),
    "GB/s": (1e9, "byte/s"),
    "Gbit/s": (1e9, "bit/s"),
    "GB": (1e9, "byte"),
    "parameters": (1.0, "parameter"),
    "FLOP": (1.0, "FLOP"),
}


@dataclass(frozen=True)
class Gap:
    """The ratio of two series.

    Attributes
    ----------
    name, dataset, origin, precision : as of a series; the name is "numerator/denominator".
    unit : unit of the ratio.
    numerator, denominator : the two series, scaled so that their ratio is in `unit`.
    pairs : shape (2, k), places in numerator and denominator of the devices that have both
        values, less those that repeat their die in both; None where the two are of different
        kinds of record.
    """

    name: str
    dataset: str
    origin: Origin
    unit: str
    precision: str | None
    numerator: Series
    denominator: Series
    pairs: npt.NDArray[np.int64] | None

    @property
    def label(self) -> str:
        """Name, with the number format where one was asked for."""
        return label_of(self.name, self.precision)

    def window(self, since: Day | None = None, until: Day | None = None) -> "Gap":
        """Keep what is dated from `since` to `until`, both included."""
        above, below = (s.window(since, until) for s in (self.numerator, self.denominator))
        pairs = self.pairs
        if pairs is not None:
            pairs = _pairs(above.ids, below.ids, self.numerator.ids[pairs[0]])
        return replace(self, numerator=above, denominator=below, pairs=pairs)


def split_gap(name: str) -> tuple[str, str]:
    """Split "compute/dram-bandwidth" into its two series.

    Raises
    ------
    UsageError
        If it is not two names.
    """
    parts = name.split("/")
    if len(parts) != 2 or not all(parts):
        raise UsageError(f"{name!r} is no gap; write two series, like compute/dram-bandwidth")
    return parts[0], parts[1]


def gap_of(numerator: Series, denominator: Series) -> Gap:
    """Make the ratio of two series, device by device where records have both values.

    Raises
    ------
    UsageError
        If both are the same series.

    Examples
    --------
    >>> from memwall_cli import load_series
    >>> gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    >>> gap.unit, gap.pairs is not None
    ('FLOP/byte', True)
    """
    if numerator.name == denominator.name:
        raise UsageError(f"{numerator.name} over itself is 1; name two series")
    precision = numerator.precision or denominator.precision
    name = f"{numerator.name}/{denominator.name}"
    same_records = (
        numerator.origin == denominator.origin == "curated"
        and CURATED_SERIES[numerator.name].table == CURATED_SERIES[denominator.name].table
    )
    pairs = None
    if same_records:
        new = np.concatenate([numerator.ids, denominator.ids])
        numerator, denominator = numerator.with_spare(), denominator.with_spare()
        pairs = _pairs(numerator.ids, denominator.ids, new)
    unit, numerator, denominator = _in_base_units(numerator, denominator)
    return Gap(
        name,
        numerator.dataset,
        numerator.origin,
        unit,
        precision,
        numerator,
        denominator,
        pairs,
    )


def _pairs(above: Ids, below: Ids, eligible: Ids) -> npt.NDArray[np.int64]:
    """Find the eligible devices that have both values: their places; shape (2, k)."""
    both, i, j = np.intersect1d(above.astype(str), below.astype(str), return_indices=True)
    kept = np.isin(both, eligible.astype(str))
    order = np.argsort(i[kept])
    return np.stack([i[kept][order], j[kept][order]]).astype(np.int64)


def _in_base_units(numerator: Series, denominator: Series) -> tuple[str, Series, Series]:
    """Scale both to base units and name the unit of their ratio; "" where a unit is unknown."""
    scaled, names = [], []
    for series in (numerator, denominator):
        # A gap made of a gap's own series finds them in base units already.
        size, base = _BASE_UNITS.get(series.unit, (1.0, series.unit))
        scaled.append(replace(series, values=series.values * size, unit=base))
        names.append(base)
    return _ratio_unit(*names), scaled[0], scaled[1]


def _ratio_unit(above: str, below: str) -> str:
    """Name the ratio of two base units: FLOP/s over byte/s is FLOP/byte, byte over byte/s is s."""
    if not (above and below):
        return ""
    what, per = above.removesuffix("/s"), below.removesuffix("/s")
    seconds = below.endswith("/s") - above.endswith("/s")
    if what == per:
        return {0: "", 1: "s", -1: "1/s"}[seconds]
    return f"{what}/{per}" + {0: "", 1: " s", -1: "/s"}[seconds]


def points(quantity: Series | Gap, basis: str | None = None) -> tuple[Array, Array]:
    """Years and values that a growth rate is fitted to.

    For a gap: the ratio of every device that has both values, at its date; without pairs, or
    where RECORDS are asked for, the ratio of the two frontiers once a year.

    Parameters
    ----------
    quantity : a series or gap.
    basis : how the gap is sampled, as in `yearly_samples`.

    Returns
    -------
    years, values : shape (n,).
    """
    if isinstance(quantity, Series):
        return quantity.years, quantity.values
    if quantity.pairs is not None and basis != RECORDS:
        i, j = quantity.pairs
        ratio = quantity.numerator.values[i] / quantity.denominator.values[j]
        return quantity.numerator.years[i], ratio
    yearly = _record_ratio(quantity)
    if yearly is None:
        return np.empty(0), np.empty(0)
    years: Array = yearly.now - yearly.age[::-1].astype(np.float64)
    return years, yearly.value[::-1]


def point_names(quantity: Series | Gap) -> list[str]:
    """Name what each of the `points` is: its id, its place in the user's file, or its date."""
    if isinstance(quantity, Series):
        if quantity.origin == "user":
            places = zip(quantity.ids, quantity.dates, strict=True)
            return [f"record {int(i) + 1} ({date})" for i, date in places]
        return [str(i) for i in quantity.ids]
    if quantity.pairs is not None:
        return [str(i) for i in quantity.numerator.ids[quantity.pairs[0]]]
    return [str(day_of(year)) for year in points(quantity)[0]]


def yearly_samples(quantity: Series | Gap) -> dict[str, Yearly]:
    """Sample a quantity once a year, in each way that a forecast shows.

    Returns
    -------
    dict
        FRONTIER of a series; PAIRS and RECORDS, or UNPAIRED, of a gap. Empty without data.
    """
    if isinstance(quantity, Series):
        if not len(quantity.values):
            return {}
        return {FRONTIER: yearly_frontier(quantity.years, quantity.values)}
    found: dict[str, Yearly | None] = {}
    if quantity.pairs is not None and quantity.pairs.size:
        i, j = quantity.pairs
        top = quantity.numerator
        found[PAIRS] = yearly_gap(top.years[i], top.values[i], quantity.denominator.values[j])
    found[UNPAIRED if quantity.pairs is None else RECORDS] = _record_ratio(quantity)
    return {basis: yearly for basis, yearly in found.items() if yearly is not None}


def _record_ratio(gap: Gap) -> Yearly | None:
    """Ratio of the two yearly frontiers, from the last date that both cover."""
    above, below = gap.numerator, gap.denominator
    if not (len(above.values) and len(below.values)):
        return None
    now = float(min(above.years.max(), below.years.max()))
    if now < max(above.years.min(), below.years.min()):
        return None
    return yearly_ratio(
        yearly_frontier(above.years, above.values, now),
        yearly_frontier(below.years, below.values, now),
    )
