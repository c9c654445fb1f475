"""What `memwall measure --show` answers: a stored run, as it was shown when it was measured."""

from importlib import import_module
from pathlib import Path

from memwall_cli.errors import MemwallError
from memwall_cli.experiments.run import check_run, read_run
from memwall_cli.render import Result

ANSWERS = {
    "ceilings": "memwall_cli.answers.measure",
    "encoder-decoder": "memwall_cli.answers.encoder_decoder",
    "precision": "memwall_cli.answers.precision",
    "checkpointing": "memwall_cli.answers.checkpointing",
}
"""By experiment, the module with its KEYS, those of them that are SPARSE, and its
`shown_result(rows)`."""


def stored_result(file: Path) -> Result:
    """Make the result of a run from its file.

    Parameters
    ----------
    file : as `memwall measure -o FILE.json` wrote it.

    Raises
    ------
    MemwallError
        If it can't be read or is no run.
    """
    rows = read_run(file)
    name = str(rows[0]["experiment"])
    if name not in ANSWERS:
        raise MemwallError(f"{file}: no experiment {name!r} is known to this memwall")
    answer = import_module(ANSWERS[name])
    check_run(file, rows, answer.KEYS, getattr(answer, "SPARSE", set()))
    result: Result = answer.shown_result(rows)
    return result
