"""`memwall fit`: how fast each series grows."""

from memwall_cli import options as opt
from memwall_cli.errors import UsageError
from memwall_cli.output import emit


def fit(
    series: opt.SeriesNames = None,
    dataset: opt.Dataset = None,
    estimator: opt.Estimator = None,
    top: opt.Top = None,
    quantile: opt.Quantile = None,
    bootstrap: opt.Bootstrap = None,
    break_: opt.BreakDate = None,
    precision: opt.Precision = "best",
    since: opt.Since = None,
    until: opt.Until = None,
    level: opt.Level = 0.95,
    seed: opt.Seed = 0,
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
      memwall fit compute --bootstrap vendor
      memwall fit dram-bandwidth --break 2018
      memwall fit --data mine.csv -o fit.png -o fit.csv
      memwall fit --sensitivity compute/dram-bandwidth

    Fits ln(value) against the date by least squares over all points, as the paper does. The
    interval says where the trend line is, if points scatter independently about a line; it is
    no forecast (see memwall project).

    \b
    Estimators, and what their interval assumes:
      ols        line through all points; they scatter about it independently
        --bootstrap year   the same line; what is of one year, vendor or family
                           hangs together, and one is independent of the next
      frontier   line through the records, or what was among the --top K best at
                 its release; nominal: chosen points prove nothing
      drift      yearly steps of the frontier, a gap's of its five leaders, as in
                 memwall project; steps are independent and alike. A change of
                 pace is tested; --break DATE tests one chosen beforehand
      theil-sen  median slope of all pairs; points scatter independently and
                 alike, a few may be far off
      quantile   line that 90 % (--quantile) of the points lie below; points
                 scatter independently and alike at all dates

    Series: compute, dram-bandwidth, interconnect-lane, interconnect-device,
    memory-capacity, parameters, training-compute; all of them by default, on the
    paper's points and on ours. memwall data --series says what each is made of.
    """
    to = opt.destination(format_, output, quiet, has_chart=True)
    opt.check_level(level)
    if sensitivity:
        methods = {
            "--estimator": estimator,
            "--top": top,
            "--quantile": quantile,
            "--bootstrap": bootstrap,
            "--break": break_,
        }
        for name in (n for n, value in methods.items() if value is not None):
            raise UsageError(f"--sensitivity varies the data, not the method; drop {name}")
        from memwall_cli.answers.sensitivity import sensitivity_result

        asked = opt.request(series, dataset, precision, since, until, include_announced, data)
        emit(sensitivity_result(asked, level), to)
        return
    from memwall_cli.answers.fit import fit_result
    from memwall_cli.trends.methods import choose_method

    method = choose_method(estimator, top, quantile, bootstrap, seed, has_break=break_ is not None)
    break_at = None if break_ is None else (opt.day_that_starts(break_, "--break"), break_)
    request = opt.request(series, dataset, precision, since, until, include_announced, data)
    emit(fit_result(request, level, method, break_at), to)
