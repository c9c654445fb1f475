"""What `memwall hindcast --dates` answers: how often things came by the dates forecast for them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli.errors import MemwallError
from memwall_cli.render import Result, Row, View

if TYPE_CHECKING:
    from memwall_cli.trends.reach import Dates
    from memwall_cli.trends.selection import Request

KEYS = (
    *("dataset", "series", "precision", "method", "is_default"),
    *("times", "probability", "reached", "n_forecasts"),
)

MEANING = (
    "From every year since a series was six years old: when will it be 2, 4 and 8 times its "
    "best so far? Counted are the dates that are over by the newest date in the data. A "
    "share above the probability on top: it came sooner than forecast; below: later. The "
    "multiples one by one: --format csv."
)


def dates_result(request: "Request", levels: Sequence[float]) -> Result:
    """Judge the dates that `project --reach` would have given for multiples of the best so far.

    Parameters
    ----------
    request : the shared options.
    levels : probabilities of the bands whose ends are judged.

    Raises
    ------
    MemwallError
        If nothing but gaps was asked for, or no date forecast is over.
    """
    from memwall_cli.answers.hindcast import POOLED, judged_of
    from memwall_cli.trends.reach import past_dates
    from memwall_cli.trends.series import Series

    several, notes = judged_of(request)
    probabilities = sorted({0.5, *((1 + sign * p) / 2 for p in levels for sign in (-1, 1))})
    probabilities = [round(p, 12) for p in probabilities]
    found: dict[tuple[str, str, str | None], list[Dates]] = {}
    for one in several:
        series = one.quantity
        if isinstance(series, Series):
            dates = past_dates(one.yearly, series.years, series.values, probabilities)
            found[series.dataset, series.name, series.precision] = [dates]
    if request.names and any(one.is_gap for one in several):
        notes.append("note: dates are judged of series, not of gaps")
    if not found:
        raise MemwallError("dates are judged of series, not of gaps; name a series")
    for dataset in dict.fromkeys(key[0] for key in found):
        mine = [dates for key, parts in found.items() if key[0] == dataset for dates in parts]
        if len(mine) > 1:
            found[dataset, POOLED, None] = mine
    rows = [row for key, parts in found.items() for row in _rows(key, parts, probabilities)]
    return Result(KEYS, rows, lambda: _views(rows, probabilities), [MEANING], notes)


def _rows(
    key: tuple[str, str, str | None], parts: "list[Dates]", probabilities: Sequence[float]
) -> list[Row]:
    from memwall_cli.trends.hindcasting import DEFAULT
    from memwall_cli.trends.reach import TIMES

    dataset, series, precision = key
    rows: list[Row] = []
    for multiple in (*TIMES, None):
        for i, p in enumerate(probabilities):
            held = n = 0
            for dates in parts:
                over = dates.passed[i]
                if multiple is not None:
                    over = over & (dates.times == multiple)
                n += int(over.sum())
                held += int((dates.kept[i] & over).sum())
            rows.append(
                {
                    "dataset": dataset,
                    "series": series,
                    "precision": precision,
                    "method": DEFAULT,
                    "is_default": True,
                    "times": multiple,
                    "probability": p,
                    "reached": held / n if n else None,
                    "n_forecasts": n,
                }
            )
    return rows


def _views(rows: list[Row], probabilities: Sequence[float]) -> list[View]:
    views = []
    for dataset in dict.fromkeys(str(row["dataset"]) for row in rows):
        mine = [row for row in rows if row["dataset"] == dataset and row["times"] is None]
        cells = []
        for series in dict.fromkeys(str(row["series"]) for row in mine):
            found = [row for row in mine if row["series"] == series]
            cells.append([series, *map(_share, found)])
        title = f"Came by the date that had this probability ({dataset}): share, of how many"
        headers = ["", *(f"{p * 100:g} %" for p in probabilities)]
        views.append(View(title, headers, cells, "l" + "r" * len(probabilities)))
    return views


def _share(row: Row) -> str:
    reached = row["reached"]
    if not isinstance(reached, float):
        return "-"
    return f"{reached * 100:.0f} % of {row['n_forecasts']}"
