"""One row of the operator table."""

from dataclasses import dataclass
from typing import Any, Literal

from memwall_cli.workload.formats import BITS, Formats
from memwall_cli.workload.passes import Count

Group = Literal["projection", "attention", "ffn", "head", "embedding", "other"]
Kind = Literal["matmul", "elementwise", "lookup"]


@dataclass(frozen=True)
class Operator:
    """What one operator computes and moves, all its layers and passes together.

    Attributes
    ----------
    operator, group, kind : what it is; group and kind are None in a total.
    count : how many layers have it.
    flops : floating-point operations; a multiply-add is two.
    weight_bytes, activation_bytes, kv_bytes : bytes of weights read, of activations read and
        written, of the KV cache read and written.
    """

    operator: str
    group: Group | None
    kind: Kind | None
    count: int
    flops: Count
    weight_bytes: Count = 0
    activation_bytes: Count = 0
    kv_bytes: Count = 0

    @property
    def bytes(self) -> Count:
        """All that it moves."""
        return self.weight_bytes + self.activation_bytes + self.kv_bytes

    @property
    def intensity(self) -> Any:
        """FLOPs per byte; None where nothing is moved."""
        return self.flops / self.bytes if self.bytes else None


def in_bytes(elements: Count, format_: str) -> Count:
    """Convert elements of a format into bytes; a byte half full counts whole.

    Examples
    --------
    >>> in_bytes(10, "fp16"), in_bytes(5, "int4")
    (20, 3)
    """
    bits = BITS[format_]
    return elements * (bits // 8) if bits >= 8 else -(-elements * bits // 8)


def weights_in_bytes(elements: Count, formats: Formats) -> Count:
    """Convert elements of weights into bytes, less where pruned ones are left out.

    Examples
    --------
    >>> weights_in_bytes(8, Formats("fp16")), weights_in_bytes(8, Formats("fp16", kept=0.5))
    (16, 9.0)
    """
    dense = in_bytes(elements, formats.weights)
    return dense if formats.stored == 1 else dense * formats.stored
