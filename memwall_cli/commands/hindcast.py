"""`memwall hindcast`: how the bands of forecasts would have done on the past."""

from typing import Annotated

import typer

from memwall_cli import options as opt
from memwall_cli.output import emit


def hindcast(
    series: opt.SeriesNames = None,
    dates: Annotated[
        bool, typer.Option("--dates", help="Judge the dates that project --reach gives instead.")
    ] = False,
    dataset: opt.Dataset = None,
    precision: opt.Precision = "best",
    since: opt.Since = None,
    until: opt.Until = None,
    level: Annotated[
        float | None,
        typer.Option(
            "--level",
            metavar="P",
            help="Probability of the bands, between 0 and 1.  [default: 0.8 and 0.9]",
            show_default=False,
        ),
    ] = None,
    include_announced: opt.IncludeAnnounced = False,
    data: opt.Data = None,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """How the bands of forecasts would have done on the past.

    \b
      memwall hindcast -o hindcast.png
      memwall hindcast dram-bandwidth compute/dram-bandwidth --level 0.9
      memwall hindcast --data mine.csv --format csv

    Every year since a series was six years old it is forecast 1, 2, 3, 5 and 8 years ahead,
    from what was dated by then and no more, and held against what came. Four methods side
    by side: the confidence and the prediction band of a least-squares line through all
    points, the prediction band of a line through the running records, and the random walk
    with drift that project uses, which was fixed before it was scored.

    coverage is the share of bands that held what came; interval_score, on the scale of
    ln(value), punishes wide bands and misses (Gneiting & Raftery 2007): the lower the
    better; median_error is the factor by which the median forecast was off, at the median;
    above_median is the share that came above it.

    --dates: how often 2, 4 and 8 times the best so far came by the dates forecast for it.
    """
    to = opt.destination(format_, output, quiet, has_chart=not dates)
    levels = (0.8, 0.9) if level is None else (level,)
    for one in levels:
        opt.check_level(one)
    from memwall_cli.answers.hindcast import hindcast_result
    from memwall_cli.answers.hindcast_dates import dates_result

    request = opt.request(series, dataset, precision, since, until, include_announced, data)
    result = dates_result(request, levels) if dates else hindcast_result(request, levels)
    emit(result, to)
