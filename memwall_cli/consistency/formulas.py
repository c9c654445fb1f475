r"""The arithmetic that a derived value names, done again.

The `detail` of a derived value says how it came about in words and numbers: "8 cores x 2.9 GHz x
16 FLOP/cycle (AVX)", "half of 900 GB/s bidirectional", "2^(24/20); doubling time 20 months". The
numbers and signs are kept, the words dropped; prefixes of units are told apart by powers of 1000.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from math import log10

TOLERANCE = 0.015
"""Values are written with three digits or more."""

_ASIDE = re.compile(r"\([^()]*[A-Za-z][^()]*\)")  # (AVX: 4-wide add + 4-wide mul)
_HALF = re.compile(r"half of (?:the |[A-Z]\w+'s )?([\d.]+).*")
_WORD = re.compile(r"(?<![\w.])[A-Za-z%'][\w%'./-]*")
_NUMBER = r"\d+(?:\.\d+)?(?:e\d+)?"
_FORMULA = re.compile(
    rf"{_NUMBER}(?:[*/+-]{_NUMBER})+|{_NUMBER}\*\*(?:{_NUMBER}|\({_NUMBER}/{_NUMBER}\))", re.ASCII
)


def results(detail: str) -> list[float]:
    """Evaluate what a detail's formula comes to, part by part ("a = b" has two).

    Examples
    --------
    >>> results("8 cores x 2.9 GHz x 16 FLOP/cycle (AVX: 4-wide add + 4-wide mul)")
    [371.2]
    >>> results("half of 900 GB/s bidirectional"), results("points of the figure, counted")
    ([450.0], [])
    """
    text = _ASIDE.sub(" ", re.sub(r"(?<=\d),(?=\d{3})", "", detail))
    text = re.sub(r"(?<=\d):(?=\d)", " ", text)  # 2:4 sparsity
    return [value for part in re.split(r"[;:]|, | = ", text) for value in _value(part)]


def _value(part: str) -> Iterator[float]:
    text = _HALF.sub(r"\1/2", part).replace(" x ", " * ").replace("^", "**").replace(" %", "/100")
    text = re.sub(r"\s*([*/+()-]+)\s*", r"\1", _WORD.sub(" ", text)).strip()
    # A product, sum or one small power of plain numbers is left, or else it was no formula.
    if _FORMULA.fullmatch(text) and len(text) < 60:
        with suppress(ArithmeticError):
            yield float(eval(re.sub(_NUMBER, lambda n: repr(float(n[0])), text)))


def disagrees(value: float, detail: str, tolerance: float = TOLERANCE) -> float | None:
    """Say what a formula comes to where no part of it gives the value.

    Parameters
    ----------
    value : the value that it should give, up to a prefix of its unit (a power of 1000).
    detail : the formula, in words and numbers.
    tolerance : relative difference that is let pass.

    Returns
    -------
    float or None
        None if one part agrees, or nothing in it is a formula.

    Examples
    --------
    >>> disagrees(0.3712, "8 cores x 2.9 GHz x 16 FLOP/cycle")
    >>> disagrees(0.7424, "8 cores x 2.9 GHz x 16 FLOP/cycle")
    371.2
    """
    found = results(detail)
    if not found or any(_agree(value, one, tolerance) for one in found):
        return None
    return found[0]


def _agree(value: float, other: float, tolerance: float) -> bool:
    if other <= 0:
        return False
    steps = round(log10(value / other) / 3)
    return abs(value / other / 1000.0**steps - 1) <= tolerance
