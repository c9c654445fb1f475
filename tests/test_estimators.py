"""Estimators against statsmodels, scipy and R's quantreg, and what each must obey."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.stats import theilslopes

from memwall_cli import fit_growth, load_series, yearly_frontier
from memwall_cli.trends.estimators.bootstrap import fit_bootstrap
from memwall_cli.trends.estimators.drift import fit_drift
from memwall_cli.trends.estimators.frontier import among_best, fit_frontier
from memwall_cli.trends.estimators.quantile import fit_quantile
from memwall_cli.trends.estimators.theil_sen import MOST_POINTS, fit_theil_sen, pairwise_slopes
from memwall_cli.trends.gaps import gap_of, yearly_samples

ESTIMATORS = {
    "ols": fit_growth,
    "bootstrap": lambda t, v, level=0.95: fit_bootstrap(t, v, np.floor(t), level, resamples=500),
    "frontier": fit_frontier,
    "top 3": lambda t, v, level=0.95: fit_frontier(t, v, level, top=3),
    "drift": lambda t, v, level=0.95: fit_drift(yearly_frontier(t, v), level),
    "theil-sen": fit_theil_sen,
    "quantile 0.5": lambda t, v, level=0.95: fit_quantile(t, v, level, quantile=0.5),
    "quantile 0.8": lambda t, v, level=0.95: fit_quantile(t, v, level, quantile=0.8),
}
every = pytest.mark.parametrize("fit", ESTIMATORS.values(), ids=ESTIMATORS)
days = st.integers(0, 9000)
points = st.lists(st.tuples(days, st.floats(1e-3, 1e6)), min_size=8, max_size=40).filter(
    lambda ps: len({day for day, _ in ps}) > 4
)


def arrays(drawn):
    t, v = (np.array(x, dtype=float) for x in zip(*drawn, strict=True))
    return 2000 + t / 365.25, v


def known(*growths):
    return all(math.isfinite(growth.growth_per_2yr) for growth in growths)


@every
@given(drawn=points, scale=st.floats(1e-3, 1e3), decades=st.integers(-3, 3), random=st.randoms())
def test_unit_calendar_and_order_of_rows_do_not_matter(fit, drawn, scale, decades, random):
    t, v = arrays(drawn)
    order = random.sample(range(len(t)), len(t))
    # Forty years are whole days and whole leap cycles: calendar years keep their points.
    one, other = fit(t, v), fit(t[order] + 40 * decades, v[order] * scale)
    if not known(one, other):
        return
    assert other.slope == pytest.approx(one.slope, rel=1e-6, abs=1e-7)
    for end in ("ci_low", "ci_high"):
        ends = (math.log(getattr(growth, end)) for growth in (one, other))
        assert next(ends) == pytest.approx(next(ends), rel=1e-5, abs=1e-5)


@every
@given(drawn=points, level=st.floats(0.01, 0.999))
def test_the_rate_lies_in_its_interval(fit, drawn, level):
    growth = fit(*arrays(drawn), level)
    if not known(growth):
        return
    assert 0 < growth.ci_low <= growth.growth_per_2yr <= growth.ci_high < math.inf


@every
@given(seed=st.integers(0, 10**6), slope=st.floats(0.05, 2.0))
def test_an_exact_exponential_has_its_rate_and_no_width(fit, seed, slope):
    t = 2000 + np.random.default_rng(seed).choice(9000, 40, replace=False) / 365.25
    if fit is ESTIMATORS["drift"]:
        t = 2000 + np.arange(len(t), dtype=float)  # its steps are yearly
    growth = fit(t, 7 * np.exp(slope * (t - 2000)))
    assert growth.slope == pytest.approx(slope, rel=1e-9)
    assert growth.ci_low == pytest.approx(growth.ci_high, rel=1e-8)


@every
@given(drawn=points)
def test_growth_and_doubling_time_convert_both_ways(fit, drawn):
    growth = fit(*arrays(drawn))
    if known(growth) and abs(growth.slope) > 1e-9:
        assert 2 ** (2 / growth.doubling_years) == pytest.approx(growth.growth_per_2yr, rel=1e-9)


@every
def test_too_little_gives_no_rate(fit):
    for t in (np.array([2000.0, 2001]), np.full(9, 2000.0)):
        growth = fit(t, np.arange(1.0, len(t) + 1))
        assert math.isnan(growth.growth_per_2yr)
        assert math.isnan(growth.ci_high)


def test_a_record_is_better_than_all_before_and_of_its_day():
    t = np.array([2000, 2001, 2001, 2001, 2002, 2003, 2003])
    v = np.array([5, 6, 7, 7, 7, 4, 8])
    assert among_best(t, v).tolist() == [True, False, True, False, False, False, True]


@given(drawn=points, top=st.integers(1, 6))
def test_among_the_best_by_counting(drawn, top):
    t, v = arrays(drawn)
    v += np.arange(len(v)) * 1e-9  # no two alike
    better = [int(((t <= t[i]) & (v > v[i])).sum()) for i in range(len(t))]
    assert among_best(t, v, top).tolist() == [count < top for count in better]


def test_top_must_be_positive():
    with pytest.raises(ValueError, match="top"):
        among_best([2000], [1.0], 0)


def test_statsmodels_ols_of_the_records_is_the_frontier_estimator():
    series = load_series("compute")
    before = [series.values[series.dates <= day].max() for day in series.dates]
    earlier = [series.values[series.dates < day].max(initial=0) for day in series.dates]
    record = (series.values == before) & (series.values > earlier)
    assert len(np.unique(series.dates[record])) == record.sum()
    model = sm.OLS(np.log(series.values[record]), sm.add_constant(series.years[record])).fit()
    ours = fit_frontier(series.years, series.values)
    assert ours.slope == pytest.approx(model.params[1], rel=1e-10)
    assert math.log(ours.ci_low) / 2 == pytest.approx(model.conf_int()[1][0], rel=1e-8)


def test_drift_is_the_rate_that_the_forecast_has():
    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    from memwall_cli import project

    yearly = next(iter(yearly_samples(gap).values()))
    ours = fit_drift(yearly, 0.9)
    assert (ours.growth_per_2yr, ours.ci_low, ours.ci_high) == pytest.approx(
        project(yearly, 1, 0.9, can_fall=True).growth_per_2yr
    )
    # The line that is drawn joins the first and the last value.
    ends = yearly.now - yearly.age[[0, -1]]
    line = np.exp(ours.intercept + ours.slope * ends)
    assert line == pytest.approx(yearly.value[[0, -1]], rel=1e-9)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("name", ["compute", "memory-capacity", "interconnect-lane"])
def test_scipy_theilslopes_gives_the_same_with_ties_too(name, level):
    series = load_series(name)
    theirs = theilslopes(np.log(series.values), series.years, level, method="joint")
    ours = fit_theil_sen(series.years, series.values, level)
    assert ours.slope == pytest.approx(theirs.slope, rel=1e-12)
    assert ours.intercept == pytest.approx(theirs.intercept, rel=1e-9)
    ends = math.log(ours.ci_low) / 2, math.log(ours.ci_high) / 2
    assert ends == pytest.approx((theirs.low_slope, theirs.high_slope), rel=1e-9)


def test_more_pairs_than_fit_into_memory_are_refused():
    with pytest.raises(ValueError, match="too many"):
        pairwise_slopes(np.arange(MOST_POINTS + 1.0), np.ones(MOST_POINTS + 1))


@pytest.mark.parametrize("q", [0.1, 0.25, 0.5, 0.75, 0.9])
@pytest.mark.parametrize("name", ["compute", "dram-bandwidth", "training-compute"])
def test_the_linear_programme_has_the_same_optimum(name, q):
    series = load_series(name)
    t, y = series.years - 2010, np.log(series.values)
    n = len(t)
    # min q sum(above) + (1 - q) sum(below), with y = a + b t + above - below
    cost = np.concatenate([[0, 0], np.full(n, q), np.full(n, 1 - q)])
    equal = np.hstack([np.ones((n, 1)), t[:, None], np.eye(n), -np.eye(n)])
    bounds = [(None, None)] * 2 + [(0, None)] * (2 * n)
    highs = linprog(cost, A_eq=equal, b_eq=y, bounds=bounds, method="highs")
    ours = fit_quantile(series.years, series.values, quantile=q)
    residual = y - ours.intercept - ours.slope * series.years
    assert np.maximum(q * residual, (q - 1) * residual).sum() == pytest.approx(highs.fun, rel=1e-9)


# R: library(quantreg); data(engel); summary(rq(foodexp ~ income, tau), se = "rank"),
# as its vignette prints slope, lower and upper bound (90 %, the default).
QUANTREG = {
    0.05: (0.34336, 0.34333, 0.38975),
    0.25: (0.47410, 0.42033, 0.49433),
    0.5: (0.56018, 0.48702, 0.60199),
    0.75: (0.64401, 0.58016, 0.69041),
    0.95: (0.70907, 0.67390, 0.73444),
}


@pytest.mark.parametrize("q", QUANTREG)
def test_quantreg_and_statsmodels_give_the_same_on_engels_data(q):
    data = sm.datasets.engel.load_pandas().data
    ours = fit_quantile(data.income / 1000, np.exp(data.foodexp / 1000), 0.90, quantile=q)
    ends = math.log(ours.ci_low) / 2, math.log(ours.ci_high) / 2
    assert (ours.slope, *ends) == pytest.approx(QUANTREG[q], abs=6e-6)
    theirs = sm.QuantReg(data.foodexp, sm.add_constant(data.income)).fit(q, max_iter=5000)
    assert ours.slope == pytest.approx(theirs.params.income, abs=1e-5)
    assert 1000 * ours.intercept == pytest.approx(theirs.params.const, abs=1e-2)


def test_a_quantile_of_few_points_has_no_end():
    growth = fit_quantile(np.arange(2000.0, 2008), [1, 3, 2, 5, 9, 8, 20, 19], quantile=0.95)
    assert math.isnan(growth.growth_per_2yr)


@pytest.mark.parametrize("q", [0.0, 1.0, math.nan])
def test_quantile_must_be_inside(q):
    with pytest.raises(ValueError, match="quantile"):
        fit_quantile([2000.0, 2001, 2002], [1, 2, 3], quantile=q)
