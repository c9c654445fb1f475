"""What optimizers keep between steps, counted after a real one."""

from time import perf_counter
from typing import Any

from memwall_cli.experiments.job import Job
from memwall_cli.experiments.shampoo import Shampoo, Weights
from memwall_cli.experiments.training_step import Training, step_cells
from memwall_cli.render import Row
from memwall_cli.workload.footprint import Setup, footprint

OPTIMIZERS = ("sgd", "momentum", "adam", "shampoo")
"""By their names in `memwall footprint`."""


def optimizer_row(job: Job, training: Training, name: str) -> Row:
    """Make one step with an optimizer, and count what it keeps.

    Parameters
    ----------
    job, training : what computes; model and batch.
    name : of OPTIMIZERS.
    """
    training.forget()
    training.step()
    optimizer = made(name, training)
    begun = perf_counter()
    optimizer.step()
    training.device.wait()
    seconds = perf_counter() - begun
    state = state_bytes(optimizer.state)
    foreseen = int(footprint(training.work, Setup(optimizer=name)).components["optimizer"])
    return step_cells(job, training, "optimizer", name) | {
        "state_bytes": state,
        "predicted_state_bytes": foreseen,
        "state_ratio": state / foreseen if foreseen else None,
        "seconds": seconds,
        "runs": 1,
    }


def made(name: str, training: Training) -> Any:
    """Make an optimizer for the model's weights.

    Parameters
    ----------
    name : of OPTIMIZERS.
    training : the model.
    """
    import torch

    if name == "shampoo":
        net = training.net
        table, *matrices = net.matrices()
        inner = {id(layer.qkv): 3 for layer in net.layers}
        return Shampoo(
            [
                Weights(table, kind="vocabulary"),
                *(Weights(matrix, inner.get(id(matrix), 1)) for matrix in matrices),
                *(Weights(vector, kind="vector") for vector in net.vectors()),
            ]
        )
    if name == "adam":
        return torch.optim.Adam(training.weights, lr=1e-4)
    return torch.optim.SGD(training.weights, lr=1e-3, momentum=0.9 if name == "momentum" else 0.0)


def state_bytes(state: Any) -> int:
    """Count the bytes of all tensors in an optimizer's state.

    Parameters
    ----------
    state : a dict of tensors by name, for each weight.
    """
    import torch

    tensors = [x for one in state.values() for x in one.values() if isinstance(x, torch.Tensor)]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)
