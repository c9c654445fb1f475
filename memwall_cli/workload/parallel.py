"""How a model is spread over devices: tensor, pipeline, expert and data parallelism."""

from dataclasses import dataclass

from memwall_cli.errors import UsageError
from memwall_cli.workload.model import Attention, Model


@dataclass(frozen=True)
class Parallel:
    """Degrees of parallelism; they multiply.

    Attributes
    ----------
    tp : devices that share each layer: heads, feed-forward widths and the vocabulary.
    pp : stages of consecutive layers.
    ep : groups of routed experts; what is no expert is there in each group, and each group works
        on sequences of its own.
    dp : whole copies of the model, each with sequences of its own.
    """

    tp: int = 1
    pp: int = 1
    ep: int = 1
    dp: int = 1

    @property
    def devices(self) -> int:
        """Devices in all."""
        return self.tp * self.pp * self.ep * self.dp

    def check(self, model: Model) -> None:
        """Raise UsageError where the model can't be split so.

        Examples
        --------
        >>> from memwall_cli.workload.config import load_model
        >>> Parallel(tp=8, pp=4).check(load_model("llama-2-7b"))
        """
        for blocks in model.blocks:
            self._check_heads(model, blocks.attention)
            for width in {blocks.ffn.inner, blocks.ffn.shared or blocks.ffn.inner}:
                self._divides("--tp", self.tp, model, width, "the feed-forward width")
            if blocks.ffn.experts:
                self._divides("--ep", self.ep, model, blocks.ffn.experts, "the number of experts")
        if self.ep > 1 and not any(blocks.ffn.experts for blocks in model.blocks):
            raise UsageError(f"--ep {self.ep}: {model.id} has no experts to spread; leave it out")
        self._divides("--pp", self.pp, model, model.layers, "the number of layers")

    def _check_heads(self, model: Model, at: Attention) -> None:
        self._divides("--tp", self.tp, model, at.heads, "the number of heads")
        groups = at.kv_heads
        if not at.latent and groups % self.tp and self.tp % groups:
            raise UsageError(
                f"--tp {self.tp} neither divides the key-value heads of {model.id} ({groups}) nor "
                f"is a multiple; {_degrees(groups)}"
            )

    @staticmethod
    def _divides(option: str, degree: int, model: Model, whole: int, what: str) -> None:
        if whole % degree:
            raise UsageError(
                f"{option} {degree} does not divide {what} of {model.id} ({whole}); "
                f"{_degrees(whole)}"
            )


def _degrees(whole: int) -> str:
    found = divisors(whole)
    return f"what does: {', '.join(map(str, found[:12]))}{', ...' if len(found) > 12 else ''}"


def divisors(whole: int) -> list[int]:
    """List what divides a number, in order.

    Examples
    --------
    >>> divisors(12)
    [1, 2, 3, 4, 6, 12]
    """
    small = [n for n in range(1, int(whole**0.5) + 1) if whole % n == 0]
    return sorted({*small, *(whole // n for n in small)})
