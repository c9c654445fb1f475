"""Every fault of a CSV file against a Table Schema, each with its place and its remedy."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from math import inf, isfinite
from typing import Any

from memwall_cli.errors import MemwallError
from memwall_cli.tables import Schema

MOST_FAULTS = 20
USER_SERIES: Schema = {
    "fields": [
        {"name": "series", "type": "string", "constraints": {"required": True, "maxLength": 100}},
        {"name": "date", "type": "date", "format": "any", "constraints": {"required": True}},
        {"name": "value", "type": "number", "constraints": {"required": True, "positive": True}},
    ]
}
"""What a user's own series file must hold; a date may also be YYYY or YYYY-MM (its first day)."""
SMALLEST, LARGEST = 1e-150, 1e150
"""Values beyond these leave floats behind when they are divided by each other."""

_DATE = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?", re.ASCII)


def raise_faults(faults: list[str]) -> None:
    """Raise one error that lists the faults: 20 at most, then how many more there are."""
    if not faults:
        return
    more = len(faults) - MOST_FAULTS
    tail = [f"... and {more} more"] if more > 0 else []
    raise MemwallError("\n".join(faults[:MOST_FAULTS] + tail))


def check_csv(content: bytes, name: str, schema: Schema) -> tuple[list[str], list[dict[str, str]]]:
    r"""Find every fault of a CSV file.

    Parameters
    ----------
    content : the file as it is.
    name : what to call it in a message.
    schema : Table Schema; `primaryKey` and the constraints required, enum, pattern, minimum,
        maximum, exclusiveMinimum and positive are checked, columns that it doesn't name pass.

    Returns
    -------
    faults : one sentence each, in the order of the file.
    rows : the cells of each row by column, as text; empty if the file can't be read as CSV.

    Examples
    --------
    >>> faults, rows = check_csv(b"series,date,value\na,2020,-3\n", "chips.csv", USER_SERIES)
    >>> print(faults[0])
    chips.csv: row 2, value: "-3" is not a positive number
    """
    columns = [f["name"] for f in schema["fields"]]
    try:
        text = _decoded(content)
        if text.count('"') % 2:
            raise _UnreadableError("a quote is opened and not closed; check the quotes")
        reader = csv.reader(io.StringIO(text, newline=""))
        header = _header(next(reader), columns)
        rows = list(_rows(reader, header))
    except csv.Error as error:
        return [f"{name}: row {reader.line_num}: {error}; save it as plain CSV"], []
    except _UnreadableError as error:
        return [f"{name}: {error}"], []
    if not rows:
        return [f"{name}: has a header and no rows; add a row per record"], []
    faults = []
    repeated = _repeated_keys(rows, schema)
    for number, cells in rows:
        faults += [f"{name}: row {number}{place}" for place in _row_faults(cells, schema)]
        if number in repeated:
            faults.append(f"{name}: row {number}, {repeated[number]}")
    return faults, [cells for _, cells in rows if None not in cells]


class _UnreadableError(Exception):
    """The file as a whole isn't a CSV file with these columns."""


def _decoded(content: bytes) -> str:
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise _UnreadableError("is empty; want a header and a row per record")
    if content.startswith(b"PK\x03\x04"):
        raise _UnreadableError("is a spreadsheet workbook; export it as CSV (UTF-8)")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in content:
        raise _UnreadableError("is UTF-16 or binary; save it as CSV (UTF-8)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        byte = content[error.start]
        raise _UnreadableError(
            f"row {row}: byte 0x{byte:02x} is not UTF-8; save the file as CSV (UTF-8)"
        ) from None


def _header(header: list[str], columns: list[str]) -> list[str]:
    missing = [c for c in columns if c not in header]
    if not missing:
        twice = [c for c in columns if header.count(c) > 1]
        if twice:
            raise _UnreadableError(f"column {twice[0]} is there twice; keep one")
        return header
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if len(header) == 1 and mark in header[0]:
            raise _UnreadableError(f"fields are separated by {called}; save it with commas")
    close = {h.strip().lower() for h in header} & set(missing)
    hint = f"; write {', '.join(sorted(close))} in lower case, without spaces" if close else ""
    raise _UnreadableError(
        f"no column {_some(missing)}; want {_some(columns)}, found {_some(header)}{hint}"
    )


def _some(names: list[str]) -> str:
    """List names, at most six of them, safe to print."""
    shown = ", ".join(quoted(n, "") for n in names[:6])
    return f"{shown} and {len(names) - 6} more" if len(names) > 6 else shown


def quoted(text: str, mark: str = '"') -> str:
    """Quote what a user wrote so that it stays one short line, whatever is in it."""
    safe = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    return f"{mark}{safe[:40]}{'...' if len(safe) > 40 else ''}{mark}"


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, dict[Any, str]]]:
    for number, cells in enumerate(reader, start=2):
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        row: dict[Any, str] = dict(zip(header, cells, strict=False))
        if len(cells) != len(header):
            row[None] = f": {len(cells)} fields where the header has {len(header)}"
        yield number, row


