"""p-values of vectors in clouds: by hand, by brute force, and under exchange."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from protestspread.falsification.clouds import fits_only, p_against, p_within


def brute_force(vector, cloud):
    """The p-value from the definition, with loops."""
    pool = np.vstack([vector, cloud])
    mean, spread = pool.mean(axis=0), pool.std(axis=0)

    def tail(row):
        found = []
        for column in range(pool.shape[1]):
            below = sum(pool[:, column] <= row[column])
            above = sum(pool[:, column] >= row[column])
            far = abs(row[column] - mean[column]) / spread[column] if spread[column] > 1e-9 else 0.0
            found.append(min(1.0, 2 * min(below, above) / len(pool)) - far / (1 + far) / len(pool))
        return min(found)

    tails = [tail(row) for row in pool]
    return sum(one <= tails[0] + 1e-12 for one in tails) / len(pool)


@given(hnp.arrays(float, (9, 3), elements=st.integers(-4, 4)), hnp.arrays(float, 3, elements=st.integers(-6, 6)))
def test_it_is_the_definition(cloud, vector):
    assert p_against(vector[None], cloud)[0] == pytest.approx(brute_force(vector, cloud))


def test_members_in_the_rest_of_their_cloud():
    cloud = np.random.default_rng(3).normal(size=(40, 4))
    rest = [brute_force(row, np.delete(cloud, number, axis=0)) for number, row in enumerate(cloud)]
    assert p_within(cloud) == pytest.approx(np.array(rest))


def test_a_member_of_the_cloud_has_a_p_of_at_most_five_percent_in_five_percent():
    """Six correlated statistics: one p for all of them."""
    rng, reached = np.random.default_rng(5), []
    mix = rng.normal(size=(6, 6))
    for _ in range(400):
        cloud = rng.normal(size=(100, 6)) @ mix
        reached.append(p_against(cloud[:1], cloud[1:])[0])
    share = np.mean(np.array(reached) <= 0.05)
    assert abs(share - 0.05) < 3.3 * np.sqrt(0.05 * 0.95 / 400)


def test_far_off_in_one_of_many_statistics_is_seen():
    cloud = np.random.default_rng(1).normal(size=(99, 8))
    vector = np.zeros(8)
    vector[3] = 9.0
    assert p_against(vector[None], cloud)[0] == 0.01


def test_statistics_that_do_not_vary_do_not_hide_one_that_does():
    cloud = np.column_stack([np.ones(99), np.random.default_rng(1).normal(size=99)])
    assert p_against(np.array([[1.0, 5.0], [1.0, 0.0]]), cloud) == pytest.approx([0.01, 1.0], abs=0.2)
    assert p_against(np.array([[2.0, 0.0]]), cloud)[0] == 0.01  # another value than all draws


def test_only_contagion_needs_all_rivals_rejected_and_the_fit_not():
    rejected, fits = np.array([0.01, 0.01, 0.05, 0.01]), np.array([0.05, 0.2, 0.05, 0.01])
    own = np.array([0.3, 0.3, 0.3, 0.05])
    assert fits_only([rejected, fits], own).tolist() == [True, False, True, False]
