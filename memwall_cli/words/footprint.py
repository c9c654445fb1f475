"""How footprints are named for people: components, layouts, and what differs between them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memwall_cli.workload.layouts import Laid

LABELS = {
    "weights": "weights",
    "gradients": "gradients",
    "optimizer": "optimizer",
    "activations": "activations",
    "head-activations": "activations, embedding and head",
    "recomputation": "one layer, recomputed",
    "kv-cache": "KV cache",
    "total": "total",
}
"""Names of components in a table."""
WORDS = ("model", "phase")
NUMBERS = ("batch", "context", "ZeRO")
"""What names itself, and what is a number, of what workloads may differ in."""


def configuration(one: "Laid") -> str:
    """Say in what formats and how a workload is laid out."""
    return "; ".join(part for part in (_formats(one), _training(one), _parallel(one)) if part)


def _formats(one: "Laid") -> str:
    formats = one.work.formats
    kinds = {"weights": formats.weights, "activations": formats.activations}
    if "kv-cache" in one.footprint.components:
        kinds["KV cache"] = formats.kv
    if len(set(kinds.values())) == 1:
        return formats.weights
    return ", ".join(f"{format_} {name}" for name, format_ in kinds.items())


def _training(one: "Laid") -> str:
    if not one.trains:
        return ""
    setup = one.setup
    how = {"none": "no", "selective": "selective", "full": "full"}[setup.recompute]
    parts = [setup.optimizer, f"{how} recomputation"]
    parts += [f"ZeRO {setup.zero}"] if setup.zero else []
    parts += ["sequences split"] if setup.sequence else []
    parts += [f"interleaved by {setup.interleave}"] if setup.interleave > 1 else []
    return ", ".join(parts)


def _parallel(one: "Laid") -> str:
    parallel = one.setup.parallel
    degrees = {"tp": parallel.tp, "pp": parallel.pp, "ep": parallel.ep, "dp": parallel.dp}
    used = [f"{name} {n}" for name, n in degrees.items() if n > 1]
    if not used:
        return "one device"
    return f"{' x '.join(used)} = {parallel.devices} devices"


def varied(laid: "Sequence[Laid]") -> dict[str, list[str]]:
    """Tell what differs between workloads: a value for each, by name."""
    return {key: values for key, values in _named(laid).items() if len(_said(values)) > 1}


def in_common(laid: "Sequence[Laid]") -> list[str]:
    """Tell what all workloads have in common, formats and layout included."""
    shared = [
        value if key in WORDS else f"{key} {value}"
        for key, values in _named(laid).items()
        if len(_said(values)) == 1
        for value in _said(values)
    ]
    return [*shared, _formats(laid[0]), _parallel(laid[0])]


def _said(values: Sequence[str]) -> set[str]:
    """Gather the values that are given: what concerns training alone is empty elsewhere."""
    return {value for value in values if value}


def _named(laid: "Sequence[Laid]") -> dict[str, list[str]]:
    return {
        "model": [one.work.model.id for one in laid],
        "phase": [one.work.phase for one in laid],
        "batch": [str(one.work.batch) for one in laid],
        "context": [str(one.work.context) for one in laid],
        "optimizer": [one.setup.optimizer if one.trains else "" for one in laid],
        "recomp.": [one.setup.recompute if one.trains else "" for one in laid],
        "ZeRO": [str(one.setup.zero) if one.trains else "" for one in laid],
        "sequences": ["split" if one.setup.sequence else "" for one in laid],
        "interleaved by": [
            str(one.setup.interleave) if one.setup.interleave > 1 else "" for one in laid
        ],
    }
