"""Growth rates against statsmodels and scipy, and against what a growth rate must obey."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import linregress

from memwall_cli import fit_growth, load_series, load_table
from memwall_cli.trends.growth import least_squares

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


def test_what_stands_still_does_not_double_in_some_octillion_years():
    years = np.arange(2000.0, 2015.0) + np.linspace(0, 0.3, 15)
    fit = fit_growth(years, np.full(15, 7.0))
    assert fit.growth_per_2yr == 1
    assert np.isnan(fit.doubling_years)


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


# NIST Statistical Reference Datasets, linear regression, Norris (calibration of ozone monitors).
NORRIS = """
0.1 0.2 338.8 337.4 118.1 118.2 888.0 884.6 9.2 10.1 228.1 226.5 668.5 666.3 998.5 996.3
449.1 448.6 778.9 777.0 559.2 558.2 0.3 0.4 0.1 0.6 778.1 775.5 668.8 666.9 339.3 338.0
448.9 447.5 10.8 11.6 557.7 556.0 228.3 228.1 998.0 995.8 888.8 887.6 119.6 120.2 0.3 0.3
0.6 0.3 557.6 556.8 339.3 339.1 888.0 887.2 998.5 999.0 778.9 779.0 10.2 11.1 117.6 118.3
228.9 229.2 668.4 669.1 449.2 448.9 0.2 0.5
"""


def test_nist_certifies_the_norris_line_to_ten_digits():
    y, x = np.array(NORRIS.split(), dtype=float).reshape(-1, 2).T
    line = least_squares(x, y)
    assert line.n == 36
    assert line.slope == pytest.approx(1.00211681802045, rel=1e-10)
    assert line.intercept == pytest.approx(-0.262323073774029, rel=1e-10)
    assert line.slope_error == pytest.approx(0.429796848199937e-3, rel=1e-10)
    assert line.residual_error == pytest.approx(0.884796396144373, rel=1e-10)


@pytest.mark.parametrize(
    ("series", "precision", "claim"),
    [
        ("compute", "fp16", "delsozzo2026-fp16"),
        ("dram-bandwidth", "best", "delsozzo2026-memory-bandwidth"),
        ("memory-capacity", "best", "delsozzo2026-memory-capacity"),
    ],
)
def test_del_sozzo_et_al_found_such_rates_on_the_same_kind_of_devices(series, precision, claim):
    # Their devices: NVIDIA's datacentre GPUs of 2006 to 2025, which our table has too. Their FP32
    # (2.29x) is not ours: it fits only where TF32 counts as FP32, and memwall never counts it.
    devices = load_table("accelerators").set_index("id")
    theirs = devices.index[(devices["vendor"] == "NVIDIA") & (devices["market"] == "server")]
    ours = load_series(series, precision=precision).window(
        np.datetime64("2006-01-01"), np.datetime64("2025-12-31")
    )
    ours = ours.take(np.isin(ours.ids.astype(str), theirs.to_numpy(str)))
    published = load_table("claims").set_index("id").loc[claim, "value"]
    growth = fit_growth(ours.years, ours.values)
    assert growth.ci_low <= published <= growth.ci_high
