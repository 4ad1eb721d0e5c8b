import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.inference.exchange import cannot_tell, like_places, population_blocks, ranking_known


def blocks_of(blocks):
    return [set(blocks.rows[a:b].tolist()) for a, b in itertools.pairwise(blocks.starts)]


def test_blocks_are_neighbors_in_the_ranking():
    population = np.array([10.0, 500, 30, 400, 20, 600, 300, 50, 40, 200, 100])
    found = blocks_of(population_blocks(population))
    assert sorted(map(sorted, found)) == [[0, 2, 4, 7, 8], [1, 3, 5, 6, 9, 10]]


def test_blocks_stay_within_strata():
    population, strata = np.arange(24.0), np.repeat([7, 3], 12)
    for block in blocks_of(population_blocks(population, strata)):
        assert len({strata[row] for row in block}) == 1
        assert len(block) == 6


def test_unknown_populations_rank_last_and_too_many_of_them_leave_whole_strata():
    population = np.r_[np.arange(1.0, 20), np.nan]
    assert ranking_known(population)
    smallest = next(block for block in blocks_of(population_blocks(population)) if 19 in block)
    assert smallest == {19, 0, 1, 2, 3}
    assert blocks_of(population_blocks(np.full(12, np.nan))) == [set(range(12))]
    assert len(blocks_of(population_blocks(np.full(12, np.nan), np.repeat([0, 1], 6)))) == 2


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 3))
def test_the_profile_is_that_of_the_eight_nearest_in_the_ranking(seed, places, strata):
    rng = np.random.default_rng(seed)
    series, population = rng.integers(0, 3, (places, 6)) + np.eye(places, 6), rng.permutation(places) * 10.0
    series[:, 0] += 1
    label = rng.integers(0, strata, places)
    found = like_places(series.sum(axis=1), population, label) @ series
    assert found.sum(axis=1) == pytest.approx(series.sum(axis=1))
    for i in range(places):
        ranked = sorted((j for j in range(places) if label[j] == label[i]), key=lambda j: -population[j])
        if len(ranked) == 1:
            assert found[i] == pytest.approx(series[i])
            continue
        at = ranked.index(i)
        first = min(max(at - 4, 0), max(len(ranked) - 9, 0))
        others = series[[j for j in ranked[first : first + 9] if j != i]].sum(axis=0)
        assert found[i] == pytest.approx(series[i].sum() * others / others.sum())


def test_too_few_places_or_arrangements_cannot_tell():
    assert "only 9 places were active" in cannot_tell(population_blocks(np.arange(9.0)))
    assert cannot_tell(population_blocks(np.arange(10.0))) is None
    alone = population_blocks(np.arange(12.0), np.arange(12) // 2)
    assert "fewer than 200 ways" in cannot_tell(alone)  # 2⁶ = 64
    assert cannot_tell(population_blocks(np.arange(16.0), np.arange(16) // 2)) is None  # 2⁸ = 256
