"""BERT, GPT-2 and T5: which fields their config.json has, and what they mean."""

from dataclasses import replace

from memwall_cli.workload.fields import Fields
from memwall_cli.workload.model import Attention, Blocks, FeedForward, Model


def _heads(fields: Fields, hidden: int, names: str) -> int:
    """Read the number of heads, which share the hidden width evenly."""
    heads = fields.whole(names)
    fields.divides(names, heads, "the hidden width", hidden)
    return heads


def bert(fields: Fields) -> Model:
    """BertModel with its pooler (arXiv 1810.04805)."""
    hidden = fields.whole("hidden_size")
    heads = _heads(fields, hidden, "num_attention_heads")
    width = hidden // heads
    attention = Attention(heads, heads, width, width, bias=True, output_bias=True)
    ffn = FeedForward(
        fields.whole("intermediate_size"), fields.activation("hidden_act", "gelu"), bias=True
    )
    blocks = Blocks(fields.whole("num_hidden_layers"), attention, ffn, stack="encoder")
    positions = fields.whole("max_position_embeddings")
    return Model(
        fields.id,
        fields.name,
        "encoder",
        hidden,
        (blocks,),
        fields.whole("vocab_size"),
        positions=positions,
        window=positions,
        types=fields.whole("type_vocab_size", 2),
        layer_norm=True,
        embedding_norm=True,
        final_norm=False,
        head=False,
        pooler=True,
        dropout=fields.rate("hidden_dropout_prob", 0.1) > 0,
        score_dropout=fields.rate("attention_probs_dropout_prob", 0.1) > 0,
    )


def gpt2(fields: Fields) -> Model:
    """GPT2LMHeadModel, and GPT-3, whose sparse attention layers count as dense ones."""
    hidden = fields.whole("n_embd|hidden_size")
    heads = _heads(fields, hidden, "n_head|num_attention_heads")
    width = hidden // heads
    attention = Attention(heads, heads, width, width, bias=True, output_bias=True)
    inner = fields.whole("n_inner", 4 * hidden)
    ffn = FeedForward(inner, fields.activation("activation_function", "gelu_new"), bias=True)
    positions = fields.whole("n_positions|n_ctx|max_position_embeddings")
    return Model(
        fields.id,
        fields.name,
        "decoder",
        hidden,
        (Blocks(fields.whole("n_layer|num_hidden_layers"), attention, ffn),),
        fields.whole("vocab_size"),
        positions=positions,
        window=positions,
        layer_norm=True,
        tied=fields.flag("tie_word_embeddings", True),
        dropout=fields.rate("resid_pdrop", 0.1) > 0,
        score_dropout=fields.rate("attn_pdrop", 0.1) > 0,
    )


def t5(fields: Fields) -> Model:
    """T5ForConditionalGeneration (arXiv 1910.10683)."""
    hidden = fields.whole("d_model")
    heads, width = fields.whole("num_heads"), fields.whole("d_kv")
    kind = fields.text("feed_forward_proj", "relu")
    gated = kind.startswith("gated-")
    if kind.removeprefix("gated-") not in ("relu", "gelu", "silu"):
        raise fields.fault("feed_forward_proj", f"{kind!r} is not known")
    activation = "gelu_new" if kind == "gated-gelu" else kind.removeprefix("gated-")
    ffn = FeedForward(
        fields.whole("d_ff"), Fields({"a": activation}, "", fields.place).activation("a", ""), gated
    )
    plain = Attention(heads, heads, width, width)
    # The relative position bias is learned in the first layer of a stack and shared by the rest.
    first = replace(plain, vectors=fields.whole("relative_attention_num_buckets", 32) * heads)
    encoder, decoder = fields.whole("num_layers"), fields.whole("num_decoder_layers|num_layers")
    blocks = (
        Blocks(1, first, ffn, 2, "encoder"),
        Blocks(encoder - 1, plain, ffn, 2, "encoder"),
        Blocks(1, first, ffn, 3, "decoder", plain),
        Blocks(decoder - 1, plain, ffn, 3, "decoder", plain),
    )
    return Model(
        fields.id,
        fields.name,
        "encoder-decoder",
        hidden,
        tuple(b for b in blocks if b.count),
        fields.whole("vocab_size"),
        tied=fields.flag("tie_word_embeddings", True),
        dropout=fields.rate("dropout_rate", 0.1) > 0,
        score_dropout=fields.rate("dropout_rate", 0.1) > 0,
    )
