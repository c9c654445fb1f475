"""Count what PyTorch keeps of a Transformer layer for the backward pass.

    python scripts/count_saved.py > tests/oracle/saved_tensors.json

Layers of several kinds run forward in bf16; `saved_tensors_hooks` sees every tensor that autograd
keeps, and each storage counts once. Weights don't count, and neither do statistics of rows (of
norms and of softmax), which the papers leave out: a few bytes per position, listed beside.
Attention is PyTorch's fused one; the gate is an operator of its own that keeps what it is given,
as fused kernels do. Layer norms stand for RMS norms, which PyTorch takes apart on a CPU. Wants
torch (2.14 made the bundled file).
"""

import json

import torch
from torch import nn
from torch.nn import functional

LENGTH, BATCH, LAYERS = 64, 2, 2
PLAIN = {"hidden": 256, "heads": 8, "kv_heads": 8, "width": 32, "inner": 1024}
KINDS = {
    "gpt": PLAIN,
    "llama": {**PLAIN, "inner": 704, "gated": True, "rotary": True},
    "grouped": {**PLAIN, "kv_heads": 2, "inner": 896, "gated": True, "rotary": True},
    "one key head": {**PLAIN, "kv_heads": 1},
    "wide heads, normalised": {**PLAIN, "width": 64, "kv_heads": 2, "gated": True, "qk_norm": True},
}


class Gate(torch.autograd.Function):
    """silu(gate) x up, which keeps gate and up and computes silu again."""

    @staticmethod
    def forward(ctx, gate, up):
        """Multiply, and keep both."""
        ctx.save_for_backward(gate, up)
        return functional.silu(gate) * up


def rotated(x, cosine):
    first, second = x.chunk(2, -1)
    return x * cosine + torch.cat((-second, first), -1) * cosine


class Layer(nn.Module):
    """A layer with its norms before attention and feed-forward network."""

    def __init__(
        self, hidden, heads, kv_heads, width, inner, gated=False, rotary=False, qk_norm=False
    ):
        super().__init__()
        self.width, self.rotary = width, rotary
        self.register_buffer("cosine", torch.ones(LENGTH, width))
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(2))
        self.query = nn.Linear(hidden, heads * width)
        self.key, self.value = (nn.Linear(hidden, kv_heads * width) for _ in range(2))
        self.out = nn.Linear(heads * width, hidden)
        self.up, self.down = nn.Linear(hidden, inner), nn.Linear(inner, hidden)
        self.gate = nn.Linear(hidden, inner) if gated else None
        self.head_norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2)) if qk_norm else None

    def forward(self, x):
        """Add attention and feed-forward network to the residual stream."""
        x = x + self.attention(self.norms[0](x))
        y = self.norms[1](x)
        up = self.up(y)
        return x + self.down(Gate.apply(self.gate(y), up) if self.gate else functional.gelu(up))

    def attention(self, y):
        """Mix positions, by PyTorch's fused attention."""
        parts = [p(y).unflatten(-1, (-1, self.width)) for p in (self.query, self.key, self.value)]
        if self.head_norms:
            parts[:2] = [norm(part) for norm, part in zip(self.head_norms, parts, strict=False)]
        query, key, value = (part.transpose(1, 2) for part in parts)
        if self.rotary:
            query, key = rotated(query, self.cosine), rotated(key, self.cosine)
        grouped = query.shape[1] != key.shape[1]
        mixed = functional.scaled_dot_product_attention(
            query, key, value, is_causal=True, enable_gqa=grouped
        )
        return self.out(mixed.transpose(1, 2).flatten(2))


def saved(kind):
    """Bytes that a layer keeps of a position: of activations, and of statistics."""
    model = nn.Sequential(*(Layer(**kind) for _ in range(LAYERS))).to(torch.bfloat16)
    own = (*model.parameters(), *model.buffers())
    weights = {tensor.untyped_storage().data_ptr() for tensor in own}
    found, alive = {}, []

    def pack(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)
        return tensor

    x = torch.randn(BATCH, LENGTH, kind["hidden"], dtype=torch.bfloat16, requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        model(x)
    each = [size / (BATCH * LENGTH) for size in found.values()]
    most = 4 * kind["heads"]  # a number in fp32 of each head
    small, large = [n for n in each if n <= most], [n for n in each if n > most]
    return {"bytes": sum(large) / LAYERS, "statistics": sum(small) / LAYERS}


if __name__ == "__main__":
    counted = {name: {**kind, **saved(kind)} for name, kind in KINDS.items()}
    print(json.dumps({"torch": torch.__version__, "layers": counted}, indent=1))
