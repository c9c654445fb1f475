"""Values as people write them: "50 TB/s", "10 trillion", "5000 FLOP/byte"."""

import re
from math import isfinite

from memwall_cli.errors import UsageError

_PREFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18, "Z": 1e21}
_COUNTS = {
    **{"": 1.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12},
    **{"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12},
}
_SPELLINGS = {
    "FLOP/s": ("FLOP/s", "FLOPs/s", "FLOPS", "flop/s"),
    "B/s": ("B/s", "byte/s", "bytes/s"),
    "bit/s": ("bit/s", "bits/s", "b/s", "bps"),
    "B": ("B", "byte", "bytes"),
    "FLOP": ("FLOP", "FLOPs"),
    "FLOP/byte": ("FLOP/byte", "FLOPs/byte", "FLOP/B", "FLOPs/B"),
    "parameter/byte": ("parameter/byte", "parameters/byte"),
}
_SERIES_UNITS = {
    "TFLOP/s": (1e12, "FLOP/s", "TFLOP/s, PFLOP/s"),
    "GB/s": (1e9, "B/s", "GB/s, TB/s"),
    "Gbit/s": (1e9, "bit/s", "Gbit/s, Tbit/s"),
    "GB": (1e9, "B", "GB, TB"),
    "FLOP": (1.0, "FLOP", "FLOP, ZFLOP"),
    "FLOP/byte": (1.0, "FLOP/byte", "FLOP/byte"),
    "parameter/byte": (1.0, "parameter/byte", "parameter/byte"),
}
"""What one of a series' unit is in base units, their name, and units to propose."""


def number_and_unit(text: str) -> tuple[float, str]:
    """Split "50 TB/s" into 50.0 and "TB/s".

    Raises
    ------
    UsageError
        If it doesn't begin with a positive number.

    Examples
    --------
    >>> number_and_unit("50TB/s"), number_and_unit("10e12"), number_and_unit("5,000 FLOP/byte")
    ((50.0, 'TB/s'), (10000000000000.0, ''), (5000.0, 'FLOP/byte'))
    """
    number = r"(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)((?:[eE][+-]?\d+)?)"
    found = re.fullmatch(rf"\s*{number}\s*([^\d.].*|)", text.rstrip())
    value = float(found[1].replace(",", "") + found[2]) if found else 0.0
    if not found or not value > 0 or not isfinite(value):
        raise UsageError(f'--reach {text!r} is no value; write one with its unit, like "50 TB/s"')
    return value, found[3].strip()


def value_in(unit: str, value: float, written: str) -> float | None:
    """Convert a value into the unit of a series; None where the units don't go together.

    Examples
    --------
    >>> value_in("GB/s", 50.0, "TB/s"), value_in("GB/s", 50.0, "Gbit/s")
    (50000.0, None)
    >>> value_in("parameters", 10.0, "trillion")
    10000000000000.0
    """
    if unit == "parameters":
        word = re.sub(r"\s*parameters?$", "", written)
        return value * _COUNTS[word] if word in _COUNTS else None
    if unit not in _SERIES_UNITS:
        return value if written == unit else None
    size, base, _ = _SERIES_UNITS[unit]
    for spelling in _SPELLINGS[base]:
        prefix = written.removesuffix(spelling)
        if prefix != written and prefix in _PREFIXES and ("/byte" not in base or not prefix):
            return value * (_PREFIXES[prefix] / size)
    return None


def units_for(unit: str) -> str:
    """Say which units go with a series.

    Examples
    --------
    >>> units_for("GB/s"), units_for("parameters"), units_for("")
    ('GB/s, TB/s', 'million, billion, trillion', 'a number without a unit')
    """
    if unit == "parameters":
        return "million, billion, trillion"
    return _SERIES_UNITS[unit][2] if unit in _SERIES_UNITS else unit or "a number without a unit"
