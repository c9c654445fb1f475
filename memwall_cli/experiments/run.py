"""A run as rows that carry their machine, written as JSON and read back for comparison."""

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from memwall_cli.errors import MemwallError
from memwall_cli.experiments.machine import MACHINE_KEYS, Machine
from memwall_cli.render import Row


def run_keys(keys: Sequence[str]) -> tuple[str, ...]:
    """Give the columns of a run's rows: experiment, what is measured, and the machine.

    Parameters
    ----------
    keys : columns of what is measured.
    """
    return ("experiment", *keys, *MACHINE_KEYS)


def run_rows(experiment: str, rows: Iterable[Row], machine: Machine) -> list[Row]:
    """Let every row say what it was measured for and on which machine.

    Parameters
    ----------
    experiment : its name.
    rows : what was measured.
    machine : where.
    """
    return [{"experiment": experiment, **row, **machine.row()} for row in rows]


TEXT = {
    *("experiment", "kernel", "model", "phase", "library", "device", "processor", "format"),
    *("weights", "activations", "part", "variant", "counted_by"),
    *("basis", "bound", "date", "cpu", "system", "python", "numpy", "blas", "torch", "memwall"),
}
"""Columns that hold words; all others hold numbers."""
MAY_BE_EMPTY = {"threads", "equals_year", "torch"}


def read_run(file: Path) -> list[Row]:
    """Read the rows of a run, as `memwall measure -o FILE.json` wrote them.

    Parameters
    ----------
    file : a JSON list of flat objects.

    Raises
    ------
    MemwallError
        If it can't be read or is no run.
    """
    try:
        rows = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise MemwallError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except ValueError:
        raise MemwallError(f"{file}: is no JSON; {_WRITE}") from None
    needed = {"experiment", *MACHINE_KEYS}
    if not (isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows)):
        raise MemwallError(f"{file}: is no run of memwall measure; {_WRITE}")
    for number, row in enumerate(rows, 1):
        missing = sorted(needed - row.keys())
        if missing:
            raise MemwallError(f"{file}: row {number} has no {missing[0]}; {_WRITE}")
    return rows


_WRITE = "write one with memwall measure -o FILE.json"


def check_run(
    file: Path, rows: Sequence[Row], keys: Sequence[str], sparse: Collection[str] = ()
) -> None:
    """Raise MemwallError unless every row has every column, filled with what belongs there.

    Parameters
    ----------
    file : named in the message.
    rows : of one run.
    keys : the columns of its experiment.
    sparse : those of them that not every row fills.
    """
    for number_, row in enumerate(rows, 1):
        for key in keys:
            value = row.get(key)
            right = isinstance(value, str if key in TEXT else int | float)
            # Of a balance, only what makes it one is known.
            empty = value is None and (
                key in MAY_BE_EMPTY or key in sparse or row.get("kernel") == "balance"
            )
            if key not in row or not (right or empty):
                raise MemwallError(f"{file}: row {number_}, {key}: {value!r}; {_WRITE}")


def machine_of(rows: Sequence[Row]) -> str:
    """Name the machine of a run, as people would.

    Parameters
    ----------
    rows : of one run.
    """
    first = rows[0]
    gpus = {str(row.get("processor")) for row in rows if str(row.get("device")).startswith("cuda")}
    cores = f"{first['cores']} core{'s' if first['cores'] != 1 else ''}"
    return ", ".join([f"{first['cpu']} ({cores})", *sorted(gpus)])


def number(row: Row, key: str) -> float:
    """Give a cell that is known to hold a number.

    Parameters
    ----------
    row, key : the cell.
    """
    value = row[key]
    assert isinstance(value, int | float)
    return float(value)
