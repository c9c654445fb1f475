"""How far ours is from every published number, on an axis that tells 0.1 % from 10 %."""

from collections.abc import Sequence
from math import asinh
from typing import TYPE_CHECKING

from memwall_cli import __version__
from memwall_cli.charts import INK, house_style
from memwall_cli.published.cases import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

LINEAR = 1e-4
"""Below this share the axis is linear, beyond it logarithmic."""
TICKS = (-0.9, -0.1, -0.01, -0.001, 0.0, 0.001, 0.01, 0.1, 1.0, 10.0)
COLOURS = {"agrees": "#0072B2", "failed": "#D55E00", "not judged": "#8C8C8C"}
SHAPES = {"agrees": "o", "failed": "X", "not judged": "o"}


def verify_chart(verdicts: Sequence[Verdict]) -> "ggplot":
    """Draw every case at ours / published - 1, in a band for each kind, with its tolerance.

    Parameters
    ----------
    verdicts : what `memwall verify` found.
    """
    import plotnine as p9

    cases = _cases(verdicts)
    kinds = list(dict.fromkeys(cases["kind"]))
    counts = cases["kind"].value_counts()
    low = min(cases["x"].min(), cases["from_"].min())
    high = max(cases["x"].max(), cases["to"].max())
    at = [t for t in TICKS if low <= _bent(t) <= high]
    aes = p9.aes
    return (
        p9.ggplot(cases, aes("x", "y", color="verdict"))
        + p9.geom_segment(
            data=cases[cases["judged"]],
            mapping=aes(x="from_", xend="to", yend="y"),
            color="#CFE3F1",
            size=1.6,
        )
        + p9.geom_vline(xintercept=0, color=INK, size=0.5)
        + p9.geom_point(aes(shape="verdict", fill="filled"), size=1.8, stroke=0.5)
        + p9.geom_point(
            data=cases[cases["verdict"] == "failed"],
            mapping=aes(shape="verdict", fill="filled"),
            size=4.5,
        )
        + p9.scale_color_manual(values=COLOURS)
        + p9.scale_fill_manual(values={**COLOURS, "hollow": "white"})
        + p9.scale_shape_manual(values=SHAPES)
        + p9.scale_x_continuous(breaks=[_bent(t) for t in at], labels=[_percent(t) for t in at])
        + p9.scale_y_continuous(
            breaks=[-kinds.index(kind) for kind in kinds],
            labels=[f"{kind}\n{counts[kind]} cases" for kind in kinds],
            minor_breaks=None,
        )
        + p9.labs(
            title=_title(verdicts),
            subtitle="Light bars: how far ours may be off; "
            "hollow: known misprints and the like, not judged; crosses: failed",
            caption=_caption(verdicts),
            x="ours above (right) or below the published number",
            y="",
        )
        + house_style((10.0, 1.6 + 0.6 * len(kinds)))
    )


def _bent(share: float) -> float:
    return asinh(share / LINEAR)


def _percent(share: float) -> str:
    return f"{100 * share:+g} %" if share else "0"


def _cases(verdicts: Sequence[Verdict]) -> "pd.DataFrame":
    """Place each case: across by its difference, in its kind's band by rank."""
    import pandas as pd

    frame = pd.DataFrame(
        {
            "kind": one.case.kind,
            "x": _bent((one.margin if one.case.is_bound else one.ratio) - 1),
            "from_": _bent(-(one.tolerance or 0.0)),
            "to": _bent(one.tolerance or 0.0),
            "verdict": {True: "agrees", False: "failed", None: "not judged"}[one.ok],
            "judged": one.ok is not None and not one.case.is_bound,
        }
        for one in verdicts
    )
    rank = frame.groupby("kind")["x"].rank(method="first", pct=True)
    band = frame["kind"].map({kind: i for i, kind in enumerate(dict.fromkeys(frame["kind"]))})
    frame["y"] = -band - 0.38 + 0.76 * rank
    frame["filled"] = frame["verdict"].where(frame["verdict"] != "not judged", "hollow")
    return frame


def _caption(verdicts: Sequence[Verdict]) -> str:
    sources = {key for one in verdicts for key in one.case.source.split(";")}
    counted = f"memwall {__version__}. n = {len(verdicts)} numbers of {len(sources)} sources"
    bounds = any(one.case.is_bound for one in verdicts)
    must = "; bounds: what was measured must lie right of 0" if bounds else ""
    return f"{counted}. The axis is linear up to 0.01 % and logarithmic beyond{must}."


def _title(verdicts: Sequence[Verdict]) -> str:
    judged = [one for one in verdicts if one.ok is not None]
    good = sum(one.ok is True for one in judged)
    return f"{good} of {len(judged)} published numbers agree with ours within their tolerance"
