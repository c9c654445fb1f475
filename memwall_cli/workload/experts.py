"""Mixtures of experts: Mixtral, Qwen, gpt-oss, DeepSeek."""

from collections.abc import Iterator
from dataclasses import replace

from memwall_cli.workload.fields import Fields
from memwall_cli.workload.layers import (
    GROUPS,
    WIDTHS,
    decoder,
    gated_ffn,
    gather,
    layer_windows,
    number_of_layers,
    rotary_attention,
    routed,
    window,
    windowed,
)
from memwall_cli.workload.llamas import qwen_windows
from memwall_cli.workload.model import Attention, Blocks, FeedForward, Latent, Model


def mixtral(fields: Fields) -> Model:
    """Mixtral: Mistral with routed experts (arXiv 2401.04088)."""
    experts, active = routed(fields, "num_local_experts", "num_experts_per_tok")
    ffn = replace(gated_ffn(fields), experts=experts, active=active)
    attention = rotary_attention(fields, needs=GROUPS)
    attention = replace(attention, window=window(fields))
    return decoder(fields, (Blocks(number_of_layers(fields), attention, ffn),))


def qwen2_moe(fields: Fields) -> Model:
    """Qwen1.5-MoE and Qwen2-57B: routed experts beside a gated shared one (arXiv 2407.10671)."""
    attention = rotary_attention(
        fields,
        bias=fields.flag("qkv_bias", True),
        needs=GROUPS,
    )
    shared = fields.whole("shared_expert_intermediate_size")
    return _qwen_moe(fields, attention, "num_experts", shared)


def qwen3_moe(fields: Fields) -> Model:
    """Qwen3 with routed experts (arXiv 2505.09388)."""
    bias = fields.flag("attention_bias")
    attention = rotary_attention(fields, bias=bias, output_bias=bias, needs=WIDTHS)
    attention = replace(attention, qk_norm=True)
    return _qwen_moe(fields, attention, "num_experts|num_local_experts", 0)


def _qwen_moe(fields: Fields, attention: Attention, names: str, shared: int) -> Model:
    """Read which layers have experts: every `decoder_sparse_step`-th, but for those named."""
    experts, active = routed(fields, names, "num_experts_per_tok")
    dense = gated_ffn(fields)
    sparse = replace(
        dense,
        inner=fields.whole("moe_intermediate_size"),
        experts=experts,
        active=active,
        shared=shared,
        shared_gate=shared > 0,
    )
    step, without = fields.whole("decoder_sparse_step", 1), fields.numbers("mlp_only_layers")
    ffns = _sparse_every(number_of_layers(fields), step, without, dense, sparse)
    windows = qwen_windows(fields)
    layers = zip(windows, ffns, strict=False)
    return decoder(fields, gather((replace(attention, window=w), ffn) for w, ffn in layers))


def _sparse_every(
    layers: int, step: int, without: list[int], dense: FeedForward, sparse: FeedForward
) -> Iterator[FeedForward]:
    for i in range(layers):
        yield sparse if (i + 1) % step == 0 and i not in without else dense


def gpt_oss(fields: Fields) -> Model:
    """gpt-oss: routed experts, a window in every other layer, sinks (arXiv 2508.10925)."""
    layers = number_of_layers(fields)
    windows = layer_windows(fields, layers)
    if windows is None:
        seen = fields.whole("sliding_window")
        windows = [None if i % 2 else seen for i in range(layers)]
    fields.known("sliding_window", "experts_per_token")
    experts, active = routed(fields, "num_local_experts", "num_experts_per_tok|experts_per_token")
    ffn = replace(gated_ffn(fields, bias=True), experts=experts, active=active, router_bias=True)
    bias = fields.flag("attention_bias", True)
    attention = rotary_attention(fields, bias=bias, output_bias=bias, needs=WIDTHS)
    attention = replace(attention, vectors=attention.heads)
    return decoder(fields, windowed(attention, ffn, windows))


def deepseek(fields: Fields) -> Model:
    """DeepSeek-V2 and V3, without multi-token prediction (arXiv 2405.04434, 2412.19437)."""
    heads = fields.whole("num_attention_heads")
    plain, rope = fields.whole("qk_nope_head_dim"), fields.whole("qk_rope_head_dim")
    latent = Latent(fields.whole("q_lora_rank", 0, least=0), fields.whole("kv_lora_rank"), rope)
    attention = Attention(
        heads, heads, plain + rope, fields.whole("v_head_dim"), rotary=rope, latent=latent
    )
    for name in ("attention_bias", "mlp_bias"):
        if fields.flag(name):
            fields.fault(name, "only false is known")
    # The number of key heads, and the widths of a head, follow from the above.
    fields.known("num_key_value_heads", "head_dim", "qk_head_dim", "num_nextn_predict_layers")
    experts, active = routed(fields, "n_routed_experts", "num_experts_per_tok")
    inner = fields.whole("moe_intermediate_size")
    shared = inner * fields.whole("n_shared_experts", 0, least=0)
    dense = gated_ffn(fields)
    sparse = replace(dense, inner=inner, experts=experts, active=active, shared=shared)
    if fields.whole("moe_layer_freq", 1) != 1:
        fields.fault("moe_layer_freq", "only experts in every later layer are known")
    layers, first = number_of_layers(fields), fields.whole("first_k_dense_replace", 0, 0)
    ffns = [dense if i < first else sparse for i in range(layers)]
    return decoder(fields, gather((attention, ffn) for ffn in ffns))
