"""`memwall roofline` for people: a table for each workload, and what it means."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from memwall_cli.answers.roofline_notes import not_fitting
from memwall_cli.answers.roofline_scale import scale_line
from memwall_cli.render import Row, View
from memwall_cli.text import digits, prefixed, short
from memwall_cli.words.workload import conditions
from memwall_cli.workload.passes import PHASES
from memwall_cli.workload.roofline import BOUNDS

if TYPE_CHECKING:
    from memwall_cli.accelerators.rooflines import Placed, Placements

_PHASE_ORDER = {name: place for place, name in enumerate((*PHASES, "request"))}
MOST_BOUNDS = 6
"""More workloads on several devices than this leave their bounds to the table."""
HEADERS = (
    *("batch", "bound", "floor", "in turn", "achiev-\nable", "tokens/s"),
    *("of\npeak", "computes\nfrom batch"),
)


def views(placed: "Sequence[Placed]", rows: Sequence[Row]) -> list[View]:
    """Show a table for each model, phase and length; of many models on one chip, for each phase."""
    said = conditions(placed[0].work)
    chips = placed[0].chips.ids.tolist()
    models = {one.work.model.id: one.work.model.name for one in placed}
    by_chip = len(chips) > 1 or len(models) == 1

    def key(row: Row) -> tuple[str, str, str]:
        model = models[str(row["model"])]
        return model if by_chip else chips[0], str(row["phase"]), _lengths(row)

    found = []
    ordered = rows if by_chip else sorted(rows, key=lambda row: _PHASE_ORDER[str(row["phase"])])
    for (subject, phase, lengths), group in groupby(ordered, key):
        lines = list(group)
        devices = f", {lines[0]['devices']} devices" if lines[0]["devices"] != 1 else ""
        title = f"{subject}, {phase}: {lengths}{devices} ({said})"
        first = "accelerator" if by_chip else "model"
        found.append(
            View(title, (first, *HEADERS), [_cells(row, first) for row in lines], "lrlrrrrrr")
        )
    return found


def _lengths(row: Row) -> str:
    tokens = f"{row['tokens']} tokens" if row["tokens"] != 1 else "1 token"
    return tokens if row["tokens"] == row["context"] else f"{tokens} at context {row['context']}"


def _cells(row: Row, first: str) -> list[str]:
    turns = row["compute_bound_batch"]
    name = str(row[first]) + ("" if row["fits"] in (True, None) else " *")
    return [
        name,
        str(row["batch"]),
        str(row["bound"]),
        _seconds(row, "time_s"),
        _seconds(row, "operator_time_s"),
        _seconds(row, "achievable_time_s"),
        short(float(row["tokens_per_s"] or 0)),
        f"{digits(100 * float(row['share_of_peak'] or 0), 2)} %",
        "never" if turns is None and row["phase"] != "request" else str(turns or ""),
    ]


def _seconds(row: Row, key: str) -> str:
    value = row[key]
    return "-" if value is None else prefixed(float(value), "s")


def summary(placed: "Placements") -> list[str]:
    """Say what the columns are, and what several models have to tell together."""
    lines = [
        "floor: peak and bandwidth fully used, weights and KV cache only; in turn: operator "
        "by operator, activations too; achievable: in turn, at the parts of both that kernels "
        "were measured to reach (memwall data achieved); computes from batch: whether or not as "
        "many fit.",
    ]
    if any(True for _ in not_fitting(placed)):
        lines.append("* does not fit into the memory, and is counted as if it did.")
    lines += _bounds(placed)
    scale = scale_line(placed)
    return [*lines, scale] if scale else lines


def _bounds(placed: "Placements") -> Iterator[str]:
    """Set the three times side by side where several devices share few workloads."""
    if placed.parallel.devices == 1 or len(placed) * len(placed.chips) > MOST_BOUNDS:
        return
    for one in placed:
        point, devices = one.point, one.parallel.devices
        times = zip(point.compute_s, point.memory_s, point.network_s, strict=True)
        for chip, bound, seconds in zip(one.chips.ids, point.bound, times, strict=True):
            said = ", ".join(
                f"{name} {prefixed(float(t), 's')}" for name, t in zip(BOUNDS, seconds, strict=True)
            )
            yield (
                f"{one.work.model.id} {one.work.phase}, batch {one.work.batch}, on {devices} "
                f"{chip}: {BOUNDS[bound]} binds ({said})."
            )
