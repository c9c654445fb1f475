"""Count one small model of every kind that memwall reads, with transformers and PyTorch.

Usage: python scripts/count_families.py      (needs transformers and torch)

Each model is tiny and of odd shapes, so that a number put in the place of another shows. Writes
tests/oracle/family_counts.json: the whole configuration as transformers would save it, parameters,
and FLOPs of `FlopCounterMode` for one forward pass over LENGTH tokens, attention in its eager form
over the full square, logits of all tokens. See scripts/count_models.py for what these count.
For the kinds of TRAFFIC, which neither join projections nor repeat keys, also the elements of all
operands and results of matrix products: what they move when each reads and writes memory.
"""

import json
from pathlib import Path
from typing import Any

import torch
import transformers
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

ROOT = Path(__file__).resolve().parent.parent
ORACLE = ROOT / "tests" / "oracle" / "family_counts.json"
LENGTH = 24

GPT = {"vocab_size": 1000, "n_layer": 4, "n_head": 6}
FALCON = {"vocab_size": 1000, "hidden_size": 96, "num_hidden_layers": 4, "num_attention_heads": 6}
BASE = FALCON | {"intermediate_size": 200, "max_position_embeddings": 256}
GROUPED = BASE | {"num_key_value_heads": 2}
WIDE = GROUPED | {"head_dim": 20}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 50}
LATENT = BASE | EXPERTS | {"num_key_value_heads": 6, "first_k_dense_replace": 1}
LATENT |= {"q_lora_rank": 40, "kv_lora_rank": 32, "n_routed_experts": 6, "n_shared_experts": 2}
LATENT |= {"qk_nope_head_dim": 12, "qk_rope_head_dim": 8, "v_head_dim": 10}
T5 = {"vocab_size": 1000, "d_model": 96, "d_kv": 20, "d_ff": 200, "num_heads": 6}
T5 |= {"num_layers": 4, "num_decoder_layers": 3}
WINDOW = {"sliding_window": 32}

FAMILIES: dict[str, dict[str, Any]] = {
    "bert": BASE,
    "roberta": BASE,
    "xlm-roberta": BASE,
    "gpt2": GPT | {"n_embd": 96, "n_positions": 256},
    "gpt_neox": BASE,
    "opt": FALCON | {"ffn_dim": 200, "word_embed_proj_dim": 96, "max_position_embeddings": 256},
    "bloom": GPT | {"hidden_size": 96},
    "falcon": FALCON,
    "falcon, new": FALCON | {"num_kv_heads": 2, "new_decoder_architecture": True},
    "falcon, rw": FALCON
    | {"alibi": True, "multi_query": False, "parallel_attn": False, "bias": True},
    "t5": T5,
    "mt5": T5 | {"tie_word_embeddings": False},
    "llama": WIDE | {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True},
    "granite": GROUPED,
    "mistral": WIDE | WINDOW,
    "phi3": GROUPED | {"pad_token_id": 0, "partial_rotary_factor": 0.75, "sliding_window": 100},
    "qwen2": GROUPED,
    "qwen2, windowed": GROUPED | WINDOW | {"use_sliding_window": True, "max_window_layers": 2},
    "qwen3": WIDE | {"attention_bias": True},
    "olmo2": GROUPED,
    "starcoder2": GROUPED | WINDOW,
    "cohere": GROUPED,
    "glm4": WIDE | {"pad_token_id": 0, "eos_token_id": 1},
    "gemma": WIDE,
    "gemma2": WIDE | WINDOW,
    "gemma3_text": WIDE | WINDOW | {"num_hidden_layers": 7},
    "mixtral": GROUPED | {"num_local_experts": 5, "num_experts_per_tok": 2},
    "qwen2_moe": GROUPED
    | EXPERTS
    | {"num_experts": 5, "shared_expert_intermediate_size": 70, "decoder_sparse_step": 2},
    "qwen3_moe": WIDE | EXPERTS | {"num_experts": 5, "mlp_only_layers": [1]},
    "gpt_oss": WIDE | WINDOW | {"num_local_experts": 5, "num_experts_per_tok": 2},
    "deepseek_v2": LATENT,
    "deepseek_v2, lite": LATENT | {"q_lora_rank": None},
    "deepseek_v3": LATENT | {"n_group": 2, "topk_group": 1},
}
TRAFFIC: dict[str, dict[str, Any]] = {
    "bert": BASE,
    "opt": FAMILIES["opt"],
    "t5": T5,
    "llama": WIDE | {"num_key_value_heads": 6},
    "starcoder2": BASE | {"num_key_value_heads": 6},
    "gemma3_text": WIDE | {"num_key_value_heads": 6, "num_hidden_layers": 7},
    "deepseek_v3": LATENT | {"n_group": 2, "topk_group": 1, "first_k_dense_replace": 4},
}


