"""Workloads on accelerators: the roofline, what is stored, and what can't be placed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from memwall_cli.chips import Chips
from memwall_cli.errors import UsageError
from memwall_cli.growth import Array
from memwall_cli.workload.device import parameters_per_device, shard
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count
from memwall_cli.workload.roofline import Roofline, compute_bound_batch, counted
from memwall_cli.workload.workload import Workload, phases_of


@dataclass(frozen=True)
class Placed:
    """One workload on several accelerators, a place in every array each.

    Attributes
    ----------
    work, parallel, chips : what runs, how it is shared out, and on what.
    point : where it stands under the roofs.
    achievable_s : the operators in turn, at measured fractions of bandwidth, peak and link;
        nan where they were not measured.
    turns : the smallest batch that is bound by compute; nan for none.
    stored : bytes of weights and KV cache on one device.
    """

    work: Workload
    parallel: Parallel
    chips: Chips
    point: Roofline
    achievable_s: Array
    turns: Array
    stored: Count

    @property
    def tokens_per_s(self) -> Array:
        """New positions of all groups and replicas, in the time of the floor."""
        groups = self.parallel.ep * self.parallel.dp
        rate: Array = self.work.passes.tokens * groups / self.point.time_s
        return rate

    @property
    def all_stored(self) -> bool:
        """Whether weights and KV cache are all that is kept: training keeps more."""
        return self.work.phase != "train"

    @property
    def fits(self) -> npt.NDArray[np.bool_]:
        """Whether the memory holds what is stored; compare only where it is known."""
        held: npt.NDArray[np.bool_] = self.stored <= self.chips.memory
        return held


@dataclass(frozen=True)
class Placements(Sequence[Placed]):
    """Workloads on the same accelerators; each is placed when it is asked for.

    A hundred thousand of them take no more memory than their lengths.

    Attributes
    ----------
    works, chips, parallel : what is placed, where, and how it is shared out.
    turns : the batch that turns, found once for all batches of a workload.
    """

    works: Sequence[Workload]
    chips: Chips
    parallel: Parallel
    turns: dict[tuple[str, str, Count, Count], Array] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.works)

    def __getitem__(self, where: Any) -> Any:
        if isinstance(where, slice):
            return replace(self, works=self.works[where])
        work = self.works[where]
        key = (work.model.id, work.phase, work.tokens, work.context)
        if key not in self.turns:
            self.turns[key] = compute_bound_batch(work, self.chips.rates, self.parallel)
        return place(work, self.chips, self.parallel, self.turns[key])


def place(work: Workload, chips: Chips, parallel: Parallel, turns: Array | None = None) -> Placed:
    """Put one workload on accelerators.

    Parameters
    ----------
    work : the workload of one group of experts; plain numbers.
    chips : the accelerators.
    parallel : how many of each share the work.
    turns : the smallest batch that is bound by compute, where it is known already.

    Raises
    ------
    UsageError
        If the model can't be shared out so.

    Examples
    --------
    >>> from memwall_cli.chips import load_chips
    >>> from memwall_cli.workload.config import load_model
    >>> work = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> placed = place(work, load_chips(work.formats, ["a100-sxm-80gb"]), Parallel())
    >>> f"{placed.tokens_per_s[0]:.1f} tokens/s, {placed.stored / 1e9:.1f} GB"
    '142.7 tokens/s, 14.6 GB'
    """
    counts = counted(work, parallel)
    point, achieved = counts.under(chips.rates), counts.under(chips.achieved)
    if turns is None:
        turns = compute_bound_batch(work, chips.rates, parallel)
    return Placed(
        work, parallel, chips, point, achieved.operator_s, turns, stored_bytes(work, parallel)
    )


def stored_bytes(work: Workload, parallel: Parallel) -> Count:
    """Count the bytes of weights and KV cache that one device holds.

    A decode step reads the whole cache, so that its KV bytes are what is stored. With pipeline
    stages each has its share of the layers, and as many batches in flight as there are stages.

    Parameters
    ----------
    work : the workload; its gradients and activations are not counted.
    parallel : how it is shared out.
    """
    weights = sum(parameters_per_device(work.model, parallel)) * BITS[work.formats.weights] / 8
    if not work.caches or "decode" not in phases_of(work.model):
        return weights
    context = work.passes.context
    step = replace(
        work, model=shard(work.model, parallel.tp), phase="decode", tokens=1, context=context
    )
    return weights + step.total.kv_bytes


def usable(chips: Chips, devices: int) -> tuple[npt.NDArray[np.bool_], list[str]]:
    """Tell which accelerators a roofline can be drawn for, and why not of the others.

    Parameters
    ----------
    chips : the accelerators.
    devices : how many share the work.

    Returns
    -------
    mask : shape (len(chips),).
    reasons : one sentence for each that can't be used.
    """
    lacks = {
        "no known peak in this format or a wider one": np.isnan(chips.rates.peak),
        "no known memory bandwidth": np.isnan(chips.rates.bandwidth),
        "no known bandwidth of its links": np.isnan(chips.rates.link) & (devices > 1),
    }
    reasons = []
    for place_, name in enumerate(chips.ids):
        missing = [what for what, where in lacks.items() if where[place_]]
        if missing:
            reasons.append(f"{name} has {' and '.join(missing)}")
    return ~np.any(list(lacks.values()), axis=0), reasons


def check_usable(chips: Chips, devices: int) -> None:
    """Raise UsageError if an accelerator that was asked for can't be used."""
    _, reasons = usable(chips, devices)
    if reasons:
        raise UsageError(f"--on: {'; '.join(reasons)}; leave it out")


def devices_needed(work: Workload, memory: float, most: int = 4096) -> Parallel | None:
    """Find the fewest devices, a power of two by tensor parallelism, that hold a workload.

    Parameters
    ----------
    work : the workload.
    memory : bytes of one device.
    most : devices to try.

    Returns
    -------
    Parallel
        None where no number of them divides the model and holds it.
    """
    sizes: Sequence[int] = [2**i for i in range(most.bit_length()) if 2**i <= most]
    for tp in sizes:
        parallel = Parallel(tp=tp)
        try:
            parallel.check(work.model)
        except UsageError:
            continue
        if stored_bytes(work, parallel) <= memory:
            return parallel
    return None


def request_parts(work: Workload, prompt: int, generated: int) -> list[Workload]:
    """Split a whole request: the prompt's pass, then a pass for each further token.

    The prompt's pass gives the first token, and the last one goes through no pass: so there are
    `generated` - 1 more, over a context that grows to all but one of the positions.

    Parameters
    ----------
    work : model, batch and conventions; phase and lengths don't count.
    prompt, generated : positions of each.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> parts = request_parts(Workload(load_model("gpt2"), "decode"), 100, 10)
    >>> [(part.phase, part.tokens, part.context) for part in parts]
    [('prefill', 100, 100), ('generate', 9, 109)]
    """
    first = replace(work, phase="prefill", tokens=prompt, context=prompt)
    if generated == 1:
        return [first]
    further, seen = generated - 1, prompt + generated - 1
    return [first, replace(work, phase="generate", tokens=further, context=seen)]
