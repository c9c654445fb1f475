"""Llama and its kin: RMS norms, rotary positions, gated feed-forward networks."""

from collections.abc import Sequence
from dataclasses import replace

from memwall_cli.workload.fields import Fields
from memwall_cli.workload.model import Attention, Blocks, FeedForward, Latent, Model

Windows = Sequence[int | None]


def llama(fields: Fields) -> Model:
    """Llama 1 to 3 (arXiv 2307.09288, 2407.21783)."""
    attention = _attention(fields, bias=fields.flag("attention_bias"))
    ffn = _ffn(fields, bias=fields.flag("mlp_bias"))
    return _decoder(fields, _uniform(fields, attention, ffn))


def mistral(fields: Fields) -> Model:
    """Mistral: Llama with a window, where `sliding_window` is set (arXiv 2310.06825)."""
    attention = replace(_attention(fields), window=_window(fields))
    return _decoder(fields, _uniform(fields, attention, _ffn(fields)))


def mixtral(fields: Fields) -> Model:
    """Mixtral: Mistral with routed experts (arXiv 2401.04088)."""
    experts, active = _routed(fields, "num_local_experts", "num_experts_per_tok")
    ffn = replace(_ffn(fields), experts=experts, active=active)
    attention = replace(_attention(fields), window=_window(fields))
    return _decoder(fields, _uniform(fields, attention, ffn))


def qwen2(fields: Fields) -> Model:
    """Qwen2 and 2.5: Llama with biases on queries, keys and values (arXiv 2407.10671)."""
    attention = replace(_attention(fields, bias=True), output_bias=False)
    return _decoder(fields, _by_window(attention, _ffn(fields), _qwen_windows(fields)))


def qwen3(fields: Fields) -> Model:
    """Qwen3, dense: Llama with normalised queries and keys (arXiv 2505.09388)."""
    attention = replace(_attention(fields, bias=fields.flag("attention_bias")), qk_norm=True)
    return _decoder(fields, _by_window(attention, _ffn(fields), _qwen_windows(fields)))


def qwen3_moe(fields: Fields) -> Model:
    """Qwen3 with routed experts in every `decoder_sparse_step`-th layer (arXiv 2505.09388)."""
    if fields.whole("decoder_sparse_step", 1) != 1 or fields.config.get("mlp_only_layers"):
        raise fields.fault("decoder_sparse_step", "only experts in every layer are known")
    experts, active = _routed(fields, "num_experts|num_local_experts", "num_experts_per_tok")
    ffn = replace(_ffn(fields, "moe_intermediate_size"), experts=experts, active=active)
    attention = replace(_attention(fields, bias=fields.flag("attention_bias")), qk_norm=True)
    return _decoder(fields, _by_window(attention, ffn, _qwen_windows(fields)))


def gemma3(fields: Fields) -> Model:
    """Gemma 3, its language model: five layers with a window to one without (arXiv 2503.19786)."""
    if "text_config" in fields.config:
        fields = fields.part("text_config")
    layers = fields.whole("num_hidden_layers")
    windows = _layer_windows(fields, layers)
    if windows is None:
        every = fields.whole("sliding_window_pattern|_sliding_window_pattern", 6)
        seen = fields.whole("sliding_window")
        windows = [None if (i + 1) % every == 0 else seen for i in range(layers)]
    attention = replace(_attention(fields), qk_norm=True)
    ffn = _ffn(fields, act="gelu_pytorch_tanh")
    return _decoder(fields, _by_window(attention, ffn, windows, norms=4), tied=True)


def gpt_oss(fields: Fields) -> Model:
    """gpt-oss: routed experts, a window in every other layer, sinks (arXiv 2508.10925)."""
    layers = fields.whole("num_hidden_layers")
    windows = _layer_windows(fields, layers)
    if windows is None:
        seen = fields.whole("sliding_window")
        windows = [None if i % 2 else seen for i in range(layers)]
    experts, active = _routed(fields, "num_local_experts", "num_experts_per_tok|experts_per_token")
    ffn = replace(_ffn(fields, bias=True), experts=experts, active=active, router_bias=True)
    attention = _attention(fields, bias=fields.flag("attention_bias", True))
    attention = replace(attention, vectors=attention.heads)
    return _decoder(fields, _by_window(attention, ffn, windows))


