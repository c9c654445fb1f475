"""`memwall measure` for people: bandwidth, matrix products, and chips of the table beside them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from memwall_cli.experiments.bandwidth import KERNELS
from memwall_cli.experiments.history import NAMES, server_chips
from memwall_cli.experiments.places import Place, fastest_products, fastest_stream, kind_of, places
from memwall_cli.experiments.run import machine_of, number
from memwall_cli.render import Row, View
from memwall_cli.text import digits, prefixed

if TYPE_CHECKING:
    import pandas as pd

NEAREST = 2
"""Chips shown for the year of compute, and as many for that of bandwidth."""


def views(rows: list[Row]) -> list[View]:
    """Show bandwidth, matrix products, and the place in history of each kind of device.

    Parameters
    ----------
    rows : of the result.
    """
    return [_bandwidth(rows), _products(rows), *_history(rows)]


def _bandwidth(rows: list[Row]) -> View:
    cells = []
    for place, mine in places(rows).items():
        found = {str(row["kernel"]): row for row in mine}
        cells.append(
            [
                *_named(place),
                *(digits(number(found[name], "bytes_per_s") / 1e9) for name in KERNELS),
                *_worst([found[name] for name in KERNELS]),
                f"{number(found['triad'], 'size') * 8 / 1e6:.0f} MB",
            ]
        )
    headers = ("library", "device", "threads", *KERNELS, "spread", "array")
    return View(f"Memory bandwidth, GB/s: {machine_of(rows)}", headers, cells, "llrrrrrrrr")


def _worst(rows: list[Row]) -> list[str]:
    return [f"{100 * max(number(row, 'spread') for row in rows):.0f} %"]


def _products(rows: list[Row]) -> View:
    cells = []
    for place, mine in places(rows).items():
        bandwidth = number(fastest_stream(mine), "bytes_per_s")
        for format_, best in fastest_products(mine).items():
            peak = number(best, "flops_per_s")
            cells.append(
                [
                    *_named(place),
                    format_,
                    digits(peak / 1e9),
                    f"{100 * number(best, 'spread'):.0f} %",
                    str(best["size"]),
                    digits(peak / bandwidth),
                    _year(best["equals_year"]),
                ]
            )
    headers = (
        *("library", "device", "threads", "format", "GFLOP/s", "spread", "rows"),
        *("FLOP/byte", "as in"),
    )
    return View("Matrix products, best size", headers, cells, "llrlrrrrr")


def _history(rows: list[Row]) -> Iterator[View]:
    """Set the ceilings of each device, in fp32, beside chips of about the same speed."""
    for device in dict.fromkeys(str(row["device"]) for row in rows):
        mine = balance_of(rows, device)
        if mine is None:
            continue
        compute, bandwidth = number(mine, "flops_per_s"), number(mine, "bytes_per_s")
        chips = _beside(server_chips(kind_of(device)), compute / 1e12, bandwidth / 1e9)
        cells = [_chip(f"this machine, {device}", "", compute / 1e12, bandwidth / 1e9)]
        cells += [
            _chip(name, str(released)[:10], float(peak), float(gbs))
            for name, released, peak, gbs in zip(
                chips["name"],
                chips["released"],
                chips["fp32_tflops"],
                chips["memory_bandwidth_gbs"],
                strict=True,
            )
        ]
        title = f"Beside {NAMES[kind_of(device)]} (theirs by datasheet, this one measured), fp32"
        headers = ("device", "released", "compute", "bandwidth", "FLOP/byte")
        yield View(title, headers, cells, "llrrr")


def balance_of(rows: list[Row], device: str) -> Row | None:
    """Find the ceilings of a device in fp32; None where it has no such product.

    Parameters
    ----------
    rows : of the result.
    device : its name.
    """
    wanted = ("balance", device, "fp32")
    found = (r for r in rows if (r["kernel"], r["device"], r["format"]) == wanted)
    return next(found, None)


def _beside(chips: "pd.DataFrame", tflops: float, gbs: float) -> "pd.DataFrame":
    """Choose the chips nearest in compute and in bandwidth, and the newest."""
    import numpy as np

    known = chips[chips["fp32_tflops"].notna() & chips["memory_bandwidth_gbs"].notna()]
    wanted = [known.index[-1]]
    for column, value in (("fp32_tflops", tflops), ("memory_bandwidth_gbs", gbs)):
        off = np.abs(np.log(known[column] / value))
        wanted += list(off.sort_values(kind="stable").index[:NEAREST])
    return known.loc[known.index.isin(wanted)]


def _chip(name: str, released: str, tflops: float, gbs: float) -> list[str]:
    return [
        name,
        released,
        prefixed(tflops * 1e12, "FLOP").replace("FLOP", "FLOP/s"),
        f"{digits(gbs)} GB/s",
        digits(tflops * 1e3 / gbs),
    ]


def summary(rows: list[Row]) -> list[str]:
    """Say for each device what its ceilings mean.

    Parameters
    ----------
    rows : of the result.
    """
    said = []
    for device in dict.fromkeys(str(row["device"]) for row in rows):
        mine = balance_of(rows, device)
        if mine is None:
            continue
        where = NAMES[kind_of(device)]
        own = [row for row in rows if row["device"] == device]
        product, stream = fastest_products(own)["fp32"], fastest_stream(own)
        years = [
            (f"compute of {where} of {_year(product['equals_year'])}", product["equals_year"]),
            (f"bandwidth of those of {_year(stream['equals_year'])}", stream["equals_year"]),
            (f"balance of those of {_year(mine['equals_year'])}", mine["equals_year"]),
        ]
        told = [text for text, year in years if year is not None]
        said.append(
            f"{device}: {prefixed(number(mine, 'flops_per_s'), 'FLOP')}/s in fp32 and "
            f"{digits(number(mine, 'bytes_per_s') / 1e9)} GB/s ({stream['kernel']}): what "
            f"does fewer than {digits(number(mine, 'intensity'))} FLOPs per byte waits for memory."
            + (f" On the fitted lines that is the {', the '.join(told)}." if told else "")
        )
    return said


def notes(rows: list[Row]) -> list[str]:
    """Say how it was measured.

    Parameters
    ----------
    rows : of the result.
    """
    said = [
        "best of the runs; spread: how much longer the median run took. Bytes as STREAM counts "
        "them, without write-allocate; dot is BabelStream's and only reads.",
        "as in: the year in which the least-squares line through the peaks of our table's server "
        "chips has that value; theirs are whole sockets by data sheet. Empty where the line is as "
        "good as flat, rests on too few chips, or has the value only before or after them.",
    ]
    if any(row["format"] == "int8" for row in rows):
        said.append("int8: integer operations, not FLOPs.")
    spread = max(number(row, "spread") for row in rows if row["spread"] is not None)
    if spread > 0.25:
        said.append(
            f"warning: runs of one thing differ by {100 * spread:.0f} %: something else is "
            "running; close it and measure again"
        )
    return said


def _named(place: Place) -> list[str]:
    return [place.library, place.device, "" if place.threads is None else str(place.threads)]


def _year(value: Any) -> str:
    return "" if value is None else f"{int(value)}"
