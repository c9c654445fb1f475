"""What a device holds while it serves: weights, the KV cache, and passing activations."""

from dataclasses import replace
from functools import lru_cache
from math import ceil

from memwall_cli.workload.activations import LOGITS, projected
from memwall_cli.workload.device import shard
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.kvcache import kv_cache_bytes
from memwall_cli.workload.model import Blocks, Model
from memwall_cli.workload.operator import in_bytes, weights_in_bytes
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count, least
from memwall_cli.workload.shards import pieces, split, stage_sum
from memwall_cli.workload.workload import Workload


@lru_cache(maxsize=4096)
def stage_weights(
    model: Model, formats: Formats, parallel: Parallel, *, first: bool, last: bool
) -> int:
    """Bytes of weights on a device of a pipeline stage; one count for all batches and contexts.

    Parameters
    ----------
    model, formats, parallel : the model, how it is written down, and how it is spread.
    first, last : whether the stage has the embeddings, and the head.
    """
    found = pieces(model, parallel, first=first, last=last)
    elements = stage_sum(found, lambda piece: piece.elements, parallel.pp)
    size: int = ceil(weights_in_bytes(elements, formats))
    return size


def stored_bytes(work: Workload, parallel: Parallel) -> Count:
    """Count the bytes of weights and KV cache that one device of the fullest stage holds.

    As `footprint` does, of as many batches as there are pipeline stages: so many are in flight
    where all stages are busy.

    Parameters
    ----------
    work : the workload; the gradients of training, and activations, are not counted.
    parallel : how it is shared out.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> stored_bytes(step, Parallel())  # 13,476,831,232 of weights, 1,073,741,824 of KV cache
    14550573056
    """
    ends = ((True, True),) if parallel.pp == 1 else ((True, False), (False, True))
    weights = max(
        stage_weights(work.model, work.formats, parallel, first=first, last=last)
        for first, last in ends
    )
    if work.phase == "train":
        return weights
    return weights + cache(replace(work, batch=work.batch * parallel.pp), parallel)


def cache(work: Workload, parallel: Parallel) -> Count:
    """Bytes of the KV cache of all sequences at the end of their context, on one device.

    Parameters
    ----------
    work : the workload; `batch` sequences of `context` positions.
    parallel : how the model is spread; stages have an even share of the layers.
    """
    passes, part = work.passes, shard(work.model, parallel.tp)
    if work.phase == "encode":  # leaves keys and values for a decoder's cross-attention alone
        own, source = 0, passes.context
    else:
        own, source = passes.context, passes.context
    whole = kv_cache_bytes(part, own, passes.batch, work.formats.kv, source)
    return split(whole, parallel.pp)


def passing(work: Workload, parallel: Parallel, *, last: bool = True) -> Count:
    """Bytes of activations at the widest moment of a pass, on one device.

    At any moment there are the residual stream, and inputs, inner tensors and outputs of one
    attention, one feed-forward network or the head; scores stay on chip. A floor: what kernels
    reserve for themselves comes on top.

    Parameters
    ----------
    work : the workload.
    parallel : how the model is spread.
    last : whether the device has the head.
    """
    part, passes, format_ = shard(work.model, parallel.tp), work.passes, work.formats.activations
    tokens = passes.tokens_per_step
    widest: Count = 0
    for blocks in part.blocks:
        for elements in (_attention(blocks, work), tokens * _ffn(blocks, part.hidden)):
            widest = _most(widest, in_bytes(elements, format_))
    if last and part.head and work.phase != "encode":
        rows = tokens if work.all_logits else passes.batch
        logits = rows * LOGITS * part.vocabulary
        widest = _most(widest, logits + in_bytes(2 * tokens * part.hidden, format_))
    return widest


def _most(a: Count, b: Count) -> Count:
    return -least(-a, -b)


def _attention(blocks: Blocks, work: Workload) -> Count:
    """Elements while an attention runs: residual, input, queries, keys, values, result."""
    passes, at = work.passes, blocks.attention
    one = 2 * work.model.hidden + at.heads * at.value_width
    if not at.latent:
        return passes.tokens_per_step * (one + projected(at))
    one += at.latent.query_rank + at.cached
    if work.absorbed:
        return passes.tokens_per_step * (
            one + at.heads * (at.key_width + at.cached + at.latent.rank)
        )
    # Keys and values of cached positions, too, are made from their latent vectors.
    earlier = passes.batch * passes.cached() * at.heads * (at.key_width + at.value_width)
    return passes.tokens_per_step * (one + projected(at)) + earlier


def _ffn(blocks: Blocks, hidden: int) -> int:
    """Elements of a position while a feed-forward network runs: residual, input, inner tensors."""
    ffn = blocks.ffn
    routed = 2 * ffn.active * hidden + ffn.experts
    inner = (1 + int(ffn.gated)) * (ffn.inner * (ffn.active or 1) + ffn.shared)
    return 2 * hidden + routed + inner
