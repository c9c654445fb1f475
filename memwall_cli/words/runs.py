"""Rows of experiments that belong together, and what they say."""

from typing import Any

from memwall_cli.experiments.encoder_decoder import DECODER, ENCODER
from memwall_cli.experiments.run import number
from memwall_cli.render import Row


def shown(rows: list[Row]) -> list[Row]:
    """Choose what a table has room for, in order: passes and generations, not single steps.

    Parameters
    ----------
    rows : of the run.
    """
    wanted = [row for row in rows if row["phase"] != "decode"]
    return sorted(
        wanted, key=lambda row: (str(row["model"]), number(row, "batch"), number(row, "tokens"))
    )


def pair(rows: list[Row]) -> tuple[Row, Row] | None:
    """Find encoder and decoder at batch 1 and the longest length that both have.

    Parameters
    ----------
    rows : of the run.
    """
    found: dict[tuple[Any, Any], Row] = {}
    for row in shown(rows):
        if row["batch"] == 1:
            found.setdefault((row["model"], row["tokens"]), row)
    both = [t for m, t in found if m == ENCODER and (DECODER, t) in found]
    if not both:
        return None
    longest = max(both)
    return found[ENCODER, longest], found[DECODER, longest]


def by_format(rows: list[Row], model: str) -> dict[str, Row]:
    """Find the rows of a model.

    Parameters
    ----------
    rows : of the run.
    model : its id.
    """
    return {str(row["format"]): row for row in rows if row["model"] == model}


def of_part(rows: list[Row], part: str) -> list[Row]:
    """Choose the rows of recomputation, or of optimizers.

    Parameters
    ----------
    rows : of the run.
    part : "recompute" or "optimizer".
    """
    return [row for row in rows if row["part"] == part]


def saved(row: Row, plain: Row) -> float:
    """Give the part of the peak that is saved against nothing recomputed.

    Parameters
    ----------
    row, plain : of the plan, and of the plan "none".
    """
    return 1 - number(row, "peak_bytes") / number(plain, "peak_bytes")


def percent(part: float) -> str:
    """Write a part in whole per cent."""
    return f"{100 * part:.0f} %"


def finding(steps: list[Row]) -> str:
    """Say what recomputing every block saves and costs.

    Parameters
    ----------
    steps : rows of recomputation.
    """
    every = every_block(steps)
    extra = number(every, "extra_time")
    return (
        f"Recomputing every block saves {percent(saved(every, steps[0]))} of the peak memory "
        f"for {percent(abs(extra))} {'more' if extra >= 0 else 'less'} time"
    )


def every_block(steps: list[Row]) -> Row:
    """Find the plan that recomputes every block."""
    return next(row for row in steps if row["variant"] == "every block")


def on_threads(row: Row) -> str:
    """Say behind a comma on how many threads something ran; nothing where that isn't known.

    Examples
    --------
    >>> on_threads({"threads": 2}), on_threads({"threads": 1}), on_threads({"threads": None})
    (', 2 threads', ', 1 thread', '')
    """
    threads = row["threads"]
    return f", {threads} thread{'s' if threads != 1 else ''}" if threads else ""
