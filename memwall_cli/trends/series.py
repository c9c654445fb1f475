"""Dated values of one quantity: the curated series, the paper's, and a user's own."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

import numpy as np
import numpy.typing as npt

from memwall_cli.errors import UsageError, unknown
from memwall_cli.tables import load_table
from memwall_cli.trends.curated import (
    CURATED_SERIES,
    PEAKS,
    PER,
    Choice,
    divided,
    lane_dates,
    matching,
    repeats_its_die,
)
from memwall_cli.trends.growth import DAYS_PER_YEAR, Array

if TYPE_CHECKING:
    import pandas as pd

Dates: TypeAlias = npt.NDArray[np.datetime64]
Ids: TypeAlias = npt.NDArray[np.object_] | npt.NDArray[np.int64]
Day: TypeAlias = np.datetime64
Origin: TypeAlias = Literal["curated", "paper", "user"]

EPOCH = np.datetime64("2000-01-01")
"""Day of the decimal year 2000.0."""

CURATED = "curated"
PAPERS = ("gholami2024", "gholami2021")
DATASETS = (*PAPERS, CURATED)

_PLOTTED_UNITS = {
    "x of R10000 (339 MFLOPS)": (339e-6, "TFLOP/s"),
    "x of 15.2 GB/s": (15.2, "GB/s"),
    "x of 2.5 GT/s per lane": (2.5, "Gbit/s"),
    "billion parameters": (1e9, "parameters"),
    "GB": (1.0, "GB"),
    "PFLOP": (1e15, "FLOP"),
}
"""What one unit of the paper's figures is; what is drawn relative to its first point has none."""


@dataclass(frozen=True)
class Series:
    """Dated values of one quantity in one unit.

    Attributes
    ----------
    name, dataset, unit : what it is, where it is from, what it is measured in.
    origin : "curated" (ours), "paper" or "user"; a user's file may be called like a data set.
    precision : number format of the peaks ("best", "fp32", ...); None where that has no meaning.
    dates : shape (n,), datetime64[D].
    values : shape (n,), positive.
    ids : shape (n,), the record behind each value.
    spare : boards that only repeat their die: no points of this series, but a gap needs them where
        the same board brings something new in the other series.
    """

    name: str
    dataset: str
    origin: Origin
    unit: str
    precision: str | None
    dates: Dates
    values: Array
    ids: Ids
    spare: "Series | None" = None

    @cached_property
    def years(self) -> Array:
        """Decimal years, days / 365.25; shape (n,)."""
        return year_of(self.dates)

    @property
    def label(self) -> str:
        """Name, with the number format where one was asked for."""
        return label_of(self.name, self.precision)

    def window(self, since: Day | None = None, until: Day | None = None) -> "Series":
        """Keep the values dated from `since` to `until`, both included."""
        if since is None and until is None:
            return self
        keep = np.ones(len(self.dates), dtype=bool)
        if since is not None:
            keep &= self.dates >= since
        if until is not None:
            keep &= self.dates <= until
        spare = self.spare.window(since, until) if self.spare else None
        return replace(self.take(keep), spare=spare)

    def with_spare(self) -> "Series":
        """Put the boards that only repeat their die among the others, in order of date."""
        if self.spare is None:
            return self
        dates, values, ids = (
            np.concatenate([getattr(self, part), getattr(self.spare, part)])
            for part in ("dates", "values", "ids")
        )
        order = np.argsort(dates, kind="stable")
        return replace(self, dates=dates[order], values=values[order], ids=ids[order], spare=None)

    def take(self, which: "npt.NDArray[np.bool_] | npt.NDArray[np.int64]") -> "Series":
        """Keep the values that an index or mask names."""
        return replace(
            self, dates=self.dates[which], values=self.values[which], ids=self.ids[which]
        )


@overload
def year_of(day: Day) -> float: ...
@overload
def year_of(day: Dates) -> Array: ...
def year_of(day: Day | Dates) -> float | Array:
    """Turn days into decimal years, days / 365.25.

    Examples
    --------
    >>> year_of(np.datetime64("2004-01-01"))
    2004.0
    """
    years: float | Array = 2000 + (day - EPOCH).astype(np.float64) / DAYS_PER_YEAR
    return float(years) if isinstance(day, np.datetime64) else years


def day_of(year: float) -> Day:
    """Turn a decimal year (days / 365.25) back into its day.

    Examples
    --------
    >>> str(day_of(load_series("compute", "gholami2024").years[0]))
    '1997-01-29'
    """
    return EPOCH + np.timedelta64(round((year - 2000) * DAYS_PER_YEAR), "D")


def label_of(name: str, precision: str | None) -> str:
    """Name a series or gap as people read it: with its number format unless that is the best."""
    return name if precision in (None, "best") else f"{name} {precision}"


def has_precision(name: str) -> bool:
    """Say whether a number format means anything for a series or gap: it does for peaks."""
    return "compute" in name.split("/")


@cache
def series_names(dataset: str) -> tuple[str, ...]:
    """List the series of a data set, in the order in which they are shown."""
    if dataset == CURATED:
        return tuple(CURATED_SERIES)
    if dataset not in PAPERS:
        raise unknown("data set", dataset, DATASETS)
    points = load_table("gholami2024")
    there = set(points.loc[points["dataset"] == dataset, "series"])
    return tuple(name for name in CURATED_SERIES if name in there)


