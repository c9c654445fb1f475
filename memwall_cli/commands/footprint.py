"""`memwall footprint`: what a workload holds in memory, and what it fits on."""

from typing import Annotated

import typer

from memwall_cli import options as opt
from memwall_cli import workload_options as wl
from memwall_cli.errors import UsageError
from memwall_cli.output import emit


def footprint(
    models: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MODEL",
            help="Bundled ids (memwall data models --bundled), or paths of config.json files.",
            autocompletion=opt.completes(wl.bundled),
            show_default=False,
        ),
    ] = None,
    phase: wl.Phases = None,
    tokens: wl.Tokens = None,
    context: wl.Context = None,
    batch: wl.Batch = "1",
    formats: wl.AllFormats = None,
    weights: wl.Weights = None,
    activations: wl.Activations = None,
    kv: wl.KV = None,
    logits: wl.Logits = None,
    optimizer: Annotated[
        str | None,
        typer.Option(
            "--optimizer",
            metavar="NAME",
            help="sgd, momentum, adam, adam-8bit, adafactor, kfac or shampoo; a comma list for "
            "several.  [default: adam]",
            autocompletion=opt.completes(wl.optimizers),
            show_default=False,
        ),
    ] = None,
    recompute: Annotated[
        str | None,
        typer.Option(
            "--recompute",
            metavar="NAME",
            help="Activations computed again in the backward pass: none, selective (scores of "
            "attention) or full; a comma list for several.  [default: selective]",
            autocompletion=opt.completes(wl.recomputations),
            show_default=False,
        ),
    ] = None,
    zero: Annotated[
        str | None,
        typer.Option(
            "--zero",
            metavar="N",
            help="What copies share: 1 states of the optimizer, 2 gradients, 3 weights, too; a "
            "comma list for several.  [default: 0]",
            show_default=False,
        ),
    ] = None,
    tp: wl.Tensor = 1,
    pp: wl.Pipeline = 1,
    ep: wl.Expert = 1,
    dp: wl.Replicas = 1,
    sequence_parallel: Annotated[
        bool, typer.Option("--sequence-parallel", help="Split sequences where --tp splits nothing.")
    ] = False,
    interleave: Annotated[
        int,
        typer.Option(
            "--interleave", metavar="N", min=1, help="Chunks of layers on each pipeline stage."
        ),
    ] = 1,
    on: wl.On = None,
    over_time: Annotated[
        bool,
        typer.Option(
            "--over-time", help="Leading models against the memory of leading chips, by year."
        ),
    ] = False,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """What a workload holds in memory, and which devices hold it.

    \b
      memwall footprint llama-3-70b --context 8192 --on h100-sxm,mi300x
      memwall footprint megatron-175b --phase train --tp 8 --pp 8 --interleave 3 \\
        --sequence-parallel
      memwall footprint llama-2-7b --phase train --optimizer adam,kfac -o opt.png
      memwall footprint --over-time -o figure-2.png

    Serving: weights, KV cache, and activations at the widest moment of a pass. Training:
    weights and gradients in the weights' format, an fp32 copy and the optimizer's states, and
    what the backward pass needs (arXiv 2205.05198). --batch is what one copy of the model works
    on at once: in training, the micro-batch.
    """
    to = opt.destination(format_, output, quiet, has_chart=True)
    if over_time:
        given = {
            "MODEL": models,
            "--phase": phase,
            "--tokens": tokens,
            "--context": context,
            "--batch": batch != "1",
            "--activations": activations,
            "--kv": kv,
            "--logits": logits,
            "--optimizer": optimizer,
            "--recompute": recompute,
            "--zero": zero,
            "--tp": tp > 1,
            "--pp": pp > 1,
            "--ep": ep > 1,
            "--dp": dp > 1,
            "--sequence-parallel": sequence_parallel,
            "--interleave": interleave > 1,
            "--on": on,
        }
        for name, value in given.items():
            if value:
                raise UsageError(f"--over-time shows all leading models and chips; drop {name}")
        from memwall_cli.answers.footprint_years import over_time_result

        emit(over_time_result(weights or formats or "fp16"), to)
        return
    if not models:
        raise UsageError("name a MODEL, such as llama-2-7b, or give --over-time")
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
        None,
        None,
        logits,
        None,
    )
    from memwall_cli.answers.footprint import footprint_result
    from memwall_cli.workload.layouts import FootprintRequest
    from memwall_cli.workload.parallel import Parallel

    asked = FootprintRequest(
        request,
        Parallel(tp, pp, ep, dp),
        optimizer,
        recompute,
        zero,
        sequence_parallel,
        interleave,
        on,
    )
    emit(footprint_result(asked), to)
