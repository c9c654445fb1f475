"""Recomputing activations: memory saved, time spent; and what optimizers keep."""

from typing import TYPE_CHECKING

from memwall_cli.charts.experiment_bars import Bar, bars_of, made_on
from memwall_cli.experiments.run import number
from memwall_cli.render import Row
from memwall_cli.text import digits
from memwall_cli.words.runs import finding, of_part, saved

if TYPE_CHECKING:
    from plotnine import ggplot

PEAK = "Peak memory of a step, MB"
TIME = "Time of a step, s"
STATE = "State of the optimizer, MB"


def checkpointing_chart(rows: list[Row]) -> "ggplot":
    """Draw memory, time and states, a bar for each plan and optimizer.

    Parameters
    ----------
    rows : of the run.
    """
    steps = of_part(rows, "recompute")
    plain = steps[0]
    bars = [_peak_bar(row, plain) for row in steps]
    bars += [_time_bar(row, plain) for row in steps]
    bars += [_state_bar(row) for row in of_part(rows, "optimizer")]
    caption = (
        f"{made_on(rows)}, best of n steps. {plain['layers']} blocks, {plain['batch']} x "
        f"{plain['tokens']} tokens, {digits(number(plain, 'parameters') / 1e6, 2)} million "
        f"parameters, fp32. Memory: {plain['counted_by']}."
    )
    subtitle = (
        "by blocks computed again; diamond: predicted, by memwall footprint and the measured "
        f"{digits(number(plain, 'peak_flops_per_s') / 1e9)} GFLOP/s"
    )
    return bars_of(bars, finding(steps), subtitle, caption, (12.5, 4.4))


def _peak_bar(row: Row, plain: Row) -> Bar:
    value, predicted = (number(row, key) / 1e6 for key in ("peak_bytes", "predicted_peak_bytes"))
    part = saved(row, plain)
    text = digits(value) + (f" (-{100 * part:.0f} %)" if row is not plain else "")
    return Bar(PEAK, str(row["variant"]), value, predicted, text)


def _time_bar(row: Row, plain: Row) -> Bar:
    value, predicted = (number(row, key) for key in ("seconds", "predicted_s"))
    extra = f" ({100 * number(row, 'extra_time'):+.0f} %)" if row is not plain else ""
    return Bar(TIME, str(row["variant"]), value, predicted, digits(value) + extra)


def _state_bar(row: Row) -> Bar:
    value, predicted = (number(row, key) / 1e6 for key in ("state_bytes", "predicted_state_bytes"))
    return Bar(STATE, str(row["variant"]), value, predicted, digits(value))
