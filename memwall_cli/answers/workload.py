"""What `memwall workload` answers: operators as rows, as tables and as a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli.render import Result, Row
from memwall_cli.workload.combinations import WorkloadRequest, combinations
from memwall_cli.workload.operator import Operator
from memwall_cli.workload.table import total

if TYPE_CHECKING:
    from plotnine import ggplot

    from memwall_cli.answers.workload_view import Table
    from memwall_cli.workload.workload import Workload

KEYS = (
    *("model", "phase", "batch", "tokens", "context", "operator", "group", "kind", "count"),
    *("flops", "bytes", "weight_bytes", "activation_bytes", "kv_bytes", "intensity"),
)


def workload_result(request: WorkloadRequest) -> Result:
    """List the operators of every workload that was asked for, and their total.

    Parameters
    ----------
    request : the options that describe workloads.

    Raises
    ------
    UsageError
        If they contradict each other or the model.
    MemwallError
        If a config.json can't be read or understood.
    """
    from memwall_cli.answers.workload_view import summary, views

    works, notes = combinations(request)
    tables = [(work, [*rows, total(rows)]) for work in works if (rows := work.operators)]
    return Result(
        KEYS,
        [_row(work, one) for work, rows in tables for one in rows],
        lambda: views(tables),
        summary(tables),
        notes,
        lambda: _chart(tables),
    )


def _row(work: "Workload", one: Operator) -> Row:
    return {
        "model": work.model.id,
        "phase": work.phase,
        "batch": work.batch,
        "tokens": work.tokens,
        "context": work.context,
        "operator": one.operator,
        "group": one.group,
        "kind": one.kind,
        "count": one.count,
        "flops": one.flops,
        "bytes": one.bytes,
        "weight_bytes": one.weight_bytes,
        "activation_bytes": one.activation_bytes,
        "kv_bytes": one.kv_bytes,
        "intensity": one.intensity,
    }


def _chart(tables: "Sequence[Table]") -> "ggplot":
    """Draw lines over what varies; bars where each workload stands alone."""
    from memwall_cli.charts.workload import lines_chart
    from memwall_cli.charts.workload_bars import bars_chart
    from memwall_cli.charts.workload_lines import caption, lines_of, subtitle

    axis, lines = lines_of([(work, rows[-1]) for work, rows in tables])
    if len(lines) < len(tables):
        return lines_chart(axis, lines)
    return bars_chart(lines, [rows for _, rows in tables], subtitle(lines), caption(lines))
