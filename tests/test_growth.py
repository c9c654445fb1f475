"""Growth rates against statsmodels and scipy, and against what a growth rate must obey."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from memwall_cli import fit_growth, load_series

YEARS = np.array([1997.1, 1999.5, 2004.2, 2004.2, 2011.9, 2018.3, 2025.6])
VALUES = np.array([3.1, 2.2, 17.0, 44.0, 310.0, 5200.0, 90000.0])


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_statsmodels_ols_gives_the_same_rate_and_interval(level):
    model = sm.OLS(np.log(VALUES), sm.add_constant(YEARS)).fit()
    low, high = model.conf_int(alpha=1 - level)[1]
    ours = fit_growth(YEARS, VALUES, level)
    assert ours.growth_per_2yr == pytest.approx(math.exp(2 * model.params[1]), rel=1e-10)
    assert (ours.ci_low, ours.ci_high) == pytest.approx(
        (math.exp(2 * low), math.exp(2 * high)), rel=1e-9
    )
    assert ours.intercept == pytest.approx(model.params[0], rel=1e-9)


def test_scipy_linregress_gives_the_same_slope():
    assert fit_growth(YEARS, VALUES).slope == pytest.approx(
        linregress(YEARS, np.log(VALUES)).slope, rel=1e-12
    )


@pytest.mark.parametrize("dataset", ["gholami2024", "curated"])
def test_statsmodels_agrees_on_real_series(dataset):
    series = load_series("dram-bandwidth", dataset)
    model = sm.OLS(np.log(series.values), sm.add_constant(series.years)).fit()
    assert fit_growth(series.years, series.values).slope == pytest.approx(
        model.params[1], rel=1e-10
    )


def test_an_exact_exponential_has_its_rate_and_no_width():
    years = np.arange(2000, 2021)
    fit = fit_growth(years, 7.0 * 2.0 ** ((years - 2000) / 3))
    assert fit.doubling_years == pytest.approx(3, rel=1e-12)
    assert fit.growth_per_2yr == pytest.approx(2 ** (2 / 3), rel=1e-12)
    assert fit.ci_high - fit.ci_low < 1e-10


def test_doubling_time_and_growth_convert_both_ways_also_when_shrinking():
    fit = fit_growth([2000, 2001, 2002, 2003], [8.0, 4.1, 2.0, 1.0])
    assert fit.doubling_years < 0
    assert 2 ** (2 / fit.doubling_years) == pytest.approx(fit.growth_per_2yr, rel=1e-12)


@pytest.mark.parametrize(
    ("years", "values"),
    [([], []), ([2000.0], [1.0]), ([2000.0, 2001.0], [1.0, 2.0]), ([2000.0] * 5, [1, 2, 3, 4, 5])],
)
def test_too_little_to_fit_gives_no_rate(years, values):
    fit = fit_growth(years, values)
    assert math.isnan(fit.growth_per_2yr)
    assert math.isnan(fit.ci_low)
    assert fit.n == len(years)


def test_a_rate_beyond_floats_is_no_rate():
    assert math.isnan(fit_growth([2000, 2000.001, 2000.002], [1, 1e100, 1e200]).growth_per_2yr)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
def test_values_must_be_positive_and_finite(bad):
    with pytest.raises(ValueError, match="positive"):
        fit_growth([2000, 2001, 2002], [1.0, bad, 2.0])


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, math.nan])
def test_level_must_be_a_probability(level):
    with pytest.raises(ValueError, match="level"):
        fit_growth(YEARS, VALUES, level)


points = st.lists(
    st.tuples(st.integers(0, 12000), st.floats(1e-6, 1e9)), min_size=3, max_size=30
).filter(lambda ps: len({day for day, _ in ps}) > 2)


@given(points, st.floats(1e-3, 1e3), st.integers(-3000, 3000), st.randoms())
def test_unit_calendar_and_order_do_not_matter(drawn, scale, shift, random):
    days, values = (np.array(x, dtype=float) for x in zip(*drawn, strict=True))
    one = fit_growth(days / 365.25, values)
    order = random.sample(range(len(days)), len(days))
    other = fit_growth((days[order] + shift) / 365.25, values[order] * scale)
    if math.isfinite(one.growth_per_2yr) and math.isfinite(other.growth_per_2yr):
        assert other.slope == pytest.approx(one.slope, rel=1e-6, abs=1e-7)
        assert other.ci_low <= other.growth_per_2yr * (1 + 1e-12)
        assert other.growth_per_2yr <= other.ci_high * (1 + 1e-12)
