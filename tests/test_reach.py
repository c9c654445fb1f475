"""Dates of arrival against scipy: where P(Y_t >= x) from scipy.stats.t crosses a probability."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import optimize, stats

from memwall_cli import load_series, yearly_frontier
from memwall_cli.errors import UsageError
from memwall_cli.trends.forecast import Yearly, walks
from memwall_cli.trends.reach import arrival, past_dates
from memwall_cli.trends.units import number_and_unit, units_for, value_in


def probability(walk, distance, tau):
    """P(Y >= start + distance) after tau years, by scipy.stats."""
    spread = walk.step[0] * np.sqrt(tau + tau**2 / walk.total[0])
    return stats.t.sf((distance - walk.drift[0] * tau) / spread, int(walk.n[0]) - 1)


@pytest.mark.parametrize("name", ["compute", "dram-bandwidth", "interconnect-device", "parameters"])
@pytest.mark.parametrize("p", [0.05, 0.1, 0.5, 0.9, 0.95])
@pytest.mark.parametrize("times", [1.5, 4, 1000])
def test_the_date_is_where_scipy_finds_the_probability(name, p, times):
    series = load_series(name)
    walk = walks(yearly_frontier(series.years, series.values))
    distance = math.log(times)
    ours = float(arrival(walk, distance, p)[0])
    if math.isinf(ours):
        assert probability(walk, distance, np.geomspace(0.01, 1e6, 400)).max() < p
    else:
        found = optimize.brentq(lambda tau: probability(walk, distance, tau) - p, 1e-9, 1e4)
        assert ours == pytest.approx(found, rel=1e-7)


changes = st.lists(st.floats(-1, 1), min_size=4, max_size=12)


@given(changes, st.floats(0.05, 5), st.sampled_from([0.02, 0.05, 0.3, 0.5, 0.7, 0.95]))
def test_it_is_the_first_date_with_that_probability_or_never(steps, distance, p):
    value = np.exp(np.concatenate([[0.0], np.cumsum(steps)]))[::-1]
    walk = walks(Yearly(2020.0, np.arange(len(value)), value))
    assume(walk.step[0] > 1e-3)
    ours = float(arrival(walk, distance, p)[0])
    grid = np.geomspace(1e-4, 1e5, 300)
    chances = probability(walk, distance, grid)
    if math.isinf(ours):
        assert chances.max() < p + 1e-6
    else:
        assert probability(walk, distance, ours) == pytest.approx(p, abs=1e-6)
        assert (chances[grid < ours * (1 - 1e-6)] < p + 1e-6).all()


def test_what_is_reached_takes_no_time_and_no_band_gives_no_edge():
    walk = walks(Yearly(2020.0, np.arange(3), np.array([4.0, 2.0, 1.0])))
    assert arrival(walk, -0.1, 0.95)[0] == 0
    assert arrival(walk, math.log(4), 0.5)[0] == pytest.approx(2)
    assert math.isnan(arrival(walk, math.log(4), 0.95)[0])


def test_steady_growth_arrives_on_one_day():
    walk = walks(Yearly(2020.0, np.arange(9), 2.0 ** -np.arange(9.0)))
    assert [arrival(walk, math.log(8), p)[0] for p in (0.05, 0.5, 0.95)] == pytest.approx([3] * 3)


def test_past_dates_are_those_that_one_would_have_given_and_what_came():
    series = load_series("dram-bandwidth")
    yearly = yearly_frontier(series.years, series.values)
    found = past_dates(yearly, series.years, series.values, (0.05, 0.5, 0.95))
    n = len(found.times) // 3
    origin, multiple = 2026.6502395619439 - 10, 4  # ten years before the newest device
    known = series.years <= origin + 0.002
    walk = walks(yearly_frontier(series.years[known], series.values[known], now=origin))
    due = [origin + arrival(walk, math.log(multiple), p)[0] for p in (0.05, 0.5, 0.95)]
    place = int(np.argmin(np.abs(found.due[1, n : 2 * n] - due[1]))) + n
    assert found.times[place] == multiple
    assert found.due[:, place].tolist() == pytest.approx(due)
    target = multiple * series.values[known].max()
    assert found.came[place] == series.years[series.values >= target][0]
    assert (found.passed == (found.due <= found.now)).all()


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("50 TB/s", "GB/s", 5e4),
        ("50TB/s", "GB/s", 5e4),
        ("448 Gbit/s", "Gbit/s", 448),
        ("0.4 Tbit/s", "Gbit/s", 400),
        ("1 TB", "GB", 1000),
        ("10 PFLOP/s", "TFLOP/s", 1e4),
        ("10 PFLOPS", "TFLOP/s", 1e4),
        ("5,000 FLOP/byte", "FLOP/byte", 5000),
        ("5000 FLOPs/byte", "FLOP/byte", 5000),
        ("10e12", "parameters", 1e13),
        ("10 trillion", "parameters", 1e13),
        ("10 trillion parameters", "parameters", 1e13),
        ("70B", "parameters", 7e10),
        ("1e27 FLOP", "FLOP", 1e27),
        ("1 ZFLOP", "FLOP", 1e21),
        ("12.5", "", 12.5),
    ],
)
def test_values_are_read_with_their_units(text, unit, value):
    assert value_in(unit, *number_and_unit(text)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("50 TB", "GB/s"),
        ("50", "GB/s"),
        ("50 Gbit/s", "GB/s"),
        ("50 GB/s", "Gbit/s"),
        ("50 tb/s", "GB/s"),
        ("5 kFLOP/byte", "FLOP/byte"),
        ("3 TB", "parameters"),
        ("3 TB", ""),
        ("10 PFLOP", "TFLOP/s"),
    ],
)
def test_units_that_do_not_go_are_refused(text, unit):
    assert value_in(unit, *number_and_unit(text)) is None
    assert units_for(unit)


@pytest.mark.parametrize("text", ["", "TB/s", "-3 TB/s", "0 TB/s", "1e999 TB/s", "nan", "1..2 GB"])
def test_what_is_no_value_is_refused(text):
    with pytest.raises(UsageError, match="50 TB/s"):
        number_and_unit(text)
