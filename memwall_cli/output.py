"""The one module that writes: results to the terminal, a pipe, and files."""

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from memwall_cli.errors import MemwallError, UsageError
from memwall_cli.render import Format, Result, parts_of

SUFFIX_FORMATS: dict[str, Format] = {".csv": "csv", ".json": "json", ".md": "md"}
PICTURE_SUFFIXES = (".png", ".svg", ".pdf")

MOST_NOTES = 20
_unfinished: set[str] = set()


@dataclass(frozen=True)
class Destination:
    """Where a result goes: the choice that --format, --output and --quiet make."""

    format: Format | None = None
    files: Sequence[Path] = ()
    quiet: bool = False

    def check(self, *, has_chart: bool) -> None:
        """Refuse, before any work, what can't be written in the end.

        Raises
        ------
        UsageError
            For a suffix that can't be.
        MemwallError
            For a folder that isn't there or a file that must not be replaced.
        """
        for file in self.files:
            _check_suffix(file, has_chart)
            _check_writable(file)


def _check_suffix(file: Path, has_chart: bool) -> None:
    allowed = (*SUFFIX_FORMATS,) + (PICTURE_SUFFIXES if has_chart else ())
    suffix = file.suffix.lower()
    if suffix in PICTURE_SUFFIXES and not has_chart:
        raise UsageError(f"{file}: this command draws no picture; use {' '.join(allowed)}")
    if suffix not in allowed:
        raise UsageError(f"{file}: can't tell a format by {suffix!r}; use {' '.join(allowed)}")


def _check_writable(file: Path) -> None:
    try:
        folder = file.resolve().parent
        if folder.exists() and not folder.is_dir():
            raise MemwallError(f"{file}: {file.parent} is no folder; name another")
        if not folder.exists():
            raise MemwallError(f"{file}: there is no folder {file.parent}; make it first")
        if file.is_dir():
            raise MemwallError(f"{file}: is a folder; name a file")
        if file.exists() and not file.is_file():
            # A device or a pipe would be replaced by a file.
            raise MemwallError(f"{file}: is no regular file; use --format and redirect")
        # Root may write everything: look at the bits, as the owner set them.
        if file.exists() and not file.stat().st_mode & 0o222:
            raise MemwallError(f"{file}: is write-protected; name another file")
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _failed(str(file), error) from None


def emit(result: Result, to: Destination) -> None:
    """Write a result to its files and to standard output, and its notes to standard error.

    Raises
    ------
    MemwallError
        If something can't be written; files are whole or not there.
    """
    for file in to.files:
        _write_file(file, _rendered(result, file.suffix.lower()))
    if to.format or not to.files:
        _write_stdout(result, to.format)
    if not to.quiet:
        more = len(result.notes) - MOST_NOTES
        for line in result.notes[:MOST_NOTES]:
            say(line)
        if more > 0:
            say(f"... and {more} more notes")
        for file in to.files:
            say(f"wrote {file}")


def say(line: str) -> None:
    """Print one line to standard error; what can't be shown there is replaced."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    with contextlib.suppress(OSError):
        print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def remove_unfinished_files() -> None:
    """Remove what an interrupted write would leave behind."""
    for name in list(_unfinished):
        with contextlib.suppress(OSError):
            Path(name).unlink()


def _failed(name: str, error: OSError | RuntimeError) -> MemwallError:
    reason = getattr(error, "strerror", None) or "is a link that leads to itself"
    return MemwallError(f"{name}: {reason.lower()}")


def _rendered(result: Result, suffix: str) -> Iterable[bytes]:
    if suffix in PICTURE_SUFFIXES:
        from memwall_cli.charts import picture

        assert result.chart is not None
        return [picture(result.chart(), suffix)]
    return (part.encode() for part in parts_of(result, SUFFIX_FORMATS[suffix]))


def _write_file(file: Path, parts: Iterable[bytes]) -> None:
    """Write beside the target, then rename: the file appears whole or not at all."""
    target = file.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        _unfinished.add(name)
        try:
            with open(handle, "wb") as out:
                for part in parts:
                    out.write(part)
            Path(name).chmod(_mode(target))
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        finally:
            _unfinished.discard(name)
    except OSError as error:
        raise _failed(str(file), error) from None


def _mode(target: Path) -> int:
    """Permissions of the file to be replaced, else those that a new file would get."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _write_stdout(result: Result, format_: Format | None) -> None:
    if sys.stdout is None:
        raise MemwallError("standard output: is closed; use --output FILE")
    format_ = format_ or ("table" if sys.stdout.isatty() else "csv")
    # A terminal may know few characters; data are UTF-8 wherever they go.
    encoding = (sys.stdout.encoding or "utf-8") if format_ == "table" else "utf-8"
    try:
        sys.stdout.flush()
        sys.stdout.buffer.writelines(
            part.encode(encoding, "replace") for part in parts_of(result, format_)
        )
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _failed("standard output", error) from None
