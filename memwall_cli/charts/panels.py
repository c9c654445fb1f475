"""What the charts with a panel per series share: their grid, names, frames and years."""

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from memwall_cli.charts import SIZE
from memwall_cli.trends.gaps import Gap
from memwall_cli.trends.series import Series

if TYPE_CHECKING:
    import pandas as pd


def grid(panels: int) -> tuple[int, tuple[float, float]]:
    """Choose columns and size, in inches, of a picture with so many panels."""
    columns = min(4, ceil(panels**0.5) + (panels > 4))
    rows = ceil(panels / columns)
    return columns, (SIZE[0] + 0.6 * (columns - 1), SIZE[1] + (0.6, 2.2)[rows > 2] * (rows > 1))


def year_breaks(limits: tuple[float, float]) -> list[int]:
    """Two to four round years per panel."""
    low, high = limits
    step = next((s for s in (1, 2, 5, 10, 20, 50) if (high - low) / s <= 5), 100)
    return [y for y in range(ceil(low), int(high) + 1) if y % step == 0]


def panel_of(quantity: Series | Gap, unit: str) -> str:
    """Name a panel: its series, and below it the unit and whose data it is if not ours."""
    where = "" if quantity.origin == "curated" else quantity.dataset
    below = ", ".join(part for part in (unit if unit != quantity.name else "", where) if part)
    return f"{quantity.label.replace('/', ' / ')}\n{below}".rstrip()


def stacked(
    parts: "Sequence[pd.DataFrame]", panels: Sequence[str], order: Sequence[str] | None = None
) -> "pd.DataFrame":
    """Stack one frame per panel, panels in the order of the table."""
    import pandas as pd

    frames = [part.assign(panel=panel) for part, panel in zip(parts, panels, strict=True)]
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    if len(frame):
        frame["panel"] = pd.Categorical(frame["panel"], list(dict.fromkeys(order or panels)))
    return frame
