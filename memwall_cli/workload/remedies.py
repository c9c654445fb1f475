"""The paper's ways out of the memory wall, each as a change of a workload.

What a change asks for beside hardware (retraining, a draft model, another batch) is said with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memwall_cli.workload.formats import BITS, Formats
from memwall_cli.workload.model import Attention, Blocks, Latent

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload

KV_HEADS = 8
"""Key and value heads of Llama 2 70B (arXiv 2307.09288) and of most models since."""
WINDOW, LOCAL = 1024, 5
"""Window of Gemma 3, which five layers of six have (arXiv 2503.19786)."""
PRUNED = 0.6
"""Share of weights that SparseGPT prunes at little loss, without a pattern (arXiv 2301.00774)."""
BATCH = 8
"""How many times as many sequences at once."""


@dataclass(frozen=True)
class Remedy:
    """One way out.

    Attributes
    ----------
    name : what it is called.
    asks : what it costs or assumes.
    change : the workload with it; None where it has nothing to change.
    useful : tokens that a pass is expected to yield per sequence; None for each new position.
    alone : whether it changes what is asked for (the batch), so that it is left out of
        the best together.
    """

    name: str
    asks: str
    change: "Callable[[Workload], Workload | None]"
    useful: float | None = None
    alone: bool = False


def accepted_tokens(drafted: int, accepted: float) -> float:
    """Count the tokens that one pass over `drafted` proposals is expected to yield.

    (1 - a^(k+1)) / (1 - a) of Leviathan et al. 2023 (arXiv 2211.17192, equation 1), where each
    proposal is accepted with probability a.

    Examples
    --------
    >>> round(accepted_tokens(4, 0.8), 4), accepted_tokens(4, 1.0), accepted_tokens(4, 0.0)
    (3.3616, 5.0, 1.0)
    """
    if accepted == 1:
        return drafted + 1.0
    return (1 - accepted ** (drafted + 1)) / (1 - accepted)


def remedies_of(work: "Workload", drafted: int = 4, accepted: float = 0.8) -> list[Remedy]:
    """List the ways out that change something for a workload.

    Parameters
    ----------
    work : the workload, of an inference phase.
    drafted, accepted : tokens that a draft model proposes, and the probability that one is taken.
    """
    listed = [
        Remedy("int8 weights", "quantised weights", _formats(weights="int8")),
        Remedy("int4 weights", "quantised weights", _formats(weights="int4")),
        Remedy("fp8 KV cache", "quantised cache", _formats(kv="fp8")),
        Remedy(f"{KV_HEADS} KV heads", "grouped queries, trained so", _attentions(_grouped)),
        Remedy(
            "latent KV cache",
            "trained so, as in DeepSeek-V2, whole on each device",
            _attentions(_latent),
        ),
        Remedy(f"window {WINDOW}", "in five of six layers, trained so", _windowed),
        Remedy(
            "2:4 pruning",
            "retrained, compute unchanged",
            _formats(kept=0.5),
        ),
        Remedy(
            f"{PRUNED:.0%} pruned",
            "retrained, stored with a bitmap, compute unchanged",
            _formats(kept=1 - PRUNED),
        ),
        Remedy(
            f"{drafted} drafted",
            f"speculative decoding, {accepted:.0%} accepted, the draft model free",
            _speculative(drafted),
            useful=accepted_tokens(drafted, accepted),
        ),
        Remedy(f"batch x {BATCH}", f"{BATCH} times the requests", _batched, alone=True),
    ]
    return [remedy for remedy in listed if remedy.change(work) not in (None, work)]


def _formats(**new: str | float) -> "Callable[[Workload], Workload | None]":
    """Narrow a format; nothing to change where it is as narrow already."""

    def change(work: "Workload") -> "Workload | None":
        formats = replace(work.formats, **new)  # type: ignore[arg-type]
        narrower = _bits(formats) < _bits(work.formats)
        return replace(work, formats=formats) if narrower else None

    return change


def _bits(formats: Formats) -> float:
    """Bits of a weight as it is stored, and of an element of the cache."""
    return BITS[formats.weights] * formats.stored + BITS[formats.kv]


def _blocks(work: "Workload", change: "Callable[[Blocks], list[Blocks]]") -> "Workload":
    blocks = tuple(new for old in work.model.blocks for new in change(old))
    return replace(work, model=replace(work.model, blocks=blocks))


def _attentions(
    change: "Callable[[Attention], Attention]",
) -> "Callable[[Workload], Workload | None]":
    """Change every self-attention that has a head of keys and values for each query head."""

    def changed(work: "Workload") -> "Workload | None":
        return _blocks(work, lambda b: [replace(b, attention=change(b.attention))])

    return changed


def _grouped(at: Attention) -> Attention:
    if at.latent or at.kv_heads <= KV_HEADS or at.heads % KV_HEADS:
        return at
    return replace(at, kv_heads=KV_HEADS)


def _latent(at: Attention) -> Attention:
    """Keep four head widths per position, and half of one for the position (arXiv 2405.04434)."""
    if at.latent or at.key_width % 2:
        return at
    rope = at.key_width // 2
    latent = Latent(0, 4 * at.key_width, rope)
    if latent.rank + rope >= at.cached:
        return at
    return replace(at, kv_heads=at.heads, key_width=at.key_width + rope, latent=latent)


def _windowed(work: "Workload") -> "Workload | None":
    """Give five layers of six a window, where all of them see everything."""

    def change(blocks: Blocks) -> list[Blocks]:
        if blocks.attention.window or blocks.stack == "encoder":
            return [blocks]
        local = blocks.count * LOCAL // (LOCAL + 1)
        near = replace(blocks, count=local, attention=replace(blocks.attention, window=WINDOW))
        return [b for b in (near, replace(blocks, count=blocks.count - local)) if b.count]

    return _blocks(work, change)


def _speculative(drafted: int) -> "Callable[[Workload], Workload | None]":
    """Check the drafted tokens and make one more, in one pass."""

    def change(work: "Workload") -> "Workload | None":
        if work.phase != "decode":
            return None
        more = {"tokens": work.tokens + drafted, "context": work.context + drafted}
        return replace(work, logits="all", **more)

    return change


def _batched(work: "Workload") -> "Workload":
    return replace(work, batch=work.batch * BATCH)
