"""Memory that a piece of PyTorch takes and gives back, as its allocators count it.

On a GPU PyTorch keeps the count itself (`torch.cuda.max_memory_allocated`); on a CPU its profiler
sees every call of the allocator, temporary memory inside an operator included. Neither counts what
is reserved and not in use, which the operating system does count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate

COUNTED = {True: "allocator calls seen by PyTorch's profiler", False: "max_memory_allocated"}
"""What counted, by whether it was the CPU."""


@dataclass(frozen=True)
class Allocated:
    """Bytes, relative to what was in use before.

    Attributes
    ----------
    kept : still in use at the end.
    peak : the most that was in use at once.
    """

    kept: int
    peak: int


def allocated(call: Callable[[], object], device: str) -> Allocated:
    """Run something and count.

    Parameters
    ----------
    call : what to run; what it keeps must be kept by whoever made it.
    device : "cpu", or a GPU as PyTorch names it.
    """
    if device == "cpu":
        return _on_cpu(call)
    import torch

    torch.cuda.synchronize(device)
    torch.cuda.reset_peak_memory_stats(device)
    before = torch.cuda.memory_allocated(device)
    call()
    torch.cuda.synchronize(device)
    peak = torch.cuda.max_memory_allocated(device)
    return Allocated(torch.cuda.memory_allocated(device) - before, peak - before)


def _on_cpu(call: Callable[[], object]) -> Allocated:
    from torch.autograd.profiler import profile

    with profile(profile_memory=True) as seen:
        call()
    assert seen.kineto_results is not None
    events = [e for e in seen.kineto_results.events() if e.name() == "[memory]"]
    steps = [e.nbytes() for e in sorted(events, key=lambda e: e.start_ns())]
    return Allocated(sum(steps), max(accumulate(steps), default=0))
