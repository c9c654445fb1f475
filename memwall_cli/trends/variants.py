"""A rate taken in many ways: what a sensitivity analysis found, and what of it people see."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np

from memwall_cli.text import digits, interval
from memwall_cli.trends.gaps import Gap
from memwall_cli.trends.growth import Growth
from memwall_cli.trends.series import Series

DEFAULT, FORMATS, FRONTIER = "default", "number formats", "frontier"
START, LEFT_OUT, PER = "start", "leave-one-out", "per"
"""Dimensions; the others are columns of the tables and `precision`."""
FIXED = ("fp32", "fp64")
"""Formats that devices have had all the time: held fixed, they tell what is not format."""
FEW, SHORT = 8, np.timedelta64(730, "D")
"""An interval of fewer points may not hold; a shorter window has no rate per 2 years in it."""
MOST_STARTS = 4


@dataclass(frozen=True)
class Variant:
    """One way to take a rate.

    Attributes
    ----------
    dimension, name : what is varied ("class"), and how ("gpu").
    growth : the rate; its numbers nan where fewer than 3 points or one date are left.
    start, end : first and last date; None without a point.
    precision : number format of the peaks; None where it has no meaning.
    point : of LEFT_OUT, the point that is left out.
    share : of FORMATS, the part of the log growth of the best format and its interval.
    """

    dimension: str
    name: str
    growth: Growth
    start: str | None
    end: str | None
    precision: str | None
    point: str | None = None
    share: tuple[float, float, float] | None = None

    @property
    def has_rate(self) -> bool:
        """Whether there was enough to fit."""
        return isfinite(self.growth.growth_per_2yr)

    @property
    def is_short(self) -> bool:
        """Whether its dates span less than the 2 years that the rate is for."""
        return bool(np.datetime64(self.end) - np.datetime64(self.start) < SHORT)

    @property
    def is_thin(self) -> bool:
        """Whether too little stands behind the rate to make much of it."""
        return self.growth.n < FEW or self.is_short

    @property
    def label(self) -> str:
        """Its name as people read it."""
        if self.dimension == LEFT_OUT:
            return f"without {self.point}"
        if self.dimension == START:
            return f"since {self.name}"
        return self.name.replace("-", " ") if self.dimension == "precision" else self.name

    @property
    def rate(self) -> str:
        """The rate with its interval as people read it."""
        growth = self.growth
        return f"{digits(growth.growth_per_2yr)}x ({interval(growth.ci_low, growth.ci_high)})"


@dataclass(frozen=True)
class Sensitivity:
    """A series or gap and its variants, the default first."""

    quantity: Series | Gap
    variants: Sequence[Variant]

    @property
    def default(self) -> Variant:
        """The rate as `memwall fit` gives it."""
        return self.variants[0]

    def rates(self, dimension: str) -> list[Variant]:
        """List the variants of a dimension that have a rate."""
        return [v for v in self.variants if v.dimension == dimension and v.has_rate]

    @property
    def heaviest(self) -> Variant | None:
        """The rate without the point that moves it most; None where too few are left."""
        without, slope = self.rates(LEFT_OUT), self.default.growth.slope
        return max(without, key=lambda v: abs(v.growth.slope - slope), default=None)

    def ratio(self, variant: Variant) -> float:
        """Growth per 2 years of a variant over that of the default; nan where one is missing."""
        return variant.growth.growth_per_2yr / self.default.growth.growth_per_2yr

    def shown(self) -> list[Variant]:
        """Choose what a person wants to see: all but most of the start years."""
        years = [int(v.name) for v in self.rates(START)]
        steps = (1, 2, 5, 10, 20, 50, 100)
        step = next((s for s in steps if sum(y % s == 0 for y in years) <= MOST_STARTS), 1000)
        return [v for v in self.variants if v.dimension != START or int(v.name) % step == 0]

    def choices(self) -> list[Variant]:
        """List what is still a rate of the same thing, and has enough behind it."""
        others = (FORMATS, PER)
        return [
            v for v in self.variants if v.has_rate and not v.is_thin and v.dimension not in others
        ]

    def splits(self) -> list[list[Variant]]:
        """List best, fixed format and their ratio on the same devices, per format held fixed."""
        parts = ([v for v in self.rates(FORMATS) if name in v.name] for name in FIXED)
        return [part for part in parts if len(part) == 3]
