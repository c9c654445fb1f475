"""What `memwall data` answers about tables: their list, one of them, and the series' choice."""

from typing import TYPE_CHECKING, Any

from memwall_cli.errors import UsageError, unknown
from memwall_cli.render import Cell, Result, Row, View
from memwall_cli.text import digits, exact

if TYPE_CHECKING:
    import pandas as pd

LEADING = {
    "accelerators": "id released fp32_tflops fp16_matrix_tflops memory_bandwidth_gbs link_gbs",
    "models": "id organization released parameters training_flop",
    "interconnects": "id specified lane_rate_gbps lanes device_gbs",
    "memories": "id released pin_rate_gbps bus_width_bits bandwidth_gbs",
    "claims": "id series value unit",
    "achieved": "id fraction spec conditions",
    "speeds": "id devices batch value unit",
    "sources": "key kind title",
    "provenance": "table id field source how",
    "gholami2024": "series label date value unit",
}
"""Columns that a terminal shows: what it is, when, and its leading numbers."""


def tables_result() -> Result:
    """List the tables with rows, span and what each is for."""
    from memwall_cli.tables import data_package, load_table

    package = data_package()
    rows: list[Row] = []
    for found in package["resources"]:
        frame = load_table(found["name"])
        start, end = _span(frame)
        rows.append(
            {
                "table": found["name"],
                "rows": len(frame),
                "columns": frame.shape[1],
                "start": start,
                "end": end,
                "purpose": found["description"],
            }
        )
    cells = [
        [str(r["table"]), str(r["rows"]), _years(r["start"], r["end"]), str(r["purpose"])]
        for r in rows
    ]
    view = View(
        f"Data of memwall {package['version']}", ("table", "rows", "span", "what"), cells, "lrll"
    )
    summary = [
        "memwall data TABLE prints one; TABLE ID one record with its sources;",
        "memwall data --series: which rows each series uses, and why.",
        _provenance_line(),
    ]
    return Result(tuple(rows[0]), rows, lambda: [view], summary)


def _provenance_line() -> str:
    from memwall_cli.tables import load_table

    sources = load_table("sources").set_index("key")["kind"]
    first = load_table("provenance")["source"].str.split(";").str[0]
    primary = int((first.map(sources) == "primary").sum())
    return f"{len(first)} values have a source on record, {primary} of them a primary one."


def _date_column(frame: "pd.DataFrame") -> str | None:
    names = ("released", "date", "specified")
    return next((name for name in names if name in frame), None)


def _span(frame: "pd.DataFrame") -> tuple[str | None, str | None]:
    column = _date_column(frame)
    if column is None or frame[column].dtype.kind != "M":
        return None, None
    return str(frame[column].min())[:10], str(frame[column].max())[:10]


def _years(start: Cell, end: Cell) -> str:
    return f"{str(start)[:4]}-{str(end)[:4]}" if start else ""


def series_result() -> Result:
    """List the curated series: which rows they use, and why."""
    from memwall_cli.curated import CURATED_SERIES
    from memwall_cli.series import load_series

    rows: list[Row] = [
        {
            "series": name,
            "unit": definition.unit,
            "table": definition.table,
            "n": len(load_series(name).values),
            "rows": definition.rows,
            "reason": definition.reason,
        }
        for name, definition in CURATED_SERIES.items()
    ]
    cells = [
        [str(r["series"]), str(r["unit"]), str(r["n"]), f"{r['rows']}\nbecause {r['reason']}"]
        for r in rows
    ]
    view = View("Which rows a series uses", ("series", "unit", "n", "rows"), cells, "llrl")
    return Result(tuple(rows[0]), rows, lambda: [view])


def table_result(
    name: str, filters: dict[str, str | None], window: tuple[Any, Any] = (None, None)
) -> Result:
    """Print one table.

    Parameters
    ----------
    name : the table.
    filters : what a column must equal, case ignored; None for no filter.
    window : first and last day.

    Raises
    ------
    UsageError
        If there is no such table, column or value.
    """
    from memwall_cli.tables import load_table

    frame = load_table(name)
    for column, wanted in filters.items():
        if wanted is not None:
            frame = _equal(frame, name, _column_of(frame, name, column), wanted)
    return rows_result(name, _dated(frame, name, window))


def rows_result(name: str, frame: "pd.DataFrame") -> Result:
    """Show rows of a table: all columns of them as data, the leading ones on a terminal."""
    keys = tuple(frame.columns)
    rows: list[Row] = [
        dict(zip(keys, map(plain, values), strict=True))
        for values in frame.itertuples(index=False, name=None)
    ]
    shown = LEADING[name].split()
    summary = [f"{len(rows)} rows"]
    if len(shown) < len(keys):
        summary[0] += f"; {len(shown)} of {len(keys)} columns, all of them with --format csv"
    return Result(keys, rows, lambda: [_rows_view(frame, rows, shown)], summary)


def _rows_view(frame: "pd.DataFrame", rows: list[Row], shown: list[str]) -> View:
    cells = [[_short(row[column]) for column in shown] for row in rows]
    headers = [column.replace("_", "_\n") if len(column) > 12 else column for column in shown]
    align = "".join("r" if frame[column].dtype.kind in "fi" else "l" for column in shown)
    return View("", headers, cells, align)


def _column_of(frame: "pd.DataFrame", table: str, column: str) -> str:
    if column == "vendor" and "organization" in frame:
        return "organization"
    if column not in frame:
        raise UsageError(f"table {table} has no column {column}; drop --{column}")
    return column


def _equal(frame: "pd.DataFrame", table: str, column: str, wanted: str) -> "pd.DataFrame":
    found = frame[frame[column].str.lower() == wanted.lower()]
    if found.empty:
        raise unknown(f"{column} in {table}", wanted, sorted(frame[column].dropna().unique()))
    return found


def _dated(frame: "pd.DataFrame", table: str, window: tuple[Any, Any]) -> "pd.DataFrame":
    since, until = window
    if since is None and until is None:
        return frame
    column = _date_column(frame)
    if column is None or frame[column].dtype.kind != "M":
        raise UsageError(f"table {table} has no date; drop --since and --until")
    keep = frame[column].notna()
    if since is not None:
        keep &= frame[column] >= since
    if until is not None:
        keep &= frame[column] <= until
    return frame[keep]


def plain(value: Any) -> Cell:
    """Give a cell as a plain Python value: dates as ISO text, missing as None."""
    import pandas as pd

    if pd.isna(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, str):
        return value
    number = value.item() if hasattr(value, "item") else value
    return number if isinstance(number, (int, float, bool)) else str(number)


def _short(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        whole = exact(value)
        return whole if len(whole) < 8 and "e" not in whole else digits(value, 4)
    return str(value)
