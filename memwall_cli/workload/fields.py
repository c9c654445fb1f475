"""Fields of a config.json, each checked when it is read; what is wrong is gathered."""

import re
from typing import Any

from memwall_cli.errors import MemwallError
from memwall_cli.workload.model import Activation

_ACTIVATIONS: dict[str, Activation] = {
    "gelu": "gelu",
    "gelu_new": "gelu-tanh",
    "gelu_pytorch_tanh": "gelu-tanh",
    "gelu_fast": "gelu-tanh",
    "relu": "relu",
    "silu": "silu",
    "swish": "silu",
}
_HARMLESS = re.compile(
    r"^_|token_(id|index)|tokenizer|dropout|pdrop|layerdrop|eps(ilon)?$|initializer|^init|^rope_"
    r"|^rotary_|^partial_rotary|theta|version|dtype|use_cache|cache_impl|problem_type|label"
    r"|classifier|summary|task_specific|quant|auto_map|pretraining_tp|^output_|return|coef|jitter"
    r"|aux|loss|logit(s)?_scal|multiplier|^scale_|scaling|scoring|norm_topk|topk_(group|method)"
    r"|^n_group$|upcast|slow|fp32|fusion|beam|^(max|min)_length|length_penalty|ngram|top_[kp]$"
    r"|temperature|sample|pruned_heads|torchscript|chunk_size_feed_forward|max_position|distance"
    r"|pre_attn_scalar|swiglu|vision|image|audio|seq_length|skip_bias|alibi|ep_size|gradient|prefix"
)
_SHAPING = re.compile(
    r"layer|expert|moe|head|attn|attention|window|mlp|ffn|d_ff|feed|dim|size|width|hidden|embed"
    r"|rank|lora|cross|conv|ssm|mamba|sparse|block|stride|chunk|latent|qk|group|pattern|share"
    r"|bias|gate|interval|step|freq|period|every|index|compress|encoder|decoder|norm|num_|^n_"
    r"|parallel|residual|altup|laurel|type|recur|loop|predict|medusa|adapter"
)
"""Words of a field that may change what is computed, where it is none of the harmless ones."""


