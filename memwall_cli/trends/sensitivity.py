"""What a growth rate depends on: the same fit on other rows, formats, dates and units."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from memwall_cli.tables import load_table
from memwall_cli.trends.curated import CURATED_SERIES, Choice
from memwall_cli.trends.gaps import Gap
from memwall_cli.trends.growth import fit_growth
from memwall_cli.trends.influence import share_of_growth, slopes_without
from memwall_cli.trends.samples import Sample, is_record
from memwall_cli.trends.selection import Request, select
from memwall_cli.trends.series import CURATED, Series, day_of, has_precision, year_of
from memwall_cli.trends.variants import (
    DEFAULT,
    FEW,
    FIXED,
    FORMATS,
    FRONTIER,
    LEFT_OUT,
    PER,
    START,
    Sensitivity,
    Variant,
)

START_YEARS = range(2003, 2021)
"""First years that are tried on bundled data; on a user's, every year that has a point."""
PRECISIONS = ("best", "fp64", "fp32", "fp16-vector", "fp16-matrix", "fp8", "fp4")
GROUPS = {
    "accelerators": ("market", "class", "date_basis", "vendor"),
    "interconnects": ("family",),
    "models": ("architecture", "organization"),
}
"""Columns whose values are tried one by one."""
MAKERS, MOST_MAKERS = ("vendor", "organization"), 3
"""Of many makers only the largest are tried, and none with few points."""
UNITS = {"tdp_w": "watt", "price_usd": "dollar"}
ON_CHIP = ("compute", "dram-bandwidth", "memory-capacity")
LINKS = {"interconnect-lane": "interconnect-device", "interconnect-device": "interconnect-lane"}


