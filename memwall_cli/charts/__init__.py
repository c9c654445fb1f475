"""One file per figure; here what all of them share: colours, shapes, type, and saving."""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING

from memwall_cli.errors import UsageError

if TYPE_CHECKING:
    from plotnine import ggplot, theme

# Okabe & Ito's palette, told apart by colour-blind readers; shapes and places tell them apart
# in grey.
COLOURS = ("#D55E00", "#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#8C6D00", "#444444")
SHAPES = ("o", "s", "^", "D", "v", "<", ">")
INK = "#222222"
DPI = 150
MOST_SERIES = 12
SIZE = (10.0, 6.0)


def picture(plot: "ggplot", suffix: str) -> bytes:
    """Draw a chart into bytes, the same bytes for the same chart.

    Parameters
    ----------
    plot : the chart.
    suffix : ".png", ".svg" or ".pdf".
    """
    import logging
    import warnings

    # The first chart ever drawn builds a font list, and says so: no news to our user.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    import matplotlib as mpl

    mpl.use("agg")
    undated = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}[suffix]
    out = BytesIO()
    with (
        mpl.rc_context({"svg.hashsalt": "memwall", "pdf.fonttype": 42, "text.parse_math": False}),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        plot.save(out, format=suffix[1:], dpi=DPI, verbose=False, metadata=undated)
    return out.getvalue()


def check_number(series: int) -> None:
    """Raise UsageError if there are more series than one picture can tell apart."""
    if series > MOST_SERIES:
        raise UsageError(f"a picture tells {MOST_SERIES} series apart, not {series}; name some")


def house_style(size: tuple[float, float] = SIZE) -> "theme":
    """Give the look that all charts share: light grid, dark type, no legend."""
    from plotnine import element_blank, element_line, element_rect, element_text, theme

    return theme(
        figure_size=size,
        text=element_text(color=INK, size=10),
        plot_title=element_text(size=14, weight="bold", ha="left"),
        plot_subtitle=element_text(size=10.5, ha="left"),
        plot_caption=element_text(size=8, ha="left", color="#555555"),
        plot_title_position="plot",
        plot_caption_position="plot",
        panel_background=element_rect(fill="white"),
        plot_background=element_rect(fill="white"),
        panel_grid_major=element_line(color="#E4E4E4", size=0.6),
        panel_grid_minor=element_blank(),
        axis_ticks=element_blank(),
        strip_background=element_blank(),
        legend_position="none",
    )


def spread(heights: list[float], gap: float) -> list[float]:
    """Move labels apart, as little as it takes, so that neighbours are `gap` from each other.

    Parameters
    ----------
    heights : where each label would stand.
    gap : least distance between two labels.

    Examples
    --------
    >>> spread([1.0, 1.1, 5.0], 0.5)
    [0.8, 1.3, 5.0]
    """
    order = sorted(range(len(heights)), key=heights.__getitem__)
    groups: list[list[float]] = []  # number of labels, middle of the group
    for i in order:
        groups.append([1, heights[i]])
        while len(groups) > 1 and _touch(groups[-2], groups[-1], gap):
            (m, a), (n, b) = groups[-2:]
            groups[-2:] = [[m + n, (m * a + n * b) / (m + n)]]
    placed = [middle + gap * (k - (n - 1) / 2) for n, middle in groups for k in range(int(n))]
    moved = dict(zip(order, placed, strict=True))
    return [round(moved[i], 9) for i in range(len(heights))]


def _touch(below: list[float], above: list[float], gap: float) -> bool:
    return above[1] - below[1] < gap * (below[0] + above[0]) / 2


def decades(limits: tuple[float, float]) -> list[float]:
    """Choose round powers of ten for a log axis, 1 among them, six at the most."""
    from math import ceil, floor, inf, log10

    if not all(0 < x < inf for x in limits):
        return []
    low, high = (log10(x) for x in limits)
    step = max(1, ceil((high - low) / 6))
    powers = [p for p in range(floor(low), ceil(high) + 1) if p % step == 0 and low <= p <= high]
    if len(powers) > 1:
        return [10.0**p for p in powers]
    for mantissas in ((1, 2, 5), (1, 1.5, 2, 3, 4, 5, 6, 8)):
        all_ = [m * 10.0**p for p in range(floor(low), ceil(high) + 1) for m in mantissas]
        inside = [x for x in all_ if limits[0] <= x <= limits[1]]
        if len(inside) > 1:
            return inside
    return [10 ** (low + (high - low) * part) for part in (0.1, 0.5, 0.9)]


def plain_numbers(values: Sequence[float] | Sequence[str]) -> list[str]:
    """Label a log axis: 0.01, 1, 100, 1000, 1e4.

    Examples
    --------
    >>> plain_numbers([0.001, 0.5, 1.0, 1000.0, 1e4])
    ['1e-3', '0.5', '1', '1000', '1e4']
    """
    return [_plain(float(value)) for value in values]


def _plain(value: float) -> str:
    if 0.01 <= value < 9999.5:
        return f"{value:.4g}" if value > 999 else f"{value:.3g}"
    return _exponent(value)


def _exponent(value: float) -> str:
    mantissa, power = f"{value:.0e}".split("e")
    return f"{mantissa}e{int(power)}"
