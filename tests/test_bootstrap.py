"""Cluster bootstrap against resampling point by point, scipy and Hesterberg's tails."""

import math

import numpy as np
import pytest
from scipy import stats

from memwall_cli import fit_growth, load_series, load_table
from memwall_cli.trends.clusters import clusters_of
from memwall_cli.trends.estimators.bootstrap import (
    _counts,
    _tail,
    cluster_sums,
    fit_bootstrap,
    resampled_slopes,
)
from memwall_cli.trends.gaps import gap_of


def test_scipy_linregress_on_the_drawn_points_gives_the_same_slopes():
    series = load_series("interconnect-device")
    t, y = series.years, np.log(series.values)
    names = clusters_of(series, "vendor")
    each = np.unique(names)
    counts = _counts(np.random.default_rng(7), 20, len(each)).astype(int)
    assert (counts.sum(axis=1) == len(each)).all()
    ours = resampled_slopes(cluster_sums(t, y, names), 20, seed=7)
    for row, slope in zip(counts, ours, strict=True):
        drawn = np.concatenate(
            [
                np.flatnonzero(names == name)
                for name, k in zip(each, row, strict=True)
                for _ in range(k)
            ]
        )
        assert slope == pytest.approx(stats.linregress(t[drawn], y[drawn]).slope, rel=1e-9)


def test_scipy_bootstrap_of_single_points_gives_the_same_interval():
    series = load_series("memory-capacity")
    t, y = series.years, np.log(series.values)
    n = len(t)

    def slope(t, y, axis=-1):
        dt = t - t.mean(axis=axis, keepdims=True)
        return (dt * y).sum(axis=axis) / (dt * dt).sum(axis=axis)

    level = 0.9
    theirs = stats.bootstrap(
        (t, y),
        slope,
        paired=True,
        n_resamples=9999,
        method="percentile",
        confidence_level=1 - 2 * _tail(n, level),
        rng=np.random.default_rng(1),
        batch=1000,
    ).confidence_interval
    ours = fit_bootstrap(t, series.values, np.arange(n), level)
    ends = math.log(ours.ci_low) / 2, math.log(ours.ci_high) / 2
    assert ends == pytest.approx(tuple(theirs), abs=0.05 * (theirs.high - theirs.low))


@pytest.mark.parametrize("clusters", [5, 20, 1000])
def test_tails_are_hesterbergs(clusters):
    t = stats.t(clusters - 1).ppf(0.025)
    assert _tail(clusters, 0.95) == pytest.approx(
        stats.norm.cdf(math.sqrt(clusters / (clusters - 1)) * t)
    )


def test_the_rate_is_that_of_least_squares_and_the_seed_fixes_the_interval():
    series = load_series("dram-bandwidth")
    clusters = clusters_of(series, "family")
    one, again, other = (
        fit_bootstrap(series.years, series.values, clusters, resamples=2000, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one == again
    assert one.ci_low != other.ci_low
    assert one.slope == pytest.approx(fit_growth(series.years, series.values).slope, rel=1e-12)


def test_points_that_hang_together_widen_the_interval():
    rng = np.random.default_rng(0)
    t = np.repeat(np.arange(2000.0, 2020), 10)
    values = np.exp(0.3 * (t - 2000) + np.repeat(rng.normal(size=20), 10))
    alone, together = fit_growth(t, values), fit_bootstrap(t, values, t)
    assert together.ci_high - together.ci_low > 2 * (alone.ci_high - alone.ci_low)


def test_clusters_are_years_vendors_and_dies():
    series = load_series("compute")
    by = {
        kind: dict(zip(series.ids, clusters_of(series, kind), strict=True))
        for kind in ("year", "vendor", "family")
    }
    assert by["year"]["h100-sxm"] == int(str(series.dates[series.ids == "h100-sxm"][0])[:4])
    assert by["vendor"]["h100-sxm"] == "NVIDIA"
    dies = load_table("accelerators").set_index("id")["die"].dropna()
    known = {name: family for name, family in by["family"].items() if name in dies}
    assert known["h100-sxm"] == "GH100"
    assert known == dies[list(known)].to_dict()
    assert len(set(known.values())) < len(known)
    # A device whose die is not known is a family of its own.
    assert by["family"]["tpu-v3"] == "tpu-v3"
    assert (
        clusters_of(series, "year") == series.dates.astype("datetime64[Y]").astype(int) + 1970
    ).all()


def test_clusters_of_gaps_models_and_papers():
    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    assert len(clusters_of(gap, "vendor")) == gap.pairs.shape[1]
    assert "OpenAI" in clusters_of(load_series("training-compute"), "vendor")
    assert set(clusters_of(load_series("interconnect-lane"), "family")) == {"PCIe", "NVLink"}
    assert clusters_of(load_series("parameters"), "family") is None
    assert clusters_of(load_series("compute", "gholami2024"), "vendor") is None
    assert (
        clusters_of(gap_of(load_series("parameters"), load_series("memory-capacity")), "vendor")
        is None
    )
