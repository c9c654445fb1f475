"""Whether every value has its source on record, and whether the record holds together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memwall_cli.consistency.fault import Fault, Tables
from memwall_cli.consistency.formulas import TOLERANCE, disagrees
from memwall_cli.text import digits

if TYPE_CHECKING:
    import pandas as pd

OF_THE_MAKER = ("datasheet", "paper", "standard", "announcement")
"""Ways of reading that only a primary source allows."""
BUS = r"\bbits? x "
ROUNDED = 0.03
"""Makers round bandwidths."""


def every_value_has_a_row(tables: Tables) -> Iterator[Fault]:
    """Find numbers and dates without a source on record, and records of what isn't there."""
    from memwall_cli.tables import schema

    rows = tables["provenance"]
    for name, frame in tables.items():
        if name in ("sources", "provenance"):
            continue
        mine = rows[rows["table"] == name]
        recorded = set(zip(mine["id"], mine["field"], strict=True))
        cells = _cells(frame, [f["name"] for f in schema(name)["fields"] if f["type"] in NUMBERS])
        for id_, field in sorted(cells - recorded):
            yield id_, field, f"no row for this value of {name}; add one"
        for id_, field in sorted(recorded - cells):
            if field not in frame or (id_, field) not in _cells(frame, [field]):
                yield id_, field, f"{name} has no such value; drop the row"


NUMBERS = ("number", "integer", "date")


def _cells(frame: "pd.DataFrame", fields: list[str]) -> set[tuple[str, str]]:
    return {(str(id_), f) for f in fields for id_ in frame["id"][frame[f].notna()]}


def formulas(tables: Tables) -> Iterator[Fault]:
    """Find derived values that their own formula doesn't give, and those without formula.

    A memory bandwidth that was read is held against bus width x pin rate where they are named.
    """
    rows = tables["provenance"]
    bus = (rows["field"] == "memory_bandwidth_gbs") & rows["detail"].str.contains(BUS, na=False)
    rows = rows[rows["how"].isin(["derived", "estimate"]) | bus]
    for key, mine in rows.groupby(["table", "field"], sort=False):
        table, field = map(str, key)
        values = _numbers(tables, table, field)
        for id_, how, detail in zip(mine["id"], mine["how"], mine["detail"], strict=True):
            if not isinstance(detail, str):
                yield id_, field, f"{how} and no detail; write the formula"
            elif how != "estimate" and id_ in values:
                other = disagrees(values[id_], detail, TOLERANCE if how == "derived" else ROUNDED)
                if other is not None:
                    what = f"has {values[id_]:g}, its formula gives {digits(other, 4)}"
                    yield id_, field, f"{table} {what}"


def _numbers(tables: Tables, table: str, field: str) -> dict[str, float]:
    """Give the numbers of a column by id."""
    if table not in tables or field not in tables[table]:
        return {}
    column = tables[table][field]
    if column.dtype.kind not in "fi":
        return {}
    known = column.notna()
    return dict(zip(tables[table]["id"][known], column[known].astype(float), strict=True))


def kinds(tables: Tables) -> Iterator[Fault]:
    """Find values said to be read in the maker's own document whose source is another's."""
    if "sources" not in tables:
        return
    kind = tables["sources"].set_index("key")["kind"]
    rows = tables["provenance"]
    first = rows["source"].str.split(";").str[0].map(kind)
    wrong = rows[rows["how"].isin(OF_THE_MAKER) & (first != "primary")]
    for row in wrong.itertuples(index=False):
        yield str(row.id), str(row.field), f"{row.how}, but {row.source} is no primary source"


def sources(tables: Tables) -> Iterator[Fault]:
    """Find keys that are used and not defined, defined and not used, or read before their date."""
    known = tables["sources"]
    if "provenance" in tables:
        used = set(tables["provenance"]["source"].str.split(";").explode()) | _bundled()
        for key in sorted(used - set(known["key"])):
            yield key, "key", "is used and not defined; add it"
        for key in sorted(set(known["key"]) - used):
            yield key, "key", "no value rests on it; drop it"
    early = known["read"].dt.strftime("%Y-%m-%d") < known["date"].str[:10]
    for key in known["key"][early.fillna(value=False)].astype(str):
        yield key, "read", "before the date of the document"


def _bundled() -> set[str]:
    """Look up the sources of the bundled configurations of models."""
    import json

    from memwall_cli.tables import data_dir

    files = sorted((data_dir() / "models").glob("*.json"))
    return {json.loads(file.read_text("utf-8"))["_source"] for file in files}
