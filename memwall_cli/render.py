"""A command's result, and its text as a terminal table, CSV, JSON and Markdown."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from memwall_cli.text import exact

if TYPE_CHECKING:
    from plotnine import ggplot

Cell: TypeAlias = str | float | int | bool | None
Row: TypeAlias = dict[str, Cell]
Format: TypeAlias = Literal["table", "csv", "json", "md"]
PART = 4096
"""Rows of a CSV file that are written at once."""


def finite(value: float) -> float | None:
    """Make a cell of a number: empty where it is not known, or beyond what a float holds.

    Examples
    --------
    >>> finite(0.5), finite(float("nan")), finite(float("inf"))
    (0.5, None, None)
    """
    return float(value) if isfinite(value) else None


@dataclass(frozen=True)
class Lazy(Sequence[Row]):
    """Rows that are made when they are read, each time anew: more of them than memory holds.

    Attributes
    ----------
    make : begins a new run over all rows.
    number : how many there are.
    """

    make: Callable[[], Iterator[Row]]
    number: int

    def __iter__(self) -> Iterator[Row]:
        return self.make()

    def __len__(self) -> int:
        return self.number

    def __getitem__(self, where: Any) -> Any:
        return list(self.make())[where]


@dataclass(frozen=True)
class View:
    """A table for people: text cells, rounded and with units; a newline in a cell breaks it."""

    title: str
    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str
    """One letter a column: l for words, set flush left and wrapped, r for numbers."""


@dataclass(frozen=True)
class Result:
    """What a command found.

    Attributes
    ----------
    keys : column names, in order; every row has them all.
    rows : one flat record each, numbers in full precision.
    views : makes the same for people; only a table is worth the work.
    summary : sentences under the table.
    notes : what the user should know about how it came about; warnings begin with "warning".
    chart : draws the picture of the same result; None where a command has none.
    """

    keys: Sequence[str]
    rows: Sequence[Row]
    views: Callable[[], Sequence[View]]
    summary: Sequence[str] = ()
    notes: Sequence[str] = ()
    chart: "Callable[[], ggplot] | None" = None


def parts_of(result: Result, format_: Format) -> Iterator[str]:
    """Write a result in one of the four formats; CSV in parts, since rows can be many."""
    if format_ == "csv":
        yield from _csv(result)
    else:
        yield {"table": _terminal, "json": _json, "md": _markdown}[format_](result)


def _terminal(result: Result) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    views = result.views()
    # Rather lines longer than a narrow terminal than numbers that lost digits.
    screen = Console(highlight=False)
    console = Console(
        highlight=False,
        width=max(screen.width, *(sum(_least(view, screen.width)) for view in views)),
    )
    with console.capture() as capture:
        for view in views:
            roomy = _width(view) + len(view.headers) <= console.width
            table = Table(
                box=SIMPLE_HEAD, show_edge=False, padding=(0, int(roomy), 0, 0), pad_edge=False
            )
            for header, side, least in zip(
                view.headers, view.align, _least(view, console.width), strict=True
            ):
                words = side == "l"
                table.add_column(
                    Text(header, justify="left" if words else "right"),
                    justify="left" if words else "right",
                    overflow="fold",
                    no_wrap=not words,
                    min_width=least - 1,
                )
            for row in view.rows:
                table.add_row(*(Text(cell) for cell in row))
            if view.title:
                console.print(Text(view.title, "bold"))
            console.print(table)
            console.print()
        for sentence in result.summary:
            console.print(Text(sentence), width=screen.width)
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _least(view: View, room: int) -> list[int]:
    """Characters that each column needs, with a space behind it.

    Of numbers the longest line; of words the longest word, or less of it where that makes all
    columns fit.
    """
    columns = zip(view.align, zip(view.headers, *view.rows, strict=True), strict=True)
    longest = [
        max(
            (len(p) for c in cells for p in (c.split("\n") if side == "r" else c.split())),
            default=1,
        )
        for side, cells in columns
    ]
    for most in (24, 16, 12, 24):
        widths = [
            1 + (n if side == "r" else min(n, most))
            for n, side in zip(longest, view.align, strict=True)
        ]
        if sum(widths) <= room + 1:
            break
    return widths


def _width(view: View) -> int:
    """Characters of the widest line, with one space between columns."""
    columns = zip(view.headers, *view.rows, strict=True)
    widths = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    return sum(widths) + len(widths) - 1


def _markdown(result: Result) -> str:
    def line(cells: Sequence[str]) -> str:
        safe = (
            c.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", "<br>")
            for c in cells
        )
        return f"| {' | '.join(safe)} |"

    parts = []
    for view in result.views():
        rule = [":--" if side == "l" else "--:" for side in view.align]
        title = [f"**{view.title}**\n"] if view.title else []
        parts.append("\n".join([*title, line(view.headers), line(rule), *map(line, view.rows)]))
    return "\n\n".join([*parts, *result.summary]) + "\n"


def _csv(result: Result) -> Iterator[str]:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.keys)
    for n, row in enumerate(result.rows, 1):
        writer.writerow([_csv_cell(row[key]) for key in result.keys])
        if n % PART == 0:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return exact(value)
    text = str(value)
    # A spreadsheet would run such a text as a formula; a leading quote makes it text.
    if not isinstance(value, int) and text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{text}"
    return text


def _json(result: Result) -> str:
    import json

    rows = [{key: row[key] for key in result.keys} for row in result.rows]
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
