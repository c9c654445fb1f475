"""Kernels by where they were measured, and the fastest of them."""

from typing import NamedTuple

from memwall_cli.experiments.history import Kind
from memwall_cli.experiments.run import number
from memwall_cli.render import Row


class Place(NamedTuple):
    """Where something was measured: the rows that belong together."""

    library: str
    device: str
    threads: int | None


def places(rows: list[Row]) -> dict[Place, list[Row]]:
    """Gather rows by library, device and threads.

    Parameters
    ----------
    rows : of kernels.
    """
    found: dict[Place, list[Row]] = {}
    for row in rows:
        found.setdefault(place_of(row), []).append(row)
    return found


def place_of(row: Row) -> Place:
    """Tell where a row was measured."""
    threads = row["threads"]
    own = threads if isinstance(threads, int) else None
    return Place(str(row["library"]), str(row["device"]), own)


def kind_of(device: str) -> Kind:
    """Say which kind of chip a device is held against."""
    return "cpu" if device == "cpu" else "gpu"


def streams_of(rows: list[Row]) -> list[Row]:
    """Keep the kernels that measure bandwidth."""
    return [row for row in rows if row["kernel"] not in ("gemm", "balance")]


def fastest_products(rows: list[Row]) -> dict[str, Row]:
    """Find the fastest matrix product in each format.

    Parameters
    ----------
    rows : of one place, or of one device.
    """
    found: dict[str, Row] = {}
    for row in rows:
        if row["kernel"] == "gemm":
            best = found.setdefault(str(row["format"]), row)
            if number(row, "flops_per_s") > number(best, "flops_per_s"):
                found[str(row["format"])] = row
    return found


def fastest_stream(rows: list[Row]) -> Row:
    """Find the kernel with most bytes per second.

    Parameters
    ----------
    rows : of one place, or of one device.
    """
    return max(streams_of(rows), key=lambda row: number(row, "bytes_per_s"))
