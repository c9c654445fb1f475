"""The KV cache: what one position leaves in it, and what a context fills."""

from memwall_cli.workload.model import Model
from memwall_cli.workload.operator import in_bytes
from memwall_cli.workload.passes import Count, least


def kv_bytes_per_token(model: Model, format_: str = "bf16") -> int:
    """Count the bytes that one position leaves in the KV cache of all layers.

    Keys and values of each layer, or the latent vector and the rotated key where attention is
    latent (arXiv 2405.04434, table 1). A decoder beside an encoder keeps those of its own
    positions; an encoder keeps nothing.

    Parameters
    ----------
    model : the model.
    format_ : number format of the cache.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> [kv_bytes_per_token(load_model(m)) for m in ("llama-2-70b", "deepseek-v3")]
    [327680, 70272]
    """
    return int(kv_cache_bytes(model, 1, 1, format_, source=0))


def kv_cache_bytes(
    model: Model,
    context: Count,
    batch: Count = 1,
    format_: str = "bf16",
    source: Count | None = None,
) -> Count:
    """Count the bytes of the KV cache after `context` positions of each sequence.

    Layers with a window keep no more positions than it has.

    Parameters
    ----------
    model : the model.
    context : positions of a sequence.
    batch : sequences.
    format_ : number format of the cache.
    source : positions of the encoder's output; by default as many as the context.

    Examples
    --------
    >>> from memwall_cli.workload.config import load_model
    >>> mistral = load_model("mistral-7b")
    >>> kv_cache_bytes(mistral, 8192) == kv_cache_bytes(mistral, 4096)
    True
    """
    source = context if source is None else source
    elements: Count = 0
    for blocks in model.blocks:
        if model.architecture == "encoder" or blocks.stack == "encoder":
            continue
        window = blocks.attention.window
        kept = context if window is None else least(context, window)
        elements = elements + blocks.count * kept * blocks.attention.cached
        if blocks.cross:
            elements = elements + blocks.count * source * blocks.cross.cached
    return in_bytes(batch * elements, format_)
