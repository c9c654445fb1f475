"""What the devices that share a workload send each other."""

from memwall_cli.workload.device import parameters_per_device
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.operator import in_bytes
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.passes import Count
from memwall_cli.workload.table import blocks_run
from memwall_cli.workload.workload import Workload


def network_bytes(work: Workload, parallel: Parallel) -> Count:
    """Count the bytes that one device sends, which are as many as it receives.

    Of n devices in a ring each sends 2 (n-1)/n of what is reduced over all, and (n-1)/n of what
    is exchanged among all (Thakur et al. 2005, doi 10.1177/1094342005051521):

    - tensor: two all-reduces of the activations in each layer, three with cross-attention
      (arXiv 1909.08053, section 3);
    - pipeline: the activations, from each stage to the next, each tensor-parallel device its
      part of them (arXiv 2104.04473, section 4.1);
    - expert: two all-to-alls in each layer of experts, a copy for every chosen expert
      (arXiv 2006.16668, section 3);
    - data: in training one all-reduce of the gradients, in the weights' format.

    Training sends back as much as went forward. Switches that reduce on the way save up to half
    of a reduction; gathering the logits of a shared head is not counted.

    Parameters
    ----------
    work : the workload of one group of experts.
    parallel : how it is shared out.

    Returns
    -------
    int, float or array
        Bytes, of the shape that the workload's counts have.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    >>> network_bytes(step, Parallel(tp=8))  # 2 x 32 layers x 4096 x 2 bytes x 2 x 7/8
    917504.0
    """
    if parallel.devices == 1:
        return 0
    passes = work.passes
    sent = in_bytes(passes.tokens * work.model.hidden, work.formats.activations)
    reduced, routed = _per_layer(work)
    between = _left(parallel.pp) / parallel.tp
    layers = (reduced * 2 * _left(parallel.tp) + routed * 2 * _left(parallel.ep)) / parallel.pp
    forward = sent * (layers + between)
    return 2 * forward + _gradients(work, parallel) if work.phase == "train" else forward


def _left(devices: int) -> float:
    """Part of what n devices exchange that leaves each of them."""
    return (devices - 1) / devices


def _per_layer(work: Workload) -> tuple[int, int]:
    """Count the reductions, and the chosen experts, of all layers that run."""
    blocks = blocks_run(work)
    reduced = sum(b.count * (3 if b.cross else 2) for b in blocks)
    return reduced, sum(b.count * b.ffn.active for b in blocks)


def _gradients(work: Workload, parallel: Parallel) -> float:
    """Bytes of gradients that a device sends.

    A routed expert's gradients are those of its replicas, all others are the same in each group
    of experts, too.
    """
    routed, rest = parameters_per_device(work.model, parallel)
    replicas, copies = parallel.dp, parallel.dp * parallel.ep
    reduced = routed * _left(replicas) + rest * _left(copies)
    return float(2 * reduced * BITS[work.formats.weights] / 8)
