"""What a device holds beside the weights while it serves: the KV cache, and passing activations."""

from typing import TYPE_CHECKING

from memwall_cli.workload.activations import projected
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.model import Attention, Blocks
from memwall_cli.workload.operator import in_bytes
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count, least
from memwall_cli.workload.shards import split

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload

LOGITS = BITS["fp32"] // 8


def kv_cache(work: "Workload", parallel: Parallel = Parallel()) -> Count:  # noqa: B008
    """Bytes of the KV cache of all sequences at the end of their context, on one device.

    A layer with a window keeps no more positions than that; latent vectors are on every
    tensor-parallel device, and so is a key-value head where there are fewer heads than devices.

    Parameters
    ----------
    work : the workload; `batch` sequences of `context` positions.
    parallel : how the model is spread; stages have an even share of the layers.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> from memwall_cli.workload.workload import Workload
    >>> for name in ("deepseek-v3", "llama-2-70b", "llama-3.1-405b"):
    ...     print(kv_cache(Workload(load_model(name), "decode", context=1)))
    70272
    327680
    516096
    """
    model, passes, elements = work.model, work.passes, 0
    if model.architecture == "encoder" or work.phase == "train":
        return 0
    for blocks in model.blocks:
        if blocks.stack == "encoder":
            continue
        one: Count = 0
        if work.caches:
            at = blocks.attention
            held = passes.context if at.window is None else least(passes.context, at.window)
            one += held * _cached(at, parallel.tp)
        if blocks.cross:
            one += passes.context * _cached(blocks.cross, parallel.tp)
        elements += blocks.count * one
    return split(in_bytes(passes.batch * elements, work.formats.kv), parallel.pp)


def _cached(at: Attention, tp: int) -> int:
    """Elements per position in one layer, on one device."""
    return at.cached if at.latent else split(at.cached, min(tp, at.kv_heads))


def passing(work: "Workload", parallel: Parallel, *, last: bool = True) -> Count:
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
    model, passes = work.model, work.passes
    size, tokens = BITS[work.formats.activations], passes.tokens_per_step
    widest = 0
    for blocks in model.blocks:
        for bits in (_attention(blocks, work, parallel.tp), _ffn(blocks, work, parallel.tp)):
            widest = _most(widest, split(bits * size, 8))
    if last and model.head and work.phase != "encode":
        rows = tokens if work.logits == "all" else passes.batch
        logits = rows * LOGITS * split(model.vocabulary, parallel.tp)
        widest = _most(widest, logits + split(2 * tokens * model.hidden * size, 8))
    return widest


def _most(a: Count, b: Count) -> Count:
    return -least(-a, -b)


def _attention(blocks: Blocks, work: "Workload", tp: int) -> Count:
    """Elements while an attention runs: residual, input, queries, keys, values, result."""
    passes, at = work.passes, blocks.attention
    tokens = passes.tokens_per_step
    whole, shared = 2 * work.model.hidden, projected(at, tp) + at.heads * at.value_width
    expanded: Count = 0
    if at.latent:
        whole += at.latent.query_rank + at.cached
        if work.absorbed:
            shared = at.heads * (at.key_width + at.cached + at.latent.rank + at.value_width)
        else:  # keys and values of cached positions, too, are made from their latent vectors
            per_position = at.heads * (at.key_width + at.value_width)
            expanded = passes.batch * passes.cached() * per_position
    return tokens * whole + split(tokens * shared + expanded, tp)


def _ffn(blocks: Blocks, work: "Workload", tp: int) -> Count:
    """Elements while a feed-forward network runs: residual, input, inner tensors."""
    ffn, tokens = blocks.ffn, work.passes.tokens_per_step
    routed = 2 * ffn.active * work.model.hidden + ffn.experts
    inner = (1 + int(ffn.gated)) * (ffn.inner * (ffn.active or 1) + ffn.shared)
    return tokens * (2 * work.model.hidden + routed) + split(tokens * inner, tp)
