import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from protestspread.errors import DataError, DataWarning
from protestspread.inference.multiplicity import adjust, attainable_level, max_p_values
from protestspread.inference.permutation_test import smallest_p_value

P = arrays(float, st.integers(1, 20), elements=st.floats(0, 1))


@given(P)
def test_holm_is_what_its_steps_say(p):
    order, n = np.argsort(p, kind="stable"), len(p)
    expected = np.empty(n)
    expected[order] = [max(min(1.0, p[order[k]] * (n - k)) for k in range(last + 1)) for last in range(n)]
    assert adjust(p, "holm") == pytest.approx(expected)


@given(P)
def test_fdr_is_what_its_steps_say(p):
    order, n = np.argsort(p, kind="stable"), len(p)
    expected = np.empty(n)
    expected[order] = [min(min(1.0, p[order[k]] * n / (k + 1)) for k in range(first, n)) for first in range(n)]
    assert adjust(p, "fdr") == pytest.approx(expected)


@given(P, st.randoms())
def test_adjusted_p_values_follow_their_order_and_never_shrink(p, random):
    shuffled = np.array(random.sample(range(len(p)), len(p)))
    for method in ("holm", "fdr"):
        adjusted = adjust(p, method)
        assert (adjusted >= p).all()
        assert adjust(p[shuffled], method) == pytest.approx(adjusted[shuffled])


def test_nan_does_not_count_and_shape_is_kept():
    adjusted = adjust([[0.01, np.nan], [0.04, 0.03]], "holm")
    assert np.isnan(adjusted[0, 1])
    assert adjusted[~np.isnan(adjusted)] == pytest.approx([0.03, 0.06, 0.06])
    assert np.isnan(adjust([np.nan, np.nan])).all()


def test_too_few_permutations_for_many_tests_issue_a_warning():
    with pytest.warns(DataWarning, match=r"at least 839 for 42 tests; got 99: the smallest .* can reach is 0.42. Fix"):
        adjust(np.full(42, 0.5), "fdr", permutations=99)
    assert adjust(np.full(42, 0.5), "fdr", permutations=839).max() == 0.5  # no warning, which would be an error here


@given(st.integers(1, 3000), st.integers(1, 9999), st.sampled_from(["greater", "less", "two-sided"]))
def test_the_floor_is_what_a_single_finding_reaches(tests, permutations, alternative):
    """The smallest p-value of each alternative, alone among p-values of 1."""
    p = np.ones(tests)
    p[0] = smallest_p_value(permutations, alternative=alternative)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        for method in ("holm", "fdr"):
            least = adjust(p, method, permutations=permutations, alternative=alternative)[0]
            assert least == pytest.approx(min(1.0, p[0] * tests))
    assert len(told) == (0 if least <= 0.05 + 1e-12 else 2)
    for warning in told:
        assert f"can reach is {least:.3g}. Fix: pass permutations=" in str(warning.message)
        needed = int(str(warning.message).rsplit("=", 1)[1])
        assert smallest_p_value(needed, alternative=alternative) * tests <= 0.05 + 1e-12
        assert smallest_p_value(needed - 1, alternative=alternative) * tests > 0.05


@pytest.mark.parametrize("p", [[1.2], [-0.1]])
def test_numbers_outside_0_to_1_are_errors(p):
    with pytest.raises(DataError, match="p must lie between 0 and 1; got"):
        adjust(p)


def test_an_unknown_method_is_refused():
    with pytest.raises(DataError, match="method must be 'holm' or 'fdr'; got 'bonferoni'"):
        adjust([0.1], "bonferoni")


def test_max_p_values_are_counts_of_the_largest():
    null = np.array([[0.0, 2.0], [1.0, -3.0], [3.5, 0.0]])
    assert max_p_values([3.0, 1.0], null) == pytest.approx([2 / 4, 4 / 4])
    assert max_p_values([-3.0, 1.0], null, "less") == pytest.approx([2 / 4, 4 / 4])
    assert max_p_values([3.0, -1.0], null, "two-sided") == pytest.approx([3 / 4, 4 / 4])


def test_max_p_values_ignore_nan():
    null = np.array([[np.nan, 2.0], [np.nan, 1.0]])
    assert np.array_equal(max_p_values([np.nan, 1.5], null), [np.nan, 2 / 3], equal_nan=True)
    assert np.isnan(max_p_values([np.nan], [[1.0]])).all()


@given(st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=30))
def test_the_attainable_level_is_that_of_the_fewest_tests(smallest):
    """Tarone's k is the smallest for which at most k tests can reach alpha / k."""
    level = attainable_level(smallest)
    k = round(0.05 / level)
    assert level == pytest.approx(0.05 / k)
    assert sum(least <= level * (1 + 1e-9) for least in smallest) <= k
    for fewer in range(1, k):
        assert sum(least <= 0.05 / fewer * (1 + 1e-9) for least in smallest) > fewer


def test_without_tests_the_attainable_level_is_alpha():
    assert attainable_level([]) == 0.05
