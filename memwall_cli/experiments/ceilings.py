"""The job that finds a machine's two ceilings: bytes and FLOPs per second."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from itertools import chain

from memwall_cli.experiments.bandwidth import measure_bandwidth
from memwall_cli.experiments.gemm import measure_gemm
from memwall_cli.experiments.job import Job, Measured
from memwall_cli.experiments.run import number
from memwall_cli.experiments.torch_device import Device, devices_of
from memwall_cli.render import Row

NAME = "ceilings"
BANDWIDTH_SHARE = 0.35
"""Of the time, for the kernels of STREAM; matrices take the rest."""


def measure(job: Job) -> Measured:
    """Time STREAM's kernels and matrix products on each device of the job.

    Parameters
    ----------
    job : its options hold "array_bytes" and "block", and may hold "formats" and "largest".
    """
    devices = devices_of(job)
    for device in devices:
        seconds = job.seconds / len(devices)
        yield from measure_bandwidth(job, device, BANDWIDTH_SHARE * seconds)
        yield from measure_gemm(job, device, (1 - BANDWIDTH_SHARE) * seconds)


def ceilings_for(
    job: Job, device: Device, seconds: float, formats: Sequence[str]
) -> Generator[str, None, list[Row]]:
    """Measure what an experiment predicts from; yield progress, return the rows.

    Parameters
    ----------
    job : of the experiment; its options are those of the job "ceilings" besides.
    device : where.
    seconds : to spend.
    formats : of matrix products.
    """
    products = replace(job, options={**job.options, "formats": [*formats]})
    rows: list[Row] = []
    kernels = measure_bandwidth(job, device, seconds / 2)
    for measured in chain(kernels, measure_gemm(products, device, seconds / 2)):
        if isinstance(measured, str):
            yield measured
        else:
            rows.append(measured)
    return rows


def bandwidth_of(rows: list[Row]) -> float:
    """Give the most bytes per second of any kernel: the sloping roof.

    Parameters
    ----------
    rows : of kernels, all of one library, device and number of threads.
    """
    return max(number(row, "bytes_per_s") for row in rows if row["kernel"] != "gemm")


def peak_of(rows: list[Row], format_: str) -> float:
    """Give the most FLOPs per second of any matrix product in a format: the flat roof.

    Parameters
    ----------
    rows : of kernels, all of one library, device and number of threads.
    format_ : of the products.
    """
    return max(
        number(row, "flops_per_s")
        for row in rows
        if row["kernel"] == "gemm" and row["format"] == format_
    )
