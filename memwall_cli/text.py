"""Numbers as people read them: three digits, a sensible prefix."""

from math import floor, inf, isfinite, log10

_PREFIXED = {
    "TFLOP/s": (1e12, "FLOP/s"),
    "GB/s": (1e9, "B/s"),
    "GB": (1e9, "B"),
    "Gbit/s": (1e9, "bit/s"),
    "FLOP": (1.0, "FLOP"),
    "B": (1.0, "B"),
    "s": (1.0, "s"),
}
_PREFIXES = {-3: "n", -2: "µ", -1: "m", 0: "", 1: "k", 2: "M", 3: "G", 4: "T", 5: "P", 6: "E"}
_COUNTS = ("", "thousand ", "million ", "billion ", "trillion ")


def digits(value: float | None, n: int = 3) -> str:
    """Write a number with n significant digits and no exponent where that stays short.

    Examples
    --------
    >>> digits(3.0257), digits(413.13), digits(0.0123), digits(1.5e7), digits(None)
    ('3.03', '413', '0.0123', '1.5e7', '-')
    """
    if value is None or not isfinite(value):
        return "-"
    if value == 0:
        return "0"
    rounded = float(f"{value:.{n - 1}e}")
    exponent = floor(log10(abs(rounded)))
    if -4 <= exponent < 5:
        return f"{rounded:.{max(n - 1 - exponent, 0)}f}"
    mantissa = f"{rounded / 10**exponent:.{n - 1}f}".rstrip("0").rstrip(".")
    return f"{mantissa}e{exponent}"


def interval(low: float, high: float, n: int = 3) -> str:
    """Write an interval, each end with n significant digits.

    Examples
    --------
    >>> interval(1.6789, 1.85)
    '1.68-1.85'
    """
    return f"{digits(low, n)}-{digits(high, n)}"


def exact(value: float) -> str:
    """Write a number with every digit that it has, and no empty decimal.

    Examples
    --------
    >>> exact(80.0), exact(3276.8), exact(1 / 3)
    ('80', '3276.8', '0.3333333333333333')
    """
    # float(): a number out of an array would write its type beside it.
    return repr(float(value)).removesuffix(".0")


def prefix_of(value: float, unit: str) -> tuple[float, str]:
    """Choose the unit in which a value reads best: what one of it is in `unit`, and its name.

    Examples
    --------
    >>> prefix_of(20000, "TFLOP/s"), prefix_of(8000, "GB/s"), prefix_of(2e12, "parameters")
    ((1000.0, 'PFLOP/s'), (1000.0, 'TB/s'), (1000000000000.0, 'trillion parameters'))
    """
    if not 0 < value < inf:
        return 1.0, unit
    if unit == "parameters":
        step = min(max(floor(log10(value) / 3), 0), 4)
        return 1000.0**step, f"{_COUNTS[step]}parameters"
    if unit not in _PREFIXED:
        return 1.0, unit
    size, base = _PREFIXED[unit]
    step = min(max(floor(log10(value * size) / 3 + 1e-12), -3), 6)
    return 1000.0**step / size, f"{_PREFIXES[step]}{base}"


def prefixed(value: float | None, unit: str) -> str:
    """Write a number with three digits and the prefix in which it reads best.

    Examples
    --------
    >>> prefixed(14_287_896_576, "FLOP"), prefixed(2048, "B"), prefixed(0, "B")
    ('14.3 GFLOP', '2.05 kB', '0 B')
    """
    if value is None:
        return "-"
    rounded = float(f"{value:.2e}")  # 999,999 is 1 M, not 1000 k
    size, name = prefix_of(rounded, unit)
    return f"{digits(value / size)} {name}"


def short(value: float) -> str:
    """Write a plain number in three digits, large ones with a prefix.

    Examples
    --------
    >>> short(143.2), short(23_100), short(3.7e5)
    ('143', '23.1k', '370k')
    """
    if value < 9999.5:
        return digits(value)
    return prefixed(value, "B").removesuffix("B").replace(" ", "")


def duration(seconds: float) -> str:
    """Write a time of milliseconds or seconds.

    Examples
    --------
    >>> duration(0.01234), duration(12.34)
    ('12.3 ms', '12.3 s')
    """
    return f"{digits(seconds * 1e3)} ms" if seconds < 1 else f"{digits(seconds)} s"


def year_count(years: float) -> str:
    """Write a number of years as precisely as it is worth.

    Examples
    --------
    >>> year_count(3.617), year_count(14.2), year_count(float("inf"))
    ('3.6', '14', 'never')
    """
    if not isfinite(years):
        return "never"
    return f"{years:.1f}" if years < 9.95 else f"{years:.0f}"