class Fields:
    """What a config.json holds, read by name and type.

    Reading never raises: a field that is missing or wrong is noted, something stands in for it,
    and `check` names them all in the end.

    Parameters
    ----------
    config : the parsed file.
    id : id of the model.
    place : what to call the file in an error.
    """

    def __init__(self, config: dict[str, Any], id: str, place: str) -> None:  # noqa: A002
        self.config, self.id, self.place, self.within = config, id, place, ""
        self.missing: list[str] = []
        self.wrong: list[str] = []
        self.notes: list[str] = []
        self.read = {"model_type", "architectures", "text_config"}
        self.name = str(config.get("_name", id))

    def enter(self, name: str) -> None:
        """Go on reading in an object of fields, as if it were the file."""
        inner = self.config.get(name)
        if not isinstance(inner, dict):
            raise MemwallError(f"{self.place}: field {name} is not an object of fields")
        shared = {key: self.config[key] for key in ("tie_word_embeddings",) if key in self.config}
        self.config, self.within = {**shared, **inner}, f"{name}."

    def _get(self, names: str, default: Any) -> tuple[str, Any]:
        """Find the first of several names ("n_embd|hidden_size"); null counts as absent."""
        known = names.split("|")
        self.read.update(known)
        for name in known:
            if self.config.get(name) is not None:
                return name, self.config[name]
        if default is None:
            self.missing.append(" or ".join(f"{self.within}{name}" for name in known))
        return known[0], default

    def _reject(self, name: str, problem: str) -> None:
        self.wrong.append(f"{self.place}: field {self.within}{name}: {problem}")

    def fault(self, name: str, problem: str) -> None:
        """Note that fields don't go together; only where each of them was readable."""
        if not self.missing and not self.wrong:
            self._reject(name, problem)

    def known(self, *names: str) -> None:
        """Say of fields that they change nothing that is counted here."""
        self.read.update(names)

    def whole(
        self, names: str, default: int | None = None, least: int = 1, most: int = 10**9
    ) -> int:
        """Read a whole number from `least` to `most`; without a default it must be there."""
        name, value = self._get(names, default)
        if value is None or value is default:
            return least if value is None else int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self._reject(name, f"{_shown(value)} is not a whole number from {least} to {most}")
            return least
        return value

    def part(self, name: str, default: float = 1.0) -> float:
        """Read a share between 0 and 1."""
        _, value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
            self._reject(name, f"{_shown(value)} is not between 0 and 1")
            return default
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Read true or false."""
        _, value = self._get(name, default)
        if not isinstance(value, bool):
            self._reject(name, f"{_shown(value)} is neither true nor false")
        return bool(value)

    def text(self, name: str, default: str | None = None) -> str:
        """Read a word."""
        _, value = self._get(name, default)
        if value is not None and not isinstance(value, str):
            self._reject(name, f"{_shown(value)} is not a word")
        return str(value)

    def numbers(self, name: str) -> list[int]:
        """Read a list of whole numbers; empty where it is absent."""
        return [n for n in self._list(name) if self._fits(name, n, int)]

    def words(self, name: str) -> list[str]:
        """Read a list of words; empty where it is absent."""
        return [word for word in self._list(name) if self._fits(name, word, str)]

    def _list(self, name: str) -> list[Any]:
        _, value = self._get(name, [])
        if isinstance(value, list):
            return value
        self._reject(name, f"{_shown(value)} is not a list")
        return []

    def _fits(self, name: str, value: Any, kind: type) -> bool:
        fits = isinstance(value, kind) and not isinstance(value, bool)
        if not fits:
            self._reject(name, f"{_shown(value)} does not belong in the list")
        return fits

    def activation(self, names: str, default: str) -> Activation:
        """Read the nonlinearity of the feed-forward networks."""
        name, value = self._get(names, default)
        if not isinstance(value, str) or value not in _ACTIVATIONS:
            known = ", ".join(_ACTIVATIONS)
            self._reject(name, f"activation {_shown(value)} is not known; known are {known}")
            return "gelu"
        return _ACTIVATIONS[value]

    def divides(self, part: str, number: int, whole: str, of: int) -> None:
        """Check that heads share a width evenly, or groups their heads."""
        if of % number:
            self.fault(part, f"{number} does not divide {whole} ({of})")

    def refuse(self) -> None:
        """Raise what was found missing or wrong so far.

        Raises
        ------
        MemwallError
            With a line for each fault.
        """
        faults = list(dict.fromkeys(self.wrong))
        if self.missing:
            names = ", ".join(dict.fromkeys(self.missing))
            faults.insert(0, f"{self.place}: missing: {names}; write them into the file")
        if faults:
            more = [f"... and {len(faults) - 20} more"] if len(faults) > 20 else []
            raise MemwallError("\n".join(faults[:20] + more))

    def check(self) -> None:
        """Raise what was found missing or wrong, and what is there and was not read.

        A field that no one asked for may be of a kind of model that only looks like a known one;
        by its name it may change shapes, so it is refused and not passed over.

        Raises
        ------
        MemwallError
            With a line for each fault.
        """
        kind = self.config.get("model_type")
        self.wrong += [
            f"{self.place}: field {self.within}{name}: not known in a {kind} model, and it may "
            "change what is computed; set it to null if it doesn't"
            for name, value in self.config.items()
            if value and name not in self.read and _may_shape(name)
        ]
        self.refuse()


def _may_shape(name: str) -> bool:
    lowered = name.lower()
    return not _HARMLESS.search(lowered) and bool(_SHAPING.search(lowered))


def _shown(value: Any) -> str:
    """Show a value of a file, shortened."""
    import json

    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}..."
