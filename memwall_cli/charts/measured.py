"""The roofline of this machine, with what was measured on it."""

from collections.abc import Sequence
from math import log10
from textwrap import fill
from typing import TYPE_CHECKING, Any

from memwall_cli.charts import COLOURS, INK, decades, house_style, plain_numbers, spread
from memwall_cli.experiments.places import place_of, streams_of
from memwall_cli.experiments.run import machine_of, number
from memwall_cli.render import Row
from memwall_cli.text import digits, prefix_of, prefixed

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

ROOM = 0.34
"""How much longer the axis gets for the names of the roofs."""
APART = 0.05
"""Least distance of two names, as a part of the height."""


def roofline_chart(rows: list[Row]) -> "ggplot":
    """Draw bandwidth as the slope, each format's peak as a flat roof, kernels as points.

    Parameters
    ----------
    rows : of the result of `memwall measure`.
    """
    import pandas as pd
    import plotnine as p9

    device, own, balances = _fastest(rows)
    points = pd.DataFrame([_point(row) for row in own if row["flops"]])
    limits = (float(points["x"].min()) / 2, float(points["x"].max()) * 1.6)
    roofs = pd.concat([_roof(one, limits) for one in balances])
    heights = [log10(y) for y in points["y"]]
    gap = APART * (max(heights) - min(heights) + 0.3)
    names = _names(balances, limits[1], gap)
    kernels = _kernel_names(points, gap)
    ridges = pd.DataFrame(
        [{"x": b["intensity"], "y": b["flops_per_s"], "format": b["format"]} for b in balances]
    )
    aes = p9.aes
    formats = [str(one["format"]) for one in balances]
    return (
        p9.ggplot(points, aes("x", "y", color="format"))
        + p9.geom_line(data=roofs, size=1.1)
        + p9.geom_point(size=2.4)
        + p9.geom_point(data=ridges, shape="D", fill="white", size=3.2, stroke=1.0)
        + p9.geom_text(
            data=names, mapping=aes("x", "y_label", label="text"), ha="left", size=9, color=INK
        )
        + p9.geom_segment(
            data=kernels,
            mapping=aes(x="x", xend="x_label", y="y", yend="y_label"),
            size=0.4,
            color="#999999",
        )
        + p9.geom_text(
            data=kernels,
            mapping=aes("x_label", "y_label", label="text"),
            ha="left",
            nudge_x=0.02,
            size=8.5,
            color=INK,
        )
        + p9.scale_color_manual(values=_colours(formats))
        + p9.scale_x_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=flops_labels)
        + p9.expand_limits(x=limits[1] * (limits[1] / limits[0]) ** ROOM)
        + p9.labs(
            title=fill(_title(rows, device, balances), 88),
            subtitle=_subtitle(balances),
            caption=fill(_caption(rows), 160),
            x="FLOPs per byte moved",
            y="",
        )
        + house_style()
    )


def _fastest(rows: list[Row]) -> tuple[str, list[Row], list[Row]]:
    """Choose the device with most FLOP/s in fp32; give its points and its ceilings.

    Of the kernels of STREAM the fastest of each name, of the products those of the library and
    the threads that reached the peak of their format.
    """
    balances = [row for row in rows if row["kernel"] == "balance"]
    fp32 = [row for row in balances if row["format"] == "fp32"]
    device = str(max(fp32, key=lambda row: number(row, "flops_per_s"))["device"])
    own = [row for row in rows if row["device"] == device]
    balances = [row for row in own if row["kernel"] == "balance"]
    reached = {(place_of(row), row["format"]) for row in balances}
    points = [
        row for row in own if row["kernel"] == "gemm" and (place_of(row), row["format"]) in reached
    ]
    streams = sorted(streams_of(own), key=lambda row: number(row, "bytes_per_s"))
    points += {str(row["kernel"]): row for row in streams}.values()
    return device, points, sorted(balances, key=lambda row: -number(row, "flops_per_s"))


def _colours(formats: list[str]) -> dict[str, str]:
    return dict(zip(formats, COLOURS, strict=False))


def _point(row: Row) -> dict[str, Any]:
    return {
        "x": row["intensity"],
        "y": row["flops_per_s"],
        "format": row["format"],
        "kernel": row["kernel"],
        "size": row["size"],
    }


