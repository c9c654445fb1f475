"""What `memwall measure encoder-decoder` answers: predicted, measured, and their ratio."""

from typing import TYPE_CHECKING, Any

from memwall_cli.experiments.encoder_decoder import DECODER, ENCODER
from memwall_cli.experiments.job import Job, Report, run_job
from memwall_cli.experiments.machine import Machine, this_machine
from memwall_cli.experiments.plan import (
    PROCESS_BYTES,
    Settings,
    ceiling_options,
    check_memory,
)
from memwall_cli.experiments.prediction import MODEL_KEYS
from memwall_cli.experiments.run import machine_of, number, run_keys, run_rows
from memwall_cli.render import Result, Row, View
from memwall_cli.text import digits, duration, prefixed
from memwall_cli.words.runs import on_threads, pair, shown

if TYPE_CHECKING:
    from plotnine import ggplot

NAME = "encoder-decoder"
KEYS = run_keys(MODEL_KEYS)
LENGTHS = {False: (128, 256, 512, 1024), True: (128, 512)}
BATCHES = {False: (1, 4, 16), True: (1, 4)}
SECONDS = {False: 150.0, True: 22.0}
"""By --quick."""
LARGEST = 2048
"""Rows of the largest matrix: in fp32 the plateau is reached below it."""
OFF = 1.5
"""A ratio of measured to predicted beyond which the model is said to be off."""


def encoder_decoder_result(settings: Settings, report: Report) -> Result:
    """Run both models, with all threads, on one device.

    Parameters
    ----------
    settings : the options.
    report : is told how it goes on.

    Raises
    ------
    MemwallError
        If the machine won't do.
    """
    settings.check()
    machine = this_machine()
    job = encoder_decoder_job(settings, machine)
    check_memory(needed_bytes(job), "BERT-Base, then GPT-2", report)
    return shown_result(run_rows(NAME, run_job(job, report), machine))


def encoder_decoder_job(settings: Settings, machine: Machine) -> Job:
    """Choose library, lengths and batches.

    Parameters
    ----------
    settings : the options.
    machine : what it runs on.
    """
    threads, quick = settings.all_threads(machine), settings.quick
    options: dict[str, Any] = dict(ceiling_options(machine, threads))
    options |= {"largest": LARGEST, "lengths": [*LENGTHS[quick]], "batches": [*BATCHES[quick]]}
    library = settings.best_library()
    return Job(NAME, library, threads, SECONDS[quick], settings.device, options)


def needed_bytes(job: Job) -> int:
    """Bound the memory of the larger model: weights, KV cache, and what one layer makes.

    Parameters
    ----------
    job : its lengths and batches.
    """
    from memwall_cli.workload.config import load_model
    from memwall_cli.workload.kvcache import kv_cache_bytes
    from memwall_cli.workload.weights import parameters

    bert, gpt2 = load_model(ENCODER), load_model(DECODER)
    tokens = max(job.options["lengths"]) * max(job.options["batches"])
    # Of a layer: its input, keys, queries, values, and the inner layer with two copies.
    layer = 4 * tokens * (6 * bert.hidden + 3 * bert.blocks[0].ffn.inner)
    cache = kv_cache_bytes(gpt2, tokens, 1, "fp32")
    encoder = 4 * parameters(bert) + layer
    decoder = 4 * parameters(gpt2) + int(cache)
    most = max(encoder, decoder, 3 * job.options["array_bytes"])
    return PROCESS_BYTES[job.library] + int(most)


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
    title = (
        f"fp32, {first['library']}{on_threads(first)}, {machine_of(rows)}: "
        f"{prefixed(number(first, 'peak_flops_per_s'), 'FLOP')}/s, "
        f"{prefixed(number(first, 'peak_bytes_per_s'), 'B')}/s measured"
    )
    headers = (
        *("model", "batch", "tokens", "FLOPs", "FLOP/B", "GFLOP/s", "GB/s"),
        *("predicted", "measured", "ratio"),
    )
    return [View(title, headers, [_cells(row) for row in shown(rows)], "lrrrrrrrrr")]


def _cells(row: Row) -> list[str]:
    name = "GPT-2" if row["model"] == DECODER else "BERT-Base"
    if row["model"] == DECODER and row["basis"] == "measured":
        name = "GPT-2, whole"
    return [
        name,
        str(row["batch"]),
        str(row["tokens"]),
        prefixed(number(row, "flops"), "FLOP").removesuffix("FLOP"),
        digits(number(row, "intensity")),
        digits(number(row, "flops_per_s") / 1e9),
        digits(number(row, "bytes_per_s") / 1e9),
        duration(number(row, "predicted_s")),
        duration(number(row, "seconds")),
        digits(number(row, "ratio")),
    ]


def summary(rows: list[Row]) -> list[str]:
    """Say what the wall costs, and where the prediction was off.

    Parameters
    ----------
    rows : of the run.
    """
    said = []
    two = pair(rows)
    if two:
        bert, gpt2 = two
        said.append(
            f"{bert['tokens']} tokens, batch 1: GPT-2 does "
            f"{digits(number(gpt2, 'flops') / number(bert, 'flops'), 2)}x the FLOPs of "
            f"BERT-Base and takes {digits(number(gpt2, 'seconds') / number(bert, 'seconds'))}x "
            f"the time: {digits(number(gpt2, 'flops_per_element'), 2)} FLOPs for each number "
            f"that it moves, not {digits(number(bert, 'flops_per_element'))}."
        )
    ratios = sorted(number(row, "ratio") for row in shown(rows))
    beyond = sum(ratio > OFF for ratio in ratios)
    said.append(
        f"Measured over predicted: {digits(ratios[0])} to {digits(ratios[-1])}; "
        f"{beyond} of {len(ratios)} beyond {OFF}."
    )
    return said


def notes(rows: list[Row]) -> list[str]:
    """Say how it was measured, and what makes one doubt it.

    Parameters
    ----------
    rows : of the run.
    """
    said = [
        "random weights, real shapes; predicted: the larger of FLOPs and bytes over the ceilings "
        "measured in the same run; bytes as memwall workload counts them (fused, fp32).",
        "GPT-2 generates from nothing: single steps timed at several contexts, summed on straight "
        "lines between them; whole: every step run.",
    ]
    whole = [r for r in rows if r["phase"] == "generate" and r["basis"] == "measured"]
    for row in whole:
        same = (row["batch"], row["tokens"])
        steps = next(r for r in rows if r["basis"] == "steps" and (r["batch"], r["tokens"]) == same)
        off = number(row, "seconds") / number(steps, "seconds")
        said.append(f"the whole generation took {off:.2f}x what the sum of sampled steps says")
    beaten = [r for r in rows if number(r, "ratio") * (1 + number(r, "spread")) < 1]
    if beaten:
        said.append(
            f"warning: {len(beaten)} measurements beat their bound by more than the spread: the "
            "ceilings were measured while something else ran; measure again"
        )
    return said


def _chart(rows: list[Row]) -> "ggplot":
    from memwall_cli.charts.encoder_decoder import encoder_decoder_chart

    return encoder_decoder_chart(rows)
