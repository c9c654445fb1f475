"""The test of a change of pace: exact where it can be, honest on random walks."""

import math
from itertools import permutations

import numpy as np
import pytest

from memwall_cli.trends.estimators.breaks import (
    find_break,
    p_same_pace,
    parts,
    split_at,
    steps,
)
from memwall_cli.trends.forecast import Yearly, project


def walk(*dy, dt=None):
    """Yearly values, newest first, that make these steps, oldest first."""
    age = np.cumsum([0, *(dt or [1] * len(dy))[::-1]])
    return Yearly(2020.0, age, np.exp(np.cumsum([0.0, *dy]))[::-1])


def f_statistic(dy, k):
    """Textbook F of two means against one, worked by sums of squares."""
    a, b = dy[:k], dy[k:]
    within = ((a - a.mean()) ** 2).sum() + ((b - b.mean()) ** 2).sum()
    return (((dy - dy.mean()) ** 2).sum() - within) / within * (len(dy) - 2)


def test_all_orders_of_the_textbook_sup_f_give_the_same_p():
    dy = np.array([0.1, 0.2, 0.05, 0.9, 0.8, 1.1, 0.7])
    places = range(1, 7)  # the middle 70 % of 7 steps
    seen = max(f_statistic(dy, k) for k in places)
    larger = [
        max(f_statistic(np.array(order), k) for k in places) >= seen * (1 - 1e-9)
        for order in permutations(dy)
    ]
    found = find_break(walk(*dy))
    assert found.p == pytest.approx(np.mean(larger), abs=1e-12)
    assert (found.year, found.n) == (2016.0, 7)
    assert found.before == pytest.approx(math.exp(2 * dy[:3].mean()))
    assert found.after == pytest.approx(math.exp(2 * dy[3:].mean()))


def test_a_break_is_not_looked_for_at_the_ends():
    found = find_break(walk(5.0, *[0.1, 0.2] * 10))
    assert found.year >= 2020 - 21 + round(21 * 0.15)


@pytest.mark.parametrize("m", [12, 28])
def test_random_walks_raise_a_false_alarm_in_one_of_twenty(m):
    rng = np.random.default_rng(m)
    # Steps as lopsided as those of a frontier: many of nothing, a few large.
    dy = np.where(rng.uniform(size=(300, m)) < 0.3, 0, rng.exponential(size=(300, m)))
    alarms = [find_break(walk(*row), seed, 999).p < 0.05 for seed, row in enumerate(dy)]
    assert 0.02 < np.mean(alarms) < 0.085


def test_a_clear_change_is_found_and_the_same_seed_gives_the_same():
    rng = np.random.default_rng(5)
    yearly = walk(*rng.normal(0.2, 0.1, 12), *rng.normal(0.8, 0.1, 12))
    found = find_break(yearly, seed=3)
    assert found.p < 0.001
    assert found.year == 2008.0
    assert find_break(yearly, seed=3) == found


def test_a_date_chosen_beforehand_needs_less_than_one_searched_for():
    rng = np.random.default_rng(8)
    yearly = walk(*rng.normal(0.4, 0.3, 14), *rng.normal(0.6, 0.3, 14))
    found = find_break(yearly)
    assert p_same_pace(yearly, found.year) < found.p


def test_both_parts_have_the_rates_of_their_own_walks():
    yearly = walk(0.1, 0.3, 0.2, 0.1, 0.5, 0.9, 0.7, 0.6)
    before, after = parts(yearly, 2016.2)
    dy = steps(yearly)[0]
    assert split_at(yearly, 2016.2) == 4
    assert before.now == 2016.0
    assert project(before, 0).drift == pytest.approx(dy[:4].mean())
    assert project(after, 0).drift == pytest.approx(dy[4:].mean())
    assert after.value[-1] == before.value[0]


def test_steps_longer_than_a_year_count_by_their_length():
    even = walk(0.2, 0.4, 0.2, 0.2, 0.6, 0.2, 0.2, dt=[1, 2, 1, 1, 3, 1, 1])
    found = find_break(even)
    assert found.before == pytest.approx(found.after)
    assert found.p == 1.0


def test_too_few_steps_are_not_tested():
    assert find_break(walk(0.1, 0.2, 0.3, 0.9, 0.8, 0.7)) is None
    assert p_same_pace(walk(0.1, 0.2, 0.3), 1990.0) is None
