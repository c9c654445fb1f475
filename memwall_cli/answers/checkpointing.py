"""What `memwall measure checkpointing` answers: memory saved, time spent, and optimizer states."""

from typing import TYPE_CHECKING, Any

from memwall_cli.experiments.job import Job, Report, run_job
from memwall_cli.experiments.machine import Machine, this_machine
from memwall_cli.experiments.plan import PROCESS_BYTES, Settings, ceiling_options, check_memory
from memwall_cli.experiments.recompute import plans
from memwall_cli.experiments.run import machine_of, number, run_keys, run_rows
from memwall_cli.experiments.small_gpt import small_model
from memwall_cli.experiments.training_step import CHECKPOINTING_KEYS
from memwall_cli.render import Result, Row, View
from memwall_cli.text import digits, duration, prefixed
from memwall_cli.words.runs import every_block, finding, of_part, on_threads, percent, saved

if TYPE_CHECKING:
    from plotnine import ggplot

NAME = "checkpointing"
KEYS = run_keys(CHECKPOINTING_KEYS)
SPARSE = {
    *("recomputed_layers", "kept_bytes", "predicted_kept_bytes", "kept_ratio", "peak_bytes"),
    *("predicted_peak_bytes", "peak_ratio", "state_bytes", "predicted_state_bytes", "state_ratio"),
    *("flops", "bytes", "spread", "peak_flops_per_s", "peak_bytes_per_s", "predicted_s", "ratio"),
    *("extra_time", "predicted_extra_time", "cpu_s", "extra_cpu"),
}
"""A step has no state of an optimizer, an optimizer no activations."""
SECONDS = {False: 75.0, True: 15.0}
SHAPES = {
    False: {"hidden": 256, "layers": 8, "length": 256, "batch": 16},
    True: {"hidden": 256, "layers": 4, "length": 128, "batch": 8},
}
"""By --quick."""
LARGEST = 2048
OFF = 1.5


