"""Options that describe a workload: shared by `workload`, `roofline` and `footprint`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

import typer

from memwall_cli.errors import UsageError, unknown
from memwall_cli.options import completes
from memwall_cli.workload.formats import BITS, Formats
from memwall_cli.workload.passes import PHASES, Phase

if TYPE_CHECKING:
    from memwall_cli.workload.combinations import WorkloadRequest

FormatName: TypeAlias = Literal["fp32", "bf16", "fp16", "fp8", "fp4", "int8", "int4"]
assert set(get_args(FormatName)) == set(BITS)
MOST = 10**9
"""The largest batch or length that is taken for one."""


def bundled() -> Sequence[str]:
    """Names that the shell completes as a model."""
    from memwall_cli.workload.config import bundled_models

    return bundled_models()


def accelerators() -> Sequence[str]:
    """Names that the shell completes as an accelerator."""
    from memwall_cli.tables import load_table

    return list(load_table("accelerators")["id"])


def optimizers() -> Sequence[str]:
    """Names that the shell completes as an optimizer."""
    from memwall_cli.workload.optimizers import OPTIMIZERS

    return list(OPTIMIZERS)


def recomputations() -> Sequence[str]:
    """Names that the shell completes as what is recomputed."""
    from memwall_cli.workload.layouts import RECOMPUTE

    return RECOMPUTE


def _format_option(name: str, help_: str) -> Any:
    return typer.Option(name, help=help_, show_default=False)


Models: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="MODEL",
        help="Bundled ids (memwall data models --bundled), or paths of Hugging Face config.json.",
        autocompletion=completes(bundled),
        show_default=False,
    ),
]
Phases: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--phase",
        metavar="NAME",
        help="encode, prefill, decode, generate or train; a comma list for several.  "
        "[default: encode for encoders, prefill,decode for decoders]",
        autocompletion=completes(lambda: PHASES),
        show_default=False,
    ),
]
Tokens: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--tokens",
        metavar="N",
        help="New positions per sequence.  [default: the context; 1 in decode]",
        show_default=False,
    ),
]
Context: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--context",
        metavar="N",
        help="Positions attended to, the new ones included.  [default: the prompt's tokens, "
        "else 2048, 512 with an encoder, and no more than the model was made for]",
        show_default=False,
    ),
]
Batch: TypeAlias = Annotated[
    str,
    typer.Option("--batch", metavar="N", help="Sequences. Each N may be a comma list."),
]
AllFormats: TypeAlias = Annotated[
    FormatName | None,
    typer.Option(
        "--formats",
        help="Number format of weights, activations and KV cache.  [default: fp16]",
        show_default=False,
    ),
]
Weights: TypeAlias = Annotated[
    FormatName | None, _format_option("--weights", "The same, of weights alone.")
]
Activations: TypeAlias = Annotated[
    FormatName | None, _format_option("--activations", "The same, of activations alone.")
]
KV: TypeAlias = Annotated[
    FormatName | None, _format_option("--kv", "The same, of the KV cache alone.")
]
AttentionKind: TypeAlias = Annotated[
    Literal["full", "causal"] | None,
    typer.Option(
        "--attention",
        help="Compute the whole square of scores, or what is seen.  [default: full for "
        "encoders, causal for decoders]",
        show_default=False,
    ),
]
Fused: TypeAlias = Annotated[
    bool | None,
    typer.Option(
        "--fused/--unfused",
        help="Keep attention scores and elementwise operators on chip, or let each operator "
        "read and write memory.  [default: fused]",
        show_default=False,
    ),
]
Logits: TypeAlias = Annotated[
    Literal["all", "last"] | None,
    typer.Option(
        "--logits",
        help="Compute the logits of all new positions, or of the last.  "
        "[default: last; all in train]",
        show_default=False,
    ),
]
Convention: TypeAlias = Annotated[
    Literal["paper"] | None,
    typer.Option(
        "--convention",
        help="paper: count as arXiv 2302.14017 does: unfused, one byte per element, blocks "
        "only, encoders encode and decoders generate.",
        show_default=False,
    ),
]


def _degree(option: str, help_: str) -> Any:
    return typer.Option(option, metavar="N", min=1, help=help_)


Tensor: TypeAlias = Annotated[
    int, _degree("--tp", "Devices that share the heads and widths of each layer.")
]
Pipeline: TypeAlias = Annotated[int, _degree("--pp", "Pipeline stages that share the layers.")]
Expert: TypeAlias = Annotated[
    int, _degree("--ep", "Groups that share the routed experts, each with a batch of its own.")
]
Replicas: TypeAlias = Annotated[
    int, _degree("--dp", "Copies of the model, each with a batch of its own.")
]


On: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--on",
        metavar="ID",
        help="Accelerators (memwall data accelerators); a comma list, or repeated.  "
        "[default: nine leading ones]",
        autocompletion=completes(accelerators),
        show_default=False,
    ),
]


def workload_request(
    models: Sequence[str],
    phase: str | None,
    tokens: str | None,
    context: str | None,
    batch: str,
    formats: FormatName | None,
    weights: FormatName | None,
    activations: FormatName | None,
    kv: FormatName | None,
    attention: Literal["full", "causal"] | None,
    fused: bool | None,
    logits: Literal["all", "last"] | None,
    convention: Literal["paper"] | None,
) -> "WorkloadRequest":
    """Put the options together that describe workloads; `combinations` makes them.

    Raises
    ------
    UsageError
        If a number or a phase isn't one, or an option contradicts --convention.
    """
    from memwall_cli.workload.combinations import WorkloadRequest

    paper = convention == "paper"
    usual = "int8" if paper else "fp16"
    chosen = [one or formats or usual for one in (weights, activations, kv)]
    if paper:
        _check_paper(phase, chosen, attention, fused, logits)
    return WorkloadRequest(
        models,
        _phases(phase),
        _numbers("--tokens", tokens),
        _numbers("--context", context),
        _numbers("--batch", batch),
        Formats(chosen[0], chosen[1], chosen[2]),
        attention,
        fused=not paper if fused is None else fused,
        logits=logits,
        paper=paper,
    )


def _check_paper(
    phase: str | None,
    formats: Sequence[str],
    attention: str | None,
    fused: bool | None,
    logits: str | None,
) -> None:
    """Refuse what contradicts the paper's way of counting."""
    wide = next((name for name in formats if BITS[name] != 8), None)
    given = {
        "--fused": fused is True,
        f"the format {wide}": wide is not None,
        f"--phase {phase}": not set(_phases(phase)) <= {"encode", "generate"},
        f"--attention {attention}": attention is not None,
        f"--logits {logits}": logits is not None,
    }
    for option, contradicts in given.items():
        if contradicts:
            raise UsageError(
                f"{option} contradicts --convention paper (unfused, one byte per element, "
                "blocks only, encode and generate); drop one of them"
            )


def _phases(text: str | None) -> list[Phase]:
    known: dict[str, Phase] = {name: name for name in PHASES}
    names = [] if text is None else [part.strip() for part in text.split(",")]
    for name in names:
        if name not in known:
            raise unknown("phase", name, PHASES)
    return [known[name] for name in dict.fromkeys(names)]


def _numbers(option: str, text: str | None) -> list[int]:
    """Read a comma list of whole numbers from 1 on; repetitions count once."""
    found = []
    for part in [] if text is None else text.split(","):
        digits = part.strip()
        if not (digits.isascii() and digits.isdigit() and 1 <= int(digits[:12]) <= MOST):
            raise UsageError(
                f"{option} {text}: {digits!r} is not a whole number from 1 to {MOST}; "
                f"write for instance {option} 1,8,64"
            )
        found.append(int(digits))
    return list(dict.fromkeys(found))
