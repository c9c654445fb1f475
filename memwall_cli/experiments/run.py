"""A run as rows that carry their machine, written as JSON and read back for comparison."""

import json
from collections.abc import Iterable, Sequence
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
