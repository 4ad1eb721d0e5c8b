"""Places that join next, given how many: chances and draws against sums over all orders."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.inference.likelihood.onset_order import chances_given_count, draw_next
from protestspread.inference.likelihood.partial_likelihood import partial_log_likelihood

RATES = np.array([1.0, 2.0, 0.5, 6.0, 2.0])
rates_of_places = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=12).map(np.array)


def exact(rates, count):
    """The chance of each place to be among the first `count`, summed over all orders."""
    chance = np.zeros(len(rates))
    for order in itertools.permutations(range(len(rates)), count):
        probability, left = 1.0, rates.sum()
        for place in order:
            probability, left = probability * rates[place] / left, left - rates[place]
        chance[list(order)] += probability
    return chance


@given(rates_of_places, st.integers(0, 12))
def test_chances_sum_to_the_count_and_follow_the_rates(rates, count):
    count = min(count, len(rates))
    chance = chances_given_count(rates, count)
    assert chance.sum() == pytest.approx(count, abs=1e-9)
    assert ((chance >= 0) & (chance <= 1 + 1e-12)).all()
    assert (np.diff(chance[np.argsort(rates, kind="stable")]) >= -1e-12).all()
    assert chances_given_count(7 * rates, count) == pytest.approx(chance, abs=1e-9)  # only ratios count


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_chances_are_near_the_sum_over_all_orders(count):
    off = np.abs(chances_given_count(RATES, count) - exact(RATES, count)).max()
    assert off < (1e-12 if count in {0, 1, 5} else 0.06)
    assert chances_given_count(np.ones(6), count) == pytest.approx(np.full(6, count / 6))


def test_rates_that_differ_without_end():
    assert chances_given_count(np.array([1e10, 1.0, 1.0, 2.0]), 2).sum() == pytest.approx(2)
    assert chances_given_count(np.array([1.0, 1e-290, 1e-250]), 2) == pytest.approx([1, 0, 1])
    assert chances_given_count(np.array([1.0, 0.0, 0.0]), 2).tolist() == [1, 0, 0]  # only one place can join


@pytest.mark.parametrize("count", [1, 2, 4])
def test_draws_have_the_chances_of_the_likelihood(count):
    rng, draws = np.random.default_rng(3), 6000
    rows = np.array([np.sort(draw_next(np.log(RATES), count, rng)) for _ in range(draws)])
    assert all(len(set(row)) == count for row in rows.tolist())
    inside = np.array([(rows == place).any(axis=1).mean() for place in range(len(RATES))])
    chance = exact(RATES, count)
    assert (np.abs(inside - chance) <= 4 * np.sqrt(chance * (1 - chance) / draws) + 1e-9).all()
    chosen = list(range(count))
    value = partial_log_likelihood(
        RATES[chosen], np.array([np.delete(RATES, chosen).sum()]), np.zeros(count, dtype=int)
    )
    probability = float(np.exp(value[0][0]))
    assert (rows == chosen).all(axis=1).mean() == pytest.approx(
        probability, abs=4 * np.sqrt(probability * (1 - probability) / draws)
    )
