"""`memwall footprint` for people: components of few workloads, or one line for each of many."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from memwall_cli.render import View
from memwall_cli.text import digits
from memwall_cli.words.footprint import LABELS, NUMBERS, configuration, in_common, varied
from memwall_cli.words.workload import lengths

if TYPE_CHECKING:
    from memwall_cli.workload.fitting import Fit
    from memwall_cli.workload.layouts import Laid

MOST_TABLES = 2
"""More workloads than this are shown with a line each."""
SHORT = {
    "weights": "weights",
    "gradients": "grad.",
    "optimizer": "optim.",
    "activations": "activ.",
    "head-activations": "head",
    "recomputation": "one layer",
    "kv-cache": "KV",
    "total": "total",
}
"""Names of components as heads of narrow columns."""


def views(laid: "Sequence[Laid]", fits: "Sequence[Sequence[Fit]]") -> list[View]:
    """Show components and accelerators of up to two workloads, or one line for each of several."""
    if len(laid) > MOST_TABLES:
        return [_lines(laid), _devices(laid, fits)]
    shown = []
    for one, places in zip(laid, fits, strict=True):
        shown += [_components(one), _accelerators(places)]
    return shown


def _components(one: "Laid") -> View:
    total = one.footprint.total
    cells = [
        [LABELS[name], _gb(size), _gb(size, 2**30), f"{100 * size / total:.1f} %"]
        for name, size in {**one.footprint.components, "total": total}.items()
    ]
    stage = f", {one.footprint.stage} stage" if one.footprint.stage else ""
    title = f"{one.work.model.name}, {one.work.phase}: {lengths(one.work)}\n{configuration(one)}"
    return View(title, (f"on a device{stage}", "GB", "GiB", "share"), cells, "lrrr")


def _gb(size: float, unit: float = 1e9) -> str:
    return "<0.001" if 0 < size < 0.0005 * unit else digits(size / unit)


def _accelerators(places: "Sequence[Fit]") -> View:
    cells = [
        [
            place.accelerator,
            digits(place.memory / 1e9),
            "yes" if place.fits else "no",
            *_needed(place),
            _count(place.batch),
            _count(place.context),
        ]
        for place in places
    ]
    headers = ("accelerator", "GB", "fits", "takes", "tp x pp", "batch up to", "context up to")
    return View("", headers, cells, "lrrrrrr")


def _needed(place: "Fit") -> list[str]:
    if place.needed is None:
        return ["-", "-"]
    parallel = place.needed.setup.parallel
    return [str(place.needed.devices), f"{parallel.tp} x {parallel.pp}"]


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}" if number < 10**9 else digits(number)


def _lines(laid: "Sequence[Laid]") -> View:
    """One line for each workload; what all have in common goes into the title."""
    differing = varied(laid)
    there = [name for name in SHORT if any(name in one.footprint.components for one in laid)]
    cells = [
        [
            *names,
            *(_gb(parts[name]) if name in parts else "" for name in there),
            _gb(one.footprint.total),
        ]
        for names, one in zip(zip(*differing.values(), strict=True), laid, strict=True)
        for parts in [one.footprint.components]
    ]
    headers = (*differing, *(SHORT[name] for name in there), "total")
    title = f"GB on a device: {', '.join(in_common(laid))}"
    return View(title, headers, cells, f"{_sides(differing)}{'r' * (len(there) + 1)}")


def _sides(names: Iterable[str]) -> str:
    return "".join("r" if name in NUMBERS else "l" for name in names)


MOST_COLUMNS = 4


def _devices(laid: "Sequence[Laid]", fits: "Sequence[Sequence[Fit]]") -> View:
    """Say how many accelerators each workload takes."""
    differing = varied(laid)
    places = [
        [str(place.needed.devices) if place.needed else "-" for place in row[:MOST_COLUMNS]]
        for row in fits
    ]
    names = zip(*differing.values(), strict=True)
    cells = [[*left, *right] for left, right in zip(names, places, strict=True)]
    shown = [place.accelerator for place in fits[0][:MOST_COLUMNS]]
    title = "Accelerators that it takes, at the least"
    return View(title, (*differing, *shown), cells, _sides(differing) + "r" * len(shown))


def summary(laid: "Sequence[Laid]", fits: "Sequence[Sequence[Fit]]") -> list[str]:
    """Say what weighs most, what the columns mean, and whose counting it is."""
    heaviest = max(laid, key=lambda one: float(one.footprint.total))
    parts = heaviest.footprint.components
    name = max(parts, key=lambda part: float(parts[part]))
    share = 100 * parts[name] / heaviest.footprint.total
    named = f"{heaviest.work.model.id}, {heaviest.work.phase}"
    lines = [
        f"Most of it is {LABELS[name]}: {share:.0f} % of the {_gb(heaviest.footprint.total)} GB "
        f"({named})."
    ]
    if any(place.needed is None for row in fits for place in row):
        lines.append(
            "-: no split by tensor and pipeline parallelism alone fits; try --sequence-parallel, "
            "--recompute full, --zero 3 or a smaller --batch."
        )
    if len(laid) <= MOST_TABLES:
        lines.append(
            "takes: the fewest devices that hold it, by which split; up to: the largest that fits "
            "on the devices asked for if those hold it, else on those."
        )
        lines += _beyond(laid, fits)
    lines.append(_counting(laid))
    return lines


def _beyond(laid: "Sequence[Laid]", fits: "Sequence[Sequence[Fit]]") -> list[str]:
    """Say which models were not made for the contexts that their memory would hold."""
    windows = {
        one.work.model.id: one.work.model.window
        for one, places in zip(laid, fits, strict=True)
        if one.work.model.window
        and any((place.context or 0) > one.work.model.window for place in places)
    }
    return [
        f"{name} was made for {window:,} positions, not more." for name, window in windows.items()
    ]


def _counting(laid: "Sequence[Laid]") -> str:
    said = ["GB of memory as printed, 10^9 bytes, nothing set aside for the framework."]
    if any(one.trains for one in laid):
        said.append(
            "Activations as arXiv 2205.05198 counts them for GPT, other layers by the same rule."
        )
    if any(not one.trains for one in laid):
        said.append("In serving, activations are those of the widest moment: a floor.")
    return " ".join(said)
