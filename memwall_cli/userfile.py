"""A user's own series: parsed typed at once, diagnosed cell by cell only when that fails."""

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from memwall_cli.checking import (
    LARGEST,
    SMALLEST,
    USER_SERIES,
    check_csv,
    is_date,
    is_text,
    raise_faults,
)
from memwall_cli.errors import MemwallError, UsageError

if TYPE_CHECKING:
    import pandas as pd

STDIN = "-"
_FIELDS = {field["name"]: field for field in USER_SERIES["fields"]}
SERIES_COLUMNS = list(_FIELDS)


def read_bytes(file: str) -> tuple[bytes, str]:
    """Read a file, or standard input for `-`; return its content and the name for messages.

    Raises
    ------
    UsageError
        If the name is empty.
    MemwallError
        If it can't be read.
    """
    if file == STDIN:
        if sys.stdin is None:
            raise MemwallError("standard input: is closed; name a file")
        return sys.stdin.buffer.read(), "standard input"
    if not file:
        raise UsageError("a file has no name; name a CSV file, or - for standard input")
    try:
        return Path(file).read_bytes(), file
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise MemwallError(f"{file}: {reason}; name a CSV file, or - for standard input") from None
    except ValueError as error:
        raise MemwallError(f"{file!r}: {error}") from None


def read_series(file: str) -> "pd.DataFrame":
    """Read a CSV file with the columns series, date and value.

    Parameters
    ----------
    file : a path, or `-` for standard input. Dates may be YYYY or YYYY-MM (their first day).

    Returns
    -------
    pandas.DataFrame
        series (category), date (datetime64), value (float64, positive).

    Raises
    ------
    MemwallError
        If the file can't be read, or naming every fault of its content.
    """
    content, name = read_bytes(file)
    frame = _parsed(content)
    if frame is None:
        faults, rows = check_csv(content, name, USER_SERIES)
        raise_faults(faults)
        frame = _plain_frame(rows)
    return frame


def _parsed(content: bytes) -> "pd.DataFrame | None":
    """Parse typed at once; None if anything at all looks odd: then it is read cell by cell."""
    import pandas as pd

    try:
        frame = _read_csv(content, "category")
        texts = [frame[name].cat.categories for name in ("series", "date")]
        if any(pd.api.types.is_numeric_dtype(text) for text in texts):
            # Names or dates that all look like numbers: pandas would write them its own way.
            frame = _read_csv(content, "str").astype({"series": "category", "date": "category"})
        value = frame["value"].to_numpy()
        names, dates = (frame[name].cat.categories for name in ("series", "date"))
        fine = (
            list(frame.columns.sort_values()) == sorted(SERIES_COLUMNS)
            and len(frame) > 0
            and isinstance(frame.index, pd.RangeIndex)
            and bool(((value >= SMALLEST) & (value <= LARGEST)).all())
            and not bool((value == 1).all())  # pandas reads a column of True as ones
            and all(is_text(name, _FIELDS["series"]) for name in names)
            and all(is_date(text, _FIELDS["date"]) for text in dates)
        )
        if not fine:
            return None
        days = pd.to_datetime(dates, format="ISO8601").to_numpy("datetime64[us]")
        frame["date"] = days[frame["date"].cat.codes.to_numpy()]
    except (ValueError, KeyError, TypeError, AttributeError, pd.errors.ParserError):
        return None
    return frame


def _read_csv(content: bytes, text: str) -> "pd.DataFrame":
    import pandas as pd

    kinds = {"series": text, "date": text, "value": "float64"}
    return pd.read_csv(BytesIO(content), dtype=kinds, keep_default_na=False, na_filter=False)


def _plain_frame(rows: list[dict[str, str]]) -> "pd.DataFrame":
    """Build the frame from cells already found without fault."""
    import pandas as pd

    return pd.DataFrame(
        {
            "series": pd.Categorical([r["series"] for r in rows]),
            "date": pd.to_datetime([r["date"] for r in rows], format="ISO8601"),
            "value": [float(r["value"]) for r in rows],
        }
    )
