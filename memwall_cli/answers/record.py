"""What `memwall data TABLE ID` answers: one record, and where each of its values is from."""

from typing import TYPE_CHECKING

from memwall_cli.answers.standing import Standing, standings
from memwall_cli.answers.tables import plain, rows_result
from memwall_cli.errors import unknown
from memwall_cli.render import Cell, Result, Row, View
from memwall_cli.text import digits, exact, prefix_of

if TYPE_CHECKING:
    import pandas as pd

ORIGIN = ("how", "source", "detail", "others", "title", "url", "kind", "read")
TREND = ("series", "line", "times_line", "rank", "among")
"""Of the value that a curated series takes: what the series' line has at the record's date, the
value over it, and its place among the values of the series by then."""
KEYS = ("field", "value", "unit", *ORIGIN, *TREND)
LONG = 1e7
"""Numbers from here on are shown as powers of ten."""
MOST_RECORDS = 12


def record_result(table: str, record: str) -> Result:
    """Show one record: the source of every value, what others say, where it stands on the trends.

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
        raise unknown(f"{table} record", record, frame[key].astype(str))
    if table == "provenance":
        return rows_result(table, found)
    if table == "sources":
        return _source_record(found)
    record = str(found[key].iloc[0])
    fields = {f["name"]: f for f in schema(table)["fields"]}
    origin = _origins(table, record)
    rows: list[Row] = []
    for column, value in zip(frame.columns, found.iloc[0], strict=True):
        shown = plain(value)
        if shown is None or column == key:
            continue
        unit = _unit(fields[column].get("unit"), found)
        rows.append(_row(column, shown, unit, origin.get(column, {})))
    trends = standings(table, found)
    _add_trends(rows, trends)
    numbers = _numbered(rows)
    views = [_values_view(_title(found, record, rows), rows, numbers)]
    if trends:
        views.append(_trend_view(trends))
    return Result(KEYS, rows, lambda: views, _sources_of(numbers))


def _row(field: str, value: Cell, unit: str | None, origin: Row) -> Row:
    return {**dict.fromkeys(KEYS), "field": field, "value": value, "unit": unit, **origin}


def _add_trends(rows: list[Row], trends: list[Standing]) -> None:
    """Write beside the value that a series takes where it stands; the balance is its own row."""
    for one in trends:
        standing: Row = {
            "series": one.series,
            "line": one.line,
            "times_line": one.times,
            "rank": one.rank,
            "among": one.among,
        }
        mine = [r for r in rows if r["field"] in one.fields and r["value"] == one.value]
        if mine:
            mine[0].update(standing)
        else:
            formula: Row = {"how": "derived", "detail": "highest peak / memory bandwidth"}
            rows.append({**_row("machine_balance", one.value, one.unit, formula), **standing})


def _unit(unit: str | None, found: "pd.DataFrame") -> str | None:
    """Take a field's unit from its description, or from the record's own column `unit`."""
    return str(found["unit"].iloc[0]) if unit == "see unit" else unit


def _title(found: "pd.DataFrame", record: str, rows: list[Row]) -> str:
    """Say what the record is: its names, then what of it is words and has no source."""
    named = ("vendor", "organization", "family", "name")
    names = [found.iloc[0].get(column) for column in named]
    known = [str(name) for name in names if isinstance(name, str)]
    first = f"{' '.join(known)} ({record})" if known else record
    words = [f"{r['field']} {r['value']}" for r in rows if _is_words(r) and r["field"] not in named]
    return "\n".join([first, ", ".join(words)] if words else [first])


def _is_words(row: Row) -> bool:
    return row["how"] is None and isinstance(row["value"], str | bool)


def _source_record(found: "pd.DataFrame") -> Result:
    """Show one source field by field, and how many values rest on it."""
    from memwall_cli.tables import load_table

    rows: list[Row] = [
        {"field": str(column), "value": plain(value)}
        for column, value in zip(found.columns, found.iloc[0], strict=True)
    ]
    rests = load_table("provenance")
    mine = rests[rests["source"].str.split(";").map(lambda keys: found["key"].iloc[0] in keys)]
    rows.append({"field": "values", "value": len(mine)})
    cells = [[str(r["field"]), str(r["value"] if r["value"] is not None else "")] for r in rows]
    view = View("", ("field", "value"), cells, "ll")
    ids = (mine["table"] + " " + mine["id"]).unique()
    shown = ", ".join(ids[:MOST_RECORDS])
    more = f" and {len(ids) - MOST_RECORDS} more" if len(ids) > MOST_RECORDS else ""
    summary = [f"Values of: {shown}{more}"] if len(ids) else []
    return Result(("field", "value"), rows, lambda: [view], summary)


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


def _numbered(rows: list[Row]) -> dict[str, int]:
    """Give each source of a record its number, in order of appearance."""
    keys = [key for row in rows if row["source"] for key in str(row["source"]).split(";")]
    return {key: n for n, key in enumerate(dict.fromkeys(keys), start=1)}


def _values_view(title: str, rows: list[Row], numbers: dict[str, int]) -> View:
    cells = []
    for row in rows:
        if _is_words(row):
            continue
        keys = str(row["source"]).split(";") if row["source"] else []
        how = " ".join([str(row["how"] or ""), *(f"[{numbers[key]}]" for key in keys)])
        others = f"others: {row['others']}" if row["others"] else None
        detail = f"{how}: {row['detail']}" if row["detail"] else how
        why = [str(line) for line in (detail, others) if line]
        cells.append([str(row["field"]), _readable(row), "\n".join(why)])
    return View(title, ("field", "value", "how it was read, and what others have"), cells, "lll")


def _readable(row: Row) -> str:
    value = row["value"]
    if not isinstance(value, float):
        return f"{value} {row['unit'] or ''}".strip()
    shown = exact(value) if value < LONG else digits(value, 4)
    if row["field"] == "machine_balance":
        shown = digits(value)
    return f"{shown} {row['unit'] or ''}".strip()


def _trend_view(trends: list[Standing]) -> View:
    cells = []
    for one in trends:
        size, unit = prefix_of(one.value, one.unit)
        up = one.times >= 1
        side = f"{digits(one.times if up else 1 / one.times)}x {'above' if up else 'below'}"
        values = [digits(one.value / size), digits(one.line / size), unit]
        cells.append([one.series, *values, side, f"{one.rank} of {one.among}"])
    headers = ("trend", "this", "line", "unit", "the line", "place then")
    return View("Against the line of its day", headers, cells, "lrrlrr")


def _sources_of(numbers: dict[str, int]) -> list[str]:
    """List the sources by number: title, publisher, key, kind, date read, address."""
    from memwall_cli.tables import load_table

    sources = load_table("sources").set_index("key")
    lines = []
    for key, number in numbers.items():
        one = sources.loc[key]
        lines.append(
            f"[{number}] {one['title']}. {one['publisher']}. {key}, {one['kind']}, "
            f"read {one['read']:%Y-%m-%d}"
        )
        lines.append(f"    {one['url']}")
    return lines
