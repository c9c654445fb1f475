"""What `memwall footprint` answers: what a device holds, and which devices hold it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli.answers.roofline import LEADING
from memwall_cli.errors import MemwallError
from memwall_cli.render import Result, Row
from memwall_cli.trends.selection import names_of
from memwall_cli.workload.fitting import (
    Fit,
    Layout,
    largest_batch,
    largest_context,
    layouts,
    smallest,
)
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.layouts import FootprintRequest, Laid, laid_out

if TYPE_CHECKING:
    from plotnine import ggplot

KEYS = (
    *("model", "phase", "component", "bytes", "batch", "tokens", "context"),
    *("weights", "activations", "kv", "optimizer", "recompute", "zero"),
    *("sequence_parallel", "interleave", "tp", "pp", "ep", "dp", "devices", "stage"),
    *("accelerator", "memory_bytes", "fits", "devices_needed", "tp_needed", "pp_needed"),
    *("largest_batch", "largest_context"),
)


def footprint_result(request: FootprintRequest) -> Result:
    """Count what every workload takes that was asked for, and what holds it.

    Parameters
    ----------
    request : the options.

    Raises
    ------
    UsageError
        If they contradict each other or the model.
    MemwallError
        If a config.json can't be read, or an accelerator's memory isn't known.
    """
    from memwall_cli.answers.footprint_view import summary, views

    laid, notes = laid_out(request)
    named = names_of(request.on) if request.on else []
    memories = _memories(named or LEADING)
    fits = [fits_on(one, memories) for one in laid]
    rows = []
    for one, places in zip(laid, fits, strict=True):
        rows += _rows(one)
        rows += [_fit_row(one, place) for place in places] if named else []
    return Result(
        KEYS,
        rows,
        lambda: views(laid, fits),
        summary(laid, fits),
        notes,
        lambda: _chart(laid, memories),
    )


def _memories(ids: Sequence[str]) -> dict[str, int]:
    """Look up the bytes of each accelerator's memory: GB as printed, 10^9 bytes."""
    from math import isfinite

    from memwall_cli.accelerators.chips import load_chips

    chips = load_chips(Formats(), ids)
    found = {str(name): float(size) for name, size in zip(chips.ids, chips.memory, strict=True)}
    for name, size in found.items():
        if not isfinite(size):
            raise MemwallError(f"accelerators: {name}: its memory is not known; name another")
    return {name: round(size) for name, size in found.items()}


def fits_on(one: Laid, memories: dict[str, int]) -> list[Fit]:
    """Find out which accelerators hold a workload, and how much more.

    Parameters
    ----------
    one : the workload, laid out.
    memories : bytes of each accelerator.
    """
    ways = layouts(one.work, one.setup)
    return [_fit(one, name, memory, ways) for name, memory in memories.items()]


def _fit(one: Laid, name: str, memory: int, ways: list[Layout]) -> Fit:
    fits = bool(one.footprint.total <= memory)
    needed = smallest(ways, memory)
    setup = one.setup if fits else needed.setup if needed else None
    if setup is None:
        return Fit(name, memory, fits, None, None, None)
    return Fit(
        name,
        memory,
        fits,
        needed,
        largest_batch(one.work, setup, memory),
        largest_context(one.work, setup, memory),
    )


def _rows(one: Laid) -> list[Row]:
    components = {**one.footprint.components, "total": one.footprint.total}
    return [
        {**dict.fromkeys(KEYS), **_named(one), "component": name, "bytes": size}
        for name, size in components.items()
    ]


def _named(one: Laid) -> Row:
    """Name the workload and its layout; what concerns training alone is empty elsewhere."""
    work, setup, parallel, trains = one.work, one.setup, one.setup.parallel, one.trains
    return {
        "model": work.model.id,
        "phase": work.phase,
        "batch": work.batch,
        "tokens": work.tokens,
        "context": work.context,
        "weights": work.formats.weights,
        "activations": work.formats.activations,
        "kv": work.formats.kv if "kv-cache" in one.footprint.components else None,
        "optimizer": setup.optimizer if trains else None,
        "recompute": setup.recompute if trains else None,
        "zero": setup.zero if trains else None,
        "sequence_parallel": setup.sequence if trains else None,
        "interleave": setup.interleave if trains else None,
        "tp": parallel.tp,
        "pp": parallel.pp,
        "ep": parallel.ep,
        "dp": parallel.dp,
        "devices": parallel.devices,
        "stage": one.footprint.stage or None,
    }


def _fit_row(one: Laid, place: Fit) -> Row:
    needed = place.needed
    return {
        **_named(one),
        "component": "total",
        "bytes": one.footprint.total,
        "accelerator": place.accelerator,
        "memory_bytes": place.memory,
        "fits": place.fits,
        "devices_needed": needed.devices if needed else None,
        "tp_needed": needed.setup.parallel.tp if needed else None,
        "pp_needed": needed.setup.parallel.pp if needed else None,
        "largest_batch": place.batch,
        "largest_context": place.context,
    }


def _chart(laid: list[Laid], memories: dict[str, int]) -> "ggplot":
    from memwall_cli.charts.footprint import footprint_chart

    return footprint_chart(laid, memories)
