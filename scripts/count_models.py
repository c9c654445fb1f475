"""Count the bundled models with PyTorch's own counters: the oracle that workload's tests rest on.

Usage: python scripts/count_models.py [ID...]      (needs transformers and torch)

Builds each configuration of data/models (or those named) with transformers on the meta device,
which has shapes and no numbers, so that a model of 1e12 parameters takes no memory, and writes
tests/oracle/torch_counts.json.
FLOPs are those of `FlopCounterMode`: matrix products alone, 2 per multiply and add, attention in
its eager form over the full square, logits of all tokens, one sequence. What to know of them:

- A mask saves nothing: prefill counts S x S products also in layers with a sliding window. In
  decode such a layer attends to the last `sliding_window` positions at most, as its cache holds
  no more.
- Experts: each token meets its own (`batched_mm`), so the count is that of the active ones, for
  whatever routing; the router counts as feed-forward.
- Multi-head latent attention is counted as transformers runs it: keys and values are expanded from
  the cached latents, in decode for the whole context anew at each step. That part is also given
  alone (`mla_expansion`, a part of `projection`), to be taken out where the absorbed form is meant.
- encoder-decoder: `forward` runs S tokens through the encoder and S through the decoder; `decode`
  is one decoder step over a cache of the context, against the cached encoder output of its length.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.utils.flop_counter import FlopCounterMode
from transformers import DynamicCache, EncoderDecoderCache

ROOT = Path(__file__).resolve().parent.parent
ORACLE = ROOT / "tests" / "oracle" / "torch_counts.json"
LENGTHS = (1, 128, 512, 1024, 2048, 4096)
CONTEXTS = (1, 128, 512, 1024, 2048, 4096, 8192)
ATTENTION = ("Attention", "BertSelfOutput")
HEAD = ("lm_head", "pooler")


def build(config: dict[str, Any]) -> Any:
    """Make the model that a configuration describes, of shapes alone."""
    kind = getattr(transformers, config["architectures"][0])
    fields = {key: value for key, value in config.items() if not key.startswith("_")}
    fields["architectures"] = None
    made = kind.config_class(**fields)
    made._attn_implementation = "eager"
    made._experts_implementation = "batched_mm"
    with torch.device("meta"):
        return kind(made).eval()


def group(name: str, kinds: dict[str, str], product: str) -> str:
    """Tell which of memwall's groups a module's matrix products belong to."""
    path = name.split(".")
    if path[-1] in HEAD or "pooler" in path:
        return "head"
    inside = any(kinds[".".join(path[:n])].endswith(ATTENTION) for n in range(1, len(path) + 1))
    if not inside:
        return "ffn"
    return "attention" if "bmm" in product else "projection"


def counted(model: Any, **inputs: Any) -> dict[str, int]:
    """Run the model once; return the FLOPs of its matrix products by group, and their sum."""
    kinds = {name: type(module).__name__ for name, module in model.named_modules()}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(**inputs)
    top = type(model).__name__
    left = {
        name.removeprefix(top).removeprefix("."): Counter({str(op): n for op, n in flops.items()})
        for name, flops in counter.get_flop_counts().items()
        if name != "Global"
    }
    whole = {name: flops.copy() for name, flops in left.items()}
    for name, flops in whole.items():  # what a module reports holds what its parts do
        path = name.split(".") if name else []
        above = [".".join(path[:n]) for n in range(len(path))]
        nearest = next((parent for parent in reversed(above) if parent in left), None)
        if nearest is not None:
            left[nearest].subtract(flops)
    groups: Counter[str] = Counter()
    for name, products in left.items():
        for product, count in products.items():
            groups[group(name, kinds, product)] += count
            groups["mla_expansion"] += count if name.endswith("kv_b_proj") else 0
    total = counter.get_total_flops()
    if sum(groups.values()) - groups["mla_expansion"] != total:
        raise SystemExit(f"{top}: groups {dict(groups)} do not sum to {total}")
    return {key: n for key, n in sorted(groups.items()) if n} | {"total": total}


def tokens(count: int) -> torch.Tensor:
    return torch.zeros((1, count), dtype=torch.long, device="meta")


def filled(config: Any, length: int) -> DynamicCache:
    """Make a cache that holds the keys and values of `length` earlier tokens."""
    cache = DynamicCache(config=config)
    latent = getattr(config, "kv_lora_rank", None)
    if config.model_type == "t5":
        heads, width = config.num_heads, config.d_kv
    else:
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        width = getattr(config, "head_dim", None) or (
            config.hidden_size // config.num_attention_heads
        )
    keys, values = ((1, latent), (1, config.qk_rope_head_dim)) if latent else ((heads, width),) * 2
    for layer in range(config.num_hidden_layers):
        cache.update(
            torch.empty((1, keys[0], length, keys[1]), device="meta"),
            torch.empty((1, values[0], length, values[1]), device="meta"),
            layer,
        )
    return cache


def forward(model: Any, length: int) -> dict[str, int]:
    config, inputs = model.config, {"input_ids": tokens(length)}
    if config.is_encoder_decoder:
        inputs["decoder_input_ids"] = tokens(length)
    elif config.model_type != "bert":
        # Without a cache transformers looks for packed sequences, at numbers that are not there.
        inputs |= {"cache": DynamicCache(config=config), "use_cache": True}
    return counted(model, **inputs)


def decode(model: Any, context: int) -> dict[str, int]:
    """Count one new token that attends to `context` positions, itself included."""
    config = model.config
    cache = filled(config, context - 1) if context > 1 else DynamicCache(config=config)
    if not config.is_encoder_decoder:
        place = torch.full((1, 1), context - 1, device="meta")
        return counted(model, input_ids=tokens(1), position_ids=place, cache=cache, use_cache=True)
    both = EncoderDecoderCache(cache, filled(config, context))
    both.is_updated = dict.fromkeys(range(config.num_hidden_layers), True)
    seen = torch.empty((1, context, config.d_model), device="meta")
    return counted(
        model,
        encoder_outputs=(seen,),
        decoder_input_ids=tokens(1),
        cache=both,
        use_cache=True,
    )


def counts_of(config: dict[str, Any]) -> dict[str, Any]:
    model = build(config)
    positions = config.get("n_positions") or config["max_position_embeddings"]
    if config["model_type"] == "t5":
        positions = max(LENGTHS)  # relative positions have no end
    counts: dict[str, Any] = {
        "class": type(model).__name__,
        "parameters": sum(p.numel() for p in model.parameters()),
        "forward": {n: forward(model, n) for n in LENGTHS if n <= positions},
    }
    if config["model_type"] != "bert":
        counts["decode"] = {n: decode(model, n) for n in CONTEXTS if n <= positions}
    return counts


def main(ids: list[str]) -> None:
    files = {file.stem: file for file in sorted((ROOT / "data" / "models").glob("*.json"))}
    found = json.loads(ORACLE.read_text("utf-8"))["models"] if ids and ORACLE.exists() else {}
    for name in ids or files:
        found[name] = counts_of(json.loads(files[name].read_text("utf-8")))
        print(name, f"{found[name]['parameters']:,}", file=sys.stderr)
    made = {
        "what": "parameters and matrix-product FLOPs of the bundled models; batch 1, logits of all "
        "tokens, full square; see scripts/count_models.py",
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "models": dict(sorted(found.items())),
    }
    ORACLE.parent.mkdir(exist_ok=True)
    ORACLE.write_text(json.dumps(made, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
