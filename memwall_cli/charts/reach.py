"""The way to a target: frontier, forecast and band, and the dates at which they get there."""

from collections.abc import Sequence
from math import ceil, isfinite, isnan
from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli.charts import INK
from memwall_cli.charts.panels import stacked
from memwall_cli.charts.project import panel_title, project_chart
from memwall_cli.errors import UsageError
from memwall_cli.trends.gaps import RECORDS

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.trends.arrivals import Arrival
    from memwall_cli.trends.projections import Projected


def reach_chart(several: "Sequence[Arrival]", text: str) -> "ggplot":
    """Draw what `memwall project --reach` found, a panel per series that is not there yet.

    Parameters
    ----------
    several : the arrivals; the ratio of the records is left to the table.
    text : the target as the user wrote it.

    Raises
    ------
    UsageError
        If all have been reached: there is nothing to draw.
    """
    import plotnine as p9

    from memwall_cli.words.reach import band_of, sentence_of, shown_date

    ahead = [one for one in several if not one.reached]
    ahead = [one for one in ahead if one.basis != RECORDS] or ahead
    if not ahead:
        raise UsageError(f"{text.strip()} has been reached by all; there is nothing to draw")
    level = ahead[0].level
    drawn = [_projected(one) for one in ahead]
    panels = [panel_title(one) for one in drawn]
    evens = [shown_date(one, 1).replace("\n", " ") for one in ahead]
    labels = [f"even odds: {even}\n{band_of(a)}" for even, a in zip(evens, ahead, strict=True)]
    targets = stacked([_target(a, p) for a, p in zip(ahead, drawn, strict=True)], panels)
    spans = targets.dropna(subset=["first", "last"])
    medians = targets.dropna(subset=["median"])
    aes = p9.aes
    plot = project_chart(drawn, level, labels)
    plot = plot + p9.geom_hline(
        p9.aes(yintercept="value"), targets, color=INK, size=0.5, linetype="dotted"
    )
    if len(spans):
        plot = plot + p9.geom_segment(
            data=spans,
            mapping=aes(x="first", xend="last", y="value", yend="value"),
            color=INK,
            size=1.6,
        )
    if len(medians):
        plot = plot + p9.geom_point(data=medians, mapping=aes("median", "value"), size=3, color=INK)
    said = sentence_of(ahead[0], text, level)
    return plot + p9.labs(
        title=fill(said, 80),
        subtitle=(
            f"Dotted: {text.strip()}; bar on it: {level * 100:g} % band of the date; dot: even "
            "odds; shaded: band of the value; blue: fitted line"
        ),
    )


def _projected(one: "Arrival") -> "Projected":
    from memwall_cli.trends.projections import projected
    from memwall_cli.words.reach import FAR

    known = [years for years in one.years if isfinite(years) and years <= FAR]
    years = min(ceil(max(known, default=FAR) + 1), FAR)
    return next(p for p in projected(one.quantity, years, one.level) if p.basis == one.basis)


def _target(one: "Arrival", drawn: "Projected") -> "pd.DataFrame":
    """Give the target in the panel's unit, and the dates, as far as the panel goes."""
    import pandas as pd

    end = float(drawn.forecast.horizon[-1])
    first, median, last = one.years
    return pd.DataFrame(
        {
            "value": [one.target / drawn.unit[0]],
            "first": [one.yearly.now + first if first <= end else None],
            "last": [one.yearly.now + min(last, end) if not isnan(last) else None],
            "median": [one.yearly.now + median if median <= end else None],
        }
    )
