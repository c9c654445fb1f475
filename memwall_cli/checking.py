"""Every fault of a CSV file against a Table Schema, each with its place and its remedy."""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from datetime import date
from math import isfinite
from typing import Any

from memwall_cli.errors import MemwallError
from memwall_cli.tables import Schema

MOST_FAULTS = 20
USER_SERIES: Schema = {
    "fields": [
        {"name": "series", "type": "string", "constraints": {"required": True}},
        {"name": "date", "type": "date", "format": "any", "constraints": {"required": True}},
        {"name": "value", "type": "number", "constraints": {"required": True, "positive": True}},
    ]
}
"""What a user's own series file must hold; a date may also be YYYY or YYYY-MM (its first day)."""

_PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ][\d:.]+)?)?)?|(\d{4})(\d\d)(\d\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


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
        exclusiveMinimum and positive are checked, columns that it doesn't name are let pass.

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
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = _header(next(reader), columns)
        rows = list(_rows(reader, header))
    except csv.Error as error:
        return [f"{name}: row {reader.line_num}: {error}; check the quotes around it"], []
    except _UnreadableError as error:
        return [f"{name}: {error}"], []
    if not rows:
        return [f"{name}: has a header and no rows"], []
    faults = []
    for number, cells in rows:
        faults += [f"{name}: row {number}{place}" for place in _row_faults(cells, schema)]
    faults += [f"{name}: {repeated}" for repeated in _repeated_keys(rows, schema)]
    return faults, [cells for _, cells in rows if None not in cells]


class _UnreadableError(Exception):
    """The file as a whole isn't a CSV file with these columns."""


def _decoded(content: bytes) -> str:
    if not content.removeprefix(codecs.BOM_UTF8).strip():
        raise _UnreadableError("is empty; want a header and a row per record")
    if content.startswith(b"PK\x03\x04"):
        raise _UnreadableError("is a spreadsheet workbook; export it as CSV (UTF-8)")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _UnreadableError("is UTF-16; save it as CSV (UTF-8)")
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
    raise _UnreadableError(
        f"no column {', '.join(missing)}; want {','.join(columns)}, found {','.join(header)[:80]}"
    )


def _rows(reader: Iterator[list[str]], header: list[str]) -> Iterator[tuple[int, dict[Any, str]]]:
    for number, cells in enumerate(reader, start=2):
        if not cells:
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
        hint = "; write a decimal point and no thousands mark" if _comma_number(text, field) else ""
        return f'"{text[:40]}" is not {_wanted(field)}{hint}'
    return None


def _wanted(field: dict[str, Any]) -> str:
    limits = field.get("constraints", {})
    if "enum" in limits:
        return f"one of {', '.join(limits['enum'])}"
    if field["type"] == "date":
        return "a date YYYY-MM-DD"
    if field["type"] in ("number", "integer"):
        kind = "number" if field["type"] == "number" else "whole number"
        return f"a positive {kind}" if _positive(limits) else f"a {kind}"
    if "pattern" in limits:
        return f"of the form {limits['pattern']}"
    return {"boolean": "true or false"}.get(field["type"], "plain text without control characters")


def _positive(limits: dict[str, Any]) -> bool:
    return bool(limits.get("positive")) or limits.get("exclusiveMinimum") == 0


def _comma_number(text: str, field: dict[str, Any]) -> bool:
    return field["type"] == "number" and re.fullmatch(r"-?[\d.]*,[\d.,]*", text) is not None


def _is_number(text: str, field: dict[str, Any]) -> bool:
    limits = field.get("constraints", {})
    try:
        value = float(text)
    except ValueError:
        return False
    if "_" in text or not isfinite(value):
        return False
    if field["type"] == "integer" and not value.is_integer():
        return False
    return value > 0 if _positive(limits) else value >= limits.get("minimum", float("-inf"))


def _is_date(text: str, field: dict[str, Any]) -> bool:
    match = _PARTIAL_DATE.fullmatch(text)
    if not match or (field.get("format") != "any" and len(text) != len("YYYY-MM-DD")):
        return False
    year, month, day = (match[i] or match[i + 3] or 1 for i in (1, 2, 3))
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_text(text: str, field: dict[str, Any]) -> bool:
    limits = field.get("constraints", {})
    if _CONTROL.search(text) or ("enum" in limits and text not in limits["enum"]):
        return False
    return re.fullmatch(limits.get("pattern", ".*"), text) is not None


def _repeated_keys(rows: list[tuple[int, dict[Any, str]]], schema: Schema) -> Iterator[str]:
    key = schema.get("primaryKey", [])
    first: dict[tuple[str, ...], int] = {}
    for number, cells in rows:
        if not key or None in cells:
            continue
        value = tuple(cells[k] for k in key)
        if value in first:
            yield f'row {number}, {"+".join(key)}: "{"+".join(value)}" is in row {first[value]} too'
        else:
            first[value] = number


_CHECKS: dict[str, Callable[[str, dict[str, Any]], bool]] = {
    "number": _is_number,
    "integer": _is_number,
    "date": _is_date,
    "string": _is_text,
    "boolean": lambda text, _: text in ("true", "false"),
}
