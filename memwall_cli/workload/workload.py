"""A workload: a model, a phase of it, and the conventions by which it is counted."""

from dataclasses import dataclass, field
from typing import Literal

from memwall_cli.errors import UsageError
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Model, Stack
from memwall_cli.workload.operator import Operator
from memwall_cli.workload.passes import Count, Passes, Phase
from memwall_cli.workload.table import operators, total

_PHASES: dict[str, tuple[Phase, ...]] = {
    "encoder": ("encode", "train"),
    "decoder": ("prefill", "decode", "generate", "train"),
    "encoder-decoder": ("encode", "decode", "generate", "train"),
}
"""Phases that a model of an architecture has."""


def phases_of(model: Model) -> tuple[Phase, ...]:
    """List the phases that a model has."""
    return _PHASES[model.architecture]


def check_phase(model: Model, phase: Phase) -> None:
    """Raise UsageError unless the model has the phase."""
    if phase not in phases_of(model):
        kind = "an" if model.architecture[0] == "e" else "a"
        raise UsageError(
            f"{model.id} is {kind} {model.architecture}: it has the phases "
            f"{', '.join(phases_of(model))}, not {phase}"
        )


@dataclass(frozen=True)
class Workload:
    """A model at work.

    Attributes
    ----------
    model : what runs.
    phase : encode (all positions at once, no cache), prefill (the same, filling the cache),
        decode (one pass over a few new positions), generate (a pass for each new position),
        train (forward and backward).
    batch : sequences.
    tokens : new positions per sequence.
    context : positions attended to, the new ones included; by default no more than those. The
        source of an encoder-decoder is as long.
    formats : of weights, activations and KV cache.
    attention : "full" computes the whole square of scores, "causal" only what is seen; by
        default full in a stack of encoder layers, causal in one of decoder layers.
    fused : keep attention scores and element-wise operators on chip.
    logits : compute those of "all" new positions, or of the "last" of each pass; by default
        of all in training, where each has a loss, and of the last else.
    blocks_only : leave out embedding, pooler, head and the norms around the blocks.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> sum(row.flops for row in step.operators if row.kind == "matmul")
    14287896576
    >>> step.total.weight_bytes + step.total.kv_bytes
    14287896576
    """

    model: Model
    phase: Phase
    batch: Count = 1
    tokens: Count = 1
    context: Count = 0
    formats: Formats = field(default_factory=Formats)
    attention: Literal["full", "causal"] | None = None
    fused: bool = True
    logits: Literal["all", "last"] | None = None
    blocks_only: bool = False

    def __post_init__(self) -> None:
        check_phase(self.model, self.phase)

    @property
    def passes(self) -> Passes:
        """Positions, and pairs of them, that the phase makes of it."""
        return self.passes_in("encoder" if self.model.architecture == "encoder" else "decoder")

    def passes_in(self, stack: Stack) -> Passes:
        """Tell the same for one stack: encoder layers see what is behind them, too."""
        context = self.tokens if _is_zero(self.context) else self.context
        causal = stack == "decoder" if self.attention is None else self.attention == "causal"
        return Passes(self.batch, self.tokens, context, causal, self.phase == "generate")

    @property
    def all_logits(self) -> bool:
        """Whether the logits of all new positions are computed."""
        return (self.logits or ("all" if self.phase == "train" else "last")) == "all"

    @property
    def caches(self) -> bool:
        """Whether keys and values go into a cache."""
        return self.phase in ("prefill", "decode", "generate")

    @property
    def absorbed(self) -> bool:
        """Whether a latent attention works on latent vectors: where few positions are new."""
        return self.phase in ("decode", "generate")

    @property
    def operators(self) -> list[Operator]:
        """The operator table."""
        return operators(self)

    @property
    def total(self) -> Operator:
        """Sum of the operator table."""
        return total(self.operators)


def _is_zero(count: Count) -> bool:
    return isinstance(count, int) and count == 0
