"""What `memwall fit` answers: the rates, as rows, as a table and as a chart."""

from typing import TYPE_CHECKING

from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.render import Result, Row
from memwall_cli.trends.methods import FEW, OLS, Method, number_of

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.trends.fits import Fitted
    from memwall_cli.trends.selection import Request, Selection
    from memwall_cli.trends.series import Day

KEYS = (
    *("series", "dataset", "estimator", "precision", "n", "start", "end"),
    *("growth_per_2yr", "ci_low", "ci_high", "level", "doubling_years"),
    *("published_per_2yr", "agrees"),
)
BREAK_KEYS = (*KEYS, "p_same_pace")
"""With a break: two rows a series, before and after, and what speaks for a single pace."""


def fit_result(
    request: "Request",
    level: float = 0.95,
    method: Method = OLS,
    break_at: "tuple[Day, str] | None" = None,
) -> Result:
    """Fit what was asked for.

    Parameters
    ----------
    request : the shared options.
    level : probability of the intervals.
    method : how to fit.
    break_at : day of a change of pace that was chosen beforehand, and as the user wrote it.

    Raises
    ------
    MemwallError
        If not one rate could be fitted.
    """
    from memwall_cli.answers.fit_view import summary_of, view_of
    from memwall_cli.trends.selection import select
    from memwall_cli.trends.series import CURATED, series_names

    found = select(request, series_names, ("gholami2024", CURATED))
    if request.precision != "best" and not any(q.precision for q in found.quantities):
        found.notes.append("note: --precision concerns compute only")
    _keep_what_goes(found, method)
    fits = _fits(found, level, method, break_at)
    notes = [*found.notes, *(note for one in fits for note in _notes(one))]
    if not any(one.has_rate for one in fits):
        raise MemwallError("\n".join(notes) or "nothing to fit: no series matches")
    return Result(
        BREAK_KEYS if break_at else KEYS,
        [_row(one) for one in fits],
        lambda: [view_of(fits, level, method)],
        summary_of(fits, method),
        notes,
        lambda: _chart(fits, level),
    )


def _keep_what_goes(found: "Selection", method: Method) -> None:
    """Leave out, with a note, what has no clusters to draw or no record to follow.

    Raises
    ------
    UsageError
        If nothing remains.
    """
    from memwall_cli.trends.fits import has_what_it_takes

    goes = [has_what_it_takes(quantity, method) for quantity in found.quantities]
    lacking = [q for q, does in zip(found.quantities, goes, strict=True) if not does]
    if not lacking:
        return
    lacks = f"no {method.bootstrap} is known" if method.bootstrap else "no device has both values"
    names: dict[str, list[str]] = {}
    for quantity in lacking:
        names.setdefault(quantity.dataset, []).append(quantity.label)
    listed = "; ".join(f"{dataset} {', '.join(labels)}" for dataset, labels in names.items())
    if not any(goes):
        remedy = "--bootstrap year" if method.bootstrap else "--estimator drift"
        raise UsageError(f"{lacks} of {listed}; use {remedy}")
    found.notes.append(f"note: left out, as {lacks}: {listed}")
    found.quantities = [q for q, does in zip(found.quantities, goes, strict=True) if does]


def _fits(
    found: "Selection", level: float, method: Method, break_at: "tuple[Day, str] | None"
) -> list["Fitted"]:
    from memwall_cli.trends.fits import fitted, fitted_parts
    from memwall_cli.trends.series import year_of

    if break_at is None:
        return [fitted(quantity, level, method) for quantity in found.quantities]
    day, words = break_at
    return [
        part
        for quantity in found.quantities
        for part in fitted_parts(quantity, level, method, year_of(day), words)
    ]


def _row(one: "Fitted") -> Row:
    growth, known = one.growth, one.has_rate
    return {
        "series": one.quantity.name,
        "dataset": one.quantity.dataset,
        "estimator": one.method.name,
        "precision": one.quantity.precision,
        "n": growth.n,
        "start": one.start,
        "end": one.end,
        "growth_per_2yr": growth.growth_per_2yr if known else None,
        "ci_low": growth.ci_low if known else None,
        "ci_high": growth.ci_high if known else None,
        "level": growth.level,
        "doubling_years": growth.doubling_years if known and growth.growth_per_2yr != 1 else None,
        "published_per_2yr": one.published,
        "agrees": one.agrees,
        "p_same_pace": one.p_same,
    }


def _notes(one: "Fitted") -> list[str]:
    name = " ".join(filter(None, (one.quantity.dataset, one.quantity.label, one.part)))
    method, count = one.method, number_of(one.rests_on, one.method.counts)
    if not one.has_rate:
        if one.rests_on < method.least:
            return [f"{name}: {count}, too few for a rate; {method.least} are needed"]
        if one.start == one.end:
            points = f"all {one.growth.n} points are dated {one.start}"
            return [f"{name}: {points}; a rate needs two dates"]
        if method.estimator == "quantile":
            return [f"{name}: {count}, too few for an interval of quantile {method.quantile:g}"]
        return [f"{name}: grows too steeply for a rate per 2 years; check its dates"]
    if one.rests_on < FEW:
        return [f"warning: {name} has only {count}; its interval may not hold"]
    return []


def _chart(fits: list["Fitted"], level: float) -> "ggplot":
    from memwall_cli.charts.fit import fit_chart

    return fit_chart(fits, level)
