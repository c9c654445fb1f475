"""The Transformer that is run: against plain loops, PyTorch's layers, and our own FLOP counts."""

from dataclasses import replace

import numpy as np
import pytest

from memwall_cli.experiments.numpy_ops import NumpyOps
from memwall_cli.experiments.transformer import Transformer
from memwall_cli.workload.config import model_of
from memwall_cli.workload.workload import Workload

BERT = model_of(
    {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "hidden_size": 24,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 40,
        "hidden_act": "gelu",
        "vocab_size": 50,
        "type_vocab_size": 2,
        "max_position_embeddings": 16,
    },
    "tiny-bert",
    "tiny-bert",
)
GPT2 = model_of(
    {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "n_embd": 24,
        "n_layer": 2,
        "n_head": 3,
        "n_inner": 40,
        "activation_function": "gelu_new",
        "vocab_size": 50,
        "n_positions": 16,
    },
    "tiny-gpt2",
    "tiny-gpt2",
)


class CountingOps(NumpyOps):
    """Adds up the FLOPs of every matrix product that is really done."""

    flops = 0

    def matmul(self, a, b):
        done = super().matmul(a, b)
        self.flops += 2 * done.size * a.shape[-1]
        return done


@pytest.fixture
def ops():
    return CountingOps(np.float64)


def livelier(model):
    """Weights of 0.02 make every softmax flat: a test of attention needs larger ones."""
    for layer in model.layers:
        layer.qkv *= 30
    return model


def plain_norm(x, weight, bias):
    return (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean() + 1e-5) * weight + bias


def plain_attention(layer, xs, heads, *, causal):
    """Position by position and head by head, as the formula stands in the paper."""
    width = xs.shape[1]
    d = width // heads
    qkv = [layer.qkv @ x + layer.qkv_bias for x in xs]
    rows = []
    for i in range(len(xs)):
        parts = []
        for h in range(heads):
            q = qkv[i][h * d : (h + 1) * d]
            seen = range(i + 1) if causal else range(len(xs))
            scores = [q @ qkv[j][width + h * d : width + (h + 1) * d] / d**0.5 for j in seen]
            part = np.exp(scores) / np.exp(scores).sum()
            values = [qkv[j][2 * width + h * d : 2 * width + (h + 1) * d] for j in seen]
            parts.append(sum(p * v for p, v in zip(part, values, strict=True)))
        rows.append(layer.out @ np.concatenate(parts) + layer.out_bias)
    return np.array(rows)


def erf_gelu(x):
    from math import erf

    return np.array([v * 0.5 * (1 + erf(v / 2**0.5)) for v in x])


def tanh_gelu(x):
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))


def plain_ffn(layer, x, gelu):
    return layer.down @ gelu(layer.up @ x + layer.up_bias) + layer.down_bias


def test_bert_is_what_plain_loops_say(ops):
    bert = livelier(Transformer(BERT, ops, 16))
    tokens = ops.tokens(2, 7, 50)
    for sequence, pooled in zip(tokens, bert.encode(tokens), strict=True):
        xs = np.array(
            [
                plain_norm(bert.token_table[t] + bert.position_table[i], *bert.outer_norm)
                for i, t in enumerate(sequence)
            ]
        )
        for layer in bert.layers:
            xs = xs + plain_attention(layer, xs, 3, causal=False)
            xs = np.array([plain_norm(x, *layer.norms[0]) for x in xs])
            xs = np.array(
                [plain_norm(x + plain_ffn(layer, x, erf_gelu), *layer.norms[1]) for x in xs]
            )
        weight, bias = bert.pooler
        np.testing.assert_allclose(pooled, np.tanh(weight @ xs[0] + bias), rtol=1e-9)


def test_gpt2_with_its_cache_is_what_plain_loops_without_one_say(ops):
    gpt2 = livelier(Transformer(GPT2, ops, 16))
    tokens = ops.tokens(2, 6, 50)
    cache = gpt2.cache(2, 16)
    logits = [gpt2.decode(tokens[:, i : i + 1], i, cache) for i in range(6)]
    for b, sequence in enumerate(tokens):
        xs = gpt2.token_table[sequence] + gpt2.position_table[:6]
        for layer in gpt2.layers:
            normed = np.array([plain_norm(x, *layer.norms[0]) for x in xs])
            xs = xs + plain_attention(layer, normed, 3, causal=True)
            xs = np.array(
                [x + plain_ffn(layer, plain_norm(x, *layer.norms[1]), tanh_gelu) for x in xs]
            )
        for i, x in enumerate(xs):
            plain = gpt2.token_table @ plain_norm(x, *gpt2.outer_norm)
            np.testing.assert_allclose(logits[i][b], plain, rtol=1e-8, atol=1e-12)


