"""memwall: how fast AI hardware and AI models grow, and how wide the memory wall will be.

>>> from memwall_cli import fit_growth, load_series
>>> compute = load_series("compute", dataset="gholami2024")
>>> fit = fit_growth(compute.years, compute.values)
>>> print(f"{fit.growth_per_2yr:.2f}x per 2 years, n = {fit.n}")
3.03x per 2 years, n = 37
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.2.0"

if TYPE_CHECKING:
    from memwall_cli.accelerators.chips import load_chips as load_chips
    from memwall_cli.accelerators.rooflines import place as place
    from memwall_cli.tables import load_table as load_table
    from memwall_cli.trends.estimators.bootstrap import fit_bootstrap as fit_bootstrap
    from memwall_cli.trends.estimators.breaks import find_break as find_break
    from memwall_cli.trends.estimators.drift import fit_drift as fit_drift
    from memwall_cli.trends.estimators.frontier import fit_frontier as fit_frontier
    from memwall_cli.trends.estimators.quantile import fit_quantile as fit_quantile
    from memwall_cli.trends.estimators.theil_sen import fit_theil_sen as fit_theil_sen
    from memwall_cli.trends.forecast import Forecast as Forecast
    from memwall_cli.trends.forecast import project as project
    from memwall_cli.trends.forecast import yearly_frontier as yearly_frontier
    from memwall_cli.trends.growth import Growth as Growth
    from memwall_cli.trends.growth import fit_growth as fit_growth
    from memwall_cli.trends.hindcasting import Hindcast as Hindcast
    from memwall_cli.trends.hindcasting import hindcast as hindcast
    from memwall_cli.trends.series import Series as Series
    from memwall_cli.trends.series import load_series as load_series
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
    "Forecast": "trends.forecast",
    "Formats": "workload.formats",
    "Growth": "trends.growth",
    "Hindcast": "trends.hindcasting",
    "Parallel": "workload.parallel",
    "Series": "trends.series",
    "Setup": "workload.footprint",
    "Workload": "workload.workload",
    "find_break": "trends.estimators.breaks",
    "fit_bootstrap": "trends.estimators.bootstrap",
    "fit_drift": "trends.estimators.drift",
    "fit_frontier": "trends.estimators.frontier",
    "fit_growth": "trends.growth",
    "fit_quantile": "trends.estimators.quantile",
    "fit_theil_sen": "trends.estimators.theil_sen",
    "hindcast": "trends.hindcasting",
    "footprint": "workload.footprint",
    "load_chips": "accelerators.chips",
    "load_model": "workload.config",
    "load_series": "trends.series",
    "load_table": "tables",
    "place": "accelerators.rooflines",
    "project": "trends.forecast",
    "roofline_grid": "workload.roofline",
    "yearly_frontier": "trends.forecast",
}
__all__ = ["__version__", *_HOME]  # noqa: PLE0604 (names of _HOME are strings)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: `memwall --version` needs no numpy."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
