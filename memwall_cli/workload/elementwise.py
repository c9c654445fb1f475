"""Operators without a matrix: embeddings, norms, softmax, activation functions, residuals.

FLOPs per element are counted from the formulas, one for each addition, multiplication,
comparison, root, exponential or tanh. Fused operators move nothing; unfused ones read each input
and write each output once. Biases, scales and masks are free, in FLOPs as in bytes.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memwall_cli.workload.model import Attention, Blocks, Model
from memwall_cli.workload.operator import Operator, in_bytes
from memwall_cli.workload.passes import Count

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload

SOFTMAX = 5  # compare, subtract, exp, add, divide
LAYER_NORM = 7  # mean, subtract, square, add, multiply by 1/deviation, weight, bias
RMS_NORM = 4  # square, add, multiply by 1/root, weight
ROTARY = 3  # two multiplications, one addition
SOFT_CAP = 3  # divide, tanh, multiply
SIGMOID = 3  # exp, add, divide
ACTIVATIONS = {
    "gelu": 5,  # x / 2 (1 + erf(x / sqrt 2))
    "gelu-tanh": 9,  # x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))
    "relu": 1,
    "silu": 4,  # x / (1 + exp(-x))
}


def around_blocks(work: "Workload") -> Iterator[Operator]:
    """Look up embeddings, and normalise before the first and after the last block."""
    model, passes = work.model, work.passes
    # Training runs both stacks of an encoder-decoder, each with an input and a norm of its own.
    stacks = model.stacks if work.phase == "train" else 1
    yield embedding(work, stacks)
    tables = int(model.positions > 0) + int(model.types > 0)
    if tables:
        yield _elementwise(
            "embedding sum", work, 1, passes.tokens * model.hidden, tables, tables + 2
        )
    if model.capped:
        logits = passes.tokens if work.all_logits else passes.batch * passes.steps
        yield _elementwise("logit cap", work, 1, logits * model.vocabulary, SOFT_CAP, 2)
    norms = int(model.embedding_norm) + stacks * int(model.final_norm)
    if norms:
        yield _norm("outer norm", work, 1, passes.tokens * model.hidden * norms, model, norms)


def embedding(work: "Workload", stacks: int = 1) -> Operator:
    """Read one row of the token embedding for each new position of a stack, and write it."""
    elements = stacks * work.passes.tokens * work.model.hidden
    formats = work.formats
    moved = in_bytes(elements, formats.weights) + in_bytes(elements, formats.activations)
    return Operator("token embedding", "embedding", "lookup", 1, 0, 0, moved)


def in_blocks(blocks: Blocks, work: "Workload") -> Iterator[Operator]:
    """Norms, rotation, softmax, activation function and residuals of layers of one kind."""
    model, count, ffn = work.model, blocks.count, blocks.ffn
    passes = work.passes_in(blocks.stack)
    tokens = passes.tokens
    yield _norm("norm", work, count, tokens * model.hidden * blocks.norms, model, blocks.norms)
    yield from _of_attention(
        "", blocks.attention, count, work, passes.pairs(blocks.attention.window)
    )
    if blocks.cross:
        yield from _of_attention(
            "cross-attention ", blocks.cross, count, work, passes.new * passes.context
        )
    if ffn.experts:
        yield _elementwise("router softmax", work, count, tokens * ffn.experts, SOFTMAX, 2)
        sums = ffn.active + int(ffn.shared > 0)
        yield _elementwise("expert sum", work, count, tokens * model.hidden, 2 * sums, sums + 1)
    if ffn.shared_gate:
        yield _elementwise("shared gate sigmoid", work, count, tokens, SIGMOID, 2)
        yield _elementwise("shared gate product", work, count, tokens * model.hidden, 1, 3)
    inner = tokens * (ffn.inner * (ffn.active or 1) + ffn.shared)
    flops, moved = ACTIVATIONS[ffn.activation] + int(ffn.gated), 2 + int(ffn.gated)
    yield _elementwise("activation function", work, count, inner, flops, moved)
    adds = 3 if blocks.cross else 2
    yield _elementwise("residual", work, count, tokens * model.hidden * adds, 1, 3)


def _of_attention(
    name: str, at: Attention, count: int, work: "Workload", pairs: Count
) -> Iterator[Operator]:
    tokens = work.passes.tokens
    if at.qk_norm:
        width = (at.heads + at.kv_heads) * at.key_width
        yield _elementwise(f"{name}query and key norm", work, count, tokens * width, RMS_NORM, 2)
    if at.latent:
        width = at.latent.query_rank + at.latent.rank
        yield _elementwise(f"{name}latent norm", work, count, tokens * width, RMS_NORM, 2)
    if at.rotary:
        keys = 1 if at.latent else at.kv_heads
        width = (at.heads + keys) * at.rotary
        yield _elementwise(f"{name}rotary", work, count, tokens * width, ROTARY, 2)
    scores = work.passes.batch * pairs * at.heads
    if at.capped:
        yield _elementwise(f"{name}score cap", work, count, scores, SOFT_CAP, 2)
    yield _elementwise(f"{name}softmax", work, count, scores, SOFTMAX, 2)


def _norm(
    name: str, work: "Workload", count: int, elements: Count, model: Model, norms: int
) -> Operator:
    """Normalise over the hidden width; unfused, its vectors are read once a pass."""
    flops = LAYER_NORM - int(not model.norm_bias) if model.layer_norm else RMS_NORM
    vectors = count * norms * model.norm_vectors * model.hidden * work.passes.steps
    read = 0 if work.fused else in_bytes(vectors, work.formats.weights)
    return _elementwise(name, work, count, elements, flops, 2, read)


def _elementwise(
    name: str,
    work: "Workload",
    count: int,
    elements: Count,
    flops: int,
    moved: int,
    weight_bytes: Count = 0,
) -> Operator:
    """Work on elements, of which `moved` times as many are read and written when unfused."""
    traffic = 0 if work.fused else in_bytes(elements * moved, work.formats.activations)
    return Operator(
        name,
        "other",
        "elementwise",
        count,
        count * elements * flops,
        weight_bytes,
        count * traffic,
    )
