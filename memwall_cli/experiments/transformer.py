"""Transformers with random weights, run for real: BERT's encoder, and GPT-2 with a KV cache.

The shapes are those of the model whose operators `memwall workload` counts. What multiplies and
normalises comes from a library (numpy_ops, torch_ops); what happens in which order stands here.
"""

from dataclasses import dataclass, field
from typing import Any, Protocol

from memwall_cli.workload.model import Model

Tensor = Any
"""An array of numpy, or a tensor of PyTorch."""


class Ops(Protocol):
    """What a library must be able to do."""

    def random(self, *shape: int) -> Tensor:
        """Draw small random numbers."""

    def filled(self, *shape: int) -> Tensor:
        """Make an array of one small number, all its memory touched."""

    def rows(self, table: Tensor, ids: Tensor) -> Tensor:
        """Look up rows of a table: (*ids, width)."""

    def tokens(self, batch: int, length: int, vocabulary: int) -> Tensor:
        """Draw random token ids: (batch, length)."""

    def linear(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """Multiply (..., in) by the transposed (out, in), and add the bias."""

    def norm(self, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        """Normalise the last axis."""

    def gelu(self, x: Tensor, *, tanh: bool) -> Tensor:
        """Apply GELU, by the error function or by its tanh approximation."""

    def tanh(self, x: Tensor) -> Tensor:
        """Apply the hyperbolic tangent."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """Attend (batch, heads, new, width) to (batch, heads, all, width), all of it."""

    def heads(self, x: Tensor, heads: int) -> Tensor:
        """Split (batch, length, heads width) into (batch, heads, length, width)."""

    def merged(self, x: Tensor) -> Tensor:
        """Do the reverse."""


@dataclass
class Layer:
    """Weights of one layer; a matrix is (out, in)."""

    qkv: Tensor
    qkv_bias: Tensor
    out: Tensor
    out_bias: Tensor
    up: Tensor
    up_bias: Tensor
    down: Tensor
    down_bias: Tensor
    norms: list[tuple[Tensor, Tensor]]


@dataclass
class Transformer:
    """A model with random weights.

    Attributes
    ----------
    model : its shapes.
    ops : the library that computes.
    positions : rows of the position embedding: as many as the longest run needs.
    """

    model: Model
    ops: Ops
    positions: int
    layers: list[Layer] = field(init=False)

    def __post_init__(self) -> None:
        (blocks,) = self.model.blocks
        random, width = self.ops.random, self.model.hidden
        self.heads = blocks.attention.heads
        self.token_table = random(self.model.vocabulary, width)
        self.position_table = random(self.positions, width)
        self.layers = [self._layer(blocks.ffn.inner) for _ in range(blocks.count)]
        self.outer_norm = self._norm()
        self.pooler = (random(width, width), random(width)) if self.model.pooler else None

    def _norm(self) -> tuple[Tensor, Tensor]:
        return 1 + self.ops.random(self.model.hidden), self.ops.random(self.model.hidden)

    def _layer(self, inner: int) -> Layer:
        random, width = self.ops.random, self.model.hidden
        return Layer(
            *(random(3 * width, width), random(3 * width)),
            *(random(width, width), random(width)),
            *(random(inner, width), random(inner)),
            *(random(width, inner), random(width)),
            [self._norm(), self._norm()],
        )

    def encode(self, tokens: Tensor) -> Tensor:
        """Run BERT: all positions at once, each sees all; the pooler on the first.

        Parameters
        ----------
        tokens : shape (batch, length), ids.

        Returns
        -------
        Tensor
            Shape (batch, hidden).
        """
        ops = self.ops
        x = ops.rows(self.token_table, tokens) + self.position_table[: tokens.shape[1]]
        x = ops.norm(x, *self.outer_norm)
        for layer in self.layers:
            x = self.encoder_layer(layer, x)
        if self.pooler is None:
            return x
        return ops.tanh(ops.linear(x[:, 0], *self.pooler))

    def encoder_layer(self, layer: Layer, x: Tensor) -> Tensor:
        """Run one layer of BERT: the norms stand behind the sums."""
        q, k, v = self._qkv(layer, x)
        attended = self.ops.merged(self.ops.attend(q, k, v))
        x = self.ops.norm(x + self.ops.linear(attended, layer.out, layer.out_bias), *layer.norms[0])
        return self.ops.norm(x + self._ffn(layer, x, tanh=False), *layer.norms[1])

    def cache(self, batch: int, length: int) -> list[tuple[Tensor, Tensor]]:
        """Make room for the keys and values of every layer.

        Parameters
        ----------
        batch, length : sequences, and the most positions of one.
        """
        width = self.model.hidden // self.heads
        shape = (batch, self.heads, length, width)
        return [(self.ops.filled(*shape), self.ops.filled(*shape)) for _ in self.layers]

    def decode(self, tokens: Tensor, past: int, cache: list[tuple[Tensor, Tensor]]) -> Tensor:
        """Run GPT-2 for one new position of each sequence.

        Parameters
        ----------
        tokens : shape (batch, 1), ids.
        past : positions in the cache; the new one is added to it.
        cache : as `cache` made it.

        Returns
        -------
        Tensor
            Logits, shape (batch, vocabulary).
        """
        ops = self.ops
        x = ops.rows(self.token_table, tokens) + self.position_table[past]
        for layer, kept in zip(self.layers, cache, strict=True):
            x = self.decoder_layer(layer, x, past, kept)
        x = ops.norm(x, *self.outer_norm)
        return ops.linear(x[:, 0], self.token_table, None)

    def decoder_layer(
        self, layer: Layer, x: Tensor, past: int, kept: tuple[Tensor, Tensor]
    ) -> Tensor:
        """Run one layer of GPT-2 for one position: the norms stand before the matrices."""
        q, k, v = self._qkv(layer, self.ops.norm(x, *layer.norms[0]))
        keys, values = kept
        keys[:, :, past : past + 1] = k
        values[:, :, past : past + 1] = v
        seen = past + 1
        attended = self.ops.attend(q, keys[:, :, :seen], values[:, :, :seen])
        x = x + self.ops.linear(self.ops.merged(attended), layer.out, layer.out_bias)
        return x + self._ffn(layer, self.ops.norm(x, *layer.norms[1]), tanh=True)

    def _qkv(self, layer: Layer, x: Tensor) -> list[Tensor]:
        width = self.model.hidden
        together = self.ops.linear(x, layer.qkv, layer.qkv_bias)
        parts = (together[..., i * width : (i + 1) * width] for i in range(3))
        return [self.ops.heads(part, self.heads) for part in parts]

    def _ffn(self, layer: Layer, x: Tensor, *, tanh: bool) -> Tensor:
        inner = self.ops.gelu(self.ops.linear(x, layer.up, layer.up_bias), tanh=tanh)
        return self.ops.linear(inner, layer.down, layer.down_bias)
