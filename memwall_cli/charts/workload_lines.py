"""Workloads gathered into the lines of a chart: what tells them apart, and what they share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from memwall_cli import __version__

if TYPE_CHECKING:
    from memwall_cli.workload.operator import Operator
    from memwall_cli.workload.workload import Workload

AXES = ("context", "tokens", "batch")


@dataclass(frozen=True)
class Line:
    """Workloads that differ in one number, and their totals."""

    name: str
    label: str
    points: "Sequence[tuple[Workload, Operator]]"

    def intensities(self) -> tuple[float, float]:
        """Least and most FLOPs per byte."""
        found = [float(total.intensity) for _, total in self.points]
        return min(found), max(found)


def lines_of(totals: "Sequence[tuple[Workload, Operator]]") -> tuple[str, list[Line]]:
    """Choose the number that most workloads of a line differ in, and gather them by it.

    Parameters
    ----------
    totals : workloads and the totals of their operators.
    """
    axis = min(AXES, key=lambda name: len({_key(work, name) for work, _ in totals}))
    gathered: dict[tuple[object, ...], list[tuple[Workload, Operator]]] = {}
    for work, total in totals:
        gathered.setdefault(_key(work, axis), []).append((work, total))
    works = [work for work, _ in totals]
    several = len({work.phase for work in works}) > 1
    lines = []
    for points in gathered.values():
        work = points[0][0]
        more = _differences(work, works, axis)
        apart = [*([work.phase] if several else []), *more]
        lines.append(
            Line(
                f"{work.model.name} ({', '.join([work.phase, *more])})",
                "\n".join([work.model.name, *([", ".join(apart)] if apart else [])]),
                sorted(points, key=lambda point: int(getattr(point[0], axis))),
            )
        )
    return axis, lines


def _key(work: "Workload", axis: str) -> tuple[object, ...]:
    """Key what a line has in common; new tokens that are the whole context follow it."""
    follows = work.tokens == work.context and axis != "batch"
    fixed = {"context": work.context, "tokens": None if follows else work.tokens}
    fixed["batch"] = work.batch
    return (work.model.id, work.phase, *(v for name, v in fixed.items() if name != axis))


def _differences(work: "Workload", works: "Sequence[Workload]", axis: str) -> list[str]:
    """Say what beside model and phase tells a line from the others."""
    names = [name for name in ("batch", "context") if name != axis]
    if work.phase == "decode" and axis != "tokens":
        names.append("tokens")
    alike = [w for w in works if w.phase == work.phase]
    return [
        f"{name} {getattr(work, name)}"
        for name in names
        if len({getattr(w, name) for w in alike}) > 1
    ]


def finding(low: Line, said: str, high: Line, said_too: str) -> str:
    """Say of two lines how many FLOPs a byte gets, and name a model that is the same once."""
    model = low.points[0][0].model
    if model is not high.points[0][0].model:
        return f"{low.name} does {said} FLOPs per byte moved, {high.name} {said_too}"
    parts = [line.name.removeprefix(f"{model.name} ") for line in (low, high)]
    return f"{model.name} does {said} FLOPs per byte moved {parts[0]}, {said_too} {parts[1]}"


def subtitle(lines: Sequence[Line]) -> str:
    """Say what all workloads have in common."""
    from memwall_cli.words.workload import conditions

    works = [work for line in lines for work, _ in line.points]
    parts = [
        f"{name} {getattr(works[0], name)}"
        for name in ("batch", "context")
        if len({getattr(work, name) for work in works}) == 1
    ]
    return "; ".join([f"Counted in {conditions(works[0])}", *parts])


def caption(lines: Sequence[Line]) -> str:
    """Say how it was counted."""
    works = [work for line in lines for work, _ in line.points]
    paper = " Counted as arXiv 2302.14017 does; bytes moved are its MOPs."
    convention = paper if works[0].blocks_only else ""
    return (
        f"memwall {__version__}. Counted operator by operator, nothing estimated or fitted; "
        f"n = {len(works)}. A multiply-add is two FLOPs.{convention}"
    )


def beyond_window(work: "Workload") -> bool:
    """Tell whether a context is longer than the model was made for."""
    return bool(work.model.window and work.context > work.model.window)
