"""The Typer application: lists the commands, and turns failures into one line and a status."""

import contextlib
import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from memwall_cli import __version__
from memwall_cli.commands.cite import cite
from memwall_cli.commands.data import data
from memwall_cli.commands.fit import fit
from memwall_cli.commands.footprint import footprint
from memwall_cli.commands.hindcast import hindcast
from memwall_cli.commands.measure import measure
from memwall_cli.commands.project import project
from memwall_cli.commands.roofline import roofline
from memwall_cli.commands.verify import verify
from memwall_cli.commands.workload import workload
from memwall_cli.errors import MemwallError
from memwall_cli.output import say

app = typer.Typer(
    name="memwall",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
COMMANDS: dict[str, Callable[..., None]] = {
    "fit": fit,
    "project": project,
    "hindcast": hindcast,
    "data": data,
    "workload": workload,
    "roofline": roofline,
    "footprint": footprint,
    "verify": verify,
    "measure": measure,
    "cite": cite,
}
for name, command in COMMANDS.items():
    app.command(name)(command)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"memwall {__version__}")
        raise typer.Exit


@app.callback()
def memwall(
    context: typer.Context,
    _: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """\b
      memwall fit                            growth rates, beside the paper's
      memwall project --years 5 -o gap.png   the widening gap, with a chart
      memwall roofline llama-2-7b            what that means for a model on a chip

    How fast AI hardware and AI models grow, how wide the memory wall will be, what it
    means for a model on a chip, and where each number is from. In a pipe every command
    writes CSV.
    """  # noqa: D205, D400
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def run() -> int:
    """Run the command line; return the exit status."""
    try:
        status = app(prog_name="memwall", standalone_mode=False)
        if sys.stdout is not None:
            sys.stdout.flush()
    except (MemwallError, typer.TyperException) as error:
        _report(error)
        return int(error.exit_code)
    except typer.Abort:
        return 1
    except OSError as error:
        _report(MemwallError(f"standard output: {(error.strerror or str(error)).lower()}"))
        return 1
    return status if isinstance(status, int) else 0


def _report(error: MemwallError | typer.TyperException) -> None:
    """Print the error, a line per fault, and leave nothing for the interpreter to flush."""
    typers = isinstance(error, typer.TyperException)
    message = error.format_message() if isinstance(error, typer.TyperException) else str(error)
    for line in message.replace("Value error, ", "").splitlines():
        say(f"memwall: {line}")
    if typers and error.exit_code == 2:
        asked = [word for word in sys.argv[1:2] if word in COMMANDS]
        say(f"memwall: '{' '.join(['memwall', *asked, '--help'])}' lists what goes")
    if sys.stdout is None:
        return
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        return
    # Standard output is broken: what is still buffered goes nowhere, and quietly.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
