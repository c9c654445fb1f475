"""Runs memwall as a user would, with a terminal size that no one's screen changes."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
COMMAND = (sys.executable, "-m", "memwall_cli")


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "COLUMNS": "80", "LINES": "40", "TERM": "dumb", **more}


@pytest.fixture
def memwall_process(tmp_path: Path) -> Run:
    """Run the real command in an empty folder; give exit status, standard output and error."""

    def run(
        *args: str, stdin: str | bytes | None = None, env: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run(
            [*COMMAND, *args],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            cwd=tmp_path,
            env=environment(**(env or {})),
            timeout=120,
            check=False,
        )
        out, err = (stream.decode("utf-8") for stream in (done.stdout, done.stderr))
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run


@pytest.fixture
def memwall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Run the same in this process: as true, but for the start-up, and much quicker."""
    from memwall_cli.app import run as run_app

    monkeypatch.chdir(tmp_path)
    for name, value in environment().items():
        monkeypatch.setenv(name, value)

    def run(*args: str, stdin: str | bytes = b"") -> "subprocess.CompletedProcess[str]":
        if isinstance(stdin, str):
            stdin = stdin.encode()
        monkeypatch.setattr(sys, "argv", ["memwall", *args])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfdbinary.readouterr()
        status = run_app()
        out, err = (stream.decode("utf-8") for stream in capfdbinary.readouterr())
        return subprocess.CompletedProcess(args, status, out, err)

    return run


@pytest.fixture
def torch() -> ModuleType:
    """PyTorch on one thread: two of them wait for each other while other tests run."""
    module = pytest.importorskip("torch", reason="PyTorch isn't installed: the extra [torch]")
    module.set_num_threads(1)
    return module


def read_csv(text: str) -> list[dict[str, str]]:
    import csv

    return list(csv.DictReader(io.StringIO(text)))


def column(text: str, name: str, **where: str) -> Sequence[str]:
    """One column of CSV text, of the rows that match."""
    rows = [r for r in read_csv(text) if all(r[k] == v for k, v in where.items())]
    return [r[name] for r in rows]
