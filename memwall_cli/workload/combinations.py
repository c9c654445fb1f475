"""From what a user asked for to workloads: one for each combination of phase and lengths."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from memwall_cli.errors import UsageError
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Model
from memwall_cli.workload.passes import Phase
from memwall_cli.workload.workload import Workload, check_phase

DEFAULT_LENGTH = {"encoder": 512, "encoder-decoder": 512, "decoder": 2048}
"""Positions where no length is given, but never more than the model was made for."""

_DEFAULT_PHASES: dict[str, tuple[Phase, ...]] = {
    "encoder": ("encode",),
    "decoder": ("prefill", "decode"),
    "encoder-decoder": ("encode", "decode"),
}
_PAPER_PHASES: dict[str, tuple[Phase, ...]] = {
    "encoder": ("encode",),
    "decoder": ("generate",),
    "encoder-decoder": ("encode", "generate"),
}
_OWN_TOKENS = ("encode", "train")
"""Phases without a past: every position that is attended to is a new one."""


@dataclass(frozen=True)
class WorkloadRequest:
    """What the options that describe workloads asked for; an empty list is one not given.

    Attributes
    ----------
    models : ids of bundled models, or paths of config.json files.
    phases : phases of each model; by default encode, or prefill and decode.
    tokens, contexts, batches : new positions, positions attended to, sequences.
    formats : of weights, activations and KV cache.
    attention, fused, logits : as a Workload has them.
    paper : count as arXiv 2302.14017 does: blocks only, decoders generate.
    """

    models: Sequence[str]
    phases: Sequence[Phase] = ()
    tokens: Sequence[int] = ()
    contexts: Sequence[int] = ()
    batches: Sequence[int] = (1,)
    formats: Formats = field(default_factory=Formats)
    attention: Literal["full", "causal"] | None = None
    fused: bool = True
    logits: Literal["all", "last"] | None = None
    paper: bool = False


def combinations(request: WorkloadRequest) -> tuple[list[Workload], list[str]]:
    """Make the workloads that were asked for, and notes on them.

    They are ordered by model, phase, batch, tokens and context. Of several phases, `tokens` are
    the prompt's: a decode step beside others has one new position, at the end of the context.

    Parameters
    ----------
    request : the options.

    Raises
    ------
    UsageError
        If a model isn't known, lacks a phase, or a context is shorter than its new positions.
    MemwallError
        If a config.json can't be read or understood.

    Examples
    --------
    >>> works, notes = combinations(WorkloadRequest(["gpt2"], contexts=[512]))
    >>> [(work.phase, work.tokens, work.context) for work in works]
    [('prefill', 512, 512), ('decode', 1, 512)]
    """
    from memwall_cli.workload.config import load_model

    models = [load_model(name) for name in dict.fromkeys(request.models)]
    works = [work for model in models for work in _of_model(request, model)]
    notes = [note for model in models for note in (*model.notes, *_beyond_window(model, works))]
    return works, notes


def phases_asked(request: WorkloadRequest, model: Model) -> Sequence[Phase]:
    """Choose the phases of one model: those named, else its default ones."""
    if request.phases:
        return request.phases
    return (_PAPER_PHASES if request.paper else _DEFAULT_PHASES)[model.architecture]


def _of_model(request: WorkloadRequest, model: Model) -> Iterator[Workload]:
    phases = phases_asked(request, model)
    for phase in phases:
        check_phase(model, phase)
        lengths = _lengths(request, model, phase, alone=len(phases) == 1)
        for batch in request.batches:
            for tokens, context in lengths:
                yield Workload(
                    model,
                    phase,
                    batch,
                    tokens,
                    context,
                    request.formats,
                    request.attention,
                    request.fused,
                    request.logits,
                    blocks_only=request.paper,
                )


def _lengths(
    request: WorkloadRequest, model: Model, phase: Phase, *, alone: bool
) -> list[tuple[int, int]]:
    """Pair new positions with contexts; either follows from the other where one is given."""
    tokens, contexts = list(request.tokens), list(request.contexts)
    if not tokens and not contexts:
        usual = DEFAULT_LENGTH[model.architecture]
        contexts = [min(usual, model.window or usual)]
    if phase == "decode" and not (alone and tokens):
        return [(1, context) for context in contexts or tokens]
    if not tokens or not contexts:
        return [(length, length) for length in tokens or contexts]
    pairs = [(new, context) for new in tokens for context in contexts]
    for new, context in pairs:
        if context < new:
            raise UsageError(
                f"--context {context} is less than --tokens {new}; the context includes the "
                "new tokens"
            )
        if phase in _OWN_TOKENS and context != new:
            raise UsageError(
                f"phase {phase} has no past: its context is its tokens; give --tokens or "
                "--context, not both"
            )
    return pairs


def _beyond_window(model: Model, works: Sequence[Workload]) -> Iterator[str]:
    longest = max(work.context for work in works if work.model is model)
    if model.window and longest > model.window:
        yield (
            f"warning: {model.id} was made for {model.window} positions; a context of {longest} "
            "is counted as if it went on the same way"
        )
