"""`memwall data`: the tables, one record with its sources, and a check of a user's file."""

from collections.abc import Callable
from typing import Annotated

import typer

from memwall_cli import options as opt
from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.output import emit, say


def _tables(incomplete: str) -> list[str]:
    from memwall_cli.tables import table_names

    return [name for name in table_names() if name.startswith(incomplete)]


def _values(*columns: str) -> Callable[[typer.Context, str], list[str]]:
    """Complete what the first of these columns that the table has holds."""

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        from memwall_cli.tables import load_table

        # Before an option that still lacks its value, typer leaves the arguments unparsed.
        name = ctx.params["table"] or next(iter(ctx.args), "")
        try:
            table = load_table(name)
        except MemwallError:
            return []
        values = next((table[c].dropna().unique() for c in columns if c in table), ())
        return [v for v in sorted(values) if v.lower().startswith(incomplete.lower())]

    return complete


def data(
    table: Annotated[
        str | None,
        typer.Argument(
            metavar="TABLE",
            help="Which table to print.",
            autocompletion=_tables,
            show_default=False,
        ),
    ] = None,
    record: Annotated[
        str | None,
        typer.Argument(
            metavar="ID",
            help="One record of it, with the source of every value.",
            autocompletion=_values("id", "key"),
            show_default=False,
        ),
    ] = None,
    since: opt.Since = None,
    until: opt.Until = None,
    vendor: Annotated[
        str | None,
        typer.Option(
            "--vendor",
            metavar="NAME",
            help="Only this maker (or organization).",
            autocompletion=_values("vendor", "organization"),
        ),
    ] = None,
    class_: Annotated[
        str | None,
        typer.Option(
            "--class",
            metavar="NAME",
            help="Only cpu, gpu or accelerator.",
            autocompletion=_values("class"),
        ),
    ] = None,
    series: Annotated[
        bool, typer.Option("--series", help="Which rows each series uses, and why.")
    ] = False,
    check: Annotated[
        str | None,
        typer.Option(
            "--check", metavar="FILE", help="Name every fault of your CSV file, or folder of them."
        ),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--table",
            metavar="NAME",
            help="With --check: FILE has the columns of this table.",
            autocompletion=_tables,
        ),
    ] = None,
    format_: opt.OutputFormat = None,
    output: opt.TableFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """The tables, and where each value is from.

    \b
      memwall data
      memwall data accelerators --vendor nvidia --since 2020
      memwall data accelerators h100-sxm
      memwall data --check mine.csv

    --check wants the columns series,date,value, or those of --table; of a folder like memwall's own
    data it checks the tables, their sources, and that they agree.
    """
    to = opt.destination(format_, output, quiet, has_chart=False)
    from memwall_cli.answers.check import checked
    from memwall_cli.answers.record import record_result
    from memwall_cli.answers.tables import series_result, table_result, tables_result

    filtered = any(option is not None for option in (vendor, class_, since, until))
    if like is not None and check is None:
        raise UsageError("--table goes with --check FILE")
    if check is not None and (table or series or filtered or format_ or output):
        raise UsageError("--check goes alone, or with --table NAME")
    if series and (table or filtered):
        raise UsageError("--series goes alone; for a table: memwall data TABLE")
    if filtered and (record or not table):
        raise UsageError("filters choose rows of a table: memwall data TABLE --vendor NAME")
    if check is not None:
        found = checked(check, like)
        if not to.quiet:
            say(found)
    elif series:
        emit(series_result(), to)
    elif table is None:
        emit(tables_result(), to)
    elif record is not None:
        emit(record_result(table, record), to)
    else:
        filters = {"vendor": vendor, "class": class_}
        emit(table_result(table, filters, opt.window_of(since, until)), to)
