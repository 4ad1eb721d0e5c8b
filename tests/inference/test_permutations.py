import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.inference.replicates import PermutationBlocks, permutations, shuffle_within_blocks
from protestspread.kernels import dispatch

LABELS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=30)


@given(LABELS, st.integers(0, 2**63))
def test_values_stay_in_their_block(labels, seed):
    values = np.arange(len(labels)) * 3
    drawn = shuffle_within_blocks(values, PermutationBlocks.of(labels), seed, 0, 4)
    for label in set(labels):
        mine = np.array(labels) == label
        assert (np.sort(drawn[mine], axis=0) == np.sort(values[mine])[:, None]).all()


@given(LABELS, st.integers(0, 2**63), st.integers(1, 9))
def test_a_replicate_does_not_depend_on_its_batch(labels, seed, cut):
    blocks = PermutationBlocks.of(labels)
    whole = permutations(blocks, seed, 0, 10)
    parts = [permutations(blocks, seed, 0, cut), permutations(blocks, seed, cut, 10)]
    assert np.array_equal(whole, np.hstack(parts))


@pytest.mark.parametrize("threads", [False, True])
def test_compiled_and_plain_permutations_are_the_same(monkeypatch, threads):
    blocks = PermutationBlocks.of(np.arange(1000) % 7)
    plain = permutations(blocks, 3, 0, 20)
    monkeypatch.setattr(dispatch, "FORCED", True)
    assert np.array_equal(permutations(blocks, 3, 0, 20, threads=threads), plain)


@pytest.mark.long
def test_every_pair_of_rows_is_as_likely_to_meet():
    """20,000 permutations of 5: each row lands in each position 4,000 times, within four standard errors."""
    drawn = permutations(PermutationBlocks.whole(5), 1, 0, 20_000)
    counts = np.array([[(drawn[row] == value).sum() for value in range(5)] for row in range(5)])
    assert np.abs(counts - 4000).max() < 4 * math.sqrt(20_000 * 0.2 * 0.8)


def test_arrangements_are_counted():
    assert math.exp(PermutationBlocks.of("aab").log_arrangements([1, 2, 9])) == pytest.approx(2)
    assert PermutationBlocks.of("abc").log_arrangements([1, 2, 3]) == 0
    assert math.exp(PermutationBlocks.whole(6).log_arrangements([1, 1, 1, 2, 2, 3])) == pytest.approx(60)


def test_rows_alone_in_their_block():
    blocks = PermutationBlocks.of(["x", "y", "x", None])
    assert blocks.alone.tolist() == [1, 3]
    assert blocks.sizes.tolist() == [2, 1, 1]
    assert len(blocks) == 4
