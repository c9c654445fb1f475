"""Fields of a config.json, each checked when it is read."""

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
MISSING = object()


class Fields:
    """What a config.json holds, read by name and type.

    Parameters
    ----------
    config : the parsed file, or a part of it.
    id : id of the model.
    place : what to call the file in an error.
    """

    def __init__(self, config: dict[str, Any], id: str, place: str) -> None:  # noqa: A002
        self.config, self.id, self.place = config, id, place

    @property
    def name(self) -> str:
        """Name for people."""
        return str(self.config.get("_name", self.id))

    def _get(self, names: str, default: Any) -> tuple[str, Any]:
        """Find the first of several names ("n_embd|hidden_size"); null counts as absent."""
        for name in names.split("|"):
            if self.config.get(name) is not None:
                return name, self.config[name]
        if default is MISSING:
            needed = names.replace("|", " or ")
            raise MemwallError(f"{self.place}: field {needed} is missing")
        return names, default

    def fault(self, name: str, problem: str) -> MemwallError:
        """Say what is wrong with a field."""
        return MemwallError(f"{self.place}: field {name}: {problem}")

    def whole(self, names: str, default: Any = MISSING, least: int = 1) -> int:
        """Read a whole number of at least `least`."""
        name, value = self._get(names, default)
        if value is default:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.fault(name, f"{value!r} is not a whole number of {least} or more")
        return value

    def rate(self, names: str, default: float) -> float:
        """Read a probability, such as that of dropout."""
        name, value = self._get(names, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise self.fault(name, f"{value!r} is not a number from 0 to 1")
        return float(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """Read true or false."""
        _, value = self._get(name, default)
        if not isinstance(value, bool):
            raise self.fault(name, f"{value!r} is neither true nor false")
        return value

    def text(self, name: str, default: Any = MISSING) -> str:
        """Read a word."""
        _, value = self._get(name, default)
        if not isinstance(value, str):
            raise self.fault(name, f"{value!r} is not a word")
        return value

    def words(self, name: str) -> list[str] | None:
        """Read a list of words; None where it is absent."""
        _, value = self._get(name, None)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(word, str) for word in value)
        ):
            raise self.fault(name, "is not a list of words")
        return value

    def part(self, name: str) -> "Fields":
        """Read an object of fields, as if it were a file of its own."""
        _, value = self._get(name, MISSING)
        if not isinstance(value, dict):
            raise self.fault(name, "is not an object of fields")
        return Fields({**value, "_name": self.name}, self.id, self.place)

    def activation(self, names: str, default: str) -> Activation:
        """Read the nonlinearity of the feed-forward networks."""
        name, value = self._get(names, default)
        if value not in _ACTIVATIONS:
            known = ", ".join(_ACTIVATIONS)
            raise self.fault(name, f"activation {value!r} is not known; known are {known}")
        return _ACTIVATIONS[value]

    def divides(self, part: str, number: int, whole: str, of: int) -> None:
        """Check that heads share a width evenly, or groups their heads."""
        if of % number:
            raise self.fault(part, f"{number} does not divide {whole} ({of})")
