"""What reproduces the growth rates of the paper, from the points that it plots."""

from functools import cache

from memwall_cli.trends.growth import fit_growth
from memwall_cli.trends.series import Series, load_series


@cache
def _series(name: str, dataset: str) -> Series:
    return load_series(name, dataset)


def rate(series: str, dataset: str, years: float = 2) -> float:
    """Fit the growth of a series over so many years, as a factor.

    Examples
    --------
    >>> print(f"{rate('compute', 'gholami2024'):.4f}")
    3.0257
    """
    found = _series(series, dataset)
    growth: float = fit_growth(found.years, found.values).growth_per_2yr ** (years / 2)
    return growth


def points(series: str, dataset: str) -> int:
    """Count the points of a series."""
    return len(_series(series, dataset).values)


def first_year(series: str, dataset: str) -> int:
    """Year of the earliest point of a series."""
    return int(str(_series(series, dataset).dates.min())[:4])


def last_year(series: str, dataset: str) -> int:
    """Year of the latest point of a series."""
    return int(str(_series(series, dataset).dates.max())[:4])
