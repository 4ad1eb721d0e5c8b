import numpy as np
import pytest

from protestspread.errors import DataError
from protestspread.random_streams import bounded_integers, raw_words, replicate_rng, seed_of


def test_a_seed_is_itself_and_a_generator_gives_one_draw():
    assert seed_of(7) == seed_of(np.int64(7)) == 7
    rng = np.random.default_rng(3)
    assert seed_of(np.random.default_rng(3)) == seed_of(rng) != seed_of(rng)
    assert seed_of(None) != seed_of(None)


@pytest.mark.parametrize("rng", [-1, 2**64, 1.5, "seven", True])
def test_invalid_seeds_are_an_error(rng):
    with pytest.raises(DataError, match="rng must be "):
        seed_of(rng)


def test_raw_words_are_those_of_the_generator():
    assert np.array_equal(raw_words(9, 4, 11), replicate_rng(9, 4).bit_generator.random_raw(11))


def test_streams_are_two_to_the_192_blocks_apart():
    """Replicate 1 begins where replicate 0 would be after 2^192 blocks."""
    jumped = np.random.Philox(key=5, counter=[0, 0, 0, 0])
    jumped.advance(2**192)
    assert np.array_equal(jumped.random_raw(6), raw_words(5, 1, 6))


def test_bounds_can_differ_from_word_to_word():
    drawn = raw_words(1, 0, 4)
    bounds = np.array([1, 2, 1000, 2**32])
    assert bounded_integers(drawn, bounds).tolist() == [
        int(word) * int(bound) >> 64 for word, bound in zip(drawn, bounds, strict=True)
    ]
