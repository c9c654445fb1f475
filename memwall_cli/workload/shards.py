"""The weights that lie on one device: shapes of matrices after tensor and expert parallelism."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from memwall_cli.workload.device import shard
from memwall_cli.workload.model import Model
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.weights import Matrix, matrices, vectors_of


@dataclass(frozen=True)
class Piece:
    """Weights of one shape on one device.

    Attributes
    ----------
    name : the operator that they belong to, "embedding", or "vector".
    inputs, outputs : shape of the matrix; 0 and 0 of vectors.
    bias : elements beside it: biases, or those of vectors.
    count : how many of them the layers of all pipeline stages have.
    in_blocks : whether it is in the layers, which the stages share, or before or after them.
    routed : whether it belongs to a routed expert.
    """

    name: str
    inputs: int
    outputs: int
    bias: int = 0
    count: int = 1
    in_blocks: bool = True
    routed: bool = False

    @property
    def elements(self) -> int:
        """Elements of one."""
        return self.inputs * self.outputs + self.bias


def split(total: int, parts: int) -> int:
    """Give the largest of equal parts: what doesn't come out even counts whole.

    Examples
    --------
    >>> split(10, 4)
    3
    """
    return -(-total // parts)


def pieces(model: Model, parallel: Parallel, *, first: bool, last: bool) -> list[Piece]:
    """List what lies on one device of a pipeline stage.

    Parameters
    ----------
    model : the model.
    parallel : how it is spread.
    first, last : whether the stage has the embeddings, and the head.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> found = pieces(load_model("llama-2-7b"), Parallel(), first=True, last=True)
    >>> stage_sum(found, lambda piece: piece.elements, 1)
    6738415616
    """
    part = shard(model, parallel.tp)
    norm = part.norm_vectors * part.hidden
    found = [_matrix(m, parallel.ep) for m in matrices(part) if m.group != "head"]
    found += [
        Piece("vector", 0, 0, vectors_of(blocks, norm) // blocks.count, blocks.count)
        for blocks in part.blocks
    ]
    outer = []
    if first:
        beside = (part.positions + part.types) * part.hidden + int(part.embedding_norm) * norm
        outer += [Piece("embedding", part.hidden, part.vocabulary), Piece("vector", 0, 0, beside)]
    if last:
        outer.append(Piece("vector", 0, 0, part.stacks * int(part.final_norm) * norm))
        # A tied head needs a copy of the embedding only where that is on another stage.
        outer += [
            _matrix(m, parallel.ep)
            for m in matrices(part)
            if m.group == "head" and not (part.tied and first and m.operator == "lm head")
        ]
    return found + [replace(piece, in_blocks=False) for piece in outer]


def _matrix(matrix: Matrix, ep: int) -> Piece:
    experts = split(matrix.experts, ep) if matrix.experts else 1
    return Piece(
        matrix.operator,
        matrix.inputs,
        matrix.outputs,
        matrix.bias,
        matrix.count * experts,
        routed=bool(matrix.experts),
    )


def stage_sum(found: Iterable[Piece], measure: Callable[[Piece], int], stages: int) -> int:
    """Add a measure of each piece up, an even share of the layers on each stage.

    Parameters
    ----------
    found : pieces of one device.
    measure : what to add up, of one piece.
    stages : pipeline stages.
    """
    inside = outside = 0
    for piece in found:
        if piece.in_blocks:
            inside += piece.count * measure(piece)
        else:
            outside += piece.count * measure(piece)
    return split(inside, stages) + outside
