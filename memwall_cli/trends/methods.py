"""Which estimator a fit uses: what it is called, what it counts, what its interval assumes."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from memwall_cli.errors import UsageError

Estimator: TypeAlias = Literal["ols", "frontier", "drift", "theil-sen", "quantile"]
Cluster: TypeAlias = Literal["year", "vendor", "family"]

FEW = 8
"""Fewer points, or clusters to draw, than this earn a warning."""

_ASSUMES = {
    "ols": "where the trend line is, if points scatter about it independently",
    "frontier": "nominal; points chosen by their own value prove nothing",
    "drift": "of the mean yearly step, if steps are independent and alike",
    "theil-sen": "of Sen 1968, if points scatter alike and independently",
    "quantile": "by a rank test, if points scatter alike and independently",
}


@dataclass(frozen=True)
class Method:
    """An estimator with its settings.

    Attributes
    ----------
    estimator : what tells the rate.
    top : how many count as the best; of `frontier`.
    quantile : part of the points below the line; of `quantile`.
    bootstrap : what is drawn as a whole for the interval; of `ols`, None for Student's t.
    seed : of what is drawn at random.
    """

    estimator: Estimator = "ols"
    top: int = 1
    quantile: float = 0.9
    bootstrap: Cluster | None = None
    seed: int = 0

    @property
    def name(self) -> str:
        """One word for it, with its settings: "ols", "frontier-top-5", "ols-bootstrap-year"."""
        if self.bootstrap:
            return f"ols-bootstrap-{self.bootstrap}"
        if self.estimator == "frontier" and self.top > 1:
            return f"frontier-top-{self.top}"
        if self.estimator == "quantile":
            return f"quantile-{self.quantile:g}"
        return self.estimator

    @property
    def title(self) -> str:
        """What it does, in a few words."""
        best = "records" if self.top == 1 else f"what was among the {self.top} best at release"
        return {
            "ols": "least squares on ln(value)",
            "frontier": f"least squares on ln of {best}",
            "drift": "random walk of yearly steps",
            "theil-sen": "median slope of all pairs on ln(value)",
            "quantile": f"line above {self.quantile * 100:g} % of ln(value)",
        }[self.estimator] + (f", bootstrap by {self.bootstrap}" if self.bootstrap else "")

    @property
    def assumes(self) -> str:
        """What its interval takes for granted, in one sentence."""
        if self.bootstrap:
            many = plural(self.bootstrap)
            return f"Interval: where the trend line is, if {many} (not points) are independent."
        return f"Interval: {_ASSUMES[self.estimator]}."

    @property
    def counts(self) -> str:
        """What its interval rests on, in the singular."""
        if self.estimator == "frontier":
            return "record" if self.top == 1 else "point"
        return {"drift": "yearly step"}.get(self.estimator, self.bootstrap or "point")

    @property
    def least(self) -> int:
        """How many of those a rate needs."""
        from memwall_cli.trends.estimators.bootstrap import MIN_CLUSTERS
        from memwall_cli.trends.forecast import MIN_DIFFERENCES

        if self.bootstrap:
            return MIN_CLUSTERS
        return MIN_DIFFERENCES if self.estimator == "drift" else 3


OLS = Method()
"""The default: what the paper does."""


def number_of(count: int, one: str) -> str:
    """Write a number of things: "1 point", "7 families"."""
    return f"{count} {one if count == 1 else plural(one)}"


def plural(one: str) -> str:
    """Name several of a thing."""
    return {"family": "families"}.get(one, f"{one}s")


def choose_method(
    estimator: Estimator | None = None,
    top: int | None = None,
    quantile: float | None = None,
    bootstrap: Cluster | None = None,
    seed: int = 0,
    *,
    has_break: bool = False,
) -> Method:
    """Put the options of an estimator together; one that belongs to an estimator implies it.

    Raises
    ------
    UsageError
        If options belong to different estimators, or the quantile is not between 0 and 1.

    Examples
    --------
    >>> choose_method(top=5).name, choose_method(bootstrap="vendor").name
    ('frontier-top-5', 'ols-bootstrap-vendor')
    """
    owners: dict[str, Estimator] = {}
    if top is not None:
        owners["--top"] = "frontier"
    if quantile is not None:
        owners["--quantile"] = "quantile"
    if bootstrap is not None:
        owners["--bootstrap"] = "ols"
    if has_break:
        owners["--break"] = "drift"
    implied: Estimator = next(iter(owners.values()), "ols")
    chosen = estimator or implied
    for option, owner in owners.items():
        if owner != chosen:
            other = f"--estimator {chosen}" if estimator else next(iter(owners))
            raise UsageError(f"{option} goes with --estimator {owner}, not with {other}; drop one")
    if quantile is not None and not 0 < quantile < 1:
        raise UsageError(
            f"--quantile {quantile:g} is not between 0 and 1; 0.9 means the upper tenth"
        )
    return Method(chosen, top or 1, 0.9 if quantile is None else quantile, bootstrap, seed)
