"""What `memwall data TABLE ID` answers: one record, and where each of its values is from."""

from typing import TYPE_CHECKING

from memwall_cli.answers.tables import plain, rows_result
from memwall_cli.errors import unknown
from memwall_cli.render import Result, Row, View
from memwall_cli.text import exact

if TYPE_CHECKING:
    import pandas as pd

ORIGIN = ("how", "source", "detail", "others", "title", "url", "kind", "read")


def record_result(table: str, record: str) -> Result:
    """Show one record with the source of every value.

    Raises
    ------
    UsageError
        If there is no such table or record.
    """
    from memwall_cli.tables import load_table, schema

    frame = load_table(table)
    key = "id" if "id" in frame else str(frame.columns[0])
    found = frame[frame[key].str.lower() == record.lower()]
    if found.empty:
        raise unknown(f"record in {table}", record, frame[key].astype(str))
    if table == "provenance":
        return rows_result(table, found)
    if table == "sources":
        return _bare_record(found)
    record = str(found[key].iloc[0])
    fields = {f["name"]: f for f in schema(table)["fields"]}
    origin = _origins(table, record)
    rows: list[Row] = []
    for column, value in zip(frame.columns, found.iloc[0], strict=True):
        shown = plain(value)
        if shown is None or column == key:
            continue
        rows.append(
            {
                "field": column,
                "value": shown,
                "unit": _unit(fields[column].get("unit"), found),
                **origin.get(column, dict.fromkeys(ORIGIN)),
            }
        )
    names = [found.iloc[0].get(column) for column in ("vendor", "organization", "name")]
    known = [str(name) for name in names if name]
    title = " ".join([*known, f"({record})"]) if known else record
    return Result(
        ("field", "value", "unit", *ORIGIN),
        rows,
        lambda: [_record_view(title, rows)],
        _sources_of(rows),
    )


def _unit(unit: str | None, found: "pd.DataFrame") -> str | None:
    """Take a field's unit from its description, or from the record's own column `unit`."""
    return str(found["unit"].iloc[0]) if unit == "see unit" else unit


def _bare_record(found: "pd.DataFrame") -> Result:
    """Show one row of a table that has no provenance of its own, field by field."""
    rows: list[Row] = [
        {"field": str(column), "value": plain(value)}
        for column, value in zip(found.columns, found.iloc[0], strict=True)
    ]
    cells = [[str(r["field"]), str(r["value"] or "")] for r in rows]
    view = View("", ("field", "value"), cells, "ll")
    return Result(("field", "value"), rows, lambda: [view])


def _origins(table: str, record: str) -> dict[str, Row]:
    """Look up where each value of a record is from, by field."""
    from memwall_cli.tables import load_table

    rows = load_table("provenance")
    rows = rows[(rows["table"] == table) & (rows["id"] == record)]
    sources = load_table("sources").set_index("key")
    found: dict[str, Row] = {}
    for row in rows.to_dict("records"):
        first = sources.loc[row["source"].split(";")[0]]
        found[row["field"]] = {
            **{column: plain(row[column]) for column in ("how", "source", "detail", "others")},
            **{column: plain(first[column]) for column in ("title", "url", "kind", "read")},
        }
    return found


def _record_view(title: str, rows: list[Row]) -> View:
    cells = []
    for row in rows:
        value = row["value"]
        shown = exact(value) if isinstance(value, float) else str(value)
        others = f"others: {row['others']}" if row["others"] else None
        origin = " ".join(str(row[c]) for c in ("how", "source") if row[c])
        why = [str(line) for line in (origin, row["detail"], others) if line]
        cells.append([str(row["field"]), f"{shown} {row['unit'] or ''}".strip(), "\n".join(why)])
    return View(title, ("field", "value", "how it was read, and its source"), cells, "lll")


def _sources_of(rows: list[Row]) -> list[str]:
    """List the sources that a record names: key, title, address."""
    from memwall_cli.tables import load_table

    keys = [key for row in rows if row["source"] for key in str(row["source"]).split(";")]
    sources = load_table("sources").set_index("key")
    lines = []
    for key in dict.fromkeys(keys):
        one = sources.loc[key]
        read = f"{one['kind']}, read {one['read']:%Y-%m-%d}"
        lines.append(f"{key}: {one['title']}. {one['publisher']} ({read})")
        lines.append(f"  {one['url']}")
    return lines
