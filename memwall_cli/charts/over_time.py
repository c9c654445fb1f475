"""Machine balance climbing past the workloads, and five years on."""

from collections.abc import Sequence
from math import isfinite, log10
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from memwall_cli import __version__
from memwall_cli.charts import (
    COLOURS,
    INK,
    check_number,
    decades,
    house_style,
    plain_numbers,
    spread,
)
from memwall_cli.text import digits

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.accelerators.history import History, Past

SIZE = (11.0, 6.4)
AHEAD, OTHER = COLOURS[0], "#B5B5B5"
ROW = 0.062
"""Height of a label of two lines, as a part of the panel's."""


def over_time_chart(found: "Sequence[History]") -> "ggplot":
    """Draw the balance of all accelerators, the leading ones, the forecast, and the workloads.

    Parameters
    ----------
    found : workloads on the same accelerators.
    """
    import pandas as pd
    import plotnine as p9

    check_number(len(found))
    past = found[0].past
    chips = pd.DataFrame({"year": past.years, "balance": past.balance, "fits": _fits(found)})
    ahead, lines = _ahead(past), _lines(found)
    aes = p9.aes
    right = float(ahead["year"].iloc[-1])
    return (
        p9.ggplot(chips, aes("year", "balance"))
        + p9.geom_ribbon(
            data=ahead,
            mapping=aes(ymin="low", ymax="high"),
            fill=AHEAD,
            alpha=0.2,
        )
        + p9.geom_segment(
            data=lines,
            mapping=aes("start", "intensity", xend="right", yend="intensity", color="name"),
            size=1.1,
        )
        + p9.geom_segment(
            data=lines,
            mapping=aes("right", "intensity", xend="x_text", yend="y_text", color="name"),
            size=0.5,
        )
        + p9.geom_point(aes(fill="fits"), color=OTHER, size=1.6, stroke=0.5)
        + p9.geom_step(data=_leading(past), color=INK, size=1.0, direction="hv")
        + p9.geom_line(data=ahead, color=AHEAD, size=1.2, linetype="dashed")
        + p9.geom_label(
            data=_names(past),
            mapping=aes(label="text"),
            ha="left",
            va="top",
            size=8.5,
            color=INK,
            fill="white",
            alpha=0.75,
            label_size=0,
            label_padding=0.1,
        )
        + p9.geom_text(
            data=lines,
            mapping=aes("x_text", "y_text", label="label", color="name"),
            ha="left",
            size=9,
            lineheight=1.15,
        )
        + p9.scale_fill_manual(values={True: OTHER, False: "white"})
        + p9.scale_color_manual(values=dict(zip(lines["name"], COLOURS[1:] * 2, strict=False)))
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_x_continuous(
            breaks=range(1995, int(right) + 1, 5), labels=lambda xs: [f"{x:.0f}" for x in xs]
        )
        + p9.expand_limits(x=right + 0.36 * (right - float(past.years.min())))
        + p9.labs(
            title=fill(_title(found), 88),
            subtitle=fill(_subtitle(past), 130),
            caption=fill(_caption(found), 165),
            x="",
            y="FLOPs per byte",
        )
        + house_style(SIZE)
    )


def _fits(found: "Sequence[History]") -> "list[bool]":
    """Whether each accelerator holds at least one of the workloads."""
    held = np.any([one.devices == 1 for one in found], axis=0)
    return [bool(x) for x in held]


def _leading(past: "Past") -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame({"year": past.years, "balance": past.balance[past.leader]})
    return frame.drop_duplicates("year", keep="last")


def _ahead(past: "Past") -> "pd.DataFrame":
    import pandas as pd

    ahead = past.ahead
    return pd.DataFrame(
        {
            "year": past.yearly.now + ahead.horizon,
            "balance": ahead.value,
            "low": ahead.low,
            "high": ahead.high,
        }
    )


def _lines(found: "Sequence[History]") -> "pd.DataFrame":
    """Draw each workload at its intensity, from the first chip that holds it on."""
    import pandas as pd

    past = found[0].past
    right = float(past.yearly.now + past.ahead.horizon[-1])
    left = float(past.years.min())
    intensities = [one.intensity for one in found]
    edges = [*intensities, *past.balance.tolist(), *past.ahead.high[np.isfinite(past.ahead.high)]]
    span = log10(max(edges) / min(edges))
    heights = spread([log10(x) for x in intensities], ROW * span)
    return pd.DataFrame(
        {
            "name": [str(i) for i in range(len(found))],
            "intensity": intensities,
            "start": [float(past.years[one.first]) for one in found],
            "right": right,
            "x_text": right + 0.02 * (right - left),
            "y_text": [10**h for h in heights],
            "label": [_label(one, x) for one, x in zip(found, intensities, strict=True)],
        }
    )


def _label(one: "History", intensity: float) -> str:
    work = one.placed.work
    what = f"{work.model.name} {work.phase}, batch {work.batch}"
    since = one.waits_since()
    wall = "computes today" if since is None else f"waits since {str(since)[:4]}"
    return f"{what}, {work.passes.context} long\n{digits(intensity)} FLOP/byte, {wall}"


def _names(past: "Past") -> "pd.DataFrame":
    """Name some leading chips below their place, no two closer than four years."""
    import pandas as pd

    places = [i for i in dict.fromkeys(past.leader.tolist()) if past.years[i] > 2004][:-1]
    chosen: list[int] = []
    for i in reversed(places):
        if not chosen or past.years[chosen[-1]] - past.years[i] > 4:
            chosen.append(i)
    line = past.balance[past.leader]
    # Below the leaders of the years that the name reaches over.
    under = [line[(past.years >= y) & (past.years < y + 4)].min() for y in past.years[chosen]]
    return pd.DataFrame(
        {
            "year": past.years[chosen],
            "balance": np.array(under) * 0.85,
            "text": past.chips.ids[chosen],
        }
    )


def _title(found: "Sequence[History]") -> str:
    """State what the picture shows: who waits, since when, and what is to come."""
    waiting = [one for one in found if one.waits_since() is not None]
    past = found[0].past
    year = int(past.yearly.now + past.ahead.horizon[-1])
    times = digits(float(past.ahead.value[-1]), 2)
    if not waiting:
        return (
            f"Compute still bounds all of these; a chip of {year} may ask for {times} FLOPs a byte"
        )
    one = min(waiting, key=lambda o: o.intensity)
    since = str(one.waits_since())[:4]
    work = one.placed.work
    return (
        f"{work.model.name} {work.phase} has waited for memory since {since}; a leading chip of "
        f"{year} may ask for {times} FLOPs per byte"
    )


def _subtitle(past: "Past") -> str:
    low, high = float(past.ahead.low[-1]), float(past.ahead.high[-1])
    band = ""
    if isfinite(low):
        band = f" ({past.ahead.level * 100:g} % band of that {digits(low, 2)} to {digits(high, 2)})"
    return (
        f"Points: machine balance of every accelerator, dark line: of the leading chip; dashed and "
        f"shaded: forecast{band}. What lies below it waits for memory."
    )


def _caption(found: "Sequence[History]") -> str:
    from memwall_cli.words.workload import conditions

    past, work = found[0].past, found[0].placed.work
    return (
        f"memwall {__version__}, data set curated. Balance: dense peak in the format in which "
        f"matrices are multiplied, or the next wider, over DRAM bandwidth; n = {len(past.chips)}. "
        f"Workloads: {conditions(work)}, weights and KV cache alone. Filled points hold one of "
        "them. Forecast: random walk with drift on the median balance of the five with the highest "
        f"peaks; yearly steps: {past.ahead.n}."
    )
