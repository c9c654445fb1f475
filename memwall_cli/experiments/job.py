"""Measuring in a process of its own: BLAS takes its number of threads once, when it is loaded.

A job is sent to `python -m memwall_cli.experiments.job` as JSON on standard input; its rows, and
lines of progress, come back as JSON lines. If either process ends, so does the other.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any, TypeAlias

from memwall_cli.errors import MemwallError
from memwall_cli.render import Row

Report: TypeAlias = Callable[[str], None]
"""Takes a line of progress."""
Measured: TypeAlias = Iterator[Row | str]
"""What a job gives: rows, and between them lines of progress."""

JOBS = {
    "ceilings": "memwall_cli.experiments.ceilings",
    "encoder-decoder": "memwall_cli.experiments.encoder_decoder",
    "precision": "memwall_cli.experiments.precision",
    "checkpointing": "memwall_cli.experiments.checkpointing",
}
"""Jobs, and the module whose function `measure(job)` does each."""
_THREADS = ("OMP", "OPENBLAS", "MKL", "VECLIB", "BLIS")
_VECLIB = "VECLIB_MAXIMUM_THREADS"


@dataclass(frozen=True)
class Job:
    """One thing to measure.

    Attributes
    ----------
    kind : name in JOBS.
    library : "numpy" or "torch".
    threads : of BLAS, of PyTorch, and of our own pool.
    seconds : time to spend; a job spends somewhat more rather than measure nothing.
    device : "cpu", "cuda", "cuda:1"; None for all that the library has.
    options : what else the job needs to know, as JSON can carry it.
    """

    kind: str
    library: str = "numpy"
    threads: int = 1
    seconds: float = 10.0
    device: str | None = "cpu"
    options: dict[str, Any] = field(default_factory=dict)


def run_job(job: Job, report: Report) -> list[Row]:
    """Do a job in a process of its own, with as many threads as it asks for.

    Parameters
    ----------
    job : what to do.
    report : is told how it goes on.

    Raises
    ------
    MemwallError
        If it can't be done, with the reason.
    """
    names = [*(f"{name}_NUM_THREADS" for name in _THREADS), _VECLIB]
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            [sys.executable, "-m", "memwall_cli.experiments.job"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            encoding="utf-8",
            env={**os.environ, **dict.fromkeys(names, str(job.threads))},
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asdict(job)))
        process.stdin.close()
        rows = list(_received(process.stdout, report))
        if process.wait():
            complaints.seek(0)
            lines = complaints.read().strip().splitlines()
            why = lines[-1] if lines else f"its process ended with {process.returncode}"
            raise MemwallError(f"measuring {job.kind} with {job.library}: {why}")
    return rows


def _received(lines: Iterable[str], report: Report) -> Iterator[Row]:
    for line in lines:
        message = json.loads(line)
        if isinstance(message, str):
            report(message)
        elif "error" in message:
            raise MemwallError(message["error"])
        else:
            yield message


def measure(job: Job) -> Measured:
    """Do a job in this process.

    Parameters
    ----------
    job : what to do.
    """
    found: Measured = import_module(JOBS[job.kind]).measure(job)
    return found


def _main() -> None:
    job = Job(**json.load(sys.stdin))
    try:
        for message in measure(job):
            print(json.dumps(message), flush=True)
    except MemwallError as error:
        print(json.dumps({"error": str(error)}), flush=True)
    except MemoryError:
        print(json.dumps({"error": "not enough memory; close something, or use --quick"}))


if __name__ == "__main__":
    _main()
