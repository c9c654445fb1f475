"""Matrix products: what is counted, and when it is enough."""

import numpy as np
import pytest

from memwall_cli.experiments import gemm
from memwall_cli.experiments.gemm import gemm_kernel, measure_gemm, product
from memwall_cli.experiments.job import Job
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import devices_of


@pytest.fixture
def cpu():
    return devices_of(Job("ceilings"))[0]


def rows_of(messages):
    return [message for message in messages if not isinstance(message, str)]


@pytest.mark.parametrize(
    ("format_", "moved"), [("fp64", 24), ("fp32", 12), ("bf16", 6), ("int8", 6)]
)
def test_each_operand_is_read_and_the_result_written_once(format_, moved):
    kernel = gemm_kernel(100, format_)
    assert (kernel.flops, kernel.bytes) == (2 * 100**3, moved * 100**2)


def test_sizes_grow_until_two_are_no_faster(cpu, monkeypatch):
    """10, 20, 20.1, 19 GFLOP/s: the plateau is found at the fourth size."""
    speeds = iter([10e9, 20e9, 20.1e9, 19e9, 99e9])
    monkeypatch.setattr(
        gemm,
        "timed",
        lambda call, budget, **_: Timing((gemm_kernel(sizes.pop(0), "fp32").flops / next(speeds),)),
    )
    monkeypatch.setattr(gemm, "product", lambda job, device, format_, size: sizes.append(size))
    sizes = []
    rows = rows_of(measure_gemm(Job("ceilings", options={"formats": ["fp32"]}), cpu, 1e9))
    assert [row["size"] for row in rows] == [128, 256, 512, 1024]
    assert rows[1]["flops_per_s"] == pytest.approx(20e9)


def test_a_size_that_takes_too_long_is_not_begun(cpu, monkeypatch):
    monkeypatch.setattr(gemm, "timed", lambda call, budget, **_: Timing((1.0, 1.0)))
    monkeypatch.setattr(gemm, "product", lambda *_: None)
    rows = rows_of(measure_gemm(Job("ceilings", options={"formats": ["fp32"]}), cpu, 40.0))
    # 512 rows in a second: 1024 would take 8, four times; the small ones have taken 9 already.
    assert [row["size"] for row in rows] == [128, 256, 512]


def test_numpy_multiplies_in_the_format_it_says(cpu):
    for format_, kind in (("fp64", np.float64), ("fp32", np.float32)):
        assert product(Job("ceilings"), cpu, format_, 8)().dtype == kind


@pytest.mark.parametrize(
    ("format_", "kind"),
    [("fp32", "float32"), ("bf16", "bfloat16"), ("fp16", "float16"), ("int8", "int32")],
)
def test_torch_multiplies_in_the_format_it_says(cpu, format_, kind):
    torch = pytest.importorskip("torch", reason="formats below fp32 need PyTorch: extra [torch]")
    result = product(Job("ceilings", "torch"), cpu, format_, 32)()
    assert result.dtype == getattr(torch, kind)


def test_a_format_that_the_library_lacks_is_said_and_left_out(cpu, monkeypatch):
    def fails(*_):
        raise RuntimeError("no such kernel\nat line 1")

    monkeypatch.setattr(gemm, "product", fails)
    said = list(measure_gemm(Job("ceilings", options={"formats": ["int8"]}), cpu, 1))
    assert said == ["numpy, 1 thread: no int8 product here (no such kernel)"]
