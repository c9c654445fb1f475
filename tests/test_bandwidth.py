"""STREAM's kernels: they compute what they say, and count what STREAM counts."""

import numpy as np
import pytest

from memwall_cli.experiments.bandwidth import KERNELS, SCALAR, NumpyStream, TorchStream, array_bytes
from memwall_cli.experiments.ceilings import bandwidth_of, measure, peak_of
from memwall_cli.experiments.job import Job
from memwall_cli.experiments.timing import Timing, timed

TINY = {"array_bytes": 8 * 1000, "block": 64, "largest": 128}


@pytest.mark.parametrize("threads", [1, 3])
def test_kernels_leave_what_stream_checks(threads):
    """The check of stream.c: run the kernels on scalars beside."""
    kernels = NumpyStream(1003, threads, block=64)
    a, b, c = 1.0, 2.0, 0.0
    for _ in range(2):
        c = a
        b = SCALAR * c
        c = a + b
        a = b + SCALAR * c
        for name in ("copy", "scale", "add", "triad"):
            getattr(kernels, name)()
    for array, value in zip(kernels.arrays, (a, b, c), strict=True):
        assert np.all(array == value)
    assert kernels.dot() == a * b * 1003
    kernels.close()


def test_torch_does_the_same_as_numpy():
    pytest.importorskip("torch", reason="PyTorch's kernels need PyTorch: extra [torch]")
    ours, theirs = NumpyStream(1003, 2), TorchStream(1003, "cpu")
    for name in ("copy", "scale", "add", "triad"):
        getattr(ours, name)()
        getattr(theirs, name)()
        for mine, other in zip(ours.arrays, theirs.arrays, strict=True):
            np.testing.assert_array_equal(mine, other.numpy())
    assert float(theirs.dot()) == ours.dot()


def test_bytes_and_flops_are_those_that_stream_counts():
    """stream.c: 2, 2, 3, 3 arrays of 8 bytes; 0, 1, 1, 2 FLOPs an iteration."""
    rows = [r for r in measure(Job("ceilings", seconds=0, options=TINY)) if not isinstance(r, str)]
    counted = {r["kernel"]: (r["bytes"] // r["size"], r["flops"] // r["size"]) for r in rows}
    del counted["gemm"]
    assert counted == {
        "copy": (16, 0),
        "scale": (16, 1),
        "add": (24, 1),
        "triad": (24, 2),
        "dot": (16, 2),
    }
    assert list(counted) == list(KERNELS)
    assert all(r["size"] == 1000 for r in rows if r["kernel"] != "gemm")


def test_arrays_are_four_times_the_caches_as_streams_rules_ask():
    assert array_bytes(10**9) == 4 * 10**9
    assert array_bytes(0) == 64 * 2**20


def test_ceilings_are_the_fastest_of_each_kind():
    rows = [
        {"kernel": "copy", "format": "fp64", "bytes_per_s": 3.0, "flops_per_s": 0.0},
        {"kernel": "dot", "format": "fp64", "bytes_per_s": 5.0, "flops_per_s": 90.0},
        {"kernel": "gemm", "format": "fp32", "bytes_per_s": 70.0, "flops_per_s": 8.0},
        {"kernel": "gemm", "format": "fp32", "bytes_per_s": 7.0, "flops_per_s": 9.0},
        {"kernel": "gemm", "format": "fp64", "bytes_per_s": 7.0, "flops_per_s": 11.0},
    ]
    assert bandwidth_of(rows) == 5
    assert peak_of(rows, "fp32") == 9


def test_the_warm_up_is_not_counted_and_waiting_is():
    now = [0.0]
    calls = []

    def call():
        calls.append(len(calls))
        now[0] += 100 if len(calls) == 1 else 1

    def wait():
        now[0] += 0.5

    timing = timed(call, 104, clock=lambda: now[0], wait=wait)
    assert timing.seconds == (1.5,) * 3
    assert len(calls) == 4
    assert timed(call, 1e9, most=7, clock=lambda: now[0]).seconds == (1.0,) * 7
    assert Timing((4.0, 2.0, 3.0)).spread == 0.5
