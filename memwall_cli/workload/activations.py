"""What training keeps of the forward pass for the backward one, per device.

The counting is that of Korthikanti et al., "Reducing Activation Recomputation in Large
Transformer Models" (arXiv 2205.05198): for GPT, b sequences of s positions, hidden width h, a
heads and t tensor-parallel devices, a layer keeps s b h (10 + 24/t + 5 a s/(h t)) bytes;
s b h/t (34 + 5 a s/h) with sequence parallelism; without the last term if scores are recomputed.
Other layers are counted by the same rule: each tensor that a backward pass needs, once.
The bytes per GPU that follow from their table of models (59.25 GiB for 22B, and so on) are those
of the layers of the first pipeline stage, all micro-batches in flight included (`in_flight`), and
nothing of embedding and head (`outside_layers`).
A gated network keeps gate, up-projection and their product; of a mixture, each routed copy of a
position has its inputs, inner tensors and output. Grouped keys and values, latents, and missing
dropout count as they are. Statistics of rows (of norms and of softmax), a few bytes, are left out,
as the paper does; but for them, PyTorch saves as much to the byte (scripts/count_saved.py).
"""

from dataclasses import dataclass
from typing import Literal

from memwall_cli.workload.device import shard
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.model import Attention, Blocks, FeedForward, Model
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count
from memwall_cli.workload.shards import split

Recompute = Literal["none", "selective", "full"]
LOGITS = 4
"""Bytes of a logit, in training and serving: what follows is computed in fp32."""


@dataclass(frozen=True)
class Kept:
    """Bytes that one position leaves in one layer on a device.

    Attributes
    ----------
    whole : of what every tensor-parallel device keeps in full, unless sequences are split.
    own : of what belongs to its heads and its part of the feed-forward network.
    scores : of the attention matrices of its heads, for each position that is attended to.
    """

    whole: int
    own: int
    scores: int

    def bytes(
        self, tokens: Count, context: Count, tp: int, *, sequence: bool, scores: bool
    ) -> Count:
        """Bytes of all positions; with `sequence`, those kept in full are split `tp` ways."""
        own = tokens * (self.own + (self.scores * context if scores else 0))
        return own + split(tokens * self.whole, tp if sequence else 1)


def kept(model: Model, blocks: Blocks, format_: str) -> Kept:
    """Count what one position leaves in a layer.

    Parameters
    ----------
    model : the model that the layer is of; a device's part of it, where layers are shared.
    blocks : layers of its kind.
    format_ : of the activations; masks of dropout take a byte.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> gpt = load_model("megatron-22b")
    >>> found = kept(gpt, gpt.blocks[0], "fp16")
    >>> found.whole / gpt.hidden, found.own / gpt.hidden, found.scores / 64
    (10.0, 24.0, 5.0)
    """
    size, hidden = BITS[format_] // 8, model.hidden
    attentions = [at for at in (blocks.attention, blocks.cross) if at]
    branches = len(attentions) + 1
    # Inputs of norms, and what they make of them, for projections and feed-forward network.
    inputs = blocks.norms + min(blocks.norms, branches)
    whole = inputs * hidden + _of_routing(blocks.ffn, hidden)
    own = _inner(blocks.ffn)
    scores = 0
    for at in attentions:
        whole += _latents(at)
        own += projected(at) + at.heads * at.value_width
        if at.qk_norm:
            own += (at.heads + at.kv_heads) * at.key_width
        # Scores after softmax; after dropout, too, with its mask.
        scores += at.heads * (2 * size + 1 if model.score_dropout else size)
    masks = branches * hidden if model.dropout else 0
    return Kept(size * whole + masks, size * own, scores)


def projected(at: Attention) -> int:
    """Count queries, keys and values of a position, as they are multiplied."""
    return at.heads * at.key_width + at.kv_heads * (at.key_width + at.value_width)


def _latents(at: Attention) -> int:
    """Latent vectors before and after their norms, and the key that carries the position."""
    if not at.latent:
        return 0
    return 2 * (at.latent.query_rank + at.latent.rank) + at.latent.rope


def _of_routing(ffn: FeedForward, hidden: int) -> int:
    """Gates of the experts, and inputs and outputs of the routed copies of a position."""
    return ffn.experts + 2 * ffn.active * hidden if ffn.experts else 0


def _inner(ffn: FeedForward) -> int:
    """Count inputs and output of the activation function."""
    return (3 if ffn.gated else 2) * (ffn.inner * (ffn.active or 1) + ffn.shared)


def of_layers(
    model: Model,
    format_: str,
    parallel: Parallel,
    tokens: Count,
    context: Count,
    recompute: Recompute = "none",
    *,
    sequence: bool = False,
) -> Count:
    """Bytes that all layers keep of one micro-batch, on a device that had them all.

    Parameters
    ----------
    model : the model.
    format_ : of the activations.
    parallel : of which tensor parallelism counts here; stages take their share of the result.
    tokens : positions of all sequences.
    context : positions of a sequence.
    recompute : "none" keeps all, the whole square of scores included; "selective" recomputes
        scores (as fused attention does anyway); "full" keeps the inputs of layers alone: 2 s b h
        bytes each, split among devices only where sequences are.
    sequence : whether sequences are split between the parallel regions.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> gpt = load_model("megatron-22b")
    >>> of_layers(gpt, "fp16", Parallel(tp=8), 4 * 2048, 2048) / 2**30
    59.25
    """
    part, tp = shard(model, parallel.tp), parallel.tp
    total = 0
    for blocks in part.blocks:
        if recompute == "full":
            one = split(tokens * model.hidden * BITS[format_] // 8, tp if sequence else 1)
        else:
            one = kept(part, blocks, format_).bytes(
                tokens, context, tp, sequence=sequence, scores=recompute == "none"
            )
        total += blocks.count * one
    return total


def in_flight(layers: Count, parallel: Parallel, interleave: int, stage: int = 0) -> Count:
    """Bytes of a pipeline stage, from those of all layers and one micro-batch.

    The first of p stages holds p micro-batches, of L/p layers each: those of all layers once.
    Interleaved by m, it holds 1 + (p - 1)/(p m) times as many (arXiv 2205.05198, section 4.2.3);
    a later stage holds two chunks, or one micro-batch, fewer than the one before.

    Parameters
    ----------
    layers : bytes of all layers.
    parallel : its pipeline stages.
    interleave : chunks of layers on each stage.
    stage : which stage, from 0.
    """
    p, m = parallel.pp, interleave
    held = p - stage if m == 1 else 2 * (p - stage - 1) + (m - 1) * p + 1
    return split(layers * held, p * m)


def outside_layers(
    model: Model,
    format_: str,
    parallel: Parallel,
    tokens: Count,
    *,
    sequence: bool,
    first: bool,
    last: bool,
) -> Count:
    """Bytes that embedding and head keep (arXiv 2205.05198, section 4.3).

    Parameters
    ----------
    model, format_, parallel, tokens, sequence : as of `of_layers`.
    first, last : whether the stage has the embeddings (a mask of dropout, and a norm's input, of
        each micro-batch in flight), and the head (inputs of norm and head, logits in fp32).
    """
    size, whole, own = BITS[format_] // 8, 0, 0
    if first:
        one = int(model.dropout) + size * int(model.embedding_norm)
        whole += one * model.hidden * parallel.pp
    if last:
        whole += size * model.hidden * (model.stacks * int(model.final_norm) + int(model.head))
        own += LOGITS * split(model.vocabulary, parallel.tp) * int(model.head)
    return tokens * own + split(tokens * whole, parallel.tp if sequence else 1)
