"""What `memwall roofline` answers: workloads under the roofs of accelerators."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Any

from memwall_cli.errors import UsageError
from memwall_cli.render import Lazy, Result, Row
from memwall_cli.workload.combinations import WorkloadRequest, combinations
from memwall_cli.workload.parallel import Parallel

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.accelerators.chips import Chips
    from memwall_cli.accelerators.rooflines import Placed
    from memwall_cli.render import Cell
    from memwall_cli.workload.passes import Count
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
    from memwall_cli.accelerators.rooflines import Placements
    from memwall_cli.answers.roofline_notes import notes_on
    from memwall_cli.answers.roofline_view import summary, views

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

    from memwall_cli.accelerators.rooflines import request_parts

    asked = request.workloads
    if asked.phases or asked.tokens or asked.contexts:
        raise UsageError(
            "--prompt and --generate make up a whole request; drop --phase, --tokens and --context"
        )
    longest = sum(request.whole)
    steps, notes = combinations(replace(asked, phases=["decode"], contexts=[longest]))
    return [part for step in steps for part in request_parts(step, *request.whole)], notes


def _chips(request: RooflineRequest) -> "Chips":
    from memwall_cli.accelerators.chips import load_chips
    from memwall_cli.accelerators.rooflines import check_usable, usable

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
    of_all = _of_all(placed)
    columns: dict[str, list[Any]] = {
        "accelerator": chips.ids.tolist(),
        "precision": chips.precision.tolist(),
        "balance": (chips.rates.peak / chips.rates.bandwidth).tolist(),
        "bound": [BOUNDS[place] for place in point.bound.tolist()],
        "time_s": point.time_s.tolist(),
        "tokens_per_s": placed.tokens_per_s.tolist(),
        "share_of_peak": point.share_of_peak.tolist(),
        "operator_time_s": point.operator_s.tolist(),
        "memory_share": point.memory_share.tolist(),
        "achievable_time_s": [_known(time) for time in placed.achievable_s.tolist()],
        "compute_bound_batch": [_known(batch, int) for batch in placed.turns.tolist()],
        "network_time_s": point.network_s.tolist(),
        "fits": [
            None if isnan(memory) or not placed.all_stored else placed.stored <= memory
            for memory in chips.memory.tolist()
        ],
    }
    for values in zip(*columns.values(), strict=True):
        yield of_all | dict(zip(columns, values, strict=True))


def _of_all(placed: "Placed") -> Row:
    """Make the part of a record that is the same on all accelerators."""
    work, point = placed.work, placed.point
    return {
        "model": work.model.id,
        "phase": work.phase,
        "batch": work.batch,
        "context": work.passes.context,
        "tokens": work.tokens,
        "devices": placed.parallel.devices,
        "flops": _whole(point.flops),
        "bytes": _whole(point.bytes),
        "intensity": point.intensity,
        "network_bytes": _whole(point.network_bytes),
        "stored_bytes": _whole(placed.stored),
    }


def _whole(count: "Count") -> int | float:
    """Write a count as the integer that it is, unless it is an expectation."""
    return int(count) if count == int(count) else float(count)


def _known(value: float, kind: type = float) -> Any:
    return None if isnan(value) else kind(value)


def _rows(placed: "Sequence[Placed]", whole: tuple[int, int] | None, parts: int) -> Iterator[Row]:
    """Make all rows; of whole requests one behind those of its parts."""
    for start in range(0, len(placed), parts):
        found = [list(rows_of(placed[place])) for place in range(start, start + parts)]
        for rows in found:
            yield from rows
        if whole:
            for pair in zip(*found, strict=True):
                yield _request(pair, whole[1])


def _request(parts: "Sequence[Row]", generated: int) -> Row:
    """Add the parts of a request up: one batch, its prompt first and then its tokens."""

    def add(key: str, weight: str | None = None) -> float:
        return sum(_number(part[key]) * (_number(part[weight]) if weight else 1) for part in parts)

    first, last = parts[0], parts[-1]
    time, in_turn = add("time_s"), add("operator_time_s")
    prompts = _number(first["tokens_per_s"]) * _number(first["time_s"]) / _number(first["tokens"])
    known = all(part["achievable_time_s"] is not None for part in parts)
    return {
        **last,
        "phase": "request",
        "flops": add("flops"),
        "bytes": add("bytes"),
        "intensity": add("flops") / add("bytes"),
        "bound": max(parts, key=lambda part: _number(part["time_s"]))["bound"],
        "time_s": time,
        "tokens_per_s": prompts * generated / time,
        "share_of_peak": add("share_of_peak", "time_s") / time,
        "operator_time_s": in_turn,
        "memory_share": add("memory_share", "operator_time_s") / in_turn,
        "achievable_time_s": add("achievable_time_s") if known else None,
        "compute_bound_batch": None,
        "tokens": generated,
        "network_bytes": add("network_bytes"),
        "network_time_s": add("network_time_s"),
    }


def _number(cell: "Cell") -> float:
    assert isinstance(cell, int | float)
    return cell


def _chart(placed: "Sequence[Placed]") -> "ggplot":
    from memwall_cli.charts.roofline import roofline_chart

    return roofline_chart(placed)
