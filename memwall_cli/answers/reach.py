"""What `memwall project --reach` answers: when each series gets to a value."""

from typing import TYPE_CHECKING

from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.render import Result, Row, View
from memwall_cli.words.reach import sentence_of, shown_date

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.trends.arrivals import Arrival
    from memwall_cli.trends.gaps import Gap
    from memwall_cli.trends.selection import Request
    from memwall_cli.trends.series import Series

KEYS = (
    *("dataset", "series", "basis", "precision", "unit", "method", "n", "target"),
    *("value", "start", "reached", "by", "earliest", "date", "latest", "level"),
)


def reach_result(request: "Request", text: str, level: float = 0.90) -> Result:
    """Tell when what was asked for gets to a value.

    Parameters
    ----------
    request : the shared options; without names, every series and gap in such a unit.
    text : the value with its unit, as the user wrote it.
    level : probability between the earliest and the latest date.

    Raises
    ------
    UsageError
        If the unit isn't that of a series named, or of any.
    MemwallError
        If nothing has two yearly values to go by.
    """
    from memwall_cli.trends.arrivals import arrivals
    from memwall_cli.trends.selection import select
    from memwall_cli.trends.series import CURATED

    found = select(request, _default_names, (CURATED,))
    notes = list(found.notes)
    several: list[Arrival] = []
    for quantity, target in _fitting(found.quantities, text, bool(request.names)):
        mine = [one for one in arrivals(quantity, target, level) if one.reached or one.n]
        if not mine:
            notes.append(f"{quantity.label}: a forecast needs two yearly values")
        several += mine
    if not several:
        raise MemwallError("\n".join(notes) or "nothing to project: no series matches")
    notes += [note for one in several for note in _notes(one)]
    return Result(
        KEYS,
        [_row(one) for one in several],
        lambda: [_view(several, text, level)],
        [_sentence(several, text, level)],
        notes,
        lambda: _chart(several, text),
    )


def _default_names(dataset: str) -> list[str]:
    from memwall_cli.answers.hindcast import default_names
    from memwall_cli.answers.project import NEVER
    from memwall_cli.trends.series import PAPERS

    names = default_names(dataset)
    if dataset in PAPERS:
        return [name for name in names if not set(name.split("/")) & set(NEVER)]
    return names


def _fitting(
    quantities: "list[Series | Gap]", text: str, named: bool
) -> "list[tuple[Series | Gap, float]]":
    """Pair what has such a unit with the target in it; what was named must have one."""
    from memwall_cli.answers.project import refuse
    from memwall_cli.trends.units import number_and_unit, units_for, value_in

    number, written = number_and_unit(text)
    targets = [(quantity, value_in(quantity.unit, number, written)) for quantity in quantities]
    for quantity, target in targets:
        refuse(quantity)
        if named and target is None:
            raise UsageError(
                f"--reach {text!r}: {quantity.name} has another unit; "
                f"use {units_for(quantity.unit)}"
            )
    fitting = [(quantity, target) for quantity, target in targets if target is not None]
    if quantities and not fitting:
        known = dict.fromkeys(units_for(quantity.unit) for quantity in quantities)
        raise UsageError(f"--reach {text!r}: no series has such a unit; use {'; '.join(known)}")
    return fitting


def _row(one: "Arrival") -> Row:
    from memwall_cli.answers.project import METHOD

    earliest, median, latest = one.dates
    return {
        "dataset": one.quantity.dataset,
        "series": one.quantity.name,
        "basis": one.basis,
        "precision": one.quantity.precision,
        "unit": one.quantity.unit or None,
        "method": METHOD,
        "n": one.n,
        "target": one.target,
        "value": float(one.yearly.value[0]),
        "start": _newest(one),
        "reached": one.reached is not None,
        "by": one.by,
        "earliest": earliest,
        "date": one.reached or median,
        "latest": latest,
        "level": one.level,
    }


def _newest(one: "Arrival") -> str:
    from memwall_cli.trends.series import day_of

    return str(day_of(one.yearly.now))


def _notes(one: "Arrival") -> list[str]:
    from memwall_cli.answers.project import few_steps, held_too_few
    from memwall_cli.trends.hindcasts import near_score, past_of

    if one.reached:
        return []
    past = near_score(past_of(one.quantity, one.basis, one.yearly), one.level)
    few = few_steps(one.quantity, one.basis, one.n)
    return few + held_too_few(one.quantity, one.basis, past, one.level)


def _view(several: "list[Arrival]", text: str, level: float) -> View:
    from memwall_cli.text import digits, prefix_of

    rows = []
    for one in several:
        size, unit = prefix_of(float(one.yearly.value[0]), one.quantity.unit)
        today = f"{digits(one.yearly.value[0] / size)} {unit}".rstrip()
        if one.reached:
            dates = ["", f"reached\n{one.reached}", ""]
        else:
            dates = [shown_date(one, i) for i in range(3)]
        basis = f"\n({one.basis})" if "/" in one.quantity.name else ""
        name = one.quantity.label.replace("/", "/\n") + basis
        rows.append([name, one.quantity.dataset, today, *dates, str(one.n)])
    tail = (1 - level) / 2
    sure = [f"{100 * p:.3g} %\nsure by" for p in (tail, 0.5, 1 - tail)]
    headers = ["", "data set", f"in {_newest(several[0])[:4]}", *sure, "steps"]
    return View(f"When there is {text.strip()}", headers, rows, "llrrrrr")


def _sentence(several: "list[Arrival]", text: str, level: float) -> str:
    ahead = [one for one in several if not one.reached]
    if not ahead:
        one = several[0]
        by = f", by {one.by}" if one.by else ""
        return f"{one.quantity.label} reached {text.strip()} on {one.reached}{by}."
    return f"If the coming years are like the past ones, {sentence_of(ahead[0], text, level)}."


def _chart(several: "list[Arrival]", text: str) -> "ggplot":
    from memwall_cli.charts.reach import reach_chart

    return reach_chart(several, text)
