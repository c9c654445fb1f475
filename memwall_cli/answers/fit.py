"""What `memwall fit` answers: the rates, as rows, as a table and as a chart."""

from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.errors import MemwallError
from memwall_cli.render import Result, Row, View

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.fits import Fitted
    from memwall_cli.gaps import Gap
    from memwall_cli.growth import Growth
    from memwall_cli.selection import Request
    from memwall_cli.series import Series

KEYS = (
    *("series", "dataset", "estimator", "precision", "n", "start", "end"),
    *("growth_per_2yr", "ci_low", "ci_high", "level", "doubling_years"),
    *("published_per_2yr", "agrees"),
)
FEW = 8
"""Fewer points than this earn a warning."""


def fit_result(request: "Request", level: float = 0.95) -> Result:
    """Fit what was asked for.

    Parameters
    ----------
    request : the shared options.
    level : probability of the intervals.

    Raises
    ------
    MemwallError
        If not one rate could be fitted.
    """
    from memwall_cli.fits import fitted
    from memwall_cli.selection import select
    from memwall_cli.series import CURATED, series_names

    found = select(request, series_names, ("gholami2024", CURATED))
    fits = [fitted(quantity, level) for quantity in found.quantities]
    if request.precision != "best" and not any(q.precision for q in found.quantities):
        found.notes.append("note: --precision concerns compute only")
    notes = [*found.notes, *(note for one in fits for note in _notes(one))]
    if not any(one.has_rate for one in fits):
        raise MemwallError("\n".join(notes) or "nothing to fit: no series matches")
    return Result(
        KEYS,
        [_row(one) for one in fits],
        lambda: [_view(fits, level)],
        _summary(fits),
        notes,
        lambda: _chart(fits, level),
    )


def _row(one: "Fitted") -> Row:
    growth, known = one.growth, one.has_rate
    return {
        "series": one.quantity.name,
        "dataset": one.quantity.dataset,
        "estimator": "ols",
        "precision": one.quantity.precision,
        "n": growth.n,
        "start": one.start,
        "end": one.end,
        "growth_per_2yr": growth.growth_per_2yr if known else None,
        "ci_low": growth.ci_low if known else None,
        "ci_high": growth.ci_high if known else None,
        "level": growth.level,
        "doubling_years": growth.doubling_years if known and growth.slope else None,
        "published_per_2yr": one.published,
        "agrees": one.agrees,
    }


def _notes(one: "Fitted") -> list[str]:
    name = f"{one.quantity.dataset} {one.quantity.label}"
    if not one.has_rate:
        if one.growth.n < 3:
            count = "1 point" if one.growth.n == 1 else f"{one.growth.n} points"
            return [f"{name}: {count}, too few for a rate; 3 are needed"]
        if one.start == one.end:
            points = f"all {one.growth.n} points are dated {one.start}"
            return [f"{name}: {points}; a rate needs two dates"]
        return [f"{name}: grows too steeply for a rate per 2 years; check its dates"]
    if one.growth.n < FEW:
        return [f"warning: {name} has only {one.growth.n} points; its interval may not hold"]
    return []


def _view(fits: list["Fitted"], level: float) -> View:
    from memwall_cli.text import digits

    rows = []
    for one in fits:
        unlike = "!" if one.agrees is False else ""
        rows.append(
            [
                _shown_name(one.quantity),
                one.quantity.dataset,
                str(one.growth.n),
                f"{(one.start or '')[:4]}-{(one.end or '')[:4]}",
                f"{digits(one.growth.growth_per_2yr)}x" if one.has_rate else "-",
                _interval(one.growth) if one.has_rate else "-",
                f"{one.published:g}x{unlike}" if one.published else "",
                _doubling(one.growth),
            ]
        )
    interval = f"{level * 100:g} %"
    headers = ("series", "data set", "n", "window", "rate", interval, "paper", "doubles")
    return View("Growth per 2 years: least squares on ln(value)", headers, rows, "llrrrrrr")


def _interval(growth: "Growth") -> str:
    from memwall_cli.text import digits

    return f"{digits(growth.ci_low)}-{digits(growth.ci_high)}"


def _shown_name(quantity: "Series | Gap") -> str:
    return quantity.label if quantity.origin == "user" else quantity.label.replace("/", "/\n")


def _doubling(growth: "Growth") -> str:
    years = growth.doubling_years
    if not isfinite(years):
        return "-"
    time = f"{abs(years):.1f} y" if abs(years) >= 1 else f"{12 * abs(years):.1f} mo"
    return time if years > 0 else f"halves {time}"


def _summary(fits: list["Fitted"]) -> list[str]:
    if all(one.agrees is not False for one in fits):
        return []
    return ["! the paper's rate lies outside the interval of this fit"]


def _chart(fits: list["Fitted"], level: float) -> "ggplot":
    from memwall_cli.charts.fit import fit_chart

    return fit_chart(fits, level)
