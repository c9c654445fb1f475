"""The roofline against hand computations, published formulas and measured speeds."""

import numpy as np
import pytest

from memwall_cli.chips import load_chips
from memwall_cli.errors import UsageError
from memwall_cli.rooflines import devices_needed, place, stored_bytes
from memwall_cli.speeds import measured_speeds
from memwall_cli.workload.config import load_model
from memwall_cli.workload.device import parameters_per_device
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.network import network_bytes
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.roofline import (
    BOUNDS,
    Rates,
    compute_bound_batch,
    roofline,
    roofline_grid,
)
from memwall_cli.workload.workload import Workload

A100 = Rates(np.array([312e12]), np.array([2039e9]), np.array([300e9]))


def decode(model, context=2048, batch=1, **kwargs):
    return Workload(load_model(model), "decode", batch, context=context, **kwargs)


def test_llama_2_7b_on_a100_decodes_a_token_in_7_007_ms():
    point = roofline(decode("llama-2-7b"), A100)
    assert (point.flops, point.bytes) == (14_287_896_576, 14_287_896_576)
    assert round(1e3 * point.time_s.item(), 3) == 7.007
    assert BOUNDS[point.bound.item()] == "memory"


def test_times_are_ordered_and_the_bound_is_the_longest():
    for phase, context in (("prefill", 2048), ("decode", 2048), ("train", 64)):
        work = Workload(load_model("gpt2"), phase, 4, 1 if phase == "decode" else context, context)
        point = roofline(work, A100)
        longest = max(point.compute_s.item(), point.memory_s.item(), point.network_s.item())
        assert point.time_s == longest <= point.operator_s
        assert 0 <= point.memory_share <= 1


def test_a_grid_is_what_its_points_are():
    model = load_model("mixtral-8x7b")
    rates = Rates(np.array([312e12, 1e15]), np.array([2e12, 4e12]), np.array([3e11, 4.5e11]))
    grid = roofline_grid(Workload(model, "decode"), rates, [1, 64], [100, 2048, 9999])
    for i, batch in enumerate((1, 64)):
        for j, context in enumerate((100, 2048, 9999)):
            one = roofline(Workload(model, "decode", batch, 1, context), rates)
            assert grid.time_s[:, i, j] == pytest.approx(one.time_s, rel=1e-14)
            assert grid.operator_s[:, i, j] == pytest.approx(one.operator_s, rel=1e-14)
            assert (grid.bound[:, i, j] == one.bound).all()


@pytest.mark.parametrize("model", ["llama-2-7b", "llama-3-8b", "mixtral-8x7b", "deepseek-v3"])
def test_the_batch_that_computes_is_the_first_one(model):
    batch = compute_bound_batch(decode(model, 64), A100).item()
    assert BOUNDS[roofline(decode(model, 64, int(batch)), A100).bound.item()] == "compute"
    assert BOUNDS[roofline(decode(model, 64, int(batch) - 1), A100).bound.item()] == "memory"


def test_the_batch_that_computes_by_hand():
    # b = W / bandwidth / (f / peak - k / bandwidth): weights W, FLOPs f and KV bytes k of one.
    batch = 6_607_077_376 * 2 / 2039e9
    batch /= (2 * 6_607_077_376 + 2**24) / 312e12 - 2**24 / 2039e9
    assert compute_bound_batch(decode("llama-2-7b", 32), A100).item() == np.ceil(batch)


def test_a_long_context_never_computes():
    # As many KV bytes as FLOPs in each sequence, whatever the batch.
    assert np.isnan(compute_bound_batch(decode("llama-2-7b", 8192), A100)).all()


def test_megatron_reduces_twice_a_layer_and_way():
    """Narayanan et al., arXiv 2104.04473, section 3.2: 8 b s h (t-1)/t elements, both ways."""
    model = load_model("megatron-22b")
    work = Workload(model, "train", 4, 2048)
    elements = 8 * 4 * 2048 * model.hidden * (7 / 8) * model.layers
    assert network_bytes(work, Parallel(tp=8)) == 2 * elements


def test_replicas_reduce_gradients_in_a_ring():
    model = load_model("gpt2")
    sent = network_bytes(Workload(model, "train", 1, 64), Parallel(dp=4))
    assert sent == 2 * 3 / 4 * 124_439_808 * 2


def test_experts_exchange_what_they_were_sent():
    model = load_model("mixtral-8x7b")
    step = Workload(model, "decode", 16, context=100)
    # Dispatch and combine: 16 tokens, 2 experts each, 4096 wide, 2 bytes, 32 layers.
    assert network_bytes(step, Parallel(ep=8)) == 2 * 32 * 16 * 2 * 4096 * 2 * 7 / 8


def test_devices_share_flops_and_bytes():
    alone = roofline(decode("llama-2-7b"), A100)
    shared = roofline(decode("llama-2-7b"), A100, Parallel(tp=4, pp=8))
    assert (shared.flops * 32, shared.bytes * 32) == (alone.flops, alone.bytes)


