"""What of a Transformer decides its FLOPs, bytes and parameters: shapes, and nothing learned."""

from dataclasses import dataclass
from typing import Literal

Architecture = Literal["encoder", "decoder", "encoder-decoder"]
Stack = Literal["encoder", "decoder"]
Activation = Literal["gelu", "gelu-tanh", "relu", "silu"]


@dataclass(frozen=True)
class Latent:
    """Multi-head latent attention: keys and values are kept as one low-rank vector.

    Attributes
    ----------
    query_rank : rank of the query's down-projection; 0 where queries are projected directly.
    rank : elements of the latent vector that stands for keys and values.
    rope : elements of a key that carry the position; shared by all heads, cached beside it.
    """

    query_rank: int
    rank: int
    rope: int


@dataclass(frozen=True)
class Attention:
    """One attention, self or across stacks.

    Attributes
    ----------
    heads, kv_heads : query heads; key and value heads (fewer with grouped queries).
    key_width, value_width : elements of one head's query or key, and of its value.
    window : positions that a query sees, itself included; None for all.
    bias, output_bias : whether the projections in, and the one out, have biases.
    rotary : elements of a head's query or key that are rotated by position.
    qk_norm : whether each head's queries and keys are normalised.
    latent : multi-head latent attention; None for cached keys and values.
    capped : whether scores are squeezed by a tanh (soft cap).
    vectors : further learned elements (attention sinks, relative position bias) per layer.
    """

    heads: int
    kv_heads: int
    key_width: int
    value_width: int
    window: int | None = None
    bias: bool = False
    output_bias: bool = False
    rotary: int = 0
    qk_norm: bool = False
    latent: Latent | None = None
    capped: bool = False
    vectors: int = 0

    @property
    def cached(self) -> int:
        """Elements that one position leaves in the KV cache of one layer."""
        if self.latent:
            return self.latent.rank + self.latent.rope
        return self.kv_heads * (self.key_width + self.value_width)


@dataclass(frozen=True)
class FeedForward:
    """One feed-forward network, dense or a mixture of experts.

    Attributes
    ----------
    inner : width of the hidden layer; of one expert.
    activation : its nonlinearity.
    gated : whether a second projection gates the first (SwiGLU and its kin).
    bias : whether its projections have biases.
    experts, active : routed experts, and those that one token goes through; 0 if dense.
    shared : width of what every token goes through beside the routed experts.
    router_bias : whether the router has a bias per expert.
    shared_gate : whether a projection to one number gates the shared part.
    """

    inner: int
    activation: Activation
    gated: bool = False
    bias: bool = False
    experts: int = 0
    active: int = 0
    shared: int = 0
    router_bias: bool = False
    shared_gate: bool = False


@dataclass(frozen=True)
class Blocks:
    """Layers of one kind.

    Attributes
    ----------
    count : how many there are.
    attention, ffn : what each consists of.
    norms : normalisations over the hidden width in each layer.
    stack : the stack they stand in.
    cross : attention to the encoder's output; None where there is none.
    """

    count: int
    attention: Attention
    ffn: FeedForward
    norms: int = 2
    stack: Stack = "decoder"
    cross: Attention | None = None


@dataclass(frozen=True)
class Model:
    """A Transformer.

    Attributes
    ----------
    id, name : as in `memwall data models`; the file's name for a user's own.
    architecture : which stacks there are.
    hidden : width of the residual stream.
    blocks : layers by kind.
    vocabulary : rows of the token embedding, and outputs of the language-model head.
    positions : rows of a learned position embedding; 0 where positions are not learned.
    window : positions that the model was made for; None where no bound is stated.
    types : rows of a token-type embedding.
    layer_norm : True for layer norm (weight and bias), False for RMS norm (weight).
    norm_bias : whether layer norms have a bias.
    embedding_norm, final_norm : norms before the first block; after the last one of each stack.
    head : whether logits are computed.
    tied : whether the head shares the token embedding.
    pooler : whether the first position goes through one more matrix (BERT).
    capped : whether logits are squeezed by a tanh (soft cap).
    dropout : whether training drops outputs of branches and embeddings.
    score_dropout : whether training drops attention scores.
    notes : what the user should know about how the model was read.
    """

    id: str
    name: str
    architecture: Architecture
    hidden: int
    blocks: tuple[Blocks, ...]
    vocabulary: int
    positions: int = 0
    window: int | None = None
    types: int = 0
    layer_norm: bool = False
    norm_bias: bool = True
    embedding_norm: bool = False
    final_norm: bool = True
    head: bool = True
    tied: bool = False
    pooler: bool = False
    capped: bool = False
    dropout: bool = False
    score_dropout: bool = False
    notes: tuple[str, ...] = ()

    @property
    def norm_vectors(self) -> int:
        """Learned vectors of one normalisation: weight and bias, or weight alone."""
        return 2 if self.layer_norm and self.norm_bias else 1

    @property
    def layers(self) -> int:
        """Layers of all kinds and stacks."""
        return sum(blocks.count for blocks in self.blocks)

    @property
    def stacks(self) -> int:
        """Stacks of blocks, each with a norm of its own behind it."""
        return len({blocks.stack for blocks in self.blocks})
