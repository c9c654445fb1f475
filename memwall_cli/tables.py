"""The bundled tables: where they are, what their columns mean, and how they are loaded."""

from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from memwall_cli.errors import MemwallError, unknown

if TYPE_CHECKING:
    import pandas as pd

Schema = dict[str, Any]
"""A Frictionless Table Schema: `fields`, each with name, type, description and constraints."""


@cache
def data_dir() -> Path:
    """Find the tables: in the package when installed from a wheel, else in the checkout."""
    package = Path(__file__).resolve().parent
    for folder in (package / "data", package.parent / "data"):
        if (folder / "datapackage.json").is_file():
            return folder
    raise MemwallError(
        f"{package / 'data'}: the bundled data is missing; install memwall-cli again"
    )


@cache
def data_package() -> dict[str, Any]:
    """Read the description of all tables (Frictionless Data Package)."""
    import json

    package: dict[str, Any] = json.loads((data_dir() / "datapackage.json").read_text("utf-8"))
    return package


def table_names() -> list[str]:
    """List the bundled tables, in the order of the data package."""
    return [resource["name"] for resource in data_package()["resources"]]


def resource(name: str) -> dict[str, Any]:
    """Look up one table's description.

    Raises
    ------
    UsageError
        If there is no such table.
    """
    for found in data_package()["resources"]:
        if found["name"] == name:
            return dict(found)
    raise unknown("table", name, table_names())


def schema(name: str) -> Schema:
    """Look up the fields of one table, with types, units and constraints."""
    fields: Schema = resource(name)["schema"]
    return fields


@cache
def load_table(name: str) -> "pd.DataFrame":
    """Load a bundled table as a data frame; dates are parsed, empty cells are missing.

    Parameters
    ----------
    name : one of `table_names()`, for example "accelerators".

    Returns
    -------
    pandas.DataFrame
        One row per record; treat it as read-only, or copy it: it is shared between callers.

    Raises
    ------
    UsageError
        If there is no such table.

    Examples
    --------
    >>> points = load_table("gholami2024")
    >>> points.loc[points.series == "compute", "label"].iloc[0]
    'R10000'
    """
    found = resource(name)
    return read_table(data_dir() / found["path"], found["schema"])


def read_table(file: "Path | IO[bytes]", schema: Schema) -> "pd.DataFrame":
    """Read a CSV file that has the columns of a schema and no fault; others are left out."""
    import pandas as pd

    kinds: dict[str, Any] = {"number": "float64", "integer": "Int64", "boolean": "boolean"}
    fields = schema["fields"]
    return pd.read_csv(
        file,
        usecols=[f["name"] for f in fields],
        dtype={f["name"]: kinds.get(f["type"], "str") for f in fields},
        parse_dates=[f["name"] for f in fields if f["type"] == "date"],
        date_format="%Y-%m-%d",
        keep_default_na=False,
        na_values=[""],
    )
