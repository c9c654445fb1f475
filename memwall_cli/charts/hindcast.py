"""Forecasts of the past as fans, and what came as dots, a panel per series."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from memwall_cli import __version__
from memwall_cli.charts import COLOURS, INK, check_number, decades, house_style, plain_numbers
from memwall_cli.charts.panels import grid, panel_of, stacked, year_breaks
from memwall_cli.trends.gaps import PAIRS
from memwall_cli.trends.growth import Array
from memwall_cli.trends.hindcasting import DEFAULT, LINE, POINTS, Predictive, score
from memwall_cli.trends.hindcasts import forecasts_of, past_of

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.trends.hindcasts import Hindcasted

FAN, STRAIGHT, MISSED = "#56B4E9", "#777777", COLOURS[0]
REACH = 5
"""Years that a fan spans; the next begins where it ends."""


def hindcast_chart(several: "Sequence[Hindcasted]", level: float) -> "ggplot":
    """Draw past forecasts of each quantity, and the values that came.

    Parameters
    ----------
    several : what `memwall hindcast` judged; a ratio of records is drawn only where it is alone.
    level : probability of the bands.
    """
    import plotnine as p9

    main = [one for one in several if one.is_main] or list(several)
    check_number(len(main))
    panels = [_strip(one, level) for one in main]
    drawn = [_fans(one, level) for one in main]
    fans, lines = (stacked([d[i] for d in drawn], panels) for i in (0, 1))
    dots = stacked([_dots(one, fan) for one, (fan, _) in zip(main, drawn, strict=True)], panels)
    columns, size = grid(len(main))
    aes = p9.aes
    band = aes(ymin="low", ymax="high", group="origin")
    return (
        p9.ggplot(dots, aes("year"))
        + p9.geom_ribbon(data=fans, mapping=band, fill=FAN, alpha=0.45)
        + p9.geom_ribbon(data=lines, mapping=band, fill=STRAIGHT, alpha=0.55)
        + p9.geom_point(
            aes(y="value", color="held", shape="held"), size=1.5 if len(main) > 1 else 2.5, stroke=0
        )
        + p9.scale_color_manual(values={True: INK, False: MISSED})
        + p9.scale_shape_manual(values={True: "o", False: "D"})
        + p9.facet_wrap("panel", scales="free", ncol=columns)
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_x_continuous(breaks=year_breaks, labels=lambda xs: [f"{x:.0f}" for x in xs])
        + p9.labs(
            title=fill(_title(main, level), 78 if len(main) == 1 else 92),
            subtitle=fill(
                f"Blue: {REACH} years of {level * 100:g} % band, as forecast where it begins. "
                "Grey: confidence band of the line fitted then. Dots: what came; orange diamonds: "
                "outside the blue band",
                110 if len(main) == 1 else 140,
            ),
            caption=fill(_caption(main), 130 if len(main) == 1 else 165),
            x="",
            y="",
        )
        + house_style(size)
        + p9.theme(
            strip_text=p9.element_text(size=9 if len(main) > 1 else 11, weight="bold"),
            panel_spacing_y=0.03,
        )
    )


def _strip(one: "Hindcasted", level: float) -> str:
    found = score(forecasts_of([one], DEFAULT, level), level)
    return (
        f"{panel_of(one.quantity, _unit(one)[1])}\nheld {100 * found.coverage:.0f} % of {found.n}"
    )


def _fans(one: "Hindcasted", level: float) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Bands of the random walk and of the line from origins some years apart, newest first."""
    past = past_of(one.quantity, one.basis, one.yearly, tuple(range(REACH + 1)))
    chosen, end = [], one.yearly.now
    known = np.flatnonzero(np.isfinite(past.methods[DEFAULT].scale[:, -1]))
    for i in known:
        if end - past.origin[i] >= REACH - 0.01:
            chosen.append(int(i))
            end = past.origin[i]
    # What is younger than a whole fan gets the part of one that came.
    chosen = chosen or [int(known[-1])]
    at = past.origin[chosen, None] + past.horizon
    fan, line = (_ribbon(past.methods[m], chosen, at, level, one) for m in (DEFAULT, LINE))
    return fan, line


def _ribbon(
    expected: Predictive, chosen: list[int], at: Array, level: float, one: "Hindcasted"
) -> "pd.DataFrame":
    import pandas as pd

    low, high = (np.exp(edge[chosen]) / _unit(one)[0] for edge in expected.band(level))
    origin = np.broadcast_to(at[:, :1], at.shape)
    columns = {"year": at, "low": low, "high": high, "origin": origin}
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    return frame[frame["year"] < one.yearly.now + 0.01]


def _dots(one: "Hindcasted", fan: "pd.DataFrame") -> "pd.DataFrame":
    """Give what came, year by year, and whether the fan over it held it."""
    import pandas as pd

    year, value = one.yearly.now - one.yearly.age, one.yearly.value / _unit(one)[0]
    at, low, high, origin = (fan[c].to_numpy() for c in ("year", "low", "high", "origin"))
    over = (np.abs(year[:, None] - at) < 0.01) & (at > origin)
    # A frontier that stood still lies on the edge of its fan: inside.
    out = (value[:, None] < low * (1 - 1e-9)) | (value[:, None] > high * (1 + 1e-9))
    return pd.DataFrame({"year": year, "value": value, "held": ~(over & out).any(axis=1)})


def _unit(one: "Hindcasted") -> tuple[float, str]:
    from memwall_cli.text import prefix_of

    return prefix_of(float(one.yearly.value[0]), one.quantity.unit)


def _title(main: "Sequence[Hindcasted]", level: float) -> str:
    """State what was found with its numbers, of the series or else of the gaps."""
    series = [one for one in main if not one.is_gap] or list(main)
    held = {m: score(forecasts_of(series, m, level), level) for m in (DEFAULT, POINTS, LINE)}
    percent = {m: f"{100 * found.coverage:.0f} %" for m, found in held.items()}
    what = series[0].quantity.label if len(series) == 1 else f"{len(series)} series"
    return (
        f"Of {held[DEFAULT].n} past forecasts of {what}, {level * 100:g} % bands of a random walk "
        f"held {percent[DEFAULT]}; a fitted line's prediction band {percent[POINTS]}, "
        f"its confidence band {percent[LINE]}"
    )


def _caption(main: "Sequence[Hindcasted]") -> str:
    datasets = ", ".join(dict.fromkeys(one.quantity.dataset for one in main))
    gap = " A gap is the median ratio of the five devices with most compute so far."
    return (
        f"memwall {__version__}, data set {datasets}. Random walk with drift on yearly values, "
        "and least squares on ln(value), each from what was dated by then. Counted are forecasts "
        "1, 2, 3 and 5 years ahead from every year since a series was six years old; drawn are "
        f"those {REACH} years apart.{gap if any(one.basis == PAIRS for one in main) else ''}"
    )
