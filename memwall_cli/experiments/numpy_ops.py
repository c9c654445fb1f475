"""The operators of a Transformer in numpy, fp32."""

from math import pi, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

SMALL = 0.02
"""Standard deviation of weights, as BERT and GPT-2 begin their training with."""
EPSILON = 1e-5


class NumpyOps:
    """What `transformer.Transformer` computes with; every matrix product goes through `matmul`.

    Parameters
    ----------
    dtype : float32, or float64 where a test wants more digits.
    seed : of the random weights.
    """

    def __init__(self, dtype: type[np.floating[Any]] = np.float32, seed: int = 0) -> None:
        self._rng = np.random.default_rng(seed)
        self.dtype = dtype

    def matmul(self, a: Array, b: Array) -> Array:
        """Multiply the last two axes."""
        product: Array = np.matmul(a, b)
        return product

    def random(self, *shape: int) -> Array:
        """Draw small random numbers."""
        drawn = self._rng.standard_normal(shape, np.float32)
        drawn *= np.float32(SMALL)
        return drawn.astype(self.dtype, copy=False)

    def filled(self, *shape: int) -> Array:
        """Make an array of one small number; zeros would share one page of memory."""
        return np.full(shape, SMALL, self.dtype)

    def rows(self, table: Array, ids: Array) -> Array:
        """Look up rows of a table."""
        found: Array = table[ids]
        return found

    def tokens(self, batch: int, length: int, vocabulary: int) -> Array:
        """Draw random token ids."""
        return self._rng.integers(0, vocabulary, (batch, length))

    def linear(self, x: Array, weight: Array, bias: Array | None) -> Array:
        """Multiply by a matrix as one product, whatever the axes before the last."""
        flat = self.matmul(x.reshape(-1, x.shape[-1]), weight.T)
        if bias is not None:
            flat += bias
        done: Array = flat.reshape(*x.shape[:-1], -1)
        return done

    def norm(self, x: Array, weight: Array, bias: Array) -> Array:
        """Normalise the last axis (layer norm)."""
        centred = x - x.mean(-1, keepdims=True)
        variance = np.square(centred).mean(-1, keepdims=True)
        centred /= np.sqrt(variance + self.dtype(EPSILON))
        centred *= weight
        centred += bias
        done: Array = centred
        return done

    def gelu(self, x: Array, *, tanh: bool) -> Array:
        """Apply GELU, x times the normal distribution function of x."""
        if tanh:
            inner = np.tanh(self.dtype(sqrt(2 / pi)) * (x + self.dtype(0.044715) * x * x * x))
        else:
            from scipy.special import erf

            inner = erf(x * self.dtype(sqrt(0.5)))
        inner += 1
        inner *= x
        inner *= self.dtype(0.5)
        done: Array = inner
        return done

    def tanh(self, x: Array) -> Array:
        """Apply the hyperbolic tangent."""
        return np.tanh(x)

    def attend(self, q: Array, k: Array, v: Array) -> Array:
        """Attend, one sequence after the other: the scores of one stay in the caches."""
        scale = self.dtype(1 / sqrt(q.shape[-1]))
        return np.stack([self._attend(*one, scale) for one in zip(q, k, v, strict=True)])

    def _attend(self, q: Array, k: Array, v: Array, scale: Any) -> Array:
        scores = self.matmul(q * scale, k.swapaxes(-1, -2))
        scores -= scores.max(-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(-1, keepdims=True)
        return self.matmul(scores, v)

    def heads(self, x: Array, heads: int) -> Array:
        """Split the last axis into heads."""
        batch, length, width = x.shape
        return x.reshape(batch, length, heads, width // heads).swapaxes(1, 2)

    def merged(self, x: Array) -> Array:
        """Put the heads together again."""
        batch, heads, length, width = x.shape
        return x.swapaxes(1, 2).reshape(batch, length, heads * width)
