"""What a device holds beside the weights while it serves: the KV cache, and passing activations."""

from memwall_cli.workload.activations import LOGITS, projected
from memwall_cli.workload.device import shard
from memwall_cli.workload.kvcache import kv_cache_bytes
from memwall_cli.workload.model import Blocks
from memwall_cli.workload.operator import in_bytes
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count, least
from memwall_cli.workload.shards import split
from memwall_cli.workload.workload import Workload


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
