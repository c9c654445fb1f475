"""The matrices and vectors of a Transformer: what there is to store, and what a pass multiplies."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from memwall_cli.workload.model import Attention, Blocks, FeedForward, Model
from memwall_cli.workload.operator import Group

Rows = Literal["tokens", "positions", "source", "logits", "sequences"]
"""What a matrix is multiplied with: every new token; every position attended to, the cached ones
too; every position of the encoder's output, once; the positions whose logits are wanted; or one
position per sequence."""


@dataclass(frozen=True)
class Matrix:
    """One kind of weight matrix.

    Attributes
    ----------
    operator, group : its row of the operator table.
    inputs, outputs : its shape.
    heads : equal blocks on the diagonal, where each head has a matrix of its own.
    count : how many of it there are: layers, or 1.
    stack : the stack it stands in.
    bias : learned elements added to its outputs.
    rows : what it is multiplied with.
    cached : how many of its outputs go into the KV cache.
    experts, active : routed experts that each have one, and those that a token goes through.
    """

    operator: str
    group: Group
    inputs: int
    outputs: int
    heads: int = 1
    count: int = 1
    stack: str = "decoder"
    bias: int = 0
    rows: Rows = "tokens"
    cached: int = 0
    experts: int = 0
    active: int = 0

    @property
    def elements(self) -> int:
        """Elements of one such matrix; of one expert's."""
        return self.inputs * self.outputs // self.heads


def matrices(model: Model, *, absorbed: bool = False) -> list[Matrix]:
    """List the weight matrices of a model, kinds of layer one after the other.

    Parameters
    ----------
    model : the model.
    absorbed : multiply queries and outputs, not keys and values, with the up-projection of a
        latent attention (arXiv 2405.04434, section 2.1.2): the same elements in another order.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> [m.operator for m in matrices(load_model("gpt2"))][:4]
    ['query projection', 'key projection', 'value projection', 'output projection']
    """
    return [*_of_blocks(model, absorbed), *_of_head(model)]


def _of_blocks(model: Model, absorbed: bool) -> Iterator[Matrix]:
    for blocks in model.blocks:
        found = [*_of_attention(model.hidden, blocks.attention, absorbed)]
        if blocks.cross:
            found += _of_cross(model.hidden, blocks.cross)
        found += _of_ffn(model.hidden, blocks.ffn)
        for matrix in found:
            yield replace(matrix, count=blocks.count, stack=blocks.stack)


def _of_attention(hidden: int, at: Attention, absorbed: bool = False) -> Iterator[Matrix]:
    if at.latent:
        yield from _of_latent(hidden, at, absorbed)
    else:
        queries, keys = at.heads * at.key_width, at.kv_heads * at.key_width
        values = at.kv_heads * at.value_width
        bias = int(at.bias)
        yield Matrix("query projection", "projection", hidden, queries, bias=bias * queries)
        yield Matrix("key projection", "projection", hidden, keys, bias=bias * keys, cached=keys)
        yield Matrix(
            "value projection", "projection", hidden, values, bias=bias * values, cached=values
        )
    joined = at.heads * at.value_width
    bias = hidden if at.output_bias else 0
    yield Matrix("output projection", "projection", joined, hidden, bias=bias)


def _of_latent(hidden: int, at: Attention, absorbed: bool) -> Iterator[Matrix]:
    """Project as DeepSeek-V2 does (arXiv 2405.04434, section 2.1 and appendix C)."""
    assert at.latent
    queries, latent = at.heads * at.key_width, at.latent
    if latent.query_rank:
        yield Matrix("query down-projection", "projection", hidden, latent.query_rank)
        yield Matrix("query up-projection", "projection", latent.query_rank, queries)
    else:
        yield Matrix("query projection", "projection", hidden, queries)
    yield Matrix("key-value down-projection", "projection", hidden, at.cached, cached=at.cached)
    keys, values = at.heads * (at.key_width - latent.rope), at.heads * at.value_width
    if absorbed:
        wide, heads = at.heads * latent.rank, at.heads
        yield Matrix("absorbed key up-projection", "projection", keys, wide, heads)
        yield Matrix("absorbed value up-projection", "projection", wide, values, heads)
    else:
        expanded = keys + values
        yield Matrix(
            "key-value up-projection", "projection", latent.rank, expanded, rows="positions"
        )


def _of_cross(hidden: int, at: Attention) -> Iterator[Matrix]:
    for matrix in _of_attention(hidden, at):
        rows: Rows = "source" if matrix.cached else "tokens"
        yield replace(matrix, operator=f"cross-attention {matrix.operator}", rows=rows)


def _of_ffn(hidden: int, ffn: FeedForward) -> Iterator[Matrix]:
    if ffn.experts:
        bias = ffn.experts if ffn.router_bias else 0
        yield Matrix("router", "ffn", hidden, ffn.experts, bias=bias)
        for matrix in _of_mlp("expert", hidden, ffn.inner, ffn):
            yield replace(matrix, experts=ffn.experts, active=ffn.active)
        if ffn.shared:
            yield from _of_mlp("shared expert", hidden, ffn.shared, ffn)
        if ffn.shared_gate:
            yield Matrix("shared gate", "ffn", hidden, 1)
    else:
        yield from _of_mlp("ffn", hidden, ffn.inner, ffn)


def _of_mlp(name: str, hidden: int, inner: int, ffn: FeedForward) -> Iterator[Matrix]:
    bias = int(ffn.bias)
    if ffn.gated:
        yield Matrix(f"{name} gate", "ffn", hidden, inner, bias=bias * inner)
    yield Matrix(f"{name} up", "ffn", hidden, inner, bias=bias * inner)
    yield Matrix(f"{name} down", "ffn", inner, hidden, bias=bias * hidden)


def _of_head(model: Model) -> Iterator[Matrix]:
    hidden = model.hidden
    if model.pooler:
        yield Matrix("pooler", "head", hidden, hidden, bias=hidden, rows="sequences")
    if model.head:
        yield Matrix("lm head", "head", hidden, model.vocabulary, rows="logits")


def parameters(model: Model, *, active: bool = False) -> int:
    """Count the learned numbers of a model.

    Parameters
    ----------
    model : the model; a tied head counts once.
    active : count of the routed experts only those that one token goes through.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> parameters(load_model("llama-2-7b"))
    6738415616
    """
    return sum(
        m.count * (m.elements + m.bias) * ((m.active if active else m.experts) or 1)
        for m in matrices(model)
        if not (model.tied and m.operator == "lm head")
    ) + _vectors(model)


def _vectors(model: Model) -> int:
    """Count embeddings, norms and other learned vectors."""
    norm = model.norm_vectors * model.hidden
    around = int(model.embedding_norm) + model.stacks * int(model.final_norm)
    rows = model.vocabulary + model.positions + model.types
    return rows * model.hidden + around * norm + sum(vectors_of(b, norm) for b in model.blocks)


def vectors_of(blocks: Blocks, norm: int) -> int:
    """Count the learned vectors of layers of one kind.

    Parameters
    ----------
    blocks : the layers.
    norm : elements of one normalisation over the hidden width.
    """
    per_layer = blocks.norms * norm + sum(
        at.vectors + _inner_norms(at) for at in (blocks.attention, blocks.cross) if at
    )
    return blocks.count * per_layer


def _inner_norms(at: Attention) -> int:
    """Elements of the norms inside an attention: RMS norms in every model known here."""
    latent = at.latent.query_rank + at.latent.rank if at.latent else 0
    return latent + (2 * at.key_width if at.qk_norm else 0)
