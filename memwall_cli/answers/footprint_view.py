"""`memwall footprint` for people: components of few workloads, or one line for each of many."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from memwall_cli.answers.workload_view import lengths
from memwall_cli.render import View
from memwall_cli.text import digits

if TYPE_CHECKING:
    from memwall_cli.answers.footprint import Fit
    from memwall_cli.workload.layouts import Laid

MOST_TABLES = 2
"""More workloads than this are shown with a line each."""
LABELS = {
    "weights": "weights",
    "gradients": "gradients",
    "optimizer": "optimizer",
    "activations": "activations",
    "head-activations": "activations, embedding and head",
    "recomputation": "one layer, recomputed",
    "kv-cache": "KV cache",
    "total": "total",
}
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
"""Names of components in a table, and as heads of narrow columns."""
WORDS = ("model", "phase")
NUMBERS = ("batch", "context", "ZeRO")
"""What names itself, and what is a number, of what workloads may differ in."""


def views(laid: "Sequence[Laid]", fits: "Sequence[Sequence[Fit]]") -> list[View]:
    """Show components and accelerators of up to two workloads, or one line for each of several."""
    if len(laid) > MOST_TABLES:
        return [_lines(laid), _devices(laid, fits)]
    shown = []
    for one, places in zip(laid, fits, strict=True):
        shown += [_components(one), _accelerators(places)]
    return shown


def configuration(one: "Laid") -> str:
    """Say in what formats and how a workload is laid out."""
    return "; ".join(part for part in (_formats(one), _training(one), _parallel(one)) if part)


def _formats(one: "Laid") -> str:
    formats = one.work.formats
    kinds = {"weights": formats.weights, "activations": formats.activations}
    if "kv-cache" in one.footprint.components:
        kinds["KV cache"] = formats.kv
    if len(set(kinds.values())) == 1:
        return formats.weights
    return ", ".join(f"{format_} {name}" for name, format_ in kinds.items())


def _training(one: "Laid") -> str:
    if not one.trains:
        return ""
    setup = one.setup
    how = {"none": "no", "selective": "selective", "full": "full"}[setup.recompute]
    parts = [setup.optimizer, f"{how} recomputation"]
    parts += [f"ZeRO {setup.zero}"] if setup.zero else []
    parts += ["sequences split"] if setup.sequence else []
    parts += [f"interleaved by {setup.interleave}"] if setup.interleave > 1 else []
    return ", ".join(parts)


def _parallel(one: "Laid") -> str:
    parallel = one.setup.parallel
    degrees = {"tp": parallel.tp, "pp": parallel.pp, "ep": parallel.ep, "dp": parallel.dp}
    used = [f"{name} {n}" for name, n in degrees.items() if n > 1]
    if not used:
        return "one device"
    return f"{' x '.join(used)} = {parallel.devices} devices"


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


def varied(laid: "Sequence[Laid]") -> dict[str, list[str]]:
    """Tell what differs between workloads: a value for each, by name."""
    return {key: values for key, values in _named(laid).items() if len(_said(values)) > 1}


def in_common(laid: "Sequence[Laid]") -> list[str]:
    """Tell what all workloads have in common, formats and layout included."""
    shared = [
        value if key in WORDS else f"{key} {value}"
        for key, values in _named(laid).items()
        if len(_said(values)) == 1
        for value in _said(values)
    ]
    return [*shared, _formats(laid[0]), _parallel(laid[0])]


def _said(values: Sequence[str]) -> set[str]:
    """Gather the values that are given: what concerns training alone is empty elsewhere."""
    return {value for value in values if value}


def _named(laid: "Sequence[Laid]") -> dict[str, list[str]]:
    return {
        "model": [one.work.model.id for one in laid],
        "phase": [one.work.phase for one in laid],
        "batch": [str(one.work.batch) for one in laid],
        "context": [str(one.work.context) for one in laid],
        "optimizer": [one.setup.optimizer if one.trains else "" for one in laid],
        "recomp.": [one.setup.recompute if one.trains else "" for one in laid],
        "ZeRO": [str(one.setup.zero) if one.trains else "" for one in laid],
        "sequences": ["split" if one.setup.sequence else "" for one in laid],
        "interleaved by": [
            str(one.setup.interleave) if one.setup.interleave > 1 else "" for one in laid
        ],
    }


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
