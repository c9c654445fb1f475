"""The tables of `memwall fit --sensitivity` for people, and the finding in words."""

from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.render import View
from memwall_cli.text import digits

if TYPE_CHECKING:
    from memwall_cli.growth import Growth
    from memwall_cli.sensitivity import Sensitivity, Variant
MOST_STARTS = 4


def views(every: list["Sensitivity"]) -> list[View]:
    """Make a table per series or gap; of the start years a handful."""
    return [_view(one) for one in every]


def _view(one: "Sensitivity") -> View:
    rows, before = [], ""
    for variant in shown(one):
        growth = variant.growth
        rows.append(
            [
                variant.dimension if variant.dimension != before else "",
                label(variant),
                str(growth.n),
                f"{(variant.start or '')[:4]}-{(variant.end or '')[:4]}",
                f"{digits(growth.growth_per_2yr)}x" if variant.has_rate else "-",
                _marked(variant) if variant.has_rate else "-",
                digits(one.ratio(variant)),
            ]
        )
        before = variant.dimension
    title = f"{one.quantity.label} ({one.quantity.dataset}): growth per 2 years by how it is taken"
    level = f"{one.default.growth.level * 100:g} %"
    headers = ("varied", "to", "n", "window", "rate", level, "/default")
    return View(title, headers, rows, "llrrrrr")


def _marked(variant: "Variant") -> str:
    mark = "?" if _is_few(variant) else "*" if _is_record(variant) else ""
    return f"{interval(variant.growth, 2 if _is_few(variant) else 3)}{mark}"


def interval(growth: "Growth", n: int = 3) -> str:
    """Write an interval with n significant digits."""
    return f"{digits(growth.ci_low, n)}-{digits(growth.ci_high, n)}"


def label(variant: "Variant") -> str:
    """Name a variant as people read it."""
    from memwall_cli.sensitivity import LEFT_OUT, START

    if variant.dimension == LEFT_OUT:
        return f"without {variant.point}"
    name = variant.name.replace("-", " ") if variant.dimension == "precision" else variant.name
    return f"since {name}" if variant.dimension == START else name


def shown(one: "Sensitivity") -> list["Variant"]:
    """Choose what a person wants to see: all but most of the start years."""
    from memwall_cli.sensitivity import START

    years = [int(v.name) for v in one.rates(START)]
    steps = (1, 2, 5, 10, 20, 50, 100)
    step = next((s for s in steps if sum(y % s == 0 for y in years) <= MOST_STARTS), 1000)
    return [v for v in one.variants if v.dimension != START or int(v.name) % step == 0]


def summary(every: list["Sensitivity"]) -> list[str]:
    """Say what is number formats and what is not, and what else moves each rate."""
    sentences = [formats_sentence(one) for one in every]
    return [
        *(sentence for sentence in sentences if sentence),
        *(_range_sentence(one) for one in every),
        *_marks(every),
    ]


def splits(one: "Sensitivity") -> list[list["Variant"]]:
    """List best, fixed format, and their ratio on the same devices, for each format held fixed."""
    from memwall_cli.sensitivity import FIXED, FORMATS

    parts = ([v for v in one.rates(FORMATS) if precision in v.name] for precision in FIXED)
    return [part for part in parts if len(part) == 3]


def formats_sentence(one: "Sensitivity") -> str:
    """Say how much of the growth is number formats; nothing where that is no question."""
    found = splits(one)
    if not found:
        return ""
    best, fixed, gain = found[0]
    name = str(fixed.precision).upper()
    level = f"{best.growth.level * 100:g} %"
    others = [f"{share(g)} with {str(f.precision).upper()} held fixed" for _, f, g in found[1:]]
    return (
        f"{one.quantity.label}: narrower number formats and matrix units make {share(gain)} of "
        f"the log growth ({level} intervals, if devices scatter independently). The "
        f"{best.growth.n} devices whose {name} peak is known grow {rate(best)} per 2 years in "
        f"their best format, {rate(fixed)} in {name}."
        + "".join(f" The share is {other}." for other in others)
    )


def rate(variant: "Variant") -> str:
    """Write a rate with its interval."""
    return f"{digits(variant.growth.growth_per_2yr)}x ({interval(variant.growth)})"


def share(variant: "Variant") -> str:
    """Write a share of the log growth with its interval."""
    value, low, high = (100 * s for s in variant.share or ())
    known = f"{low:.0f}-{high:.0f}" if isfinite(low) else "no interval: it may not grow at all"
    return f"{value:.0f} % ({known})"


def _range_sentence(one: "Sensitivity") -> str:
    """Name the lowest and the highest rate, and what the heaviest point does to it."""
    text = f"{one.quantity.label}: {rate(one.default)} by default"
    ranked = sorted(choices(one), key=lambda v: v.growth.slope)
    if len(ranked) > 1:
        low, high = ranked[0], ranked[-1]
        text += f"; from {rate(low)} {choice(low)} to {rate(high)} {choice(high)}"
    if one.heaviest:
        without = digits(one.heaviest.growth.growth_per_2yr)
        text += f"; the point that matters most is {one.heaviest.point} ({without}x without it)"
    return f"{text}."


def choices(one: "Sensitivity") -> list["Variant"]:
    """List the variants that are still rates of the same thing, and rest on enough points."""
    from memwall_cli.sensitivity import FEW, FORMATS, PER

    others = (FORMATS, PER)
    return [
        v for v in one.variants if v.has_rate and v.growth.n >= FEW and v.dimension not in others
    ]


def choice(variant: "Variant") -> str:
    """Say in words that follow a rate how it was taken."""
    from memwall_cli.sensitivity import DEFAULT, LEFT_OUT, START

    if variant.dimension == DEFAULT:
        return "by default"
    name = label(variant)
    return name if variant.dimension in (START, LEFT_OUT) else f"with {variant.dimension} {name}"


def _marks(every: list["Sensitivity"]) -> list[str]:
    """Explain the marks in the table, those that are there."""
    there = [v for one in every for v in shown(one) if v.has_rate]
    marks = {
        f"? fewer than {_few()} points, the interval may not hold": any(map(_is_few, there)),
        "* a running record, its interval is nominal": any(map(_is_record, there)),
    }
    text = "; ".join(mark for mark, used in marks.items() if used)
    return [text] if text else []


def _few() -> int:
    from memwall_cli.sensitivity import FEW

    return FEW


def _is_few(variant: "Variant") -> bool:
    return variant.growth.n < _few()


def _is_record(variant: "Variant") -> bool:
    from memwall_cli.sensitivity import FRONTIER

    return variant.dimension == FRONTIER
