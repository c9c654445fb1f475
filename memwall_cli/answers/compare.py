"""What `memwall measure --compare` answers: two runs, or two machines, side by side."""

from pathlib import Path

from memwall_cli.errors import MemwallError
from memwall_cli.experiments.compare import COMPARABLE, matched
from memwall_cli.experiments.run import machine_of, read_run
from memwall_cli.render import Result, Row, View
from memwall_cli.text import digits

KEYS = ("experiment", "measured", "quantity", "run1", "run2", "ratio")
UNITS = {"flops_per_s": (1e9, "GFLOP/s"), "bytes_per_s": (1e9, "GB/s"), "seconds": (1.0, "s")}


def compare_result(first: Path, second: Path) -> Result:
    """Compare two runs of the same experiment.

    Parameters
    ----------
    first, second : files that `memwall measure -o FILE.json` wrote.

    Raises
    ------
    MemwallError
        If one can't be read, or they have nothing in common.
    """
    runs = [read_run(first), read_run(second)]
    names = [str(rows[0]["experiment"]) for rows in runs]
    if names[0] != names[1]:
        raise MemwallError(
            f"{first} is a run of {names[0]}, {second} of {names[1]}; compare two of one kind"
        )
    if names[0] not in COMPARABLE:
        raise MemwallError(f"{first}: no experiment {names[0]!r} is known to this memwall")
    rows = matched(names[0], *runs)
    if not rows:
        raise MemwallError(f"{first} and {second} have no measurement in common")
    told = [
        f"run {number}: {file.name}, {machine_of(run)}, {run[0]['system']}, {run[0]['date']}, "
        f"numpy {run[0]['numpy']} ({run[0]['blas']}), PyTorch {run[0]['torch'] or 'none'}"
        for number, file, run in zip((1, 2), (first, second), runs, strict=True)
    ]
    return Result(KEYS, rows, lambda: [_view(rows)], told)


def _view(rows: list[Row]) -> View:
    cells = []
    for row in rows:
        size, unit = UNITS[str(row["quantity"])]
        one, two, ratio = (row[name] for name in ("run1", "run2", "ratio"))
        assert isinstance(one, float)
        assert isinstance(two, float)
        assert isinstance(ratio, float)
        cells.append(
            [
                str(row["measured"]),
                unit,
                digits(one / size),
                digits(two / size),
                f"{digits(ratio)}x",
            ]
        )
    headers = ("measured", "unit", "run 1", "run 2", "run 2 / run 1")
    return View(f"Two runs: {rows[0]['experiment']}", headers, cells, "llrrr")