def checkpointing_result(settings: Settings, report: Report) -> Result:
    """Train with and without recomputation, on one device.

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
    job = checkpointing_job(settings, machine)
    check_memory(needed_bytes(job), "training steps of a small Transformer", report)
    return shown_result(run_rows(NAME, run_job(job, report), machine))


def checkpointing_job(settings: Settings, machine: Machine) -> Job:
    """Choose the shapes.

    Parameters
    ----------
    settings : the options.
    machine : what it runs on.
    """
    threads, quick = settings.all_threads(machine), settings.quick
    options: dict[str, Any] = dict(ceiling_options(machine, threads))
    options |= {"largest": LARGEST, "quick": quick, **SHAPES[quick]}
    return Job(NAME, "torch", threads, SECONDS[quick], settings.device, options)


def needed_bytes(job: Job) -> int:
    """Bound the memory: activations with room for gradients of them, and Shampoo's states.

    Parameters
    ----------
    job : its shapes.
    """
    from memwall_cli.workload.weights import parameters

    options = job.options
    model = small_model(options["hidden"], options["layers"], options["length"])
    plain = plans(model.layers, quick=True)[0]
    kept = plain.kept_bytes(model, "fp32", options["batch"], options["length"])
    states = 4 * 12 * parameters(model)
    return PROCESS_BYTES["torch"] + max(2 * kept + states, 3 * int(options["array_bytes"]))


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
    where = on_threads(first)
    memory = View(
        f"Memory in MB: {first['layers']} blocks, {first['batch']} x {first['tokens']} tokens, "
        f"{digits(number(first, 'parameters') / 1e6, 2)} million parameters, {first['format']}",
        ("recomputed", "kept", "predicted", "ratio", "peak", "predicted", "ratio", "saved"),
        [_memory_cells(row, first) for row in of_part(rows, "recompute")],
        "lrrrrrrr",
    )
    time = View(
        f"Time of a step: {machine_of(rows)}{where}, "
        f"{prefixed(number(first, 'peak_flops_per_s'), 'FLOP')}/s measured",
        ("recomputed", "predicted", "measured", "ratio", "extra", "in CPU", "predicted", "spread"),
        [_time_cells(row) for row in of_part(rows, "recompute")],
        "lrrrrrrr",
    )
    states = View(
        "State of the optimizer, MB",
        ("optimizer", "measured", "predicted", "ratio", "byte/parameter", "step"),
        [_state_cells(row) for row in of_part(rows, "optimizer")],
        "lrrrrr",
    )
    return [memory, time, states]


def _mb(row: Row, key: str) -> str:
    return digits(number(row, key) / 1e6)


def _memory_cells(row: Row, plain: Row) -> list[str]:
    return [
        str(row["variant"]),
        *(_mb(row, key) for key in ("kept_bytes", "predicted_kept_bytes")),
        f"{number(row, 'kept_ratio'):.3f}",
        *(_mb(row, key) for key in ("peak_bytes", "predicted_peak_bytes")),
        f"{number(row, 'peak_ratio'):.3f}",
        percent(saved(row, plain)),
    ]


def _time_cells(row: Row) -> list[str]:
    return [
        str(row["variant"]),
        *(duration(number(row, key)) for key in ("predicted_s", "seconds")),
        digits(number(row, "ratio")),
        percent(number(row, "extra_time")),
        "-" if row["extra_cpu"] is None else percent(number(row, "extra_cpu")),
        *(percent(number(row, key)) for key in ("predicted_extra_time", "spread")),
    ]


def _state_cells(row: Row) -> list[str]:
    ratio = row["state_ratio"]
    return [
        str(row["variant"]),
        *(_mb(row, key) for key in ("state_bytes", "predicted_state_bytes")),
        "-" if ratio is None else f"{number(row, 'state_ratio'):.4f}",
        digits(number(row, "state_bytes") / number(row, "parameters")),
        duration(number(row, "seconds")),
    ]


def summary(rows: list[Row]) -> list[str]:
    """Say what recomputing saves and costs, and where the model was off.

    Parameters
    ----------
    rows : of the run.
    """
    steps, states = of_part(rows, "recompute"), of_part(rows, "optimizer")
    every = every_block(steps)
    cpu = every["extra_cpu"]
    kept = [number(row, "kept_ratio") for row in steps]
    peaks = [number(row, "peak_ratio") for row in steps]
    times = [number(row, "ratio") for row in steps]
    adam, shampoo = (
        next(number(row, "state_bytes") for row in states if row["variant"] == name)
        for name in ("adam", "shampoo")
    )
    return [
        f"{finding(steps)} (predicted: {percent(number(every, 'predicted_extra_time'))} more"
        + ("" if cpu is None else f"; in processor time {percent(number(every, 'extra_cpu'))}")
        + ").",
        f"Measured over predicted: kept {min(kept):.3f} to {max(kept):.3f}, peak "
        f"{min(peaks):.3f} to {max(peaks):.3f}, time {digits(min(times))} to "
        f"{digits(max(times))} ({sum(ratio > OFF for ratio in times)} of {len(times)} beyond "
        f"{OFF}); Shampoo keeps {digits(shampoo / adam, 2)}x what Adam does.",
    ]


def notes(rows: list[Row]) -> list[str]:
    """Say how it was measured, and what makes one doubt it.

    Parameters
    ----------
    rows : of the run.
    """
    steps = of_part(rows, "recompute")
    said = [
        f"memory: {rows[0]['counted_by']}; kept: in use between forward and backward pass; peak: "
        "weights, gradients and the most in use besides; predicted as memwall footprint counts.",
        "time: forward and backward pass, the plans in turn, best of n; predicted: the larger of "
        "FLOPs and bytes over the ceilings measured in the same run; in CPU: processor time.",
        "Shampoo is our own, small and unoptimised: its state is true, its time is not a verdict.",
    ]
    spread = max(number(row, "spread") for row in steps)
    if spread > 0.25:
        said.append(
            f"warning: steps of one plan differ by {percent(spread)}: something else is running; "
            "close it and measure again"
        )
    return said


def _chart(rows: list[Row]) -> "ggplot":
    from memwall_cli.charts.checkpointing import checkpointing_chart

    return checkpointing_chart(rows)
