"""Where a measurement runs: the CPU, with or without PyTorch, or what PyTorch finds beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from memwall_cli.errors import MemwallError
from memwall_cli.experiments.job import Job
from memwall_cli.experiments.machine import this_machine

INSTALL = "install the extra: pip install 'memwall-cli[torch]'"


@dataclass(frozen=True)
class Device:
    """A device that a library can compute on.

    Attributes
    ----------
    name : "cpu", "cuda:0".
    processor : its product name.
    cache : bytes of its last-level caches.
    wait : waits until all that it was asked to do is done.
    """

    name: str
    processor: str
    cache: int
    wait: Callable[[], object]

    @property
    def is_cpu(self) -> bool:
        """Whether it is the machine's own processor."""
        return self.name == "cpu"

    def label(self, job: Job) -> str:
        """Say for a line of progress what is measured."""
        if not self.is_cpu:
            return f"{job.library} on {self.name}"
        return f"{job.library}, {job.threads} thread{'s' if job.threads > 1 else ''}"


def has_torch() -> bool:
    """Tell, without the seconds that an import takes, whether PyTorch is there."""
    return find_spec("torch") is not None


def need_torch(what: str) -> None:
    """Raise MemwallError unless PyTorch is there.

    Parameters
    ----------
    what : what needs it, as the message begins ("experiment precision", "--library torch").
    """
    if not has_torch():
        raise MemwallError(f"{what} needs PyTorch; {INSTALL}")


def devices_of(job: Job) -> list[Device]:
    """List the devices that a job is to be done on.

    Parameters
    ----------
    job : its device is a name, or None for all that its library has.

    Raises
    ------
    MemwallError
        If the library has no such device.
    """
    machine = this_machine()
    cpu = Device("cpu", machine.cpu, machine.llc_bytes, lambda: None)
    if job.library == "numpy":
        if job.device not in (None, "cpu"):
            raise MemwallError(f"--device {job.device} needs PyTorch; numpy computes on the CPU")
        return [cpu]
    import torch

    torch.set_num_threads(job.threads)
    if job.device == "cpu":
        return [cpu]
    if job.device is None:
        return [cpu, *map(_cuda, range(torch.cuda.device_count()))]
    return [_named(job.device)]


def _named(name: str) -> Device:
    import torch

    there = [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    full = "cuda:0" if name == "cuda" else name
    if full not in there:
        has = ", ".join(["cpu", *there])
        raise MemwallError(f"--device {name} isn't there; PyTorch {torch.__version__} has {has}")
    return _cuda(there.index(full))


def _cuda(index: int) -> Device:
    import torch

    properties: Any = torch.cuda.get_device_properties(index)
    return Device(
        f"cuda:{index}",
        properties.name,
        int(getattr(properties, "L2_cache_size", 0)),
        lambda: torch.cuda.synchronize(index),
    )
