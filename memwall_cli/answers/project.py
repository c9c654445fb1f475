"""What `memwall project` answers: each frontier and gap, year by year."""

from typing import TYPE_CHECKING

from memwall_cli.answers.project_view import ENOUGH, summary, views
from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.render import Result, Row, finite

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.trends.gaps import Gap
    from memwall_cli.trends.hindcasting import Score
    from memwall_cli.trends.projections import Projected
    from memwall_cli.trends.selection import Request
    from memwall_cli.trends.series import Day, Series

KEYS = (
    *("date", "horizon_years", "dataset", "series", "basis", "precision", "unit", "method", "n"),
    *("value", "low", "high", "level", "growth", "growth_low", "growth_high", "p_wider"),
    *("trend", "trend_low", "trend_high", "past_coverage", "past_forecasts"),
)
METHOD = "random walk with drift"
FEW = 8
"""Fewer yearly differences than this earn a warning."""
SHOWN = ("compute", "dram-bandwidth", "interconnect-device", "memory-capacity", "parameters")
FARTHEST = 50
"""Years ahead that nothing is forecast beyond."""
NEVER = ("parameters", "training-compute")
"""Of the paper's points: ten in four years are no frontier to forecast from."""


def project_result(request: "Request", ahead: "int | Day" = 5, level: float = 0.90) -> Result:
    """Forecast what was asked for.

    Parameters
    ----------
    request : the shared options.
    ahead : how many whole years, or to which day.
    level : probability of the bands.

    Raises
    ------
    UsageError
        If the day is not after the newest value, or more than 50 years off.
    MemwallError
        If nothing has two yearly values to go by.
    """
    from memwall_cli.trends.projections import projected
    from memwall_cli.trends.selection import select
    from memwall_cli.trends.series import CURATED

    found = select(request, default_names, (CURATED,))
    notes = list(found.notes)
    forecasts: list[Projected] = []
    for quantity in found.quantities:
        refuse(quantity)
        mine = projected(quantity, ahead, level)
        if not mine:
            notes.append(f"{quantity.name}: no values to go by")
        for one in mine:
            _check_horizon(one, ahead)
        forecasts += mine
    notes += [note for one in forecasts for note in _notes(one)]
    forecasts = [one for one in forecasts if one.forecast.n]
    if not forecasts:
        raise MemwallError("\n".join(notes) or "nothing to project: no series matches")
    if any(one.is_gap for one in forecasts):
        notes.append("note: a gap is forecast as a ratio, not as the quotient of two rows")
    return Result(
        KEYS,
        [row for one in forecasts for row in _rows(one)],
        lambda: views(forecasts, level),
        summary(forecasts, level),
        notes,
        lambda: _chart(forecasts, level),
    )


def default_names(dataset: str) -> list[str]:
    """Names of a data set that are projected when none is given."""
    from memwall_cli.trends.gaps import GAPS
    from memwall_cli.trends.series import PAPERS, series_names

    there = list(series_names(dataset))
    if dataset in PAPERS:
        there = [name for name in there if name not in NEVER]
    gaps = [gap for gap in GAPS if all(part in there for part in gap.split("/"))]
    return [name for name in there if name in SHOWN or dataset in PAPERS] + gaps


def _check_horizon(one: "Projected", ahead: "int | Day") -> None:
    if one.forecast.horizon[-1] <= 0:
        raise UsageError(
            f"--until-date {ahead}: not after the newest value of {one.quantity.name}, "
            f"{one.newest}; give a later day"
        )
    if one.forecast.horizon[-1] > FARTHEST:
        raise UsageError(
            f"--until-date {ahead}: more than {FARTHEST} years ahead; give an earlier day"
        )


def refuse(quantity: "Series | Gap") -> None:
    """Raise UsageError for those of the paper's points that are never projected."""
    for part in quantity.name.split("/"):
        if quantity.origin == "paper" and part in NEVER:
            raise UsageError(
                f"{quantity.dataset} {part}: ten points in four years are no base for a forecast; "
                "use --dataset curated"
            )


