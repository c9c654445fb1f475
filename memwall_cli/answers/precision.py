"""What `memwall measure precision` answers: what a format costs in loss, and saves in time."""

from typing import TYPE_CHECKING, Any

from memwall_cli.experiments.decode_step import LENGTH
from memwall_cli.experiments.job import Job, Report, run_job
from memwall_cli.experiments.machine import Machine, this_machine
from memwall_cli.experiments.plan import PROCESS_BYTES, Settings, ceiling_options, check_memory
from memwall_cli.experiments.precision import BATCH, LARGE, PRECISION_KEYS
from memwall_cli.experiments.quantised import DEQUANTISED
from memwall_cli.experiments.run import machine_of, number, run_keys, run_rows
from memwall_cli.render import Result, Row, View
from memwall_cli.text import digits, duration, prefixed
from memwall_cli.words.runs import by_format, on_threads

if TYPE_CHECKING:
    from plotnine import ggplot

NAME = "precision"
KEYS = run_keys(PRECISION_KEYS)
SPARSE = {
    *("trained_tokens", "loss", "loss_difference", "loss_error", "test_tokens", "stored_bytes"),
    *("bytes_per_parameter", "overhead_s", "phase", "batch", "tokens", "context", "basis", "flops"),
    *("bytes", "intensity", "flops_per_element", "seconds", "spread", "runs", "flops_per_s"),
    *("bytes_per_s", "peak_flops_per_s", "peak_bytes_per_s", "predicted_s", "ratio", "bound"),
}
"""Random weights have no loss; what is simulated has no time."""
SECONDS = {False: 100.0, True: 16.0}
TRAIN_SECONDS = {False: 60.0, True: 6.0}
STEPS = {False: 3000, True: 300}
PIECES = {False: 64, True: 12}
"""By --quick; the last are pieces of text to test with."""
LARGEST = 1024
"""Rows of the largest matrix: a decode step waits for memory, whatever the peak."""
LARGE_BYTES = 1_500_000_000
"""Of GPT-2 small in fp32, in another format, and while the one is made of the other."""
OFF = 1.5
NAMES = {"small-gpt": "trained", LARGE: "GPT-2"}


def precision_result(settings: Settings, report: Report) -> Result:
    """Train and quantise, on one device.

    Parameters
    ----------
    settings : the options.
    report : is told how it goes on.

    Raises
    ------
    MemwallError
        If PyTorch isn't there, or the machine won't do.
    """
    settings.check_torch(NAME)
    machine = this_machine()
    job = precision_job(settings, machine)
    needed = PROCESS_BYTES["torch"] + max(LARGE_BYTES, 3 * int(job.options["array_bytes"]))
    check_memory(needed, "a small Transformer, then GPT-2 small", report)
    return shown_result(run_rows(NAME, run_job(job, report), machine))


def precision_job(settings: Settings, machine: Machine) -> Job:
    """Choose steps and time.

    Parameters
    ----------
    settings : the options.
    machine : what it runs on.
    """
    threads, quick = settings.all_threads(machine), settings.quick
    options: dict[str, Any] = dict(ceiling_options(machine, threads))
    options |= {"largest": LARGEST, "steps": STEPS[quick], "pieces": PIECES[quick]}
    options["train_seconds"] = TRAIN_SECONDS[quick]
    return Job(NAME, "torch", threads, SECONDS[quick], settings.device, options)


def shown_result(rows: list[Row]) -> Result:
    """Make the result of a run.

    Parameters
    ----------
    rows : of the run, with their machine.
    """
    return Result(
        KEYS, rows, lambda: _views(rows), summary(rows), notes(rows), lambda: _chart(rows)
    )


def _views(rows: list[Row]) -> list[View]:
    first = rows[0]
    lost = View(
        f"Loss on text not seen: {digits(number(first, 'parameters') / 1e6, 2)} million "
        f"parameters, trained on {prefixed(number(first, 'trained_tokens'), 'B')}",
        ("weights", "activations", "product", "byte/parameter", "nats/byte", "above fp32", "±"),
        [_loss_cells(row) for row in rows if row["loss"] is not None],
        "lllrrrr",
    )
    where = on_threads(first)
    steps = View(
        f"One token at batch 1, context {LENGTH}: {machine_of(rows)}{where}, "
        f"{prefixed(number(first, 'peak_bytes_per_s'), 'B')}/s",
        (
            *("model", "weights", "activations", "bytes", "GB/s", "calls", "predicted"),
            *("measured", "ratio"),
        ),
        [_step_cells(row) for row in timed(rows)],
        "lllrrrrrr",
    )
    return [lost, steps]


