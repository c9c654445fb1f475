"""The operators of a Transformer in PyTorch, fp32, on any of its devices."""

from typing import Any

from memwall_cli.experiments.numpy_ops import EPSILON, SMALL


class TorchOps:
    """What `transformer.Transformer` computes with.

    Parameters
    ----------
    device : where.
    seed : of the random weights.
    """

    def __init__(self, device: str = "cpu", seed: int = 0) -> None:
        import torch

        self._torch = torch
        self._functional = torch.nn.functional
        self._device = device
        self._generator = torch.Generator(device).manual_seed(seed)

    def random(self, *shape: int) -> Any:
        """Draw small random numbers."""
        drawn = self._torch.randn(shape, generator=self._generator, device=self._device)
        return drawn.mul_(SMALL)

    def filled(self, *shape: int) -> Any:
        """Make an array of one small number."""
        return self._torch.full(shape, SMALL, device=self._device)

    def rows(self, table: Any, ids: Any) -> Any:
        """Look up rows of a table."""
        return table[ids]

    def tokens(self, batch: int, length: int, vocabulary: int) -> Any:
        """Draw random token ids."""
        shape = (batch, length)
        return self._torch.randint(
            vocabulary, shape, generator=self._generator, device=self._device
        )

    def linear(self, x: Any, weight: Any, bias: Any) -> Any:
        """Multiply by a matrix, and add the bias."""
        return self._functional.linear(x, weight, bias)

    def norm(self, x: Any, weight: Any, bias: Any) -> Any:
        """Normalise the last axis (layer norm)."""
        return self._functional.layer_norm(x, x.shape[-1:], weight, bias, EPSILON)

    def gelu(self, x: Any, *, tanh: bool) -> Any:
        """Apply GELU."""
        return self._functional.gelu(x, approximate="tanh" if tanh else "none")

    def tanh(self, x: Any) -> Any:
        """Apply the hyperbolic tangent."""
        return self._torch.tanh(x)

    def attend(self, q: Any, k: Any, v: Any) -> Any:
        """Attend, with scores kept on chip where PyTorch can."""
        return self._functional.scaled_dot_product_attention(q, k, v)

    def heads(self, x: Any, heads: int) -> Any:
        """Split the last axis into heads."""
        batch, length, width = x.shape
        return x.view(batch, length, heads, width // heads).transpose(1, 2)

    def merged(self, x: Any) -> Any:
        """Put the heads together again."""
        return x.transpose(1, 2).flatten(2)
