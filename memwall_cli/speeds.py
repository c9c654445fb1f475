"""Measured speeds beside the floor of the same run: no measurement may be faster."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from memwall_cli.chips import load_chips
from memwall_cli.rooflines import request_parts
from memwall_cli.tables import load_table
from memwall_cli.workload.config import load_model
from memwall_cli.workload.formats import Formats
from memwall_cli.workload.parallel import Parallel
from memwall_cli.workload.roofline import roofline
from memwall_cli.workload.workload import Workload


@dataclass(frozen=True)
class Speed:
    """One measured speed.

    Attributes
    ----------
    id, unit, measured : as in the table `speeds`.
    floor : what the roofline allows at most, in the same unit: tokens/s no lower, ms no higher.
    """

    id: str
    unit: str
    measured: float
    floor: float

    @property
    def share(self) -> float:
        """Part of the roofline that was reached: the measured speed over the highest one."""
        return self.floor / self.measured if self.unit == "ms" else self.measured / self.floor


def measured_speeds() -> Iterator[Speed]:
    """Hold every measured speed against the roofline.

    Examples
    --------
    >>> next(measured_speeds()).share < 1
    True
    """
    for row in load_table("speeds").itertuples():
        yield Speed(str(row.id), str(row.unit), float(str(row.value)), _floor(row))


def _floor(row: Any) -> float:
    """Tokens/s at most, or ms at least, of the run that a row of the table describes."""
    formats = Formats(row.weights, row.activations, row.kv)
    rates = load_chips(formats, [row.accelerator]).rates
    parallel = Parallel(tp=int(row.devices))
    seconds = sum(roofline(work, rates, parallel).time_s.item() for work in _passes(row, formats))
    if row.unit == "ms":
        return 1e3 * seconds
    tokens = int(row.batch) * (int(row.generated) if row.phase == "request" else 1)
    return tokens / seconds / (parallel.devices if row.unit == "tokens/s/device" else 1)


def _passes(row: Any, formats: Formats) -> list[Workload]:
    import pandas as pd

    work = Workload(load_model(row.model), row.phase if row.phase != "request" else "decode")
    work = replace(work, batch=int(row.batch), formats=formats)
    prompt = int(row.prompt)
    if not pd.isna(row.layers):
        blocks = tuple(replace(b, count=int(row.layers)) for b in work.model.blocks)
        work = replace(work, model=replace(work.model, blocks=blocks), blocks_only=True)
    if row.phase == "request":
        return request_parts(work, prompt, int(row.generated))
    if row.phase == "decode":
        return [replace(work, tokens=1, context=prompt + 1)]
    return [replace(work, tokens=prompt, context=prompt)]
