"""From a Hugging Face config.json to a Model; a kind that isn't known is refused by name."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from memwall_cli.errors import MemwallError, unknown
from memwall_cli.tables import data_dir
from memwall_cli.workload import classics, llamas
from memwall_cli.workload.fields import Fields
from memwall_cli.workload.model import Model

FAMILIES: dict[str, Callable[[Fields], Model]] = {
    "bert": classics.bert,
    "gpt2": classics.gpt2,
    "t5": classics.t5,
    "llama": llamas.llama,
    "mistral": llamas.mistral,
    "mixtral": llamas.mixtral,
    "qwen2": llamas.qwen2,
    "qwen3": llamas.qwen3,
    "qwen3_moe": llamas.qwen3_moe,
    "gemma3": llamas.gemma3,
    "gemma3_text": llamas.gemma3,
    "gpt_oss": llamas.gpt_oss,
    "deepseek_v2": llamas.deepseek,
    "deepseek_v3": llamas.deepseek,
    "kimi_k2": llamas.deepseek,
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
    path = Path(name)
    if path.is_dir():
        path /= "config.json"
    if path.suffix == ".json" or path.exists():
        label = path.parent.name if path.stem == "config" else path.stem
        return model_of(_read(path), label or "model", str(path))
    raise unknown("bundled model", name, bundled_models())


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise MemwallError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except ValueError as error:
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
    kind = fields.text("model_type")
    if kind not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise MemwallError(f"{place}: model_type {kind!r} is not known; known are {known}")
    return FAMILIES[kind](fields)
