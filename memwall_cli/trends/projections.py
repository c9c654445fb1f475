"""A series or gap sampled once a year, its forecast, its trend, and how its past forecasts did."""

from dataclasses import dataclass

import numpy as np

from memwall_cli.text import prefix_of
from memwall_cli.trends.forecast import Forecast, Yearly, project
from memwall_cli.trends.gaps import FRONTIER, GAPS, Gap, points, yearly_samples
from memwall_cli.trends.growth import DAYS_PER_YEAR, Array
from memwall_cli.trends.hindcasting import Score
from memwall_cli.trends.hindcasts import near_score, past_of
from memwall_cli.trends.series import Day, Series, day_of
from memwall_cli.trends.trend import lines_until


@dataclass(frozen=True)
class Trend:
    """Where a least-squares line through all points is; every array as long as the horizons.

    Attributes
    ----------
    value, low, high : the line and the confidence band of it; nan with fewer than 3 points.
    """

    value: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Projected:
    """One quantity sampled once a year in one way, and its forecast.

    Attributes
    ----------
    trend : the line through all points, for the same dates.
    past : how bands of the same level held what came 1 to 5 years after past dates.
    """

    quantity: Series | Gap
    basis: str
    yearly: Yearly
    forecast: Forecast
    trend: Trend
    past: Score

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

    @property
    def dates(self) -> list[str]:
        """ISO date of each horizon."""
        return [date_after(self.yearly.now, float(tau)) for tau in self.forecast.horizon]

    @property
    def periods(self) -> list[str]:
        """Date of each horizon as people read it: the year, with the month where it is no whole."""
        taus = self.forecast.horizon
        return [d[:4] if t == int(t) else d[:7] for d, t in zip(self.dates, taus, strict=True)]


def projected(quantity: Series | Gap, ahead: int | Day, level: float) -> list[Projected]:
    """Forecast a series or gap in each way that it is sampled.

    Parameters
    ----------
    quantity : what to forecast.
    ahead : how many whole years, or to which day; one before the newest value is as that.
    level : probability of the band.
    """
    return [
        _projected(quantity, basis, yearly, ahead, level)
        for basis, yearly in yearly_samples(quantity).items()
    ]


def _projected(
    quantity: Series | Gap, basis: str, yearly: Yearly, ahead: int | Day, level: float
) -> Projected:
    years = ahead if isinstance(ahead, int) else max(years_until(yearly.now, ahead), 0.0)
    forecast = project(yearly, years, level, can_fall=basis != FRONTIER)
    return Projected(
        quantity,
        basis,
        yearly,
        forecast,
        _trend(*points(quantity, basis), yearly.now + forecast.horizon, level),
        near_score(past_of(quantity, basis, yearly), level),
    )


def _trend(years: Array, values: Array, at: Array, level: float) -> Trend:
    from scipy.special import stdtrit

    order = np.argsort(years, kind="stable")
    t, y = years[order], np.log(values[order])
    line = lines_until(t, y, np.array([len(t)]), at[None, :])
    half = stdtrit(line.df, (1 + level) / 2) * line.line_error[0]
    with np.errstate(over="ignore"):
        return Trend(*(np.exp(line.middle[0] + edge) for edge in (0, -half, half)))


def years_until(now: float, day: Day) -> float:
    """Decimal years (days / 365.25) from a decimal year to a day; a whole year on anniversaries."""
    years = (day - day_of(now)).astype(np.float64) / DAYS_PER_YEAR
    whole = round(float(years))
    return float(whole) if date_after(now, whole) == str(day) else float(years)


def date_after(now: float, years: float) -> str:
    """ISO date some years after a decimal year; the same day of a later year for whole ones.

    Examples
    --------
    >>> date_after(2024.0, 2), date_after(2024.0, 0.5)
    ('2026-01-01', '2024-07-02')
    """
    if years != int(years):
        return str(day_of(now + years))
    day = str(day_of(now))
    year, rest = int(day[:4]) + int(years), day[4:]
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return f"{year:04d}{'-02-28' if rest == '-02-29' and not leap else rest}"
