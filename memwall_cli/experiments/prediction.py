"""What the measured ceilings allow a model, beside what it took."""

from memwall_cli.experiments.job import Job
from memwall_cli.experiments.timing import Timing
from memwall_cli.experiments.torch_device import Device
from memwall_cli.render import Row
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.workload import Workload

MODEL_KEYS = (
    *("model", "phase", "library", "device", "processor", "format", "threads", "batch", "tokens"),
    *("context", "basis", "flops", "bytes", "intensity", "flops_per_element", "seconds", "spread"),
    *("runs", "flops_per_s", "bytes_per_s", "peak_flops_per_s", "peak_bytes_per_s"),
    *("predicted_s", "ratio", "bound"),
)
"""basis: measured, or steps: generation summed over steps of which some were measured."""


class Ceilings:
    """The two roofs that predictions are made from.

    Parameters
    ----------
    flops_per_s, bytes_per_s : of the fastest matrix product and of the fastest kernel.
    """

    def __init__(self, flops_per_s: float, bytes_per_s: float) -> None:
        self.flops_per_s = flops_per_s
        self.bytes_per_s = bytes_per_s

    def predicted(self, work: Workload) -> float:
        """Bound the time from below: all FLOPs at the one roof, all bytes at the other.

        Parameters
        ----------
        work : what runs.
        """
        total = work.total
        return max(float(total.flops) / self.flops_per_s, float(total.bytes) / self.bytes_per_s)


def model_row(
    job: Job,
    device: Device,
    ceilings: Ceilings,
    work: Workload,
    timing: Timing,
    basis: str = "measured",
) -> Row:
    """Make a row: what was counted, measured, and predicted.

    Parameters
    ----------
    job, device, ceilings : what computed, where, and how fast at best.
    work : what ran.
    timing : how long it took.
    basis : "measured" or "steps".
    """
    total = work.total
    flops, moved, best = float(total.flops), float(total.bytes), timing.best
    predicted = ceilings.predicted(work)
    compute = flops / ceilings.flops_per_s >= moved / ceilings.bytes_per_s
    return {
        "model": work.model.id,
        "phase": work.phase,
        "library": job.library,
        "device": device.name,
        "processor": device.processor,
        "format": work.formats.weights,
        "threads": job.threads if device.is_cpu else None,
        "batch": work.batch,
        "tokens": work.tokens,
        "context": work.context or work.tokens,
        "basis": basis,
        "flops": flops,
        "bytes": moved,
        "intensity": flops / moved,
        "flops_per_element": flops / moved * BITS[work.formats.weights] / 8,
        "seconds": best,
        "spread": timing.spread,
        "runs": len(timing.seconds),
        "flops_per_s": flops / best,
        "bytes_per_s": moved / best,
        "peak_flops_per_s": ceilings.flops_per_s,
        "peak_bytes_per_s": ceilings.bytes_per_s,
        "predicted_s": predicted,
        "ratio": best / predicted,
        "bound": "compute" if compute else "memory",
    }
