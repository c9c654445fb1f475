"""Which blocks are computed again in the backward pass, and what that keeps by the footprint model.

A part is one or more blocks in a row. One that is recomputed keeps its input alone until its turn
comes in the backward pass; then it keeps all that its blocks would have kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from memwall_cli.workload.activations import kept, outside_layers
from memwall_cli.workload.formats import BITS
from memwall_cli.workload.model import Model
from memwall_cli.workload.parallel import Parallel


@dataclass(frozen=True)
class Part:
    """Blocks in a row.

    Attributes
    ----------
    blocks : how many.
    recomputed : whether they are computed again.
    """

    blocks: int
    recomputed: bool


@dataclass(frozen=True)
class Plan:
    """What happens to each block.

    Attributes
    ----------
    name : "every 2nd block".
    parts : from the first block to the last.
    """

    name: str
    parts: tuple[Part, ...]

    @property
    def recomputed(self) -> int:
        """Blocks that are computed again."""
        return sum(part.blocks for part in self.parts if part.recomputed)

    def runs(self) -> list[Callable[..., Any]]:
        """Give what runs each part: just so, or PyTorch's checkpoint."""
        return [_checkpointed if part.recomputed else _just for part in self.parts]

    def kept_bytes(self, model: Model, format_: str, batch: int, length: int) -> int:
        """Predict what the forward pass keeps for the backward one.

        Parameters
        ----------
        model, format_ : shapes; format of the activations.
        batch, length : sequences, and tokens of each.
        """
        tokens = batch * length
        one = _one_block(model, format_, tokens, length)
        whole = tokens * model.hidden * BITS[format_] // 8
        around = outside_layers(
            model, format_, Parallel(), tokens, sequence=False, first=True, last=True
        )
        layers = sum(whole if part.recomputed else part.blocks * one for part in self.parts)
        return int(layers + around)

    def again_bytes(self, model: Model, format_: str, batch: int, length: int) -> int:
        """Predict what the largest part that is recomputed keeps while its turn lasts.

        Parameters
        ----------
        model, format_, batch, length : as of `kept_bytes`.
        """
        one = _one_block(model, format_, batch * length, length)
        return one * max((part.blocks for part in self.parts if part.recomputed), default=0)


def _one_block(model: Model, format_: str, tokens: int, length: int) -> int:
    """Bytes that one block keeps; PyTorch's attention is fused and keeps no scores."""
    layer = kept(model, model.blocks[0], format_)
    return int(layer.bytes(tokens, length, 1, sequence=False, scores=False))


def plans(layers: int, *, quick: bool) -> list[Plan]:
    """List what is tried: nothing recomputed, every k-th block, every block, two or four at once.

    Parameters
    ----------
    layers : blocks, a multiple of 4.
    quick : only a few of them.

    Examples
    --------
    >>> [plan.name for plan in plans(8, quick=True)]
    ['none', 'every 2nd block', 'every block']
    >>> [plan.recomputed for plan in plans(8, quick=False)]
    [0, 2, 4, 8, 8, 8]
    """
    again, keep = Part(1, True), Part(1, False)
    found = [
        Plan("none", (keep,) * layers),
        Plan("every 4th block", (keep, keep, keep, again) * (layers // 4)),
        Plan("every 2nd block", (keep, again) * (layers // 2)),
        Plan("every block", (again,) * layers),
        Plan("2 blocks at once", (Part(2, True),) * (layers // 2)),
        Plan("4 blocks at once", (Part(4, True),) * (layers // 4)),
    ]
    return [found[i] for i in (0, 2, 3)] if quick else found


def _just(part: Callable[[Any], Any], x: Any) -> Any:
    return part(x)


def _checkpointed(part: Callable[[Any], Any], x: Any) -> Any:
    from torch.utils.checkpoint import checkpoint

    return checkpoint(part, x, use_reentrant=False, preserve_rng_state=False)
