"""What `memwall roofline` answers: workloads under the roofs of accelerators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING

from memwall_cli.errors import UsageError
from memwall_cli.render import Lazy, Result, Row
from memwall_cli.workload.combinations import WorkloadRequest, combinations
from memwall_cli.workload.parallel import Parallel

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.chips import Chips
    from memwall_cli.rooflines import Placed
    from memwall_cli.workload.workload import Workload

KEYS = (
    *("model", "phase", "accelerator", "precision", "batch", "context", "flops", "bytes"),
    *("intensity", "balance", "bound", "time_s", "tokens_per_s", "share_of_peak"),
    *("operator_time_s", "memory_share", "achievable_time_s", "compute_bound_batch"),
    *("tokens", "devices", "network_bytes", "network_time_s", "stored_bytes", "fits"),
)
LEADING = (
    *("a100-sxm-80gb", "h100-sxm", "b200-sxm", "mi300x", "mi355x"),
    *("tpu-v5p", "tpu7x", "trainium2", "gaudi3"),
)
"""Accelerators that are shown when none is named: of each vendor whose accelerators the large
clouds rent out for training and serving, its newest generation, and of those most in use the
ones before it."""


@dataclass(frozen=True)
class RooflineRequest:
    """What the options asked for.

    Attributes
    ----------
    workloads : models, phases, lengths and conventions.
    accelerators : ids; the leading ones where none is named.
    parallel : how many devices share the work.
    whole : positions of the prompt and tokens to generate, of whole requests.
    """

    workloads: WorkloadRequest
    accelerators: Sequence[str] = ()
    parallel: Parallel = field(default_factory=Parallel)
    whole: tuple[int, int] | None = None


def roofline_result(request: RooflineRequest) -> Result:
    """Put every workload on every accelerator.

    Parameters
    ----------
    request : the options.

    Raises
    ------
    UsageError
        If a name isn't known, options contradict each other or the model, or an accelerator
        that was named lacks a figure.
    MemwallError
        If a config.json can't be read or understood.
    """
    from memwall_cli.answers.roofline_view import notes_on, summary, views
    from memwall_cli.rooflines import Placements

    works, notes = _workloads(request)
    chips = _chips(request)
    for work in works:
        request.parallel.check(work.model)
    placed = Placements(works, chips, request.parallel)
    parts = 1 if request.whole is None else min(request.whole[1], 2)
    whole = request.whole is not None
    rows = Lazy(
        lambda: _rows(placed, request.whole, parts),
        len(chips) * (len(works) + whole * len(works) // parts),
    )
    return Result(
        KEYS,
        rows,
        lambda: views(placed, list(rows)),
        summary(placed),
        [*notes, *notes_on(placed)],
        lambda: _chart(placed),
    )


def _workloads(request: RooflineRequest) -> "tuple[list[Workload], list[str]]":
    if request.whole is None:
        return combinations(request.workloads)
    from dataclasses import replace

    from memwall_cli.rooflines import request_parts

    asked = request.workloads
    if asked.phases or asked.tokens or asked.contexts:
        raise UsageError(
            "--prompt and --generate make up a whole request; drop --phase, --tokens and --context"
        )
    longest = sum(request.whole)
    steps, notes = combinations(replace(asked, phases=["decode"], contexts=[longest]))
    return [part for step in steps for part in request_parts(step, *request.whole)], notes


def _chips(request: RooflineRequest) -> "Chips":
    from memwall_cli.chips import load_chips
    from memwall_cli.rooflines import check_usable, usable

    formats, devices = request.workloads.formats, request.parallel.devices
    if request.accelerators:
        chips = load_chips(formats, request.accelerators)
        check_usable(chips, devices)
        return chips
    chips = load_chips(formats, LEADING)
    chips = chips[usable(chips, devices)[0]]
    if not len(chips):
        raise UsageError("no leading accelerator has all figures for this; name one with --on")
    return chips


def rows_of(placed: "Placed") -> Iterator[Row]:
    """Make a record of each accelerator that a workload was placed on."""
    from memwall_cli.workload.roofline import BOUNDS

    point, chips = placed.point, placed.chips
    work, sent = placed.work, point.network_bytes
    columns = zip(
        chips.ids.tolist(),
        chips.precision.tolist(),
        (chips.rates.peak / chips.rates.bandwidth).tolist(),
        point.bound.tolist(),
        point.time_s.tolist(),
        placed.tokens_per_s.tolist(),
        point.share_of_peak.tolist(),
        point.operator_s.tolist(),
        point.memory_share.tolist(),
        placed.achievable_s.tolist(),
        placed.turns.tolist(),
        point.network_s.tolist(),
        chips.memory.tolist(),
        strict=True,
    )
    for id_, precision, balance, bound, time, rate, share, *times in columns:
        operator_s, waits, achievable_s, turns, network_s, memory = times
        yield {
            "model": work.model.id,
            "phase": work.phase,
            "accelerator": id_,
            "precision": precision,
            "batch": work.batch,
            "context": work.passes.context,
            "flops": point.flops,
            "bytes": point.bytes,
            "intensity": point.flops / point.bytes,
            "balance": balance,
            "bound": BOUNDS[bound],
            "time_s": time,
            "tokens_per_s": rate,
            "share_of_peak": share,
            "operator_time_s": operator_s,
            "memory_share": waits,
            "achievable_time_s": _known(achievable_s),
            "compute_bound_batch": None if isnan(turns) else int(turns),
            "tokens": work.tokens,
            "devices": placed.parallel.devices,
            "network_bytes": sent,
            "network_time_s": network_s,
            "stored_bytes": placed.stored,
            "fits": None if isnan(memory) or not placed.all_stored else placed.stored <= memory,
        }


def _known(value: float) -> float | None:
    return None if isnan(value) else value


def _rows(placed: "Sequence[Placed]", whole: tuple[int, int] | None, parts: int) -> Iterator[Row]:
    """Make all rows; of whole requests one behind those of its parts."""
    for start in range(0, len(placed), parts):
        found = [list(rows_of(placed[place])) for place in range(start, start + parts)]
        for rows in found:
            yield from rows
        if whole:
            for pair in zip(*found, strict=True):
                yield _request(pair, whole[1])


def _request(parts: Sequence[Row], generated: int) -> Row:
    """Add the parts of a request up: one batch, its prompt first and then its tokens."""

    def add(key: str) -> float | None:
        values = [part[key] for part in parts]
        return None if None in values else sum(values)  # type: ignore[arg-type]

    longest = max(parts, key=lambda part: float(part["time_s"] or 0))
    time = float(add("time_s") or 0)
    last = parts[-1]
    summed = {key: add(key) for key in ("flops", "bytes", "operator_time_s", "achievable_time_s")}
    summed |= {key: add(key) for key in ("network_bytes", "network_time_s")}
    rate = float(parts[0]["tokens_per_s"] or 0) * float(parts[0]["time_s"] or 0)
    sequences = rate / int(parts[0]["tokens"] or 1)
    busy = sum(float(p["share_of_peak"] or 0) * float(p["time_s"] or 0) for p in parts)
    waits = sum(float(p["memory_share"] or 0) * float(p["operator_time_s"] or 0) for p in parts)
    return {
        **last,
        **summed,
        "phase": "request",
        "intensity": float(summed["flops"] or 0) / float(summed["bytes"] or 1),
        "bound": longest["bound"],
        "time_s": time,
        "tokens_per_s": sequences * generated / time,
        "share_of_peak": busy / time,
        "memory_share": waits / float(summed["operator_time_s"] or 1),
        "compute_bound_batch": None,
        "tokens": generated,
    }


def _chart(placed: "Sequence[Placed]") -> "ggplot":
    from memwall_cli.charts.roofline import roofline_chart

    return roofline_chart(placed)
