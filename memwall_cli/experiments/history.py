"""Which year's server chip a measured value equals, on the fitted lines of our own table."""

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Literal

import numpy as np

from memwall_cli.tables import load_table
from memwall_cli.trends.gaps import gap_of, points
from memwall_cli.trends.growth import Array, Growth, fit_growth
from memwall_cli.trends.series import Series, load_series

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["cpu", "gpu"]
CLASSES = {"cpu": ("cpu",), "gpu": ("gpu", "accelerator")}
NAMES = {"cpu": "server CPUs", "gpu": "server GPUs and accelerators"}
PRECISIONS = {"fp64": "fp64", "fp32": "fp32", "bf16": "fp16", "fp16": "fp16"}
"""The precision of a series that a measured format is held against; others have no series."""
LEAST = 8
"""Fewer devices give no line."""


@dataclass(frozen=True)
class Trend:
    """The fitted line of one quantity over server chips of a kind.

    Attributes
    ----------
    growth : the fit of `memwall fit`: least squares on ln(value).
    first, last : decimal years of the devices that it rests on.
    """

    growth: Growth
    first: float
    last: float

    def year(self, value: float) -> float | None:
        """Give the decimal year at which the line has a value.

        None where no year can be told: too few devices, a line that may as well be flat, or a
        value that the line reaches only outside the years of its devices.

        Parameters
        ----------
        value : in the unit of the series.
        """
        growth = self.growth
        if growth.n < LEAST or not (growth.ci_low > 1 or growth.ci_high < 1):
            return None
        year = (log(value) - growth.intercept) / growth.slope
        return year if self.first <= year <= self.last else None


def server_chips(kind: Kind) -> "pd.DataFrame":
    """List the shipped server chips of a kind, in order of date.

    Parameters
    ----------
    kind : "cpu", or "gpu" for GPUs and accelerators.
    """
    table = load_table("accelerators")
    wanted = (table["market"] == "server") & (table["status"] == "shipped")
    return table[wanted & table["class"].isin(CLASSES[kind])].sort_values("released")


def bandwidth_trend(kind: Kind) -> Trend:
    """Fit the DRAM bandwidth of server chips, GB/s.

    Parameters
    ----------
    kind : "cpu" or "gpu".
    """
    bandwidth = _of(load_series("dram-bandwidth"), kind)
    return _trend(bandwidth.years, bandwidth.values)


def compute_trend(kind: Kind, format_: str) -> Trend | None:
    """Fit the peak of server chips in a format, TFLOP/s; None for formats without a series.

    Parameters
    ----------
    kind : "cpu" or "gpu".
    format_ : as measured; bf16 is held against fp16.
    """
    if format_ not in PRECISIONS:
        return None
    compute = _of(load_series("compute", precision=PRECISIONS[format_]), kind)
    return _trend(compute.years, compute.values)


def balance_trend(kind: Kind, format_: str) -> Trend | None:
    """Fit the FLOPs per byte of server chips in a format; None for formats without a series.

    Parameters
    ----------
    kind : "cpu" or "gpu".
    format_ : as measured.
    """
    if format_ not in PRECISIONS:
        return None
    compute = _of(load_series("compute", precision=PRECISIONS[format_]), kind)
    years, values = points(gap_of(compute, _of(load_series("dram-bandwidth"), kind)))
    return _trend(years, values)


def _of(series: Series, kind: Kind) -> Series:
    # The series says which rows count; here those of one kind of server chip remain.
    ids = server_chips(kind)["id"].to_numpy(str)
    return series.take(np.isin(series.ids.astype(str), ids))


def _trend(years: Array, values: Array) -> Trend:
    growth = fit_growth(years, values)
    if not len(years):
        return Trend(growth, np.inf, -np.inf)
    return Trend(growth, float(years.min()), float(years.max()))
