"""Random streams of replicates, compiled: numpy's Philox generator, word for word (see `protestspread.random_streams`).

Philox4x64-10: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw (2011), Parallel random numbers: as easy as 1, 2, 3,
SC '11, doi:10.1145/2063384.2063405.
"""

from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import prange, types
from numba.extending import intrinsic

from ..arrays import FloatArray, Int32Array, IntArray, UInt64Array
from .jit import compiled, inlined, lean, threaded
from .plain import RowBlocks

PhiloxBlock = tuple[np.uint64, np.uint64, np.uint64, np.uint64]

_FIRST_FACTOR, _SECOND_FACTOR = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_FIRST_STEP, _SECOND_STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_TOGETHER = 8  # replicates written at a time: one cache line of a row of the table


@intrinsic  # type: ignore[untyped-decorator]
def high_product(_context: Any, _one: Any, _other: Any) -> Any:
    """Return the upper 64 bits of the product of two words: one instruction that numpy's types cannot express."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        one, other = (builder.zext(argument, wide) for argument in arguments)
        return builder.trunc(builder.lshr(builder.mul(one, other), ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@lean
def block(seed: np.uint64, replicate: int, number: int) -> PhiloxBlock:
    """Return words 4 · `number` to 4 · `number` + 3 of the stream of a replicate."""
    a, b, c, d = np.uint64(number + 1), np.uint64(0), np.uint64(0), np.uint64(replicate)
    key, other_key = np.uint64(seed), np.uint64(0)
    for _ in range(10):
        a_high, a_low = high_product(_FIRST_FACTOR, a), _FIRST_FACTOR * a
        c_high, c_low = high_product(_SECOND_FACTOR, c), _SECOND_FACTOR * c
        a, b, c, d = c_high ^ b ^ key, c_low, a_high ^ d ^ other_key, a_low
        key += _FIRST_STEP
        other_key += _SECOND_STEP
    return a, b, c, d


@compiled
def words(seed: np.uint64, replicate: int, count: int) -> UInt64Array:
    """Return the first `count` words of the stream of a replicate."""
    out = np.empty(count, np.uint64)
    for k in range(count):
        out[k] = block(seed, replicate, k >> 2)[k & 3]
    return out


@lean
def refill(stream: UInt64Array, drawn: FloatArray) -> None:
    """Write the next numbers of a stream, above 0 and at most 1; ``stream``: seed, replicate, number of words used."""
    for k in range(len(drawn) // 4):
        four = block(stream[0], int(stream[1]), int(stream[2] // np.uint64(4)) + k)
        for lane in range(4):
            drawn[4 * k + lane] = np.float64((four[lane] >> np.uint64(11)) + np.uint64(1)) * 2.0**-53


@inlined
def uniform(stream: UInt64Array, drawn: FloatArray) -> float:
    """Return the next number of a stream, above 0 and at most 1; ``drawn`` holds some, a power of 2, at a time."""
    lane = stream[2] & np.uint64(len(drawn) - 1)
    if lane == 0:
        refill(stream, drawn)
    stream[2] += np.uint64(1)
    return float(drawn[lane])


@compiled
def below(word: np.uint64, bound: int) -> np.int64:
    """Convert a word to an integer from 0 to `bound` - 1."""
    return np.int64(high_product(word, np.uint64(bound)))


@compiled
def shuffle(values: Int32Array, starts: IntArray, seed: np.uint64, replicate: int) -> None:
    """Shuffle each block of `values` in place, from one start to the next; position p uses word p."""
    for k in range(len(starts) - 1):
        first, after = np.uint64(starts[k]), np.uint64(starts[k + 1])  # unsigned: no checks for negative indices
        for number in range(starts[k] >> 2, (starts[k + 1] + 3) >> 2):
            drawn = block(seed, replicate, number)
            for lane in range(4):
                p = np.uint64(4 * number + lane)
                if first < p < after:
                    q = first + high_product(drawn[lane], p - first + np.uint64(1))
                    values[p], values[q] = values[q], values[p]


@compiled
def _fill(values: Int32Array, blocks: RowBlocks, seed: np.uint64, first: int, out: Int32Array) -> None:
    """Fill up to eight columns of `shuffled`."""
    many = out.shape[1]
    drawn = np.empty((many, len(values)), np.int32)
    for k in range(many):
        drawn[k] = values
        shuffle(drawn[k], blocks.starts, seed, first + k)
    for p in range(len(values)):
        row = np.uint64(blocks.rows[p])
        for k in range(many):
            out[row, k] = drawn[k, p]


@compiled
def shuffled(values: Int32Array, blocks: RowBlocks, seed: np.uint64, first: int, out: Int32Array) -> None:
    """Write shuffled values into `out`, one column per replicate from `first` on; position p goes to row ``rows[p]``."""
    for column in range(0, out.shape[1], _TOGETHER):
        _fill(values, blocks, seed, first + column, out[:, column : column + _TOGETHER])


@threaded
def shuffled_by_threads(values: Int32Array, blocks: RowBlocks, seed: np.uint64, first: int, out: Int32Array) -> None:
    """Compute the same as `shuffled` in threads, eight columns at a time."""
    for group in prange((out.shape[1] + _TOGETHER - 1) // _TOGETHER):
        column = group * _TOGETHER
        _fill(values, blocks, seed, first + column, out[:, column : column + _TOGETHER])
