"""Models and memories in bytes: the two sides of the paper's figure 2."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from memwall_cli.trends.fits import Fitted, fitted
from memwall_cli.trends.growth import Array
from memwall_cli.trends.series import Series, load_series
from memwall_cli.workload.formats import BITS

if TYPE_CHECKING:
    import numpy.typing as npt

LEVEL = 0.95


MODELS, MEMORIES = "parameters", "memory-capacity"


@dataclass(frozen=True)
class Scaled:
    """A series in bytes, with its rate.

    Attributes
    ----------
    whole : all of the series, in its own unit, by date.
    fit : its end that is shown, and the line through that.
    scale : bytes of one unit.
    """

    whole: Series
    fit: Fitted
    scale: float

    @property
    def series(self) -> Series:
        """The points."""
        assert isinstance(self.fit.quantity, Series)
        return self.fit.quantity

    @property
    def bytes(self) -> Array:
        """The values in bytes."""
        return self.series.values * self.scale

    @property
    def is_record(self) -> "npt.NDArray[np.bool_]":
        """Whether each value that is shown exceeds all before it, those not shown included."""
        values = self.whole.values
        before = np.maximum.accumulate(np.concatenate([[0.0], values[:-1]]))
        return np.asarray(values > before)[-len(self.series.values) :]

    def leading(self, year: int) -> tuple[str, float]:
        """Id and bytes of the largest value until the end of a year."""
        until = self.whole.window(until=np.datetime64(f"{year}-12-31"))
        place = int(until.values.argmax())
        return str(until.ids[place]), float(until.values[place]) * self.scale


def scaled(format_: str) -> tuple[Scaled, Scaled]:
    """Load both series, the memories from the first model's year on, and fit them.

    Parameters
    ----------
    format_ : number format of the weights.
    """
    models = load_series(MODELS)
    first = models.dates.min().astype("datetime64[Y]").astype("datetime64[D]")
    memories = load_series(MEMORIES)
    return (
        Scaled(models, fitted(models, LEVEL), BITS[format_] / 8),
        Scaled(memories, fitted(memories.window(since=first), LEVEL), 1e9),
    )
