"""Weights in fewer bits: quantised for real, per output channel, and multiplied as they are stored.

Symmetric, to the nearest: a channel's largest weight becomes 127 or 7. Where activations are
quantised too, each position has its own scale, found as it comes. What PyTorch has no product for
is turned back into numbers of 16 bits at every use, and `kernel` says so.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from memwall_cli.experiments.small_gpt import CausalTransformer
from memwall_cli.experiments.torch_ops import TorchOps

LARGEST = {"int8": 127, "int4": 7}
GROUPS = (256, 128, 64, 32)
"""Inputs that share a scale in PyTorch's int4 product: here all of a channel have the same."""
ROWS = 64
"""Products want a multiple of so many channels: those of zeros are cut off again."""
LEAST_ROWS = 32
"""Positions that the int8 product of a GPU takes at least."""
DEQUANTISED = "dequantised at each use"
SIMULATED = "simulated in int8"


def quantised(x: Any, format_: str) -> tuple[Any, Any]:
    """Round each row to whole numbers.

    Parameters
    ----------
    x : shape (rows, n).
    format_ : "int8" or "int4".

    Returns
    -------
    tuple of tensors
        int8, shape (rows, n); scales, fp32, shape (rows, 1): their product is near `x`.
    """
    import torch

    largest = LARGEST[format_]
    scale = x.float().abs().amax(1, keepdim=True).clamp(min=1e-12) / largest
    whole = (x.float() / scale).round().clamp(-largest, largest)
    return whole.to(torch.int8), scale


