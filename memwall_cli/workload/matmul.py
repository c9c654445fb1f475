"""Operators that multiply with weights: projections, feed-forward networks, heads."""

from typing import TYPE_CHECKING

from memwall_cli.workload.operator import Operator, in_bytes
from memwall_cli.workload.passes import Count
from memwall_cli.workload.weights import Matrix

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload


def weight_matmul(matrix: Matrix, work: "Workload") -> Operator:
    """Multiply with one kind of weight matrix.

    Weights are read once a pass, inputs and outputs once a row; what goes into the KV cache is
    written there.

    Parameters
    ----------
    matrix : the weights, of all layers that have them.
    work : the workload.
    """
    formats, rows = work.formats, _rows(matrix, work)
    encoded = matrix.rows == "source" and work.phase != "train"
    kept = matrix.cached if work.caches or encoded else 0
    routed = rows * (matrix.active or 1)
    moved = routed * (matrix.inputs + matrix.outputs - kept)
    if matrix.rows == "positions":
        # Cached latent vectors are inputs that the attention counts, as its reads of the cache.
        moved = moved - work.passes.batch * work.passes.cached() * matrix.inputs
    read = matrix.elements * _matrices_read(matrix, work) * work.passes.steps
    return Operator(
        matrix.operator,
        matrix.group,
        "matmul",
        matrix.count,
        matrix.count * 2 * matrix.elements * routed,
        matrix.count * in_bytes(read, formats.weights),
        matrix.count * in_bytes(moved, formats.activations),
        matrix.count * in_bytes(rows * kept, formats.kv),
    )


def _rows(matrix: Matrix, work: "Workload") -> Count:
    passes = work.passes
    if matrix.rows == "tokens" or (matrix.rows == "logits" and work.all_logits):
        return passes.tokens
    if matrix.rows == "positions":
        return passes.tokens + passes.batch * passes.cached()
    if matrix.rows == "source":
        return passes.batch * passes.context
    return passes.batch * passes.steps


def _matrices_read(matrix: Matrix, work: "Workload") -> Count:
    """Count the experts that one pass is expected to read; 1 where there are none.

    Under even routing T tokens that each choose k of E experts are expected to choose
    E (1 - (1 - k/E)^T) distinct ones.
    """
    if not matrix.experts or matrix.active == matrix.experts:
        return matrix.experts or 1
    missed = 1 - matrix.active / matrix.experts
    # k (1 - q^T) / (1 - q) is the same, and exactly k for one token.
    distinct = matrix.active * ((1 - missed**work.passes.tokens_per_step) / (1 - missed))
    if isinstance(distinct, float) and distinct.is_integer():
        return int(distinct)
    return distinct
