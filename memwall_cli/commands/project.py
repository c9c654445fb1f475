"""`memwall project`: where the frontiers and the gaps between them go."""

from typing import Annotated

import typer

from memwall_cli import options as opt
from memwall_cli.output import emit


def project(
    series: opt.SeriesNames = None,
    years: Annotated[
        int | None,
        typer.Option(
            "--years",
            metavar="N",
            min=1,
            max=50,
            help="How many years ahead.  [default: 5]",
            show_default=False,
        ),
    ] = None,
    until_date: Annotated[
        str | None,
        typer.Option(
            "--until-date",
            metavar="DATE",
            help="Project to the end of YYYY[-MM[-DD]] instead.",
            show_default=False,
        ),
    ] = None,
    reach: Annotated[
        str | None,
        typer.Option(
            "--reach",
            metavar="VALUE",
            help='Tell when a value is reached instead: "50 TB/s", "10 trillion".',
            show_default=False,
        ),
    ] = None,
    dataset: opt.Dataset = None,
    precision: opt.Precision = "best",
    since: opt.Since = None,
    until: opt.Until = None,
    level: opt.Level = 0.90,
    include_announced: opt.IncludeAnnounced = False,
    data: opt.Data = None,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """Where the frontiers go, and how the gaps widen.

    \b
      memwall project --years 5
      memwall project compute/dram-bandwidth --precision fp16 -o gap.png
      memwall project dram-bandwidth --reach "50 TB/s"
      memwall project --until 2020 --until-date 2026-08 --format csv

    Starts from the newest value of the frontier (best so far) and walks on as a random walk
    with drift, estimated from its yearly steps; the band holds the future value with the given
    probability if the coming years are like the past ones.

    By default five series and three gaps, on our data. A gap is the median ratio of
    the five devices with most compute so far that have both values (top-5 pairs); the
    ratio of the two best values, of whatever device, stands beside it (records), or
    alone where no record has both values (unpaired).

    The chart and the columns trend, trend_low, trend_high also say where the line fitted to all
    points is; past_coverage is the share of past bands, 1 to 5 years ahead, that held what came.
    """
    to = opt.destination(format_, output, quiet, has_chart=True)
    opt.check_level(level)
    opt.check_alone({"--years": years, "--until-date": until_date, "--reach": reach})
    from memwall_cli.answers.project import project_result
    from memwall_cli.answers.reach import reach_result

    request = opt.request(series, dataset, precision, since, until, include_announced, data)
    if reach is not None:
        emit(reach_result(request, reach, level), to)
        return
    ahead = opt.last_day(until_date, "--until-date") if until_date is not None else years or 5
    emit(project_result(request, ahead, level), to)
