"""The operator table of a workload; everything else is a sum or a maximum over it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from memwall_cli.workload.attention import attention_matmuls
from memwall_cli.workload.elementwise import around_blocks, in_blocks
from memwall_cli.workload.matmul import weight_matmul
from memwall_cli.workload.model import Blocks
from memwall_cli.workload.operator import Operator
from memwall_cli.workload.weights import Matrix, matrices

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload


def operators(work: "Workload") -> list[Operator]:
    """List what a workload computes and moves, one row per operator.

    Training has a second row for each: the backward pass has two products for one of the forward
    pass, for the gradients of the inputs and of the weights, each of which moves what the forward
    one does. Nothing is recomputed, and the step of the optimizer is not counted.

    Parameters
    ----------
    work : the workload.
    """
    rows = _merged(_forward(work))
    if work.phase == "train":
        rows = [row for one in rows for row in (one, _backward(one))]
    return rows


def _forward(work: "Workload") -> Iterator[Operator]:
    for matrix in matrices(work.model, absorbed=work.absorbed):
        if _runs(matrix, work):
            yield weight_matmul(matrix, work)
    for blocks in blocks_run(work):
        yield from attention_matmuls(blocks, work)
        yield from in_blocks(blocks, work)
    if not work.blocks_only:
        yield from around_blocks(work)


def blocks_run(work: "Workload") -> list[Blocks]:
    """Choose the blocks of the stack that a phase runs; training runs both."""
    blocks = work.model.blocks
    if work.model.architecture != "encoder-decoder" or work.phase == "train":
        return list(blocks)
    wanted = "encoder" if work.phase == "encode" else "decoder"
    return [b for b in blocks if b.stack == wanted]


def _runs(matrix: Matrix, work: "Workload") -> bool:
    """Tell whether a phase multiplies with a matrix.

    The keys and values of cross-attention are made once, when the encoder has run.
    """
    if matrix.group == "head":
        return not work.blocks_only and not (
            work.phase == "encode" and matrix.operator == "lm head"
        )
    if work.model.architecture != "encoder-decoder" or work.phase == "train":
        return True
    if work.phase == "encode":
        return matrix.stack == "encoder" or matrix.rows == "source"
    return matrix.stack == "decoder" and matrix.rows != "source"


def _merged(rows: Iterable[Operator]) -> list[Operator]:
    """Add up rows of one name: layers of kinds that share an operator."""
    found: dict[str, Operator] = {}
    for row in rows:
        known = found.get(row.operator)
        found[row.operator] = _sum(known, row) if known else row
    return list(found.values())


def _sum(a: Operator, b: Operator) -> Operator:
    return replace(
        a,
        count=a.count + b.count,
        flops=a.flops + b.flops,
        weight_bytes=a.weight_bytes + b.weight_bytes,
        activation_bytes=a.activation_bytes + b.activation_bytes,
        kv_bytes=a.kv_bytes + b.kv_bytes,
    )


def _backward(row: Operator) -> Operator:
    return replace(
        row,
        operator=f"{row.operator}, backward",
        flops=2 * row.flops,
        weight_bytes=2 * row.weight_bytes,
        activation_bytes=2 * row.activation_bytes,
    )


def total(rows: Iterable[Operator]) -> Operator:
    """Add up a whole table."""
    all_rows = list(rows)
    summed = all_rows[0]
    for row in all_rows[1:]:
        summed = _sum(summed, row)
    return replace(summed, operator="total", group=None, kind=None, count=1)
