"""From what a user asked for to the series and gaps that it means."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from memwall_cli.errors import UsageError, unknown
from memwall_cli.trends.curated import CURATED_SERIES, Choice
from memwall_cli.trends.gaps import GAPS, Gap, gap_of, split_gap
from memwall_cli.trends.series import (
    DATASETS,
    PAPERS,
    Day,
    Series,
    has_precision,
    load_series,
    series_names,
    user_series,
)

Load = Callable[[str, str], Series]


@dataclass(frozen=True)
class Request:
    """What the shared options asked for; `datasets` is empty where none was named."""

    names: Sequence[str] = ()
    datasets: Sequence[str] = ()
    precision: str = "best"
    window: tuple[Day | None, Day | None] = (None, None)
    include_announced: bool = False
    data: str | None = None
    choice: Choice = field(default_factory=Choice)


@dataclass
class Selection:
    """The quantities found, and what to tell the user about the choice."""

    quantities: list[Series | Gap] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def names_of(values: Sequence[str] | None) -> list[str]:
    """Split comma lists and drop repetitions, keeping the order.

    Raises
    ------
    UsageError
        If a name is empty: an unset variable must not mean "all".
    """
    parts = [part.strip() for value in values or [] for part in value.split(",")]
    if not all(parts):
        raise UsageError("a name is empty; leave it out for all")
    return list(dict.fromkeys("/".join(p.strip() for p in part.split("/")) for part in parts))


def select(
    request: Request, default_names: Callable[[str], Sequence[str]], default_datasets: Sequence[str]
) -> Selection:
    """Load what was asked for.

    Parameters
    ----------
    request : the shared options.
    default_names : names of a data set that count when none is given.
    default_datasets : data sets that count when none is given.

    Raises
    ------
    UsageError
        If a name isn't known, or options exclude each other.
    MemwallError
        If the user's file is at fault.
    """
    if request.data is not None:
        found = _from_file(request)
    else:
        found = _bundled(request, default_names, default_datasets)
    since, until = request.window
    found.quantities = [quantity.window(since, until) for quantity in found.quantities]
    return found


def _from_file(request: Request) -> Selection:
    from memwall_cli.userfile import STDIN, read_series

    assert request.data is not None
    if request.datasets:
        raise UsageError("--data and --dataset exclude each other; drop one")
    if request.include_announced:
        raise UsageError("nothing in a file is announced or shipped; drop --include-announced")
    if request.precision != "best":
        raise UsageError("a file's series carry no precision; drop --precision or --data")
    dataset = "standard input" if request.data == STDIN else Path(request.data).name
    there = user_series(read_series(request.data), dataset)

    def load(name: str, _: str) -> Series:
        if name not in there:
            raise unknown(f"series in {dataset}", name, there)
        return there[name]

    names = [
        n for given in request.names for n in ([given] if given in there else names_of([given]))
    ]
    if not names:
        return Selection(list(there.values()))
    return Selection([there[n] if n in there else _quantity(n, dataset, load) for n in names])


def _quantity(name: str, dataset: str, load: Load) -> Series | Gap:
    if "/" not in name:
        return load(name, dataset)
    above, below = split_gap(name)
    return gap_of(load(above, dataset), load(below, dataset))


def _check_name(name: str) -> None:
    """Refuse what is no series of any data set."""
    if name in DATASETS:
        raise UsageError(f"{name!r} is a data set; write --dataset {name}")
    for part in split_gap(name) if "/" in name else [name]:
        if part not in CURATED_SERIES:
            raise unknown("series", part, CURATED_SERIES)


def _bundled(
    request: Request, default_names: Callable[[str], Sequence[str]], default_datasets: Sequence[str]
) -> Selection:
    for dataset in request.datasets:
        if dataset not in DATASETS:
            raise unknown("data set", dataset, DATASETS)
    asked = names_of(request.names)
    for name in asked:
        _check_name(name)
    found = Selection()
    datasets = list(request.datasets or default_datasets)
    listed = {dataset: set(default_names(dataset)) for dataset in datasets}

    def load(name: str, dataset: str) -> Series:
        return load_series(
            name,
            dataset,
            request.precision,
            include_announced=request.include_announced,
            choice=request.choice,
        )

    every = set().union(*listed.values())
    for name in asked or [n for n in (*CURATED_SERIES, *GAPS) if n in every]:
        homes = _homes(name, request, datasets, listed)
        if has_precision(name) and request.precision != "best" and not _strict(request):
            bare = [d for d in homes if d in PAPERS]
            homes = [d for d in homes if d not in PAPERS]
            found.notes += [f"note: {d} {name} carries no precision and is left out" for d in bare]
        found.quantities += [_quantity(name, dataset, load) for dataset in homes]
    return found


def _strict(request: Request) -> bool:
    """Say whether both series and data set were named: then what is missing is an error."""
    return bool(request.names and request.datasets)


def _homes(
    name: str, request: Request, datasets: Sequence[str], listed: dict[str, set[str]]
) -> list[str]:
    """Choose the data sets that a name is taken from."""
    if not request.names:
        return [d for d in datasets if name in listed[d]]
    if _strict(request):
        return list(datasets)
    parts = name.split("/")
    return [d for d in datasets if all(part in series_names(d) for part in parts)] or [*datasets]
