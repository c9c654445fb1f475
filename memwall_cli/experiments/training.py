"""Training a small GPT-2 in PyTorch, and its loss on text that it has not seen."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from memwall_cli.experiments.corpus import batches, corpus
from memwall_cli.experiments.small_gpt import CausalTransformer

RATE = 1e-3
WARM_UP = 20
"""Steps over which the learning rate rises."""
CLIP = 1.0
"""Longest gradient."""


def cross_entropy(model: CausalTransformer, pieces: Any, **how: Any) -> Any:
    """Give the mean loss of a batch in nats per token, as a tensor.

    Parameters
    ----------
    model : predicts.
    pieces : shape (batch, length + 1), ids.
    how : what `CausalTransformer.logits` takes besides.
    """
    from torch.nn.functional import cross_entropy as torch_cross_entropy

    logits = model.logits(pieces[:, :-1], **how)
    return torch_cross_entropy(logits.flatten(0, 1).float(), pieces[:, 1:].flatten())


def learn(model: CausalTransformer) -> list[Any]:
    """Let gradients flow to all weights, and list them.

    Parameters
    ----------
    model : its weights are tensors of PyTorch.
    """
    return [tensor.requires_grad_() for tensor in (*model.matrices(), *model.vectors())]


def train(
    model: CausalTransformer, device: str, length: int, batch: int, steps: int, seconds: float
) -> Iterator[tuple[int, float]]:
    """Train with AdamW, the learning rate falling to zero with steps or time, whichever ends first.

    Parameters
    ----------
    model : is trained.
    device : where it is.
    length, batch : tokens of a piece of text, and pieces of a step.
    steps, seconds : the most of each.

    Yields
    ------
    tuple of int and float
        Steps done, and the loss of the last.
    """
    import torch

    weights = learn(model)
    optimizer = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.01)
    text = batches(corpus()[0], length, batch, seed=0)
    begun = perf_counter()
    for step in range(steps):
        gone = max(step / steps, (perf_counter() - begun) / seconds)
        if gone >= 1:
            break
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / WARM_UP, 1.0) * (1 - gone)
        loss = cross_entropy(model, torch.from_numpy(next(text)).to(device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(weights, CLIP)
        optimizer.step()
        yield step + 1, loss.item()
    for tensor in weights:
        tensor.requires_grad_(False)
        tensor.grad = None


def losses(
    model: CausalTransformer, pieces: npt.NDArray[np.int64], device: str, batch: int = 16
) -> npt.NDArray[np.float64]:
    """Give the loss of each piece of text, in nats per token.

    Parameters
    ----------
    model : predicts.
    pieces : shape (number, length + 1).
    device : where the model is.
    batch : pieces at once.

    Returns
    -------
    ndarray
        Shape (number,).
    """
    import torch

    found = []
    with torch.inference_mode():
        for part in np.split(pieces, range(batch, len(pieces), batch)):
            ids = torch.from_numpy(part).to(device)
            logits = model.logits(ids[:, :-1]).float()
            each = torch.nn.functional.cross_entropy(
                logits.transpose(1, 2), ids[:, 1:], reduction="none"
            )
            found.append(each.double().mean(1).cpu().numpy())
    return np.concatenate(found)
