"""What an experiment measured, as bars side by side, with a mark where the model predicted it."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli.charts import COLOURS, INK, house_style
from memwall_cli.experiments.run import machine_of
from memwall_cli.render import Row
from memwall_cli.words.runs import on_threads

if TYPE_CHECKING:
    from plotnine import ggplot

ROOM = 1.75
"""How far the axis goes beyond the longest bar, for the labels."""


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes
    ----------
    panel, name : where it stands.
    measured, predicted : its length; where the mark is, if anywhere.
    text : behind it.
    error : length of the error bar to both sides.
    """

    panel: str
    name: str
    measured: float
    predicted: float | None
    text: str
    error: float = 0.0


def bars_of(
    bars: Sequence[Bar], title: str, subtitle: str, caption: str, size: tuple[float, float]
) -> "ggplot":
    """Draw panels side by side, each with a scale and names of its own.

    Parameters
    ----------
    bars : in order, the first at the top.
    title, subtitle, caption : around them.
    size : of the picture, in inches.
    """
    import pandas as pd
    import plotnine as p9

    frame = pd.DataFrame([vars(bar) for bar in bars])
    frame["panel"] = pd.Categorical(frame["panel"], list(dict.fromkeys(frame["panel"])))
    frame["name"] = pd.Categorical(frame["name"], list(dict.fromkeys(frame["name"]))[::-1])
    frame["low"] = frame["measured"] - frame["error"]
    frame["high"] = frame["measured"] + frame["error"]
    ends = frame[["high", "predicted"]].max(axis=1)
    longest = ends.groupby(frame["panel"], observed=True).transform("max")
    # Behind a mark at the end of the bar, too.
    frame["label"] = (
        ends.clip(lower=0) + frame["predicted"].notna().map({True: 0.06, False: 0.02}) * longest
    )
    frame["room"] = ROOM * longest
    marks = frame[frame["predicted"].notna()]
    aes = p9.aes
    return (
        p9.ggplot(frame, aes("measured", "name"))
        + p9.geom_segment(
            aes(x=0, xend="measured", y="name", yend="name"), size=8, color=COLOURS[3]
        )
        + p9.geom_segment(
            data=frame[frame["error"] > 0],
            mapping=aes(x="low", xend="high", y="name", yend="name"),
            size=1.2,
            color=INK,
        )
        + p9.geom_point(
            data=marks,
            mapping=aes("predicted", "name"),
            shape="D",
            size=3.2,
            fill="white",
            color=COLOURS[0],
            stroke=1.1,
        )
        + p9.geom_text(aes("label", "name", label="text"), ha="left", size=8.5, color=INK)
        + p9.geom_blank(aes("room", "name"))
        + p9.facet_wrap("panel", scales="free", nrow=1)
        + p9.scale_x_continuous(breaks=_three, expand=(0.02, 0))
        + p9.labs(title=fill(title, 96), subtitle=subtitle, caption=fill(caption, 165), x="", y="")
        + house_style(size)
        + p9.theme(
            strip_text=p9.element_text(size=10.5, weight="bold", ha="left"),
            panel_grid_major_y=p9.element_blank(),
            axis_text_y=p9.element_text(size=9.5, color=INK, ha="right"),
        )
    )


def _three(limits: tuple[float, float]) -> list[float]:
    """Choose round marks from zero to below where the labels' room begins."""
    from math import floor, log10

    most = limits[1] / ROOM
    if most <= 0:
        return [0.0]
    size = 10.0 ** floor(log10(most))
    step = next(m * size for m in (0.2, 0.5, 1.0, 2.0, 5.0) if m * size * 4.2 >= most)
    return [round(i * step, 12) for i in range(int(most / step) + 1)]


def made_on(rows: Sequence[Row]) -> str:
    """Say for a caption what measured, on what, and when.

    Parameters
    ----------
    rows : of one run.
    """
    first = rows[0]
    return (
        f"memwall {first['memwall']}, {machine_of(rows)}{on_threads(first)}, "
        f"PyTorch {first['torch']}, measured {str(first['date'])[:10]}"
    )
