"""The classic roofline: a roof for each accelerator, the workloads on it as points."""

from collections.abc import Sequence
from math import log10
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
from memwall_cli.text import digits
from memwall_cli.workload.roofline import BOUNDS

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.accelerators.rooflines import Placed

SIZE = (11.0, 6.6)
ROW = 0.036
"""Height of a line of text, as a part of the panel's."""


def roofline_chart(placed: "Sequence[Placed]") -> "ggplot":
    """Draw roofs and workloads, both axes logarithmic.

    Parameters
    ----------
    placed : workloads on the same accelerators.
    """
    import plotnine as p9

    chips = placed[0].chips
    check_number(len(chips))
    check_number(len(placed))
    roofs, points = _roofs(placed), _points(placed)
    names, flags = _labels(placed, roofs)
    ids = chips.ids.tolist()
    colours = dict(zip(ids, COLOURS * 2, strict=False))
    lines = {name: "solid" if i < len(COLOURS) else "dashed" for i, name in enumerate(ids)}
    aes = p9.aes
    return (
        p9.ggplot(roofs, aes("x", "y", color="chip"))
        + p9.geom_segment(
            data=flags,
            mapping=aes(x="x", xend="x", y="y", yend="y_label"),
            color="#8A8A8A",
            size=0.4,
            linetype="dotted",
        )
        + p9.geom_line(aes(linetype="chip"), size=1.1)
        + p9.geom_point(aes(shape="work"), points, size=2.6, stroke=0.8, fill="white")
        + p9.geom_text(aes("x", "y_label", label="text"), flags, ha="left", size=8.5, color=INK)
        + p9.geom_segment(aes(x="x_end", xend="x_text", y="y", yend="y_label"), names, size=0.4)
        + p9.geom_text(aes("x_text", "y_label", label="text"), names, ha="left", size=8.5)
        + p9.scale_color_manual(values=colours)
        + p9.scale_linetype_manual(values=lines)
        + p9.scale_shape_manual(values=dict(zip(flags["work"], SHAPES * 2, strict=False)))
        + p9.scale_x_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_y_log10(
            breaks=decades((0.8 * roofs["y"].min(), 1.25 * roofs["y"].max())),
            minor_breaks=None,
            labels=plain_numbers,
        )
        + p9.expand_limits(x=_room(names, flags), y=1.2 * float(flags["y_label"].max()))
        + p9.labs(
            title=fill(_title(placed), 88),
            subtitle=_subtitle(placed),
            caption=fill(_caption(placed), 150),
            x="FLOPs per byte of weights and KV cache",
            y="TFLOP/s",
        )
        + house_style(SIZE)
    )


def _roofs(placed: "Sequence[Placed]") -> "pd.DataFrame":
    """Three points of each roof: on the slope, at the ridge, on the flat."""
    import pandas as pd

    rates, ids = placed[0].chips.rates, placed[0].chips.ids.tolist()
    intensities = [float(one.point.intensity) for one in placed]
    balance = rates.peak / rates.bandwidth
    left = min(*intensities, float(balance.min()) / 10) / 2
    right = max(*intensities, float(balance.max())) * 2
    frame = pd.DataFrame(
        {"chip": chip, "x": x, "y": min(peak, bandwidth * x) / 1e12}
        for chip, peak, bandwidth in zip(ids, rates.peak, rates.bandwidth, strict=True)
        for x in (left, peak / bandwidth, right)
    )
    frame["chip"] = pd.Categorical(frame["chip"], ids)
    return frame


def _points(placed: "Sequence[Placed]") -> "pd.DataFrame":
    import pandas as pd

    works = _names(placed)
    return pd.DataFrame(
        {
            "chip": chip,
            "work": work,
            "x": float(one.point.intensity),
            "y": one.point.flops / time / 1e12,
        }
        for one, work in zip(placed, works, strict=True)
        for chip, time in zip(one.chips.ids.tolist(), one.point.time_s.tolist(), strict=True)
    )


