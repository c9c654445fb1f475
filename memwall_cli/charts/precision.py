"""Fewer bits: what they cost in loss, what they save in bytes, and in time."""

from typing import TYPE_CHECKING

from memwall_cli.charts.experiment_bars import Bar, bars_of, made_on
from memwall_cli.experiments.precision import LARGE
from memwall_cli.experiments.run import number
from memwall_cli.render import Row
from memwall_cli.text import digits, prefixed
from memwall_cli.words.runs import by_format

if TYPE_CHECKING:
    from plotnine import ggplot

LOSS = "Loss above fp32, nats per byte"
STEP = "GPT-2, milliseconds per token"


def precision_chart(rows: list[Row]) -> "ggplot":
    """Draw loss beside time, a bar for each format.

    Parameters
    ----------
    rows : of the run.
    """
    small, large = by_format(rows, str(rows[0]["model"])), by_format(rows, LARGE)
    bars = [_loss_bar(row) for row in small.values()]
    bars += [_time_bar(row) for row in large.values()]
    first = rows[0]
    caption = (
        f"{made_on(rows)}. Loss: {digits(number(first, 'parameters') / 1e6, 2)} million "
        f"parameters trained on {prefixed(number(first, 'trained_tokens'), 'B')} of memwall's "
        f"source, tested on {first['test_tokens']} bytes held out; line: twice the standard error. "
        "Time: GPT-2 small, random weights, batch 1, best of n steps; what is simulated has none."
    )
    subtitle = (
        "weights x activations; diamond: bytes over the bandwidth measured "
        f"({digits(number(first, 'peak_bytes_per_s') / 1e9)} GB/s)"
    )
    return bars_of(bars, _title(small, large), subtitle, caption, (11.0, 4.6))


def _name(row: Row) -> str:
    return f"{row['weights']} x {row['activations']}"


def _loss_bar(row: Row) -> Bar:
    value, error = number(row, "loss_difference"), number(row, "loss_error")
    text = f"{value:+.4f}" if row["format"] != "fp32" else f"loss {number(row, 'loss'):.3f}"
    return Bar(LOSS, _name(row), value, None, text, 2 * error)


def _time_bar(row: Row) -> Bar:
    seconds, predicted = 1e3 * number(row, "seconds"), 1e3 * number(row, "predicted_s")
    text = f"{digits(seconds)} ms, {digits(number(row, 'bytes_per_s') / 1e9)} GB/s"
    return Bar(STEP, _name(row), seconds, predicted, text)


def _title(small: dict[str, Row], large: dict[str, Row]) -> str:
    bytes_, seconds = (
        number(large["fp32"], key) / number(large["int4"], key) for key in ("bytes", "seconds")
    )
    cost = number(small["int4"], "loss_difference")
    return (
        f"int4 weights: {digits(bytes_, 2)}x fewer bytes, {digits(seconds, 2)}x as fast as fp32, "
        f"for {digits(cost, 2)} nats per byte of loss"
    )
