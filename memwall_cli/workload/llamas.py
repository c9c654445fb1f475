"""Llama and its kin: rotary positions, grouped queries, mostly gated feed-forward networks."""

from dataclasses import replace

from memwall_cli.workload.fields import Fields
from memwall_cli.workload.layers import (
    GROUPS,
    WIDTHS,
    Windows,
    decoder,
    gated_ffn,
    layer_windows,
    number_of_layers,
    plain_ffn,
    rotary_attention,
    window,
    windowed,
)
from memwall_cli.workload.model import Blocks, Model


def llama(fields: Fields) -> Model:
    """Llama 1 to 3 (arXiv 2307.09288, 2407.21783), and Granite, which scales some numbers."""
    bias = fields.flag("attention_bias")
    attention = rotary_attention(fields, bias=bias, output_bias=bias)
    ffn = gated_ffn(fields, bias=fields.flag("mlp_bias"))
    return decoder(fields, (Blocks(number_of_layers(fields), attention, ffn),))


def mistral(fields: Fields) -> Model:
    """Mistral: Llama with a window, where `sliding_window` is set (arXiv 2310.06825)."""
    attention = rotary_attention(fields, needs=GROUPS)
    attention = replace(attention, window=window(fields, needed=True))
    return decoder(fields, (Blocks(number_of_layers(fields), attention, gated_ffn(fields)),))


def phi3(fields: Fields) -> Model:
    """Phi-3 and Phi-4, whose fused projections are Llama's side by side (arXiv 2412.08905)."""
    attention = replace(rotary_attention(fields), window=window(fields))
    for name in ("attention_bias", "mlp_bias", "lm_head_bias"):
        if fields.flag(name):
            fields.fault(name, "only false is known")
    fields.known("full_attn_mod", "interpolate_factor")
    return decoder(fields, (Blocks(number_of_layers(fields), attention, gated_ffn(fields)),))


def qwen2(fields: Fields) -> Model:
    """Qwen2 and 2.5: Llama with biases on queries, keys and values (arXiv 2407.10671)."""
    attention = rotary_attention(fields, bias=True, needs=GROUPS)
    blocks = windowed(attention, gated_ffn(fields), qwen_windows(fields))
    return decoder(fields, blocks)


def qwen3(fields: Fields) -> Model:
    """Qwen3, dense: Llama with normalised queries and keys (arXiv 2505.09388)."""
    bias = fields.flag("attention_bias")
    attention = rotary_attention(fields, bias=bias, output_bias=bias, needs=WIDTHS)
    attention = replace(attention, qk_norm=True)
    return decoder(fields, windowed(attention, gated_ffn(fields), qwen_windows(fields)))


def qwen_windows(fields: Fields) -> Windows:
    """Read the windows of Qwen: layers from `max_window_layers` on, where they are switched on."""
    layers = number_of_layers(fields)
    fields.known("sliding_window", "max_window_layers")
    on = fields.flag("use_sliding_window")
    windows = layer_windows(fields, layers)
    if windows is not None:
        return windows
    if not on:
        return [None] * layers
    first, seen = fields.whole("max_window_layers", least=0), fields.whole("sliding_window")
    return [seen if i >= first else None for i in range(layers)]


def olmo2(fields: Fields) -> Model:
    """OLMo 2: norms behind attention and feed-forward, and over all queries (arXiv 2501.00656)."""
    bias = fields.flag("attention_bias")
    attention = rotary_attention(fields, bias=bias, output_bias=bias)
    # One norm over all heads together has a weight for each element of each of them.
    more = (attention.heads + attention.kv_heads - 2) * attention.key_width
    attention = replace(attention, qk_norm=True, vectors=more)
    return decoder(fields, (Blocks(number_of_layers(fields), attention, gated_ffn(fields)),))


def starcoder2(fields: Fields) -> Model:
    """StarCoder2: grouped queries, layer norms, no gate (arXiv 2402.19173)."""
    bias = fields.flag("use_bias", True)
    attention = rotary_attention(
        fields,
        bias=bias,
        output_bias=bias,
        needs=GROUPS,
    )
    if fields.text("mlp_type", "default") != "default":
        fields.fault("mlp_type", "only 'default' is known")
    if fields.text("norm_type", "layer_norm") != "layer_norm":
        fields.fault("norm_type", "only 'layer_norm' is known")
    ffn = plain_ffn(fields, fields.whole("intermediate_size"), "gelu_pytorch_tanh", bias)
    attention = replace(attention, window=window(fields))
    return decoder(
        fields, (Blocks(number_of_layers(fields), attention, ffn),), tied=True, layer_norm=True
    )


def cohere(fields: Fields) -> Model:
    """Command R: attention and feed-forward side by side behind one norm without bias."""
    bias = fields.flag("attention_bias")
    if fields.flag("use_qk_norm"):
        fields.fault("use_qk_norm", "only false is known")
    attention = rotary_attention(fields, bias=bias, output_bias=bias)
    blocks = Blocks(number_of_layers(fields), attention, gated_ffn(fields), norms=1)
    return decoder(fields, (blocks,), tied=True, layer_norm=True, norm_bias=False)


def glm4(fields: Fields) -> Model:
    """GLM-4: four norms a layer, half of a head rotated, biases on queries, keys and values."""
    attention = rotary_attention(fields, bias=fields.flag("attention_bias", True), needs=WIDTHS)
    blocks = Blocks(number_of_layers(fields), attention, gated_ffn(fields), norms=4)
    return decoder(fields, (blocks,))


def gemma(fields: Fields) -> Model:
    """Gemma (arXiv 2403.08295)."""
    bias = fields.flag("attention_bias")
    attention = rotary_attention(fields, bias=bias, output_bias=bias, needs=WIDTHS)
    ffn = gated_ffn(fields, act="gelu_pytorch_tanh")
    return decoder(fields, (Blocks(number_of_layers(fields), attention, ffn),), tied=True)


def gemma2(fields: Fields) -> Model:
    """Gemma 2: a window in every other layer, capped scores and logits (arXiv 2408.00118)."""
    return _windowed_gemma(fields, every=2, qk_norm=False)


def gemma3(fields: Fields) -> Model:
    """Gemma 3, its language model: five layers with a window to one without (arXiv 2503.19786)."""
    every = fields.whole("sliding_window_pattern|_sliding_window_pattern", 6)
    if fields.flag("use_bidirectional_attention"):
        fields.fault("use_bidirectional_attention", "only false is known")
    return _windowed_gemma(fields, every, qk_norm=True)


def _windowed_gemma(fields: Fields, every: int, *, qk_norm: bool) -> Model:
    layers = number_of_layers(fields)
    windows = layer_windows(fields, layers)
    if windows is None:
        seen = fields.whole("sliding_window")
        windows = [None if (i + 1) % every == 0 else seen for i in range(layers)]
    fields.known("attn_logit_softcapping", "final_logit_softcapping", "sliding_window")
    caps = [fields.config.get(f"{name}_logit_softcapping") for name in ("attn", "final")]
    bias = fields.flag("attention_bias")
    attention = rotary_attention(fields, bias=bias, output_bias=bias, needs=WIDTHS)
    attention = replace(attention, qk_norm=qk_norm, capped=bool(caps[0]))
    ffn = gated_ffn(fields, act="gelu_pytorch_tanh")
    blocks = windowed(attention, ffn, windows, norms=4)
    return decoder(fields, blocks, tied=True, capped=bool(caps[1]))
