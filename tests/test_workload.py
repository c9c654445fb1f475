"""Operators against PyTorch's FlopCounterMode, and the paper's tables (arXiv 2302.14017)."""

import numpy as np
import pytest

from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.weights import parameters
from memwall_cli.workload.workload import Workload


def matmul_flops(*args, **kwargs):
    work = Workload(*args, **kwargs)
    return sum(row.flops for row in work.operators if row.kind == "matmul")


def test_llama_2_7b_decodes_one_token_by_as_many_bytes_as_flops():
    step = Workload(load_model("llama-2-7b"), "decode", context=2048)
    assert matmul_flops(step.model, "decode", context=2048) == 14_287_896_576
    assert step.total.weight_bytes + step.total.kv_bytes == 14_287_896_576
    assert parameters(step.model) == 6_738_415_616


@pytest.mark.parametrize("phase", ["prefill", "decode", "generate", "train"])
def test_a_grid_is_what_its_points_are(phase):
    model = load_model("llama-2-7b")
    batch, tokens = np.array([[1.0], [8.0]]), np.array([1.0, 5.0, 64.0])
    grid = Workload(model, phase, batch, tokens, tokens + 100).total
    for i, b in enumerate((1, 8)):
        for j, t in enumerate((1, 5, 64)):
            one = Workload(model, phase, b, t, t + 100).total
            for name in ("flops", "weight_bytes", "activation_bytes", "kv_bytes"):
                cell = np.broadcast_to(getattr(grid, name), (2, 3))[i, j]
                assert cell == getattr(one, name)


def test_int4_weights_quarter_the_weight_bytes():
    model = load_model("llama-2-7b")
    wide = Workload(model, "decode", context=2048).total
    narrow = Workload(model, "decode", context=2048, formats=Formats(weights="int4")).total
    assert narrow.weight_bytes * 4 == wide.weight_bytes
    assert narrow.kv_bytes == wide.kv_bytes
