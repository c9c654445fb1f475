"""What `memwall measure` answers: this machine's ceilings, and their place in history."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from memwall_cli.experiments.ceilings import NAME, bandwidth_of, peak_of
from memwall_cli.experiments.history import Kind, balance_trend, bandwidth_trend, compute_trend
from memwall_cli.experiments.job import Report, run_job
from memwall_cli.experiments.kernel import KERNEL_KEYS
from memwall_cli.experiments.machine import Machine, this_machine
from memwall_cli.experiments.plan import Settings, ceiling_bytes, ceiling_jobs, check_memory
from memwall_cli.experiments.run import run_keys, run_rows
from memwall_cli.render import Result, Row

if TYPE_CHECKING:
    from plotnine import ggplot

KEYS = run_keys((*KERNEL_KEYS, "equals_year"))


class Place(NamedTuple):
    """Where something was measured: the rows that belong together."""

    library: str
    device: str
    threads: int | None


def measure_result(settings: Settings, report: Report) -> Result:
    """Measure bandwidth and matrix FLOP/s, and set them beside the chips of our table.

    Parameters
    ----------
    settings : the options.
    report : is told how it goes on.

    Raises
    ------
    MemwallError
        If the machine won't do.
    """
    settings.check()
    machine = this_machine()
    jobs = ceiling_jobs(settings, machine)
    needed = max(map(ceiling_bytes, jobs))
    check_memory(needed, "arrays and matrices", report)
    rows = [row for job in jobs for row in run_job(job, report)]
    return ceilings_result(rows, machine)


def ceilings_result(measured: list[Row], machine: Machine) -> Result:
    """Make the result of kernels measured.

    Parameters
    ----------
    measured : rows of kernels.
    machine : where they ran.
    """
    placed = [dict(row, equals_year=None) for row in measured]
    return shown_result(run_rows(NAME, [*placed, *_balances(placed)], machine))


def shown_result(rows: list[Row]) -> Result:
    """Make the result of a run's rows, just measured or read back.

    Parameters
    ----------
    rows : kernels and balances, with their machine.
    """
    from memwall_cli.answers.measure_view import notes, summary, views

    return Result(KEYS, rows, lambda: views(rows), summary(rows), notes(rows), lambda: _chart(rows))


def places(rows: list[Row]) -> dict[Place, list[Row]]:
    """Gather rows by library, device and threads.

    Parameters
    ----------
    rows : of kernels.
    """
    found: dict[Place, list[Row]] = {}
    for row in rows:
        found.setdefault(place_of(row), []).append(row)
    return found


def place_of(row: Row) -> Place:
    """Tell where a row was measured."""
    threads = row["threads"]
    own = threads if isinstance(threads, int) else None
    return Place(str(row["library"]), str(row["device"]), own)


def kind_of(device: str) -> Kind:
    """Say which kind of chip a device is held against."""
    return "cpu" if device == "cpu" else "gpu"


def _balances(rows: list[Row]) -> Iterator[Row]:
    """Give ceilings and balance of each place, and the years in which chips had the like."""
    for place, mine in places(rows).items():
        kind = kind_of(place.device)
        bandwidth = bandwidth_of(mine)
        fastest = next(row for row in mine if row["bytes_per_s"] == bandwidth)
        fastest["equals_year"] = bandwidth_trend(kind).year(bandwidth / 1e9)
        for format_ in dict.fromkeys(str(r["format"]) for r in mine if r["kernel"] == "gemm"):
            peak = peak_of(mine, format_)
            best = next(r for r in mine if r["format"] == format_ and r["flops_per_s"] == peak)
            compute, balance = compute_trend(kind, format_), balance_trend(kind, format_)
            best["equals_year"] = compute.year(peak / 1e12) if compute else None
            yield {
                **dict.fromkeys(KERNEL_KEYS),
                "kernel": "balance",
                "library": place.library,
                "device": place.device,
                "processor": best["processor"],
                "format": format_,
                "threads": place.threads,
                "intensity": peak / bandwidth,
                "flops_per_s": peak,
                "bytes_per_s": bandwidth,
                "equals_year": balance.year(peak / bandwidth) if balance else None,
            }


def _chart(rows: list[Row]) -> "ggplot":
    from memwall_cli.charts.measured import roofline_chart

    return roofline_chart(rows)
