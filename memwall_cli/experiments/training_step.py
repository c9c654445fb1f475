"""A training step of a small GPT-2, as the experiment with recomputation runs it."""

from itertools import islice
from typing import Any

from memwall_cli.experiments.allocated import COUNTED
from memwall_cli.experiments.corpus import batches, corpus
from memwall_cli.experiments.job import Job
from memwall_cli.experiments.recompute import Plan
from memwall_cli.experiments.small_gpt import CausalTransformer
from memwall_cli.experiments.torch_device import Device
from memwall_cli.experiments.torch_ops import TorchOps
from memwall_cli.experiments.training import cross_entropy, learn
from memwall_cli.render import Row
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.model import Model
from memwall_cli.workload.workload import Workload

CHECKPOINTING_KEYS = (
    *("part", "variant", "model", "format", "library", "device", "processor", "threads", "batch"),
    *("tokens", "parameters", "layers", "recomputed_layers", "counted_by", "kept_bytes"),
    *("predicted_kept_bytes", "kept_ratio", "peak_bytes", "predicted_peak_bytes", "peak_ratio"),
    *("state_bytes", "predicted_state_bytes", "state_ratio", "flops", "bytes", "seconds"),
    *("spread", "runs", "peak_flops_per_s", "peak_bytes_per_s", "predicted_s", "ratio"),
    *("extra_time", "predicted_extra_time", "cpu_s", "extra_cpu"),
)
"""part: recompute, or optimizer. kept: by the forward pass for the backward one; peak: weights,
gradients and the most that is in use besides; state: what the optimizer keeps between steps.
seconds: of forward and backward pass, or of the optimizer's step; cpu: processor time of these."""
FORMAT = "fp32"


class Training:
    """A model and a batch to train on.

    Parameters
    ----------
    model : shapes.
    device : where.
    batch : sequences, each as long as the model has positions.
    """

    def __init__(self, model: Model, device: Device, batch: int) -> None:
        import torch

        self.model, self.device, self.batch = model, device, batch
        self.length = model.positions
        self.net = CausalTransformer(model, TorchOps(device.name), self.length)
        self.weights = learn(self.net)
        (first,) = islice(batches(corpus()[0], self.length, batch, seed=0), 1)
        self.pieces = torch.from_numpy(first).to(device.name)
        self.work = Workload(model, "train", batch, self.length, 0, Formats.all(FORMAT))

    def loss(self, plan: Plan | None = None) -> Any:
        """Run forward."""
        if plan is None:
            return cross_entropy(self.net, self.pieces)
        segments = [part.blocks for part in plan.parts]
        return cross_entropy(self.net, self.pieces, segments=segments, runs=plan.runs())

    def step(self, plan: Plan | None = None) -> None:
        """Run forward and backward."""
        self.loss(plan).backward()

    def forget(self) -> None:
        """Drop the gradients."""
        for tensor in self.weights:
            tensor.grad = None


def step_cells(job: Job, training: Training, part: str, variant: str) -> Row:
    """Begin a row: what was measured, of which model, and where.

    Parameters
    ----------
    job, training : what computes; model and batch.
    part, variant : "recompute" or "optimizer", and the name of one.
    """
    row: Row = dict.fromkeys(CHECKPOINTING_KEYS)
    return row | {
        "part": part,
        "variant": variant,
        "model": training.model.id,
        "format": FORMAT,
        "library": job.library,
        "device": training.device.name,
        "processor": training.device.processor,
        "threads": job.threads if training.device.is_cpu else None,
        "batch": training.batch,
        "tokens": training.length,
        "parameters": sum(tensor.numel() for tensor in training.weights),
        "layers": training.model.layers,
        "counted_by": COUNTED[training.device.is_cpu],
    }
