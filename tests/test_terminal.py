"""Pipes, terminals and Ctrl-C."""

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import COMMAND, environment

SHELL = f"{sys.executable} -m memwall_cli"


def bash(line, cwd):
    return subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("reader", ["head -1", "true", "head -c 5"])
@pytest.mark.parametrize("command", ["data provenance", "data provenance -f table"])
def test_a_closed_pipe_ends_silently_with_141(tmp_path, reader, command):
    done = bash(f"{SHELL} {command} | {reader}; exit ${{PIPESTATUS[0]}}", tmp_path)
    assert done.returncode == 141
    assert done.stderr == ""


def test_a_closed_standard_error_does_not_matter(tmp_path):
    done = bash(f"{SHELL} fit --quiet 2>/dev/full | tail -1", tmp_path)
    assert done.stdout.startswith("training-compute,curated")
    done = bash(f"set -o pipefail; {SHELL} fit 2>/dev/full | wc -l", tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "14")


def test_closed_streams_are_no_accident(tmp_path):
    done = bash(f"{SHELL} fit -o fit.csv 2>&-", tmp_path)
    assert (done.returncode, (tmp_path / "fit.csv").exists()) == (0, True)
    assert bash(f"{SHELL} fit nothing 2>&-", tmp_path).returncode == 2
    assert bash(f"{SHELL} fit -o fit.csv >&-", tmp_path).returncode == 0
    for command in ("fit", "data -f table"):
        done = bash(f"{SHELL} {command} --quiet >&-", tmp_path)
        assert done.returncode == 1
        assert done.stderr == "memwall: standard output: is closed; use --output FILE\n"
    for command in ("--help", "--version", "cite --bibtex"):
        assert bash(f"{SHELL} {command} >&-", tmp_path).stderr == ""
    done = bash(f"{SHELL} fit --data - <&-", tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "memwall: standard input: is closed; name a file\n",
    )


def on_a_terminal(args, cwd):
    """Run on a pseudo-terminal; return what it shows."""
    master, slave = pty.openpty()
    process = subprocess.Popen([*COMMAND, *args], stdout=slave, cwd=cwd, env=environment())
    os.close(slave)
    shown = b""
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:  # how a pseudo-terminal says that its other end is closed
        pass
    os.close(master)
    assert process.wait(60) == 0
    return shown.decode()


def test_a_terminal_gets_a_table_and_a_pipe_gets_csv(memwall, tmp_path):
    shown = on_a_terminal(["fit", "compute", "--quiet"], tmp_path)
    assert "doubles" in shown
    assert "3.03x" in shown
    assert memwall("fit", "compute").stdout.startswith("series,dataset,")
    assert on_a_terminal(["fit", "-f", "csv", "--quiet"], tmp_path).startswith("series,dataset")


def interrupted_while(reads, args, cwd):
    """Send Ctrl-C when the command's import trace on standard error shows `reads`."""
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", "-m", "memwall_cli", *args],
        cwd=cwd,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if re.search(reads, line):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize(
    "module", [r"typer\.models", r"pandas\._libs", r"matplotlib\.", "plotnine"]
)
def test_ctrl_c_is_130_also_while_modules_load(tmp_path, module):
    status, out, err = interrupted_while(module, ["project", "-o", "gap.png"], tmp_path)
    assert status == 130
    assert out == ""
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_while_waiting_for_input(tmp_path):
    fifo = tmp_path / "points.csv"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [*COMMAND, "fit", "--data", "points.csv", "-o", "fit.csv"],
        cwd=tmp_path,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    with fifo.open("w"):  # opens once the command reads it
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err == ""
    assert list(tmp_path.iterdir()) == [fifo]


def test_an_interrupted_write_leaves_nothing_behind(tmp_path):
    script = """
import os, signal, sys
from memwall_cli import __main__, output
signal.signal(signal.SIGINT, __main__._interrupted)
os_open = os.open
class Slow:
    def __init__(self, file): self.file = file
    def __enter__(self): return self
    def __exit__(self, *_): self.file.close()
    def write(self, content):
        self.file.write(content[:10])
        os.kill(os.getpid(), signal.SIGINT)
        self.file.write(content[10:])
output.open = lambda handle, mode: Slow(os.fdopen(handle, mode))
output._write_file(__import__("pathlib").Path("fit.csv"), [b"x" * 100])
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False, timeout=60)
    assert done.returncode == 130
    assert list(Path(tmp_path).iterdir()) == []
