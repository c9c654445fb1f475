"""GPT-2's shapes, small enough to train in a minute, with its forward pass over all positions."""

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from functools import partial
from typing import Any, TypeAlias

from memwall_cli.experiments.corpus import VOCABULARY
from memwall_cli.experiments.transformer import Layer, Tensor, Transformer
from memwall_cli.workload.config import model_of
from memwall_cli.workload.model import Model

Run: TypeAlias = Callable[[Callable[[Tensor], Tensor], Tensor], Tensor]
"""Runs a part of the layers on their input: at once, or so that it can be run again."""


def small_model(hidden: int, layers: int, length: int, vocabulary: int = VOCABULARY) -> Model:
    """Describe a small GPT-2 as `memwall workload` and `footprint` read it; heads of 64.

    Parameters
    ----------
    hidden, layers, length : width, blocks and positions.
    vocabulary : rows of the token table.

    Examples
    --------
    >>> from memwall_cli.workload.weights import parameters
    >>> parameters(small_model(256, 4, 128))
    3257856
    """
    config = {
        "model_type": "gpt2",
        "n_embd": hidden,
        "n_layer": layers,
        "n_head": max(1, hidden // 64),
        "n_positions": length,
        "vocab_size": vocabulary,
        "activation_function": "gelu_new",
        "tie_word_embeddings": True,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
    }
    return model_of(config, "small-gpt", "small-gpt")


class CausalTransformer(Transformer):
    """A Transformer in PyTorch that also predicts every position of a text at once."""

    def logits(
        self, tokens: Tensor, segments: Sequence[int] | None = None, runs: Sequence[Run] = ()
    ) -> Tensor:
        """Predict the token behind each position.

        Parameters
        ----------
        tokens : shape (batch, length), ids.
        segments, runs : layers of each part, one part after the other, and what runs each; by
            default one part, just run.

        Returns
        -------
        Tensor
            Shape (batch, length, vocabulary).
        """
        ops = self.ops
        x = ops.rows(self.token_table, tokens) + self.position_table[: tokens.shape[1]]
        rest = self.layers
        for number, run in zip(segments or [len(rest)], runs or [_at_once], strict=True):
            part, rest = rest[:number], rest[number:]
            x = run(partial(self._through, part), x)
        return ops.linear(ops.norm(x, *self.outer_norm), self.token_table, None)

    def _through(self, layers: Sequence[Layer], x: Tensor) -> Tensor:
        from torch.nn.functional import scaled_dot_product_attention

        ops = self.ops
        for layer in layers:
            q, k, v = self._qkv(layer, ops.norm(x, *layer.norms[0]))
            mixed = ops.merged(scaled_dot_product_attention(q, k, v, is_causal=True))
            x = x + ops.linear(mixed, layer.out, layer.out_bias)
            x = x + self._ffn(layer, ops.norm(x, *layer.norms[1]), tanh=True)
        return x

    def matrices(self) -> Iterator[Tensor]:
        """Give the weight matrices: of the layers, and the token table, which is the head too."""
        yield self.token_table
        for layer in self.layers:
            yield from (layer.qkv, layer.out, layer.up, layer.down)

    def vectors(self) -> Iterator[Tensor]:
        """Give what else is learned: biases, norms, and the position table."""
        yield self.position_table
        yield from self.outer_norm
        for layer in self.layers:
            yield from (layer.qkv_bias, layer.out_bias, layer.up_bias, layer.down_bias)
            for pair in layer.norms:
                yield from pair

    def converted(
        self, ops: Any, matrix: Callable[[Tensor], Any], vector: Callable[[Tensor], Any]
    ) -> "CausalTransformer":
        """Make the same model with other weights.

        Parameters
        ----------
        ops : computes with them.
        matrix, vector : make the new ones of the old.
        """
        new = copy(self)
        new.ops = ops
        new.token_table, new.position_table = matrix(self.token_table), vector(self.position_table)
        new.outer_norm = (vector(self.outer_norm[0]), vector(self.outer_norm[1]))
        new.layers = [
            Layer(
                *(matrix(old.qkv), vector(old.qkv_bias)),
                *(matrix(old.out), vector(old.out_bias)),
                *(matrix(old.up), vector(old.up_bias)),
                *(matrix(old.down), vector(old.down_bias)),
                [(vector(weight), vector(bias)) for weight, bias in old.norms],
            )
            for old in self.layers
        ]
        return new


def _at_once(part: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    return part(x)
