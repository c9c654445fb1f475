"""Number formats of weights, activations and caches, and the bytes they take."""

from dataclasses import dataclass

from memwall_cli.errors import unknown

BITS = {"fp32": 32, "bf16": 16, "fp16": 16, "fp8": 8, "int8": 8, "fp4": 4, "int4": 4}
"""Bits of one element; the scales of quantised blocks are not counted."""


@dataclass(frozen=True)
class Formats:
    """The formats in which a model runs.

    Attributes
    ----------
    weights, activations, kv : names of BITS.
    kept : part of the weights that pruning leaves; one more bit for each weight, there or not,
        says where they are.
    """

    weights: str = "fp16"
    activations: str = "fp16"
    kv: str = "fp16"
    kept: float = 1.0

    def __post_init__(self) -> None:
        for name in (self.weights, self.activations, self.kv):
            if name not in BITS:
                raise unknown("format", name, BITS)

    @property
    def stored(self) -> float:
        """Bytes of weights stored for each byte of whole ones.

        Examples
        --------
        >>> Formats("fp16", kept=0.5).stored  # 2:4 pruning: two bits for each of two in four
        0.5625
        """
        return min(self.kept + 1 / BITS[self.weights], 1.0) if self.kept < 1 else 1.0

    @classmethod
    def all(cls, name: str) -> "Formats":
        """Weights, activations and KV cache in one format."""
        return cls(name, name, name)
