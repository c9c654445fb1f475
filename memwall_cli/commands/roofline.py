"""`memwall roofline`: how fast a model can be on an accelerator, and what bounds it."""

from typing import Annotated

import typer

from memwall_cli import options as opt
from memwall_cli import workload_options as wl
from memwall_cli.errors import UsageError
from memwall_cli.output import emit


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
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """How fast a model can be on an accelerator, and what bounds it.

    \b
      memwall roofline llama-2-7b --on a100-sxm-80gb
      memwall roofline llama-3-8b --on h100-sxm --batch 1,8,64 -o roofline.png
      memwall roofline llama-3.1-405b --on h100-sxm --tp 8
      memwall roofline llama-2-70b --tp 2 --prompt 2048 --generate 256 --batch 16

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
    from memwall_cli.selection import names_of
    from memwall_cli.workload.parallel import Parallel

    whole = _whole(prompt, generate)
    parallel = Parallel(tp, pp, ep, dp)
    emit(roofline_result(RooflineRequest(request, names_of(on), parallel, whole)), to)


def _whole(prompt: int | None, generate: int | None) -> tuple[int, int] | None:
    """Put the two lengths of a whole request together."""
    if prompt is None and generate is None:
        return None
    if prompt is None or generate is None:
        raise UsageError("--prompt and --generate make a whole request together; give both")
    return prompt, generate
