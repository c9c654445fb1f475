"""What to know about rooflines: what does not fit, what is doubled, what is no floor."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from memwall_cli.chips import load_chips
from memwall_cli.text import prefixed
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Model
from memwall_cli.workload.serving import stored_bytes

if TYPE_CHECKING:
    from memwall_cli.rooflines import Placements
    from memwall_cli.workload.workload import Workload

MOST_NAMES = 6


def notes_on(placed: "Placements") -> Iterator[str]:
    """Say what does not fit, what devices hold several times, and what is no floor."""
    yield from not_fitting(placed)
    yield from _slower_when_narrow(placed)
    stages = placed.parallel.pp
    if stages > 1:
        yield (
            f"note: with --pp {stages} times are of one stage while {stages} batches are in "
            f"flight; one batch takes {stages} times as long"
        )
    for name in placed.chips.ids[placed.chips.sram]:
        yield f"note: the memory of {name} is SRAM on its chips: fast, and small"
    for model in dict.fromkeys(work.model for work in placed.works):
        yield from _of_model(model, placed.parallel.tp)


def _slower_when_narrow(placed: "Placements") -> Iterator[str]:
    """Name accelerators that multiply integers slower than they do 16-bit floats."""
    chips = placed.chips
    wide = load_chips(Formats(), chips.ids.tolist())
    slow = chips.ids[(chips.precision == "int8") & (wide.rates.peak > chips.rates.peak)].tolist()
    if slow:
        yield (
            f"note: {listed(slow)} multiply int8 slower than fp16; --activations fp16 runs there "
            "at the peak of fp16"
        )


def listed(names: Sequence[str]) -> str:
    """Join names, the first of many."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"


def _of_model(model: Model, tp: int) -> Iterator[str]:
    heads = min(blocks.attention.kv_heads for blocks in model.blocks)
    if any(blocks.attention.latent for blocks in model.blocks) and tp > 1:
        yield f"note: with --tp {tp} every device keeps the latent KV cache of {model.id} in full"
    elif tp > heads:
        yield (
            f"note: {model.id} has {heads} key-value heads: with --tp {tp} each is kept "
            f"{tp // heads} times"
        )
    if any(blocks.ffn.experts for blocks in model.blocks):
        yield (
            f"note: bytes of the experts of {model.id} are what even routing lets expect, "
            "no certain floor"
        )


def not_fitting(placed: "Placements") -> Iterator[str]:
    """Name, for each model, the accelerators that do not hold it at its longest."""
    works: dict[str, list[Workload]] = {}
    for work in placed.works:
        if work.phase != "train":
            works.setdefault(work.model.id, []).append(work)
    for model, ones in works.items():
        by_size = sorted(ones, key=lambda work: int(work.batch * work.passes.context))
        least, most = (stored_bytes(work, placed.parallel) for work in (by_size[0], by_size[-1]))
        short = placed.chips.ids[placed.chips.memory < most].tolist()
        if short:
            sizes = dict.fromkeys(prefixed(size, "B") for size in (least, most))
            yield (
                f"warning: weights and KV cache of {model} ({' to '.join(sizes)} a device) do not "
                f"fit into {listed(short)}; more devices share them with --tp"
            )
