"""What `memwall hindcast` answers: how past forecasts did, by series, method, horizon, level."""

from collections.abc import Sequence
from math import exp, isfinite
from typing import TYPE_CHECKING

from memwall_cli.errors import MemwallError
from memwall_cli.render import Result, Row

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.trends.hindcasting import Cases
    from memwall_cli.trends.hindcasts import Hindcasted
    from memwall_cli.trends.selection import Request

KEYS = (
    *("dataset", "series", "basis", "precision", "method", "is_default"),
    *("horizon_years", "horizons", "level", "coverage", "missed_above", "missed_below"),
    *("n_forecasts", "interval_score", "median_error", "above_median"),
)
POOLED, POOLED_GAPS = "pooled", "pooled gaps"
Group = tuple[str, str, str | None, str | None, "Sequence[Hindcasted]"]
"""Data set, series, basis, precision, and the quantities whose forecasts are put together."""


def hindcast_result(request: "Request", levels: Sequence[float]) -> Result:
    """Judge the forecasts of what was asked for.

    Parameters
    ----------
    request : the shared options.
    levels : probabilities of the bands, rising.

    Raises
    ------
    MemwallError
        If nothing is old enough.
    """
    from memwall_cli.answers.hindcast_view import summary, views

    several, notes = judged_of(request)
    return Result(
        KEYS,
        [row for group in groups(several) for row in _rows(group, levels)],
        lambda: views(several, levels),
        summary(several, levels[-1]),
        notes,
        lambda: _chart(several, levels[-1]),
    )


def judged_of(request: "Request") -> "tuple[list[Hindcasted], list[str]]":
    """Forecast the past of what was asked for; what is too young is named in the notes.

    Raises
    ------
    MemwallError
        If nothing is old enough.
    """
    from memwall_cli.trends.forecast import MIN_DIFFERENCES
    from memwall_cli.trends.hindcasting import MATURE
    from memwall_cli.trends.hindcasts import hindcasted
    from memwall_cli.trends.selection import select
    from memwall_cli.trends.series import CURATED
    from memwall_cli.trends.trend import MIN_POINTS

    found = select(request, default_names, (CURATED,))
    several, notes = [], list(found.notes)
    for quantity in found.quantities:
        known = [one for one in hindcasted(quantity) if one.past.judged.any()]
        several += known
        if not known:
            notes.append(
                f"{quantity.dataset} {quantity.label}: no past forecast to judge; it takes "
                f"{MATURE} years, {MIN_DIFFERENCES} yearly changes, {MIN_POINTS} records and a "
                "year more"
            )
    if not several:
        raise MemwallError("\n".join(notes) or "nothing to judge: no series matches")
    return several, notes


def default_names(dataset: str) -> list[str]:
    """Every series of a data set, and the gaps that it has."""
    from memwall_cli.trends.gaps import GAPS
    from memwall_cli.trends.series import series_names

    there = list(series_names(dataset))
    return there + [gap for gap in GAPS if all(part in there for part in gap.split("/"))]


def groups(several: "Sequence[Hindcasted]") -> list[Group]:
    """List each quantity, and after them all series and all gaps of a data set put together."""
    found: list[Group] = [
        (one.quantity.dataset, one.quantity.name, one.basis, one.quantity.precision, [one])
        for one in several
    ]
    for dataset in dict.fromkeys(one.quantity.dataset for one in several):
        mine = [one for one in several if one.quantity.dataset == dataset and one.is_main]
        for name, gaps in ((POOLED, False), (POOLED_GAPS, True)):
            parts = [one for one in mine if one.is_gap is gaps]
            if len(parts) > 1:
                found.append((dataset, name, None, None, parts))
    return found


def _rows(group: Group, levels: Sequence[float]) -> list[Row]:
    from memwall_cli.trends.hindcasting import DEFAULT, HORIZONS, METHODS
    from memwall_cli.trends.hindcasts import NEAR, forecasts_of

    dataset, series, basis, precision, parts = group
    there = [m for m in METHODS if any(m in one.past.methods for one in parts)]
    return [
        {
            "dataset": dataset,
            "series": series,
            "basis": basis,
            "precision": precision,
            "method": method,
            "is_default": method == DEFAULT,
            "horizon_years": horizons[0] if len(horizons) == 1 else None,
            "horizons": ", ".join(map(str, horizons)),
            "level": level,
            **_scores(forecasts_of(parts, method, level, horizons), level),
        }
        for level in levels
        for horizons in (*((h,) for h in HORIZONS), NEAR)
        for method in there
    ]


def _scores(forecasts: "Cases", level: float) -> Row:
    from memwall_cli.trends.hindcasting import score

    found = score(forecasts, level)

    def known(value: float) -> float | None:
        return value if isfinite(value) else None

    return {
        "coverage": known(found.coverage),
        "missed_above": known(found.missed_above),
        "missed_below": known(found.missed_below),
        "n_forecasts": found.n,
        "interval_score": known(found.interval_score),
        "median_error": known(exp(min(found.median_error, 700.0))),
        "above_median": known(found.above_median),
    }


def _chart(several: "Sequence[Hindcasted]", level: float) -> "ggplot":
    from memwall_cli.charts.hindcast import hindcast_chart

    return hindcast_chart(several, level)
