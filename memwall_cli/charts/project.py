"""History, forecast and band of each frontier and gap, a panel each."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from memwall_cli import __version__
from memwall_cli.charts import COLOURS, INK, check_number, decades, house_style, plain_numbers
from memwall_cli.charts.panels import grid, panel_of, stacked, year_breaks
from memwall_cli.text import digits
from memwall_cli.trends.gaps import GAPS, PAIRS, RECORDS, UNPAIRED

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.trends.projections import Projected

PAST, AHEAD, OTHER, LINE = INK, COLOURS[0], "#8A8A8A", COLOURS[1]


def project_chart(
    projected: "Sequence[Projected]", level: float, labels: Sequence[str] | None = None
) -> "ggplot":
    """Draw what `memwall project` found; a gap of the records is a thin line in its gap's panel.

    Parameters
    ----------
    projected : the forecasts.
    level : probability of the bands, for the caption.
    labels : what each panel says in its corner; the last value by default.
    """
    import pandas as pd
    import plotnine as p9

    main = [one for one in projected if one.basis != RECORDS] or list(projected)
    check_number(len(main))
    panels = [panel_title(one) for one in main]
    past = stacked([_past(one) for one in main], panels)
    ahead = stacked([_ahead(one) for one in main], panels)
    trends = stacked([_trend(one) for one in main], panels)
    ends = stacked([_end(one) for one in main], panels)
    if labels is not None:
        ends["text"] = list(labels)
    record = [one for one in projected if one.basis == RECORDS and panel_title(one) in panels]
    records = stacked(
        [pd.concat([_past(one), _ahead(one)], ignore_index=True) for one in record],
        [panel_title(one) for one in record],
        panels,
    )
    columns, size = grid(len(main))
    aes = p9.aes
    plot = (
        p9.ggplot(past, aes("year", "value"))
        + p9.geom_ribbon(data=ahead, mapping=aes(ymin="low", ymax="high"), fill=AHEAD, alpha=0.22)
        + p9.geom_ribbon(
            data=trends, mapping=aes(ymin="low", ymax="high"), fill=LINE, alpha=0.45, size=0
        )
        + p9.geom_line(color=PAST, size=0.9)
        + p9.geom_point(color=PAST, size=1.1)
        + p9.geom_line(data=ahead, color=AHEAD, size=1.1, linetype="dashed")
        + p9.geom_point(data=ends, color=AHEAD, shape="D", size=2.2)
        + p9.geom_text(
            data=ends,
            mapping=aes("left", "top", label="text"),
            ha="left",
            va="top",
            size=8.5 if len(main) > 1 else 12,
            color=INK,
        )
        + p9.facet_wrap("panel", scales="free", ncol=columns)
        + p9.scale_y_log10(
            breaks=decades, minor_breaks=None, labels=plain_numbers, expand=(0.06, 0, 0.14, 0)
        )
        + p9.scale_x_continuous(breaks=year_breaks, labels=lambda xs: [f"{x:.0f}" for x in xs])
        + p9.labs(
            title=fill(_title(main), 78 if len(main) == 1 else 92),
            subtitle=_subtitle(main, level),
            caption=fill(_caption(projected), 130 if len(main) == 1 else 165),
            x="",
            y="",
        )
        + house_style(size)
        + p9.theme(
            strip_text=p9.element_text(size=9 if len(main) > 1 else 11, weight="bold"),
            panel_spacing_y=0.03,
        )
    )
    if record:
        plot = plot + p9.geom_line(data=records, color=OTHER, size=0.6)
    return plot


def panel_title(one: "Projected") -> str:
    """Name the panel of a forecast, with its unit."""
    return panel_of(one.quantity, one.unit[1])


def _past(one: "Projected") -> "pd.DataFrame":
    import pandas as pd

    year = (one.yearly.now - one.yearly.age)[::-1]
    return pd.DataFrame({"year": year, "value": one.yearly.value[::-1] / one.unit[0]})


def _ahead(one: "Projected") -> "pd.DataFrame":
    import pandas as pd

    ahead = one.forecast
    columns = {name: getattr(ahead, name) / one.unit[0] for name in ("value", "low", "high")}
    frame = pd.DataFrame({"year": one.yearly.now + ahead.horizon, **columns})
    return frame.replace([0, np.inf], np.nan)  # beyond what a float holds


def _trend(one: "Projected") -> "pd.DataFrame":
    """Confidence band of the fitted line, drawn as a line's width at least."""
    import pandas as pd

    columns = {name: getattr(one.trend, name) / one.unit[0] for name in ("value", "low", "high")}
    frame = pd.DataFrame({"year": one.yearly.now + one.forecast.horizon, **columns})
    return frame.replace([0, np.inf], np.nan)


