"""A series or gap with the line fitted to it, and what was published of it."""

from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from memwall_cli.errors import UsageError
from memwall_cli.trends.clusters import clusters_of
from memwall_cli.trends.estimators.bootstrap import fit_bootstrap
from memwall_cli.trends.estimators.breaks import Break, find_break, p_same_pace, parts
from memwall_cli.trends.estimators.drift import fit_drift
from memwall_cli.trends.estimators.frontier import among_best
from memwall_cli.trends.estimators.quantile import fit_quantile
from memwall_cli.trends.estimators.theil_sen import MOST_POINTS, fit_theil_sen
from memwall_cli.trends.forecast import Yearly
from memwall_cli.trends.gaps import Gap, points, yearly_samples
from memwall_cli.trends.growth import Array, Growth, fit_growth, no_growth
from memwall_cli.trends.methods import OLS, Method
from memwall_cli.trends.series import Series, day_of, published_rates


@dataclass(frozen=True)
class Fitted:
    """One quantity, the points of it that were fitted, and the line through them.

    Attributes
    ----------
    quantity, method : what was fitted, and how.
    years, values : shape (n,), the points that the line rests on: all, records or yearly values.
    growth : the rate.
    rests_on : how many things the interval rests on: points, yearly steps, clusters.
    published : what the paper printed of the quantity.
    basis : how a yearly value was sampled; None where none was.
    part : which side of a break it is, in words; None without one.
    p_same : probability of rates as different on both sides of a break if the pace is the same.
    """

    quantity: Series | Gap
    method: Method
    years: Array
    values: Array
    growth: Growth
    rests_on: int
    published: float | None = None
    basis: str | None = None
    part: str | None = None
    p_same: float | None = None

    @property
    def start(self) -> str | None:
        """First date of the points."""
        return str(day_of(self.years.min())) if len(self.years) else None

    @property
    def end(self) -> str | None:
        """Last date of the points."""
        return str(day_of(self.years.max())) if len(self.years) else None

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


def fitted(quantity: Series | Gap, level: float, method: Method = OLS) -> Fitted:
    """Fit a series or gap, and look up what was published of it.

    Parameters
    ----------
    quantity : what to fit.
    level : probability of the interval.
    method : how to fit it.

    Raises
    ------
    UsageError
        If an estimator that compares every pair of points is asked for too many.
    """
    published = _published(quantity)
    if method.estimator == "drift":
        basis, yearly = _yearly(quantity)
        return _walk(quantity, level, method, yearly, published=published, basis=basis)
    years, values = points(quantity)
    if method.estimator == "frontier":
        chosen = among_best(years, _ranks(quantity), method.top)
        years, values = years[chosen], values[chosen]
    if method.estimator in ("theil-sen", "quantile") and len(years) > MOST_POINTS:
        raise UsageError(
            f"{quantity.label}: {method.estimator} compares every pair of points, and "
            f"{len(years)} are too many; narrow it down to {MOST_POINTS} with --since, or drop it"
        )
    growth, rests_on = _fit(quantity, years, values, level, method)
    return Fitted(quantity, method, years, values, growth, rests_on, published)


def fitted_parts(
    quantity: Series | Gap, level: float, method: Method, year: float, words: str
) -> list[Fitted]:
    """Fit the yearly steps before and after a date chosen beforehand, each for itself.

    Parameters
    ----------
    quantity, level, method : as of `fitted`.
    year : decimal year of the break.
    words : the same date as the user wrote it.
    """
    basis, yearly = _yearly(quantity)
    names = f"before {words}", f"from {words} on"
    if yearly is None:
        return [_walk(quantity, level, method, None, part=name) for name in names]
    p = p_same_pace(yearly, year, method.seed)
    return [
        _walk(quantity, level, method, part, basis=basis, part=name, p_same=p)
        for part, name in zip(parts(yearly, year), names, strict=True)
    ]


def change_of_pace(one: Fitted) -> Break | None:
    """Look for a break in the yearly steps that a drift rests on.

    Parameters
    ----------
    one : a quantity, with the seed of the permutations in its method.
    """
    yearly = _yearly(one.quantity)[1]
    return None if yearly is None else find_break(yearly, one.method.seed)


def has_what_it_takes(quantity: Series | Gap, method: Method) -> bool:
    """Say whether a quantity's points carry what a method asks of them: clusters, a rank.

    Parameters
    ----------
    quantity, method : as of `fitted`.
    """
    if method.bootstrap:
        return clusters_of(quantity, method.bootstrap) is not None
    if method.estimator == "frontier" and not isinstance(quantity, Series):
        return quantity.pairs is not None
    return True


def _fit(
    quantity: Series | Gap, years: Array, values: Array, level: float, method: Method
) -> tuple[Growth, int]:
    """Fit points, and count what the interval rests on."""
    if method.bootstrap:
        clusters = clusters_of(quantity, method.bootstrap)
        assert clusters is not None
        growth = fit_bootstrap(years, values, clusters, level, seed=method.seed)
        return growth, len(np.unique(clusters))
    if method.estimator == "theil-sen":
        growth = fit_theil_sen(years, values, level)
    elif method.estimator == "quantile":
        growth = fit_quantile(years, values, level, quantile=method.quantile)
    else:
        growth = fit_growth(years, values, level)
    return growth, growth.n


def _walk(
    quantity: Series | Gap, level: float, method: Method, yearly: Yearly | None, **more: Any
) -> Fitted:
    """Fit the steps of yearly values."""
    if yearly is None:
        return Fitted(quantity, method, np.empty(0), np.empty(0), no_growth(0, level), 0, **more)
    growth = fit_drift(yearly, level)
    years: Array = yearly.now - yearly.age[::-1].astype(np.float64)
    return Fitted(quantity, method, years, yearly.value[::-1], growth, growth.n, **more)


def _yearly(quantity: Series | Gap) -> tuple[str | None, Yearly | None]:
    """Sample a quantity once a year in the way that its forecast shows first."""
    return next(iter(yearly_samples(quantity).items()), (None, None))


def _ranks(quantity: Series | Gap) -> Array:
    """Give what makes a point one of the best: its value; of a pair the numerator, as in PAIRS."""
    if isinstance(quantity, Series):
        return quantity.values
    assert quantity.pairs is not None
    ranks: Array = quantity.numerator.values[quantity.pairs[0]]
    return ranks


def _published(quantity: Series | Gap) -> float | None:
    """Rate that the paper printed for this series, for our own data too: that is the question."""
    if quantity.precision not in (None, "best"):
        return None
    if quantity.origin == "user":
        return None
    dataset = "gholami2024" if quantity.origin == "curated" else quantity.dataset
    return published_rates().get((quantity.name, dataset))
