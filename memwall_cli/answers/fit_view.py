"""The table of `memwall fit` as people read it, and the sentences under it."""

from collections.abc import Sequence
from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.answers.project_view import MEANINGS
from memwall_cli.render import View
from memwall_cli.text import digits
from memwall_cli.trends.estimators.breaks import ALARM
from memwall_cli.trends.gaps import UNPAIRED
from memwall_cli.trends.methods import Method, number_of, plural

if TYPE_CHECKING:
    from memwall_cli.trends.fits import Fitted
    from memwall_cli.trends.growth import Growth

_BASES = {**MEANINGS, UNPAIRED: "ratio of the two best values so far"}
_P = (
    "p: probability of rates that far apart, or farther, if the pace is the same and the date was "
    "chosen before looking (by permuting the steps)."
)


def view_of(fits: "Sequence[Fitted]", level: float, method: Method) -> View:
    """Make the table.

    Parameters
    ----------
    fits : the rates.
    level : probability of the intervals.
    method : how they were fitted.
    """
    parted = next((one.part for one in fits if one.part), None)
    counted = {"frontier": "chosen", "drift": "steps"}.get(method.estimator, "n")
    headers = [
        *("series", "data set", counted, "window", "rate", f"{level * 100:g} %"),
        *(("p", "doubles") if parted else ("paper", "doubles")),
    ]
    rows = [
        [
            _shown_name(one),
            one.quantity.dataset,
            f"{one.growth.n}/{one.rests_on}" if method.bootstrap else str(one.growth.n),
            f"{(one.start or '')[:4]}-{(one.end or '')[:4]}",
            f"{digits(one.growth.growth_per_2yr)}x" if one.has_rate else "-",
            _interval(one.growth) if one.has_rate else "-",
            _p(one.p_same) if parted else _paper(one),
            _doubling(one.growth),
        ]
        for one in fits
    ]
    title = f"Growth per 2 years: {method.title}{f', {parted} and after' if parted else ''}"
    return View(title, headers, rows, "llrrrrrr")


def summary_of(fits: "Sequence[Fitted]", method: Method) -> list[str]:
    """Say what the intervals assume, and what else the table can't.

    Parameters
    ----------
    fits : the rates.
    method : how they were fitted.
    """
    known = [one for one in fits if one.has_rate]
    lines = [method.assumes]
    if method.bootstrap:
        lines.append(f"n: points/{plural(method.bootstrap)}.")
    if method.estimator == "drift":
        bases = dict.fromkeys(one.basis for one in known if one.basis)
        lines.append("; ".join(f"{basis}: {_BASES[basis]}" for basis in bases) + ".")
        lines += [_P] if any(one.part for one in fits) else _breaks_found(known)
    if any(one.agrees is False for one in fits):
        lines.append("! the paper's rate lies outside the interval of this fit")
    return lines


def _breaks_found(fits: "Sequence[Fitted]") -> list[str]:
    """Tell of the changes of pace that stand; one at most a series."""
    from memwall_cli.trends.fits import change_of_pace

    found = [(one, change_of_pace(one)) for one in fits]
    stand = [
        f"{one.quantity.dataset} {one.quantity.label}: the pace changed in {turn.year:.0f}, "
        f"{digits(turn.before)}x before and {digits(turn.after)}x after (p = {digits(turn.p, 2)}; "
        "the date was searched for, so the two rates have no interval)."
        for one, turn in found
        if turn and turn.p < ALARM
    ]
    tested = sum(turn is not None for _, turn in found)
    if stand or not tested:
        return stand
    return [
        f"No change of pace stands ({number_of(tested, 'row')} tested): no shift is larger than "
        "95 % of those that the same steps give in another order."
    ]


def _paper(one: "Fitted") -> str:
    unlike = "!" if one.agrees is False else ""
    return f"{one.published:g}x{unlike}" if one.published else ""


def _p(p: float | None) -> str:
    return "-" if p is None else f"{p:.3f}" if p >= 0.001 else "<0.001"


def _interval(growth: "Growth") -> str:
    return f"{digits(growth.ci_low)}-{digits(growth.ci_high)}"


def _shown_name(one: "Fitted") -> str:
    name = one.quantity.label
    return name if one.quantity.origin == "user" else name.replace("/", "/\n")


def _doubling(growth: "Growth") -> str:
    years = growth.doubling_years
    if not isfinite(years):
        return "-"
    time = f"{abs(years):.1f} y" if abs(years) >= 1 else f"{12 * abs(years):.1f} mo"
    return time if years > 0 else f"halves {time}"
