"""What reproduces FLOPs, bytes, parameters and caches of models."""

from functools import cache
from typing import Any

from memwall_cli.workload.config import load_model, model_of
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.kvcache import kv_cache_bytes
from memwall_cli.workload.model import Model
from memwall_cli.workload.operator import Operator, in_bytes
from memwall_cli.workload.weights import parameters as count
from memwall_cli.workload.workload import Workload

PAPER = {"formats": Formats.all("int8"), "fused": False, "blocks_only": True}
"""How arXiv 2302.14017 counts: one byte per element, each operator on its own, blocks alone."""


def typed(text: str) -> Any:
    """Read an argument: a whole number, a decimal fraction, or a word.

    Examples
    --------
    >>> typed("12"), typed("1.10"), typed("gelu")
    (12, 1.1, 'gelu')
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


@cache
def model_named(name: str) -> Model:
    """Load a bundled model, or build one from "type:field=value,field=value".

    Examples
    --------
    >>> model_named("gpt2:n_layer=1,n_embd=8,n_head=2,n_positions=4,vocab_size=10").hidden
    8
    """
    kind, _, fields = name.partition(":")
    if not fields:
        return load_model(name)
    config = {key: typed(value) for key, value in (f.split("=") for f in fields.split(","))}
    return model_of({"model_type": kind, **config}, kind, name)


@cache
def _operators(
    model: str, phase: Any, convention: str | None, more: tuple[tuple[str, Any], ...]
) -> list[Operator]:
    options = dict(more) | (PAPER if convention == "paper" else {})
    return Workload(model_named(model), phase, **options).operators


def workload(
    model: str,
    phase: str,
    quantity: str,
    convention: str | None = None,
    group: str | None = None,
    kind: str | None = None,
    **options: Any,
) -> float:
    """Add up FLOPs or bytes of a workload, or divide the one by the other.

    Parameters
    ----------
    model, phase : what runs.
    quantity : "flops", "bytes", "intensity", "flops-per-token", or "share" of all FLOPs.
    convention : "paper" counts as arXiv 2302.14017 does.
    group, kind : only operators of these.
    options : further arguments of `Workload`.

    Examples
    --------
    >>> workload("llama-2-7b", "decode", "flops", kind="matmul", context=2048)
    14287896576
    """
    rows = _operators(model, phase, convention, tuple(options.items()))
    rows = [row for row in rows if kind in (None, row.kind)]
    chosen = [row for row in rows if group in (None, row.group)]
    flops: float = sum(row.flops for row in chosen)
    moved: float = sum(row.bytes for row in chosen)
    if quantity == "share":
        return flops / float(sum(row.flops for row in rows))
    if quantity == "flops-per-token":
        return flops / int(options["tokens"])
    if quantity == "intensity":
        return flops / moved
    if quantity not in ("flops", "bytes"):
        raise ValueError(f"no quantity {quantity!r} of a workload")
    return flops if quantity == "flops" else moved


def parameters(model: str, part: str = "all") -> int:
    """Count parameters: "all", those "active" for a token, and each with "no-embedding".

    Of active parameters many count no token embedding (one row of it is looked up), but the head.

    Examples
    --------
    >>> parameters("llama-2-7b"), parameters("mixtral-8x7b", "active")
    (6738415616, 12879925248)
    """
    found = model_named(model)
    if part not in ("all", "active", "no-embedding", "active-no-embedding"):
        raise ValueError(f"no part {part!r} of the parameters")
    number = count(found, active=part.startswith("active"))
    if part.endswith("no-embedding"):
        number -= (found.vocabulary + found.positions + found.types) * found.hidden
    return number


def weights(model: str, format_: str) -> int:
    """Count the bytes of a model's weights."""
    return int(in_bytes(parameters(model), format_))


def kv_cache(model: str, format_: str, tokens: int = 1) -> int:
    """Count the bytes of the KV cache of one sequence.

    Examples
    --------
    >>> kv_cache("deepseek-v3", "bf16"), kv_cache("llama-3.1-405b", "bf16")
    (70272, 516096)
    """
    return int(kv_cache_bytes(model_named(model), tokens, 1, format_))
