"""What the user asked to be measured, as jobs that fit into the time and the memory."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.experiments.bandwidth import array_bytes
from memwall_cli.experiments.job import Job, Report
from memwall_cli.experiments.machine import Machine, available_memory
from memwall_cli.experiments.torch_device import has_torch, need_torch

Library: TypeAlias = Literal["auto", "numpy", "torch"]

SECONDS = 44.0
QUICK_SECONDS = 6.0
PROCESS_BYTES = {"numpy": 150 * 10**6, "torch": 900 * 10**6}
"""What a process takes before its first array."""
LARGEST = {False: 4096, True: 8192}
"""Rows of the largest matrix, and whether there are more than 8 threads."""


@dataclass(frozen=True)
class Settings:
    """The options of `memwall measure`.

    Attributes
    ----------
    quick : measure less, in a few seconds.
    threads : of the CPU; None for one and for all.
    device : "cpu", "cuda", "cuda:1"; None for all there are.
    library : "numpy", "torch", or "auto" for all there are.
    """

    quick: bool = False
    threads: int | None = None
    device: str | None = None
    library: Library = "auto"

    def check(self) -> None:
        """Raise MemwallError or UsageError for what can't be had, before anything is measured."""
        if self.library == "torch":
            need_torch("--library torch")
        if self.device not in (None, "cpu"):
            if self.library == "numpy":
                raise UsageError(f"--device {self.device} needs --library torch")
            need_torch(f"--device {self.device}")

    def check_torch(self, experiment: str) -> None:
        """Do the same for an experiment that only PyTorch can run.

        Parameters
        ----------
        experiment : its name.
        """
        if self.library == "numpy":
            raise UsageError(f"experiment {experiment} needs PyTorch, not --library numpy")
        need_torch(f"experiment {experiment}")
        self.check()

    def libraries(self) -> list[str]:
        """List the libraries to measure with."""
        if self.library != "auto":
            return [self.library]
        named = ["numpy"] if self.device in (None, "cpu") else []
        return named + (["torch"] if has_torch() else [])

    def best_library(self) -> str:
        """Choose one to run a model with: PyTorch where it is there."""
        return self.libraries()[-1]

    def all_threads(self, machine: Machine) -> int:
        """Give the most threads to measure with."""
        return self.threads or machine.cores


def ceiling_options(machine: Machine, threads: int) -> dict[str, int]:
    """Fit arrays and matrices of the job "ceilings" to the machine.

    Parameters
    ----------
    machine : its caches count.
    threads : the most that there will be.
    """
    return {
        "array_bytes": array_bytes(machine.llc_bytes),
        # Of triad's three streams and the product, the product has to stay in the core's cache.
        "block": max(4096, machine.l2_bytes // 4 // 8),
        "largest": LARGEST[threads > 8],
    }


def ceiling_jobs(settings: Settings, machine: Machine) -> list[Job]:
    """List the jobs of `memwall measure`: each library, with one thread and with all.

    Parameters
    ----------
    settings : what was asked for.
    machine : what it runs on.
    """
    most = settings.all_threads(machine)
    options = ceiling_options(machine, most)
    found = []
    for library in settings.libraries():
        few = settings.threads or (most if settings.quick and library == "torch" else 1)
        for threads in sorted({few, most}):
            device = settings.device
            if library == "numpy" or threads < most:
                device = "cpu"
            if settings.device not in (None, "cpu") and threads < most:
                continue  # a GPU does not ask how many threads the CPU has
            found.append(Job("ceilings", library, threads, 0.0, device, dict(options)))
    seconds = (QUICK_SECONDS if settings.quick else SECONDS) / len(found)
    return [Job(j.kind, j.library, j.threads, seconds, j.device, j.options) for j in found]


def ceiling_bytes(job: Job) -> int:
    """Bound the memory that a job of ceilings takes: arrays, or the matrices after them."""
    arrays = 3 * int(job.options["array_bytes"])
    matrices = 3 * 8 * int(job.options["largest"]) ** 2
    return max(arrays, matrices) + PROCESS_BYTES[job.library]


def check_memory(needed: int, what: str, report: Report) -> None:
    """Say how much memory a measurement takes, and refuse where there isn't enough.

    Parameters
    ----------
    needed : bytes at the most.
    what : what takes them.
    report : is told.

    Raises
    ------
    MemwallError
        If less is available.
    """
    available = available_memory()
    report(f"{what}: up to {needed / 1e9:.1f} GB of {available / 1e9:.1f} GB available memory")
    if needed > available:
        raise MemwallError(
            f"{what} takes up to {needed / 1e9:.1f} GB of memory and {available / 1e9:.1f} GB "
            "are available; close other programs"
        )
