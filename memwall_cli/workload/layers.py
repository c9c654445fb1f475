"""What readers of configurations share: attention, feed-forward networks, windows, layers."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from memwall_cli.workload.fields import Fields
from memwall_cli.workload.model import Attention, Blocks, FeedForward, Model

Windows = Sequence[int | None]
GROUPS = ("num_key_value_heads",)
WIDTHS = ("num_key_value_heads", "head_dim")
"""What `rotary_attention` may need."""
MOST_LAYERS = 100_000


def number_of_layers(fields: Fields, names: str = "num_hidden_layers") -> int:
    """Read how many layers there are."""
    return fields.whole(names, most=MOST_LAYERS)


def rotary_attention(
    fields: Fields, *, bias: bool = False, output_bias: bool = False, needs: Sequence[str] = ()
) -> Attention:
    """Read an attention with grouped queries and rotary positions.

    Parameters
    ----------
    fields : the configuration.
    bias, output_bias : whether the projections in, and the one out, have biases.
    needs : which of head_dim and num_key_value_heads must be there: those for which the
        model's own code would put a fixed number that fits few models.
    """
    hidden, heads = fields.whole("hidden_size"), fields.whole("num_attention_heads")
    if fields.config.get("head_dim") is None and "head_dim" not in needs:
        fields.divides("num_attention_heads", heads, "hidden_size", hidden)
    width = fields.whole("head_dim", None if "head_dim" in needs else max(hidden // heads, 1))
    usual = None if "num_key_value_heads" in needs else heads
    groups = fields.whole("num_key_value_heads", usual)
    fields.divides("num_key_value_heads", groups, "num_attention_heads", heads)
    rotary = int(width * rotary_part(fields))
    return Attention(heads, groups, width, width, None, bias, output_bias, rotary)


def rotary_part(fields: Fields, name: str = "partial_rotary_factor", usual: float = 1.0) -> float:
    """Read which part of a head is rotated by position."""
    rope = fields.config.get("rope_parameters")
    inner = rope.get("partial_rotary_factor") if isinstance(rope, dict) else None
    return fields.part(name, inner if isinstance(inner, float) and 0 <= inner <= 1 else usual)


def gated_ffn(
    fields: Fields, inner: str = "intermediate_size", act: str = "silu", bias: bool = False
) -> FeedForward:
    """Read a feed-forward network with a gate."""
    activation = fields.activation("hidden_act|hidden_activation", act)
    return FeedForward(fields.whole(inner), activation, gated=True, bias=bias)


def plain_ffn(fields: Fields, inner: int, act: str, bias: bool = True) -> FeedForward:
    """Read a feed-forward network without a gate."""
    names = "hidden_act|activation_function|activation"
    return FeedForward(inner, fields.activation(names, act), bias=bias)


def routed(fields: Fields, experts: str, active: str) -> tuple[int, int]:
    """Read how many experts there are, and how many a token goes through."""
    there, chosen = fields.whole(experts), fields.whole(active)
    if chosen > there:
        fields.fault(
            active.split("|", maxsplit=1)[0], f"{chosen} of {there} experts can't be active"
        )
    return there, chosen


def window(fields: Fields, *, needed: bool = False) -> int | None:
    """Read one window for all layers; null is none, and absent is none unless it is needed."""
    if needed and "sliding_window" not in fields.config:
        fields.whole("sliding_window")
    return fields.whole("sliding_window", 0, least=0) or None


def layer_windows(fields: Fields, layers: int) -> Windows | None:
    """Read each layer's window from `layer_types`; None where that is absent."""
    kinds = fields.words("layer_types")
    if not kinds:
        return None
    if len(kinds) != layers:
        fields.fault("layer_types", f"has {len(kinds)} entries for {layers} layers")
    for kind in dict.fromkeys(kinds):
        if kind not in ("full_attention", "sliding_attention"):
            fields.fault("layer_types", f"attention {kind!r} is not known")
    if "sliding_attention" not in kinds:
        return [None] * layers
    seen = fields.whole("sliding_window")
    return [seen if kind == "sliding_attention" else None for kind in kinds]


def gather(layers: Iterable[tuple[Attention, FeedForward]], norms: int = 2) -> tuple[Blocks, ...]:
    """Gather equal layers into blocks, in order of first appearance."""
    found = list(layers)
    return tuple(Blocks(found.count(kind), *kind, norms=norms) for kind in dict.fromkeys(found))


def windowed(
    attention: Attention, ffn: FeedForward, windows: Windows, norms: int = 2
) -> tuple[Blocks, ...]:
    """Gather layers that differ in their window alone."""
    return gather(((replace(attention, window=seen), ffn) for seen in windows), norms)


def decoder(
    fields: Fields,
    blocks: tuple[Blocks, ...],
    *,
    tied: bool = False,
    width: str = "hidden_size",
    **more: Any,
) -> Model:
    """Put a decoder together.

    Parameters
    ----------
    fields : the configuration.
    blocks : its layers.
    tied : whether the head shares the embedding where the file does not say.
    width : names of the field that holds the width of the residual stream.
    more : further attributes of the model.
    """
    usual = {
        "window": fields.whole("max_position_embeddings", 0, least=0) or None,
        "dropout": fields.part("hidden_dropout", 0.0) > 0,
        "score_dropout": fields.part("attention_dropout", 0.0) > 0,
    }
    return Model(
        fields.id,
        fields.name,
        "decoder",
        fields.whole(width),
        blocks,
        fields.whole("vocab_size"),
        tied=fields.flag("tie_word_embeddings", tied),
        **{**usual, **more},
    )
