"""Past forecasts against a slow loop over calendar days, statsmodels and scipy.stats.

statsmodels' OLS.get_prediction gives the confidence and prediction bands of a line; scipy's
Student t, with Farmer & Lafond's formulas written out, the band of the random walk.
"""

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from memwall_cli import load_series, yearly_frontier
from memwall_cli.trends.gaps import FRONTIER, PAIRS, UNPAIRED, gap_of, points, yearly_samples
from memwall_cli.trends.hindcasting import (
    DEFAULT,
    HORIZONS,
    LINE,
    METHODS,
    POINTS,
    RECORDS,
    Cases,
    cases,
    hindcast,
    pooled,
    score,
)
from memwall_cli.trends.hindcasts import past_of
from memwall_cli.trends.trend import lines_until, running_records

LEVEL = 0.9


def anniversaries(newest, n=40):
    return [newest - pd.DateOffset(years=k) for k in range(n)]


def decimal(dates):
    days = (pd.DatetimeIndex(dates) - pd.Timestamp("2000-01-01")).days
    return 2000 + np.asarray(days, dtype=float) / 365.25


def sampled(frame, when, value):
    """Yearly values up to a day, newest first, of the years that have a device."""
    found = []
    for k in range(40):
        end, start = when - pd.DateOffset(years=k), when - pd.DateOffset(years=k + 1)
        if ((frame["date"] > start) & (frame["date"] <= end)).any():
            found.append((k, value(frame[frame["date"] <= end])))
    return found


def walked(samples, tau, can_fall):
    """Median and band of the random walk with drift, as Farmer & Lafond write them."""
    y = [math.log(v) for _, v in samples]
    dy = [y[i] - y[i + 1] for i in range(len(y) - 1)]
    dt = [samples[i + 1][0] - samples[i][0] for i in range(len(y) - 1)]
    m, total = len(dy), sum(dt)
    if m < 4:
        return None
    mu = sum(dy) / total
    k2 = sum((d - mu * t) ** 2 / t for d, t in zip(dy, dt, strict=True)) / (m - 1)
    middle = y[0] + mu * tau
    half = stats.t(m - 1).ppf((1 + LEVEL) / 2) * math.sqrt(k2 * (tau + tau**2 / total))
    low = middle - half if can_fall else max(middle - half, y[0])
    return middle, low, middle + half


def lined(frame, at):
    """The line's middle, its confidence band and its prediction band, by statsmodels."""
    x, y = decimal(frame["date"]), np.log(frame["value"].to_numpy())
    if len(x) < 3:
        return None
    fit = sm.OLS(y, sm.add_constant(x - 2000)).fit()
    ahead = fit.get_prediction(np.array([[1.0, at - 2000]]))
    confidence, prediction = (ahead.conf_int(obs=o, alpha=1 - LEVEL)[0] for o in (False, True))
    return ahead.predicted_mean[0], confidence, prediction


def record_rows(frame):
    rows, best = [], 0.0
    for date, day in frame.groupby("date"):
        if day["value"].max() > best:
            best = day["value"].max()
            rows.append({"date": date, "value": best})
    return pd.DataFrame(rows)


def slow(frame, value, can_fall):
    """Every forecast one by one: (origin's age, horizon, method) -> middle, low, high, truth."""
    newest, found = frame["date"].max(), {}
    oldest = frame["date"].min()
    for k, origin in enumerate(anniversaries(newest)):
        if k == 0 or oldest + pd.DateOffset(years=6) > origin:
            continue
        known = frame[frame["date"] <= origin]
        if not (known["date"] > origin - pd.DateOffset(years=1)).any():
            continue
        samples = sampled(known, origin, value)
        for h in HORIZONS:
            if h > k:
                continue
            truth = math.log(value(frame[frame["date"] <= newest - pd.DateOffset(years=k - h)]))
            at = decimal([newest])[0] - k + h
            line, walk = lined(known, at), walked(samples, h, can_fall)
            entries = {
                LINE: line and (line[0], *line[1]),
                POINTS: line and (line[0], *line[2]),
                DEFAULT: walk,
            }
            if not can_fall:
                of_records = lined(record_rows(known), at)
                entries[RECORDS] = of_records and (of_records[0], *of_records[2])
            for method, entry in entries.items():
                found[k, h, method] = (*entry, truth) if entry else None
    return found


