"""When a series or gap gets to a value: the day it did, or the dates forecast for it."""

from dataclasses import dataclass
from math import isfinite, log

from memwall_cli.trends.forecast import Yearly, walks
from memwall_cli.trends.gaps import Gap, yearly_samples
from memwall_cli.trends.reach import arrival
from memwall_cli.trends.series import Series, day_of

LAST_YEAR = 9999
"""No date is written beyond this year."""


@dataclass(frozen=True)
class Arrival:
    """When one quantity, sampled in one way, gets to a target.

    Attributes
    ----------
    target : the value to reach, in the quantity's unit.
    n : number of yearly differences that the forecast rests on.
    reached : day on which it was, None if that is ahead; of a gap the yearly sample that had it.
    by : id of the record that reached it; None for a gap, and for a row of a user's file.
    years : years from the newest sample by which it has been reached with the probability
        (1 - level) / 2, one half and (1 + level) / 2; inf where never, nan without a band.
    """

    quantity: Series | Gap
    basis: str
    yearly: Yearly
    target: float
    level: float
    n: int
    reached: str | None
    by: str | None
    years: tuple[float, float, float]

    @property
    def dates(self) -> tuple[str | None, str | None, str | None]:
        """ISO dates of `years`; None where there is none."""
        earliest, median, latest = (self._date(years) for years in self.years)
        return earliest, median, latest

    def _date(self, years: float) -> str | None:
        if self.reached or not isfinite(years) or self.yearly.now + years >= LAST_YEAR:
            return None
        return str(day_of(self.yearly.now + years))


def arrivals(quantity: Series | Gap, target: float, level: float) -> list[Arrival]:
    """Tell when a series or gap gets to a value, in each way that it is sampled.

    Parameters
    ----------
    quantity : what is to get there.
    target : where, in its unit; positive.
    level : probability between the first and the last of the dates.
    """
    found = []
    for basis, yearly in yearly_samples(quantity).items():
        walk = walks(yearly)
        distance = log(target) - walk.start[0]
        tail = (1 - level) / 2
        early, median, late = (float(arrival(walk, distance, p)[0]) for p in (tail, 0.5, 1 - tail))
        years = early, median, late
        reached, by = _reached(quantity, yearly, target)
        found.append(
            Arrival(quantity, basis, yearly, target, level, int(walk.n[0]), reached, by, years)
        )
    return found


def _reached(
    quantity: Series | Gap, yearly: Yearly, target: float
) -> tuple[str | None, str | None]:
    """Day on which the target was first reached, and the record that did; None if it is not."""
    if target > yearly.value[0]:
        return None, None
    if isinstance(quantity, Gap):
        first = int((yearly.value >= target).nonzero()[0][-1])
        return str(day_of(yearly.now - float(yearly.age[first]))), None
    first = int((quantity.values >= target).argmax())
    by = quantity.ids[first]  # a user's rows have numbers, and no names
    return str(quantity.dates[first]), by if isinstance(by, str) else None
