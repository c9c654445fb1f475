"""The tables of `memwall fit --sensitivity` for people, and the finding in words."""

from math import isfinite

from memwall_cli.render import View
from memwall_cli.text import digits, interval
from memwall_cli.trends.variants import (
    DEFAULT,
    FEW,
    FRONTIER,
    LEFT_OUT,
    START,
    Sensitivity,
    Variant,
)


def views(every: list[Sensitivity]) -> list[View]:
    """Make a table per series or gap; of the start years a handful."""
    return [_view(one) for one in every]


def _view(one: Sensitivity) -> View:
    rows, before = [], ""
    for variant in one.shown():
        growth = variant.growth
        rows.append(
            [
                variant.dimension if variant.dimension != before else "",
                variant.label,
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


def _marked(variant: Variant) -> str:
    """Write the interval, with a mark where to doubt it, and fewer digits where it is wide."""
    growth = variant.growth
    mark = "?" if variant.is_thin else "*" if variant.dimension == FRONTIER else ""
    return interval(growth.ci_low, growth.ci_high, 2 if variant.is_thin else 3) + mark


def summary(every: list[Sensitivity]) -> list[str]:
    """Say what is number formats and what is not, and what else moves each rate."""
    return [
        *(_formats_sentence(one) for one in every if one.splits()),
        *(_range_sentence(one) for one in every),
        *_marks(every),
    ]


def _formats_sentence(one: Sensitivity) -> str:
    """Say how much of the growth is number formats, and how much is left at a fixed one."""
    (best, fixed, gain), *others = one.splits()
    name = str(fixed.precision).upper()
    level = f"{best.growth.level * 100:g} %"
    return (
        f"{one.quantity.label}: narrower number formats and matrix units make {_share(gain)} of "
        f"the log growth ({level} intervals, if devices scatter independently). The "
        f"{best.growth.n} devices whose {name} peak is known grow {best.rate} per 2 years in "
        f"their best format, {fixed.rate} in {name}."
    ) + "".join(
        f" The share is {_share(g)} with {str(f.precision).upper()} held fixed."
        for _, f, g in others
    )


def _share(variant: Variant) -> str:
    value, low, high = (100 * s for s in variant.share or ())
    known = f"{low:.0f}-{high:.0f}" if isfinite(low) else "no interval: it may not grow at all"
    return f"{value:.0f} % ({known})"


def _range_sentence(one: Sensitivity) -> str:
    """Name the lowest and the highest rate, and what the heaviest point does to it."""
    text = f"{one.quantity.label}: {one.default.rate} by default"
    ranked = sorted(one.choices(), key=lambda v: v.growth.slope)
    if len(ranked) > 1:
        low, high = ranked[0], ranked[-1]
        text += f"; from {low.rate} {_choice(low)} to {high.rate} {_choice(high)}"
    if one.heaviest:
        without = digits(one.heaviest.growth.growth_per_2yr)
        text += f"; the point that matters most is {one.heaviest.point} ({without}x without it)"
    return f"{text}."


def _choice(variant: Variant) -> str:
    """Say, in words that follow a rate, how it was taken."""
    if variant.dimension == DEFAULT:
        return "by default"
    plain = variant.dimension in (START, LEFT_OUT)
    return variant.label if plain else f"with {variant.dimension} {variant.label}"


def _marks(every: list[Sensitivity]) -> list[str]:
    """Explain the marks in the table, those that are there."""
    there = "".join(_marked(v)[-1] for one in every for v in one.shown() if v.has_rate)
    words = {
        "?": f"fewer than {FEW} points or less than 2 years, the interval may not hold",
        "*": "a running record, its interval is nominal",
    }
    text = "; ".join(f"{mark} {meaning}" for mark, meaning in words.items() if mark in there)
    return [text] if text else []
