"""The weights that lie on one device: shapes of matrices after tensor and expert parallelism."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from memwall_cli.workload.model import Attention, Blocks, Model
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.weights import Matrix, matrices, vectors_of

ROW_PARALLEL = ("output projection", "down")
"""Ends of the names of matrices that tensor parallelism splits along their inputs; the others
are split along their outputs (arXiv 1909.08053, section 3)."""
WHOLE = ("router", "down-projection", "pooler")
"""Ends of the names of matrices that every tensor-parallel device holds in full."""


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
    found = [_matrix(model, m, parallel) for m in matrices(model) if m.group != "head"]
    found += [_vectors(model, blocks, parallel.tp) for blocks in model.blocks]
    embedded = Piece("embedding", model.hidden, split(model.vocabulary, parallel.tp))
    norm = model.norm_vectors * model.hidden
    outer = []
    if first:
        rows = model.positions + model.types
        beside = rows * model.hidden + int(model.embedding_norm) * norm
        outer += [embedded, Piece("vector", 0, 0, beside)]
    if last:
        outer.append(Piece("vector", 0, 0, model.stacks * int(model.final_norm) * norm))
        heads = [m for m in matrices(model) if m.group == "head"]
        # A tied head needs a copy of the embedding where that is on another stage.
        outer += [
            _matrix(model, m, parallel)
            for m in heads
            if not (model.tied and first and m.operator == "lm head")
        ]
    return found + [replace(piece, in_blocks=False) for piece in outer]


def _matrix(model: Model, matrix: Matrix, parallel: Parallel) -> Piece:
    tp, inputs, outputs, bias = parallel.tp, matrix.inputs, matrix.outputs, matrix.bias
    if matrix.operator.endswith(WHOLE):
        tp = 1
    elif matrix.cached:
        # Where there are fewer key-value heads than devices, several hold the same one.
        tp = min(tp, *(at.kv_heads for b in model.blocks for at in _attentions(b)))
    if matrix.operator.endswith(ROW_PARALLEL):
        inputs = split(inputs, tp)
    else:
        outputs, bias = split(outputs, tp), split(bias, tp)
    count = matrix.count * split(matrix.experts, parallel.ep) if matrix.experts else matrix.count
    return Piece(matrix.operator, inputs, outputs, bias, count, routed=bool(matrix.experts))


def _vectors(model: Model, blocks: Blocks, tp: int) -> Piece:
    """Gather norms, which each device has, and what belongs to heads, which it shares."""
    of_heads = sum(at.vectors for at in _attentions(blocks))
    whole = vectors_of(blocks, model.norm_vectors * model.hidden) // blocks.count - of_heads
    return Piece("vector", 0, 0, whole + split(of_heads, tp), blocks.count)


def _attentions(blocks: Blocks) -> list[Attention]:
    return [at for at in (blocks.attention, blocks.cross) if at]


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
