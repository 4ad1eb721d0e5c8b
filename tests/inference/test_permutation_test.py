"""P-values, and the skeleton of every permutation test: a new statistic needs one class."""

import itertools
import math
import pickle
from dataclasses import dataclass

import joblib
import matplotlib.figure
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.arguments import Arguments
from protestspread.errors import DataError
from protestspread.inference import replicates
from protestspread.inference.permutation_test import PermutationTest, check_test, p_values, smallest_p_value
from protestspread.inference.replicates import PermutationBlocks, ShuffledValues

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


@dataclass(frozen=True, eq=False)
class Roughness(PermutationTest):
    """A statistic that the library does not know: the sum of the steps between values in a row."""

    what = "sum of steps"

    def values(self, arranged):
        return np.abs(np.diff(arranged, axis=0)).sum(axis=0)


def roughness(values, labels=None, seed=1):
    values = np.asarray(values, dtype=np.int32)
    blocks = PermutationBlocks.whole(len(values)) if labels is None else PermutationBlocks.of(labels)
    return Roughness(ShuffledValues(values, blocks, seed, "values shuffled over the row"))


STEPS = [1, 2, 4, 7, 11, 16, 22, 30]


def test_one_class_gives_a_test_with_its_p_value_sentence_and_table():
    result = roughness(STEPS).run(permutations=999, alternative="less")
    every = [np.abs(np.diff(order)).sum() for order in itertools.permutations(STEPS)]
    exact = np.mean(np.array(every) <= 29)
    assert result.statistic == 29
    assert result.reason is None
    assert result.null_distribution.shape == (999,)
    assert result.p_value == (1 + (result.null_distribution <= 29).sum()) / 1000
    assert result.p_value == pytest.approx(exact, abs=4 * math.sqrt(exact / 999) + 0.001)
    assert result.null_distribution.mean() == pytest.approx(np.mean(every), rel=0.03)
    assert result.smallest_p_value == 0.001
    assert result.sentence.startswith("Sum of steps: 29 observed; ")
    assert "with values shuffled over the row" in result.sentence
    assert result.to_frame().loc["sum of steps", "p_value"] == result.p_value


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
def test_the_smallest_p_value_counts_the_arrangements(alternative):
    result = roughness([1, 5, 9]).run(permutations=99, alternative=alternative)
    assert result.smallest_p_value == pytest.approx(1 / 6 * (2 if alternative == "two-sided" else 1))


@pytest.mark.parametrize(
    ("values", "labels"),
    [([3, 3, 3, 3], None), ([1, 5, 9, 2], "abcd"), ([2, 2, 7, 7], "aabb")],
    ids=["nothing to shuffle", "each value alone in its block", "equal values within blocks"],
)
def test_a_test_that_could_not_have_rejected_says_why(values, labels):
    result = roughness(values, labels).run(permutations=99)
    assert result.reason == "the statistic is the same in every draw"
    assert math.isnan(result.p_value)
    assert result.smallest_p_value == 1
    assert result.sentence.endswith("No p-value: the statistic is the same in every draw.")


def test_a_statistic_that_is_not_defined_says_so():
    @dataclass(frozen=True, eq=False)
    class Undefined(Roughness):
        def values(self, arranged):
            return np.full(arranged.shape[1], np.nan)

    result = Undefined(roughness(STEPS).sampler).run(permutations=9)
    assert result.reason == "the statistic is not defined"
    assert math.isnan(result.p_value)


def test_the_figure_comes_with_the_skeleton():
    ax = matplotlib.figure.Figure().add_subplot()
    assert roughness(STEPS).run(permutations=99).plot(ax=ax, title="Steps") is ax
    assert ax.get_xlabel() == "sum of steps"
    labels = " ".join(text.get_text() for text in ax.get_legend().get_texts())
    assert "99 draws: values shuffled over the row" in labels
    assert "observed, 29" in labels
    flat = roughness([3, 3, 3]).run(permutations=9).plot(ax=matplotlib.figure.Figure().add_subplot())
    assert any("the same in every draw" in text.get_text() for text in flat.texts)


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_and_widths_change_nothing(monkeypatch, threads):
    expected = roughness(STEPS).run(permutations=999).null_distribution
    monkeypatch.setattr(replicates, "_THREADS_PAY", 1.0)
    monkeypatch.setattr(replicates, "WIDEST", 7)
    before = numba.get_num_threads()
    numba.set_num_threads(min(threads, before))
    try:
        assert np.array_equal(roughness(STEPS).run(permutations=999).null_distribution, expected)
    finally:
        numba.set_num_threads(before)


@pytest.mark.long
def test_workers_change_nothing(monkeypatch):
    expected = roughness(STEPS).run(permutations=999).null_distribution
    monkeypatch.setattr(replicates, "_WORKERS_PAY", 1e4)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        assert np.array_equal(roughness(STEPS).run(permutations=999).null_distribution, expected)


def test_a_test_travels_to_a_worker_and_back():
    test = roughness(STEPS)
    again = pickle.loads(pickle.dumps(test))  # noqa: S301 - our own bytes
    assert np.array_equal(again(0, 9, False), test(0, 9, False))


@pytest.mark.parametrize(
    ("options", "fault"),
    [({"permutations": 0}, "permutations must be"), ({"alternative": "up"}, "alternative must be")],
)
def test_bad_settings_are_errors(options, fault):
    with pytest.raises(DataError, match=f"^{fault}"):
        roughness(STEPS).run(**options)
