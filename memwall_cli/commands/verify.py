"""`memwall verify`: every published number beside ours."""

from typing import Annotated

import typer

from memwall_cli import options as opt
from memwall_cli.output import emit


def kinds() -> list[str]:
    """Names that the shell completes as a kind of case."""
    from memwall_cli.tables import load_table

    return list(dict.fromkeys(load_table("published")["kind"]))


def verify(
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="NAME",
            help="Only cases of this kind; a comma list, or repeated, for several.",
            autocompletion=opt.completes(kinds),
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every case, and not only a summary.")
    ] = False,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """Every published number that memwall reproduces, beside ours.

    \b
      memwall verify
      memwall verify --kind rates,case-study --all
      memwall verify -o verify.csv -o verify.png
      memwall data published torch-gpt2-parameters   one case, and its source

    A case fails where ours is farther from the published number than its tolerance: nothing for
    exact counts, for others what the last printed digit leaves open, or 2 % where that is more.
    What was measured must not beat the bound that ours is. A known misprint is listed with its
    reason and not judged. Exit status 1 if a case fails.
    """
    to = opt.destination(format_, output, quiet, has_chart=True)
    from memwall_cli.answers.verify import has_failed, verify_result
    from memwall_cli.trends.selection import names_of

    result = verify_result(names_of(kind), every=every)
    emit(result, to)
    if has_failed(result):
        raise typer.Exit(1)
