"""What each way out is worth in training: memory against time."""

from collections.abc import Iterator
from dataclasses import replace

from memwall_cli.accelerators.chips import Chips
from memwall_cli.accelerators.ways_out import TOGETHER, Outcome
from memwall_cli.errors import UsageError
from memwall_cli.workload.footprint import Setup, footprint
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.roofline import BOUNDS, Rates, roofline
from memwall_cli.workload.workload import Workload

COPIES = 8
"""Data-parallel copies that ZeRO shares among, where there is one."""
NARROW = Formats.all("bf16")


def training_outcomes(work: Workload, chips: Chips, parallel: Parallel) -> list[Outcome]:
    """Follow the ways out of training: recomputation, ZeRO, a narrower optimizer, more devices.

    Parameters
    ----------
    work : the workload, of the phase train.
    chips : one accelerator.
    parallel : over how many devices it is shared out.

    Returns
    -------
    list of Outcome
        First training that keeps everything, with Adam; then each way out, then all that save
        memory together.
    """
    rates, plain = chips.rates, Setup(parallel, recompute="none")
    found = [_outcome("", "", work, plain, rates)]
    for name, asks, changed, setup in _ways(work, plain):
        try:
            found.append(_outcome(name, asks, changed, setup, rates))
        except UsageError:  # the model can't be spread so
            continue
    return found


def _ways(work: Workload, plain: Setup) -> Iterator[tuple[str, str, Workload, Setup]]:
    narrow = replace(work, formats=NARROW) if work.formats.weights == "fp32" else work
    if narrow is not work:
        yield "bf16", "mixed precision, fp32 master weights", narrow, plain
    some, whole = replace(plain, recompute="selective"), replace(plain, recompute="full")
    yield "recompute some", "selective: attention once more", work, some
    yield "recompute all", "the forward pass of all layers once more", work, whole
    yield "8-bit Adam", "quantised states", work, replace(plain, optimizer="adam-8bit")
    copies = max(COPIES, plain.parallel.dp)
    shared = replace(plain, parallel=replace(plain.parallel, dp=copies))
    for stage in (1, 2, 3):
        yield f"ZeRO {stage}", f"{copies} copies of the model", work, replace(shared, zero=stage)
    spread = replace(plain, parallel=replace(plain.parallel, tp=8 * plain.parallel.tp))
    name = f"{spread.parallel.devices} devices"
    yield name, "tensor parallel, network counted", work, spread
    split = replace(spread, sequence=True)
    yield "sequences split", f"{name}, sequence parallel", work, split
    best = replace(split, recompute="full", optimizer="adam-8bit", zero=3)
    best = replace(best, parallel=replace(best.parallel, dp=copies))
    asks = "recompute all + 8-bit Adam + ZeRO 3 + sequences split"
    yield TOGETHER, asks, narrow, best


def _outcome(name: str, asks: str, work: Workload, setup: Setup, rates: Rates) -> Outcome:
    """Count memory by the footprint, and time by the roofline with what is computed again."""
    held = float(footprint(work, setup).total)
    point = roofline(work, rates, setup.parallel)
    again = 1 + _recomputed(work, setup)
    times = (float(point.compute_s[0]) * again, float(point.memory_s[0]), float(point.network_s[0]))
    time = max(times)
    return Outcome(
        name,
        asks,
        float(point.flops) * again,
        float(point.bytes),
        time,
        BOUNDS[times.index(time)],
        work.batch * work.tokens * setup.parallel.ep * setup.parallel.dp / time,
        held,
    )


def _recomputed(work: Workload, setup: Setup) -> float:
    """FLOPs that are computed again, for each that is computed anyway."""
    if setup.recompute == "none":
        return 0.0
    matmuls = [row for row in work.operators if row.kind == "matmul"]
    forward = [row for row in matmuls if not row.operator.endswith(", backward")]
    whole = setup.recompute == "full"
    # The head is no layer: it isn't computed again.
    again = [r for r in forward if r.group != "head" and (whole or r.group == "attention")]
    return float(sum(row.flops for row in again) / sum(row.flops for row in matmuls))
