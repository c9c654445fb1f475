"""Two runs of one experiment side by side: rows that measured the same thing, and their ratio."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memwall_cli.experiments.ceilings import NAME as CEILINGS
from memwall_cli.render import Row


@dataclass(frozen=True)
class Comparable:
    """What makes two rows of an experiment the same measurement, and what was measured.

    Attributes
    ----------
    identity : columns that must agree; "threads" agrees where both ran one, or both all.
    quantity : the column to compare in a row, None for a row that measured nothing; of several
        rows of one identity the best counts.
    smaller : whether less of it is better.
    """

    identity: Sequence[str]
    quantity: Callable[[Row], str | None]
    smaller: bool


def _speed(row: Row) -> str | None:
    """FLOP/s of matrix products, bytes per second of what STREAM names; a balance is neither."""
    kernel = row.get("kernel")
    if kernel == "balance":
        return None
    return "flops_per_s" if kernel == "gemm" else "bytes_per_s"


COMPARABLE = {
    CEILINGS: Comparable(("kernel", "library", "device", "format", "threads"), _speed, False),
    "encoder-decoder": Comparable(
        ("model", "phase", "batch", "tokens", "context", "basis"), lambda _: "seconds", True
    ),
    "precision": Comparable(("model", "format"), lambda _: "seconds", True),
    "checkpointing": Comparable(("part", "variant", "batch", "tokens"), lambda _: "seconds", True),
}
"""By experiment."""


def matched(experiment: str, first: Sequence[Row], second: Sequence[Row]) -> list[Row]:
    """Match the rows of two runs.

    Parameters
    ----------
    experiment : which one both are of.
    first, second : their rows.

    Returns
    -------
    list of Row
        experiment, the identity, what is compared, run1, run2, and run2 over run1; in the order
        of the first run, only what both measured.
    """
    how = COMPARABLE[experiment]
    ours, theirs = _best(how, first), _best(how, second)
    return [
        {
            "experiment": experiment,
            "measured": _label(key),
            "quantity": quantity,
            "run1": value,
            "run2": theirs[key][1],
            "ratio": theirs[key][1] / value,
        }
        for key, (quantity, value) in ours.items()
        if key in theirs
    ]


def _label(key: tuple[str, ...]) -> str:
    """Name what was measured; a context as long as the tokens goes without saying."""
    parts = [part for part in key if part and part != "measured"]
    tokens = next((part for part in parts if part.startswith("tokens ")), "")
    return " ".join(p for p in parts if p != tokens.replace("tokens", "context") or not tokens)


def _best(how: Comparable, rows: Sequence[Row]) -> dict[tuple[str, ...], tuple[str, float]]:
    found: dict[tuple[str, ...], tuple[str, float]] = {}
    for row in rows:
        quantity = how.quantity(row)
        if quantity is None:
            continue
        value = row.get(quantity)
        if not isinstance(value, int | float) or not value > 0:
            continue
        key = tuple(_text(row, name) for name in how.identity)
        better = min if how.smaller else max
        before = found.get(key, (quantity, value))[1]
        found[key] = (quantity, better(before, float(value)))
    return found


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    if name == "threads" and value is not None:
        return "1 thread" if value == 1 else "all threads"
    if name == "device" and str(value).startswith("cuda"):
        return "gpu"
    if name in ("batch", "tokens", "context"):
        return f"{name} {value}"
    return "" if value is None else str(value)
