"""One of the devices that share a workload: what it computes, moves and keeps."""

from dataclasses import replace
from functools import lru_cache

from memwall_cli.workload.model import Attention, FeedForward, Model
from memwall_cli.workload.operator import Operator
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count
from memwall_cli.workload.weights import matrices, parameters
from memwall_cli.workload.workload import Workload


@lru_cache(maxsize=256)
def shard(model: Model, tp: int) -> Model:
    """Make the model that one of `tp` devices runs (arXiv 1909.08053, section 3).

    Heads, inner widths and vocabulary are shared out. Beyond the number of key-value heads
    each device keeps one, so that they are stored several times; the latent vector of a latent
    attention, the router and the norms are on every device.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> shard(load_model("llama-2-7b"), 8).blocks[0].attention.heads
    4
    """
    if tp == 1:
        return model
    blocks = tuple(
        replace(
            b,
            attention=_shard_attention(b.attention, tp),
            ffn=_shard_ffn(b.ffn, tp),
            cross=b.cross and _shard_attention(b.cross, tp),
        )
        for b in model.blocks
    )
    return replace(model, blocks=blocks, vocabulary=-(-model.vocabulary // tp))


def _shard_attention(at: Attention, tp: int) -> Attention:
    return replace(
        at,
        heads=at.heads // tp,
        kv_heads=max(1, at.kv_heads // tp),
        vectors=at.vectors // tp,
    )


def _shard_ffn(ffn: FeedForward, tp: int) -> FeedForward:
    return replace(ffn, inner=ffn.inner // tp, shared=ffn.shared // tp)


def on_one_device(work: Workload, parallel: Parallel) -> list[Operator]:
    """List the operators of one device.

    Of pipeline stages, which need not be alike, it is the mean one: the slowest is no faster.
    Devices that share experts each have a batch of their own, and an even share of what all
    their sequences ask of the experts.

    Parameters
    ----------
    work : the workload of one group of experts; `tp` x `pp` devices work on its batch.
    parallel : how it is shared out.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> rows = on_one_device(step, Parallel(tp=8))
    >>> sum(row.flops for row in rows if row.kind == "matmul") * 8
    14287896576
    """
    part = replace(work, model=shard(work.model, parallel.tp))
    rows = part.operators
    if parallel.ep > 1:
        everyone = replace(part, batch=work.batch * parallel.ep).operators
        routed = {matrix.operator for matrix in matrices(part.model) if matrix.experts}
        rows = [
            _share(row, parallel.ep) if _forward_name(row) in routed else own
            for row, own in zip(everyone, rows, strict=True)
        ]
    return [_share(row, parallel.pp) for row in rows]


def _forward_name(row: Operator) -> str:
    return row.operator.removesuffix(", backward")


def _share(row: Operator, devices: int) -> Operator:
    if devices == 1:
        return row
    return replace(
        row,
        flops=_divided(row.flops, devices),
        weight_bytes=_divided(row.weight_bytes, devices),
        activation_bytes=_divided(row.activation_bytes, devices),
        kv_bytes=_divided(row.kv_bytes, devices),
    )


def _divided(count: Count, devices: int) -> Count:
    """Divide, and keep an integer that stays one exact."""
    exact = isinstance(count, int) and count % devices == 0
    return count // devices if exact else count / devices


def parameters_per_device(model: Model, parallel: Parallel) -> tuple[float, float]:
    """Count the learned numbers that a device keeps: of routed experts, and all others."""
    part = shard(model, parallel.tp)
    routed = sum(m.count * (m.elements + m.bias) * m.experts for m in matrices(part) if m.experts)
    rest = parameters(part) - routed
    return routed / (parallel.ep * parallel.pp), rest / parallel.pp
