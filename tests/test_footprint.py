"""Memory footprints against Korthikanti et al. 2022, Rajbhandari et al. 2020, and exact sizes."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memwall_cli.errors import UsageError
from memwall_cli.workload.activations import in_flight, kept, of_layers, outside_layers
from memwall_cli.workload.config import bundled_models, load_model
from memwall_cli.workload.fitting import largest_batch, largest_context, layouts, smallest
from memwall_cli.workload.footprint import Setup, footprint, model_states
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Attention, Blocks, FeedForward, Model
from memwall_cli.workload.optimizers import OPTIMIZERS
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.shards import Piece, pieces, stage_sum
from memwall_cli.workload.weights import parameters
from memwall_cli.workload.workload import Workload

GIB = 2**30
LENGTH = 2048
# Table 3 of arXiv 2205.05198: tensor parallelism 8 throughout; pipeline stages, interleaved
# chunks, micro-batch. Bytes per GPU of the first stage, without embedding and head.
MEGATRON = [
    ("megatron-22b", 1, 1, 4, 59.25, 9.5625),
    ("megatron-175b", 8, 3, 1, 66.84375, 12.3515625),
    ("megatron-530b", 35, 3, 1, 114.0234375, 23.076171875),
    ("megatron-1t", 64, 1, 1, 131.25, 26.5625),
]


def bundled():
    from memwall_cli.errors import MemwallError

    for name in bundled_models():
        try:
            yield load_model(name)
        except MemwallError:
            continue  # test_workload says which families are read


@pytest.mark.parametrize(("name", "stages", "chunks", "batch", "plain", "best"), MEGATRON)
def test_activations_of_megatron_as_korthikanti_et_al_count_them(
    name, stages, chunks, batch, plain, best
):
    work = Workload(load_model(name), "train", batch, LENGTH, LENGTH)
    parallel = Parallel(tp=8, pp=stages)
    unsplit = Setup(parallel, recompute="none", interleave=chunks)
    split = Setup(parallel, recompute="selective", sequence=True, interleave=chunks)
    for setup, gib in ((unsplit, plain), (split, best)):
        layers = of_layers(
            work.model,
            "fp16",
            parallel,
            batch * LENGTH,
            LENGTH,
            setup.recompute,
            sequence=setup.sequence,
        )
        assert in_flight(layers, parallel, chunks) == gib * GIB
        assert footprint(work, setup).components["activations"] == gib * GIB


def test_a_gpt_layer_keeps_34_sbh_and_5_as2b():
    gpt = load_model("gpt3-175b")
    one = kept(gpt, gpt.blocks[0], "fp16")
    assert one.whole + one.own == 34 * gpt.hidden
    assert one.scores == 5 * gpt.blocks[0].attention.heads


@pytest.mark.parametrize("tp", [1, 2, 8])
def test_tables_of_korthikanti_et_al_hold_for_every_parallelism(tp):
    """Table 2 of arXiv 2205.05198, per layer."""
    gpt, s = load_model("gpt3-175b"), 2048
    h, a, layers = gpt.hidden, gpt.blocks[0].attention.heads, gpt.layers
    sbh = s * h
    expected = {
        ("none", False): sbh * (10 + 24 / tp + 5 * a * s / (h * tp)),
        ("none", True): sbh * (34 / tp + 5 * a * s / (h * tp)),
        ("selective", False): sbh * (10 + 24 / tp),
        ("selective", True): sbh * 34 / tp,
        ("full", False): sbh * 2,
    }
    for (recompute, sequence), per_layer in expected.items():
        found = of_layers(gpt, "fp16", Parallel(tp=tp), s, s, recompute, sequence=sequence)
        assert found == layers * per_layer


def test_embedding_and_head_keep_what_section_4_3_says():
    gpt, s, p, t = load_model("megatron-175b"), 2048, 8, 8
    sbh, v = s * gpt.hidden, gpt.vocabulary
    parallel = Parallel(tp=t, pp=p)
    first = outside_layers(gpt, "fp16", parallel, s, sequence=True, first=True, last=False)
    assert first == sbh * p / t
    last = outside_layers(gpt, "fp16", parallel, s, sequence=True, first=False, last=True)
    assert last == 4 * sbh / t * (1 + v / gpt.hidden)


def test_zero_divides_the_7_5_billion_parameters_of_rajbhandari_et_al():
    """Figure 1 of arXiv 1910.02054: 120, 31.4, 16.6 and 1.9 GB on 64 devices."""
    model = [Piece("model", 0, 0, bias=7_500_000_000)]
    gb = [
        sum(model_states(model, "fp16", Setup(Parallel(dp=64), zero=zero)).values()) / 1e9
        for zero in range(4)
    ]
    assert [round(x, 1) for x in gb] == [120, 31.4, 16.6, 1.9]


def test_kv_cache_per_token_is_what_the_shapes_say():
    """DeepSeek-V3: arXiv 2412.19437; the others: 2 x layers x key-value heads x width x 2 bytes."""
    for name, size in (
        ("deepseek-v3", 70_272),
        ("llama-2-70b", 327_680),
        ("llama-3.1-405b", 516_096),
    ):
        step = Workload(load_model(name), "decode", context=1, formats=Formats.all("bf16"))
        assert footprint(step).components["kv-cache"] == size


def test_one_device_holds_every_parameter_once():
    for model in bundled():
        found = pieces(model, Parallel(), first=True, last=True)
        assert stage_sum(found, lambda piece: piece.elements, 1) == parameters(model)


def test_tensor_parallel_devices_together_hold_the_model_and_their_copies_of_norms():
    model, tp = load_model("llama-3-70b"), 8
    parts = pieces(model, Parallel(tp=tp), first=True, last=True)
    norms = (2 * 80 + 1) * 8192
    together = tp * stage_sum(parts, lambda piece: piece.elements, 1)
    assert together == parameters(model) + (tp - 1) * norms


def test_a_tied_head_has_a_copy_of_its_own_on_the_last_of_several_stages():
    model = load_model("megatron-22b")
    first = pieces(model, Parallel(pp=2), first=True, last=False)
    last = pieces(model, Parallel(pp=2), first=False, last=True)
    both = sum(stage_sum(part, lambda piece: piece.elements, 2) for part in (first, last))
    assert both == parameters(model) + model.vocabulary * model.hidden


def test_a_window_bounds_the_cache_and_grouped_heads_are_copied_beyond_their_number():
    mistral = load_model("mistral-7b")
    at = {n: footprint(Workload(mistral, "decode", context=n)).components for n in (4096, 8192)}
    assert at[4096]["kv-cache"] == at[8192]["kv-cache"]
    step = Workload(load_model("llama-3-70b"), "decode", context=1024)
    caches = [footprint(step, Setup(Parallel(tp=t))).components["kv-cache"] for t in (1, 8, 16)]
    assert caches[0] == 8 * caches[1]
    assert caches[1] == caches[2]


def states(optimizer, piece):
    return OPTIMIZERS[optimizer](piece)


def test_optimizers_keep_what_their_papers_say_of_a_matrix():
    matrix = Piece("ffn up", 1000, 4000)
    n = 4_000_000
    assert states("sgd", matrix) == 0
    assert states("momentum", matrix) == 4 * n
    assert states("adam", matrix) == 8 * n
    assert states("adam-8bit", matrix) == 2 * n + 2 * 4 * 1954  # blocks of 2048, the last one open
    assert states("adafactor", matrix) == 4 * (1000 + 4000)
    factors = 1000**2 + 4000**2
    assert states("kfac", matrix) == states("shampoo", matrix) == 4 * n + 2 * 4 * factors
    assert states("kfac", replace(matrix, bias=4000)) == 4 * (n + 4000) + 8 * (1001**2 + 4000**2)
    embedding = replace(matrix, name="embedding")
    assert states("kfac", embedding) == 4 * n
    assert states("shampoo", embedding) == 4 * n + 8 * 1000**2


def test_mixed_precision_with_adam_takes_16_bytes_per_parameter_and_so_does_fp32():
    model = load_model("llama-2-7b")
    for format_ in ("bf16", "fp32"):
        work = Workload(model, "train", 1, 128, 128, Formats.all(format_))
        parts = footprint(work).components
        held = parts["weights"] + parts["gradients"] + parts["optimizer"]
        assert held == 16 * parameters(model)


def test_zero_shares_experts_among_copies_and_the_rest_among_groups_too():
    model = load_model("mixtral-8x7b")
    work = Workload(model, "train", 1, 128, 128)
    whole = footprint(work, Setup(Parallel(ep=4, dp=2), zero=0)).components["weights"]
    shared = footprint(work, Setup(Parallel(ep=4, dp=2), zero=3)).components["weights"]
    found = pieces(model, Parallel(ep=4), first=True, last=True)
    routed = 2 * sum(p.count * p.elements for p in found if p.routed)
    assert whole - routed == 8 * (shared - routed // 2)


def test_a_grid_is_what_its_points_are():
    model, batch, length = (
        load_model("gemma-3-27b"),
        np.array([[1.0], [8.0]]),
        np.array([512.0, 4096.0]),
    )
    for phase in ("decode", "prefill", "train"):
        tokens = 1 if phase == "decode" else length
        grid = footprint(Workload(model, phase, batch, tokens, length)).total
        for i, b in enumerate((1, 8)):
            for j, n in enumerate((512, 4096)):
                one = Workload(model, phase, b, 1 if phase == "decode" else n, n)
                assert np.broadcast_to(grid, (2, 2))[i, j] == footprint(one).total


@pytest.mark.parametrize(
    ("phase", "setup"),
    [
        ("decode", Setup()),
        ("prefill", Setup(Parallel(tp=2))),
        ("train", Setup(Parallel(tp=4, pp=4), sequence=True)),
    ],
)
def test_the_largest_batch_and_context_fit_and_one_more_does_not(phase, setup):
    tokens = 1 if phase == "decode" else 1024
    work, capacity = Workload(load_model("llama-2-7b"), phase, 2, tokens, 1024), 80e9
    most = largest_batch(work, setup, capacity)
    fits = [footprint(replace(work, batch=n), setup).total <= capacity for n in (most, most + 1)]
    assert fits == [True, False]
    longest = largest_context(work, setup, capacity)
    lengths = [
        replace(work, tokens=1 if phase == "decode" else n, context=n)
        for n in (longest, longest + 1)
    ]
    assert [footprint(one, setup).total <= capacity for one in lengths] == [True, False]
    assert largest_batch(work, setup, 1e6) == largest_context(work, setup, 1e6) == 0


def test_the_smallest_layout_fits_and_no_smaller_one_does():
    work = Workload(load_model("llama-3.1-405b"), "decode", 1, 1, 8192)
    found = layouts(work, Setup())
    best = smallest(found, 80e9)
    assert best.bytes <= 80e9
    assert all(way.bytes > 80e9 for way in found if way.devices < best.devices)
    assert best.bytes == footprint(work, best.setup).total
    assert smallest(found, 1e6) is None


def test_what_leaves_the_pipeline_first_holds_fewer_micro_batches():
    parallel = Parallel(pp=4)
    assert [in_flight(400, parallel, 1, stage) for stage in range(4)] == [400, 300, 200, 100]
    # Interleaved by 2: 8 + 3, then two chunks fewer on each stage, of 50 each.
    assert [in_flight(400, parallel, 2, stage) for stage in range(4)] == [550, 450, 350, 250]


@pytest.mark.parametrize(
    ("model", "setup", "words"),
    [
        ("llama-2-7b", Setup(Parallel(tp=3)), "--tp 3 does not divide the number of heads"),
        ("llama-2-7b", Setup(Parallel(pp=5)), "--pp 5 does not divide the number of layers"),
        ("llama-2-7b", Setup(Parallel(ep=2)), "no experts"),
        ("mixtral-8x7b", Setup(Parallel(ep=3)), "--ep 3 does not divide the number of experts"),
        ("llama-2-7b", Setup(zero=1), "give --dp N"),
        ("llama-2-7b", Setup(sequence=True), "give --tp N"),
        ("llama-2-7b", Setup(interleave=2), "give --pp N"),
        ("llama-2-7b", Setup(Parallel(pp=4), interleave=3), "8 layers"),
        ("llama-2-7b", Setup(optimizer="adem"), "did you mean adam"),
    ],
)
def test_what_can_not_be_laid_out_is_refused(model, setup, words):
    with pytest.raises(UsageError, match=words):
        footprint(Workload(load_model(model), "train", 1, 128, 128), setup)


def test_training_in_a_format_that_is_none_is_refused():
    work = Workload(load_model("gpt2"), "train", 1, 128, 128, Formats(weights="int4"))
    with pytest.raises(UsageError, match="--weights bf16"):
        footprint(work)
    work = replace(work, formats=Formats(activations="int8"))
    with pytest.raises(UsageError, match="--activations bf16"):
        footprint(work)


SAVED = json.loads((Path(__file__).parent / "oracle" / "saved_tensors.json").read_text("utf-8"))


@pytest.mark.parametrize("name", SAVED["layers"])
def test_a_layer_keeps_what_pytorch_saves_for_its_backward_pass(name):
    """PyTorch's own account, by `saved_tensors_hooks`: scripts/count_saved.py."""
    layer = SAVED["layers"][name]
    attention = Attention(
        layer["heads"],
        layer["kv_heads"],
        layer["width"],
        layer["width"],
        qk_norm=layer.get("qk_norm", False),
    )
    ffn = FeedForward(layer["inner"], "gelu", gated=layer.get("gated", False))
    blocks = Blocks(1, attention, ffn)
    model = Model("m", "M", "decoder", layer["hidden"], (blocks,), 100)
    one = kept(model, blocks, "bf16")
    assert one.whole + one.own == layer["bytes"]
    assert layer["statistics"] < 0.02 * layer["bytes"]
