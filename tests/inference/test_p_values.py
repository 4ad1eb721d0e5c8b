import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.arguments import Arguments
from protestspread.errors import DataError
from protestspread.inference.p_values import check_test, p_values, smallest_p_value

DRAWS = st.lists(st.integers(-9, 9), min_size=1, max_size=50)


@given(DRAWS, st.integers(-9, 9))
def test_p_values_are_counts_and_never_zero(draws, seen):
    null = np.array(draws)
    greater = (1 + sum(d >= seen for d in draws)) / (len(draws) + 1)
    less = (1 + sum(d <= seen for d in draws)) / (len(draws) + 1)
    assert p_values(seen, null) == greater > 0
    assert p_values(seen, null, "less") == less > 0
    assert p_values(seen, null, "two-sided") == min(1.0, 2 * min(greater, less))


def test_ties_that_rounding_hides_are_ties():
    exact = 0.1 + 0.2
    assert p_values(exact, [0.3, 0.3, 0.0]) == 3 / 4
    assert p_values(-exact, [-0.3, 0.0, 0.0], "less") == 2 / 4


def test_many_statistics_at_once_and_nothing_from_nothing():
    p = p_values([1.0, np.nan], [[0.0, 1.0], [2.0, 1.0]])
    assert p[0] == 2 / 3
    assert math.isnan(p[1])


def test_the_smallest_p_value_knows_draws_and_arrangements():
    assert smallest_p_value(99) == 0.01
    assert smallest_p_value(99, math.log(6)) == pytest.approx(1 / 6)
    assert smallest_p_value(99, 0.0, "two-sided") == 1.0


@pytest.mark.parametrize("permutations", [0, -1, 9.5, True, "many"])
def test_an_invalid_number_of_permutations_is_an_error(permutations):
    with pytest.raises(DataError, match="permutations must be a whole number from 1 to"), Arguments() as check:
        check_test(check, permutations)


def test_an_unknown_alternative_is_an_error():
    with pytest.raises(DataError, match="alternative must be 'greater', 'less' or 'two-sided'; got 'sideways'"):
        p_values(1, [1], "sideways")
