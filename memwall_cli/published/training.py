"""What reproduces the memory of training: states under ZeRO, and activations of Megatron-LM."""

from typing import Any

from memwall_cli.published.workloads import model_named
from memwall_cli.workload.activations import of_layers
from memwall_cli.workload.footprint import Setup, footprint, model_states
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.shards import Piece
from memwall_cli.workload.workload import Workload


def states(parameters: float, zero: int, dp: int) -> int:
    """Count bytes of weights, gradients and Adam's states on one of `dp` devices.

    Examples
    --------
    >>> states(7.5e9, 1, 64)
    31406250000
    """
    model = [Piece("model", 0, 0, bias=int(parameters))]
    setup = Setup(Parallel(dp=dp), zero=zero)
    return int(sum(model_states(model, "fp16", setup).values()))


def activations(
    model: str, batch: int, tokens: int, pp: int, interleave: int, sequence: int, recompute: Any
) -> int:
    """Count bytes of activations of the layers on the fullest device, tensor parallel over 8.

    Parameters
    ----------
    model : the model.
    batch, tokens : sequences of a micro-batch, and their length.
    pp, interleave : pipeline stages, and chunks of layers on each.
    sequence : 1 if sequences are split where tensor parallelism splits nothing, else 0.
    recompute : "none", "selective" or "full".

    Examples
    --------
    >>> activations("megatron-22b", 4, 2048, 1, 1, 0, "none") / 2**30
    59.25
    """
    setup = Setup(
        Parallel(tp=8, pp=pp), recompute=recompute, sequence=bool(sequence), interleave=interleave
    )
    work = Workload(model_named(model), "train", batch, tokens=tokens)
    return int(footprint(work, setup).components["activations"])


def saved(model: str, tokens: int) -> float:
    """Share of the activations that selective recomputation saves, with sequence parallelism.

    Examples
    --------
    >>> print(f"{saved('megatron-175b', 2048):.3f}")
    0.702
    """
    found, spread = model_named(model), Parallel(tp=8)
    kept, whole = (
        of_layers(found, "fp16", spread, tokens, tokens, recompute, sequence=True)
        for recompute in ("selective", "none")
    )
    return float(1 - kept / whole)
