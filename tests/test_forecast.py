"""Forecasts against Farmer & Lafond's formulas, worked by hand with scipy.stats' Student t."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from memwall_cli.trends.forecast import (
    Yearly,
    project,
    yearly_frontier,
    yearly_gap,
    yearly_ratio,
)

YEARLY = Yearly(2026.5, np.array([0, 1, 2, 4, 5, 7]), np.array([90.0, 40, 40, 12, 9, 2.5]))


def by_hand(yearly, tau, level):
    """Drift, median, edges and P(wider) of Farmer & Lafond with steps of unlike length."""
    y, k = list(np.log(yearly.value)), list(yearly.age)
    dy = [y[i] - y[i + 1] for i in range(len(y) - 1)]
    dt = [float(k[i + 1] - k[i]) for i in range(len(k) - 1)]
    m, total = len(dy), sum(dt)
    mu = sum(dy) / total
    k2 = sum((d - mu * t) ** 2 / t for d, t in zip(dy, dt, strict=True)) / (m - 1)
    sd = math.sqrt(k2 * (tau + tau * tau / total))
    half = stats.t(m - 1).ppf((1 + level) / 2) * sd
    return mu, y[0] + mu * tau, half, stats.t(m - 1).cdf(mu * tau / sd)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("tau", [1, 3, 8])
def test_scipy_student_t_gives_the_same_band(tau, level):
    mu, median, half, p = by_hand(YEARLY, tau, level)
    ours = project(YEARLY, 8, level, can_fall=True)
    assert ours.drift == pytest.approx(mu, rel=1e-12)
    assert ours.value[tau] == pytest.approx(math.exp(median), rel=1e-12)
    assert ours.low[tau] == pytest.approx(math.exp(median - half), rel=1e-9)
    assert ours.high[tau] == pytest.approx(math.exp(median + half), rel=1e-9)
    assert ours.p_wider[tau] == pytest.approx(p, rel=1e-9)
    assert ours.n == 5


def test_the_rate_has_its_own_interval():
    dy = -np.diff(np.log([32.0, 20, 9, 4, 2.5, 1]))
    yearly = Yearly(2026.0, np.arange(6), np.array([32.0, 20, 9, 4, 2.5, 1]))
    rate, low, high = project(yearly, 1, 0.9).growth_per_2yr
    # With steps of one year the drift is a mean, and its interval scipy's of a mean.
    ends = stats.t.interval(0.9, 4, loc=dy.mean(), scale=stats.sem(dy))
    assert (rate, low, high) == pytest.approx(tuple(np.exp(2 * np.array([dy.mean(), *ends]))))


def test_horizon_zero_is_today_and_certain():
    ours = project(YEARLY, 3)
    assert ours.low[0] == ours.value[0] == ours.high[0] == 90
    assert math.isnan(ours.p_wider[0])


def test_a_frontier_cannot_fall_and_a_gap_can():
    frontier, gap = project(YEARLY, 5), project(YEARLY, 5, can_fall=True)
    assert min(frontier.low) == pytest.approx(90)
    assert min(gap.low) < 90
    assert frontier.high == pytest.approx(gap.high)


@pytest.mark.parametrize(("samples", "band"), [(4, False), (5, True)])
def test_a_band_needs_four_differences(samples, band):
    yearly = Yearly(2020.0, np.arange(samples), np.exp(-(np.arange(samples) ** 1.5)))
    ours = project(yearly, 2, can_fall=True)
    assert np.isfinite(ours.value).all()
    assert math.isfinite(ours.low[1]) is band
    assert math.isfinite(ours.p_wider[1]) is band


def test_a_single_sample_has_no_forecast():
    ours = project(Yearly(2020.0, np.array([0]), np.array([1.0])), 2)
    assert ours.n == 0
    assert math.isnan(ours.value[1])


@pytest.mark.parametrize(("slope", "p"), [(0.5, 1.0), (-0.5, 0.0), (0.0, 0.5)])
def test_steady_growth_has_no_width_and_no_doubt(slope, p):
    yearly = Yearly(2020.0, np.arange(9), np.exp(-slope * np.arange(9)))
    ours = project(yearly, 2, can_fall=True)
    assert ours.high[2] == pytest.approx(ours.low[2], rel=1e-9)
    assert ours.p_wider[2] == pytest.approx(p)


def test_frontier_counts_years_with_devices_but_no_record_and_skips_empty_ones():
    # 2024: record; 2023: a device below the record; 2022: none; 2021: record.
    ours = yearly_frontier([2021.0, 2023.0, 2024.0], [1.0, 0.5, 4.0])
    assert ours.age.tolist() == [0, 1, 3]
    assert ours.value.tolist() == pytest.approx([4, 1, 1])


def test_a_device_dated_exactly_one_year_ago_belongs_to_that_year():
    ours = yearly_frontier([2023.0, 2024.0], [1.0, 2.0])
    assert ours.age.tolist() == [0, 1]
    assert ours.value.tolist() == pytest.approx([2, 1])


@pytest.mark.parametrize("day", ["01-01", "03-01", "12-31"])
def test_values_once_a_year_are_a_year_apart_leap_years_or_not(day):
    dates = np.array([f"{year}-{day}" for year in range(2001, 2026)], dtype="datetime64[D]")
    years = 2000 + (dates - np.datetime64("2000-01-01")).astype(float) / 365.25
    values = 1.5 ** np.arange(25.0)
    frontier = yearly_frontier(years, values)
    gap = yearly_gap(years, values, np.ones(25))
    assert frontier.age.tolist() == gap.age.tolist() == list(range(25))
    assert frontier.value.tolist() == values[::-1].tolist()


def test_frontier_seen_from_an_earlier_day_knows_nothing_later():
    ours = yearly_frontier([2021.0, 2022.5, 2024.0], [1.0, 2.0, 9.0], now=2023.0)
    assert ours.age.tolist() == [0, 2]
    assert ours.value.tolist() == pytest.approx([2, 1])


def test_gap_is_the_median_of_the_five_with_most_compute_so_far():
    years = [2020.0, 2020.1, 2020.2, 2020.3, 2020.4, 2021.0]
    compute, bandwidth = [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 60]
    ours = yearly_gap(years, compute, bandwidth)
    # Now: the leaders are 2..6, ratios 2, 3, 4, 5, 0.1; a year ago 1..5.
    assert ours.value.tolist() == pytest.approx([3, 1])
    assert ours.age.tolist() == [0, 1]


def test_ratio_keeps_common_years_only():
    above = Yearly(2020.0, np.array([0, 1, 3]), np.array([4.0, 3.0, 1.0]))
    below = Yearly(2020.0, np.array([1, 2, 3]), np.array([0.5, 0.4, 0.25]))
    ours = yearly_ratio(above, below)
    assert ours.now == 2019.0
    assert ours.age.tolist() == [0, 2]
    assert ours.value.tolist() == [6.0, 4.0]


def test_ratio_refuses_frontiers_of_different_days():
    with pytest.raises(ValueError, match="same date"):
        yearly_ratio(YEARLY, Yearly(2020.0, YEARLY.age, YEARLY.value))


@pytest.mark.parametrize(("level", "years"), [(0.0, 1), (1.0, 1), (0.9, -1)])
def test_arguments_are_checked(level, years):
    with pytest.raises(ValueError, match=r"level|years"):
        project(YEARLY, years, level)


devices = st.lists(st.tuples(st.integers(0, 9000), st.floats(1e-3, 1e6)), min_size=2, max_size=40)


@given(devices, st.sampled_from([0.5, 0.8, 0.9, 0.99]), st.randoms())
def test_bands_are_in_order_and_the_order_of_rows_does_not_matter(drawn, level, random):
    days, values = (np.array(x, dtype=float) for x in zip(*drawn, strict=True))
    years = 2000 + days / 365.25
    order = random.sample(range(len(days)), len(days))
    one = project(yearly_frontier(years, values), 5, level)
    other = project(yearly_frontier(years[order], values[order]), 5, level)
    np.testing.assert_allclose(one.value, other.value)
    known = np.isfinite(one.low)
    assert (one.low[known] <= one.value[known] * (1 + 1e-12)).all()
    assert (one.value[known] <= one.high[known] * (1 + 1e-12)).all()
