"""Operators against PyTorch's FlopCounterMode, brute force, and the papers' own numbers."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from memwall_cli.errors import UsageError
from memwall_cli.workload.config import bundled_models, load_model, model_of
from memwall_cli.workload.formats import BITS, Formats
from memwall_cli.workload.kvcache import kv_bytes_per_token, kv_cache_bytes
from memwall_cli.workload.passes import Passes
from memwall_cli.workload.weights import parameters
from memwall_cli.workload.workload import Workload, phases_of

ORACLE = Path(__file__).parent / "oracle"
TORCH = json.loads((ORACLE / "torch_counts.json").read_text("utf-8"))["models"]
FAMILIES = json.loads((ORACLE / "family_counts.json").read_text("utf-8"))
WHOLE = {"encoder": "encode", "decoder": "prefill", "encoder-decoder": "train"}
"""The phase in which a forward pass goes through all of the model."""


def matmuls(work):
    """FLOPs of matrix products by group, of the forward pass."""
    flops = Counter()
    for row in work.operators:
        if row.kind == "matmul" and not row.operator.endswith("backward"):
            flops[row.group] += row.flops
    return dict(flops)


def bytes_by(work, kind):
    return {row.operator: getattr(row, f"{kind}_bytes") for row in work.operators}


@pytest.mark.parametrize("name", bundled_models())
def test_parameters_and_forward_flops_are_those_pytorch_counts(name):
    model, theirs = load_model(name), TORCH[name]
    assert parameters(model) == theirs["parameters"]
    for length, groups in theirs["forward"].items():
        work = Workload(model, WHOLE[model.architecture], 1, int(length), int(length))
        work = Workload(**{**vars(work), "attention": "full", "logits": "all"})
        wanted = {k: v for k, v in groups.items() if k not in ("total", "mla_expansion")}
        assert matmuls(work) == wanted
        assert sum(matmuls(work).values()) == groups["total"]


@pytest.mark.parametrize("name", [name for name in TORCH if "decode" in TORCH[name]])
def test_decode_flops_are_those_pytorch_counts(name):
    model = load_model(name)
    latent = model.blocks[0].attention.latent
    # transformers expands latent vectors anew at each step, as our prefill does; our decode
    # absorbs the expansion instead (tested below, against einsum).
    phase = "prefill" if latent else "decode"
    for context, groups in TORCH[name]["decode"].items():
        work = Workload(model, phase, 1, 1, int(context), attention="full")
        wanted = {k: v for k, v in groups.items() if k not in ("total", "mla_expansion")}
        assert matmuls(work) == wanted


@pytest.mark.parametrize("name", FAMILIES["models"])
def test_every_kind_of_model_is_counted_as_pytorch_does(name):
    theirs = FAMILIES["models"][name]
    model, length = model_of(theirs["config"], "small", name), FAMILIES["tokens"]
    work = Workload(
        model, WHOLE[model.architecture], 1, length, length, attention="full", logits="all"
    )
    assert parameters(model) == theirs["parameters"]
    assert sum(matmuls(work).values()) == theirs["flops"]


@pytest.mark.parametrize("name", FAMILIES["traffic"])
def test_unfused_products_move_the_operands_that_pytorch_sees(name):
    theirs = FAMILIES["traffic"][name]
    model, length = model_of(theirs["config"], "small", name), FAMILIES["tokens"]
    work = Workload(
        *(model, WHOLE[model.architecture], 1, length, length, Formats.all("int8")),
        attention="full",
        fused=False,
        logits="all",
    )
    rows = [row for row in work.operators if not row.operator.endswith("backward")]
    assert sum(row.bytes for row in rows if row.kind == "matmul") == theirs["elements"]


def test_llama_2_7b_decodes_one_token_by_as_many_bytes_as_flops():
    step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    assert sum(matmuls(step).values()) == 14_287_896_576
    assert step.total.weight_bytes + step.total.kv_bytes == 14_287_896_576
    assert parameters(step.model) == 6_738_415_616


@pytest.mark.parametrize("name", bundled_models())
def test_a_grid_is_what_its_points_are(name):
    model = load_model(name)
    batch, tokens = np.array([[1.0], [8.0]]), np.array([1.0, 5.0, 64.0])
    for phase in phases_of(model):
        past = 0 if phase in ("encode", "train") else 100
        grid = Workload(model, phase, batch, tokens, tokens + past).total
        for i, b in enumerate((1, 8)):
            for j, t in enumerate((1, 5, 64)):
                one = Workload(model, phase, b, t, t + past).total
                for kind in ("flops", "weight_bytes", "activation_bytes", "kv_bytes"):
                    cell = np.broadcast_to(getattr(grid, kind), (2, 3))[i, j]
                    assert cell == pytest.approx(getattr(one, kind), rel=1e-12)


@pytest.mark.parametrize("window", [None, 1, 3, 7, 50])
@pytest.mark.parametrize(("new", "context"), [(1, 1), (1, 9), (4, 4), (4, 9), (9, 9), (9, 20)])
def test_pairs_and_cached_positions_are_those_one_can_list(window, new, context):
    past = context - new
    reach = window or context
    seen = {q: [k for k in range(q + 1) if q - k < reach] for q in range(past, context)}
    together, each = Passes(1, new, context), Passes(1, new, context, one_by_one=True)
    assert together.pairs(window) == sum(map(len, seen.values()))
    assert together.cached(window) == len({k for keys in seen.values() for k in keys if k < past})
    assert each.pairs(window) == together.pairs(window)
    # One at a time, all but the newest key come from the cache.
    assert each.cached(window) == sum(len(keys) - 1 for keys in seen.values())


def test_generating_is_decoding_again_and_again():
    model = load_model("gemma-3-27b")  # windows and full attention
    steps = [Workload(model, "decode", 3, 1, context).total for context in range(1101, 1201)]
    at_once = Workload(model, "generate", 3, 100, 1200).total
    for kind in ("flops", "weight_bytes", "activation_bytes", "kv_bytes"):
        assert getattr(at_once, kind) == sum(getattr(step, kind) for step in steps)


def test_experts_are_read_as_often_as_a_lottery_draws_them():
    # Expected number of distinct experts, against drawing them.
    model = load_model("mixtral-8x7b")
    random = np.random.default_rng(5)
    for batch in (1, 3, 16):
        draws = [
            len({e for _ in range(batch) for e in random.choice(8, 2, replace=False)})
            for _ in range(4000)
        ]
        read = bytes_by(Workload(model, "decode", batch, 1, 100), "weight")["expert up"]
        one = 32 * 4096 * 14336 * 2
        assert read / one == pytest.approx(np.mean(draws), rel=0.01)
    assert bytes_by(Workload(model, "decode", 1, 1, 100), "weight")["expert up"] == 2 * one


def test_grouped_queries_share_their_keys():
    # Llama 3 70B has 8 key heads for 64 query heads; the same model without groups has 64.
    grouped = load_model("llama-3-70b")
    config = json.loads(json.dumps(FAMILIES["models"]["llama"]["config"]))
    few, many = (model_of({**config, "num_key_value_heads": heads}, "x", "x") for heads in (1, 6))
    assert kv_bytes_per_token(many) == 6 * kv_bytes_per_token(few)
    step = {m: Workload(m, "decode", 1, 1, 500) for m in (few, many)}
    assert matmuls(step[few])["attention"] == matmuls(step[many])["attention"]
    assert kv_bytes_per_token(grouped) == 80 * 2 * 8 * 128 * 2


@pytest.mark.parametrize(
    ("name", "bytes_"),
    [
        ("deepseek-v3", 70_272),  # DeepSeek, "Insights into DeepSeek-V3", arXiv 2505.09343, table 1
        ("llama-2-70b", 327_680),
        ("llama-3.1-405b", 516_096),  # the same table
        ("qwen2.5-72b", 327_680),  # the same table
        ("bert-base", 0),
    ],
)
def test_kv_bytes_per_token_are_the_published_ones(name, bytes_):
    assert kv_bytes_per_token(load_model(name)) == bytes_


def test_a_cache_is_what_decoding_reads_and_writes():
    for name in ("llama-2-7b", "gemma-3-27b", "gpt-oss-120b", "deepseek-v3", "gpt2"):
        model = load_model(name)
        held = kv_cache_bytes(model, 5000, 4, "fp16")
        assert Workload(model, "decode", 4, 1, 5000).total.kv_bytes == held
        assert kv_cache_bytes(model, 5000, 4, "int4") * 4 == held


def test_prefill_writes_the_whole_cache():
    model = load_model("mixtral-8x7b")
    work = Workload(model, "prefill", 2, 300, 300)
    assert work.total.kv_bytes == kv_cache_bytes(model, 300, 2)


def test_t5_decodes_against_an_encoded_source():
    model = load_model("t5-11b")
    rows = {row.operator: row for row in Workload(model, "decode", 1, 1, 77).operators}
    inner, layers = 128 * 128, 24
    assert rows["cross-attention scores"].flops == layers * 2 * 77 * inner
    assert rows["cross-attention scores"].kv_bytes == layers * 77 * inner * 2
    assert "cross-attention key projection" not in rows
    encoded = {row.operator: row for row in Workload(model, "encode", 1, 77, 77).operators}
    assert encoded["cross-attention key projection"].kv_bytes == layers * 77 * inner * 2
    assert encoded["attention scores"].flops == layers * 2 * 77**2 * inner


def test_t5_trains_an_encoder_that_sees_all_and_a_decoder_that_does_not():
    model, n, inner = load_model("t5-11b"), 10, 128 * 128
    rows = {row.operator: row for row in Workload(model, "train", 1, n, n).operators}
    assert rows["attention scores"].flops == 24 * 2 * inner * (n**2 + n * (n + 1) // 2)
    assert rows["cross-attention scores"].flops == 24 * 2 * inner * n**2
    assert Workload(model, "train", 1, n, n).total.kv_bytes == 0


def test_training_takes_six_flops_per_parameter_and_token():
    # Kaplan et al., arXiv 2001.08361: 6 N per token, N without embeddings, and attention beside.
    model = load_model("gpt3-175b")
    work = Workload(model, "train", 1, 2048, 2048)
    rows = [row for row in work.operators if row.kind == "matmul" and row.group != "attention"]
    in_matrices = 96 * 12 * 12288**2 + 50257 * 12288
    assert sum(row.flops for row in rows) == 6 * 2048 * in_matrices


def latent_step(context, absorbed):
    """One step of latent attention (arXiv 2405.04434, 2.1), done; give output and FLOPs."""
    heads, plain, rope, value, rank = 3, 4, 2, 5, 6
    draw = np.random.default_rng(1).normal
    query, turned = draw(size=(heads, plain)), draw(size=(heads, rope))
    latent, key = draw(size=(context, rank)), draw(size=(context, rope))
    up_key, up_value = draw(size=(rank, heads, plain)), draw(size=(rank, heads, value))
    flops = 0

    def product(rule, *arrays):
        nonlocal flops
        sizes = {}
        for letters, array in zip(rule.split("->")[0].split(","), arrays, strict=True):
            sizes.update(zip(letters, array.shape, strict=True))
        flops += 2 * int(np.prod(list(sizes.values())))
        return np.einsum(rule, *arrays)

    if absorbed:
        query = product("hp,rhp->hr", query, up_key)
        scores = product("hr,sr->hs", query, latent) + product("hq,sq->hs", turned, key)
    else:
        keys = product("sr,rhp->shp", latent, up_key)
        values = product("sr,rhv->shv", latent, up_value)
        scores = product("hp,shp->hs", query, keys) + product("hq,sq->hs", turned, key)
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    if absorbed:
        out = product("hr,rhv->hv", product("hs,sr->hr", shares, latent), up_value)
    else:
        out = product("hs,shv->hv", shares, values)
    return out, flops


def test_latent_attention_is_counted_as_einsum_does_it_absorbed_or_not():
    context = 37
    config = {**FAMILIES["models"]["deepseek_v3"]["config"], "num_attention_heads": 3}
    shapes = {"qk_nope_head_dim": 4, "qk_rope_head_dim": 2, "v_head_dim": 5, "kv_lora_rank": 6}
    model = model_of(config | shapes, "x", "x")
    found = {}
    for absorbed, phase in ((True, "decode"), (False, "prefill")):
        out, flops = latent_step(context, absorbed)
        found[absorbed] = out
        ours = sum(
            row.flops // row.count
            for row in Workload(model, phase, 1, 1, context, attention="full").operators
            if row.operator.startswith("attention ")
            or row.operator in ("absorbed key up-projection", "absorbed value up-projection")
            or row.operator == "key-value up-projection"
        )
        assert ours == flops
    np.testing.assert_allclose(found[True], found[False])


def test_a_latent_step_reads_each_cached_vector_once():
    model = load_model("deepseek-v3")
    for phase in ("decode", "prefill"):
        work = Workload(model, phase, 2, 1, 1000)
        assert work.total.kv_bytes == kv_cache_bytes(model, 1000, 2)


def test_each_format_counts_its_own_bytes():
    model = load_model("llama-2-7b")
    wide = Workload(model, "decode", context=2048).total
    for name, bits in BITS.items():
        narrow = Workload(model, "decode", context=2048, formats=Formats(weights=name)).total
        assert narrow.weight_bytes * 16 == wide.weight_bytes * bits
        assert narrow.kv_bytes == wide.kv_bytes
        cached = Workload(model, "decode", context=2048, formats=Formats(kv=name)).total
        assert cached.kv_bytes * 16 == wide.kv_bytes * bits
        assert cached.weight_bytes == wide.weight_bytes


def test_unfused_operators_move_what_their_formulas_say():
    model, n = load_model("bert-base"), 128
    work = Workload(model, "encode", 1, n, n, Formats.all("int8"), fused=False, blocks_only=True)
    moved = {row.operator: row.bytes for row in work.operators}
    assert moved["softmax"] == 12 * 2 * 12 * n * n
    assert moved["norm"] == 12 * 2 * (2 * n * 768 + 2 * 768)
    assert moved["residual"] == 12 * 2 * 3 * n * 768
    assert moved["activation function"] == 12 * 2 * n * 3072
    assert moved["attention scores"] == 12 * (2 * n * 768 + 12 * n * n)
    assert moved["query projection"] == 12 * (768**2 + 2 * n * 768)
    fused = Workload(model, "encode", 1, n, n, blocks_only=True)
    assert {row.bytes for row in fused.operators if row.kind == "elementwise"} == {0}


@pytest.mark.parametrize(
    ("name", "length", "group", "flops", "mops", "intensity"),
    # Tables 3 and 11 of arXiv 2302.14017: 1e9 FLOPs, 1e9 bytes, FLOPs per byte. Left out: bytes of
    # attention at 128 for BERT (0.006 contradicts the intensity printed beside it).
    [
        ("bert-base", 128, "projection", 7.25, 0.04, 192.00),
        ("bert-base", 128, "attention", 0.60, None, 63.62),
        ("bert-base", 128, "ffn", 14.50, 0.07, 211.86),
        ("bert-base", 128, None, 22.42, 0.14, 159.68),
        ("bert-base", 4096, "projection", 231.93, 0.33, 702.17),
        ("bert-base", 4096, "attention", 616.02, 4.98, 123.63),
        ("bert-base", 4096, "ffn", 463.86, 0.43, 1068.52),
        ("bert-base", 4096, None, 1323.66, 11.22, 117.96),
        ("gpt2", 128, "projection", 7.25, 3.63, 2.00),
        ("gpt2", 128, "attention", 0.30, 0.16, 1.92),
        ("gpt2", 128, "ffn", 14.50, 7.26, 2.00),
        ("gpt2", 128, None, 22.12, 11.08, 2.0),
        ("gpt2", 4096, "projection", 231.93, 116.27, 2.00),
        ("gpt2", 4096, "attention", 309.24, 155.98, 1.98),
        ("gpt2", 4096, "ffn", 463.86, 232.31, 2.0),
        ("gpt2", 4096, None, 1012.04, 507.80, 2.0),
    ],
)
def test_the_papers_tables_come_out_within_two_percent(name, length, group, flops, mops, intensity):
    model = load_model(name)
    phase = "encode" if name == "bert-base" else "generate"
    work = Workload(
        model, phase, 1, length, length, Formats.all("int8"), fused=False, blocks_only=True
    )
    rows = [row for row in work.operators if group in (None, row.group)]
    ours_flops, ours_bytes = sum(row.flops for row in rows), sum(row.bytes for row in rows)
    assert ours_flops / 1e9 == pytest.approx(flops, rel=0.02, abs=0.005)
    if mops:
        assert ours_bytes / 1e9 == pytest.approx(mops, rel=0.02, abs=0.005)
    assert ours_flops / ours_bytes == pytest.approx(intensity, rel=0.02, abs=0.005)


def test_a_phase_that_a_model_lacks_is_refused():
    with pytest.raises(UsageError, match=r"bert-base is an encoder: .* not decode"):
        Workload(load_model("bert-base"), "decode")
