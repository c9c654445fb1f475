"""A forest plot: one rate as it is by default, and in every other way to take it."""

from collections.abc import Sequence
from math import ceil, floor, log10
from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli import __version__
from memwall_cli.charts import COLOURS, INK, decades, house_style, plain_numbers
from memwall_cli.text import digits, interval
from memwall_cli.trends.gaps import GAPS
from memwall_cli.trends.variants import (
    DEFAULT,
    FORMATS,
    FRONTIER,
    LEFT_OUT,
    PER,
    START,
    Sensitivity,
    Variant,
)

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

FORMAT, OTHER = COLOURS[0], INK
ROW, PAUSE = 1.0, 0.45
"""Height of a row, and the room between two groups, in rows."""


def sensitivity_chart(every: Sequence[Sensitivity]) -> "ggplot":
    """Draw one series or gap: compute/dram-bandwidth if it is there, else the first.

    Parameters
    ----------
    every : what `memwall fit --sensitivity` found, each with a rate.
    """
    import plotnine as p9

    one = next((s for s in every if s.quantity.name == GAPS[0]), every[0])
    rows, (low, high) = _rows(one)
    beside = {side: high * (high / low) ** part for side, part in (("text", 0.03), ("n", 0.54))}
    bottom, top = rows["y"].min() - 0.7 * ROW, rows["y"].max() + 0.7 * ROW
    default = one.default.growth
    aes = p9.aes
    return (
        p9.ggplot(rows, aes("rate", "y", color="format"))
        + p9.annotate(
            "rect",
            xmin=max(default.ci_low, low),
            xmax=min(default.ci_high, high),
            ymin=bottom,
            ymax=top,
            fill="#DDE6EE",
        )
        + p9.geom_segment(aes(x="low", xend="high", yend="y"), size=1.1)
        + p9.geom_point(aes(x="low"), rows[rows["cut_low"]], shape="<", size=2)
        + p9.geom_point(aes(x="high"), rows[rows["cut_high"]], shape=">", size=2)
        + p9.geom_point(size=3)
        + p9.geom_text(
            aes(label="text"), rows.assign(rate=beside["text"]), ha="left", size=10, color=INK
        )
        + p9.geom_text(
            aes(label="n"), rows.assign(rate=beside["n"]), ha="right", size=10, color=INK
        )
        + p9.scale_color_manual(values={True: FORMAT, False: OTHER})
        + p9.scale_x_log10(
            limits=(low, beside["n"]),
            breaks=_breaks(low, high),
            minor_breaks=None,
            labels=plain_numbers,
            expand=(0.01, 0),
        )
        + p9.scale_y_continuous(
            breaks=rows["y"].tolist(),
            labels=rows["label"].tolist(),
            limits=(bottom, top),
            expand=(0, 0),
        )
        + p9.labs(
            title=fill(_title(one), 72),
            subtitle=fill(_subtitle(one), 105),
            caption=fill(_caption(one), 140),
            x="",
            y="",
        )
        + house_style((10.0, 2.6 + 0.235 * float(rows["y"].max() - rows["y"].min())))
        + p9.theme(
            panel_grid_major_y=p9.element_blank(), axis_text_y=p9.element_text(size=10, color=INK)
        )
    )


def _breaks(low: float, high: float) -> list[float]:
    """Choose round rates, closer to each other where the axis is short."""
    if high > 8 * low:
        return decades((low, high))
    size = 10.0 ** floor(log10(high))
    steps = [size * step for step in (0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1)]
    step = next((s for s in steps if (high - low) / s <= 6), steps[-1])
    return [round(step * i, 9) for i in range(ceil(low / step), floor(high / step) + 1)]


def _rows(one: Sensitivity) -> tuple["pd.DataFrame", tuple[float, float]]:
    """Place the rates from top to bottom, and cut intervals that would squeeze all others."""
    import pandas as pd

    drawn = [v for v in one.shown() if v.has_rate and v.dimension != FORMATS and not _again(v, one)]
    rates = [v.growth.growth_per_2yr for v in drawn]
    ends = [*rates, one.default.growth.ci_low, one.default.growth.ci_high]
    room = max((max(ends) / min(ends)) ** 0.2, 1.02)
    low, high = min(ends) / room, max(ends) * room
    y, rows = 0.0, []
    for before, v in zip([drawn[0], *drawn], drawn, strict=False):
        y -= ROW + PAUSE * (before.dimension != v.dimension)
        rows.append(
            {
                "y": y,
                "rate": v.growth.growth_per_2yr,
                "low": max(v.growth.ci_low, low),
                "high": min(v.growth.ci_high, high),
                "cut_low": v.growth.ci_low < low,
                "cut_high": v.growth.ci_high > high,
                "format": v.dimension == "precision",
                "label": _label(v),
                "text": f"{digits(v.growth.growth_per_2yr)}x  {_interval(v)}",
                "n": f"n = {v.growth.n}",
            }
        )
    return pd.DataFrame(rows), (low, high)


def _again(variant: Variant, one: Sensitivity) -> bool:
    """Whether a precision is the default's: drawn already."""
    return variant.dimension == "precision" and variant.name == one.quantity.precision


def _label(variant: Variant) -> str:
    name = variant.label
    if variant.dimension == DEFAULT:
        return "default (best format)" if variant.precision == "best" else "default"
    if variant.dimension == "precision":
        return name.replace("fp", "FP")
    if variant.dimension == FRONTIER:
        return "records only (nominal)"
    words = {"date_basis": "date", "status": "", PER: "per", START: "", LEFT_OUT: ""}
    return f"{words.get(variant.dimension, variant.dimension)} {name}".strip()


def _interval(variant: Variant) -> str:
    return interval(variant.growth.ci_low, variant.growth.ci_high)


def _percent(variant: Variant) -> str:
    assert variant.share is not None
    return f"{100 * variant.share[0]:.0f} %"


def _title(one: Sensitivity) -> str:
    name = one.quantity.label
    found = one.splits()
    if found:
        best, fixed, gain = found[0]
        return (
            f"Number formats and matrix units make {_percent(gain)} of the log growth "
            f"of {name}: {digits(best.growth.growth_per_2yr)}x per 2 years, "
            f"{digits(fixed.growth.growth_per_2yr)}x in {str(fixed.precision).upper()}"
        )
    rates = [v.growth.growth_per_2yr for v in one.choices()]
    if len(rates) < 2:
        return f"{name}: {one.default.rate} per 2 years"
    low, high = min(rates), max(rates)
    return f"{name}: {digits(low)}x to {digits(high)}x per 2 years, by what one counts"


def _subtitle(one: Sensitivity) -> str:
    level = f"{one.default.growth.level * 100:g} %"
    band = f"Growth per 2 years with {level} intervals; blue band: that of the default"
    found = one.splits()
    if not found:
        return f"{band}."
    best, fixed, _ = found[0]
    return (
        f"{band}. The title compares the {best.growth.n} devices whose "
        f"{str(fixed.precision).upper()} peak is known: {_interval(best)} and "
        f"{_interval(fixed)}."
    )


def _caption(one: Sensitivity) -> str:
    dollars = any(v.name == "dollar" for v in one.variants)
    return (
        f"memwall {__version__}, {one.quantity.dataset}. Least squares on ln(value), "
        f"n = {one.default.growth.n} by default. An arrow: the interval goes on."
        + " Dollars are those of the day."
        * dollars
    )
