"""A series or gap sampled once a year, and its forecast."""

from dataclasses import dataclass

from memwall_cli.forecast import Forecast, Yearly, project
from memwall_cli.gaps import FRONTIER, GAPS, Gap, yearly_samples
from memwall_cli.series import Day, Series, day_of
from memwall_cli.text import prefix_of


@dataclass(frozen=True)
class Projected:
    """One quantity sampled once a year in one way, and its forecast."""

    quantity: Series | Gap
    basis: str
    yearly: Yearly
    forecast: Forecast

    @property
    def is_gap(self) -> bool:
        """Whether it is a ratio of two series; a user's series may have a slash in its name."""
        return self.basis != FRONTIER

    @property
    def is_machine_balance(self) -> bool:
        """Whether it is FLOPs per byte of DRAM bandwidth, in that unit."""
        return self.quantity.name == GAPS[0] and self.quantity.unit == "FLOP/byte"

    @property
    def precision(self) -> str | None:
        """Number format that was asked for; None where it is each device's best."""
        return None if self.quantity.precision == "best" else self.quantity.precision

    @property
    def unit(self) -> tuple[float, str]:
        """Unit in which today's value reads best: what one of it is, and its name."""
        return prefix_of(float(self.forecast.value[0]), self.quantity.unit)

    @property
    def newest(self) -> Day:
        """Day of the newest sample."""
        return day_of(self.yearly.now)


def projected(quantity: Series | Gap, years: int, level: float) -> list[Projected]:
    """Forecast a series or gap in each way that it is sampled.

    Parameters
    ----------
    quantity : what to forecast.
    years : how many whole years ahead.
    level : probability of the band.
    """
    return [
        Projected(
            quantity, basis, yearly, project(yearly, years, level, can_fall=basis != FRONTIER)
        )
        for basis, yearly in yearly_samples(quantity).items()
    ]


def anniversary(day: Day, years: int) -> str:
    """Give the same day of a later year; 28 February for a leap day without one."""
    year, rest = int(str(day)[:4]) + years, str(day)[4:]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{year:04d}{'-02-28' if rest == '-02-29' and not leap else rest}"
