"""Which rows of which table a curated series is made of, and why: the one place that says so."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

FLOATING_POINT = {
    "fp64": ("fp64_tflops",),
    "fp32": ("fp32_tflops",),
    "fp16": ("fp16_matrix_tflops", "fp16_tflops"),
    "fp8": ("fp8_matrix_tflops",),
    "fp4": ("fp4_matrix_tflops",),
}
"""Columns of one number format, the one to prefer first; never an integer format or TF32."""
PRECISIONS = ("best", *FLOATING_POINT)


@dataclass(frozen=True)
class Definition:
    """How a curated series is selected.

    Attributes
    ----------
    unit : unit of its values.
    table : table that it is taken from.
    rows : which rows count, in words; `choose` is the same in code.
    reason : why those.
    """

    unit: str
    table: str
    rows: str
    reason: str
    choose: "Callable[[pd.DataFrame, str], pd.Series[float]]"


def peak_of(devices: "pd.DataFrame", precision: str) -> "pd.Series[float]":
    """Highest dense floating-point peak in a format: matrix unit where there is one."""
    if precision == "best":
        columns = [c for cs in FLOATING_POINT.values() for c in cs] + ["fp64_matrix_tflops"]
        return devices[columns].max(axis=1)
    first, *others = FLOATING_POINT[precision]
    peak = devices[first]
    for column in others:
        peak = peak.fillna(devices[column])
    return peak


def _off_chip(devices: "pd.DataFrame", column: str) -> "pd.Series[float]":
    kind = devices["memory_type"]
    return devices[column].where(kind.notna() & (kind != "SRAM"))


def _largest_of_release(models: "pd.DataFrame", column: str) -> "pd.Series[float]":
    """Disclosed values of Transformers; of the sizes published on one day, the largest."""
    value = models[column].where(models["architecture"] != "other")
    largest = value.groupby([models["organization"], models["released"]]).transform("max")
    return value.where((value == largest) & ~_repeated(models, value))


def _repeated(models: "pd.DataFrame", value: "pd.Series[float]") -> "pd.Series[bool]":
    keys = models[["organization", "released"]].assign(value=value)
    return keys.duplicated()


_SHIPPED = "shipped devices of every class and market"
_WHY_ALL = (
    "the paper's figure mixes server CPUs, desktop GPUs and accelerators too, and deep learning "
    "began on desktop GPUs; announced devices count only with --include-announced"
)
CURATED_SERIES: dict[str, Definition] = {
    "compute": Definition(
        "TFLOP/s",
        "accelerators",
        f"{_SHIPPED} with a dense floating-point peak in the asked precision",
        _WHY_ALL,
        peak_of,
    ),
    "dram-bandwidth": Definition(
        "GB/s",
        "accelerators",
        f"{_SHIPPED} whose memory is of a known kind of DRAM",
        f"{_WHY_ALL}; SRAM is no DRAM, and some vector machines could be had with either",
        lambda devices, _: _off_chip(devices, "memory_bandwidth_gbs"),
    ),
    "interconnect-lane": Definition(
        "Gbit/s",
        "interconnects",
        "PCIe by specification date and NVLink by first product, signalling rate of one lane",
        "these two are what the paper plots; networks and other vendors' links are in the table",
        lambda links, _: links["lane_rate_gbps"].where(links["family"].isin(["PCIe", "NVLink"])),
    ),
    "interconnect-device": Definition(
        "GB/s",
        "accelerators",
        f"{_SHIPPED}, all device-to-device links, one direction",
        f"{_WHY_ALL}; PCIe counts where a device has no other link",
        lambda devices, _: devices["link_gbs"],
    ),
    "memory-capacity": Definition(
        "GB",
        "accelerators",
        "shipped GPUs and accelerators with DRAM of their own",
        "what sits in DIMM sockets is as large as one pays for; SRAM is no DRAM",
        lambda devices, _: _off_chip(devices, "memory_gb").where(devices["class"] != "cpu"),
    ),
    "parameters": Definition(
        "parameters",
        "models",
        "Transformers with disclosed counts, the largest that an organization published on one day",
        "several sizes of one release are one step; undisclosed counts stay out",
        lambda models, _: _largest_of_release(models, "parameters"),
    ),
    "training-compute": Definition(
        "FLOP",
        "models",
        "Transformers with known training compute, the most that an organization published on "
        "one day",
        "several sizes of one release are one step",
        lambda models, _: _largest_of_release(models, "training_flop"),
    ),
}


def lane_dates(links: "pd.DataFrame") -> "pd.Series[pd.Timestamp]":
    """PCIe is a specification long before a product; NVLink comes with its first product."""
    return links["specified"].where(links["family"] == "PCIe", links["first_product_date"])
