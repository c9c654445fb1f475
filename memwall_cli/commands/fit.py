"""`memwall fit`: how fast each series grows."""

from memwall_cli import options as opt
from memwall_cli.output import emit


def fit(
    series: opt.SeriesNames = None,
    dataset: opt.Dataset = None,
    precision: opt.Precision = "best",
    since: opt.Since = None,
    until: opt.Until = None,
    level: opt.Level = 0.95,
    include_announced: opt.IncludeAnnounced = False,
    data: opt.Data = None,
    sensitivity: opt.Sensitivity = False,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """How fast each series grows, beside what was published.

    \b
      memwall fit
      memwall fit compute --dataset curated --precision fp32 --since 2012
      memwall fit --data mine.csv -o fit.png -o fit.csv
      memwall fit --sensitivity compute/dram-bandwidth

    Fits ln(value) against the date by least squares over all points, as the paper does. The
    interval says where the trend line is, if points scatter independently about a line; it is
    no forecast (see memwall project).

    Series: compute, dram-bandwidth, interconnect-lane, interconnect-device,
    memory-capacity, parameters, training-compute; all of them by default, on the
    paper's points and on ours. memwall data --series says what each is made of.
    """
    to = opt.destination(format_, output, quiet, has_chart=True)
    opt.check_level(level)
    if sensitivity:
        from memwall_cli.answers.sensitivity import sensitivity_result

        asked = opt.request(series, dataset, precision, since, until, include_announced, data)
        emit(sensitivity_result(asked, level), to)
        return
    from memwall_cli.answers.fit import fit_result

    request = opt.request(series, dataset, precision, since, until, include_announced, data)
    emit(fit_result(request, level), to)
