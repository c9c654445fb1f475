"""What `memwall roofline --remedies` answers: what each way out is worth, and in years."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.accelerators.chips import load_chips
from memwall_cli.accelerators.rooflines import check_usable
from memwall_cli.accelerators.ways_out import (
    Growths,
    Interval,
    Ways,
    growth_of,
    outcomes,
)
from memwall_cli.accelerators.ways_out_training import training_outcomes
from memwall_cli.answers.remedies_view import not_fitting, summary, views
from memwall_cli.errors import UsageError
from memwall_cli.render import Result, Row
from memwall_cli.workload.combinations import WorkloadRequest, combinations
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.remedies import remedies_of

if TYPE_CHECKING:
    from plotnine import ggplot


KEYS = (
    *("model", "phase", "accelerator", "batch", "context", "remedy", "asks", "flops", "bytes"),
    *("bound", "time_s", "tokens_per_s", "memory_bytes", "gain", "memory_gain"),
    *("bandwidth_years", "bandwidth_years_low", "bandwidth_years_high"),
    *("capacity_years", "capacity_years_low", "capacity_years_high", "level", "fits"),
)
AS_IT_IS = "as it is"
CHIP = "h100-sxm"
"""The accelerator that is taken when none is named: the one most measured."""


@dataclass(frozen=True)
class Drafts:
    """Speculative decoding: tokens drafted, and the probability that one is accepted."""

    drafted: int = 4
    accepted: float = 0.8


def remedies_result(
    request: WorkloadRequest,
    accelerators: Sequence[str] = (),
    parallel: Parallel = Parallel(),  # noqa: B008
    drafts: Drafts = Drafts(),
    level: float = 0.90,
) -> Result:
    """Follow every way out of each workload on each accelerator.

    Parameters
    ----------
    request : the workloads; of inference the decode step where no phase is named.
    accelerators : ids.
    parallel : over how many devices a workload is shared out as it is.
    drafts : speculative decoding.
    level : probability of the intervals of the rates.

    Raises
    ------
    UsageError
        If a name isn't known, or an accelerator lacks a figure.
    """
    works, notes = combinations(request)
    if not request.phases:
        # Of inference the step that the ways out are for.
        works = [work for work in works if work.phase != "prefill"]
    chips = load_chips(request.formats, accelerators or (CHIP,))
    check_usable(chips, parallel.devices)
    growths = Growths(
        growth_of("dram-bandwidth", level), growth_of("memory-capacity", level), level
    )
    ways = []
    for work in works:
        parallel.check(work.model)
        for i, chip in enumerate(chips.ids.tolist()):
            one = chips[i : i + 1]
            if work.phase == "train":
                found = training_outcomes(work, one, parallel)
            else:
                remedies = remedies_of(work, drafts.drafted, drafts.accepted)
                found = outcomes(work, one, parallel, remedies)
            ways.append(Ways(work, chip, found, growths, float(one.memory[0])))
    return Result(
        KEYS,
        [row for one in ways for row in _rows(one)],
        lambda: views(ways),
        summary(ways),
        [*notes, *(note for one in ways for note in not_fitting(one))],
        lambda: _chart(ways),
    )


def _rows(ways: Ways) -> Iterator[Row]:
    work = ways.work
    for one in ways.found:
        yield {
            "model": work.model.id,
            "phase": work.phase,
            "accelerator": ways.chip,
            "batch": work.batch,
            "context": work.passes.context,
            "remedy": one.name or AS_IT_IS,
            "asks": one.asks or None,
            "flops": one.flops,
            "bytes": one.bytes,
            "bound": one.bound,
            "time_s": one.time_s,
            "tokens_per_s": one.tokens_per_s,
            "memory_bytes": one.memory,
            "gain": ways.gain(one),
            "memory_gain": ways.memory_gain(one),
            **_years("bandwidth_years", ways.bandwidth_years(one)),
            **_years("capacity_years", ways.capacity_years(one)),
            "level": ways.growths.level,
            "fits": ways.fits(one),
        }


def _years(name: str, years: Interval | None) -> Row:
    values = [None] * 3 if years is None else [x if isfinite(x) else None for x in years]
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _chart(ways: Sequence[Ways]) -> "ggplot":
    from memwall_cli.charts.remedies import remedies_chart

    if len(ways) > 1:
        raise UsageError(
            f"a picture shows one workload on one accelerator, not {len(ways)}; "
            "name one with --phase, --batch and --on"
        )
    return remedies_chart(ways[0])
