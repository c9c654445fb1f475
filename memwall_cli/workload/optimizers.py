"""What optimizers keep beside weights and gradients, in bytes, from the shapes of the matrices."""

from collections.abc import Callable

from memwall_cli.workload.shards import Piece

FLOAT = 4
"""Bytes of an element of a state: all are kept in fp32, but for 8-bit Adam's."""
BLOCK = 2048
"""Elements that share a scale in 8-bit Adam (arXiv 2110.02861, section 2.1)."""


def _none(_: Piece) -> int:
    return 0


def _momentum(piece: Piece) -> int:
    return FLOAT * piece.elements


def _adam(piece: Piece) -> int:
    """First and second moment of each parameter (arXiv 1412.6980)."""
    return 2 * FLOAT * piece.elements


def _adam_8bit(piece: Piece) -> int:
    """Two moments of one byte each, with a scale per block (arXiv 2110.02861)."""
    return 2 * (piece.elements + FLOAT * -(-piece.elements // BLOCK))


def _adafactor(piece: Piece) -> int:
    """Second moments of a matrix as sums of rows and columns, without momentum (1804.04235)."""
    vectors = piece.bias + (piece.inputs + piece.outputs if piece.inputs else 0)
    return FLOAT * vectors


def _kfac(piece: Piece) -> int:
    """Momentum, and for each layer the two Kronecker factors and their inverses (1503.05671).

    The factor of the inputs has one row more where there is a bias; embeddings and vectors keep
    momentum alone.
    """
    if not piece.inputs or piece.name == "embedding":
        return _momentum(piece)
    inputs = piece.inputs + int(piece.bias > 0)
    return _momentum(piece) + 2 * FLOAT * (inputs**2 + piece.outputs**2)


def _shampoo(piece: Piece) -> int:
    """Momentum, and for both sides of a matrix the statistics and their roots (1802.09568).

    Embedding and head are preconditioned on the hidden side alone, as the paper does it where
    one side is too long; vectors keep the diagonal (as Adagrad does).
    """
    if not piece.inputs:
        return 2 * FLOAT * piece.elements
    vocabulary = piece.name in ("embedding", "lm head")
    sides = piece.inputs**2 + (0 if vocabulary else piece.outputs**2)
    return _momentum(piece) + FLOAT * piece.bias + 2 * FLOAT * sides


OPTIMIZERS: dict[str, Callable[[Piece], int]] = {
    "sgd": _none,
    "momentum": _momentum,
    "adam": _adam,
    "adam-8bit": _adam_8bit,
    "adafactor": _adafactor,
    "kfac": _kfac,
    "shampoo": _shampoo,
}
"""Bytes of the states that each keeps for one piece of the weights."""
