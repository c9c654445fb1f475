"""The memory that a workload takes on one device, component by component."""

from dataclasses import dataclass, field
from functools import lru_cache

from memwall_cli.errors import UsageError, unknown
from memwall_cli.workload.activations import Recompute, in_flight, kept, of_layers, outside_layers
from memwall_cli.workload.device import shard
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.model import Model
from memwall_cli.workload.optimizers import FLOAT, OPTIMIZERS
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count
from memwall_cli.workload.serving import cache, passing, stage_weights
from memwall_cli.workload.shards import Piece, pieces, split, stage_sum
from memwall_cli.workload.workload import Workload

TRAINED_IN = ("fp32", "bf16", "fp16")
"""Formats that weights and activations are trained in here."""


@dataclass(frozen=True)
class Setup:
    """How a model is spread and, in training, what is kept of it.

    Attributes
    ----------
    parallel : degrees of parallelism.
    optimizer : one of OPTIMIZERS.
    recompute : activations that the backward pass computes again: "none", "selective" (scores of
        attention), "full" (all but the inputs of layers).
    zero : what data-parallel copies share: 1 states of the optimizer, 2 gradients, 3 weights, too
        (arXiv 1910.02054).
    sequence : split sequences where tensor parallelism doesn't split the layer.
    interleave : chunks of layers that each pipeline stage has.
    """

    parallel: Parallel = field(default_factory=Parallel)
    optimizer: str = "adam"
    recompute: Recompute = "selective"
    zero: int = 0
    sequence: bool = False
    interleave: int = 1

    def check(self, model: Model) -> None:
        """Raise UsageError where the model can't be laid out so."""
        parallel, layers = self.parallel, model.layers
        parallel.check(model)
        if self.optimizer not in OPTIMIZERS:
            raise unknown("optimizer", self.optimizer, OPTIMIZERS)
        if self.zero and parallel.dp * parallel.ep == 1:
            raise UsageError(
                f"--zero {self.zero} shares among data-parallel copies, and there is one; "
                "give --dp N"
            )
        if self.sequence and parallel.tp == 1:
            raise UsageError(
                "--sequence-parallel splits sequences among tensor-parallel devices, and there "
                "is one; give --tp N"
            )
        if self.interleave > 1 and parallel.pp == 1:
            raise UsageError(
                f"--interleave {self.interleave} cuts up pipeline stages, and there is one; "
                "give --pp N"
            )
        if layers % (parallel.pp * self.interleave):
            raise UsageError(
                f"--interleave {self.interleave} does not divide the {layers // parallel.pp} "
                f"layers that each stage of {model.id} has"
            )


@dataclass(frozen=True)
class Footprint:
    """What one device holds.

    Attributes
    ----------
    components : bytes by name, in order of the contract.
    stage : the pipeline stage that holds most, and is shown: "first", "last", or "" if one.
    """

    components: dict[str, Count]
    stage: str = ""

    @property
    def total(self) -> Count:
        """Bytes in all."""
        return sum(self.components.values())


def footprint(work: Workload, setup: Setup | None = None) -> Footprint:
    """Count what a workload takes on one device of the fullest pipeline stage.

    `work.batch` is what one data-parallel copy works on at once: in training the micro-batch.
    Stages between the first and the last hold less than the first, and are not looked at.

    Parameters
    ----------
    work : the workload.
    setup : how it is laid out; by default on one device.

    Raises
    ------
    UsageError
        If the model can't be laid out so.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> found = footprint(Workload(load_model("llama-2-7b"), "decode", context=2048))
    >>> found.components["weights"], found.components["kv-cache"]
    (13476831232, 1073741824)
    """
    setup = setup or Setup()
    setup.check(work.model)
    if setup.parallel.pp == 1:
        return Footprint(_stage(work, setup, first=True, last=True))
    stages = [
        Footprint(_stage(work, setup, first=True, last=False), "first"),
        Footprint(_stage(work, setup, first=False, last=True), "last"),
    ]
    return max(stages, key=lambda stage: float(stage.total))


