"""`memwall measure`: this machine's ceilings, and experiments run against them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from memwall_cli import options as opt
from memwall_cli.errors import UsageError, unknown
from memwall_cli.output import emit, say

if TYPE_CHECKING:
    from memwall_cli.experiments.job import Report
    from memwall_cli.experiments.plan import Settings
    from memwall_cli.render import Result

EXPERIMENTS = ("encoder-decoder", "precision", "checkpointing")
"""Experiments beside the measurement of the ceilings, which has no name."""


def measure(
    experiment: Annotated[
        str | None,
        typer.Argument(
            metavar="EXPERIMENT",
            help="encoder-decoder, precision, checkpointing; none for this machine's ceilings.",
            autocompletion=opt.completes(lambda: EXPERIMENTS),
            show_default=False,
        ),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Measure less: seconds, not a minute.")
    ] = False,
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            metavar="N",
            min=1,
            help="Threads of the CPU.  [default: one, and all]",
            show_default=False,
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            "--device",
            metavar="NAME",
            help="cpu, cuda, cuda:1 (PyTorch's names).  [default: all there are]",
            show_default=False,
        ),
    ] = None,
    library: Annotated[
        Literal["auto", "numpy", "torch"],
        typer.Option("--library", help="What computes; auto: numpy, and PyTorch if it is there."),
    ] = "auto",
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--compare",
            metavar="RUN1.json RUN2.json",
            help="Set two runs side by side; nothing is measured.",
            show_default=False,
        ),
    ] = None,
    show: Annotated[
        Path | None,
        typer.Option(
            "--show",
            metavar="RUN.json",
            help="Show a run that was stored; nothing is measured.",
            show_default=False,
        ),
    ] = None,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """What this machine can do, and models run against that.

    \b
      memwall measure
      memwall measure --quick -o mine.json -o roofline.png
      memwall measure encoder-decoder -o wall.png
      memwall measure precision --quick -o precision.png
      memwall measure --show mine.json -o roofline.png
      memwall measure --compare mine.json yours.json

    Bandwidth by the four kernels of STREAM and BabelStream's dot product; FLOP/s by square
    matrix products up to the plateau; each the best of many runs, with its spread.

    encoder-decoder runs BERT-Base and GPT-2 with their real shapes and random weights, and
    sets the time beside what this machine's own ceilings allow.

    precision trains a small Transformer, then runs it in fp32, fp16, bf16, int8 and int4:
    loss, bytes, time. checkpointing trains with and without recomputing activations: peak
    memory and time, and what optimizers keep. Both need PyTorch: pip install
    'memwall-cli[torch]'.
    """
    to = opt.destination(format_, output, quiet, has_chart=compare is None)
    if experiment is not None and experiment not in EXPERIMENTS:
        raise unknown("experiment", experiment, EXPERIMENTS)
    if (compare or show) and (experiment or (compare and show)):
        option = "--compare" if compare else "--show"
        raise UsageError(f"{option} stands alone: a stored run says what it is of")
    if compare:
        from memwall_cli.answers.compare import compare_result

        emit(compare_result(*compare), to)
    elif show:
        from memwall_cli.answers.stored import stored_result

        emit(stored_result(show), to)
    else:
        from memwall_cli.experiments.plan import Settings

        settings = Settings(quick, threads, device, library)
        emit(_result(experiment, settings, _silent if quiet else say), to)


def _silent(_: str) -> None:
    """Take no notice of progress."""


def _result(experiment: str | None, settings: "Settings", report: "Report") -> "Result":
    if experiment == "encoder-decoder":
        from memwall_cli.answers.encoder_decoder import encoder_decoder_result

        return encoder_decoder_result(settings, report)
    if experiment == "precision":
        from memwall_cli.answers.precision import precision_result

        return precision_result(settings, report)
    if experiment == "checkpointing":
        from memwall_cli.answers.checkpointing import checkpointing_result

        return checkpointing_result(settings, report)
    from memwall_cli.answers.measure import measure_result

    return measure_result(settings, report)
