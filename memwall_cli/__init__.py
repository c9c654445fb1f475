"""memwall: how fast AI hardware and AI models grow, and how wide the memory wall will be.

>>> from memwall_cli import fit_growth, load_series
>>> compute = load_series("compute", dataset="gholami2024")
>>> fit = fit_growth(compute.years, compute.values)
>>> print(f"{fit.growth_per_2yr:.2f}x per 2 years, n = {fit.n}")
3.03x per 2 years, n = 37
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from memwall_cli.chips import load_chips as load_chips
    from memwall_cli.forecast import Forecast as Forecast
    from memwall_cli.forecast import project as project
    from memwall_cli.forecast import yearly_frontier as yearly_frontier
    from memwall_cli.growth import Growth as Growth
    from memwall_cli.growth import fit_growth as fit_growth
    from memwall_cli.rooflines import place as place
    from memwall_cli.series import Series as Series
    from memwall_cli.series import load_series as load_series
    from memwall_cli.tables import load_table as load_table
    from memwall_cli.workload.config import load_model as load_model
    from memwall_cli.workload.footprint import Footprint as Footprint
    from memwall_cli.workload.footprint import Setup as Setup
    from memwall_cli.workload.footprint import footprint as footprint
    from memwall_cli.workload.formats import Formats as Formats
    from memwall_cli.workload.parallel import Parallel as Parallel
    from memwall_cli.workload.roofline import roofline_grid as roofline_grid
    from memwall_cli.workload.workload import Workload as Workload

_HOME = {
    "Footprint": "workload.footprint",
    "Forecast": "forecast",
    "Formats": "workload.formats",
    "Growth": "growth",
    "Parallel": "workload.parallel",
    "Series": "series",
    "Setup": "workload.footprint",
    "Workload": "workload.workload",
    "fit_growth": "growth",
    "footprint": "workload.footprint",
    "load_chips": "chips",
    "load_model": "workload.config",
    "load_series": "series",
    "load_table": "tables",
    "place": "rooflines",
    "project": "forecast",
    "roofline_grid": "workload.roofline",
    "yearly_frontier": "forecast",
}
__all__ = ["__version__", *_HOME]  # noqa: PLE0604 (names of _HOME are strings)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `memwall --version` needs no numpy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
