"""`memwall workload`: what a model computes and moves, operator by operator."""

from memwall_cli import options as opt
from memwall_cli import workload_options as wl
from memwall_cli.output import emit


def workload(
    models: wl.Models,
    phase: wl.Phases = None,
    tokens: wl.Tokens = None,
    context: wl.Context = None,
    batch: wl.Batch = "1",
    formats: wl.AllFormats = None,
    weights: wl.Weights = None,
    activations: wl.Activations = None,
    kv: wl.KV = None,
    attention: wl.AttentionKind = None,
    fused: wl.Fused = None,
    logits: wl.Logits = None,
    convention: wl.Convention = None,
    format_: opt.OutputFormat = None,
    output: opt.OutputFiles = None,
    quiet: opt.Quiet = False,
) -> None:
    """What a model computes and moves, operator by operator.

    \b
      memwall workload llama-2-7b
      memwall workload deepseek-v3 --phase decode --batch 1,8,64 --context 4096
      memwall workload my/config.json --weights int4 --kv fp8 -o operators.csv
      memwall workload bert-base gpt2 --convention paper \\
        --tokens 128,256,512,1024,2048,4096 -o case-study.png

    A multiply-add is two FLOPs. Weights are read once a pass, activations and the KV cache
    where an operator needs them. Decode adds one token to each sequence; generate starts from
    nothing and has a pass for each token; train is a forward and a backward pass.
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
    from memwall_cli.answers.workload import workload_result

    emit(workload_result(request), to)
