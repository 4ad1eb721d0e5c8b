"""Reproducible random numbers, with an independent stream for each replicate.

Every draw of a test or a simulation belongs to a replicate. Replicate *i* of a run with seed *seed* reads the Philox
stream whose key is *seed* and whose counter starts at *i* · 2¹⁹². Streams therefore never overlap (each has 2¹⁹²
blocks), and results do not depend on how replicates are distributed over threads, chunks or workers. Python code reads
a stream through `replicate_rng` or `raw_words`, compiled code through `kernels.streams`; both read the same words.

J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), Parallel random numbers: as easy as 1, 2, 3, SC '11,
doi:10.1145/2063384.2063405.
"""

import numpy as np
import numpy.typing as npt

from .errors import DataError, must_be


def seed_of(rng: int | np.random.Generator | None) -> int:
    """Convert the argument ``rng`` to the 64-bit seed of a run.

    None takes a seed from the operating system; a Generator is advanced by one draw; an integer is the seed itself.

    Examples
    --------
    >>> seed_of(7)
    7
    """
    if rng is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(0, 2**63))
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and 0 <= int(rng) < 2**64:
        return int(rng)
    raise DataError(must_be("rng", "a whole number from 0 to 2**64 - 1, a numpy Generator or None", rng))


def replicate_rng(seed: int, replicate: int) -> np.random.Generator:
    """Return the generator of one replicate of a run.

    Examples
    --------
    >>> replicate_rng(7, 0).random() == replicate_rng(7, 0).random()
    True
    >>> replicate_rng(7, 0).random() == replicate_rng(7, 1).random()
    False
    """
    return np.random.Generator(np.random.Philox(key=seed, counter=np.array([0, 0, 0, replicate], dtype=np.uint64)))


def raw_words(seed: int, replicate: int, count: int) -> npt.NDArray[np.uint64]:
    """Return the first ``count`` 64-bit words of the stream of one replicate.

    `kernels.streams` reads the same words in compiled code, in any order: word *k* is number *k* mod 4 of the block with
    counter *k* div 4 + 1, so a word can be computed without drawing the words before it.

    Examples
    --------
    >>> bool(raw_words(7, 3, 2)[1] == replicate_rng(7, 3).bit_generator.random_raw(2)[1])
    True
    """
    return np.asarray(
        np.random.Philox(key=seed, counter=np.array([0, 0, 0, replicate], dtype=np.uint64)).random_raw(count),
        dtype=np.uint64,
    )


def bounded_integers(drawn: npt.NDArray[np.uint64], bounds: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Convert 64-bit words to integers from 0 to below ``bounds`` (at most 2³²): word · bound / 2⁶⁴.

    Each integer uses exactly one word. No integer is more than 1 + 2⁻³² times as likely as another, a negligible bias.

    Examples
    --------
    >>> bounded_integers(np.array([0, 2**63, 2**64 - 1], dtype=np.uint64), 10)
    array([0, 5, 9])
    """
    bound, low = np.asarray(bounds, dtype=np.uint64), np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    return (((drawn >> half) * bound + (((drawn & low) * bound) >> half)) >> half).astype(np.int64)
