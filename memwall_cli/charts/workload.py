"""FLOPs, bytes and intensity of workloads over their length or batch: the paper's case study."""

from collections.abc import Sequence
from math import log2, log10
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
from memwall_cli.charts.workload_lines import (
    Line,
    beyond_window,
    caption,
    finding,
    subtitle,
)
from memwall_cli.text import digits, prefix_of

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot


INTENSITY = "FLOPs per byte"
HOLLOW = "longer than the model was made for"
SIZE = (12.0, 5.2)


def lines_chart(axis: str, lines: Sequence[Line]) -> "ggplot":
    """Draw FLOPs, bytes and intensity, a panel each.

    Parameters
    ----------
    axis : "context", "tokens" or "batch".
    lines : what to draw.
    """
    import plotnine as p9

    check_number(len(lines))
    points = _points(axis, lines)
    labels = _labels(points, lines)
    within, beyond = points[~points["beyond"]], points[points["beyond"]]
    names = [line.name for line in lines]
    ticks = _ticks(sorted(set(points["x"])))
    aes = p9.aes
    return (
        p9.ggplot(points, aes("x", "y", color="line", shape="line"))
        + p9.geom_line(size=1.1)
        + p9.geom_point(data=within, size=2.4)
        + p9.geom_point(data=beyond, size=2.4, fill="white", stroke=0.9)
        + p9.geom_segment(
            data=labels,
            mapping=aes(x="x_end", xend="x_label", y="y_end", yend="y_label"),
            size=0.4,
        )
        + p9.geom_label(
            data=labels,
            mapping=aes("x_text", "y_label", label="text"),
            ha="left",
            size=8.5,
            color=INK,
            fill="white",
            lineheight=1.15,
            label_size=0,
            label_padding=0.05,
        )
        + p9.facet_wrap("panel", scales="free_y", ncol=3)
        + p9.scale_color_manual(values=dict(zip(names, COLOURS * 2, strict=False)))
        + p9.scale_shape_manual(values=dict(zip(names, SHAPES + SHAPES[1:], strict=False)))
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_x_continuous(
            trans="log2", breaks=ticks, minor_breaks=None, labels=[f"{x:.0f}" for x in ticks]
        )
        + p9.expand_limits(x=float(labels["x_room"].max()))
        + p9.labs(
            title=fill(_title(axis, lines), 92),
            subtitle=subtitle(lines) + ("; hollow points: " + HOLLOW if len(beyond) else ""),
            caption=fill(caption(lines), 190),
            x=_axis_title(axis, lines),
            y="",
        )
        + house_style(SIZE)
        + p9.theme(
            strip_text=p9.element_text(size=11, weight="bold"),
            axis_text_x=p9.element_text(size=8.5),
            panel_spacing_x=0.03,
        )
    )


def _points(axis: str, lines: Sequence[Line]) -> "pd.DataFrame":
    import pandas as pd

    totals = [total for line in lines for _, total in line.points]
    flop, flops = prefix_of(float(max(total.flops for total in totals)), "FLOP")
    byte, bytes_ = prefix_of(float(max(total.bytes for total in totals)), "B")
    panels = (f"Computed ({flops}s)", f"Moved ({bytes_})", INTENSITY)
    frame = pd.DataFrame(
        {
            "x": float(getattr(work, axis)),
            "y": value,
            "line": line.name,
            "panel": panel,
            "beyond": beyond_window(work),
        }
        for line in lines
        for work, total in line.points
        for panel, value in zip(
            panels, (total.flops / flop, total.bytes / byte, total.intensity), strict=True
        )
    )
    frame["panel"] = pd.Categorical(frame["panel"], panels)
    frame["line"] = pd.Categorical(frame["line"], [line.name for line in lines])
    return frame


def _labels(points: "pd.DataFrame", lines: Sequence[Line]) -> "pd.DataFrame":
    """Label each line right of its end, with its last value; none may collide."""
    import pandas as pd

    texts = {line.name: line.label for line in lines}
    ends = points.groupby(["panel", "line"], observed=True, sort=False).tail(1)
    low, high = log2(points["x"].min()), log2(points["x"].max())
    tall = 1 + max(line.label.count("\n") for line in lines)
    parts = []
    for panel, part in ends.groupby("panel", observed=True):
        shown = points.loc[points["panel"] == panel, "y"]
        span = max(log10(shown.max() / shown.min()), 0.2)
        heights = spread([log10(y) for y in part["y"]], tall * 0.058 * span)
        parts.append(
            part.rename(columns={"x": "x_end", "y": "y_end"}).assign(
                y_label=[10**height for height in heights],
                text=[
                    f"{texts[line]}: {digits(y)}"
                    for line, y in zip(part["line"], part["y"], strict=True)
                ],
            )
        )
    labels = pd.concat(parts, ignore_index=True)
    labels["x_label"] = 2 ** (high + 0.06 * (high - low))
    labels["x_text"] = 2 ** (high + 0.09 * (high - low))
    longest = max(len(part) for text in labels["text"] for part in text.split("\n"))
    wide = min(0.021 * longest, 0.6)  # part of the panel that the longest label takes
    labels["x_room"] = 2 ** (high + (0.09 + wide) / (1 - wide) * (high - low))
    return labels


def _ticks(xs: Sequence[float]) -> list[float]:
    """Mark the values themselves, or every other one where they are many."""
    step = -(-len(xs) // 6)
    return list(xs[::-1][::step][::-1])


def _axis_title(axis: str, lines: Sequence[Line]) -> str:
    if axis == "batch":
        return "Batch (sequences)"
    works = [work for line in lines for work, _ in line.points]
    if axis == "tokens":
        return "New tokens per sequence"
    return (
        "Tokens per sequence"
        if all(work.tokens == work.context for work in works)
        else "Context (tokens per sequence)"
    )


def _title(axis: str, lines: Sequence[Line]) -> str:
    """State the finding: how many FLOPs a byte gets."""
    if len(lines) > 1 and axis != "batch":
        ranked = sorted(lines, key=Line.intensities)
        low, high = ranked[0], ranked[-1]
        return finding(low, _span(low), high, _span(high))
    ranked = sorted(lines, key=lambda line: float(line.points[-1][1].intensity))
    (first, before), (last, after) = ranked[0].points[0], ranked[0].points[-1]
    if len(lines) == 1:
        return (
            f"{lines[0].name} does {digits(before.intensity)} FLOPs per byte at {axis} "
            f"{getattr(first, axis)}, {digits(after.intensity)} at {axis} {getattr(last, axis)}"
        )
    most = ranked[-1].points[-1][1]
    said = finding(ranked[0], digits(after.intensity), ranked[-1], digits(most.intensity))
    return f"At batch {last.batch} {said}"


def _span(line: Line) -> str:
    low, high = (digits(value, 2 if value < 10 else 3) for value in line.intensities())
    return low if low == high else f"{low} to {high}"