def _labels(
    placed: "Sequence[Placed]", roofs: "pd.DataFrame"
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Name roofs at their right end, and workloads on stairs above them: none can collide.

    The further left a workload is, the higher stands its name, so that its line up to it passes
    left of all that stand lower.
    """
    import pandas as pd

    low, high = log10(roofs["y"].min()), log10(roofs["y"].max())
    span = (high - low) / (1 - ROW * (len(placed) + 2))
    ends = roofs.groupby("chip", observed=True, sort=False).tail(1)
    width = log10(roofs["x"].max() / roofs["x"].min())
    heights = spread([log10(y) for y in ends["y"]], ROW * span)
    names = ends.rename(columns={"x": "x_end"}).assign(
        y_label=[10**h for h in heights],
        text=ends["chip"].astype(str),
        x_text=10 ** (log10(roofs["x"].max()) + 0.03 * width),
    )
    order = sorted(range(len(placed)), key=lambda i: -float(placed[i].point.intensity))
    works = _names(placed)
    first = max(high, *heights) + 1.6 * ROW * span
    flags = pd.DataFrame(
        {
            "work": works[i],
            "x": float(placed[i].point.intensity),
            "y": 10**low,
            "y_label": 10 ** (first + step * ROW * span),
            "text": f" {works[i]}",
        }
        for step, i in enumerate(order)
    )
    return names, flags


def _room(names: "pd.DataFrame", flags: "pd.DataFrame") -> float:
    """How far right the longest name reaches."""
    width = log10(names["x_text"].max() / flags["x"].min())
    starts = [*zip(names["x_text"], names["text"], strict=True)]
    starts += zip(flags["x"], flags["text"], strict=True)
    return float(10 ** max(log10(x) + 0.012 * len(text) * width for x, text in starts))


def _names(placed: "Sequence[Placed]") -> list[str]:
    """Name each workload by what tells it from the others."""
    works = [one.work for one in placed]
    parts: dict[str, list[str]] = {
        "model": [work.model.name for work in works],
        "phase": [work.phase for work in works],
        "batch": [f"batch {work.batch}" for work in works],
        "context": [f"context {work.passes.context}" for work in works],
    }
    told = [parts["phase"]]
    if len(set(parts["model"])) > 1:
        told.insert(0, parts["model"])
    for name in ("batch", "context"):
        if len(set(parts[name])) > 1 and len(set(zip(*told, strict=True))) < len(works):
            told.append(parts[name])
    return [", ".join(words) for words in zip(*told, strict=True)]


def _title(placed: "Sequence[Placed]") -> str:
    """State the finding: what bounds each phase."""
    found: dict[str, list[str]] = {}
    for one in placed:
        found.setdefault(one.work.phase, []).extend(BOUNDS[i] for i in one.point.bound.tolist())
    alike: dict[str, list[str]] = {}
    for phase, bounds in found.items():
        alike.setdefault(_share(bounds), []).append(phase)
    said = [f"{' and '.join(phases)} by {what}" for what, phases in alike.items()]
    verb = "are" if len(next(iter(alike.values()))) > 1 else "is"
    said[0] = said[0].replace(" by ", f" {verb} bound by ", 1)
    models = list(dict.fromkeys(one.work.model.name for one in placed))
    who = f"{models[0]}: " if len(models) == 1 else ""
    text = f"{who}{', '.join(said)}"
    return text[0].upper() + text[1:]


def _share(bounds: Sequence[str]) -> str:
    most = max(BOUNDS, key=bounds.count)
    if bounds.count(most) == len(bounds):
        return most
    return f"{most} in {bounds.count(most)} of {len(bounds)} cases"


def _subtitle(placed: "Sequence[Placed]") -> str:
    from memwall_cli.words.workload import conditions

    works = [one.work for one in placed]
    said = [conditions(works[0])]
    said.append(_span("batch", [work.batch for work in works]))
    said.append(_span("context", [work.passes.context for work in works]))
    devices = placed[0].parallel.devices
    if devices > 1:
        said.append(f"one of {devices} devices; points below a roof wait for the network")
    return "; ".join(said)


def _span(name: str, values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{name} {low}" if low == high else f"{name} {low} to {high}"


def _caption(placed: "Sequence[Placed]") -> str:
    rates = placed[0].chips.rates
    balance = rates.peak / rates.bandwidth
    ridge = digits(float(balance.min()))
    if balance.max() > balance.min():
        ridge += f" to {digits(float(balance.max()))}"
    return (
        f"memwall {__version__}. Roofs: dense peak of the format in which matrices are "
        f"multiplied, and memory bandwidth, as specified; ridges at {ridge} FLOP/byte. Points: "
        "the floor of each workload, computed, not measured; "
        f"n = {len(placed) * len(placed[0].chips)}."
    )
