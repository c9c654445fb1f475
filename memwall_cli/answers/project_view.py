"""The table of `memwall project` for people, and the sentence under it."""

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from memwall_cli.render import View
from memwall_cli.trends.gaps import FRONTIER, GAPS, PAIRS, RECORDS, UNPAIRED

if TYPE_CHECKING:
    from memwall_cli.trends.projections import Projected


def views(projected: list["Projected"], level: float) -> list[View]:
    """Lay series side by side, a row per year, as many as 80 columns hold."""
    views = []
    for dataset in dict.fromkeys(one.quantity.dataset for one in projected):
        mine = [one for one in projected if one.quantity.dataset == dataset]
        plain = [_column(one) for one in mine if not one.is_gap]
        gaps = [_column(one) for one in mine if one.is_gap]
        for columns, what in ((plain, "Frontier"), (gaps, "Gap")):
            title = f"{what} ({dataset}), with its {level * 100:g} % band"
            views += [_view(group, title) for group in _fitting(columns)]
    return views


def _view(group: list["_Column"], title: str) -> View:
    labels = ["", *group[0].labels]
    cells = zip(labels, *([c.header, *c.cells] for c in group), strict=True)
    headers, *rows = [list(row) for row in cells]
    return View(title, headers, rows, "l" + "r" * len(group))


@dataclass(frozen=True)
class _Column:
    """One forecast as a column of text: a cell per year, then rate, steps and probability."""

    header: str
    labels: list[str]
    cells: list[str]

    @property
    def width(self) -> int:
        return max(len(line) for cell in (self.header, *self.cells) for line in cell.split("\n"))


def _column(one: "Projected") -> _Column:
    from memwall_cli.text import digits

    ahead = one.forecast
    size, unit = one.unit
    header = _broken(one.quantity.label)
    header += [one.basis] if one.is_gap else []
    header += [unit.removesuffix(" parameters")] if unit != one.quantity.name else []
    labels, cells = one.periods, []
    for i in range(len(labels)):
        value, low, high = (
            digits(x[i] / size, n) for x, n in ((ahead.value, 3), (ahead.low, 2), (ahead.high, 2))
        )
        cells.append(f"{value}\n{low}-{high}" if i and isfinite(ahead.low[i]) else value)
    labels += ["per 2 years", "steps"]
    rate, least, most = ahead.growth_per_2yr
    interval = f"\n{digits(least, 2)}-{digits(most, 2)}" if isfinite(least) else ""
    cells += [f"{digits(rate)}x{interval}", str(ahead.n)]
    if one.is_gap:
        labels.append("P(wider)")
        cells.append(_percent(float(ahead.p_wider[-1])))
    labels.append("held before")
    cells.append(f"{100 * one.past.coverage:.0f} %" if one.past.n >= ENOUGH else "-")
    return _Column("\n".join(header), labels, cells)


def _broken(name: str) -> list[str]:
    """Break a series or gap after / and, where it stays long, after a hyphen."""
    lines = []
    for part in name.replace("/", "/\n").replace(" ", "\n").split("\n"):
        head, hyphen, tail = part.partition("-")
        lines += [head + hyphen, tail] if len(part) > 12 and tail else [part]
    return lines


def _fitting(columns: list[_Column]) -> list[list[_Column]]:
    """Group columns that share their row labels and fit into 80 characters together."""
    groups: list[list[_Column]] = []
    room = 0
    for column in columns:
        if not groups or column.width + 1 > room or column.labels != groups[-1][0].labels:
            groups.append([])
            room = 80 - max(map(len, column.labels))
        groups[-1].append(column)
        room -= column.width + 1
    return groups


def _percent(p: float) -> str:
    if not isfinite(p):
        return "-"
    return "> 99 %" if p > 0.99 else "< 1 %" if p < 0.01 else f"{100 * p:.0f} %"


ENOUGH = 10
"""Fewer past forecasts than this say nothing of a band."""
MEANINGS = {
    FRONTIER: "the best so far",
    PAIRS: "median ratio of the five devices with most compute so far",
    RECORDS: "ratio of the two best values so far, of whatever device",
    UNPAIRED: "the same where no record has both values",
}


def summary(projected: list["Projected"], level: float) -> list[str]:
    """Say what the first gap means for a chip of the last year, and what the words mean."""
    bases = {one.basis for one in projected}
    words = [f"{basis}: {text}" for basis, text in MEANINGS.items() if basis in bases]
    legend = (
        f"{'; '.join(words)}; steps: the yearly changes that a forecast rests on; held before: "
        "share of such bands of the past that held what came 1 to 5 years later."
    )
    gaps = [one for one in projected if one.is_gap]
    headline = next((g for g in gaps if g.quantity.name == GAPS[0]), gaps[0] if gaps else None)
    return [legend, *([_sentence(headline, level)] if headline else [])]


def _sentence(one: "Projected", level: float) -> str:
    from memwall_cli.text import digits

    ahead, now, year = one.forecast, one.periods[0], one.periods[-1]
    times = ahead.value[-1] / ahead.value[0]
    band = ""
    if isfinite(ahead.low[-1]):
        low, high = ahead.low[-1] / ahead.value[0], ahead.high[-1] / ahead.value[0]
        band = f" ({level * 100:g} % band {digits(low, 2)}x to {digits(high, 2)}x)"
    if one.is_machine_balance:
        peak = f"in {one.precision}" if one.precision else "in its best number format"
        what = (
            f"a leading chip of {year} will ask for {digits(times, 2)}x "
            f"the FLOPs per byte of DRAM traffic that one of {now} does, {peak}"
        )
    else:
        what = f"{one.quantity.label} of {year} will be {digits(times, 2)}x that of {now}"
    sure = f"; the gap widens with probability {_percent(float(ahead.p_wider[-1]))}" if band else ""
    return f"If the coming years are like the past ones, {what}{band}{sure}."
