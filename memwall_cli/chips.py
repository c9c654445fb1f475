"""Accelerators as rates: what of the tables a roofline needs, as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from memwall_cli.curated import FLOATING_POINT, peak_of
from memwall_cli.errors import unknown
from memwall_cli.growth import Array
from memwall_cli.tables import load_table
from memwall_cli.workload.formats import BITS, Formats
from memwall_cli.workload.roofline import Rates

if TYPE_CHECKING:
    import pandas as pd

WIDER = {
    "fp4": ("fp4", "fp8", "fp16", "fp32", "fp64"),
    "int4": ("int8", "fp16", "fp32", "fp64"),
    "fp8": ("fp8", "fp16", "fp32", "fp64"),
    "int8": ("int8", "fp16", "fp32", "fp64"),
    "bf16": ("fp16", "fp32", "fp64"),
    "fp16": ("fp16", "fp32", "fp64"),
    "fp32": ("fp32", "fp64"),
}
"""Peaks that a matrix multiplication in a format can use: its own, else the next wider."""

Strings = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Chips:
    """Accelerators, a place in every array each.

    Attributes
    ----------
    ids, released, announced : identity, date, and whether it hasn't shipped yet.
    precision : the format of the peak used; empty where a chip has none that would do.
    rates : peak, bandwidth, link; nan where not known.
    achieved : the same as measured in kernels; nan where nobody has.
    memory : bytes; nan where not known.
    sram : whether that memory is on chip.
    """

    ids: Strings
    released: npt.NDArray[np.datetime64]
    announced: npt.NDArray[np.bool_]
    precision: Strings
    rates: Rates
    achieved: Rates
    memory: Array
    sram: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, where: Any) -> "Chips":
        """Choose some: a mask, a slice, or an array of places."""
        return Chips(
            self.ids[where],
            self.released[where],
            self.announced[where],
            self.precision[where],
            self.rates[where],
            self.achieved[where],
            self.memory[where],
            self.sram[where],
        )


def matmul_format(formats: Formats) -> str:
    """Name the format in which matrices are multiplied: the wider of weights and activations.

    Narrower weights are widened on their way to the multiplier.

    Examples
    --------
    >>> matmul_format(Formats(weights="int4", activations="fp16"))
    'fp16'
    """
    wide = BITS[formats.weights] > BITS[formats.activations]
    return formats.weights if wide else formats.activations


def load_chips(formats: Formats, ids: Sequence[str] | None = None) -> Chips:
    """Load accelerators, in the order of `ids`; by default all of the table, by date.

    Parameters
    ----------
    formats : in which the workload runs; they decide the peak.
    ids : which accelerators.

    Raises
    ------
    UsageError
        If there is no such accelerator.

    Examples
    --------
    >>> chips = load_chips(Formats(weights="int4"), ["a100-sxm-80gb"])
    >>> f"{chips.rates.peak[0]:.3g} FLOP/s in {chips.precision[0]}"
    '3.12e+14 FLOP/s in fp16'
    """
    devices = load_table("accelerators")
    known = list(devices["id"])
    for name in ids or ():
        if name not in known:
            raise unknown("accelerator", name, known)
    chosen = devices if ids is None else devices.set_index("id", drop=False).loc[list(ids)]
    peak, precision = _peaks(chosen, matmul_format(formats))
    bandwidth, link = _column(chosen, "memory_bandwidth_gbs"), _column(chosen, "link_gbs")
    return Chips(
        chosen["id"].to_numpy(str),
        chosen["released"].to_numpy("datetime64[D]"),
        (chosen["status"] == "announced").to_numpy(bool),
        precision,
        Rates(peak * 1e12, bandwidth * 1e9, link * 1e9),
        _achieved(chosen["id"], precision),
        _column(chosen, "memory_gb") * 1e9,
        (chosen["memory_type"] == "SRAM").to_numpy(bool),
    )


def _column(devices: "pd.DataFrame", name: str) -> Array:
    values: Array = devices[name].to_numpy(np.float64, na_value=np.nan)
    return values


def _peaks(devices: "pd.DataFrame", format_: str) -> tuple[Array, Strings]:
    """Peaks in TFLOP/s, of the narrowest format that will do, and its name."""
    peak = np.full(len(devices), np.nan)
    precision = np.full(len(devices), "", dtype="U4")
    for name in WIDER[format_]:
        if name in FLOATING_POINT:
            found = peak_of(devices, name).to_numpy(np.float64)
        else:
            found = _column(devices, "int8_matrix_tops")
        new = np.isnan(peak) & ~np.isnan(found)
        peak, precision = np.where(new, found, peak), np.where(new, name, precision)
    return peak, precision


def _achieved(ids: "pd.Series[str]", precision: Strings) -> Rates:
    """Rates measured in kernels; of several measurements of one the first in the table."""
    table = load_table("achieved")
    rate = (table["fraction"] * table["spec"]).set_axis(
        [table["accelerator"], table["quantity"]], axis=0
    )
    first = rate[~rate.index.duplicated()]

    def column(quantity: str, unit: float) -> Array:
        measured = first.xs(quantity, level=1).reindex(ids).to_numpy(np.float64)
        found: Array = measured * unit
        return found

    peak = np.where(precision == "fp16", column("fp16_matrix_tflops", 1e12), np.nan)
    return Rates(peak, column("memory_bandwidth_gbs", 1e9), column("link_gbs", 1e9))
