"""Operators of attention proper: queries times keys, and scores times values."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from memwall_cli.workload.model import Attention, Blocks
from memwall_cli.workload.operator import Operator, in_bytes
from memwall_cli.workload.passes import Count

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload


def attention_matmuls(blocks: Blocks, work: "Workload") -> Iterator[Operator]:
    """Multiply queries with keys and scores with values, in self- and cross-attention.

    New keys and values are read as the activations that they are, cached ones from the cache;
    the scores between stay on chip, unless the workload is unfused.
    """
    at, passes = blocks.attention, work.passes_in(blocks.stack)
    name = f"attention (window {at.window})" if at.window else "attention"
    pairs, cached = passes.pairs(at.window), passes.cached(at.window)
    yield from _two_matmuls(name, blocks.count, at, work, pairs, cached, passes.new)
    if blocks.cross:
        # Every new position sees all of the encoder's output, whose keys and values are cached.
        seen, there = passes.new * passes.context, passes.steps * passes.context
        fresh = 0 if work.phase != "train" else there
        yield from _two_matmuls(
            "cross-attention", blocks.count, blocks.cross, work, seen, there - fresh, fresh
        )


def _two_matmuls(
    name: str,
    count: int,
    at: Attention,
    work: "Workload",
    pairs: Count,
    cached: Count,
    fresh: Count,
) -> Iterator[Operator]:
    """Scores and values of `count` layers; `cached` and `fresh` are positions per sequence."""
    batch, tokens, formats = work.passes.batch, work.passes.tokens, work.formats
    heads, key, value = _shapes(at, work.absorbed)
    stored_key, stored_value = _stored(at)
    scores = 0 if work.fused else batch * pairs * at.heads
    expanded = fresh + cached if at.latent and not work.absorbed else fresh
    for part, width, stored, moved in (
        ("scores", key, stored_key, tokens * at.heads * key),
        ("values", value, stored_value, tokens * at.heads * value),
    ):
        read = moved + batch * expanded * heads * width + scores
        if at.latent and work.absorbed and part == "values":
            read = moved + scores  # the latent vector is keys and values at once
        yield Operator(
            f"{name} {part}",
            "attention",
            "matmul",
            count,
            count * 2 * batch * pairs * at.heads * width,
            0,
            count * in_bytes(read, formats.activations),
            count * in_bytes(batch * cached * stored, formats.kv),
        )


def _shapes(at: Attention, absorbed: bool) -> tuple[int, int, int]:
    """Heads of keys and values as they are multiplied, and the widths of both."""
    if not at.latent:
        return at.kv_heads, at.key_width, at.value_width
    if absorbed:
        return 1, at.cached, at.latent.rank
    return at.heads, at.key_width, at.value_width


def _stored(at: Attention) -> tuple[int, int]:
    """Elements per cached position that are read as keys, and as values."""
    if at.latent:
        return at.cached, 0
    return at.kv_heads * at.key_width, at.kv_heads * at.value_width