def deepseek(fields: Fields) -> Model:
    """DeepSeek-V2 and V3, without multi-token prediction (arXiv 2405.04434, 2412.19437)."""
    heads = fields.whole("num_attention_heads")
    plain, rope = fields.whole("qk_nope_head_dim"), fields.whole("qk_rope_head_dim")
    latent = Latent(fields.whole("q_lora_rank", 0), fields.whole("kv_lora_rank"), rope)
    attention = Attention(
        heads, heads, plain + rope, fields.whole("v_head_dim"), rotary=True, latent=latent
    )
    experts, active = _routed(fields, "n_routed_experts", "num_experts_per_tok")
    inner = fields.whole("moe_intermediate_size")
    shared = inner * fields.whole("n_shared_experts", 0, least=0)
    dense = _ffn(fields)
    sparse = replace(dense, inner=inner, experts=experts, active=active, shared=shared)
    if fields.whole("moe_layer_freq", 1) != 1:
        raise fields.fault("moe_layer_freq", "only experts in every later layer are known")
    layers, first = fields.whole("num_hidden_layers"), fields.whole("first_k_dense_replace", 0, 0)
    kinds = ((min(first, layers), dense), (layers - min(first, layers), sparse))
    return _decoder(fields, tuple(Blocks(n, attention, ffn) for n, ffn in kinds if n))


def _attention(fields: Fields, bias: bool = False) -> Attention:
    hidden, heads = fields.whole("hidden_size"), fields.whole("num_attention_heads")
    if fields.config.get("head_dim") is None:
        fields.divides("num_attention_heads", heads, "hidden_size", hidden)
    width = fields.whole("head_dim", hidden // heads)
    groups = fields.whole("num_key_value_heads", heads)
    fields.divides("num_key_value_heads", groups, "num_attention_heads", heads)
    return Attention(heads, groups, width, width, bias=bias, output_bias=bias, rotary=True)


def _ffn(
    fields: Fields, inner: str = "intermediate_size", act: str = "silu", bias: bool = False
) -> FeedForward:
    activation = fields.activation("hidden_act|hidden_activation", act)
    return FeedForward(fields.whole(inner), activation, gated=True, bias=bias)


def _routed(fields: Fields, experts: str, active: str) -> tuple[int, int]:
    """Read how many experts there are, and how many a token goes through."""
    there, chosen = fields.whole(experts), fields.whole(active)
    if chosen > there:
        raise fields.fault(active, f"{chosen} of {there} experts can't be active")
    return there, chosen


def _window(fields: Fields) -> int | None:
    return fields.whole("sliding_window", 0, least=0) or None


def _layer_windows(fields: Fields, layers: int) -> Windows | None:
    """Read each layer's window from `layer_types`; None where that is absent."""
    kinds = fields.words("layer_types")
    if kinds is None:
        return None
    if len(kinds) != layers:
        raise fields.fault("layer_types", f"has {len(kinds)} entries for {layers} layers")
    for kind in kinds:
        if kind not in ("full_attention", "sliding_attention"):
            raise fields.fault("layer_types", f"attention {kind!r} is not known")
    return [fields.whole("sliding_window") if k.startswith("sliding") else None for k in kinds]


def _qwen_windows(fields: Fields) -> Windows:
    """Read the windows of Qwen: layers from `max_window_layers` on, where they are switched on."""
    layers = fields.whole("num_hidden_layers")
    windows = _layer_windows(fields, layers)
    if windows is not None:
        return windows
    if not fields.flag("use_sliding_window"):
        return [None] * layers
    first = fields.whole("max_window_layers", least=0)
    return [_window(fields) if i >= first else None for i in range(layers)]


def _uniform(fields: Fields, attention: Attention, ffn: FeedForward) -> tuple[Blocks, ...]:
    return (Blocks(fields.whole("num_hidden_layers"), attention, ffn),)


def _by_window(
    attention: Attention, ffn: FeedForward, windows: Windows, norms: int = 2
) -> tuple[Blocks, ...]:
    """Gather layers by the window of their attention, in order of first appearance."""
    return tuple(
        Blocks(list(windows).count(window), replace(attention, window=window), ffn, norms)
        for window in dict.fromkeys(windows)
    )


def _decoder(fields: Fields, blocks: tuple[Blocks, ...], *, tied: bool = False) -> Model:
    return Model(
        fields.id,
        fields.name,
        "decoder",
        fields.whole("hidden_size"),
        blocks,
        fields.whole("vocab_size"),
        window=fields.whole("max_position_embeddings", 0) or None,
        tied=fields.flag("tie_word_embeddings", tied),
        score_dropout=fields.rate("attention_dropout", 0.0) > 0,
    )
