"""What `memwall data --check` answers: every fault of a file, or of a folder of tables."""

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from memwall_cli.checking import USER_SERIES, check_csv, raise_faults
from memwall_cli.errors import MemwallError
from memwall_cli.tables import data_package, load_table, read_table, schema
from memwall_cli.userfile import read_bytes

if TYPE_CHECKING:
    import pandas as pd

CONTEXT = ("interconnects", "memories")
"""Bundled tables that a user's own file is held against too."""


def checked(file: str, table: str | None) -> str:
    """Check a user's file, or a folder of tables; say what was found where there is no fault.

    Parameters
    ----------
    file : a CSV file, `-` for standard input, or a folder that holds tables by our names.
    table : whose columns the file has; None for series,date,value.

    Raises
    ------
    MemwallError
        With every fault, or why it can't be read.
    UsageError
        If there is no such table.
    """
    if file and table is None and Path(file).is_dir():  # no name is no folder
        return _folder(Path(file))
    content, name = read_bytes(file)
    faults, rows = check_csv(content, name, schema(table) if table else USER_SERIES)
    raise_faults(faults)
    if table:
        tables = {other: load_table(other) for other in CONTEXT}
        tables[table] = read_table(BytesIO(content), schema(table))
        raise_faults(_consistency(tables, {table: name}))
    return f"{name}: {_rows(len(rows))}, no fault"


def _folder(folder: Path) -> str:
    """Check all tables of a folder, each by itself and then against each other."""
    names = {r["name"]: str(folder / r["path"]) for r in data_package()["resources"]}
    names = {table: file for table, file in names.items() if Path(file).is_file()}
    if not names:
        raise MemwallError(f"{folder}: holds none of our tables; name a folder like memwall's data")
    faults: list[str] = []
    tables: dict[str, pd.DataFrame] = {}
    for table, file in names.items():
        content, name = read_bytes(file)
        found, _ = check_csv(content, name, schema(table))
        faults += found
        if not found:
            tables[table] = read_table(BytesIO(content), schema(table))
    raise_faults(faults or _consistency(tables, names))
    count = sum(map(len, tables.values()))
    return f"{folder}: {len(tables)} tables, {_rows(count)}, no fault"


def _consistency(tables: "dict[str, pd.DataFrame]", names: dict[str, str]) -> list[str]:
    from memwall_cli.consistency import table_faults

    return [f"{names[t]}: {what}" for t, what in table_faults(tables) if t in names]


def _rows(n: int) -> str:
    return f"{n} row" if n == 1 else f"{n} rows"
