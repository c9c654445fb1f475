"""From what a user asked for to footprints: one for each workload and way of laying it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from memwall_cli.errors import UsageError, unknown
from memwall_cli.workload.activations import Recompute
from memwall_cli.workload.combinations import WorkloadRequest, combinations
from memwall_cli.workload.footprint import Footprint, Setup, footprint
from memwall_cli.workload.optimizers import OPTIMIZERS
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.workload import Workload

RECOMPUTE: tuple[Recompute, ...] = get_args(Recompute)
ZERO = ("0", "1", "2", "3")


@dataclass(frozen=True)
class FootprintRequest:
    """What the options of `memwall footprint` asked for; None is one not given.

    Attributes
    ----------
    workloads : the options that describe workloads.
    parallel : how the model is spread.
    optimizer, recompute, zero : comma lists, for training alone.
    sequence, interleave : as a Setup has them.
    on : accelerators.
    """

    workloads: WorkloadRequest
    parallel: Parallel
    optimizer: str | None = None
    recompute: str | None = None
    zero: str | None = None
    sequence: bool = False
    interleave: int = 1
    on: Sequence[str] | None = None


@dataclass(frozen=True)
class Laid:
    """A workload, how it is laid out, and what that takes on a device."""

    work: Workload
    setup: Setup
    footprint: Footprint

    @property
    def trains(self) -> bool:
        """Whether the workload is training."""
        return self.work.phase == "train"


def laid_out(request: FootprintRequest) -> tuple[list[Laid], list[str]]:
    """Lay out every workload in every way that was asked for, and note what is unusual.

    Parameters
    ----------
    request : the options.

    Raises
    ------
    UsageError
        If the options contradict each other or the model.
    MemwallError
        If a config.json can't be read or understood.
    """
    works, notes = combinations(request.workloads)
    _check_training(request, works)
    training, serving = _setups(request), [Setup(request.parallel)]
    return [
        Laid(work, setup, footprint(work, setup))
        for work in works
        for setup in (training if work.phase == "train" else serving)
    ], notes


def _check_training(request: FootprintRequest, works: Sequence[Workload]) -> None:
    """Refuse what means something in training alone where nothing trains."""
    given = {
        "--optimizer": request.optimizer is not None,
        "--recompute": request.recompute is not None,
        "--zero": request.zero is not None,
        "--sequence-parallel": request.sequence,
        "--interleave": request.interleave > 1,
    }
    for option, there in given.items():
        if there and not any(work.phase == "train" for work in works):
            raise UsageError(f"{option} is for training; add --phase train")


def _setups(request: FootprintRequest) -> list[Setup]:
    optimizers = _names("--optimizer", "optimizer", request.optimizer or "adam", [*OPTIMIZERS])
    asked = _names("--recompute", "recomputation", request.recompute or "selective", RECOMPUTE)
    zeros = _names("--zero", "stage of ZeRO", request.zero or "0", ZERO)
    return [
        Setup(request.parallel, optimizer, how, int(zero), request.sequence, request.interleave)
        for optimizer in optimizers
        for how in RECOMPUTE
        if how in asked
        for zero in zeros
    ]


def _names(option: str, kind: str, text: str, known: Sequence[str]) -> list[str]:
    names = [part.strip() for part in text.split(",")]
    for name in names:
        if not name:
            raise UsageError(f"{option}: a name is empty; there are {', '.join(known)}")
        if name not in known:
            raise unknown(kind, name, known)
    return list(dict.fromkeys(names))
