"""What `memwall measure` answers: this machine's ceilings, and their place in history."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memwall_cli.experiments.ceilings import NAME
from memwall_cli.experiments.history import balance_trend, bandwidth_trend, compute_trend
from memwall_cli.experiments.job import Report, run_job
from memwall_cli.experiments.kernel import KERNEL_KEYS
from memwall_cli.experiments.machine import Machine, this_machine
from memwall_cli.experiments.places import fastest_products, fastest_stream, kind_of, places
from memwall_cli.experiments.plan import Settings, ceiling_bytes, ceiling_jobs, check_memory
from memwall_cli.experiments.run import number, run_keys, run_rows
from memwall_cli.render import Result, Row

if TYPE_CHECKING:
    from plotnine import ggplot

KEYS = run_keys((*KERNEL_KEYS, "equals_year"))


_OF_PRODUCT = ("library", "device", "processor", "format", "threads")
"""What a balance has from the product that reached the peak."""


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
    _date_the_best(placed)
    return shown_result(run_rows(NAME, [*placed, *_balances(placed)], machine))


def shown_result(rows: list[Row]) -> Result:
    """Make the result of a run's rows, just measured or read back.

    Parameters
    ----------
    rows : kernels and balances, with their machine.
    """
    from memwall_cli.answers.measure_view import notes, summary, views

    return Result(KEYS, rows, lambda: views(rows), summary(rows), notes(rows), lambda: _chart(rows))


def _date_the_best(rows: list[Row]) -> None:
    """Write into the fastest rows of each place the year in which chips had the like."""
    for place, mine in places(rows).items():
        kind = kind_of(place.device)
        stream = fastest_stream(mine)
        stream["equals_year"] = bandwidth_trend(kind).year(number(stream, "bytes_per_s") / 1e9)
        for format_, product in fastest_products(mine).items():
            trend = compute_trend(kind, format_)
            peak = number(product, "flops_per_s") / 1e12
            product["equals_year"] = trend.year(peak) if trend else None


def _balances(rows: list[Row]) -> Iterator[Row]:
    """Give the ceilings and the balance of each device, by whatever library reached them."""
    for device in dict.fromkeys(str(row["device"]) for row in rows):
        mine = [row for row in rows if row["device"] == device]
        bandwidth = number(fastest_stream(mine), "bytes_per_s")
        for format_, product in fastest_products(mine).items():
            peak = number(product, "flops_per_s")
            trend = balance_trend(kind_of(device), format_)
            same = {key: product[key] for key in _OF_PRODUCT}
            yield {
                **dict.fromkeys(KERNEL_KEYS),
                **same,
                "kernel": "balance",
                "intensity": peak / bandwidth,
                "flops_per_s": peak,
                "bytes_per_s": bandwidth,
                "equals_year": trend.year(peak / bandwidth) if trend else None,
            }


def _chart(rows: list[Row]) -> "ggplot":
    from memwall_cli.charts.measured import roofline_chart

    return roofline_chart(rows)