def load_series(
    name: str,
    dataset: str = CURATED,
    precision: str = "best",
    *,
    include_announced: bool = False,
    choice: Choice | None = None,
) -> Series:
    """Load one series.

    Parameters
    ----------
    name : one of `series_names(dataset)`, for example "compute".
    dataset : "curated" (ours), "gholami2024" (the paper's points) or "gholami2021".
    precision : number format of `compute`; "best" is the highest dense floating-point peak;
        "fp16-vector" and "fp16-matrix" name the unit too.
    include_announced : count devices that were announced and not yet shipped.
    choice : which rows count, and as what; all that make up the series by default.

    Returns
    -------
    Series
        In order of date.

    Raises
    ------
    UsageError
        If there is no such series, data set or precision, or the paper's points, which carry no
        precision and are no rows of a table, are asked for one.

    Examples
    --------
    >>> bandwidth = load_series("dram-bandwidth", dataset="gholami2024")
    >>> len(bandwidth.values), bandwidth.unit
    (12, 'GB/s')
    >>> from memwall_cli.trends.curated import Choice
    >>> load_series("compute", choice=Choice({"class": "gpu"}, per="tdp_w")).unit
    'TFLOP/s/W'
    """
    if name not in series_names(dataset):
        raise unknown(f"{dataset} series", name, series_names(dataset))
    if precision not in PEAKS:
        raise unknown("precision", precision, PEAKS)
    if dataset == CURATED:
        return _curated(name, precision, include_announced, choice or Choice())
    if choice not in (None, Choice()):
        raise UsageError(f"the points of {dataset} carry a date and a value; use {CURATED}")
    if precision != "best" and has_precision(name):
        raise UsageError(f"the points of {dataset} carry no precision; ask for --dataset {CURATED}")
    return _published(name, dataset)


def _curated(name: str, precision: str, include_announced: bool, choice: Choice) -> Series:
    definition = CURATED_SERIES[name]
    table = matching(load_table(definition.table), choice.where)
    if definition.table == "accelerators" and not include_announced:
        table = table[table["status"] == "shipped"]
    undivided = definition.choose(table, precision)
    value = divided(table, undivided, choice.per)
    released = lane_dates(table) if definition.table == "interconnects" else table["released"]
    if choice.dated_by is not None:
        released = table[choice.dated_by]
    whole = Series(
        name,
        CURATED,
        "curated",
        definition.unit + (f"/{PER[choice.per]}" if choice.per else ""),
        precision if has_precision(name) else None,
        released.to_numpy("datetime64[D]"),
        np.asarray(value, dtype=np.float64),
        table["id"].to_numpy("object"),
    )
    if definition.table != "accelerators":
        return _series(whole)
    repeats = repeats_its_die(table, undivided.where(value.notna())).to_numpy("bool")
    return replace(_series(whole.take(~repeats)), spare=_series(whole.take(repeats)))


def _published(name: str, dataset: str) -> Series:
    points = load_table("gholami2024")
    # The paper fits Transformers only; its vision and recommender points stand beside them.
    mine = (points["dataset"] == dataset) & (points["series"] == name) & points["in_fit"]
    points = points[mine.astype(bool)]
    plotted = str(points["unit"].iloc[0])
    size, unit = _PLOTTED_UNITS.get(plotted, (1.0, ""))
    return _series(
        Series(
            name,
            dataset,
            "paper",
            unit,
            None,
            points["date"].to_numpy("datetime64[D]"),
            np.asarray(points["value"], dtype=np.float64) * size,
            points["id"].to_numpy("object"),
        )
    )


def _series(series: Series) -> Series:
    """Drop rows without date or value and put the rest in order of date."""
    known = ~(np.isnat(series.dates) | np.isnan(series.values))
    order = np.flatnonzero(known)
    return series.take(order[np.argsort(series.dates[order], kind="stable")])


def user_series(frame: "pd.DataFrame", dataset: str) -> dict[str, Series]:
    """Make series of a user's frame (series, date, value), in order of first appearance."""
    import pandas as pd

    names = frame["series"].cat.categories
    codes, places = pd.factorize(frame["series"].cat.codes.to_numpy())
    # One stable sort of small integers puts each series' rows together.
    rows = np.argsort(codes, kind="stable") if len(places) > 1 else np.arange(len(codes))
    ends = np.searchsorted(codes[rows], np.arange(1, len(places)))
    dates = frame["date"].to_numpy("datetime64[D]")[rows]
    values = frame["value"].to_numpy("float64")[rows]
    parts = (np.split(x, ends) for x in (dates, values, rows))
    return {
        str(names[place]): Series(str(names[place]), dataset, "user", "", None, day, value, row)
        for place, day, value, row in zip(places, *parts, strict=True)
    }


@cache
def published_rates() -> dict[tuple[str, str], float]:
    """Look up the growth per 2 years that a paper printed, by series and data set."""
    claims = load_table("claims")
    rates = claims[claims["dataset"].notna() & (claims["unit"] == "x per 2 years")]
    keys: Iterable[tuple[str, str]] = zip(rates["series"], rates["dataset"], strict=True)
    return dict(zip(keys, rates["value"].astype(float), strict=True))
