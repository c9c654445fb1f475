"""Weights of models and memories of devices over the years, after the paper's figure 2."""

from math import exp
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from memwall_cli import __version__
from memwall_cli.charts import COLOURS, INK, decades, house_style, plain_numbers, spread
from memwall_cli.text import digits
from memwall_cli.trends.scaled import Scaled

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

MODEL, DEVICE = COLOURS[0], COLOURS[2]


def over_time_chart(models: Scaled, memories: Scaled, format_: str) -> "ggplot":
    """Draw all models and devices, their records filled, and the lines through them.

    Parameters
    ----------
    models, memories : the two series in bytes.
    format_ : number format of the weights.
    """
    import pandas as pd
    import plotnine as p9

    both = {"model": models, "device": memories}
    points = pd.concat([_points(one).assign(kind=kind) for kind, one in both.items()])
    lines = pd.concat([_line(one).assign(kind=kind) for kind, one in both.items()])
    records = points[points["record"]]
    names = pd.concat([_names(records[records["kind"] == kind]) for kind in both])
    ends = _ends(both, lines)
    aes = p9.aes
    return (
        p9.ggplot(points, aes("year", "gb", color="kind", shape="kind"))
        + p9.geom_point(data=points[~points["record"]], size=1.5, alpha=0.35, stroke=0)
        + p9.geom_line(data=lines, size=1.1)
        + p9.geom_label(
            aes("x", "y", label="name", ha="side"),
            names,
            size=8,
            color=INK,
            alpha=0.85,
            boxstyle="square",
            label_size=0,
            label_padding=0.05,
        )
        + p9.geom_point(data=records, size=2.6)
        + p9.geom_text(aes(label="text"), ends, ha="left", size=9, color=INK, lineheight=1.2)
        + p9.scale_color_manual(values={"model": MODEL, "device": DEVICE})
        + p9.scale_shape_manual(values={"model": "o", "device": "s"})
        + p9.scale_y_log10(breaks=decades, minor_breaks=None, labels=plain_numbers)
        + p9.scale_x_continuous(
            breaks=range(2016, 2040, 2), labels=lambda xs: [f"{x:.0f}" for x in xs]
        )
        + p9.expand_limits(x=[points["year"].min() - 1.3, points["year"].max() + 2.4])
        + p9.labs(
            title=fill(_title(models, memories), 84),
            subtitle=f"Weights in {format_} of Transformers with disclosed counts, and memory of "
            "one GPU or accelerator; filled: records",
            caption=fill(_caption(), 150),
            x="",
            y="GB",
        )
        + house_style()
    )


def _points(one: Scaled) -> "pd.DataFrame":
    import pandas as pd

    return pd.DataFrame(
        {
            "year": one.series.years,
            "gb": one.bytes / 1e9,
            "record": one.is_record,
            "name": one.series.ids.astype(str),
        }
    )


def _line(one: Scaled) -> "pd.DataFrame":
    import pandas as pd

    growth, years = one.fit.growth, one.series.years
    ends = np.array([years.min(), years.max()])
    values = [exp(growth.intercept + growth.slope * float(year)) for year in ends]
    return pd.DataFrame({"year": ends, "gb": np.array(values) * one.scale / 1e9})


def _names(records: "pd.DataFrame") -> "pd.DataFrame":
    """Write the name of each record beside it, where it meets neither points nor other names.

    Models climb steeply: their names stand to the left, apart. Devices climb slowly: theirs stand
    below, to the right.
    """
    heights = np.log10(records["gb"])
    if (records["kind"] == "device").all():
        below = 10 ** np.array(spread([*(heights - 0.14)], 0.15))
        return records.assign(x=records["year"] + 0.1, y=below, side="left")
    places = 10 ** np.array(spread([*heights], 0.17))
    return records.assign(x=records["year"] - 0.09, y=places, side="right")


def _ends(both: dict[str, Scaled], lines: "pd.DataFrame") -> "pd.DataFrame":
    """Label each line at its end with its rate, its interval and its n."""
    last = lines.sort_values("year").groupby("kind", as_index=False).last()
    text = []
    for kind in last["kind"]:
        growth = both[kind].fit.growth
        what = "parameters" if kind == "model" else "memory of a device"
        text.append(
            f"{what}\n{digits(growth.growth_per_2yr)}x per 2 years\n"
            f"{digits(growth.ci_low)} to {digits(growth.ci_high)}, n = {growth.n}"
        )
    return last.assign(text=text, year=last["year"].max() + 0.2)


def _title(models: Scaled, memories: Scaled) -> str:
    """State the finding with its numbers."""
    first = int(str(models.series.dates.min())[:4])
    rates = [digits(one.fit.growth.growth_per_2yr) for one in (models, memories)]
    devices = models.bytes.max() / memories.bytes.max()  # both records are within the window
    return (
        f"Since {first} Transformers grew {rates[0]}x every 2 years, a device's memory {rates[1]}x"
        f": the largest disclosed model fills {digits(devices, 2)} of the largest devices"
    )


def _caption() -> str:
    return (
        f"memwall {__version__}, data set curated. Least squares on ln(value) over all points, "
        "95 % intervals. Sparse models with all their experts. After figure 2 of arXiv 2403.14123."
    )
