"""What fits: how many devices hold a workload, and the largest batch and context on them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from memwall_cli.errors import UsageError
from memwall_cli.workload.footprint import Setup, footprint
from memwall_cli.workload.parallel import Parallel, divisors
from memwall_cli.workload.workload import Workload

MOST_TP = 64
"""Devices that share layers, at the most: more than any scale-up domain of today is asked to."""
NODE = 8
"""Devices of the usual server, whose links tensor parallelism needs."""
MOST = 2**40
"""Where the search for the largest batch or context ends."""


@dataclass(frozen=True)
class Layout:
    """A way of spreading a model, and what it then takes on each device.

    Attributes
    ----------
    setup : the way.
    bytes : on the fullest device.
    """

    setup: Setup
    bytes: int

    @property
    def devices(self) -> int:
        """Devices in all."""
        return self.setup.parallel.devices


def layouts(work: Workload, setup: Setup) -> list[Layout]:
    """List the ways to spread a model by tensor and pipeline parallelism, fewest devices first.

    Parameters
    ----------
    work : the workload.
    setup : all else, as it stays: expert and data parallelism, ZeRO, and what training keeps.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-3-70b"), "decode", context=8192)
    >>> [layout.devices for layout in layouts(step, Setup())][:4]
    [1, 2, 2, 4]
    """
    found = [Layout(way, int(footprint(work, way).total)) for way in _ways(work, setup)]
    return sorted(found, key=_order)


def _order(layout: Layout) -> tuple[int, bool, int]:
    """Fewest devices first; of as many, tensor parallelism within a node, then few stages."""
    parallel = layout.setup.parallel
    return layout.devices, parallel.tp > NODE, parallel.pp


def _ways(work: Workload, setup: Setup) -> Iterator[Setup]:
    model, now = work.model, setup.parallel
    heads = model.blocks[0].attention.heads
    for tp in [n for n in divisors(heads) if n <= MOST_TP]:
        for pp in divisors(model.layers):
            way = replace(
                setup,
                parallel=Parallel(tp, pp, now.ep, now.dp),
                sequence=setup.sequence and tp > 1,
                interleave=setup.interleave if pp > 1 else 1,
            )
            try:
                way.check(model)
            except UsageError:
                continue
            yield way


def smallest(found: list[Layout], capacity: float) -> Layout | None:
    """Choose the first layout that a memory holds on each device; None where none does.

    Parameters
    ----------
    found : layouts, fewest devices first.
    capacity : bytes of one device.
    """
    return next((layout for layout in found if layout.bytes <= capacity), None)


def largest_batch(work: Workload, setup: Setup, capacity: float) -> int:
    """Find how many sequences fit at once; 0 where not even one does.

    Parameters
    ----------
    work, setup : the workload, whose batch is varied, and how it is laid out.
    capacity : bytes of one device.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=4096)
    >>> largest_batch(step, Setup(), 80e9)
    30
    """
    return _largest(lambda n: float(footprint(replace(work, batch=n), setup).total) <= capacity, 0)


def largest_context(work: Workload, setup: Setup, capacity: float) -> int:
    """Find how long a sequence may be, at the workload's batch; 0 where nothing fits.

    Where all positions are new (encode, prefill, generate, train), so are those that are added.

    Parameters
    ----------
    work, setup : the workload, whose context is varied, and how it is laid out.
    capacity : bytes of one device.
    """
    shortest = 1 if work.tokens == work.context else work.tokens

    def fits(n: int) -> bool:
        tokens = n if work.tokens == work.context and work.phase != "decode" else work.tokens
        longer = replace(work, tokens=tokens, context=n)
        return float(footprint(longer, setup).total) <= capacity

    return _largest(fits, shortest - 1)


def _largest(fits: Callable[[int], bool], below: int) -> int:
    """Find the largest number that fits, above `below`; 0 where the next doesn't."""
    if not fits(below + 1):
        return 0
    low, high = below + 1, 2 * (below + 1)
    while high < MOST and fits(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if fits(middle):
            low = middle
        else:
            high = middle
    return low


@dataclass(frozen=True)
class Fit:
    """A workload on a kind of accelerator.

    Attributes
    ----------
    accelerator, memory : its id, and the bytes of one.
    fits : whether each of the devices, as they were asked for, holds its part.
    needed : the fewest that do; None where no split does.
    batch, context : the largest that fit, on the devices asked for if those hold it, else on
        those needed; None where none do.
    """

    accelerator: str
    memory: int
    fits: bool
    needed: Layout | None
    batch: int | None
    context: int | None