def _rows(one: "Projected") -> list[Row]:
    ahead, dates = one.forecast, one.dates
    growth, growth_low, growth_high = map(finite, ahead.growth_per_2yr)
    return [
        {
            "date": dates[i],
            "horizon_years": int(tau) if tau == int(tau) else float(tau),
            "dataset": one.quantity.dataset,
            "series": one.quantity.name,
            "basis": one.basis,
            "precision": one.quantity.precision,
            "unit": one.quantity.unit or None,
            "method": METHOD,
            "n": ahead.n,
            "value": finite(ahead.value[i]),
            "low": finite(ahead.low[i]),
            "high": finite(ahead.high[i]),
            "level": ahead.level,
            "growth": growth,
            "growth_low": growth_low,
            "growth_high": growth_high,
            "p_wider": finite(ahead.p_wider[i]) if one.is_gap else None,
            "trend": finite(one.trend.value[i]),
            "trend_low": finite(one.trend.low[i]),
            "trend_high": finite(one.trend.high[i]),
            "past_coverage": finite(one.past.coverage),
            "past_forecasts": one.past.n,
        }
        for i, tau in enumerate(ahead.horizon)
    ]


def few_steps(quantity: "Series | Gap", basis: str, n: int) -> list[str]:
    """Warn of a forecast that rests on few yearly steps."""
    from memwall_cli.trends.forecast import MIN_DIFFERENCES

    name = f"{quantity.dataset} {quantity.label} ({basis})"
    if n < MIN_DIFFERENCES:
        return [f"warning: {name} rests on only {_steps(n)}; too few for a band"]
    if n < FEW:
        return [f"warning: {name} rests on only {_steps(n)}; its band may not hold"]
    return []


def _notes(one: "Projected") -> list[str]:
    from memwall_cli.trends.forecast import MIN_DIFFERENCES

    name = f"{one.quantity.dataset} {one.quantity.label} ({one.basis})"
    n = one.forecast.n
    if n == 0:
        return [f"{name}: a single yearly value; a forecast needs two"]
    notes = few_steps(one.quantity, one.basis, n)
    if n < MIN_DIFFERENCES:
        return notes
    if not one.is_gap and one.yearly.value[0] == one.yearly.value[-1]:
        notes.append(
            f"warning: {name} never exceeds its first value; a frontier is the highest so far, "
            "so give 1/value of what falls"
        )
    notes += held_too_few(one.quantity, one.basis, one.past, one.forecast.level)
    if one.quantity.name == "parameters" and one.quantity.origin == "curated":
        notes.append(_age_of_record(one))
    return notes


def held_too_few(quantity: "Series | Gap", basis: str, past: "Score", level: float) -> list[str]:
    """Warn where such bands of the past held much less than they said."""
    from memwall_cli.trends.hindcasts import SHORTFALL

    if past.n < ENOUGH or past.coverage >= level - SHORTFALL:
        return []
    return [
        f"warning: {quantity.dataset} {quantity.label} ({basis}): past bands of nominal "
        f"{level * 100:g} % held only {100 * past.coverage:.0f} % of what came 1 to 5 years "
        f"later (n = {past.n}; see memwall hindcast)"
    ]


def _steps(n: int) -> str:
    return "1 yearly step" if n == 1 else f"{n} yearly steps"


def _age_of_record(one: "Projected") -> str:
    """Say how old the record in disclosed parameters is: laboratories have stopped disclosing."""
    from memwall_cli.trends.series import Series

    series = one.quantity
    assert isinstance(series, Series)
    record = int(series.values.argmax())
    age = one.yearly.now - float(series.years[record])
    return (
        f"note: parameters are those disclosed; the record, {series.ids[record]}, "
        f"is {age:.1f} years old, and laboratories have stopped disclosing"
    )


def _chart(projected: list["Projected"], level: float) -> "ggplot":
    from memwall_cli.charts.project import project_chart

    return project_chart(projected, level)