def _stage(work: Workload, setup: Setup, *, first: bool, last: bool) -> dict[str, Count]:
    model, format_ = work.model, work.formats.weights
    if work.phase == "train":
        states = _states(model, format_, setup, first=first, last=last)
        return {**states, **_training(work, setup, first=first, last=last)}
    held = {
        "weights": stage_weights(model, work.formats, setup.parallel, first=first, last=last),
        "activations": passing(work, setup.parallel, last=last),
    }
    if work.model.architecture != "encoder":
        held["kv-cache"] = cache(work, setup.parallel)
    return held


@lru_cache(maxsize=4096)
def _states(model: Model, format_: str, setup: Setup, *, first: bool, last: bool) -> dict[str, int]:
    """Bytes of all that training keeps for each parameter; the same for all batches, too."""
    return model_states(pieces(model, setup.parallel, first=first, last=last), format_, setup)


def model_states(found: list[Piece], format_: str, setup: Setup) -> dict[str, int]:
    """Bytes of weights, gradients and the optimizer's states on one device.

    Gradients have the format of the weights; where that is narrower than fp32, the optimizer
    keeps a copy of the weights in fp32: 2 + 2 + 12 bytes per parameter with Adam in 16 bits.

    Parameters
    ----------
    found : weights on the device.
    format_ : of weights and gradients.
    setup : optimizer, parallelism and ZeRO.

    Examples
    --------
    The example of arXiv 1910.02054, 7.5 billion parameters on 64 devices, in GB:

    >>> model = [Piece("model", 0, 0, bias=7_500_000_000)]
    >>> for zero in range(4):
    ...     setup = Setup(Parallel(dp=64), zero=zero)
    ...     print(f"{sum(model_states(model, 'fp16', setup).values()) / 1e9:.1f}")
    120.0
    31.4
    16.6
    1.9
    """
    if format_ not in TRAINED_IN:
        raise UsageError(
            f"training keeps weights in {', '.join(TRAINED_IN)}, not {format_}; give --weights bf16"
        )
    size = BITS[format_] // 8
    master = 0 if format_ == "fp32" else FLOAT
    state = OPTIMIZERS[setup.optimizer]
    measures = {
        "weights": (3, lambda piece: size * piece.elements),
        "gradients": (2, lambda piece: size * piece.elements),
        "optimizer": (1, lambda piece: master * piece.elements + state(piece)),
    }
    parallel = setup.parallel
    # Experts are copied dp times, what is no expert in each group of them besides.
    kinds = ((False, parallel.dp * parallel.ep), (True, parallel.dp))
    return {
        name: sum(
            split(
                stage_sum([p for p in found if p.routed is routed], measure, parallel.pp),
                copies if setup.zero >= least else 1,
            )
            for routed, copies in kinds
        )
        for name, (least, measure) in measures.items()
    }


def _training(work: Workload, setup: Setup, *, first: bool, last: bool) -> dict[str, Count]:
    """Bytes of activations: of the layers, around them, and of the one that is recomputed."""
    model, format_ = work.model, work.formats.activations
    if format_ not in TRAINED_IN:
        raise UsageError(
            f"training keeps activations in {', '.join(TRAINED_IN)}, not {format_}; "
            "give --activations bf16"
        )
    parallel, tokens, context = setup.parallel, work.passes.tokens, work.passes.context
    layers = of_layers(
        model, format_, parallel, tokens, context, setup.recompute, sequence=setup.sequence
    )
    stage = 0 if first else parallel.pp - 1
    found = {
        "activations": in_flight(layers, parallel, setup.interleave, stage),
        "head-activations": outside_layers(
            model, format_, parallel, tokens, sequence=setup.sequence, first=first, last=last
        ),
    }
    if setup.recompute == "full":
        part = shard(model, parallel.tp)
        found["recomputation"] = max(
            kept(part, blocks, format_).bytes(
                tokens, context, parallel.tp, sequence=setup.sequence, scores=False
            )
            for blocks in part.blocks
        )
    return found
