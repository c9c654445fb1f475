"""BERT encodes and GPT-2 generates on this machine: their time, and their place on the roofline."""

from math import log10
from textwrap import fill
from typing import TYPE_CHECKING, Any

from memwall_cli.charts import COLOURS, INK, decades, house_style, plain_numbers, spread
from memwall_cli.experiments.encoder_decoder import DECODER, ENCODER
from memwall_cli.experiments.run import machine_of, number
from memwall_cli.render import Row
from memwall_cli.text import digits
from memwall_cli.words.runs import on_threads, pair, shown

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

NAMES = {ENCODER: "BERT-Base", DECODER: "GPT-2"}
TIME = "Seconds, by tokens (batch 1); dashed: predicted"
ROOF = "GFLOP/s, by FLOPs per byte; line: roofs measured"
APART = 0.05
"""Least distance of two labels, as a part of a panel's height."""


def encoder_decoder_chart(rows: list[Row]) -> "ggplot":
    """Draw the time beside the roofline.

    Parameters
    ----------
    rows : of the run.
    """
    import pandas as pd
    import plotnine as p9

    # A whole generation stands in the table; here it would lie on the sum of its steps.
    wanted = [r for r in shown(rows) if (r["model"], r["basis"]) != (DECODER, "measured")]
    points = pd.DataFrame([*_times(wanted, "seconds"), *_places(wanted)])
    floors = pd.DataFrame(_times(wanted, "predicted_s"))
    roof = _roof(rows[0], points[points["panel"] == ROOF]["x"])
    labels = _labels(points, log10(roof["y"].max()))
    for frame in (points, floors, roof, labels):
        frame["panel"] = pd.Categorical(frame["panel"], [TIME, ROOF])
    aes = p9.aes
    return (
        p9.ggplot(points, aes("x", "y", color="model", shape="model"))
        + p9.geom_line(data=roof, mapping=aes("x", "y"), inherit_aes=False, color=INK, size=0.9)
        + p9.geom_line(data=floors, linetype="dashed", size=0.8)
        + p9.geom_line(data=points[points["panel"] == TIME], size=1.1)
        + p9.geom_point(size=2.6)
        + p9.geom_segment(
            data=labels,
            mapping=aes(x="x", xend="x_label", y="y", yend="y_label"),
            size=0.4,
        )
        + p9.geom_text(
            data=labels,
            mapping=aes("x_label", "y_label", label="text"),
            ha="left",
            size=8.5,
            color=INK,
        )
        + p9.facet_wrap("panel", scales="free", ncol=2)
        + p9.scale_color_manual(values=dict(zip(NAMES.values(), COLOURS, strict=False)))
        + p9.scale_shape_manual(values=dict(zip(NAMES.values(), "os", strict=True)))
        + p9.scale_x_log10(breaks=_ticks, minor_breaks=None, labels=plain_numbers)
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.geom_blank(data=labels.assign(x=labels["x_room"]))
        + p9.labs(
            title=fill(_title(rows), 88),
            subtitle=_subtitle(rows[0]),
            caption=fill(_caption(rows), 160),
            x="",
            y="",
        )
        + house_style((12.0, 5.4))
        + p9.theme(strip_text=p9.element_text(size=11, weight="bold", ha="left"))
    )


def _times(rows: list[Row], what: str) -> list[dict[str, Any]]:
    return [
        {
            "panel": TIME,
            "x": row["tokens"],
            "y": row[what],
            "model": NAMES[str(row["model"])],
            "batch": 1,
        }
        for row in rows
        if row["batch"] == 1
    ]


def _places(rows: list[Row]) -> list[dict[str, Any]]:
    """Place each model and batch, at its longest length, under the roofs."""
    longest: dict[tuple[Any, Any], Row] = {}
    for row in sorted(rows, key=lambda one: number(one, "tokens")):
        longest[row["model"], row["batch"]] = row
    return [
        {
            "panel": ROOF,
            "x": row["intensity"],
            "y": number(row, "flops_per_s") / 1e9,
            "model": NAMES[str(row["model"])],
            "batch": row["batch"],
        }
        for row in longest.values()
    ]


def _roof(row: Row, xs: "pd.Series[float]") -> "pd.DataFrame":
    import pandas as pd

    peak, slope = (number(row, k) / 1e9 for k in ("peak_flops_per_s", "peak_bytes_per_s"))
    left, ridge = float(xs.min()) / 1.6, peak / slope
    return pd.DataFrame(
        {
            "panel": ROOF,
            "x": [left, ridge, max(float(xs.max()) * 1.6, ridge)],
            "y": [slope * left, peak, peak],
        }
    )


def _labels(points: "pd.DataFrame", top: float) -> "pd.DataFrame":
    """Name the end of each line, and each place under the roofs (log10 of them), kept apart."""
    import pandas as pd

    parts = []
    for panel, mine in points.groupby("panel", sort=False):
        ends = mine.sort_values("x").groupby(["model", "batch"], sort=False).tail(1)
        heights = [log10(y) for y in mine["y"]]
        gap = APART * (max(*heights, top if panel == ROOF else -9) - min(heights) + 0.3)
        at = [log10(y) - (gap if panel == ROOF else 0) for y in ends["y"]]
        # BERT's places lie close together: their names stand to the right of all of them.
        close = ends["model"] == NAMES[ENCODER]
        beside = ends["x"].where(~close, ends.loc[close, "x"].max())
        batch = "" if panel == TIME else ", batch " + ends["batch"].astype(str)
        parts.append(
            ends.assign(
                text=" " + ends["model"] + batch,
                x_label=1.15 * beside,
                y_label=[10**y for y in spread(at, gap)],
                x_room=float(mine["x"].max()) * (1.9 if panel == TIME else 8.0),
            )
        )
    return pd.concat(parts)


def _ticks(limits: tuple[float, float]) -> list[float]:
    if limits[0] > 60:
        return [x for x in (128.0, 256.0, 512.0, 1024.0) if x <= limits[1]]
    return decades(limits)


def _title(rows: list[Row]) -> str:
    two = pair(rows)
    if two is None:
        return "BERT-Base encodes, GPT-2 generates: time and roofline"
    bert, gpt2 = two
    more = {name: number(gpt2, name) / number(bert, name) for name in ("seconds", "flops")}
    return (
        f"{bert['tokens']} tokens: GPT-2 takes {digits(more['seconds'], 2)}x the time of BERT-Base "
        f"for {digits(more['flops'], 2)}x the FLOPs"
    )


def _subtitle(row: Row) -> str:
    return (
        f"fp32, {row['library']} on {row['processor']}{on_threads(row)}; real "
        "shapes, random weights; what lies at the left waits for memory"
    )


def _caption(rows: list[Row]) -> str:
    first = rows[0]
    return (
        f"memwall {first['memwall']}, {machine_of(rows)}, measured {str(first['date'])[:10]}, best "
        f"of n runs; numpy {first['numpy']}, PyTorch {first['torch'] or 'none'}. GPT-2: sampled "
        "steps, summed; bytes and FLOPs as memwall workload counts them."
    )
