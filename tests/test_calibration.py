"""Intervals hold as often as they say where their assumptions hold; the rest is in the docs."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "calibration.py"
pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="only in a checkout")


@pytest.fixture(scope="module")
def calibration():
    spec = importlib.util.spec_from_file_location("calibration", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["calibration"] = module  # where its data classes look for their types
    spec.loader.exec_module(module)
    yield module
    del sys.modules["calibration"]


def coverage(calibration, world, n, name, replications=300):
    """Share of intervals of one kind that hold the true rate."""
    rng = np.random.default_rng(n)
    truth = np.exp(2 * calibration.SLOPE)
    growths = [
        calibration.RATES[name](calibration.WORLDS[world](n, calibration.SPAN, rng), seed)
        for seed in range(replications)
    ]
    return np.mean([growth.ci_low <= truth <= growth.ci_high for growth in growths])


@pytest.mark.parametrize(
    ("world", "n", "name"),
    [
        ("line", 10, "ols"),
        ("line", 60, "ols"),
        ("line", 24, "theil-sen"),
        ("line", 24, "quantile 0.5"),
        ("line", 24, "by year"),
        ("generations", 24, "by family"),
        ("generations", 60, "by family"),
        ("vendor offsets", 24, "by vendor"),
        ("vendor offsets", 60, "by vendor"),
        ("random walk", 24, "drift"),
        ("random walk", 60, "drift"),
    ],
)
def test_where_the_assumption_holds_the_interval_does(calibration, world, n, name):
    assert 0.91 <= coverage(calibration, world, n, name) <= 0.99


@pytest.mark.parametrize(
    ("world", "name"),
    [
        ("vendor offsets", "ols"),
        ("generations", "ols"),
        ("random walk", "ols"),
        ("line", "frontier"),
    ],
)
def test_where_it_does_not_the_interval_is_known_to_be_too_narrow(calibration, world, name):
    assert coverage(calibration, world, 60, name) < 0.9


def test_the_forecast_band_holds_a_random_walk_that_a_line_does_not(calibration):
    found = calibration.band_coverage(calibration.WORLDS["random walk"], 60, 200)
    assert 0.82 <= found["random walk"][0] <= 0.95
    assert found["ols prediction"][0] < 0.7
    assert found["ols confidence"][0] < 0.4


def test_statsmodels_gives_the_same_bands_of_a_line(calibration):
    sample = calibration.line(24, calibration.SPAN, np.random.default_rng(2))
    model = sm.OLS(sample.y, sm.add_constant(sample.t)).fit()
    theirs = model.get_prediction([[1.0, 25.0]]).summary_frame(alpha=1 - calibration.BAND).iloc[0]
    ours = calibration.bands(sample, 25.0)
    assert ours["ols confidence"] == pytest.approx((theirs.mean_ci_lower, theirs.mean_ci_upper))
    assert ours["ols prediction"] == pytest.approx((theirs.obs_ci_lower, theirs.obs_ci_upper))
