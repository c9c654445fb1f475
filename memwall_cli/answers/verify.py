"""What `memwall verify` answers: every published number beside ours, in full or summed up."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memwall_cli.errors import unknown
from memwall_cli.published.cases import Verdict, load_cases
from memwall_cli.render import Result, Row, View
from memwall_cli.text import digits

if TYPE_CHECKING:
    from plotnine import ggplot

KEYS = (
    *("case", "kind", "unit", "published", "ours", "ratio"),
    *("tolerance", "ok", "reason", "source"),
)
CASE_WIDTH = 24
"""Longest piece of an id in a table for people."""


def verify_result(asked: Sequence[str] = (), *, every: bool = False) -> Result:
    """Compute ours for each published number and compare.

    Parameters
    ----------
    asked : kinds of case; all of them if none is named.
    every : show people every case, and not only a summary.

    Raises
    ------
    UsageError
        If there is no such kind.
    MemwallError
        If the table of cases is wrong.
    """
    from memwall_cli.published.reproduce import judge

    cases = load_cases()
    there = dict.fromkeys(case.kind for case in cases)
    for name in asked:
        if name not in there:
            raise unknown("kind of case", name, there)
    verdicts = [judge(case) for case in cases if not asked or case.kind in asked]
    return Result(
        KEYS,
        [_row(one) for one in verdicts],
        lambda: _views(verdicts, every),
        [_sentence(verdicts)],
        [f"failed: {one.case.id}: {_failure(one)}" for one in verdicts if one.ok is False],
        lambda: _chart(verdicts),
    )


def has_failed(result: Result) -> bool:
    """Tell whether a case of a result failed."""
    return any(row["ok"] is False for row in result.rows)


def _row(one: Verdict) -> Row:
    case = one.case
    return {
        "case": case.id,
        "kind": case.kind,
        "unit": case.unit,
        "published": case.published,
        "ours": float(one.ours),
        "ratio": one.ratio,
        "tolerance": one.tolerance,
        "ok": one.ok,
        "reason": case.reason,
        "source": case.source,
    }


def _failure(one: Verdict) -> str:
    if one.case.is_bound:
        return f"measured at {one.case.published:g} {one.case.unit}, beyond our {one.ours:.6g}"
    tolerance = 100 * (one.tolerance or 0)
    return (
        f"published {one.case.published:.10g} {one.case.unit}, ours {one.ours:.10g}, "
        f"off by {100 * (one.ratio - 1):+.3g} % where {tolerance:.3g} % may be"
    )


def _views(verdicts: Sequence[Verdict], every: bool) -> list[View]:
    groups: dict[str, list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault(one.case.kind, []).append(one)
    rows = [_counts(kind, group) for kind, group in groups.items()]
    if len(rows) > 1:
        rows.append([*_counts("all", verdicts)[:5], "", ""])
    headers = ("kind", "cases", "ok", "failed", "not judged", "worst ratio", "may be")
    views = [View("Published numbers beside ours", headers, rows, "lrrrrrr")]
    for title, answer in (("Reproduced", True), ("Not judged", None), ("Failed", False)):
        found = [one for one in verdicts if one.ok is answer]
        if found and (every or answer is False):
            views.append(_list_view(title, found))
        if found and answer is None:
            views.append(_reasons_view(found))
    return views


def _counts(kind: str, group: Sequence[Verdict]) -> list[str]:
    judged = [one for one in group if one.ok is not None]
    worst = max(judged, key=lambda one: one.strain, default=None)
    counts = [sum(one.ok is answer for one in group) for answer in (True, False, None)]
    shown = [_ratio(worst), _allowed(worst)] if worst else ["", ""]
    return [kind, str(len(group)), *map(str, counts), *shown]


def _ratio(one: Verdict) -> str:
    return f"{one.ratio:.4f}" if 0.1 <= one.ratio < 10 else digits(one.ratio)


def _allowed(one: Verdict) -> str:
    """Say what the ratio may be."""
    if one.tolerance is None:
        return ">= 1" if one.case.tolerance == "at most" else "<= 1"
    return f"±{digits(100 * one.tolerance, 2)} %" if one.tolerance else "exact"


def _reasons_view(verdicts: Sequence[Verdict]) -> View:
    groups: dict[str, list[Verdict]] = {}
    for one in verdicts:
        groups.setdefault(one.case.reason or "", []).append(one)
    rows = [[reason, str(len(group)), _span(group)] for reason, group in groups.items()]
    return View(
        "Known misprints, and the like", ("not judged because", "cases", "ratios"), rows, "lrr"
    )


def _span(group: Sequence[Verdict]) -> str:
    ratios = sorted({digits(one.ratio) for one in group}, key=float)
    return ratios[0] if len(ratios) == 1 else f"{ratios[0]}-{ratios[-1]}"


def _list_view(title: str, verdicts: Sequence[Verdict]) -> View:
    rows = [
        [
            _broken(one.case.id),
            _shown(one.case.published, one),
            _shown(one.ours, one),
            one.case.unit,
            _ratio(one),
            _allowed(one),
        ]
        for one in verdicts
    ]
    headers = ("case", "published", "ours", "unit", "ratio", "may be")
    return View(title, headers, rows, "lrrlrr")


def _shown(value: float, one: Verdict) -> str:
    """Write a number short, but to the last digit where that is what failed."""
    return f"{value:.15g}" if one.ok is False and not one.tolerance else f"{value:.6g}"


def _broken(name: str) -> str:
    """Break a long id behind a hyphen."""
    if len(name) <= CASE_WIDTH:
        return name
    cut = name.rfind("-", 0, CASE_WIDTH) + 1 or CASE_WIDTH  # the hyphen stays on the line
    return f"{name[:cut]}\n{_broken(name[cut:])}"


def _sentence(verdicts: Sequence[Verdict]) -> str:
    judged = [one for one in verdicts if one.ok is not None]
    good = sum(one.ok is True for one in judged)
    sources = {key for one in verdicts for key in one.case.source.split(";")}
    listed = len(verdicts) - len(judged)
    more = f"; {listed} more are not judged" if listed else ""
    return (
        f"{good} of {len(judged)} published numbers agree with ours{more}. "
        f"They are from {len(sources)} sources; --all or a pipe lists each. "
        "Worst ratio, of ours to the published: of the case nearest to the end of its tolerance."
    )


def _chart(verdicts: Sequence[Verdict]) -> "ggplot":
    from memwall_cli.charts.verify import verify_chart

    return verify_chart(verdicts)
