"""`memwall workload` for people: operators of few workloads, or one line for each of many."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli.render import View
from memwall_cli.text import digits, prefixed
from memwall_cli.words.workload import conditions, lengths
from memwall_cli.workload.operator import Operator

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload

Table = tuple["Workload", Sequence[Operator]]
"""A workload and its operators, the total last."""

MOST_TABLES = 2
"""More workloads than this are shown with a line each."""
KINDS = ("weights", "activations", "KV cache")


def views(tables: Sequence[Table]) -> list[View]:
    """Show the operators of up to two workloads, or one line for each of several."""
    if len(tables) <= MOST_TABLES:
        return [_operators(work, rows) for work, rows in tables]
    return [_lines(tables)]


def summary(tables: Sequence[Table]) -> list[str]:
    """Say what the totals mean: FLOPs per byte, and what the bytes are."""
    totals = [(work, rows[-1]) for work, rows in tables]
    if len(totals) <= MOST_TABLES:
        lines = [_meaning(work, total) for work, total in totals]
    else:
        lines = [_range(totals)]
    return lines


def _operators(work: "Workload", rows: Sequence[Operator]) -> View:
    cells = [
        [
            one.operator,
            str(one.count) if one.group else "",
            prefixed(one.flops, "FLOP").removesuffix("FLOP"),
            *(_bytes(part) for part in _parts(one)),
            "" if one.intensity is None else digits(one.intensity),
        ]
        for one in rows
    ]
    title = f"{work.model.name}, {work.phase}: {lengths(work)} ({conditions(work)})"
    headers = ("operator", "layers", "FLOPs", "weights", "activations", "KV cache", "FLOP/byte")
    return View(title, headers, cells, "lrrrrrr")


def _parts(one: Operator) -> tuple[float, float, float]:
    return one.weight_bytes, one.activation_bytes, one.kv_bytes


def _bytes(value: float) -> str:
    return prefixed(value, "B") if value else ""


def _lines(tables: Sequence[Table]) -> View:
    """One line for each workload; what all have in common goes into the title."""
    works = [work for work, _ in tables]
    named: dict[str, list[str]] = {
        "model": [work.model.id for work in works],
        "phase": [work.phase for work in works],
        "batch": [str(work.batch) for work in works],
        "tokens": [str(work.tokens) for work in works],
        "context": [str(work.context) for work in works],
    }
    if named["tokens"] == named["context"]:
        del named["context"]
    shared = [
        values[0] if key in ("model", "phase") else f"{key} {values[0]}"
        for key, values in named.items()
        if len(set(values)) == 1
    ]
    varied = {key: values for key, values in named.items() if len(set(values)) > 1}
    cells = [
        [*names, *_totals(rows[-1])]
        for names, (_, rows) in zip(zip(*varied.values(), strict=True), tables, strict=True)
    ]
    title = f"Workloads: {', '.join([*shared, conditions(works[0])])}"
    headers = (*varied, "FLOPs", "bytes", "FLOP/byte", "weights", "activ.", "KV")
    align = "".join("l" if key in ("model", "phase") else "r" for key in varied)
    return View(title, headers, cells, f"{align}rrrrrr")


def _totals(total: Operator) -> list[str]:
    return [
        prefixed(total.flops, "FLOP").removesuffix("FLOP"),
        prefixed(total.bytes, "B"),
        digits(total.intensity),
        *(_percent(part, total) for part in _parts(total)),
    ]


def _meaning(work: "Workload", total: Operator) -> str:
    shares = sorted(zip(_parts(total), KINDS, strict=True), reverse=True)
    said = [f"{_percent(part, total)} {name}" for part, name in shares if part]
    return (
        f"{work.phase}: {digits(total.intensity)} FLOPs for each byte; bytes are "
        f"{', '.join(said)}. A chip that can do more FLOPs per byte waits for its memory."
    )


def _percent(part: float, total: Operator) -> str:
    share = 100 * part / total.bytes
    return f"{share:.0f} %" if share >= 0.5 or not share else "<1 %"


def _range(totals: Sequence[tuple["Workload", Operator]]) -> str:
    ranked = sorted(totals, key=lambda one: float(one[1].intensity))
    (low_work, low), (high_work, high) = ranked[0], ranked[-1]
    return (
        f"From {digits(low.intensity)} FLOPs per byte ({_named(low_work)}) to "
        f"{digits(high.intensity)} ({_named(high_work)}): the first waits for memory on any "
        "chip that can do more FLOPs per byte than that."
    )


def _named(work: "Workload") -> str:
    return f"{work.model.id} {work.phase}, {lengths(work)}"