def _roof(balance: Row, limits: tuple[float, float]) -> "pd.DataFrame":
    import pandas as pd

    ridge, peak = number(balance, "intensity"), number(balance, "flops_per_s")
    xs = [limits[0], ridge, max(limits[1], ridge)]
    ys = [peak * limits[0] / ridge, peak, peak]
    return pd.DataFrame({"x": xs, "y": ys, "format": balance["format"]})


def _names(balances: list[Row], right: float, gap: float) -> "pd.DataFrame":
    """Name each flat roof to the right of it, names kept apart."""
    import pandas as pd

    peaks = [number(b, "flops_per_s") for b in balances]
    heights = spread([log10(peak) for peak in peaks], gap)
    texts = []
    for balance, peak in zip(balances, peaks, strict=True):
        format_, ridge = str(balance["format"]), number(balance, "intensity")
        texts.append(f" {format_}: {operations(peak, format_)}/s, ridge {digits(ridge)}")
    return pd.DataFrame(
        {
            "x": right,
            "y_label": [10**height for height in heights],
            "text": texts,
            "format": [b["format"] for b in balances],
        }
    )


def _kernel_names(points: "pd.DataFrame", gap: float) -> "pd.DataFrame":
    """Name the kernels of STREAM beside the slope, and the smallest and largest matrices."""
    import pandas as pd

    streams = points[points["kernel"] != "gemm"].assign(text=lambda d: d["kernel"])
    # Names in the order of intensity: their lines do not cross.
    streams = streams.sort_values("x")
    products = points[points["kernel"] == "gemm"]
    lowest = products.groupby("format")["y"].max().idxmin()
    ends = products[products["format"] == lowest].sort_values("size").iloc[[0, -1]]
    ends = ends.assign(text=lambda d: d["size"].map("{} rows".format))
    heights = [
        *sorted(spread([log10(y) - gap for y in streams["y"]], gap)),
        *(log10(y) - gap for y in ends["y"]),
    ]
    named = pd.concat([streams, ends])
    return named.assign(
        x_label=[*([2 * streams["x"].max()] * len(streams)), *(1.15 * ends["x"])],
        y_label=[10**height for height in heights],
    )


def operations(value: float, format_: str) -> str:
    """Write FLOPs, or operations of an integer format.

    Examples
    --------
    >>> operations(2e12, "int8"), operations(2e12, "fp16")
    ('2.00 TOP', '2.00 TFLOP')
    """
    unit = "OP" if format_.startswith("int") else "FLOP"
    return prefixed(value, "FLOP").removesuffix("FLOP") + unit


def flops_labels(values: Sequence[float] | Sequence[str]) -> list[str]:
    """Label an axis of FLOP/s: 100 GFLOP/s.

    Examples
    --------
    >>> flops_labels([1e9, 2e12])
    ['1 GFLOP/s', '2 TFLOP/s']
    """
    numbers = [float(value) for value in values]
    sizes = [prefix_of(value, "FLOP") for value in numbers]
    return [f"{v / size:.3g} {name}/s" for v, (size, name) in zip(numbers, sizes, strict=True)]


def _title(rows: list[Row], device: str, balances: list[Row]) -> str:
    fp32 = next(row for row in balances if row["format"] == "fp32")
    processor = machine_of(rows) if device == "cpu" else str(fp32["processor"])
    return (
        f"{processor}: what does fewer than {digits(number(fp32, 'intensity'))} FLOPs per byte "
        "in fp32 waits for memory"
    )


def _subtitle(balances: list[Row]) -> str:
    libraries = sorted({str(row["library"]) for row in balances})
    threads = sorted({int(number(row, "threads")) for row in balances if row["threads"]})
    many = f", {' or '.join(map(str, threads))} thread{'s' if threads != [1] else ''}"
    return (
        f"{' and '.join(libraries)} on {balances[0]['device']}{many if threads else ''}; "
        "slope: the fastest kernel; flat: the fastest matrix products; diamonds: ridge points"
    )


def _caption(rows: list[Row]) -> str:
    first = rows[0]
    return (
        f"memwall {first['memwall']}, measured {str(first['date'])[:10]}, best of n runs; numpy "
        f"{first['numpy']} ({first['blas']}), PyTorch {first['torch'] or 'none'}. Bytes as STREAM "
        "counts them, of a matrix product each operand and the result once."
    )
