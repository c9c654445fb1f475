"""How a workload is named for people: its conditions and its lengths."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memwall_cli.workload.workload import Workload


def conditions(work: "Workload") -> str:
    """Name the formats and conventions of a workload."""
    formats = work.formats
    same = len({formats.weights, formats.activations, formats.kv}) == 1
    parts = [formats.weights] if same else _unlike(work)
    parts.append("fused" if work.fused else "unfused")
    if work.blocks_only:
        parts.append("blocks only")
    return ", ".join(parts)


def _unlike(work: "Workload") -> list[str]:
    formats = work.formats
    return [
        f"{formats.weights} weights",
        f"{formats.activations} activations",
        f"{formats.kv} KV cache",
    ]


def lengths(work: "Workload") -> str:
    """Say how many sequences there are, and how long they are."""
    batch = f"batch {work.batch}"
    tokens = f"{work.tokens} new {'token' if work.tokens == 1 else 'tokens'}"
    if work.tokens == work.context:
        return f"{batch}, {tokens.replace(' new', '')}"
    return f"{batch}, {tokens} at context {work.context}"