def _end(one: "Projected") -> "pd.DataFrame":
    """Place the last value, and its label into the upper left corner: what grows leaves it free."""
    past, ahead = _past(one), _ahead(one)
    end = ahead.tail(1)
    times = one.forecast.value[-1] / one.forecast.value[0]
    text = f"{one.periods[-1]}: {digits(float(end['value'].iloc[0]))} ({digits(times, 2)}x)"
    top = np.nanmax([past["value"].max(), ahead["value"].max(), ahead["high"].max()])
    return end.assign(left=past["year"].min(), top=top, text=text)


def _title(main: "Sequence[Projected]") -> str:
    """State the finding with its numbers."""
    one = _headline(main)
    ahead = one.forecast
    times = digits(ahead.value[-1] / ahead.value[0], 2)
    now, year = one.periods[0], one.periods[-1]
    if one.is_machine_balance:
        format_ = f" ({one.precision})" if one.precision else ""
        return (
            f"A leading chip of {year} may ask for {digits(ahead.value[-1])} FLOPs per byte"
            f"{format_}, {times}x one of {now}"
        )
    return f"{one.quantity.label} of {year} may be {times}x that of {now}"


def _headline(main: "Sequence[Projected]") -> "Projected":
    """Choose what the title speaks of: machine balance, else what grows most."""
    balance = [one for one in main if one.quantity.name == GAPS[0]]
    return balance[0] if balance else max(main, key=lambda one: one.forecast.drift)


def _subtitle(main: "Sequence[Projected]", level: float) -> str:
    """Say how sure the title is, and what the lines are."""
    one, parts = _headline(main), []
    low, high = one.forecast.low[-1], one.forecast.high[-1]
    band = f"{level * 100:g} % band"
    if np.isfinite([low, high]).all():
        size, unit = one.unit
        parts.append(f"{band} of that {digits(low / size, 2)} to {digits(high / size, 2)} {unit}")
        if one.is_gap:
            parts.append(f"wider with probability {one.forecast.p_wider[-1] * 100:.0f} %")
    lines = "dark: yearly values; dashed and shaded: forecast and band; blue: fitted line"
    text = "; ".join([", ".join(parts), lines] if parts else [lines])
    return text[0].upper() + text[1:]


def _caption(projected: "Sequence[Projected]") -> str:
    datasets = ", ".join(dict.fromkeys(one.quantity.dataset for one in projected))
    main = [one for one in projected if one.basis != RECORDS]
    n = ", ".join(f"{one.quantity.label} {one.forecast.n}" for one in main)
    notes = {
        PAIRS: " A gap is the median ratio of the five devices with most compute so far.",
        UNPAIRED: " Where no device has both values, a gap is the ratio of the two frontiers.",
        RECORDS: " Thin grey: ratio of the two records.",
    }
    bases = {one.basis for one in projected}
    if any(one.quantity.precision == "best" for one in projected):
        notes["best"] = " Compute: each device's best dense floating-point format."
        bases.add("best")
    return (
        f"memwall {__version__}, data set {datasets}. Random walk with drift on yearly values; "
        f"yearly steps: {n}.{''.join(text for basis, text in notes.items() if basis in bases)}"
    )