def test_key_value_heads_are_kept_by_every_device_beyond_their_number():
    step = decode("llama-3-8b", 2048)
    eight = roofline(step, A100, Parallel(tp=8))
    sixteen = roofline(step, A100, Parallel(tp=16))
    cache = step.total.kv_bytes
    assert eight.bytes * 8 - step.total.weight_bytes == cache
    assert sixteen.bytes > eight.bytes / 2


def test_experts_meet_the_tokens_of_all_their_groups():
    model = load_model("mixtral-8x7b")
    alone = roofline(Workload(model, "decode", 8, context=1), A100)
    spread = roofline(Workload(model, "decode", 1, context=1), A100, Parallel(ep=8))
    assert spread.flops * 8 == alone.flops


@pytest.mark.parametrize(
    ("model", "parallel"),
    [("gpt2", Parallel(tp=5)), ("gpt2", Parallel(pp=5)), ("gpt2", Parallel(ep=2))],
)
def test_what_cannot_be_shared_is_refused(model, parallel):
    with pytest.raises(UsageError, match=r"gpt2"):
        roofline(decode(model, 128), A100, parallel)


@pytest.mark.parametrize(
    ("chip", "formats", "peak", "precision"),
    [
        ("h100-sxm", Formats(), 989.5e12, "fp16"),
        ("h100-sxm", Formats.all("fp8"), 1979e12, "fp8"),
        ("h100-sxm", Formats(weights="int4"), 989.5e12, "fp16"),  # widened on the way
        ("h100-sxm", Formats.all("fp4"), 1979e12, "fp8"),  # the next wider one
        ("h100-sxm", Formats.all("int4"), 1979e12, "int8"),
        ("a100-sxm-80gb", Formats.all("fp8"), 312e12, "fp16"),
        ("p40", Formats(), 12e12, "fp32"),  # its FP16 is crippled, and empty in the table
        ("p100-sxm2", Formats(), 21.2e12, "fp16"),  # no matrix unit: the vector unit's
        ("a100-sxm-80gb", Formats.all("fp32"), 19.5e12, "fp32"),  # TF32 is not FP32
        ("a100-sxm-80gb", Formats(weights="fp32"), 19.5e12, "fp32"),
    ],
)
def test_the_peak_is_that_of_the_matmul(chip, formats, peak, precision):
    chips = load_chips(formats, [chip])
    assert (chips.rates.peak[0], chips.precision[0]) == (pytest.approx(peak, rel=1e-3), precision)


SPEEDS = list(measured_speeds())


@pytest.mark.parametrize("speed", SPEEDS, ids=[speed.id for speed in SPEEDS])
def test_no_measured_speed_beats_the_floor(speed):
    """gpt-fast, TensorRT-LLM, OCI, LLMCompass, kipply: data/speeds.csv."""
    assert 0.05 < speed.share < 1


def test_the_achievable_time_is_near_what_was_measured():
    """gpt-fast: Llama-2-7B in bf16 at batch 1 on an A100 of 330 W, 104.9 tokens/s."""
    step = decode("llama-2-7b", context=105)
    chips = load_chips(step.formats, ["a100-sxm-80gb"])
    rate = 1 / place(step, chips, Parallel()).achievable_s.item()
    assert 104.9 < rate < 1.15 * 104.9


def test_measured_parts_are_used_where_they_are_and_no_other():
    chips = load_chips(Formats(), ["a100-sxm-80gb", "mi300x", "b300-sxm"])
    assert chips.achieved.bandwidth[0] == pytest.approx(0.755 * 2039e9)
    assert chips.achieved.peak[0] == pytest.approx(0.839 * 312e12)
    assert chips.achieved.link[0] == pytest.approx(0.718 * 300e9)
    assert np.isnan(chips.achieved.bandwidth[1])
    assert np.isnan(chips.achieved.peak[2])
    assert np.isnan(load_chips(Formats.all("fp8"), ["h100-sxm"]).achieved.peak).all()


def test_a_stage_stores_its_layers_for_all_batches_in_flight():
    step = decode("llama-2-7b", batch=4)
    assert stored_bytes(step, Parallel(pp=4)) == 6_738_415_616 * 2 / 4 + step.total.kv_bytes
    # 70,272 bytes a token (arXiv 2412.19437): every tensor-parallel device has them all.
    one, eight = (stored_bytes(decode("deepseek-v3", 1000), Parallel(tp=n)) for n in (1, 8))
    weights = [
        sum(parameters_per_device(load_model("deepseek-v3"), Parallel(tp=n))) * 2 for n in (1, 8)
    ]
    assert (one - weights[0], eight - weights[1]) == (70_272_000, 70_272_000)


def test_the_fewest_devices_that_hold_a_model():
    assert devices_needed(decode("llama-3-8b"), 80e9) == Parallel()
    assert devices_needed(decode("llama-3-70b"), 80e9) == Parallel(tp=2)
    assert devices_needed(decode("gpt2-xl"), 1e9) is None  # its 25 heads have no half
