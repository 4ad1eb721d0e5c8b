"""The compiled stream equals numpy's Philox, word for word, and its permutations are uniform."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protestspread.kernels import plain, streams
from protestspread.random_streams import bounded_integers, raw_words, replicate_rng

SEEDS = st.integers(0, 2**64 - 1)


def block_of(counter, key):
    return list(np.random.Philox(key=key, counter=counter).random_raw(4))


@pytest.mark.long
@settings(max_examples=200)
@given(SEEDS, st.integers(0, 2**64 - 1), st.integers(1, 40))
def test_the_compiled_stream_is_numpys_word_for_word(seed, replicate, count):
    compiled = streams.words(np.uint64(seed), np.uint64(replicate), count)
    assert np.array_equal(compiled, raw_words(seed, replicate, count))
    assert np.array_equal(compiled, replicate_rng(seed, replicate).bit_generator.random_raw(count))


def test_the_known_answers_of_the_papers_authors():
    """Random123, kat_vectors: philox4x64-10 for a counter and key of zeros, and of ones (numpy counts up first)."""
    ones = 2**64 - 1
    zeros = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    assert block_of([ones, ones, ones, ones], 0) == zeros  # numpy's first block follows the counter
    assert list(streams.block(np.uint64(0), np.uint64(0), -1)) == zeros


@given(SEEDS, st.integers(1, 2**32), st.integers(0, 50))
def test_whole_numbers_below_a_bound_are_exact(seed, bound, replicate):
    drawn = raw_words(seed, replicate, 8)
    exact = [int(word) * bound >> 64 for word in drawn]
    assert bounded_integers(drawn, bound).tolist() == exact
    assert [streams.below(word, bound) for word in drawn] == exact


@settings(max_examples=40)
@given(SEEDS, st.integers(0, 10**6), st.lists(st.integers(1, 9), min_size=1, max_size=9), st.integers(1, 19))
def test_compiled_shuffles_are_the_plain_ones(seed, first, sizes, count):
    n, rng = sum(sizes), np.random.default_rng(seed)
    values, rows = rng.integers(0, 99, n).astype(np.int32), rng.permutation(n).astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    tables = [np.empty((n, count), np.int32) for _ in range(3)]
    for fill, table in zip((plain.shuffled, streams.shuffled, streams.shuffled_by_threads), tables, strict=True):
        fill(values, plain.RowBlocks(rows, starts), np.uint64(seed), first, table)
    assert np.array_equal(tables[0], tables[1])
    assert np.array_equal(tables[0], tables[2])
    for a, b in pairwise(starts):
        assert np.array_equal(
            np.sort(tables[0][rows[a:b]], axis=0), np.repeat(np.sort(values[a:b])[:, None], count, axis=1)
        )


def test_every_order_of_four_is_as_likely_as_any_other():
    """24 orders in 24,000 draws: chi-square below its 99.9% point with 23 degrees of freedom, 49.7."""
    table = np.empty((4, 24_000), np.int32)
    four = np.arange(4, dtype=np.int32)
    streams.shuffled(four, plain.RowBlocks(four, np.array([0, 4])), np.uint64(11), 0, table)
    counts = np.unique(np.array([1000, 100, 10, 1]) @ table, return_counts=True)[1]
    assert len(counts) == 24
    assert ((counts - 1000) ** 2 / 1000).sum() < 49.7


@pytest.mark.long
@pytest.mark.parametrize("other", [(7, 1), (8, 0)])
def test_streams_of_neighboring_replicates_and_seeds_are_independent(other):
    """Correlation of 200,000 pairs of words, and of their bits: within four standard errors of none."""
    count = 200_000
    one, two = (streams.words(np.uint64(seed), np.uint64(i), count) for seed, i in ((7, 0), other))
    assert abs(np.corrcoef(one.astype(float), two.astype(float))[0, 1]) < 4 / np.sqrt(count)
    same = np.bitwise_count(~(one ^ two)).sum() / (64 * count)
    assert abs(same - 0.5) < 4 * 0.5 / np.sqrt(64 * count)
    assert not np.intersect1d(one, two).size
