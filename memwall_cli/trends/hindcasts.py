"""A series or gap with the forecasts of its past, and what came of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from memwall_cli.trends.forecast import Yearly
from memwall_cli.trends.gaps import FRONTIER, RECORDS, Gap, points, yearly_samples
from memwall_cli.trends.hindcasting import (
    DEFAULT,
    HORIZONS,
    METHODS,
    Cases,
    Hindcast,
    Score,
    cases,
    hindcast,
    pooled,
    score,
)
from memwall_cli.trends.series import Series

NEAR = tuple(h for h in HORIZONS if h <= 5)
"""Horizons that are put together where one number has to do."""
SHORTFALL = 0.10
"""A band that held this much less than it says is told of wherever it is shown."""


@dataclass(frozen=True)
class Hindcasted:
    """One quantity sampled in one way, and its past forecasts."""

    quantity: Series | Gap
    basis: str
    yearly: Yearly
    past: Hindcast

    @property
    def is_gap(self) -> bool:
        """Whether it is a ratio of two series."""
        return self.basis != FRONTIER

    @property
    def is_main(self) -> bool:
        """Whether it is pooled: the ratio of the records only stands beside a gap."""
        return self.basis != RECORDS

    @property
    def methods(self) -> list[str]:
        """Methods that this quantity was forecast by, in the order in which they are shown."""
        return [method for method in METHODS if method in self.past.methods]


def past_of(
    quantity: Series | Gap, basis: str, yearly: Yearly, horizons: Sequence[int] = HORIZONS
) -> Hindcast:
    """Forecast the past of a quantity as it is sampled in one way.

    Parameters
    ----------
    quantity : a series or gap.
    basis, yearly : one of its `yearly_samples`.
    horizons : whole years ahead.
    """
    return hindcast(yearly, *points(quantity, basis), horizons, can_fall=basis != FRONTIER)


def hindcasted(quantity: Series | Gap) -> list[Hindcasted]:
    """Forecast the past of a quantity in each way that it is sampled."""
    return [
        Hindcasted(quantity, basis, yearly, past_of(quantity, basis, yearly))
        for basis, yearly in yearly_samples(quantity).items()
    ]


def forecasts_of(
    several: Sequence[Hindcasted], method: str, level: float, horizons: Sequence[int] = NEAR
) -> Cases:
    """Put together what a method said of some quantities' past, at some horizons."""
    parts = [cases(one.past, method, level) for one in several if method in one.past.methods]
    return pooled(parts).at(horizons)


def near_score(past: Hindcast, level: float) -> Score:
    """Judge the method that `project` uses, 1 to 5 years ahead."""
    return score(cases(past, DEFAULT, level).at(NEAR), level)
