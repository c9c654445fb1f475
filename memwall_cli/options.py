"""Options that several commands share: one name, one meaning, one help text."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from memwall_cli.errors import UsageError
from memwall_cli.output import Destination
from memwall_cli.render import Format

if TYPE_CHECKING:
    from memwall_cli.selection import Request
    from memwall_cli.series import Day


def completes(names: Callable[[], Sequence[str]]) -> Callable[[str], list[str]]:
    """Complete the last name of a comma list from those that `names` gives."""

    def complete(incomplete: str) -> list[str]:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{name}" for name in names() if name.startswith(last)]

    return complete


def series_and_gaps() -> list[str]:
    """Names that the shell completes as a series."""
    from memwall_cli.curated import CURATED_SERIES
    from memwall_cli.gaps import GAPS

    return [*CURATED_SERIES, *GAPS]


def datasets() -> Sequence[str]:
    """Names that the shell completes as a data set."""
    from memwall_cli.series import DATASETS

    return DATASETS


SeriesNames: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SERIES",
        help="Series, or gaps of two like compute/dram-bandwidth.",
        autocompletion=completes(series_and_gaps),
        show_default=False,
    ),
]
Dataset: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--dataset",
        metavar="NAME",
        help="curated, gholami2024 or gholami2021; may be repeated.",
        autocompletion=completes(datasets),
        show_default=False,
    ),
]
Precision: TypeAlias = Annotated[
    Literal["best", "fp64", "fp32", "fp16", "fp8", "fp4"],
    typer.Option("--precision", help="Number format of compute; best = highest dense float."),
]
Since: TypeAlias = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="From YYYY[-MM[-DD]] on.", show_default=False),
]
Until: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", help="To the end of YYYY[-MM[-DD]].", show_default=False
    ),
]
Level: TypeAlias = Annotated[
    float,
    typer.Option("--level", metavar="P", help="Probability of the interval, between 0 and 1."),
]
IncludeAnnounced: TypeAlias = Annotated[
    bool,
    typer.Option("--include-announced", help="Count devices announced but not yet shipped."),
]
Data: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="Your own CSV with columns series,date,value; - for standard input.",
        show_default=False,
    ),
]
OutputFormat: TypeAlias = Annotated[
    Format | None,
    typer.Option(
        "--format",
        "-f",
        help="What goes to standard output.  [default: table on a terminal, csv in a pipe]",
        show_default=False,
    ),
]
OutputFiles: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to FILE as its suffix says: .csv .json .md, .png .svg .pdf; may be repeated.",
        show_default=False,
    ),
]
TableFiles: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to FILE as its suffix says: .csv .json .md; may be repeated.",
        show_default=False,
    ),
]
Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", help="No notes on standard error.")]


def request(
    names: Sequence[str] | None,
    datasets: Sequence[str] | None,
    precision: str,
    since: str | None,
    until: str | None,
    include_announced: bool,
    data: str | None,
) -> "Request":
    """Put the options together that choose series."""
    from memwall_cli.selection import Request, names_of

    window = window_of(since, until)
    return Request(names or (), names_of(datasets), precision, window, include_announced, data)


def destination(
    format_: Format | None, files: Sequence[Path] | None, quiet: bool, *, has_chart: bool
) -> Destination:
    """Put the output options together, refusing at once what can't be written."""
    if any(file == Path() for file in files or ()):
        raise UsageError("--output needs the name of a file")
    to = Destination(format_, tuple(dict.fromkeys(files or ())), quiet)
    to.check(has_chart=has_chart)
    return to


def check_level(level: float) -> None:
    """Raise UsageError unless 0 < level < 1."""
    if not (level > 0 and (1 + level) / 2 < 1):  # so near 1 that a float can't tell
        raise UsageError(f"--level {level:g} is not between 0 and 1; 0.95 means 95 %")


def window_of(since: str | None, until: str | None) -> "tuple[Day | None, Day | None]":
    """Turn --since and --until into the first and the last day that count."""
    first = None if since is None else _period(since, "--since")[0]
    last = None if until is None else _period(until, "--until")[1]
    if first is not None and last is not None and first > last:
        raise UsageError(f"--since {since} is after --until {until}; swap them")
    return first, last


def _period(text: str, option: str) -> "tuple[Day, Day]":
    """First and last day of a year, month or day."""
    import re

    import numpy as np

    if re.fullmatch(r"\d{4}(-\d\d){0,2}", text):
        try:
            period = np.datetime64(text)  # in years, months or days, as it is written
        except ValueError:
            pass
        else:
            after = (period + 1).astype("datetime64[D]")
            return period.astype("datetime64[D]"), after - np.timedelta64(1, "D")
    raise UsageError(f"{option} {text!r} is not a date; write YYYY, YYYY-MM or YYYY-MM-DD")
