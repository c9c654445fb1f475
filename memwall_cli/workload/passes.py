"""What a phase asks of a model: how many passes, positions, and pairs of positions.

Counts are Python integers where what they are made of is (exact at any size), and arrays of
floats where it is arrays: one formula serves a single answer and a grid.
"""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Phase = Literal["encode", "prefill", "decode", "generate", "train"]
PHASES: tuple[Phase, ...] = ("encode", "prefill", "decode", "generate", "train")

Count: TypeAlias = Any
"""An int, or a numpy array of float64 that broadcasts with the other counts."""


def least(a: Count, b: Count) -> Count:
    """Take the smaller of two counts, element by element."""
    if isinstance(a, int) and isinstance(b, int):
        return min(a, b)
    import numpy as np

    return np.minimum(a, b)


@dataclass(frozen=True)
class Passes:
    """The passes of one phase over a batch of sequences.

    Attributes
    ----------
    batch : sequences.
    new : new positions per sequence, of all passes together.
    context : positions of a sequence in the end, the new ones included.
    causal : whether a position sees itself and what is before it, and no more.
    one_by_one : whether each new position has a pass of its own, which reads the weights anew.
    """

    batch: Count
    new: Count
    context: Count
    causal: bool = True
    one_by_one: bool = False

    @property
    def steps(self) -> Count:
        """Passes, each of which reads the weights."""
        return self.new if self.one_by_one else 1

    @property
    def tokens(self) -> Count:
        """New positions of all sequences and passes."""
        return self.batch * self.new

    @property
    def tokens_per_step(self) -> Count:
        """New positions of all sequences in one pass."""
        return self.batch if self.one_by_one else self.tokens

    def pairs(self, window: int | None = None) -> Count:
        """Pairs of a new position and one that it sees, per sequence.

        Parameters
        ----------
        window : positions that one sees, itself included; None for all.

        Examples
        --------
        >>> Passes(1, 4, 4).pairs(), Passes(1, 4, 4, causal=False).pairs()
        (10, 16)
        """
        past = self.context - self.new
        if self.causal or self.one_by_one:
            return _ramp(self.context, window) - _ramp(past, window)
        return self.new * (self._held(past, window) + self.new)

    def cached(self, window: int | None = None) -> Count:
        """Count the cached positions that are read, per sequence, of all passes together."""
        if self.one_by_one:
            return self.pairs(window) - self.new
        return self._held(self.context - self.new, window)

    @staticmethod
    def _held(past: Count, window: int | None) -> Count:
        return past if window is None else least(past, window - 1)


def _ramp(n: Count, window: int | None) -> Count:
    """Sum min(i, window) over i = 1 to n."""
    if window is None:
        return n * (n + 1) // 2
    rising = least(n, window)
    return rising * (rising + 1) // 2 + (n - rising) * window