def timed(rows: list[Row]) -> list[Row]:
    """Choose the rows whose steps were timed.

    Parameters
    ----------
    rows : of the run.
    """
    return [row for row in rows if row["seconds"] is not None]


def _loss_cells(row: Row) -> list[str]:
    stored = row["bytes_per_parameter"]
    return [
        str(row["weights"]),
        str(row["activations"]),
        str(row["kernel"]),
        "-" if stored is None else f"{number(row, 'bytes_per_parameter'):.2f}",
        f"{number(row, 'loss'):.4f}",
        f"{number(row, 'loss_difference'):+.4f}",
        f"{number(row, 'loss_error'):.4f}",
    ]


def _step_cells(row: Row) -> list[str]:
    return [
        NAMES.get(str(row["model"]), str(row["model"])),
        str(row["weights"]),
        str(row["activations"]),
        prefixed(number(row, "bytes"), "B"),
        digits(number(row, "bytes_per_s") / 1e9),
        *(duration(number(row, key)) for key in ("overhead_s", "predicted_s", "seconds")),
        digits(number(row, "ratio")),
    ]


def summary(rows: list[Row]) -> list[str]:
    """Say what fewer bits cost and save, and how far the prediction was off.

    Parameters
    ----------
    rows : of the run.
    """
    large, small = by_format(rows, LARGE), by_format(rows, str(rows[0]["model"]))
    said = []
    if {"fp32", "int4"} <= large.keys():
        fewer = number(large["fp32"], "bytes") / number(large["int4"], "bytes")
        faster = number(large["fp32"], "seconds") / number(large["int4"], "seconds")
        said.append(
            f"int4 weights: GPT-2 moves {digits(fewer, 2)}x fewer bytes for a token than in fp32, "
            f"and is {digits(faster, 2)}x as fast; the trained model loses "
            f"{_loss(small['int4'])} nats per byte of text, in int8 {_loss(small['int8'])}, with "
            f"activations in int4 too {_loss(small['int4, both'])}."
        )
    ratios = sorted(number(row, "ratio") for row in timed(rows))
    beyond = sum(ratio > OFF for ratio in ratios)
    said.append(
        f"Measured over predicted: {digits(ratios[0])} to {digits(ratios[-1])}; "
        f"{beyond} of {len(ratios)} beyond {OFF}."
    )
    return said


def _loss(row: Row) -> str:
    return f"{number(row, 'loss_difference'):.4f} ± {number(row, 'loss_error'):.4f}"


def notes(rows: list[Row]) -> list[str]:
    """Say how it was measured, and what is not what it seems.

    Parameters
    ----------
    rows : of the run.
    """
    first = rows[0]
    said = [
        f"trained on memwall's own source ({prefixed(number(first, 'trained_tokens'), 'B')}, "
        f"{BATCH} x {LENGTH} a step), tested on {first['test_tokens']} bytes of files held out; "
        "±: standard error of the mean difference over pieces of text.",
        "weights rounded to the nearest per output channel, activations per position; a step "
        "begins with its weights in memory, not in a cache; calls: the same step of a model with "
        "almost no weights.",
        "int4 activations: no such product in PyTorch; simulated in int8, for the loss alone.",
    ]
    back = sorted({str(row["format"]) for row in rows if DEQUANTISED in str(row["kernel"])})
    if back:
        said.append(
            f"warning: {', '.join(back)}: no product here; turned back into bf16 at each use, so "
            "the time is not that of the format"
        )
    beaten = [row for row in timed(rows) if number(row, "ratio") * (1 + number(row, "spread")) < 1]
    if beaten:
        said.append(
            f"warning: {len(beaten)} measurements beat their bound by more than the spread: the "
            "ceilings were measured while something else ran; measure again"
        )
    return said


def _chart(rows: list[Row]) -> "ggplot":
    from memwall_cli.charts.precision import precision_chart

    return precision_chart(rows)
