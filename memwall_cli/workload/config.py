"""From a Hugging Face config.json to a Model; a kind that isn't known is refused by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from memwall_cli.errors import MemwallError, unknown
from memwall_cli.tables import data_dir
from memwall_cli.workload import classics, experts, llamas
from memwall_cli.workload.fields import Fields
from memwall_cli.workload.model import Model

FAMILIES: dict[str, Callable[[Fields], Model]] = {
    "bert": classics.bert,
    "roberta": classics.bert,
    "xlm-roberta": classics.bert,
    "gpt2": classics.gpt2,
    "gpt_neox": classics.gpt_neox,
    "opt": classics.opt,
    "bloom": classics.bloom,
    "falcon": classics.falcon,
    "t5": classics.t5,
    "mt5": classics.t5,
    "llama": llamas.llama,
    "granite": llamas.llama,
    "mistral": llamas.mistral,
    "phi3": llamas.phi3,
    "qwen2": llamas.qwen2,
    "qwen3": llamas.qwen3,
    "olmo2": llamas.olmo2,
    "starcoder2": llamas.starcoder2,
    "cohere": llamas.cohere,
    "glm4": llamas.glm4,
    "gemma": llamas.gemma,
    "gemma2": llamas.gemma2,
    "gemma3_text": llamas.gemma3,
    "mixtral": experts.mixtral,
    "qwen2_moe": experts.qwen2_moe,
    "qwen3_moe": experts.qwen3_moe,
    "gpt_oss": experts.gpt_oss,
    "deepseek_v2": experts.deepseek,
    "deepseek_v3": experts.deepseek,
    "kimi_k2": experts.deepseek,
}
"""What reads each `model_type`."""


@cache
def bundled_models() -> tuple[str, ...]:
    """List the ids of the models whose configuration comes with memwall."""
    return tuple(sorted(file.stem for file in (data_dir() / "models").glob("*.json")))


def load_model(name: str) -> Model:
    """Load a bundled model by its id, or a user's by the path of its config.json.

    Raises
    ------
    UsageError
        If it is neither.
    MemwallError
        If the file can't be read, lacks what is needed, or is of a kind that isn't known.

    Examples
    --------
    >>> load_model("gpt2").hidden
    768
    """
    if name in bundled_models():
        return model_of(_read(data_dir() / "models" / f"{name}.json"), name, name)
    path = _file(name)
    if path is not None:
        label = path.resolve().parent.name if path.stem == "config" else path.stem
        return model_of(_read(path), label or "model", str(path))
    raise unknown("bundled model", name, bundled_models())


def _file(name: str) -> Path | None:
    """Find the file that a name stands for: itself, or the config.json of a folder."""
    path = Path(name)
    try:
        if name and path.is_dir():
            return path / "config.json"
        return path if path.suffix == ".json" or (name and path.exists()) else None
    except OSError:  # no name for a file
        return None


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise MemwallError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError) as error:
        raise MemwallError(f"{path}: not JSON: {error}") from None


def model_of(config: Any, id_: str, place: str) -> Model:
    """Build a model from a parsed config.json.

    Parameters
    ----------
    config : what the file holds.
    id_ : id of the model.
    place : what to call the file in an error.

    Raises
    ------
    MemwallError
        If the model type isn't known, or a field is missing or wrong.
    """
    if not isinstance(config, dict):
        raise MemwallError(f"{place}: not a config.json: no object of fields")
    fields = Fields(config, id_, place)
    if isinstance(config.get("text_config"), dict) and config.get("model_type") not in FAMILIES:
        fields.notes.append(
            f"{id_}: the language model alone (text_config); what else the file describes is not "
            "counted"
        )
        fields.enter("text_config")
    kind = fields.text("model_type")
    fields.refuse()
    if kind not in FAMILIES:
        raise _unknown_kind(place, kind)
    model = FAMILIES[kind](fields)
    fields.check()
    return replace(model, notes=(*fields.notes, *_other_heads(config, id_)))


def _unknown_kind(place: str, kind: str) -> MemwallError:
    from difflib import get_close_matches

    near = get_close_matches(kind, FAMILIES, n=3, cutoff=0.7)
    known = f"did you mean {', '.join(near)}" if near else f"known are {', '.join(FAMILIES)}"
    return MemwallError(f"{place}: model_type {kind!r} is not known; {known}")


def _other_heads(config: dict[str, Any], id_: str) -> list[str]:
    """Note what the architecture named in the file has beside, or instead of, our head."""
    named = config.get("architectures")
    other = [
        name
        for name in (named if isinstance(named, list) else [])
        if isinstance(name, str)
        and name.endswith(("Classification", "Answering", "MultipleChoice"))
    ]
    return [f"{id_}: counted with its usual head, not as {name}" for name in other]
