"""A series or gap with the line fitted to it, and what was published of it."""

from dataclasses import dataclass
from math import isfinite

from memwall_cli.gaps import Gap, points
from memwall_cli.growth import Array, Growth, fit_growth
from memwall_cli.series import Series, day_of, published_rates


@dataclass(frozen=True)
class Fitted:
    """One quantity, the points of it that were fitted, and the line through them."""

    quantity: Series | Gap
    years: Array
    values: Array
    growth: Growth
    published: float | None
    start: str | None
    end: str | None

    @property
    def has_rate(self) -> bool:
        """Whether there was enough to fit."""
        return isfinite(self.growth.growth_per_2yr)

    @property
    def agrees(self) -> bool | None:
        """Whether the published rate lies in our interval; None without one or the other."""
        if self.published is None or not self.has_rate:
            return None
        return self.growth.ci_low <= self.published <= self.growth.ci_high


def fitted(quantity: Series | Gap, level: float) -> Fitted:
    """Fit a series or gap, and look up what was published of it.

    Parameters
    ----------
    quantity : what to fit.
    level : probability of the interval.
    """
    years, values = points(quantity)
    start = end = None
    if len(years):
        start, end = str(day_of(years.min())), str(day_of(years.max()))
    growth = fit_growth(years, values, level)
    return Fitted(quantity, years, values, growth, _published(quantity), start, end)


def _published(quantity: Series | Gap) -> float | None:
    """Rate that the paper printed for this series, for our own data too: that is the question."""
    if quantity.precision not in (None, "best"):
        return None
    if quantity.origin == "user":
        return None
    dataset = "gholami2024" if quantity.origin == "curated" else quantity.dataset
    return published_rates().get((quantity.name, dataset))
