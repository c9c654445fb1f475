"""What several models tell together: whether waiting grows with size, or at thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from memwall_cli.chips import Chips
from memwall_cli.rooflines import Placements, devices_needed
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.roofline import roofline
from memwall_cli.workload.weights import parameters
from memwall_cli.workload.workload import Workload

NOTICEABLE = 0.01
"""A change of a share by less than this is none."""


@dataclass(frozen=True)
class _Step:
    """One model of a sequence by size: the devices it takes, and what it waits for."""

    model: str
    devices: int | None
    experts: bool
    waits: float


def scale_line(placed: Placements) -> str | None:
    """Say whether models of growing size wait more, steadily or by thresholds.

    Each runs on as many of the first accelerator as hold it, by tensor parallelism; its waiting
    is the part of its operators' time, one after the other, that goes by in operators that wait
    for memory, and in the network.

    Parameters
    ----------
    placed : workloads on accelerators; of each model and phase the first counts.

    Returns
    -------
    str
        None where there is but one model.
    """
    first: dict[tuple[str, str], Workload] = {}
    for work in placed.works:
        first.setdefault((work.phase, work.model.id), work)
    by_phase: dict[str, list[Workload]] = {}
    for (phase, _), work in first.items():
        by_phase.setdefault(phase, []).append(work)
    chip = placed.chips[:1]
    said = [
        f"{phase} {_verdict([_step(work, chip, placed.parallel) for work in _by_size(works)])}"
        for phase, works in by_phase.items()
        if len(works) > 1
    ]
    if not said:
        return None
    devices = placed.parallel.devices
    on = f"{devices} {chip.ids[0]}" if devices > 1 else f"as many {chip.ids[0]} as hold it"
    return (
        f"From small to large models, each on {on}, "
        f"batch {placed.works[0].batch}: {'; '.join(said)}."
    )


def _by_size(works: Sequence[Workload]) -> list[Workload]:
    return sorted(works, key=lambda work: parameters(work.model))


def _step(work: Workload, chip: Chips, given: Parallel) -> _Step:
    memory = float(chip.memory[0])
    parallel = given if given.devices > 1 else devices_needed(work, memory)
    return _Step(
        work.model.id,
        None if parallel is None else parallel.devices,
        any(blocks.ffn.experts for blocks in work.model.blocks),
        _waiting(work, chip, parallel or Parallel()),
    )


def _waiting(work: Workload, chip: Chips, parallel: Parallel) -> float:
    point = roofline(work, chip.rates, parallel)
    return float(point.memory_share[0] + point.network_s[0] / point.operator_s[0])


def _verdict(steps: Sequence[_Step]) -> str:
    """Describe how the share changes from one model to the next."""
    shares = [f"{100 * step.waits:.0f}" for step in steps]
    if max(s.waits for s in steps) - min(s.waits for s in steps) < NOTICEABLE:
        return f"waits for memory or network {shares[0]} % of the time at every size"
    worse = [
        (step, _thresholds(before, step))
        for before, step in pairwise(steps)
        if step.waits - before.waits > NOTICEABLE
    ]
    text = f"waits for memory or network {', '.join(shares)} % of the time"
    crossed = [f"{step.model} {' and '.join(why)}" for step, why in worse if why]
    if not worse:
        return f"{text}: less with size"
    if len(crossed) == len(worse):
        return f"{text}: worse by thresholds, not steadily ({', '.join(crossed)})"
    if not crossed and len(worse) == len(steps) - 1:
        return f"{text}: steadily worse with size"
    also = f", at some by a threshold ({', '.join(crossed)})" if crossed else ""
    return f"{text}: worse at {len(worse)} of {len(steps) - 1} steps{also}"


def _thresholds(before: _Step, step: _Step) -> list[str]:
    """Name what a model needs that the next smaller one did not."""
    found = []
    if step.devices is None:
        found.append("fits on no number of them")
    elif step.devices > (before.devices or step.devices):
        found.append(
            f"leaves one device for {step.devices}"
            if before.devices == 1
            else f"needs {step.devices} instead of {before.devices}"
        )
    if step.experts and not before.experts:
        found.append("has experts")
    return found
