"""`memwall roofline --over-time` for people: the leading chip of each year, and what it means."""

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from memwall_cli.render import View
from memwall_cli.text import digits, short
from memwall_cli.trends.projections import date_after
from memwall_cli.words.workload import conditions, lengths
from memwall_cli.workload.roofline import BOUNDS

if TYPE_CHECKING:
    from memwall_cli.accelerators.history import History

HEADERS = ("year", "leading chip", "FLOP/byte", "bound", "of peak", "tokens/s", "devices")


def views(found: "Sequence[History]") -> list[View]:
    """Show a table for each workload: a year, its leading chip, and the workload on it."""
    return [_view(one) for one in found]


def _view(one: "History") -> View:
    work = one.placed.work
    title = f"{work.model.name}, {work.phase}: {lengths(work)} ({conditions(work)})"
    return View(title, HEADERS, [*_past(one), *_ahead(one)], "llrlrrr")


def _past(one: "History") -> Iterator[list[str]]:
    """Describe the leading chip at the end of each year since the workload first fits."""
    past, point = one.past, one.placed.point
    days = past.chips.released
    years = days.astype("datetime64[Y]").astype(int) + 1970
    rates = one.placed.tokens_per_s
    for year in range(int(years[one.first]), int(years[-1]) + 1):
        i = past.leader[np.searchsorted(years, year, side="right") - 1]
        needed = one.devices[i]
        yield [
            str(year),
            str(past.chips.ids[i]),
            digits(past.balance[i]),
            BOUNDS[point.bound[i]],
            f"{digits(100 * float(point.share_of_peak[i]), 2)} %",
            short(float(rates[i])),
            str(int(needed)) if isfinite(needed) else "-",
        ]


def _ahead(one: "History") -> Iterator[list[str]]:
    ahead = one.past.ahead
    intensity = one.intensity
    rates = one.tokens_ahead
    for i in range(1, len(ahead.horizon)):
        value, low, high = (float(x[i]) for x in (ahead.value, ahead.low, ahead.high))
        band = f"\n{digits(low, 2)}-{digits(high, 2)}" if isfinite(low) else ""
        rate, least, most = (float(x[i]) for x in rates)
        between = f"\n{short(least)}-{short(most)}" if isfinite(least) else ""
        yield [
            date_after(one.past.yearly.now, float(ahead.horizon[i]))[:4],
            "forecast",
            f"{digits(value)}{band}",
            "memory" if intensity < value else "compute",
            f"{digits(100 * min(1.0, intensity / value), 2)} %",
            f"{short(rate)}{between}",
            "",
        ]


def summary(found: "Sequence[History]") -> list[str]:
    """Say since when memory binds, and what chips to come will ask for."""
    past = found[0].past
    ahead, precision = past.ahead, past.chips.precision[past.leader[-1]]
    last = date_after(past.yearly.now, float(ahead.horizon[-1]))[:4]
    lines = [
        "leading chip: the highest peak so far, in this format or the next wider; of peak: what "
        "the workload can use of it; tokens/s: of one device, at the floor; devices: how many "
        f"hold it; forecast: median balance of the five with the highest peaks in {precision}, "
        "tokens/s at the highest bandwidth or peak, whichever is slower, with "
        f"{ahead.level * 100:g} % bands."
    ]
    lines += [f"{_named(one)}: {_since(one)}." for one in found]
    lines.append(
        f"A leading chip of {last} may do {digits(float(ahead.value[-1]))} FLOPs in the time of "
        f"one byte ({ahead.level * 100:g} % band {digits(float(ahead.low[-1]), 2)} to "
        f"{digits(float(ahead.high[-1]), 2)}; {precision}, {ahead.n} yearly steps)."
    )
    return lines + [said for one in found if (said := _batch(one))]


def _named(one: "History") -> str:
    work = one.placed.work
    return f"{work.model.name} {work.phase}, {lengths(work)}"


def _since(one: "History") -> str:
    """Say from which year on memory binds on the leading chip."""
    day, past = one.waits_since(), one.past
    intensity = one.intensity
    said = f"{digits(intensity)} FLOP/byte, bound by"
    if day is None:
        crossed = np.flatnonzero(past.ahead.value > intensity)
        years = [int(past.yearly.now + past.ahead.horizon[i]) for i in crossed[:1]]
        later = f", by memory from {years[0]} on if the forecast holds" if years else ""
        return f"{said} compute on the leading chip, {past.chips.ids[past.leader[-1]]}{later}"
    if day == past.chips.released[0]:
        return f"{said} memory on the leading chip of every year since {str(day)[:4]}"
    place = int(np.searchsorted(past.chips.released, day, side="right") - 1)
    chip = past.chips.ids[past.leader[place]]
    return f"{said} memory on the leading chip since {str(day)[:4]} ({chip})"


def _batch(one: "History") -> str | None:
    """Say which batch a chip at the end of the forecast asks for; of decoding, where it matters."""
    work = one.placed.work
    if work.phase not in ("decode", "generate"):
        return None
    median, low, high = (float(edge[-1]) for edge in one.batches_ahead)
    if not isfinite(median):
        return (
            f"No batch makes {work.model.name} compute-bound on it at a context of "
            f"{work.passes.context}: each sequence brings its own KV cache."
        )
    ends = [digits(x) if isfinite(x) else "never" for x in (low, high)]
    return (
        f"It asks {work.model.name} for a batch of {median:.0f} (band {ends[0]} to {ends[1]}) at a "
        f"context of {work.passes.context}."
    )
