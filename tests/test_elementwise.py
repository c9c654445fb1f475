"""FLOPs per element of what is no matrix product, counted by numbers that count themselves."""

import math

import pytest

from memwall_cli.workload import elementwise
from memwall_cli.workload.config import load_model
from memwall_cli.workload.workload import Workload

N = 1000


class Counting:
    """A number that counts what is done with it."""

    done = 0

    def __init__(self, value):
        self.value = value

    def _of(self, function, *others):
        Counting.done += 1
        values = [other.value if isinstance(other, Counting) else other for other in others]
        return Counting(function(self.value, *values))

    def __add__(self, other):
        return self._of(lambda a, b: a + b, other)

    def __sub__(self, other):
        return self._of(lambda a, b: a - b, other)

    def __mul__(self, other):
        return self._of(lambda a, b: a * b, other)

    def __truediv__(self, other):
        return self._of(lambda a, b: a / b, other)

    def __gt__(self, other):
        return self._of(lambda a, b: a > b, other).value

    def apply(self, function):
        return self._of(function)


def summed(xs):
    total = xs[0]
    for x in xs[1:]:
        total = total + x
    return total


def softmax(xs):
    top = xs[0]
    for x in xs[1:]:
        top = x if x > top else top
    raised = [(x - top).apply(math.exp) for x in xs]
    total = summed(raised)
    return [x / total for x in raised]


def layer_norm(xs):
    mean = summed(xs) / N
    off = [x - mean for x in xs]
    inverse = Counting(1.0) / (summed([x * x for x in off]) / N + 1e-5).apply(math.sqrt)
    return [x * inverse * 1.5 + 0.5 for x in off]


def rms_norm(xs):
    inverse = Counting(1.0) / (summed([x * x for x in xs]) / N + 1e-5).apply(math.sqrt)
    return [x * inverse * 1.5 for x in xs]


def rotary(xs):
    half = N // 2
    turned = [*xs[half:], *xs[:half]]  # the sign belongs to the sine
    return [x * 0.8 + y * 0.6 for x, y in zip(xs, turned, strict=True)]


def gelu(xs):
    return [x * 0.5 * ((x * 0.7071067811865476).apply(math.erf) + 1.0) for x in xs]


def gelu_tanh(xs):
    return [
        x * 0.5 * (((x * x * x * 0.044715 + x) * 0.7978845608028654).apply(math.tanh) + 1.0)
        for x in xs
    ]


def silu(xs):
    return [x / ((x * -1.0).apply(math.exp) + 1.0) for x in xs]


def relu(xs):
    return [x if x > 0 else Counting(0.0) for x in xs]


def soft_cap(xs):
    return [(x / 50.0).apply(math.tanh) * 50.0 for x in xs]


@pytest.mark.parametrize(
    ("formula", "per_element"),
    [
        (softmax, elementwise.SOFTMAX),
        (layer_norm, elementwise.LAYER_NORM),
        (rms_norm, elementwise.RMS_NORM),
        (rotary, elementwise.ROTARY),
        (soft_cap, elementwise.SOFT_CAP),
        (gelu, elementwise.ACTIVATIONS["gelu"]),
        (gelu_tanh, elementwise.ACTIVATIONS["gelu-tanh"]),
        (silu, elementwise.ACTIVATIONS["silu"]),
        (relu, elementwise.ACTIVATIONS["relu"]),
    ],
)
def test_each_formula_takes_as_many_flops_as_we_count(formula, per_element):
    Counting.done = 0
    formula([Counting(math.sin(i)) for i in range(N)])
    # The few of a whole row vanish among those of its elements.
    assert round(Counting.done / N, 1) == per_element


def test_each_operator_has_as_many_elements_as_its_input():
    n, hidden, layers, heads = 100, 4096, 32, 32
    work = Workload(load_model("llama-3-8b"), "prefill", 2, n, n)
    flops = {row.operator: row.flops for row in work.operators if row.kind == "elementwise"}
    assert flops == {
        "norm": layers * 2 * 4 * 2 * n * hidden,
        "rotary": layers * 3 * 2 * n * (32 + 8) * 128,
        "softmax": layers * 5 * 2 * heads * n * (n + 1) // 2,
        "activation function": layers * (4 + 1) * 2 * n * 14336,  # and the gate's product
        "residual": layers * 2 * 2 * n * hidden,
        "outer norm": 4 * 2 * n * hidden,
    }
