"""Points and fitted lines of the series on a log axis, after figure 1 of the paper."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli.charts import (
    COLOURS,
    INK,
    SHAPES,
    check_number,
    decades,
    house_style,
    plain_numbers,
    spread,
)
from memwall_cli.charts.fit_words import caption_of, is_ours, subtitle_of, title_of
from memwall_cli.text import digits
from memwall_cli.trends.gaps import points

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.trends.fits import Fitted
    from memwall_cli.trends.growth import Array


def fit_chart(fits: "Sequence[Fitted]", level: float) -> "ggplot":
    """Draw every fit that has a rate; several series are drawn relative to their start.

    Parameters
    ----------
    fits : what `memwall fit` found.
    level : probability of the intervals, for the title.
    """
    import numpy as np
    import plotnine as p9

    drawn = [one for one in fits if one.growth.slope == one.growth.slope]
    names = list(dict.fromkeys(one.quantity.name for one in drawn))
    check_number(len(names))
    units = {one.quantity.unit for one in drawn}
    relative = len(names) > 1 or len(units) > 1
    bases = _bases(drawn) if relative else {}
    shown, lines = _points(drawn, bases), _lines(drawn, bases)
    others = _others(drawn, bases)
    tall = np.ptp(np.log10(np.concatenate([frame["value"] for frame in (shown, lines, others)])))
    labels = _labels(drawn, lines, names, float(tall))
    first, last = shown["year"].min(), shown["year"].max()
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    shapes = {name: SHAPES[i % len(SHAPES)] for i, name in enumerate(names)}
    unit = "relative to the line's start" if relative else units.pop()
    ours, theirs = shown[shown["ours"]], shown[~shown["ours"]]
    few = len(shown) < 40
    aes = p9.aes
    return (
        p9.ggplot(shown, aes("year", "value", color="series", shape="series"))
        + p9.geom_point(data=others, size=1.2, alpha=0.25, stroke=0)
        + p9.geom_point(data=ours, size=1.7 + 1.5 * few, alpha=0.4 + 0.5 * few, stroke=0)
        + p9.geom_point(data=theirs, size=2.0, fill="white", stroke=0.7)
        + p9.geom_line(aes(group="fit"), lines[lines["ours"]], size=1.2)
        + p9.geom_line(aes(group="fit"), lines[~lines["ours"]], size=1.0, linetype="dashed")
        + p9.geom_segment(
            data=labels, mapping=aes(x="x_end", xend="x_label", y="y_end", yend="y_label"), size=0.5
        )
        + p9.geom_point(data=labels, mapping=aes("x_label", "y_label"), size=2.4)
        + p9.geom_text(
            data=labels,
            mapping=aes("x_text", "y_label", label="text"),
            ha="left",
            size=9,
            color=INK,
            lineheight=1.15,
        )
        + p9.scale_color_manual(values=colours)
        + p9.scale_shape_manual(values=shapes)
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_x_continuous(
            breaks=_breaks(first, last), labels=lambda xs: [f"{x:.0f}" for x in xs]
        )
        + p9.expand_limits(x=last + 0.36 * max(last - first, 0.1))
        + p9.labs(
            title=fill(title_of(drawn, level), 84),
            subtitle=fill(subtitle_of(drawn, names), 118),
            caption=fill(caption_of(drawn), 150),
            x="",
            y=unit,
        )
        + house_style()
    )


def _line(one: "Fitted", year: float) -> float:
    from math import exp

    return exp(one.growth.intercept + one.growth.slope * year)


def _bases(drawn: "Sequence[Fitted]") -> dict[tuple[str, str], float]:
    """Value that stands for 1: the line's start, shared by the data sets of one series and unit."""
    bases: dict[tuple[str, str], float] = {}
    for one in sorted(drawn, key=lambda one: float(one.years.min())):
        key = one.quantity.name, one.quantity.unit
        bases.setdefault(key, _line(one, float(one.years.min())))
    return bases


def _base(one: "Fitted", bases: dict[tuple[str, str], float]) -> float:
    return bases.get((one.quantity.name, one.quantity.unit), 1.0)


