"""What `memwall fit --sensitivity` answers: each rate in every way to take it, and what matters."""

from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.answers.sensitivity_view import summary, views
from memwall_cli.errors import MemwallError
from memwall_cli.render import Result, Row

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.trends.selection import Request
    from memwall_cli.trends.variants import Sensitivity, Variant

KEYS = (
    *("series", "dataset", "estimator", "precision", "dimension", "variant", "point"),
    *("n", "start", "end", "growth_per_2yr", "ci_low", "ci_high", "level", "ratio_to_default"),
    *("log_share", "log_share_low", "log_share_high", "note"),
)


def sensitivity_result(request: "Request", level: float = 0.95) -> Result:
    """Take the rates of what was asked for in every way that makes sense.

    Parameters
    ----------
    request : the shared options.
    level : probability of the intervals.

    Raises
    ------
    MemwallError
        If not one series has a rate to begin with.
    """
    from memwall_cli.trends.selection import select
    from memwall_cli.trends.sensitivity import sensitivity
    from memwall_cli.trends.series import CURATED

    found = select(request, _default_names, (CURATED,))
    every = [sensitivity(quantity, request, level) for quantity in found.quantities]
    notes = [*found.notes]
    if request.precision != "best" and not any(q.precision for q in found.quantities):
        notes.append("note: --precision concerns compute only")
    for one in every:
        if not one.default.has_rate:
            name = f"{one.quantity.dataset} {one.quantity.label}"
            notes.append(f"{name}: {_note(one, one.default)}")
    rated = [one for one in every if one.default.has_rate]
    if not rated:
        raise MemwallError("\n".join(notes) or "nothing to fit: no series matches")
    return Result(
        KEYS,
        [_row(one, variant) for one in every for variant in one.variants],
        lambda: views(rated),
        summary(rated),
        notes,
        lambda: _chart(rated),
    )


def _default_names(dataset: str) -> list[str]:
    from memwall_cli.trends.gaps import GAPS
    from memwall_cli.trends.series import series_names

    there = list(series_names(dataset))
    return there + [GAPS[0]] * all(part in there for part in GAPS[0].split("/"))


def _row(one: "Sensitivity", variant: "Variant") -> Row:
    growth, known = variant.growth, variant.has_rate
    share = [s if isfinite(s) else None for s in variant.share or ()] or [None] * 3
    return {
        "series": one.quantity.name,
        "dataset": one.quantity.dataset,
        "estimator": "ols",
        "precision": variant.precision,
        "dimension": variant.dimension,
        "variant": variant.name,
        "point": variant.point,
        "n": growth.n,
        "start": variant.start,
        "end": variant.end,
        "growth_per_2yr": growth.growth_per_2yr if known else None,
        "ci_low": growth.ci_low if known else None,
        "ci_high": growth.ci_high if known else None,
        "level": growth.level,
        "ratio_to_default": one.ratio(variant) if known and one.default.has_rate else None,
        **dict(zip(("log_share", "log_share_low", "log_share_high"), share, strict=True)),
        "note": _note(one, variant),
    }


def _note(one: "Sensitivity", variant: "Variant") -> str | None:
    """Say why there is no rate, or what to know before one believes it."""
    from memwall_cli.trends.variants import FEW, FORMATS, FRONTIER

    n = variant.growth.n
    if not variant.has_rate:
        if n < 3:
            return f"{n} {'point' if n == 1 else 'points'}, too few for a rate; 3 are needed"
        if variant.start == variant.end:
            return f"all {n} points are dated {variant.start}; a rate needs two dates"
        return "grows too steeply for a rate per 2 years"
    notes = []
    if n < FEW:
        notes.append(f"only {n} points: the interval may not hold")
    if variant.is_short:
        notes.append("dates span less than 2 years: the rate is extrapolated")
    if variant.dimension == FRONTIER:
        of = f" of {name.split('/')[0]}" if "/" in (name := one.quantity.name) else ""
        notes.append(f"a running record{of}: its interval is nominal")
    if variant.name == "dollar":
        notes.append("price in dollars of the day")
    if variant.dimension == FORMATS:
        notes.append("log_share: of the log growth of best on the same devices")
    if variant == one.heaviest:
        notes.append("the point that matters most")
    return "; ".join(notes) or None


def _chart(every: list["Sensitivity"]) -> "ggplot":
    from memwall_cli.charts.sensitivity import sensitivity_chart

    return sensitivity_chart(every)
