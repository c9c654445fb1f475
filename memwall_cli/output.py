"""The one module that writes: results to the terminal, a pipe, and files."""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from memwall_cli.errors import MemwallError, UsageError

if TYPE_CHECKING:
    from plotnine import ggplot

Cell: TypeAlias = str | float | int | bool | None
Row: TypeAlias = dict[str, Cell]
Format: TypeAlias = Literal["table", "csv", "json", "md"]

TABLE_SUFFIXES = (".csv", ".json", ".md")
PICTURE_SUFFIXES = (".png", ".svg", ".pdf")

MOST_NOTES = 20
_unfinished: set[str] = set()


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
    views : the same for people.
    summary : sentences under the table.
    notes : what the user should know about how it came about; warnings begin with "warning".
    chart : draws the picture of the same result; None where a command has none.
    """

    keys: Sequence[str]
    rows: Sequence[Row]
    views: Sequence[View]
    summary: Sequence[str] = ()
    notes: Sequence[str] = ()
    chart: "Callable[[], ggplot] | None" = None


@dataclass(frozen=True)
class Destination:
    """Where a result goes: the choice that --format, --output and --quiet make."""

    format: Format | None = None
    files: Sequence[Path] = field(default_factory=tuple)
    quiet: bool = False

    def check(self, *, has_chart: bool) -> None:
        """Refuse, before any work, what can't be written in the end.

        Raises
        ------
        UsageError
            For a suffix that can't be.
        MemwallError
            For a folder that isn't there or a file that must not be replaced.
        """
        for file in self.files:
            _check_suffix(file, has_chart)
            _check_writable(file)


def _check_suffix(file: Path, has_chart: bool) -> None:
    allowed = TABLE_SUFFIXES + (PICTURE_SUFFIXES if has_chart else ())
    suffix = file.suffix.lower()
    if suffix in PICTURE_SUFFIXES and not has_chart:
        raise UsageError(f"{file}: this command draws no picture; use {' '.join(allowed)}")
    if suffix not in allowed:
        raise UsageError(f"{file}: can't tell a format by {suffix!r}; use {' '.join(allowed)}")


def _check_writable(file: Path) -> None:
    try:
        folder = file.resolve().parent
        if folder.exists() and not folder.is_dir():
            raise MemwallError(f"{file}: {file.parent} is no folder; name another")
        if not folder.exists():
            raise MemwallError(f"{file}: there is no folder {file.parent}; make it first")
        if file.is_dir():
            raise MemwallError(f"{file}: is a folder; name a file")
        if file.exists() and not file.is_file():
            # A device or a pipe would be replaced by a file.
            raise MemwallError(f"{file}: is no regular file; use --format and redirect")
        # Root may write everything: look at the bits, as the owner set them.
        if file.exists() and not file.stat().st_mode & 0o222:
            raise MemwallError(f"{file}: is write-protected; name another file")
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _failed(str(file), error) from None


def emit(result: Result, to: Destination) -> None:
    """Write a result to its files and to standard output, and its notes to standard error.

    Raises
    ------
    MemwallError
        If something can't be written; files are whole or not there.
    """
    for file in to.files:
        _write_file(file, _rendered(result, file.suffix.lower()))
    if to.format or not to.files:
        _write_stdout(result, to.format)
    if not to.quiet:
        more = len(result.notes) - MOST_NOTES
        for line in result.notes[:MOST_NOTES]:
            say(line)
        if more > 0:
            say(f"... and {more} more notes")
        for file in to.files:
            say(f"wrote {file}")


def say(line: str) -> None:
    """Print one line to standard error; what can't be shown there is replaced."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    with contextlib.suppress(OSError):
        print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def remove_unfinished_files() -> None:
    """Remove what an interrupted write would leave behind."""
    for name in list(_unfinished):
        with contextlib.suppress(OSError):
            Path(name).unlink()


def _failed(name: str, error: OSError | RuntimeError) -> MemwallError:
    reason = getattr(error, "strerror", None) or "is a link that leads to itself"
    return MemwallError(f"{name}: {reason.lower()}")


def _rendered(result: Result, suffix: str) -> bytes:
    if suffix in PICTURE_SUFFIXES:
        from memwall_cli.charts import picture

        assert result.chart is not None
        return picture(result.chart(), suffix)
    return _table_text(result, suffix.removeprefix(".")).encode()


def _table_text(result: Result, format_: str) -> str:
    render = {"csv": _csv, "json": _json, "md": _markdown}[format_]
    return render(result)


def _write_file(file: Path, content: bytes) -> None:
    """Write beside the target, then rename: the file appears whole or not at all."""
    target = file.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        _unfinished.add(name)
        try:
            with open(handle, "wb") as out:
                out.write(content)
            Path(name).chmod(_mode(target))
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        finally:
            _unfinished.discard(name)
    except OSError as error:
        raise _failed(str(file), error) from None


def _mode(target: Path) -> int:
    """Permissions of the file to be replaced, else those that a new file would get."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_stdout(result: Result, format_: Format | None) -> None:
    if sys.stdout is None:
        raise MemwallError("standard output: is closed; use --output FILE")
    format_ = format_ or ("table" if sys.stdout.isatty() else "csv")
    if format_ == "table":
        encoding = sys.stdout.encoding or "utf-8"
        content = _terminal(result).encode(encoding, "replace")
    else:
        content = _table_text(result, format_).encode()
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _failed("standard output", error) from None


def _terminal(result: Result) -> str:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # Rather lines longer than a narrow terminal than numbers that lost digits.
    screen = Console(highlight=False)
    console = Console(
        highlight=False,
        width=max(screen.width, *(sum(_least(view, screen.width)) for view in result.views)),
    )
    with console.capture() as capture:
        for view in result.views:
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
    for view in result.views:
        rule = [":--" if side == "l" else "--:" for side in view.align]
        title = [f"**{view.title}**\n"] if view.title else []
        parts.append("\n".join([*title, line(view.headers), line(rule), *map(line, view.rows)]))
    return "\n\n".join([*parts, *result.summary]) + "\n"


def _csv(result: Result) -> str:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(result.keys)
    for row in result.rows:
        writer.writerow([_csv_cell(row[key]) for key in result.keys])
    return out.getvalue()


def _csv_cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    text = str(value)
    # A spreadsheet would run such a text as a formula; a leading quote makes it text.
    if not isinstance(value, int) and text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{text}"
    return text


def _json(result: Result) -> str:
    import json

    rows = [{key: row[key] for key in result.keys} for row in result.rows]
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