def torch_layer(torch, layer, width, heads, *, first, gelu):
    """PyTorch's own layer with our weights."""
    theirs = torch.nn.TransformerEncoderLayer(
        width, heads, 40, 0.0, gelu, norm_first=first, batch_first=True, dtype=torch.float64
    ).eval()
    pairs = {
        theirs.self_attn.in_proj_weight: layer.qkv,
        theirs.self_attn.in_proj_bias: layer.qkv_bias,
        theirs.self_attn.out_proj.weight: layer.out,
        theirs.self_attn.out_proj.bias: layer.out_bias,
        theirs.linear1.weight: layer.up,
        theirs.linear1.bias: layer.up_bias,
        theirs.linear2.weight: layer.down,
        theirs.linear2.bias: layer.down_bias,
        theirs.norm1.weight: layer.norms[0][0],
        theirs.norm1.bias: layer.norms[0][1],
        theirs.norm2.weight: layer.norms[1][0],
        theirs.norm2.bias: layer.norms[1][1],
    }
    with torch.no_grad():
        for parameter, ours in pairs.items():
            parameter.copy_(torch.as_tensor(ours))
    return theirs


def test_layers_are_those_of_pytorch(ops):
    torch = pytest.importorskip("torch", reason="PyTorch's layers need PyTorch: extra [torch]")
    x = np.random.default_rng(1).standard_normal((2, 7, 24))
    bert = livelier(Transformer(BERT, ops, 16))
    theirs = torch_layer(torch, bert.layers[0], 24, 3, first=False, gelu="gelu")
    with torch.no_grad():
        np.testing.assert_allclose(
            bert.encoder_layer(bert.layers[0], x), theirs(torch.as_tensor(x)), rtol=1e-9
        )
    gpt2 = livelier(Transformer(GPT2, ops, 16))
    layer = gpt2.layers[0]
    theirs = torch_layer(
        torch,
        *(layer, 24, 3),
        first=True,
        gelu=lambda z: torch.nn.functional.gelu(z, approximate="tanh"),
    )
    mask = torch.nn.Transformer.generate_square_subsequent_mask(7, dtype=torch.float64)
    with torch.no_grad():
        whole = theirs(torch.as_tensor(x), src_mask=mask)
    kept = gpt2.cache(2, 7)[0]
    ours = [gpt2.decoder_layer(layer, x[:, i : i + 1], i, kept) for i in range(7)]
    np.testing.assert_allclose(np.concatenate(ours, 1), whole, rtol=1e-9)


def test_both_libraries_give_the_same_logits():
    torch = pytest.importorskip("torch", reason="PyTorch's operators need PyTorch: extra [torch]")
    from memwall_cli.experiments.torch_ops import TorchOps

    class SameWeights(TorchOps):
        def random(self, *shape):
            return torch.as_tensor(numbers.random(*shape))

    numbers = NumpyOps()
    theirs = [Transformer(m, SameWeights(), 16) for m in (BERT, GPT2)]
    numbers = NumpyOps()
    ours = [Transformer(m, numbers, 16) for m in (BERT, GPT2)]
    tokens = numbers.tokens(2, 6, 50)
    np.testing.assert_allclose(
        ours[0].encode(tokens), theirs[0].encode(torch.as_tensor(tokens)), rtol=1e-4, atol=1e-6
    )
    caches = [model.cache(2, 6) for model in (ours[1], theirs[1])]
    for i in range(6):
        one = ours[1].decode(tokens[:, i : i + 1], i, caches[0])
        other = theirs[1].decode(torch.as_tensor(tokens[:, i : i + 1]), i, caches[1])
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def matmul_flops(work):
    return sum(row.flops for row in work.operators if row.kind == "matmul")


@pytest.mark.parametrize("batch", [1, 3])
def test_memwall_workload_counts_the_flops_that_are_done(ops, batch):
    bert = Transformer(BERT, ops, 16)
    bert.encode(ops.tokens(batch, 9, 50))
    assert ops.flops == matmul_flops(Workload(BERT, "encode", batch, 9))
    gpt2, ops.flops = Transformer(GPT2, ops, 16), 0
    cache = gpt2.cache(batch, 11)
    for past in range(11):
        before = ops.flops
        gpt2.decode(ops.tokens(batch, 1, 50), past, cache)
        step = Workload(GPT2, "decode", batch, 1, past + 1)
        assert ops.flops - before == matmul_flops(step)
    assert ops.flops == matmul_flops(Workload(GPT2, "generate", batch, 11))


def test_a_model_without_a_pooler_gives_all_positions(ops):
    bert = Transformer(replace(BERT, pooler=False), ops, 16)
    assert bert.encode(ops.tokens(2, 5, 50)).shape == (2, 5, 24)