def _points(drawn: "Sequence[Fitted]", bases: dict[tuple[str, str], float]) -> "pd.DataFrame":
    """Gather the points that the lines rest on."""
    return _stacked([(one, one.years, one.values) for one in drawn], bases)


def _others(drawn: "Sequence[Fitted]", bases: dict[tuple[str, str], float]) -> "pd.DataFrame":
    """Gather the points from which an estimator took the best, to be drawn faintly."""
    best = [one for one in drawn if one.method.estimator in ("frontier", "drift") and is_ours(one)]
    first = {one.quantity.name: one for one in reversed(best)}
    return _stacked([(one, *points(one.quantity)) for one in first.values()], bases)


def _stacked(
    parts: "Sequence[tuple[Fitted, Array, Array]]", bases: dict[tuple[str, str], float]
) -> "pd.DataFrame":
    import pandas as pd

    columns = ["year", "value", "series", "ours"]
    frames = [
        pd.DataFrame(
            {
                "year": years,
                "value": values / _base(one, bases),
                "series": one.quantity.name,
                "ours": is_ours(one),
            }
        )
        for one, years, values in parts
    ]
    return pd.concat(frames) if frames else pd.DataFrame({name: [] for name in columns})


def _lines(drawn: "Sequence[Fitted]", bases: dict[tuple[str, str], float]) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {
            "year": year,
            "value": _line(one, year) / _base(one, bases),
            "series": one.quantity.name,
            "ours": is_ours(one),
            "fit": i,
        }
        for i, one in enumerate(drawn)
        for year in (float(one.years.min()), float(one.years.max()))
    )


def _labels(
    drawn: "Sequence[Fitted]", lines: "pd.DataFrame", names: Sequence[str], tall: float
) -> "pd.DataFrame":
    """Label each series once, right of its latest line, with all its rates; none may collide.

    `tall` is the height of the picture in decades.
    """
    import numpy as np
    import pandas as pd

    first, last = lines["year"].min(), lines["year"].max()
    rows = []
    for name in names:
        mine = [(i, one) for i, one in enumerate(drawn) if one.quantity.name == name]
        i, _ = max(mine, key=lambda m: (is_ours(m[1]), float(m[1].years.max())))
        end = lines[lines["fit"] == i].iloc[-1]
        rows.append((name, end["year"], end["value"], _label([one for _, one in mine])))
    labels = pd.DataFrame(rows, columns=["series", "x_end", "y_end", "text"])
    heights = np.log10(labels["y_end"]).tolist()
    rows_of_text = 1 + max(text.count("\n") for text in labels["text"])
    gap = 0.042 * rows_of_text * max(tall, 1e-9)
    labels["y_label"] = 10 ** np.array(spread(heights, gap))
    labels["x_label"] = last + 0.035 * (last - first)
    labels["x_text"] = last + 0.05 * (last - first)
    return labels


def _label(mine: "Sequence[Fitted]") -> str:
    ours = [one for one in mine if is_ours(one)]
    papers = dict.fromkeys(one.quantity.dataset for one in mine if not is_ours(one))
    of = {name: [one for one in mine if one.quantity.dataset == name] for name in papers}
    theirs = [f"{', '.join(_rates(fits))} on {name}" for name, fits in of.items()]
    parted = any(one.part for one in mine)
    between = "\n" if parted or len(theirs) > 1 else ", "
    rates = [_broken(ours) if parted else ", ".join(_rates(ours))] if ours else []
    return f"{mine[0].quantity.label}\n{between.join([*rates, *theirs])}"


def _rates(fits: "Sequence[Fitted]") -> list[str]:
    return [f"{digits(one.growth.growth_per_2yr)}x" for one in fits]


def _broken(fits: "Sequence[Fitted]") -> str:
    """Write the rates before and after a break, or the one there is."""
    rates, part = _rates(fits), fits[-1].part
    return f"{rates[0]}, {part} {rates[1]}" if len(rates) > 1 else f"{rates[0]} {part}"


def _breaks(first: float, last: float) -> list[int]:
    """Whole years, five or so of them."""
    steps = (1, 2, 5, 10, 20, 50, 100, 200, 500)
    step = next((s for s in steps if (last - first) / s <= 7), 1000)
    return [y for y in range(int(first) // step * step, int(last) + 1, step) if y >= first - 1]