class QuantisedMatrix:
    """A weight matrix in int8 or int4.

    Parameters
    ----------
    weight : shape (outputs, inputs).
    weights : "int8" or "int4".
    activations : "bf16", or the same as `weights`.

    Attributes
    ----------
    kernel : what multiplies.
    operands : tensors that it reads.
    """

    def __init__(self, weight: Any, weights: str, activations: str) -> None:
        import torch

        self.shape, self.activations = weight.shape, activations
        padded = torch.nn.functional.pad(weight, (0, 0, 0, -weight.shape[0] % ROWS))
        # For looking up rows, which the layout of a product may not have.
        self.whole, self.scale = quantised(padded, weights)
        if activations != "bf16":
            self.kernel = "int8 product" if weights == "int8" else SIMULATED
            self._multiply, self.operands = self._of_integers()
            return
        make = self._int8 if weights == "int8" else self._int4
        try:
            self.kernel = f"{weights} product"
            self._multiply, self.operands = make()
            self._multiply(weight[:1].to(torch.bfloat16))
        except (RuntimeError, NotImplementedError, AttributeError):
            self.kernel = DEQUANTISED
            self._multiply, self.operands = self._back(weights)

    def __call__(self, x: Any) -> Any:
        """Multiply (..., inputs) by the transposed matrix: (..., outputs)."""
        outputs, inputs = self.shape
        rows = self._multiply(x.reshape(-1, inputs))
        return rows[:, :outputs].reshape(*x.shape[:-1], outputs)

    def rows(self, ids: Any) -> Any:
        """Look up rows, in bf16."""
        return (self.whole[ids] * self.scale[ids]).bfloat16()

    def _int8(self) -> tuple[Callable[[Any], Any], list[Any]]:
        import torch

        whole, scale = self.whole, self.scale[:, 0].bfloat16()
        return lambda x: torch._weight_int8pack_mm(x, whole, scale), [whole, scale]

    def _int4(self) -> tuple[Callable[[Any], Any], list[Any]]:
        import torch

        inputs = self.shape[1]
        group = next(size for size in GROUPS if inputs % size == 0)
        packed = torch._convert_weight_to_int4pack_for_cpu(self.whole.int() + 8, 1)
        pair = torch.stack([self.scale[:, 0], torch.zeros_like(self.scale[:, 0])], -1)
        scales = pair.expand(inputs // group, -1, 2).contiguous().bfloat16()

        def multiply(x: Any) -> Any:
            return torch._weight_int4pack_mm_for_cpu(x.contiguous(), packed, group, scales)

        return multiply, [packed, scales]

    def _back(self, weights: str) -> tuple[Callable[[Any], Any], list[Any]]:
        """Store, and turn back at each use."""
        import torch

        scale = self.scale.bfloat16()
        if weights == "int8":
            whole = self.whole
            return lambda x: x @ (whole.bfloat16() * scale).T, [whole, scale]
        nibbles = (self.whole + 8).to(torch.uint8)
        packed = nibbles[:, ::2] | (nibbles[:, 1::2] << 4)

        def multiply(x: Any) -> Any:
            both = torch.stack([packed & 15, packed >> 4], -1).flatten(1)
            return x @ ((both.bfloat16() - 8) * scale).T

        return multiply, [packed, scale]

    def _of_integers(self) -> tuple[Callable[[Any], Any], list[Any]]:
        """Multiply int8 by int8 into int32."""
        import torch

        scale = self.scale[:, 0]
        transposed = _faster(self.whole)
        format_ = self.activations

        def multiply(x: Any) -> Any:
            number = len(x)
            if x.is_cuda and number < LEAST_ROWS:
                x = torch.nn.functional.pad(x, (0, 0, 0, LEAST_ROWS - number))
            whole, own = quantised(x, format_)
            product = torch._int_mm(whole, transposed)
            return (product[:number] * own[:number] * scale).bfloat16()

        return multiply, [transposed, scale]


def _faster(whole: Any) -> Any:
    """Choose the layout: on CPUs one of the two is several times faster, which depends on shape."""
    import torch

    if whole.is_cuda:
        return whole.T
    row = torch.ones_like(whole[:1])

    def seconds(layout: Any) -> float:
        found = []
        for _ in range(4):
            begun = perf_counter()
            torch._int_mm(row, layout)
            found.append(perf_counter() - begun)
        return min(found)

    return min((whole.T, whole.T.contiguous()), key=seconds)


class FormatOps(TorchOps):
    """Operators on weights of any format; activations in between have the type given.

    Parameters
    ----------
    device : where.
    dtype : of activations, norms and biases: a type of PyTorch.
    """

    def __init__(self, device: str, dtype: Any) -> None:
        super().__init__(device)
        self._dtype = dtype

    def filled(self, *shape: int) -> Any:
        """Make a tensor of one small number."""
        return super().filled(*shape).to(self._dtype)

    def rows(self, table: Any, ids: Any) -> Any:
        """Look up rows of a table."""
        return table.rows(ids) if isinstance(table, QuantisedMatrix) else table[ids]

    def linear(self, x: Any, weight: Any, bias: Any) -> Any:
        """Multiply by a matrix, and add the bias."""
        if not isinstance(weight, QuantisedMatrix):
            return super().linear(x, weight, bias)
        product = weight(x)
        return product if bias is None else product + bias


def in_format(
    model: CausalTransformer, device: str, weights: str, activations: str
) -> CausalTransformer:
    """Make a model's weights anew in a format.

    Parameters
    ----------
    model : in fp32.
    device : where it is.
    weights, activations : fp32, fp16, bf16 both; or int8 or int4 weights with activations in bf16
        or the same.
    """
    import torch

    types = {"fp32": torch.float32, "fp16": torch.float16}
    dtype = types.get(weights, torch.bfloat16)

    def vector(old: Any) -> Any:
        return old.to(dtype, copy=True)

    def matrix(old: Any) -> Any:
        return QuantisedMatrix(old, weights, activations)

    return model.converted(
        FormatOps(device, dtype), matrix if weights in LARGEST else vector, vector
    )


def stored_bytes(model: CausalTransformer) -> int:
    """Count the bytes of all weights as the products read them, scales included.

    Parameters
    ----------
    model : in any format.
    """
    tensors = [*model.vectors()]
    for matrix in model.matrices():
        tensors += matrix.operands if isinstance(matrix, QuantisedMatrix) else [matrix]
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def kernel_of(model: CausalTransformer) -> str:
    """Say what multiplies a model's matrices.

    Parameters
    ----------
    model : in any format.
    """
    kernels = {m.kernel for m in model.matrices() if isinstance(m, QuantisedMatrix)}
    return ", ".join(sorted(kernels)) or "linear"
