"""Published numbers that memwall reproduces: how close ours must come, and whether it does."""

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from math import inf
from typing import TYPE_CHECKING, TypeAlias

from memwall_cli.errors import MemwallError
from memwall_cli.tables import data_dir, load_table
from memwall_cli.text import exact

if TYPE_CHECKING:
    import pandas as pd

Place: TypeAlias = tuple[str, str, str]
"""Table, record and field of a value."""

NEAR = 0.02
"""Share by which ours may differ where a source rounds, or counts in its own way, on its way."""
SLACK = 1e-9
"""What binary fractions may add to a difference of decimal ones."""

UNITS = {
    **dict.fromkeys(("x per 2 years", "x in 20 years", "points", "year", "FLOP/byte"), 1.0),
    **dict.fromkeys(("FLOP", "byte", "parameters", "ms", "tokens/s", "tokens/s/device"), 1.0),
    **{"kFLOP": 1e3, "GFLOP": 1e9, "TFLOP": 1e12, "kB": 1e3, "GB": 1e9},
    **{"KiB": 2.0**10, "GiB": 2.0**30, "%": 1e-2},
    **{"million parameters": 1e6, "billion parameters": 1e9, "trillion parameters": 1e12},
}
"""What one of each unit is, in the unit in which the functions of `reproduce` answer."""


@dataclass(frozen=True)
class Case:
    """One published number, and how ours is to be computed.

    Attributes
    ----------
    id, kind : its name, and the group in which it is summed up.
    function, arguments : what of `memwall_cli.reproduce` computes it, from what.
    published, unit : the number as it was printed, and its unit.
    step : one unit of the last printed digit.
    tolerance : how close ours must come; see `allowance`.
    reason : why it is listed and not judged: a known misprint, or a count that isn't defined.
    source : keys in `sources`, joined by ";".
    """

    id: str
    kind: str
    function: str
    arguments: dict[str, str]
    published: float
    unit: str
    step: float
    tolerance: str
    reason: str | None
    source: str

    def __post_init__(self) -> None:
        if not self.published > 0:
            raise ValueError(f"{self.published:g} is not a positive number")
        _ = self.allowance  # shows at once a tolerance that is none

    @property
    def is_bound(self) -> bool:
        """Whether it was measured, so that ours is a bound that it must not beat."""
        return self.tolerance in ("at most", "at least")

    @property
    def allowance(self) -> float | None:
        """How far ours may be from it, in its unit; None for a bound.

        "exact": not at all; "rounded": half a unit of the last printed digit; "cut": a whole one,
        where a source drops digits; "2%": 2 %, or half a unit if that is more; a number: as much.
        """
        if self.is_bound:
            return None
        half = self.step / 2
        by_name = {"exact": 0.0, "rounded": half, "cut": self.step}
        by_name["2%"] = max(NEAR * self.published, half)
        return by_name[self.tolerance] if self.tolerance in by_name else float(self.tolerance)


@dataclass(frozen=True)
class Verdict:
    """Ours beside a published number.

    Attributes
    ----------
    case : the published number.
    ours : ours, in its unit.
    """

    case: Case
    ours: float

    @property
    def ratio(self) -> float:
        """Ours over the published number."""
        return self.ours / self.case.published

    @property
    def tolerance(self) -> float | None:
        """Share of the published number by which ours may differ; None for a bound."""
        allowed = self.case.allowance
        return None if allowed is None else allowed / self.case.published

    @property
    def ok(self) -> bool | None:
        """Whether ours is close enough, or a measurement does not beat it; None: not judged."""
        return None if self.case.reason else self.strain <= 1 + SLACK

    @property
    def strain(self) -> float:
        """Part of the tolerance that is used up, or of the bound that was reached."""
        if self.case.is_bound:
            return 1 / self.margin if self.margin else inf
        off, allowed = abs(self.ours - self.case.published), self.case.allowance
        return off / allowed if allowed else (inf if off else 0.0)

    @property
    def margin(self) -> float:
        """Factor by which a measurement stays behind the bound: of a speed, or of a time."""
        behind = (self.ours, self.case.published)
        above, below = behind if self.case.tolerance == "at most" else behind[::-1]
        return above / below if below else inf


def load_cases() -> list[Case]:
    """Read every case, in the order of the table.

    Raises
    ------
    MemwallError
        If a row of the table is no case; the message names it.

    Examples
    --------
    >>> cases = load_cases()
    >>> len(cases) >= 300, cases[0].id, cases[0].published, cases[0].allowance
    (True, 'gholami2024-compute-rate', 3.0, 0.5)
    """
    provenance = load_table("provenance")
    keys = zip(provenance["table"], provenance["id"], provenance["field"], strict=True)
    sources = dict(zip(keys, provenance["source"], strict=True))
    return [_case(row, sources) for row in load_table("published").fillna("").to_dict("records")]


def _case(row: dict[Hashable, str], sources: dict[Place, str]) -> Case:
    place: Place = ("published", row["id"], "published")
    try:
        size, text = UNITS[row["unit"]], row["published"]
        if not text:
            table, record, field = row["origin"].split("/")
            place = (table, record, field)
            text = exact(_value(place) / size)
        arguments = dict(part.split("=", 1) for part in row["arguments"].split())
        return Case(
            row["id"],
            row["kind"],
            row["function"],
            arguments,
            float(text),
            row["unit"],
            10.0 ** int(Decimal(text).as_tuple().exponent),
            row["tolerance"],
            row["reason"] or None,
            sources[place],
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise fault(row["id"], f"no case: {error}") from None


@cache
def _records(table: str) -> "pd.DataFrame":
    return load_table(table).set_index("id")


def _value(place: Place) -> float:
    """Look up what another table holds: a published number is written down once."""
    table, record, field = place
    return float(str(_records(table).at[record, field]))


def fault(id_: str, problem: str) -> MemwallError:
    """Say what is wrong with a row of the table."""
    return MemwallError(f"{data_dir() / 'published.csv'}: {id_}: {problem}")
