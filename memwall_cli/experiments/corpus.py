"""Text to train on that every installation has: memwall's own source code.

Nothing is downloaded, the same version of memwall gives the same bytes everywhere, and unlike the
output of a random process it is text that people wrote, with words, indentation and repetition.
Every tenth file is held out.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

import memwall_cli

VOCABULARY = 256
"""A token is a byte."""
HELD_OUT = 10
"""One file in so many is kept for the test."""

Tokens = npt.NDArray[np.uint8]


@cache
def corpus() -> tuple[Tokens, Tokens]:
    """Read the text.

    Returns
    -------
    tuple of arrays
        Bytes to train on, and bytes held out.

    Examples
    --------
    >>> train, held_out = corpus()
    >>> len(train) > 5 * len(held_out) > 50_000
    True
    """
    folder = Path(memwall_cli.__file__).parent
    texts = [file.read_bytes() for file in sorted(folder.rglob("*.py"))]
    kept = b"".join(text for i, text in enumerate(texts) if i % HELD_OUT)
    held_out = b"".join(texts[::HELD_OUT])
    return np.frombuffer(kept, np.uint8), np.frombuffer(held_out, np.uint8)


def windows(text: Tokens, length: int, most: int) -> npt.NDArray[np.int64]:
    """Cut a text into pieces that follow each other, each with the byte behind it.

    Parameters
    ----------
    text : bytes.
    length : of a piece, in bytes to predict.
    most : pieces; where there are more, evenly spread ones.

    Returns
    -------
    ndarray
        Shape (pieces, length + 1).

    Examples
    --------
    >>> windows(np.arange(10, dtype=np.uint8), 3, 2).tolist()
    [[0, 1, 2, 3], [6, 7, 8, 9]]
    """
    number = (len(text) - 1) // length
    chosen = np.unique(np.linspace(0, number - 1, min(most, number)).round().astype(int))
    return np.stack([text[i * length : (i + 1) * length + 1] for i in chosen]).astype(np.int64)


def batches(text: Tokens, length: int, batch: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Draw pieces at random places, the same ones for the same seed, without end.

    Parameters
    ----------
    text : bytes.
    length, batch : bytes to predict of a piece, and pieces; shape (batch, length + 1).
    seed : of the places.
    """
    rng = np.random.default_rng(seed)
    while True:
        starts = rng.integers(0, len(text) - length, batch)
        yield np.stack([text[i : i + length + 1] for i in starts]).astype(np.int64)
