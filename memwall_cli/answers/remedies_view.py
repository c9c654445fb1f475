"""`memwall roofline --remedies` for people: a table for each workload, and what it means."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli.accelerators.ways_out import TOGETHER
from memwall_cli.render import View
from memwall_cli.text import digits, interval, prefixed, short, year_count
from memwall_cli.words.workload import conditions, lengths

if TYPE_CHECKING:
    from memwall_cli.accelerators.ways_out import Interval, Outcome, Ways

HEADERS = (
    *("way out", "floor", "tokens/s", "gain", "years of\nbandwidth", "memory"),
    "years of\ncapacity",
)


SLOWER = 0.995
"""A gain of less than this is a loss."""


def views(all_ways: "Sequence[Ways]") -> list[View]:
    """Show a table for each workload on each accelerator."""
    return [_view(ways) for ways in all_ways]


def _view(ways: "Ways") -> View:
    work = ways.work
    title = (
        f"{work.model.name}, {work.phase}: {lengths(work)} on {ways.chip} ({conditions(work)}), "
        f"bound by {ways.base.bound}"
    )
    rows = [_cells(ways, one) for one in ways.found]
    return View(title, HEADERS, rows, "lrrrrrr")


def _cells(ways: "Ways", one: "Outcome") -> list[str]:
    return [
        one.name or "as it is",
        prefixed(one.time_s, "s"),
        short(one.tokens_per_s),
        f"{digits(ways.gain(one))}x" if one.name else "",
        _years(ways.bandwidth_years(one)),
        f"{prefixed(one.memory, 'B')}{' *' if ways.fits(one) is False else ''}",
        _years(ways.capacity_years(one)),
    ]


def _years(years: "Interval | None") -> str:
    if years is None:
        return ""
    middle, low, high = (year_count(x) for x in years)
    return f"{middle} ({low}-{high})"


def summary(all_ways: "Sequence[Ways]") -> list[str]:
    """Say what years mean, what the ways out ask for, and what the best together are."""
    growths = all_ways[0].growths
    rates = [
        f"{name} {digits(rate[0])}x ({interval(rate[1], rate[2])})"
        for name, rate in (("bandwidth", growths.bandwidth), ("capacity", growths.capacity))
    ]
    lines = [
        "gain: tokens per second, at the floor. years: how long the frontier takes to grow as "
        f"much, 2 ln(gain) / ln(growth per 2 years): {', '.join(rates)}, with "
        f"{growths.level * 100:g} % intervals; of bandwidth only where memory binds."
    ]
    if any(ways.fits(one) is False for ways in all_ways for one in ways.found):
        lines.append("* does not fit into the memory, and is counted as if it did.")
    asks: dict[str, list[str]] = {}
    for one in (one for ways in all_ways for one in ways.found if one.name != TOGETHER):
        names = asks.setdefault(one.asks, [])
        if one.name not in names:
            names.append(one.name)
    said = [f"{', '.join(names)}: {what}" for what, names in asks.items() if what]
    lines.append(f"{'; '.join(said)}.")
    slower = {one.name for ways in all_ways for one in ways.found if ways.gain(one) < SLOWER}
    if slower and all_ways[0].work.phase != "train":
        lines.append(f"Slower than as it is, here: {', '.join(sorted(slower))}.")
    return lines + [_together(ways) for ways in all_ways]


def not_fitting(ways: "Ways") -> list[str]:
    """Warn where a device does not hold the workload as it is, and say which ways out mend it."""
    held = [one.name or "as it is" for one in ways.found[1:] if ways.fits(one)]
    if ways.fits(ways.base) is not False:
        return []
    what = f"with {', '.join(held)}" if held else "with none of the ways out"
    return [
        f"warning: {ways.work.model.id} {ways.work.phase} ({prefixed(ways.base.memory, 'B')} a "
        f"device) does not fit into {ways.chip} as it is; it does {what}"
    ]


def _together(ways: "Ways") -> str:
    best = ways.found[-1]
    who = f"{ways.work.model.name} {ways.work.phase}, batch {ways.work.batch}, on {ways.chip}"
    if best.name != TOGETHER or not best.asks:
        return f"{who}: nothing of this makes it faster."
    years = ways.bandwidth_years(best) or ways.capacity_years(best)
    what = "bandwidth" if ways.bandwidth_years(best) else "capacity"
    worth_ = f", worth {year_count(years[0])} years of {what} growth" if years else ""
    gain = (
        f"{digits(ways.gain(best))}x the tokens per second"
        if ways.work.phase != "train"
        else f"1/{digits(ways.memory_gain(best))} of the memory"
    )
    return f"{who}: best together are {best.asks}: {gain}{worth_}; then {best.bound} binds."
