"""Faults of the tables that no single cell shows: what can't be true of one row, or of several."""

from collections.abc import Callable, Iterator

from memwall_cli.consistency import bookkeeping, devices, generations
from memwall_cli.consistency.fault import Fault, Tables

CHECKS: tuple[tuple[str, Callable[[Tables], Iterator[Fault]]], ...] = (
    ("accelerators", devices.dense),
    ("accelerators", devices.ratios),
    ("accelerators", devices.memory),
    ("accelerators", devices.links),
    ("accelerators", devices.lines),
    ("accelerators", devices.before_its_memory),
    ("memories", generations.memories),
    ("interconnects", generations.lanes),
    ("models", generations.models),
    ("claims", generations.claims),
    ("provenance", bookkeeping.every_value_has_a_row),
    ("provenance", bookkeeping.formulas),
    ("provenance", bookkeeping.kinds),
    ("sources", bookkeeping.sources),
)
"""Every check, with the table that it finds fault with."""


def table_faults(tables: Tables) -> list[tuple[str, str]]:
    """Find what can't be true in one or several tables.

    Parameters
    ----------
    tables : frames by the name of their table, as `load_table` gives them; what needs a table
        that isn't there is not checked.

    Returns
    -------
    list of (str, str)
        Table, and one sentence: record, column, what is wrong.

    Examples
    --------
    >>> from memwall_cli import load_table
    >>> devices = load_table("accelerators").copy()
    >>> table_faults({"accelerators": devices})
    []
    >>> devices.loc[devices["id"] == "h100-sxm", "fp16_matrix_tflops"] = 1979
    >>> print(*table_faults({"accelerators": devices})[0])
    accelerators h100-sxm, fp16_matrix_tflops: 29.5 x fp32_tflops, a GH100 does 16 x; dense?
    """
    return [
        (name, f"{record}, {column}: {what}")
        for name, check in CHECKS
        if name in tables
        for record, column, what in check(tables)
    ]
