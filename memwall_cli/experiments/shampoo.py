"""Shampoo (arXiv 1802.09568), a second-order optimizer: small, and with all of its true state.

For each matrix it sums the squares of its gradient from both sides, and multiplies the gradient by
the inverse fourth root of each sum. One side alone (with the square root) where the other is as
long as a vocabulary; vectors have the diagonal, as Adagrad has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOMENTUM = 0.9
EPSILON = 1e-6


@dataclass(frozen=True)
class Weights:
    """A tensor of weights, and how it is seen.

    Attributes
    ----------
    tensor : shape (outputs, inputs), or (n,).
    parts : matrices that lie on top of each other in it (queries, keys, values: 3).
    kind : "matrix", "vocabulary" (preconditioned on the side of the inputs alone) or "vector".
    """

    tensor: Any
    parts: int = 1
    kind: str = "matrix"


class Shampoo:
    """The optimizer.

    Parameters
    ----------
    weights : what to train; their gradients are in `tensor.grad`.
    rate : learning rate.
    """

    def __init__(self, weights: Sequence[Weights], rate: float = 1e-3) -> None:
        import torch

        self.rate = rate
        self.state: dict[int, dict[str, Any]] = {}
        self._parts: list[tuple[Any, str, int, slice]] = []
        for one in weights:
            height = len(one.tensor) // one.parts
            for i in range(one.parts):
                place = slice(i * height, (i + 1) * height)
                self._parts.append((one.tensor, one.kind, len(self.state), place))
                part = one.tensor.detach()[place]
                state = {"momentum": torch.zeros_like(part)}
                if one.kind == "vector":
                    state["squares"] = torch.full_like(part, EPSILON)
                else:
                    for side in _sides(one.kind):
                        eye = torch.eye(part.shape[side], device=part.device)
                        state[f"sum {side}"], state[f"root {side}"] = EPSILON * eye, eye.clone()
                self.state[len(self.state)] = state

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for tensor, *_ in self._parts:
            tensor.grad = None

    def step(self) -> None:
        """Change the weights by their gradients."""
        import torch

        with torch.no_grad():
            for tensor, kind, key, place in self._parts:
                state = self.state[key]
                direction = _preconditioned(tensor.grad[place], kind, state)
                state["momentum"].mul_(MOMENTUM).add_(direction)
                tensor[place].sub_(state["momentum"], alpha=self.rate)


def _sides(kind: str) -> tuple[int, ...]:
    """Dimensions that have a preconditioner: outputs 0, inputs 1."""
    return (1,) if kind == "vocabulary" else (0, 1)


def _preconditioned(gradient: Any, kind: str, state: dict[str, Any]) -> Any:
    if kind == "vector":
        return gradient / state["squares"].add_(gradient.square()).sqrt()
    sides = _sides(kind)
    for side in sides:
        square = gradient @ gradient.T if side == 0 else gradient.T @ gradient
        state[f"sum {side}"].add_(square)
        state[f"root {side}"].copy_(inverse_root(state[f"sum {side}"], 2 * len(sides)))
    for side in sides:
        root = state[f"root {side}"]
        gradient = root @ gradient if side == 0 else gradient @ root
    return gradient


def inverse_root(matrix: Any, order: int) -> Any:
    """Give the inverse root of a symmetric positive definite matrix.

    Parameters
    ----------
    matrix : shape (n, n).
    order : 2 for the inverse square root.
    """
    import torch

    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp(min=EPSILON).pow(-1 / order)) @ vectors.T
