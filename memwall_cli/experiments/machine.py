"""What a measurement was made on: processor, caches, memory, libraries, date."""

import os
import platform
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from memwall_cli import __version__
from memwall_cli.render import Row

_UNKNOWN_LLC = 64 * 2**20
"""Taken for the last-level cache where the system tells nothing: more than most cores share."""
_CACHES = Path("/sys/devices/system/cpu")
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Machine:
    """The machine and the software, as every row of a run carries it.

    Attributes
    ----------
    date : when the run began, UTC, ISO 8601.
    cpu : name of the processor.
    cores : logical processors that this process may use.
    l2_bytes, llc_bytes : cache of one core; all last-level caches of those processors together.
    memory_bytes : installed memory, or less where a container has less.
    system, python, numpy, blas, torch, memwall : versions; torch is None where it isn't there.
    """

    date: str
    cpu: str
    cores: int
    l2_bytes: int
    llc_bytes: int
    memory_bytes: int
    system: str
    python: str
    numpy: str
    blas: str
    torch: str | None
    memwall: str

    def row(self) -> Row:
        """Give the columns that every row of a run ends with."""
        return asdict(self)


MACHINE_KEYS = tuple(Machine.__dataclass_fields__)


def this_machine() -> Machine:
    """Describe the machine that this runs on."""
    caches = dict(_caches())
    return Machine(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        cpu=_cpu_name(),
        cores=usable_cores(),
        l2_bytes=caches.get(2, 2**20),
        llc_bytes=caches.get(max(caches, default=0), _UNKNOWN_LLC),
        memory_bytes=_memory()[0],
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        numpy=version("numpy"),
        blas=_blas(),
        torch=version_of("torch"),
        memwall=__version__,
    )


def usable_cores() -> int:
    """Count the logical processors that this process may use, container limits included."""
    allowed = getattr(os, "sched_getaffinity", None)
    cores = len(allowed(0)) if allowed else os.cpu_count() or 1
    quota = re.match(r"(\d+) (\d+)", _text(_CGROUP / "cpu.max"))
    if quota:
        cores = min(cores, max(1, round(int(quota[1]) / int(quota[2]))))
    return cores


def available_memory() -> int:
    """Bytes that a new array may take without pushing others out."""
    return _memory()[1]


def version_of(package: str) -> str | None:
    """Look up the version of an installed package; None where it isn't there."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _cpu_name() -> str:
    named = re.search(r"^model name\s*:\s*(.+)$", _text(Path("/proc/cpuinfo")), re.MULTILINE)
    if named:
        return " ".join(named[1].split())
    return _sysctl("machdep.cpu.brand_string") or platform.processor() or platform.machine()


def _sysctl(name: str) -> str:
    """Ask macOS; empty anywhere else."""
    if platform.system() != "Darwin":
        return ""
    done = subprocess.run(
        ["/usr/sbin/sysctl", "-n", name], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def _caches() -> Iterator[tuple[int, int]]:
    """Give level and bytes of the data caches: one of level 1 and 2, all of the last."""
    found: dict[int, dict[str, int]] = {}
    for index in sorted(_CACHES.glob("cpu[0-9]*/cache/index[0-9]*")):
        level, size = _text(index / "level"), re.match(r"(\d+)([KM])", _text(index / "size"))
        if level and size and _text(index / "type") != "Instruction":
            scale = 2**10 if size[2] == "K" else 2**20
            shared = _text(index / "shared_cpu_list")
            found.setdefault(int(level), {})[shared] = int(size[1]) * scale
    for rank, sizes in sorted(found.items()):
        yield rank, sum(sizes.values()) if rank == max(found) > 2 else max(sizes.values())
    for rank, name in ((2, "hw.l2cachesize"), (3, "hw.l3cachesize")):
        size_text = _sysctl(name)
        if not found and size_text.isdigit() and int(size_text):
            yield rank, int(size_text)


def _memory() -> tuple[int, int]:
    """Total and available bytes; where the system does not say, half counts as available."""
    info = dict(re.findall(r"^(\w+):\s+(\d+) kB", _text(Path("/proc/meminfo")), re.MULTILINE))
    if "MemAvailable" in info:
        total = int(info["MemTotal"]) * 1024
        free = int(info["MemAvailable"]) * 1024
    else:
        total = int(_sysctl("hw.memsize") or 0) or _physical()
        free = total // 2
    limit, used = _text(_CGROUP / "memory.max"), _text(_CGROUP / "memory.current")
    if limit.isdigit() and used.isdigit():
        total = min(total, int(limit))
        free = min(free, max(0, int(limit) - int(used)))
    return total, free


def _physical() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 4 * 2**30


def _blas() -> str:
    import numpy as np

    built = np.show_config(mode="dicts")
    blas = built.get("Build Dependencies", {}).get("blas", {}) if built else {}
    return " ".join(filter(None, (blas.get("name"), blas.get("version")))) or "unknown"