def series_frame(name):
    series = load_series(name)
    return pd.DataFrame({"date": pd.DatetimeIndex(series.dates), "value": series.values}), series


def compare(past, now, expected):
    judged = 0
    ages = np.round(now - past.origin).astype(int).tolist()
    every = {
        (k, h): all(expected[k, h, m] is not None for m in past.methods) for k, h, _ in expected
    }
    for method, predictive in past.methods.items():
        low, high = predictive.band(LEVEL)
        for (k, h), is_judged in every.items():
            i, j = ages.index(k), HORIZONS.index(h)
            if expected[k, h, method] is None:
                assert not np.isfinite(predictive.scale[i, j])
                continue
            ours = predictive.middle[i, j], low[i, j], high[i, j], past.truth[i, j]
            assert ours == pytest.approx(expected[k, h, method], rel=1e-8, abs=1e-8)
            assert past.judged[i, j] == is_judged
            judged += 1
    assert set(ages) == {k for k, _ in every}
    assert past.judged.sum() == sum(every.values())
    return judged


@pytest.mark.parametrize("name", ["interconnect-device", "interconnect-lane", "parameters"])
def test_every_past_forecast_of_a_series_is_that_of_statsmodels_and_scipy(name):
    frame, series = series_frame(name)
    yearly = yearly_samples(series)[FRONTIER]
    expected = slow(frame, lambda known: known["value"].max(), can_fall=False)
    assert compare(past_of(series, FRONTIER, yearly), yearly.now, expected) > 20


def test_every_past_forecast_of_a_gap_is_that_of_statsmodels_and_scipy():
    gap = gap_of(load_series("compute"), load_series("interconnect-device"))
    i, j = gap.pairs
    ratio = gap.numerator.values[i] / gap.denominator.values[j]
    dates = pd.DatetimeIndex(gap.numerator.dates[i])
    frame = pd.DataFrame({"date": dates, "value": ratio, "top": gap.numerator.values[i]})

    def value(known):
        return known.sort_values("top", ascending=False, kind="stable")["value"][:5].median()

    yearly = yearly_samples(gap)[PAIRS]
    expected = slow(frame, value, can_fall=True)
    past = past_of(gap, PAIRS, yearly)
    assert RECORDS not in past.methods
    assert compare(past, yearly.now, expected) > 100


def test_a_gap_without_pairs_is_judged_by_its_yearly_ratio():
    gap = gap_of(load_series("parameters"), load_series("memory-capacity"))
    yearly = yearly_samples(gap)[UNPAIRED]
    past = past_of(gap, UNPAIRED, yearly)
    assert past.judged.any()
    i, j = np.argwhere(past.judged)[0]
    age = round(yearly.now - past.origin[i]) - past.horizon[j]
    there = dict(zip(yearly.age.tolist(), yearly.value.tolist(), strict=True))
    assert past.truth[i, j] == pytest.approx(math.log(there[age]))


@pytest.mark.parametrize("name", ["compute", "memory-capacity"])
def test_a_forecast_knows_nothing_later_than_its_origin(name):
    series = load_series(name)
    full = past_of(series, FRONTIER, yearly_frontier(series.years, series.values))
    for i in (0, 5, -1):
        known = series.years <= full.origin[i] + 0.002
        moved = np.where(known, series.values, series.values * 1e3)
        yearly = yearly_frontier(series.years, moved, now=series.years[-1])
        other = hindcast(yearly, series.years, moved)
        for method in METHODS:
            one, two = full.methods[method], other.methods[method]
            for ours, theirs in ((one.middle, two.middle), (one.scale, two.scale)):
                assert ours[i].tolist() == pytest.approx(theirs[i].tolist(), rel=1e-9)


