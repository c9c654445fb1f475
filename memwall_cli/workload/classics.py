"""BERT, GPT-2, T5 and their kin: which fields their config.json has, and what they mean."""

from dataclasses import replace

from memwall_cli.workload.fields import Fields
from memwall_cli.workload.layers import decoder, gather, number_of_layers, plain_ffn, rotary_part
from memwall_cli.workload.model import Activation, Attention, Blocks, FeedForward, Model

_T5_ACTIVATIONS: dict[str, Activation] = {"relu": "relu", "gelu": "gelu-tanh", "silu": "silu"}


def _attention(fields: Fields, hidden: int, names: str, *, bias: bool = True) -> Attention:
    """Heads that share the hidden width evenly, each with its own keys and values."""
    heads = fields.whole(names)
    fields.divides(names.split("|", maxsplit=1)[0], heads, "the hidden width", hidden)
    width = max(hidden // heads, 1)
    return Attention(heads, heads, width, width, bias=bias, output_bias=bias)


def bert(fields: Fields) -> Model:
    """BertModel with its pooler (arXiv 1810.04805); RobertaModel, the same by another name."""
    if fields.text("position_embedding_type", "absolute") != "absolute":
        fields.fault("position_embedding_type", "only absolute positions are known")
    hidden = fields.whole("hidden_size")
    attention = _attention(fields, hidden, "num_attention_heads")
    ffn = plain_ffn(fields, fields.whole("intermediate_size"), "gelu")
    blocks = Blocks(number_of_layers(fields), attention, ffn, stack="encoder")
    positions = fields.whole("max_position_embeddings")
    fields.known("tie_word_embeddings")
    # RoBERTa numbers positions from that of the padding token on: two rows are never used.
    unused = 0 if fields.config.get("model_type") == "bert" else 2
    return Model(
        fields.id,
        fields.name,
        "encoder",
        hidden,
        (blocks,),
        fields.whole("vocab_size"),
        positions=positions,
        window=max(positions - unused, 1),
        types=fields.whole("type_vocab_size", 2),
        layer_norm=True,
        embedding_norm=True,
        final_norm=False,
        head=False,
        pooler=True,
        dropout=fields.part("hidden_dropout_prob", 0.1) > 0,
        score_dropout=fields.part("attention_probs_dropout_prob", 0.1) > 0,
    )


def gpt2(fields: Fields) -> Model:
    """GPT2LMHeadModel, and GPT-3, whose sparse attention layers count as dense ones."""
    hidden = fields.whole("n_embd|hidden_size")
    attention = _attention(fields, hidden, "n_head|num_attention_heads")
    ffn = plain_ffn(fields, fields.whole("n_inner", 4 * hidden), "gelu_new")
    blocks = Blocks(number_of_layers(fields, "n_layer|num_hidden_layers"), attention, ffn)
    positions = fields.whole("n_positions|n_ctx|max_position_embeddings")
    fields.known("n_ctx", "max_position_embeddings")
    return decoder(
        fields,
        (blocks,),
        tied=True,
        layer_norm=True,
        width="n_embd|hidden_size",
        positions=positions,
        window=positions,
        dropout=fields.part("resid_pdrop", 0.1) > 0,
        score_dropout=fields.part("attn_pdrop", 0.1) > 0,
    )


def gpt_neox(fields: Fields) -> Model:
    """GPT-NeoX and Pythia: attention and feed-forward side by side (arXiv 2204.06745)."""
    hidden = fields.whole("hidden_size")
    bias = fields.flag("attention_bias", True)
    attention = _attention(fields, hidden, "num_attention_heads", bias=bias)
    rotary = int(attention.key_width * rotary_part(fields, "rotary_pct", 0.25))
    attention = replace(attention, rotary=rotary)
    ffn = plain_ffn(fields, fields.whole("intermediate_size"), "gelu")
    fields.known("use_parallel_residual")
    blocks = Blocks(number_of_layers(fields), attention, ffn)
    return decoder(fields, (blocks,), layer_norm=True)


def opt(fields: Fields) -> Model:
    """OPT (arXiv 2205.01068), but for the 350M model with its norms behind the layers."""
    hidden = fields.whole("hidden_size")
    if fields.whole("word_embed_proj_dim", hidden) != hidden:
        fields.fault("word_embed_proj_dim", "only embeddings of the hidden width are known")
    for name in ("do_layer_norm_before", "enable_bias", "layer_norm_elementwise_affine"):
        if not fields.flag(name, True):
            fields.fault(name, "only true is known")
    if fields.flag("_remove_final_layer_norm"):
        fields.fault("_remove_final_layer_norm", "only false is known")
    attention = _attention(fields, hidden, "num_attention_heads")
    ffn = plain_ffn(fields, fields.whole("ffn_dim"), "relu")
    blocks = Blocks(number_of_layers(fields), attention, ffn)
    positions = fields.whole("max_position_embeddings")
    # The first two rows of its position embedding are never used.
    return decoder(
        fields,
        (blocks,),
        tied=True,
        layer_norm=True,
        positions=positions + 2,
        dropout=fields.part("dropout", 0.1) > 0,
    )


def bloom(fields: Fields) -> Model:
    """BLOOM: positions as a bias on the scores, a norm behind the embedding (arXiv 2211.05100)."""
    hidden = fields.whole("n_embed|hidden_size")
    attention = _attention(fields, hidden, "n_head|num_attention_heads")
    ffn = FeedForward(4 * hidden, "gelu-tanh", bias=True)
    blocks = Blocks(number_of_layers(fields, "n_layer|num_hidden_layers"), attention, ffn)
    fields.known("hidden_size", "n_embed", "apply_residual_connection_post_layernorm")
    return decoder(
        fields,
        (blocks,),
        tied=True,
        width="n_embed|hidden_size",
        layer_norm=True,
        embedding_norm=True,
    )


def falcon(fields: Fields) -> Model:
    """Falcon 7B, 40B, 180B and RW: one or few key heads, layers in parallel (arXiv 2311.16867)."""
    hidden = fields.whole("hidden_size")
    bias, new = fields.flag("bias"), fields.flag("new_decoder_architecture")
    attention = _attention(fields, hidden, "num_attention_heads|n_head", bias=bias)
    groups = fields.whole("num_kv_heads|n_head_kv", attention.heads)
    if not new:
        groups = 1 if fields.flag("multi_query", True) else attention.heads
    fields.divides("num_kv_heads", groups, "num_attention_heads", attention.heads)
    rotary = 0 if fields.flag("alibi") else attention.key_width
    attention = replace(attention, kv_heads=groups, rotary=rotary)
    ffn = plain_ffn(fields, fields.whole("ffn_hidden_size", 4 * hidden), "gelu", bias)
    parallel = fields.flag("parallel_attn", True) or new
    norms = fields.whole("num_ln_in_parallel_attn", 2 if new else 1) if parallel else 2
    fields.known("multi_query", "num_ln_in_parallel_attn")
    layers = [(attention, ffn)] * number_of_layers(fields, "num_hidden_layers|n_layer")
    return decoder(fields, gather(layers, norms), tied=True, layer_norm=True)


def t5(fields: Fields) -> Model:
    """T5ForConditionalGeneration, also of T5 1.1 and mT5 (arXiv 1910.10683, 2010.11934)."""
    hidden, heads, width = fields.whole("d_model"), fields.whole("num_heads"), fields.whole("d_kv")
    modern = fields.config.get("model_type") == "mt5"
    kind = fields.text("feed_forward_proj", "gated-gelu" if modern else "relu")
    gated, act = kind.startswith("gated-"), kind.removeprefix("gated-")
    if act not in _T5_ACTIVATIONS:
        fields.fault("feed_forward_proj", f"{kind!r} is not known")
    activation = "gelu" if kind == "gelu" else _T5_ACTIVATIONS.get(act, "relu")
    ffn = FeedForward(fields.whole("d_ff"), activation, gated)
    plain = Attention(heads, heads, width, width)
    # The relative position bias is learned in the first layer of a stack and shared by the rest.
    first = replace(plain, vectors=fields.whole("relative_attention_num_buckets", 32) * heads)
    layers = number_of_layers(fields, "num_layers")
    after = fields.whole("num_decoder_layers", layers)
    fields.known("is_encoder_decoder", "is_gated_act")
    blocks = (
        Blocks(1, first, ffn, 2, "encoder"),
        Blocks(layers - 1, plain, ffn, 2, "encoder"),
        Blocks(1, first, ffn, 3, "decoder", plain),
        Blocks(after - 1, plain, ffn, 3, "decoder", plain),
    )
    return Model(
        fields.id,
        fields.name,
        "encoder-decoder",
        hidden,
        tuple(b for b in blocks if b.count),
        fields.whole("vocab_size"),
        window=fields.whole("n_positions", 0, least=0) or None,
        tied=fields.flag("tie_word_embeddings", True),
        dropout=fields.part("dropout_rate", 0.1) > 0,
        score_dropout=fields.part("dropout_rate", 0.1) > 0,
    )