class Traffic(TorchDispatchMode):
    """Adds up the elements that matrix products read and write; a bias is not counted."""

    elements = 0

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        out = function(*args, **(kwargs or {}))
        name = function._schema.name.removeprefix("aten::")
        if name in ("mm", "bmm", "addmm", "baddbmm"):
            operands = [one for one in args if isinstance(one, torch.Tensor)][-2:]
            self.elements += sum(one.numel() for one in (*operands, out))
        return out


def build(kind: str, config: transformers.PretrainedConfig) -> torch.nn.Module:
    """Make a model with numbers: tiny, and some kinds look at their inputs."""
    config._attn_implementation = "eager"
    config._experts_implementation = "batched_mm"
    auto = transformers.AutoModelForCausalLM
    if kind.endswith("bert") or kind.endswith("roberta"):
        auto = transformers.AutoModel
    elif kind.endswith("t5"):
        auto = transformers.AutoModelForSeq2SeqLM
    return auto.from_config(config, attn_implementation="eager").eval()


def made(name: str, fields: dict[str, Any]) -> tuple[dict[str, Any], Any, dict[str, Any]]:
    """Make a model; give its configuration as it would be saved, itself, and its input."""
    kind = name.split(",", maxsplit=1)[0]
    config = transformers.AutoConfig.for_model(kind, **fields)
    saved = json.loads(config.to_json_string(use_diff=False))
    tokens = {"input_ids": torch.full((1, LENGTH), 2)}
    if config.is_encoder_decoder:
        tokens["decoder_input_ids"] = tokens["input_ids"]
    return saved, build(kind, config), tokens


def counted(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    saved, model, tokens = made(name, fields)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(**tokens)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return {"config": saved, "parameters": parameters, "flops": counter.get_total_flops()}


def moved(name: str, fields: dict[str, Any]) -> dict[str, Any]:
    saved, model, tokens = made(name, fields)
    with torch.no_grad(), Traffic() as traffic:
        model(**tokens)
    return {"config": saved, "elements": traffic.elements}


def listed(counts: dict[str, Any]) -> str:
    """Write one model a line."""
    lines = (f"  {json.dumps(name)}: {json.dumps(found)}" for name, found in counts.items())
    return "{\n" + ",\n".join(lines) + "\n }"


def main() -> None:
    counts = {name: counted(name, fields) for name, fields in FAMILIES.items()}
    head = {
        "what": f"one forward pass over {LENGTH} tokens; see scripts/count_families.py",
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokens": LENGTH,
    }
    traffic = {name: moved(name, fields) for name, fields in TRAFFIC.items()}
    start = json.dumps(head, indent=1)[:-2]
    parts = f'"models": {listed(counts)},\n "traffic": {listed(traffic)}'
    ORACLE.write_text(f"{start},\n {parts}\n}}\n", encoding="utf-8")
    print(f"{len(counts)} models to {ORACLE}")


if __name__ == "__main__":
    main()
