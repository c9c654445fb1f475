"""`memwall roofline`: how fast a model can be on an accelerator, and what bounds it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from memwall_cli import options as opt
from memwall_cli import workload_options as wl
from memwall_cli.errors import UsageError
from memwall_cli.output import emit

if TYPE_CHECKING:
    from memwall_cli.render import Result
    from memwall_cli.workload.combinations import WorkloadRequest
    from memwall_cli.workload.parallel import Parallel


def roofline(
    models: wl.Models,
    on: wl.On = None,
    phase: wl.Phases = None,
    tokens: wl.Tokens = None,
    context: wl.Context = None,
    batch: wl.Batch = "1",
    prompt: Annotated[
        int | None,
        typer.Option(
            "--prompt",
            metavar="N",
            min=1,
            max=wl.MOST,
            help="With --generate: whole requests with prompts of N positions.",
            show_default=False,
        ),
    ] = None,
    generate: Annotated[
        int | None,
        typer.Option(
            "--generate",
            metavar="M",
            min=1,
            max=wl.MOST,
            help="With --prompt: M tokens for each, at a growing context.",
            show_default=False,
        ),
    ] = None,
    formats: wl.AllFormats = None,
    weights: wl.Weights = None,
    activations: wl.Activations = None,
    kv: wl.KV = None,
    attention: wl.AttentionKind = None,
    fused: wl.Fused = None,
    logits: wl.Logits = None,
    convention: wl.Convention = None,
    tp: wl.Tensor = 1,
    pp: wl.Pipeline = 1,
    ep: wl.Expert = 1,
    dp: wl.Replicas = 1,
    over_time: Annotated[
        bool,
        typer.Option(
            "--over-time",
            help="On every accelerator since the first that holds it, and five years on.",
        ),
    ] = False,
    remedies: Annotated[
        bool,
        typer.Option(
            "--remedies",
            help="The ways out, what each is worth, and in years. On one accelerator; h100-sxm "
            "by default.",
        ),
    ] = False,
    draft: Annotated[
        int | None,
        typer.Option(
            "--draft",
            metavar="K",
            min=1,
            max=64,
            help="With --remedies: tokens drafted in speculative decoding.  [default: 4]",
            show_default=False,
        ),
    ] = None,
    accept: Annotated[
        float | None,
        typer.Option(
            "--accept",
            metavar="A",
            min=0,
            max=1,
            help="With --remedies: part of them that is accepted.  [default: 0.8]",
            show_default=False,
        ),
    ] = None,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """How fast a model can be on an accelerator, and what bounds it.

    \b
      memwall roofline llama-2-7b --on a100-sxm-80gb
      memwall roofline llama-3-8b --on h100-sxm --batch 1,8,64 -o roofline.png
      memwall roofline llama-3.1-405b --on h100-sxm --tp 8 --weights fp8
      memwall roofline llama-2-70b --tp 2 --prompt 2048 --generate 256 --batch 16
      memwall roofline llama-2-7b --over-time -o wall.png
      memwall roofline llama-2-7b --remedies --on a100-sxm-80gb

    The floor is the longest of three times: FLOPs of matrix multiplications at the dense peak
    of their format (or the next wider that the chip has), weights and KV cache at the memory's
    bandwidth, and what the devices send each other at their links' bandwidth. With --tp, --pp,
    --ep or --dp all counts are of one device, tokens/s of all together, and every device
    reaches every other by its own links.
    """
    to = opt.destination(format_, output, quiet, has_chart=True)
    request = wl.workload_request(
        models,
        phase,
        tokens,
        context,
        batch,
        formats,
        weights,
        activations,
        kv,
        attention,
        fused,
        logits,
        convention,
    )
    from memwall_cli.answers.roofline import RooflineRequest, roofline_result
    from memwall_cli.trends.selection import names_of
    from memwall_cli.workload.parallel import Parallel

    if over_time and remedies:
        raise UsageError("--over-time and --remedies are two questions; ask one")
    if not remedies and (draft, accept) != (None, None):
        raise UsageError("--draft and --accept go with --remedies")
    if over_time:
        _alone("--over-time", on, prompt, generate, tp * pp * ep * dp)
        from memwall_cli.answers.over_time import over_time_result

        emit(over_time_result(request), to)
        return
    whole = _whole(prompt, generate)
    parallel = Parallel(tp, pp, ep, dp)
    if remedies:
        emit(_remedies(request, names_of(on), parallel, whole, draft, accept), to)
        return
    emit(roofline_result(RooflineRequest(request, names_of(on), parallel, whole)), to)


def _remedies(
    request: "WorkloadRequest",
    accelerators: Sequence[str],
    parallel: "Parallel",
    whole: tuple[int, int] | None,
    draft: int | None,
    accept: float | None,
) -> "Result":
    """Follow the ways out of a step; of inference the decode step, where they matter most."""
    from memwall_cli.answers.remedies import Drafts, remedies_result

    if whole:
        raise UsageError("--remedies changes one step, not a request; drop --prompt, --generate")
    usual = Drafts()
    drafts = Drafts(
        usual.drafted if draft is None else draft, usual.accepted if accept is None else accept
    )
    return remedies_result(request, accelerators, parallel, drafts)


def _alone(
    option: str, on: list[str] | None, prompt: int | None, generate: int | None, devices: int
) -> None:
    """Refuse what would choose the accelerators, or how many, of a history of all of them."""
    given = {"--on": on, "--prompt": prompt, "--generate": generate}
    for name in [n for n, value in given.items() if value is not None]:
        raise UsageError(f"{option} puts steps on every accelerator; drop {name}")
    if devices > 1:
        raise UsageError(f"{option} counts on one device each; drop --tp, --pp, --ep and --dp")


def _whole(prompt: int | None, generate: int | None) -> tuple[int, int] | None:
    """Put the two lengths of a whole request together."""
    if prompt is None and generate is None:
        return None
    if prompt is None or generate is None:
        raise UsageError("--prompt and --generate make a whole request together; give both")
    return prompt, generate