class _Varied:
    """Takes the rate of one quantity in all ways that make sense for it."""

    def __init__(self, quantity: Series | Gap, request: Request, level: float) -> None:
        self.quantity, self.level = quantity, level
        self.name, self.base = quantity.name, Sample.of(quantity)
        self.request = replace(request, names=(self.name,), datasets=(CURATED,))
        tables = {CURATED_SERIES[p].table for p in self.name.split("/") if p in CURATED_SERIES}
        self.table = tables.pop() if len(tables) == 1 else None  # None: no column tells both
        if quantity.origin != "curated":
            self.table = None

    def fit(self, dimension: str, name: str, sample: Sample) -> Variant:
        start = end = None
        if len(sample.years):
            start, end = (str(day_of(f(sample.years))) for f in (np.min, np.max))
        growth = fit_growth(sample.years, sample.values, self.level)
        return Variant(dimension, name, growth, start, end, self.quantity.precision)

    def asking(self, request: Request) -> Sample:
        """Take the points that a changed request selects."""
        return Sample.of(select(request, lambda _: (), ()).quantities[0])

    def choosing(self, choice: Choice) -> Sample:
        return self.asking(replace(self.request, choice=choice))

    def all(self) -> Iterator[Variant]:
        yield self.fit(DEFAULT, "all", self.base)
        if self.quantity.origin == "curated":
            yield from self.precisions()
            yield from self.formats()
            yield from self.groups()
            yield from self.dates()
        if self.quantity.origin != "user":
            yield from self.frontier()
        yield from self.starts()
        yield from self.left_out()
        if self.quantity.origin == "curated":
            yield from self.units()

    def precisions(self) -> Iterator[Variant]:
        if has_precision(self.name):
            for precision in PRECISIONS:
                sample = self.asking(replace(self.request, precision=precision))
                yield replace(self.fit("precision", precision, sample), precision=precision)

    def formats(self) -> Iterator[Variant]:
        """Split the growth of the best format into that of a fixed one and the rest.

        Device by device best = fixed x (best / fixed), so the slopes add up exactly.
        """
        if self.quantity.precision != "best" or self.name.split("/")[0] != "compute":
            return
        for precision in FIXED:
            fixed = self.asking(replace(self.request, precision=precision)).like(self.base)
            best = self.base.like(fixed)
            for name, part, of in (
                (f"best ({precision} known)", best, "best"),
                (f"{precision} (same devices)", fixed, precision),
                (f"best/{precision} (same devices)", best.over(fixed), None),
            ):
                share = share_of_growth(best.years, best.values, part.values, self.level)
                yield replace(self.fit(FORMATS, name, part), precision=of, share=share)

    def groups(self) -> Iterator[Variant]:
        if self.table is None:
            return
        for column in GROUPS[self.table]:
            of = load_table(self.table).set_index("id")[column].dropna()
            counts = of[of.index.isin(self.base.names)].value_counts()
            values = sorted(counts.index, key=lambda v: (-counts[v], v))
            if column in MAKERS:
                values = [v for v in values if counts[v] >= FEW][:MOST_MAKERS]
            for value in values:
                where = {**self.request.choice.where, column: value}
                yield self.fit(
                    column, value, self.choosing(replace(self.request.choice, where=where))
                )

    def dates(self) -> Iterator[Variant]:
        if self.table == "accelerators":
            more = not self.request.include_announced
            sample = self.asking(replace(self.request, include_announced=more))
            yield self.fit("status", "announced too" if more else "shipped only", sample)
        if self.name == "interconnect-lane":
            choice = replace(self.request.choice, dated_by="first_product_date")
            yield self.fit("date_basis", "first product", self.choosing(choice))

    def units(self) -> Iterator[Variant]:
        if self.name in ON_CHIP:
            for column, word in UNITS.items():
                sample = self.choosing(replace(self.request.choice, per=column))
                yield self.fit(PER, word, sample)
                yield self.fit(PER, f"chip ({word}s known)", self.base.like(sample))
        if self.name in LINKS:
            other = LINKS[self.name]
            sample = self.asking(replace(self.request, names=(other,)))
            yield self.fit(PER, other.removeprefix("interconnect-"), sample)

    def frontier(self) -> Iterator[Variant]:
        """Keep the points that were a record when they came; of a gap, in its numerator."""
        rank = self.base.values
        if isinstance(self.quantity, Gap):
            if self.quantity.pairs is None:
                return  # two frontiers already
            rank = self.quantity.numerator.values[self.quantity.pairs[0]]
        yield self.fit(FRONTIER, "records", self.base.take(is_record(self.base.years, rank)))

    def starts(self) -> Iterator[Variant]:
        years: Sequence[int] = START_YEARS
        if self.quantity.origin == "user":
            latest = np.sort(self.base.years)[:-2]  # those that leave three points
            years = sorted({int(str(day_of(year))[:4]) for year in latest})
        for year in years:
            keep = self.base.years >= year_of(np.datetime64(f"{year:04d}-01-01"))
            if not keep.all():
                yield self.fit(START, str(year), self.base.take(keep))

    def left_out(self) -> Iterator[Variant]:
        """Leave out the points without which the rate is lowest and highest."""
        if len(self.base.years) < 4:
            return
        slopes = slopes_without(self.base.years, self.base.values)
        if np.isnan(slopes).all():
            return
        for name, i in (("lowest", np.nanargmin(slopes)), ("highest", np.nanargmax(slopes))):
            rest = self.base.take(np.arange(len(slopes)) != i)
            yield replace(self.fit(LEFT_OUT, name, rest), point=str(self.base.names[i]))


def sensitivity(quantity: Series | Gap, request: Request, level: float = 0.95) -> Sensitivity:
    """Take the rate of a series or gap in every way that makes sense for it.

    Parameters
    ----------
    quantity : as `request` selects it.
    request : what the user asked for; each variant changes one thing of it.
    level : probability of the intervals.

    Examples
    --------
    >>> from memwall_cli.trends.series import load_series
    >>> found = sensitivity(load_series("interconnect-lane"), Request())
    >>> [v.name for v in found.rates("family")]
    ['PCIe', 'NVLink']
    """
    return Sensitivity(quantity, list(_Varied(quantity, request, level).all()))
