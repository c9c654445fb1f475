"""What the FLOPs and the bytes of workloads go into: a bar each, in shares."""

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING, get_args

from memwall_cli.charts import COLOURS, INK, check_number, house_style
from memwall_cli.charts.workload_lines import Line, finding
from memwall_cli.text import digits, prefixed
from memwall_cli.workload.operator import Group

if TYPE_CHECKING:
    import pandas as pd
    from plotnine import ggplot

    from memwall_cli.workload.operator import Operator

GROUPS = get_args(Group)
PANELS = ("FLOPs", "Bytes moved")
LEGIBLE = 0.06
"""Parts of a bar smaller than this carry no number."""
VISIBLE = 0.004
"""Groups that have no more than this in any bar are left out of the legend."""


def bars_chart(
    lines: Sequence[Line], tables: "Sequence[Sequence[Operator]]", subtitle: str, caption: str
) -> "ggplot":
    """Draw how FLOPs and bytes divide among the groups of operators.

    Parameters
    ----------
    lines : one workload each, with its name.
    tables : the operators of each, the total last.
    subtitle, caption : how they were counted.
    """
    import plotnine as p9

    check_number(len(lines))
    parts, totals = _parts(lines, tables)
    visible = set(parts.loc[parts["share"] > VISIBLE, "group"])
    groups = [group for group in GROUPS if group in visible]
    aes = p9.aes
    return (
        p9.ggplot(parts, aes("bar"))
        + p9.geom_col(aes(y="share", fill="group"), width=0.72)
        + p9.geom_text(
            data=parts[parts["share"] >= LEGIBLE],
            mapping=aes(y="middle", label="percent"),
            color="white",
            size=8.5,
            fontweight="bold",
        )
        + p9.geom_text(
            data=totals, mapping=aes(y="share", label="text"), ha="left", size=9, color=INK
        )
        + p9.facet_wrap("panel", ncol=2)
        + p9.scale_fill_manual(values=dict(zip(GROUPS, COLOURS, strict=False)), breaks=groups)
        + p9.scale_y_continuous(
            limits=(0, 1.3), breaks=[0, 0.5, 1], labels=["0", "50 %", "100 %"], expand=(0, 0)
        )
        + p9.guides(fill=p9.guide_legend(nrow=1))
        + p9.coord_flip()
        + p9.labs(
            title=fill(_title(lines), 88),
            subtitle=subtitle,
            caption=fill(caption, 160),
            x="",
            y="",
            fill="",
        )
        + house_style((11.0, 2.8 + 0.62 * len(lines)))
        + p9.theme(
            legend_position="top",
            legend_justification="left",
            strip_text=p9.element_text(size=11, weight="bold", ha="left"),
            panel_grid_major_y=p9.element_blank(),
            axis_text_y=p9.element_text(size=9.5, color=INK, ha="right"),
        )
    )


def _parts(
    lines: Sequence[Line], tables: "Sequence[Sequence[Operator]]"
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Shares of the groups with their places in the bar, and the total behind each bar."""
    import pandas as pd

    shares, totals = [], []
    for line, rows in zip(lines, tables, strict=True):
        *operators, whole = rows
        for panel, name, unit in zip(PANELS, ("flops", "bytes"), ("FLOP", "B"), strict=True):
            amount = dict.fromkeys(GROUPS, 0.0)
            for one in operators:
                amount[str(one.group)] += float(getattr(one, name))
            total = float(getattr(whole, name))
            before = 0.0
            for group, value in amount.items():
                share = value / total
                middle = before + share / 2
                before += share
                shares.append((line.label, panel, group, share, middle, f"{100 * share:.0f} %"))
            text = f" {prefixed(total, unit)}"
            if panel == PANELS[1]:
                text += f"\n {digits(whole.intensity)} FLOP/B"
            totals.append((line.label, panel, 1.0, text))
    columns = ["bar", "panel", "group", "share", "middle", "percent"]
    found = pd.DataFrame(shares, columns=columns)
    found = found[found["share"] > 0]
    ends = pd.DataFrame(totals, columns=["bar", "panel", "share", "text"])
    for frame in (found, ends):
        frame["bar"] = pd.Categorical(frame["bar"], [line.label for line in lines][::-1])
        frame["panel"] = pd.Categorical(frame["panel"], PANELS)
    # Bars are stacked from the last level on: turned round, the first group comes first.
    found["group"] = pd.Categorical(found["group"], GROUPS[::-1])
    return found, ends


def _title(lines: Sequence[Line]) -> str:
    """State the finding: how many FLOPs a byte gets."""
    ranked = sorted(lines, key=lambda line: line.intensities())
    low, high = (digits(line.intensities()[0]) for line in (ranked[0], ranked[-1]))
    if len(lines) == 1:
        return f"{lines[0].name} does {low} FLOPs per byte moved"
    return finding(ranked[0], low, ranked[-1], high)