def _row_faults(cells: dict[Any, str], schema: Schema) -> Iterator[str]:
    if None in cells:
        yield cells[None]
        return
    for field in schema["fields"]:
        fault = _cell_fault(cells[field["name"]], field)
        if fault:
            yield f", {field['name']}: {fault}"


def _cell_fault(text: str, field: dict[str, Any]) -> str | None:
    limits = field.get("constraints", {})
    if not text:
        return f"is empty; want {_wanted(field)}" if limits.get("required") else None
    check: Callable[[str, dict[str, Any]], bool] = _CHECKS[field["type"]]
    if not check(text, field):
        hint = _hint(text, field)
        return f"{quoted(text)} is not {_wanted(field)}{hint}"
    return None


def _wanted(field: dict[str, Any]) -> str:
    limits = field.get("constraints", {})
    if "enum" in limits:
        return f"one of {', '.join(limits['enum'])}"
    span = f" from {limits['minimum']} to {limits['maximum']}" if "maximum" in limits else ""
    if field["type"] == "date":
        forms = ", YYYY-MM or YYYY" if field.get("format") == "any" else ""
        return f"a date YYYY-MM-DD{forms}{span}"
    if field["type"] in ("number", "integer"):
        kind = "number" if field["type"] == "number" else "whole number"
        return f"a positive {kind}" if _positive(limits) else f"a {kind}{span}"
    if "pattern" in limits:
        return f"of the form {limits['pattern']}"
    if "maxLength" in limits:
        return f"plain text of at most {limits['maxLength']} characters"
    return {"boolean": "true or false"}.get(field["type"], "plain text")


def _positive(limits: dict[str, Any]) -> bool:
    return bool(limits.get("positive")) or limits.get("exclusiveMinimum") == 0


def _hint(text: str, field: dict[str, Any]) -> str:
    """Say how to mend a number that is written in another way, or is too large to use."""
    if field["type"] != "number":
        return ""
    if re.fullmatch(r"-?[\d.]*,[\d.,]*", text):
        return "; write a decimal point and no thousands mark"
    if re.fullmatch(r"\d[\d.]*e[-+]?\d+", text, re.IGNORECASE):
        return f" between {SMALLEST:g} and {LARGEST:g}"
    return ""


def _is_number(text: str, field: dict[str, Any]) -> bool:
    limits = field.get("constraints", {})
    try:
        value = float(text)
    except ValueError:
        return False
    if "_" in text or not text.isascii() or not isfinite(value):
        return False
    if limits.get("positive"):
        return SMALLEST <= value <= LARGEST
    if field["type"] == "integer" and not value.is_integer():
        return False
    if _positive(limits):
        return value > 0
    return bool(limits.get("minimum", -inf) <= value <= limits.get("maximum", inf))


def is_date(text: str, field: dict[str, Any]) -> bool:
    """Say whether a cell is a date; of format "any", YYYY, YYYY-MM and a time of day go too."""
    whole = len(text) == len("YYYY-MM-DD")
    try:
        if _DATE.fullmatch(text) and (whole or field.get("format") == "any"):
            date.fromisoformat(f"{text}-01-01"[: len("YYYY-MM-DD")])
            limits = field.get("constraints", {})
            return bool(limits.get("minimum", "") <= text <= limits.get("maximum", "9999-12-31"))
        if field.get("format") == "any" and _TIME.fullmatch(text):
            datetime.fromisoformat(text)
            return True
    except ValueError:
        pass
    return False


def is_text(text: str, field: dict[str, Any]) -> bool:
    """Say whether a cell is text that shows as what it is, and one that the constraints allow."""
    limits = field.get("constraints", {})
    if not text.isprintable() or not text.strip() or len(text) > limits.get("maxLength", len(text)):
        return False
    if "enum" in limits and text not in limits["enum"]:
        return False
    return re.fullmatch(limits.get("pattern", ".*"), text) is not None


def _repeated_keys(rows: list[tuple[int, dict[Any, str]]], schema: Schema) -> dict[int, str]:
    """Find rows whose primary key an earlier row has, by row number."""
    key = schema.get("primaryKey", [])
    first: dict[tuple[str, ...], int] = {}
    found = {}
    for number, cells in rows:
        if not key or None in cells:
            continue
        value = tuple(cells[k] for k in key)
        if value in first:
            found[number] = (
                f"{'+'.join(key)}: {quoted('+'.join(value))} is in row {first[value]} too"
            )
        else:
            first[value] = number
    return found


_CHECKS: dict[str, Callable[[str, dict[str, Any]], bool]] = {
    "number": _is_number,
    "integer": _is_number,
    "date": is_date,
    "string": is_text,
    "boolean": lambda text, _: text in ("true", "false"),
}
