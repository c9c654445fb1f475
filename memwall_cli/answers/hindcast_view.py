"""The tables of `memwall hindcast` for people, and the sentences under them."""

from collections.abc import Sequence
from math import exp, isfinite
from typing import TYPE_CHECKING

from memwall_cli.render import View
from memwall_cli.text import digits
from memwall_cli.trends.hindcasting import DEFAULT, LINE, METHODS, POINTS, RECORDS, Score, score
from memwall_cli.trends.hindcasts import SHORTFALL, forecasts_of

if TYPE_CHECKING:
    from memwall_cli.trends.hindcasts import Hindcasted

SHORT = {
    LINE: "line's\nconfidence",
    POINTS: "line's\nprediction",
    RECORDS: "records'\nprediction",
    DEFAULT: "random walk\n(project)",
}


def views(several: "Sequence[Hindcasted]", levels: Sequence[float]) -> list[View]:
    """Make a table of coverage by series and method, and one of what is put together."""
    found = []
    for dataset in dict.fromkeys(one.quantity.dataset for one in several):
        mine = [one for one in several if one.quantity.dataset == dataset]
        found += [_by_series(mine, dataset, levels[-1]), _by_method(mine, levels)]
    return found


def near_scores(parts: "Sequence[Hindcasted]", level: float) -> dict[str, Score]:
    """Judge each method on some quantities, 1 to 5 years ahead."""
    there = [m for m in METHODS if any(m in one.past.methods for one in parts)]
    return {method: score(forecasts_of(parts, method, level), level) for method in there}


def kinds(several: "Sequence[Hindcasted]") -> "dict[str, list[Hindcasted]]":
    """Split what is pooled into series and gaps, leaving out a kind that isn't there."""
    main = [one for one in several if one.is_main] or several
    split = {"series": [o for o in main if not o.is_gap], "gaps": [o for o in main if o.is_gap]}
    return {kind: parts for kind, parts in split.items() if parts}


def _by_series(mine: "Sequence[Hindcasted]", dataset: str, level: float) -> View:
    rows = [_coverages(_name(one, "/\n", "\n"), [one], level) for one in mine]
    rows += [
        _coverages(f"all {kind}", parts, level)
        for kind, parts in kinds(mine).items()
        if len(parts) > 1
    ]
    title = f"Held by bands of nominal {level * 100:g} %, 1 to 5 years ahead ({dataset})"
    return View(title, ("", "forecasts", *SHORT.values()), rows, "l" + "r" * (1 + len(SHORT)))


def _coverages(name: str, parts: "Sequence[Hindcasted]", level: float) -> list[str]:
    found = near_scores(parts, level)
    cells = [percent(found[m].coverage) if m in found else "-" for m in SHORT]
    return [name, str(found[DEFAULT].n), *cells]


def _name(one: "Hindcasted", slash: str = "/", between: str = " ") -> str:
    label = one.quantity.label
    return f"{label.replace('/', slash)}{between}({one.basis})" if one.is_gap else label


def _by_method(mine: "Sequence[Hindcasted]", levels: Sequence[float]) -> View:
    rows = []
    for kind, parts in kinds(mine).items():
        for level in levels:
            for method, found in near_scores(parts, level).items():
                rows.append(_judged(kind, method, level, found))
    headers = ("", "method", "nominal", "held", "above", "below", "score", "off by")
    return View("How each method did, 1 to 5 years ahead", headers, rows, "llrrrrrr")


def _judged(kind: str, method: str, level: float, found: Score) -> list[str]:
    return [
        kind,
        method,
        f"{level * 100:g} %",
        percent(found.coverage),
        percent(found.missed_above),
        percent(found.missed_below),
        digits(found.interval_score),
        f"{digits(exp(min(found.median_error, 700.0)))}x" if found.n else "-",
    ]


def percent(share: float) -> str:
    """Write a share as a whole percentage."""
    return f"{100 * share:.0f} %" if isfinite(share) else "-"


def summary(several: "Sequence[Hindcasted]", level: float) -> list[str]:
    """Say what the words mean, and what was found, good and bad."""
    legend = (
        "held: what came lay in the band; above, below: it came beyond it; score: mean interval "
        "score of ln(value), lower is better; off by: median error of the median forecast, as a "
        "factor. Forecasts of one series overlap, so they are worth fewer than their number."
    )
    datasets = list(dict.fromkeys(one.quantity.dataset for one in several))
    found = []
    for dataset in datasets:
        mine = [one for one in several if one.quantity.dataset == dataset]
        where = f" ({dataset})" if len(datasets) > 1 else ""
        found += [_finding(kind + where, parts, level) for kind, parts in kinds(mine).items()]
        found += _worse(mine, level, where)
    return [legend, *found]


def _finding(kind: str, parts: "Sequence[Hindcasted]", level: float) -> str:
    scores = near_scores(parts, level)
    ours, others = scores[DEFAULT], {LINE: "confidence", POINTS: "prediction"}
    rest = " and ".join(
        f"the {name} band of a fitted line {percent(scores[method].coverage)}"
        for method, name in others.items()
        if method in scores
    )
    better = ours.interval_score <= scores[POINTS].interval_score
    return (
        f"Of the {kind}, nominal {level * 100:g} % bands of project held "
        f"{percent(ours.coverage)} of what came 1 to 5 years later (n = {ours.n}), {rest}; "
        f"{percent(ours.above_median)} of what came lay above project's median; "
        f"project's interval score is {'no worse' if better else 'worse'} than that of the "
        f"prediction band ({digits(ours.interval_score)} against "
        f"{digits(scores[POINTS].interval_score)})."
    )


def _worse(several: "Sequence[Hindcasted]", level: float, where: str) -> list[str]:
    limit = level - SHORTFALL
    scores = {_name(one): near_scores([one], level)[DEFAULT] for one in several}
    short = [
        f"{name} ({percent(found.coverage)})"
        for name, found in scores.items()
        if found.coverage < limit
    ]
    few = [name for name, found in scores.items() if found.n < 10]
    sentences = []
    if short:
        sentences.append(
            f"Less than {limit * 100:g} %, and so too narrow{where}: {', '.join(short)}."
        )
    if few:
        sentences.append(f"Too few forecasts to judge by{where}: {', '.join(few)}.")
    return sentences
