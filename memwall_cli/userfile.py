"""A user's own series: parsed typed at once, diagnosed cell by cell only when that fails."""

import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from memwall_cli.checking import USER_SERIES, check_csv, raise_faults
from memwall_cli.errors import MemwallError

if TYPE_CHECKING:
    import pandas as pd

STDIN = "-"
SERIES_COLUMNS = [field["name"] for field in USER_SERIES["fields"]]


def read_bytes(file: str) -> tuple[bytes, str]:
    """Read a file, or standard input for `-`; return its content and the name for messages.

    Raises
    ------
    MemwallError
        If it can't be read.
    """
    if file == STDIN:
        return sys.stdin.buffer.read(), "standard input"
    try:
        return Path(file).read_bytes(), file
    except OSError as error:
        raise MemwallError(f"{file}: {(error.strerror or str(error)).lower()}") from None
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
    """Parse typed at once; None if anything at all looks odd."""
    import numpy as np
    import pandas as pd

    try:
        frame = pd.read_csv(
            BytesIO(content),
            dtype={"series": "category", "value": "float64"},
            parse_dates=["date"],
            date_format="ISO8601",
            keep_default_na=False,
            na_values={"date": [""]},
        )
        if any(f"{name}.1" in frame for name in SERIES_COLUMNS):
            return None  # pandas renames what is there twice
        frame = frame[SERIES_COLUMNS]
    except (ValueError, KeyError, OverflowError, pd.errors.ParserError):
        return None
    value = frame["value"].to_numpy()
    names = frame["series"].cat.categories
    fine = (
        len(frame) > 0
        and isinstance(frame.index, pd.RangeIndex)
        and isinstance(frame["date"].dtype, np.dtype)
        and frame["date"].dtype.kind == "M"
        and frame["date"].notna().all()
        and bool((np.isfinite(value) & (value > 0)).all())
        and all(name and name.isprintable() for name in names)
    )
    return frame if fine else None


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