def test_the_interval_score_is_gneiting_and_rafterys():
    n = [np.array(x, dtype=float) for x in ([0, 0, 0], [1, 1, 1], [2, 2, 2], [1.5, 2.5, -1])]
    found = score(Cases(np.array([1, 1, 1]), *n), 0.8)
    # (2) + (2 + 2/0.2 * 0.5) + (2 + 2/0.2 * 1), over three.
    assert found.interval_score == pytest.approx((2 + 7 + 12) / 3)
    assert (found.coverage, found.missed_above, found.missed_below) == pytest.approx([1 / 3] * 3)
    assert found.median_error == pytest.approx(1.5)
    assert found.above_median == pytest.approx(2 / 3)


def test_a_rounding_error_is_no_miss():
    """An exact exponential leaves bands of no width, and truths that miss them by 1e-15."""
    years = np.arange(2000.0, 2026.0)
    values = 1.37 ** (years - 2000)
    past = hindcast(yearly_frontier(years, values), years, values)
    for method in METHODS:
        assert score(cases(past, method, LEVEL), LEVEL).coverage == 1


def test_no_forecast_has_no_score():
    none = np.empty(0)
    found = score(Cases(none.astype(int), none, none, none, none), 0.9)
    assert found.n == 0
    assert math.isnan(found.coverage)


def test_pooled_forecasts_count_one_by_one():
    parts = [
        cases(past_of(s, FRONTIER, yearly_samples(s)[FRONTIER]), DEFAULT, LEVEL)
        for s in map(load_series, ("compute", "interconnect-lane"))
    ]
    whole = score(pooled(parts), LEVEL)
    each = [score(part, LEVEL) for part in parts]
    assert whole.n == sum(one.n for one in each)
    held = sum(one.coverage * one.n for one in each) / whole.n
    assert whole.coverage == pytest.approx(held)
    assert pooled(parts).at((1, 2)).horizon.max() == 2


def test_a_lines_errors_are_those_of_statsmodels_for_points_that_coincide_in_date():
    t = np.array([2000.0, 2000.0, 2003.0, 2003.0, 2004.0])
    y = np.array([1.0, 1.5, 2.0, 2.2, 2.9])
    ours = lines_until(t, y, np.array([1, 2, 3, 5]), np.full((4, 1), 2010.0))
    assert np.isnan(ours.middle[:2]).all()  # a point, and a single date
    fit = sm.OLS(y, sm.add_constant(t - 2000)).fit().get_prediction(np.array([[1.0, 10.0]]))
    assert ours.middle[3, 0] == pytest.approx(fit.predicted_mean[0])
    assert ours.line_error[3, 0] == pytest.approx(fit.se_mean[0])
    assert ours.point_error[3, 0] == pytest.approx(fit.se_obs[0])


devices = st.lists(st.tuples(st.integers(0, 9000), st.floats(1e-3, 1e6)), min_size=2, max_size=40)


@given(devices, st.randoms())
def test_records_rise_and_the_order_of_rows_does_not_matter(drawn, random):
    t, v = (np.array(x, dtype=float) for x in zip(*drawn, strict=True))
    order = np.array(random.sample(range(len(t)), len(t)))
    one, other = running_records(t, v), order[running_records(t[order], v[order])]
    assert v[one].tolist() == v[other].tolist()
    assert (np.diff(v[one]) > 0).all()
    assert v[one][-1] == v.max()


@given(devices)
def test_bands_are_in_order_and_shares_sum_to_one(drawn):
    days, values = (np.array(x, dtype=float) for x in zip(*drawn, strict=True))
    years = 2000 + days / 365.25
    past = hindcast(yearly_frontier(years, values), years, values)
    for method in past.methods:
        low, high = past.methods[method].band(LEVEL)
        known = np.isfinite(low)
        assert (low[known] <= high[known]).all()
        found = score(cases(past, method, LEVEL), LEVEL)
        if found.n:
            assert found.coverage + found.missed_above + found.missed_below == pytest.approx(1)


def test_points_of_the_records_ratio_are_its_yearly_samples():
    gap = gap_of(load_series("compute"), load_series("dram-bandwidth"))
    years, values = points(gap, "records")
    yearly = yearly_samples(gap)["records"]
    assert values.tolist() == yearly.value[::-1].tolist()
    assert (np.diff(years) > 0).all()
    assert len(points(gap)[0]) > len(years)


def test_the_librarys_hindcast_is_the_function_whatever_was_imported():
    import memwall_cli

    assert memwall_cli.hindcast is hindcast
