"""What each way out gains, as bars in order, with the years that it is worth."""

from textwrap import fill
from typing import TYPE_CHECKING

from memwall_cli import __version__
from memwall_cli.accelerators.ways_out import TOGETHER
from memwall_cli.charts import COLOURS, INK, house_style, plain_numbers
from memwall_cli.text import digits, prefixed, year_count

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.accelerators.ways_out import Interval, Outcome, Ways

FAST, SMALL = COLOURS[1], COLOURS[2]


def remedies_chart(ways: "Ways") -> "ggplot":
    """Draw the gain of every way out, the largest on top.

    Parameters
    ----------
    ways : one workload on one accelerator, as it is and with each way out.
    """
    import plotnine as p9

    bars = _bars(ways)
    most = float(bars["gain"].max())
    aes = p9.aes
    return (
        p9.ggplot(bars, aes("place", "gain"))
        + p9.geom_segment(
            aes(x="place", xend="place", y=1, yend="gain"), color=_colour(ways), size=4
        )
        + p9.geom_hline(yintercept=1, color=INK, size=0.6)
        + p9.geom_text(aes(y="label_at", label="label"), ha="left", size=9, color=INK)
        + p9.scale_x_continuous(breaks=bars["place"].tolist(), labels=bars["name"].tolist())
        + p9.scale_y_log10(
            breaks=[x for x in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if x <= most * 1.2],
            minor_breaks=None,
            labels=lambda xs: [f"{x}x" for x in plain_numbers(xs)],
        )
        + p9.coord_flip()
        + p9.expand_limits(y=max(most, 1.5) ** 1.75)
        + p9.labs(
            title=fill(_title(ways), 84),
            subtitle=fill(_subtitle(ways), 125),
            caption=fill(_caption(ways), 160),
            x="",
            y="",
        )
        + house_style((10.5, 1.9 + 0.36 * len(bars)))
        + p9.theme(
            panel_grid_major_y=p9.element_blank(), axis_text_y=p9.element_text(size=10, color=INK)
        )
    )


def _training(ways: "Ways") -> bool:
    return ways.work.phase == "train"


def _colour(ways: "Ways") -> str:
    return SMALL if _training(ways) else FAST


def _gain(ways: "Ways", one: "Outcome") -> float:
    return ways.memory_gain(one) if _training(ways) else ways.gain(one)


def _bars(ways: "Ways") -> "pd.DataFrame":
    import pandas as pd

    ordered = sorted(ways.found[1:], key=lambda one: _gain(ways, one))
    gains = [_gain(ways, one) for one in ordered]
    return pd.DataFrame(
        {
            "place": range(len(ordered)),
            "name": [one.name for one in ordered],
            "gain": gains,
            "label_at": [max(g, 1.0) * max(*gains, 1.5) ** 0.012 for g in gains],
            "label": [_label(ways, one) for one in ordered],
        }
    )


def _label(ways: "Ways", one: "Outcome") -> str:
    gain = _gain(ways, one)
    years = _years(ways, one)
    worth = f" = {years} of {_what(ways)} growth" if years else ""
    slower = ""
    if _training(ways) and ways.gain(one) < 0.995:
        slower = f", {digits(1 / ways.gain(one))}x the time"
    return f" {digits(gain)}x{worth}{slower}"


def _what(ways: "Ways") -> str:
    return "capacity" if _training(ways) else "bandwidth"


def _years(ways: "Ways", one: "Outcome") -> str:
    found: Interval | None = (
        ways.capacity_years(one) if _training(ways) else ways.bandwidth_years(one)
    )
    if found is None:
        return ""
    middle, low, high = (year_count(x) for x in found)
    return f"{middle} years ({low}-{high})"


def _title(ways: "Ways") -> str:
    """State the finding: what the plainest way out brings, and what the best do together."""
    work = ways.work
    alone = [one for one in ways.found[1:] if one.name != TOGETHER]
    who = f"{work.model.name} {work.phase}, batch {work.batch}, on {ways.chip}"
    if not alone:
        return f"{who}: no way out applies"
    one = next((o for o in alone if o.name in ("int4 weights", "ZeRO 3")), None)
    one = one or max(alone, key=lambda o: _gain(ways, o))
    years = _years(ways, one).split(" (")[0]
    worth = f", worth {years} of {_what(ways)} growth" if years else ""
    gain = digits(_gain(ways, one))
    best = ways.found[-1]
    all_ = f"; the best together {digits(_gain(ways, best))}x" if best.name == TOGETHER else ""
    if _training(ways):
        return f"{who}: {one.name} leaves 1/{gain} of the memory{worth}"
    return f"{who}: {one.name} bring {gain}x the speed{worth}{all_}"


def _subtitle(ways: "Ways") -> str:
    base = ways.base
    if _training(ways):
        return (
            f"Memory of one device as it is over memory with each way out; as it is "
            f"{prefixed(base.memory, 'B')}, keeping all activations, with Adam"
        )
    return (
        f"Tokens per second over those as it is ({digits(base.tokens_per_s)} at the floor, bound "
        f"by {base.bound}); context {ways.work.passes.context}"
    )


def _caption(ways: "Ways") -> str:
    growths = ways.growths
    rate = growths.capacity if _training(ways) else growths.bandwidth
    best = ways.found[-1]
    together = f" Best together: {best.asks}." if best.name == TOGETHER and best.asks else ""
    outside = [one.name or "as it is" for one in ways.found if ways.fits(one) is False]
    counted = (
        f" Counted as if {ways.chip} held it, which it does not: {', '.join(outside)}."
        if outside
        else ""
    )
    return (
        f"memwall {__version__}, data set curated. Years: 2 ln(gain) / ln(growth per 2 years), "
        f"growth of the frontier of {_what(ways)} {digits(rate[0])}x per 2 years, "
        f"{growths.level * 100:g} % interval {digits(rate[1])} to {digits(rate[2])} (random walk "
        f"with drift). Floors, computed, not measured; n = {len(ways.found) - 1} ways."
        f"{together}{counted}"
    )
