"""What `memwall roofline --over-time` answers: a workload on every accelerator since it fits."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.accelerators.history import History, histories, load_past
from memwall_cli.answers.over_time_view import summary, views
from memwall_cli.answers.roofline import KEYS as POINT
from memwall_cli.answers.roofline import rows_of
from memwall_cli.render import Result, Row, finite
from memwall_cli.trends.projections import date_after
from memwall_cli.workload.combinations import WorkloadRequest, combinations

if TYPE_CHECKING:
    from plotnine import ggplot

AHEAD = ("released", "leading", "horizon_years", "balance_low", "balance_high", "level")
KEYS = (*POINT, *AHEAD, "batch_low", "batch_high", "tokens_per_s_low", "tokens_per_s_high")


def over_time_result(request: WorkloadRequest, years: int = 5, level: float = 0.90) -> Result:
    """Put workloads on every accelerator since the first that holds them, and on those to come.

    Parameters
    ----------
    request : the workloads; their formats are held fixed.
    years, level : how far ahead, and the probability of the band.

    Raises
    ------
    UsageError
        If a name isn't known.
    """
    works, notes = combinations(request)
    past = load_past(request.formats, years, level)
    found = histories(works, past)
    return Result(
        KEYS,
        [row for one in found for row in _rows(one)],
        lambda: views(found),
        summary(found),
        [*notes, *_notes(found)],
        lambda: _chart(found),
    )


def _rows(history: History) -> Iterator[Row]:
    """One row per accelerator, then one per year ahead, without an accelerator."""
    past = history.past
    leads = past.leader == range(len(past.leader))
    rows = list(rows_of(history.placed))
    needed = history.devices
    for i in range(history.first, len(rows)):
        day: Row = {"released": str(past.chips.released[i]), "leading": bool(leads[i])}
        yield {
            **dict.fromkeys(KEYS),
            **rows[i],
            **_shared(rows[i], needed[i]),
            **day,
            "horizon_years": 0,
        }
    yield from _ahead(history, rows[-1])


def _shared(row: Row, needed: float) -> Row:
    """Share a workload out evenly over as many devices as hold it, at no cost of its network."""
    if not isfinite(needed) or needed == 1:
        return {"devices": int(needed) if isfinite(needed) else None}
    times = ("flops", "bytes", "time_s", "operator_time_s", "achievable_time_s", "stored_bytes")
    share = float(needed)
    parts = {key: None if row[key] is None else float(row[key]) / share for key in times}  # type: ignore[arg-type]
    rate = float(row["tokens_per_s"] or 0) * share
    return {**parts, "tokens_per_s": rate, "devices": int(needed), "fits": True}


def _ahead(history: History, newest: Row) -> Iterator[Row]:
    past = history.past
    ahead = past.ahead
    kept = {key: newest[key] for key in ("model", "phase", "batch", "context", "tokens")}
    batches, rates = history.batches_ahead, history.tokens_ahead
    for i in range(1, len(ahead.horizon)):
        balance = float(ahead.value[i])
        median, low, high = (_whole(edge[i]) for edge in batches)
        yield {
            **dict.fromkeys(KEYS),
            **kept,
            "intensity": history.intensity,
            "balance": balance,
            "bound": "memory" if history.intensity < balance else "compute",
            "share_of_peak": min(1.0, history.intensity / balance),
            "tokens_per_s": finite(rates[0][i]),
            "tokens_per_s_low": finite(rates[1][i]),
            "tokens_per_s_high": finite(rates[2][i]),
            "compute_bound_batch": median,
            "released": date_after(past.yearly.now, i),
            "horizon_years": i,
            "balance_low": finite(ahead.low[i]),
            "balance_high": finite(ahead.high[i]),
            "level": ahead.level,
            "batch_low": low,
            "batch_high": high,
        }


def _whole(value: float) -> int | None:
    return int(value) if isfinite(value) else None


def _notes(found: Sequence[History]) -> Iterator[str]:
    for one in found:
        if not (one.devices == 1).any():
            yield (
                f"note: no accelerator holds {one.placed.work.model.id} alone; counted on as many "
                "as do, sharing evenly, with a network that costs nothing"
            )


def _chart(found: Sequence[History]) -> "ggplot":
    from memwall_cli.charts.over_time import over_time_chart

    return over_time_chart(found)
