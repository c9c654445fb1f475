"""What the chart of `memwall fit` says in words: title, subtitle and caption."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli import __version__
from memwall_cli.text import digits
from memwall_cli.trends.estimators.breaks import ALARM
from memwall_cli.trends.gaps import FRONTIER, Gap

if TYPE_CHECKING:
    from memwall_cli.trends.fits import Fitted


def is_ours(one: "Fitted") -> bool:
    """Say whether a fit is of our points or the user's, and not of the paper's.

    Parameters
    ----------
    one : the fit.
    """
    return one.quantity.origin != "paper"


def subtitle_of(drawn: "Sequence[Fitted]", names: Sequence[str]) -> str:
    """Say how to read the picture.

    Parameters
    ----------
    drawn : the fits.
    names : the series, each once.
    """
    parts = ["factors are per 2 years"]
    if len(names) > 1:
        parts.insert(0, "each series relative to the start of its earliest line")
    if any(not is_ours(one) for one in drawn):
        parts.append("hollow points and dashed lines: the paper's points")
    if _is_break([one for one in drawn if is_ours(one)]):
        parts.append(f"in brackets {drawn[0].growth.level * 100:g} % intervals")
    if drawn[0].method.estimator == "frontier":
        parts.append("strong points: those that count; faint: all others")
    if drawn[0].method.estimator == "drift":
        parts.append("strong points: yearly values; faint: all devices or models")
    text = "; ".join(parts)
    return text[0].upper() + text[1:]


def title_of(drawn: "Sequence[Fitted]", level: float) -> str:
    """State the finding with its numbers.

    Parameters
    ----------
    drawn : the fits.
    level : probability of the intervals.
    """
    ours = [one for one in drawn if is_ours(one)] or list(drawn)
    if _is_break(ours):
        return _title_of_break(*ours)
    # Of several series with a break, the title tells the pace after it.
    last = ours[-1].part
    ours = [one for one in ours if one.part == last]
    when = f" {last}" if last else ""
    rate = {one.quantity.label: digits(one.growth.growth_per_2yr) for one in ours}
    if "compute" in rate and "dram-bandwidth" in rate:
        others = [f"DRAM bandwidth {rate['dram-bandwidth']}x"]
        if "interconnect-lane" in rate:
            others.append(f"an interconnect lane {rate['interconnect-lane']}x")
        return f"Every 2 years compute grew {rate['compute']}x, {', '.join(others)}{when}"
    if len(ours) == 1:
        growth = ours[0].growth
        interval = f"{digits(growth.ci_low)} to {digits(growth.ci_high)}"
        changed = "grew" if growth.slope > 0 else "fell to"
        return (
            f"{_subject(ours[0])} {changed} {digits(growth.growth_per_2yr)}x every 2 years"
            f"{when} ({level * 100:g} % interval {interval})"
        )
    ranked = sorted(ours, key=lambda one: one.growth.slope)
    slow, fast = ranked[0], ranked[-1]
    return (
        f"Per 2 years {_in_title(fast, ours)} went {digits(fast.growth.growth_per_2yr)}x, "
        f"{_in_title(slow, ours)} {digits(slow.growth.growth_per_2yr)}x{when}"
    )


def _is_break(ours: "Sequence[Fitted]") -> bool:
    """Say whether it is one quantity before and after a break, for the title to compare."""
    return len(ours) == 2 and ours[0].quantity is ours[1].quantity


def _subject(one: "Fitted") -> str:
    """Name what grew in the words of the estimator."""
    method, name = one.method, one.quantity.label
    best = "records" if method.top == 1 else f"the {method.top} best"
    if method.estimator == "frontier" and isinstance(one.quantity, Gap):
        return f"{name} of {best}"
    return {
        "frontier": f"{best[0].upper()}{best[1:]} of {name}",
        "drift": f"The frontier of {name}" if one.basis == FRONTIER else name,
        "quantile": f"The {method.quantile:g} quantile of {name}",
    }.get(method.estimator, name)


def _title_of_break(before: "Fitted", after: "Fitted") -> str:
    rates = (
        f"{digits(one.growth.growth_per_2yr)}x ({digits(one.growth.ci_low)} to "
        f"{digits(one.growth.ci_high)}) {one.part}"
        for one in (before, after)
    )
    p = before.p_same or 0.0
    shows = "changed its pace" if p < ALARM else "shows no change of pace"
    return f"{_subject(before)} {shows}: per 2 years {', '.join(rates)} (p = {digits(p, 2)})"


def _in_title(one: "Fitted", ours: "Sequence[Fitted]") -> str:
    """Name a series, with its data set where the name alone doesn't tell."""
    twice = sum(other.quantity.name == one.quantity.name for other in ours) > 1
    return f"{one.quantity.label} ({one.quantity.dataset})" if twice else one.quantity.label


def caption_of(drawn: "Sequence[Fitted]") -> str:
    """Name version, estimator and n of each data set.

    Parameters
    ----------
    drawn : the fits.
    """
    counts: dict[str, list[str]] = {}
    for one in drawn:
        name = f"{one.quantity.label}{f' {one.part}:' if one.part else ''}"
        counts.setdefault(one.quantity.dataset, []).append(f"{name} {one.growth.n}")
    n = "; ".join(f"{dataset}: n = {', '.join(each)}" for dataset, each in counts.items())
    title = drawn[0].method.title
    return f"memwall {__version__}. {title[0].upper()}{title[1:]}. {n}"
