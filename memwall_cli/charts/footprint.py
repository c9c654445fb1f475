"""Stacked bars of what a device holds, against the memory of accelerators."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli import __version__
from memwall_cli.charts import COLOURS, INK, SIZE, check_number, house_style, spread
from memwall_cli.text import digits
from memwall_cli.words.footprint import LABELS, NUMBERS, WORDS, in_common, varied

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.workload.layouts import Laid

SHADES = dict(
    zip(
        ("weights", "gradients", "optimizer", "activations", "kv-cache"),
        (COLOURS[1], COLOURS[3], COLOURS[0], COLOURS[2], COLOURS[4]),
        strict=True,
    ),
    **{"head-activations": "#8FD3BC", "recomputation": "#C9C9C9"},
)
"""A component's colour; the smaller kinds of activations are shades of green and grey."""


LINE = "#777777"
VISIBLE = 0.004
"""Part of the highest bar below which a component is too thin to be seen, and to be named."""


def footprint_chart(laid: "Sequence[Laid]", memories: dict[str, int]) -> "ggplot":
    """Draw a bar for each workload, its components stacked, and a line for each memory.

    Parameters
    ----------
    laid : the workloads, each with what it takes.
    memories : bytes of each accelerator.
    """
    import plotnine as p9

    check_number(len(laid))
    bars = _bars(laid)
    totals = bars.groupby("place", as_index=False)["gb"].sum()
    totals["text"] = [digits(gb) for gb in totals["gb"]]
    top = float(totals["gb"].max())
    there = [n for n in SHADES if bars.loc[bars["component"] == n, "gb"].max() > VISIBLE * top]
    lines = _lines(memories, top, len(laid))
    aes = p9.aes
    return (
        p9.ggplot(bars, aes("place", "gb"))
        + p9.geom_col(aes(fill="component"), width=0.6)
        + p9.geom_segment(
            aes(x="start", xend="x_end", y="gb", yend="gb"), lines, linetype="dashed", color=LINE
        )
        + p9.geom_segment(aes(x="x_end", xend="x_label", y="gb", yend="y"), lines, color=LINE)
        + p9.geom_text(aes("x_label", "y", label="text"), lines, ha="left", size=9, color=INK)
        + p9.geom_label(
            aes(label="text"),
            totals,
            va="bottom",
            nudge_y=top * 0.012,
            size=9.5,
            color=INK,
            fontweight="bold",
            boxstyle="square",
            label_size=0,
            label_padding=0.1,
        )
        + p9.scale_fill_manual(
            values=[SHADES[name] for name in SHADES],
            limits=[*SHADES],
            breaks=there,
            labels=[LABELS[name] for name in there],
        )
        + p9.scale_x_continuous(breaks=range(len(laid)), labels=_names(laid))
        + p9.expand_limits(x=len(laid) - 0.5 + 0.29 * len(laid), y=0)
        + p9.labs(
            title=fill(_title(laid, memories), 84),
            subtitle=fill(f"On each device: {'; '.join(in_common(laid))}", 125),
            caption=fill(_caption(laid), 150),
            x="",
            y="GB on a device",
            fill="",
        )
        + house_style(SIZE)
        + p9.theme(
            legend_position="top",
            legend_justification="left",
            legend_key_size=12,
            panel_grid_major_x=p9.element_blank(),
        )
    )


def _bars(laid: "Sequence[Laid]") -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(
        [
            (place, name, size / 1e9)
            for place, one in enumerate(laid)
            for name, size in one.footprint.components.items()
        ],
        columns=["place", "component", "gb"],
    )
    # Drawn from the top down: weights shall stand on the axis.
    frame["component"] = pd.Categorical(frame["component"], [*SHADES][::-1])
    return frame


def _lines(memories: dict[str, int], top: float, bars: int) -> "pd.DataFrame":
    """Place a line at each memory that isn't far above all bars, its label where there is room."""
    import pandas as pd

    sizes: dict[float, list[str]] = {}
    for name, memory in sorted(memories.items(), key=lambda item: item[1]):
        sizes.setdefault(memory / 1e9, []).append(name)
    near = [gb for gb in sizes if gb <= 1.5 * top]
    heights = near or [gb for gb in [min(sizes)] if gb <= 4 * top]
    end = bars - 0.6
    return pd.DataFrame(
        {
            "gb": heights,
            "y": spread(heights, 0.045 * max(top, *heights, 0)),
            "start": -0.45,
            "x_end": end,
            "x_label": end + 0.03 * bars,
            "text": [f" {digits(gb)}  {', '.join(sizes[gb])}" for gb in heights],
        }
    )


def _names(laid: "Sequence[Laid]") -> list[str]:
    """Name bars by what they differ in; by model and phase where there is one."""
    differing = varied(laid)
    if not differing:
        return [f"{laid[0].work.model.id}\n{laid[0].work.phase}"]
    columns = [[_value(key, value) for value in values] for key, values in differing.items()]
    return ["\n".join(part for part in parts if part) for parts in zip(*columns, strict=True)]


def _value(key: str, value: str) -> str:
    return f"{key} {value}" if value and key in (*NUMBERS, "recomp.") else value


def _title(laid: "Sequence[Laid]", memories: dict[str, int]) -> str:
    """State the finding: what weighs most, and what does not hold it."""
    one = max(laid, key=lambda each: float(each.footprint.total))
    total, parts = one.footprint.total, one.footprint.components
    heaviest = max(parts, key=lambda name: float(parts[name]))
    share = 100 * parts[heaviest] / total
    order = sorted(memories, key=memories.__getitem__)
    small = [name for name in order if memories[name] < total]
    holds = f"too much for {small[-1]}" if small else f"{order[0]} holds it"
    others = {key: values for key, values in varied(laid).items() if key not in WORDS}
    said = [_value(key, values[laid.index(one)]) for key, values in others.items()]
    named = ", ".join([one.work.model.name, one.work.phase, *filter(None, said)])
    return f"{named}: {digits(total / 1e9)} GB, {share:.0f} % of it {LABELS[heaviest]}; {holds}"


def _caption(laid: "Sequence[Laid]") -> str:
    counting = "GB = 10^9 bytes; memory as printed in data sheets (data set curated)."
    if any(one.trains for one in laid):
        counting += " Activations counted as arXiv 2205.05198 does for GPT."
    return f"memwall {__version__}. Exact counts from the shapes of the model. {counting}"
