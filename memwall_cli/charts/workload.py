"""FLOPs, bytes and intensity of workloads over their length or batch: the paper's case study."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2, log10
from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli import __version__
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
from memwall_cli.text import digits, prefix_of

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.workload.operator import Operator
    from memwall_cli.workload.workload import Workload

INTENSITY = "FLOPs per byte"
AXES = ("context", "tokens", "batch")
SIZE = (12.0, 5.2)


@dataclass(frozen=True)
class Line:
    """Workloads that differ in one number, and their totals."""

    name: str
    label: str
    points: "Sequence[tuple[Workload, Operator]]"

    def intensities(self) -> tuple[float, float]:
        """Least and most FLOPs per byte."""
        found = [float(total.intensity) for _, total in self.points]
        return min(found), max(found)


def lines_of(totals: "Sequence[tuple[Workload, Operator]]") -> tuple[str, list[Line]]:
    """Choose the number that most workloads of a line differ in, and gather them by it.

    Parameters
    ----------
    totals : workloads and the totals of their operators.
    """
    axis = min(AXES, key=lambda name: len({_key(work, name) for work, _ in totals}))
    gathered: dict[tuple[object, ...], list[tuple[Workload, Operator]]] = {}
    for work, total in totals:
        gathered.setdefault(_key(work, axis), []).append((work, total))
    works = [work for work, _ in totals]
    lines = []
    for points in gathered.values():
        work = points[0][0]
        more = [work.phase, *_differences(work, works, axis)]
        lines.append(
            Line(
                f"{work.model.name} ({', '.join(more)})",
                f"{work.model.name}\n{', '.join(more)}",
                sorted(points, key=lambda point: int(getattr(point[0], axis))),
            )
        )
    return axis, lines


def _key(work: "Workload", axis: str) -> tuple[object, ...]:
    """Key what a line has in common; new tokens that are the whole context follow it."""
    follows = work.tokens == work.context and axis != "batch"
    fixed = {"context": work.context, "tokens": None if follows else work.tokens}
    fixed["batch"] = work.batch
    return (work.model.id, work.phase, *(v for name, v in fixed.items() if name != axis))


def _differences(work: "Workload", works: "Sequence[Workload]", axis: str) -> list[str]:
    """Say what beside model and phase tells a line from the others."""
    names = [name for name in ("batch", "context") if name != axis]
    if work.phase == "decode" and axis != "tokens":
        names.append("tokens")
    alike = [w for w in works if w.phase == work.phase]
    return [
        f"{name} {getattr(work, name)}"
        for name in names
        if len({getattr(w, name) for w in alike}) > 1
    ]


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
        + p9.scale_shape_manual(values=dict(zip(names, SHAPES * 2, strict=False)))
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_x_continuous(
            trans="log2", breaks=ticks, minor_breaks=None, labels=[f"{x:.0f}" for x in ticks]
        )
        + p9.expand_limits(x=float(labels["x_room"].max()))
        + p9.labs(
            title=fill(_title(axis, lines), 92),
            subtitle=subtitle(lines),
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
            "beyond": _beyond(work),
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


def _beyond(work: "Workload") -> bool:
    return bool(work.model.window and work.context > work.model.window)


def _labels(points: "pd.DataFrame", lines: Sequence[Line]) -> "pd.DataFrame":
    """Label each line right of its end, with its last value; none may collide."""
    import pandas as pd

    texts = {line.name: line.label for line in lines}
    ends = points.groupby(["panel", "line"], observed=True, sort=False).tail(1)
    low, high = log2(points["x"].min()), log2(points["x"].max())
    parts = []
    for panel, part in ends.groupby("panel", observed=True):
        shown = points.loc[points["panel"] == panel, "y"]
        span = max(log10(shown.max() / shown.min()), 0.2)
        heights = spread([log10(y) for y in part["y"]], 0.115 * span)
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
    labels["x_room"] = 2 ** (high + (0.1 + 0.033 * longest) * (high - low))
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
        other = shorter_name(high, lines)
        return f"{low.name} does {_span(low)} FLOPs for each byte it moves, {other} {_span(high)}"
    ranked = sorted(lines, key=lambda line: float(line.points[-1][1].intensity))
    (first, before), (last, after) = ranked[0].points[0], ranked[0].points[-1]
    if len(lines) == 1:
        return (
            f"{lines[0].name} does {digits(before.intensity)} FLOPs per byte at {axis} "
            f"{getattr(first, axis)}, {digits(after.intensity)} at {getattr(last, axis)}"
        )
    most = ranked[-1].points[-1][1]
    return (
        f"At batch {last.batch} {ranked[0].name} does {digits(after.intensity)} FLOPs per byte, "
        f"{shorter_name(ranked[-1], lines)} {digits(most.intensity)}"
    )


def shorter_name(line: Line, lines: Sequence[Line]) -> str:
    """Name a line after another one, without the model where that is the same for all."""
    model = line.points[0][0].model
    alone = all(one.points[0][0].model is model for one in lines)
    return line.name.removeprefix(f"{model.name} ") if alone else line.name


def _span(line: Line) -> str:
    low, high = (digits(value, 2 if value < 10 else 3) for value in line.intensities())
    return low if low == high else f"{low} to {high}"


def subtitle(lines: Sequence[Line]) -> str:
    """Say what all workloads have in common, and what hollow points are."""
    from memwall_cli.answers.workload_view import conditions

    works = [work for line in lines for work, _ in line.points]
    parts = [
        f"{name} {getattr(works[0], name)}"
        for name in ("batch", "context")
        if len({getattr(work, name) for work in works}) == 1
    ]
    text = "; ".join([f"Counted in {conditions(works[0])}", *parts])
    if any(_beyond(work) for work in works):
        text += "; hollow points: longer than the model was made for"
    return text


def caption(lines: Sequence[Line]) -> str:
    """Say how it was counted."""
    works = [work for line in lines for work, _ in line.points]
    paper = " Counted as arXiv 2302.14017 does; bytes moved are its MOPs."
    convention = paper if works[0].blocks_only else ""
    return (
        f"memwall {__version__}. Counted operator by operator, nothing estimated or fitted; "
        f"n = {len(works)} workloads. A multiply-add is two FLOPs.{convention}"
    )
