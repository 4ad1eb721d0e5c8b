"""Sums over neighbors under permutations, compiled. The plain version is `kernels.autocorrelation_plain`."""

from typing import Any, NamedTuple

import numpy as np
import scipy.sparse as sp
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

from ..arrays import FloatArray, Int32Array, IntArray, UInt32Array
from .autocorrelation_plain import precision
from .jit import compiled

STRIP_BYTES = 128
"""Bytes in one row of a strip: two cache lines. Rows should begin at multiples of it."""
HALF_BITS = 16
"""Bits per count: each number holds two counts, one in its lower and one in its upper half."""

_INT, _LONG = ir.IntType(32), ir.IntType(64)


@intrinsic  # type: ignore[untyped-decorator]
def count_strip(
    _context: Any, table: Any, first: Any, taken: Any, weights: Any, replicates: Any, low: Any, high: Any, both: Any
) -> Any:
    """Add to `both` the number of replicates with a sum of at least `low`, and, in the upper half, with one above `high`.

    With K weights, the sum of replicate *r* is over k of ``weights[k]`` times the strip of `table` that begins at
    ``first + taken[K * r + k]``. ``low``, ``high`` and ``both`` are one strip each. All arrays are contiguous; there is at
    least one replicate and one weight.
    """
    lanes = STRIP_BYTES // (table.dtype.bitwidth // 8)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        number = context.get_value_type(table.dtype)
        sums_type, counts_type = ir.VectorType(number, lanes), ir.VectorType(_INT, lanes)

        def start(position: int) -> Any:
            return context.make_array(signature.args[position])(context, builder, arguments[position]).data

        def strip(pointer: Any, kind: Any) -> Any:
            return builder.load(builder.bitcast(pointer, kind.as_pointer()), align=4)

        def spread(value: Any) -> Any:
            one = builder.insert_element(ir.Constant(sums_type, ir.Undefined), value, _INT(0))
            return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(_INT, lanes), [0] * lanes))

        rows, indices, weight = builder.gep(start(0), [arguments[1]]), start(2), start(3)
        many = context.make_array(signature.args[3])(context, builder, arguments[3]).nitems
        least, most, into = strip(start(5), sums_type), strip(start(6), sums_type), start(7)
        before, counts_before = builder.block, strip(into, counts_type)
        outer, inner, after, done = (builder.append_basic_block(name) for name in ("replicate", "sum", "count", "done"))
        builder.branch(outer)

        builder.position_at_end(outer)
        replicate, counts = builder.phi(_LONG), builder.phi(counts_type)
        first_index = builder.mul(replicate, many)
        builder.branch(inner)

        builder.position_at_end(inner)
        k, sums = builder.phi(_LONG), builder.phi(sums_type)
        index = builder.load(builder.gep(indices, [builder.add(first_index, k)]))
        row = strip(builder.gep(rows, [builder.zext(index, _LONG)]), sums_type)
        product = builder.fmul(spread(builder.load(builder.gep(weight, [k]))), row, flags=("contract",))
        added, next_k = builder.fadd(sums, product, flags=("contract",)), builder.add(k, _LONG(1))
        builder.cbranch(builder.icmp_signed("<", next_k, many), inner, after)

        builder.position_at_end(after)
        reached = builder.zext(builder.fcmp_ordered(">=", added, least), counts_type)
        above = builder.zext(builder.fcmp_ordered(">", added, most), counts_type)
        above = builder.shl(above, ir.Constant(counts_type, [HALF_BITS] * lanes))
        counted, next_replicate = builder.add(counts, builder.add(reached, above)), builder.add(replicate, _LONG(1))
        builder.cbranch(builder.icmp_signed("<", next_replicate, arguments[4]), outer, done)

        for phi, at_first, then, from_block in (
            (replicate, (_LONG(0), before), next_replicate, after),
            (counts, (counts_before, before), counted, after),
            (k, (_LONG(0), outer), next_k, inner),
            (sums, (ir.Constant(sums_type, [0.0] * lanes), outer), added, inner),
        ):
            phi.add_incoming(*at_first)
            phi.add_incoming(then, from_block)
        builder.position_at_end(done)
        builder.store(counted, builder.bitcast(into, counts_type.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(table, first, taken, weights, replicates, low, high, both), generate


_WIDEST = 128  # days per block: four rows of them fit into the first-level cache
_HALF = 1 << HALF_BITS
_MOST_ORDERS = _HALF // 2
_SINGLE = 6e-8  # relative rounding error of single precision
_FOUR = 4
_LANES = 16  # blocks are multiples of this many days, so that vector instructions cover them


class Fours(NamedTuple):
    """The pairs of a table in groups of four partners per place; unused slots have weight 0."""

    place: UInt32Array
    partners: UInt32Array  # shape (many, 4)
    weights: FloatArray  # shape (many, 4)


def in_fours(pairs: sp.csr_array) -> Fours:
    """Group the pairs of a table by four."""
    per_row = np.diff(pairs.indptr)
    groups = -(-per_row // _FOUR)
    place = np.repeat(np.arange(len(per_row), dtype=np.int32), groups)
    within = np.arange(pairs.nnz) - np.repeat(pairs.indptr[:-1], per_row)
    slot = np.repeat((np.cumsum(groups) - groups) * _FOUR, per_row) + within
    partners = np.repeat(place, _FOUR)
    weights = np.zeros(len(partners))
    partners[slot] = pairs.indices
    weights[slot] = pairs.data
    return Fours(place.view(np.uint32), partners.view(np.uint32).reshape(-1, _FOUR), weights.reshape(-1, _FOUR))


def in_blocks(values: FloatArray) -> FloatArray:
    """Arrange days × places as blocks of days: shape (blocks, places, days per block), padded with 0."""
    days, places = values.shape
    blocks = max(1, -(-days // _WIDEST))
    width = -(-days // (blocks * _LANES)) * _LANES
    padded = np.zeros((blocks * width, places))
    padded[:days] = values
    return np.ascontiguousarray(padded.reshape(blocks, width, places).transpose(0, 2, 1))


@compiled
def _forms_of_order(block: FloatArray, fours: Fours, orders: UInt32Array, replicate: int, out: FloatArray) -> None:
    places, width = block.shape
    place, partners, weights = fours
    flat = block.ravel()
    order = np.empty(places, np.uint32)
    for i in range(places):
        order[i] = orders[i, replicate]
    for k in range(width):
        out[k] = 0.0
    for four in range(len(place)):
        own = np.int64(order[place[four]]) * width
        a, b = np.int64(order[partners[four, 0]]) * width, np.int64(order[partners[four, 1]]) * width
        c, d = np.int64(order[partners[four, 2]]) * width, np.int64(order[partners[four, 3]]) * width
        p, q, r, s = weights[four, 0], weights[four, 1], weights[four, 2], weights[four, 3]
        for k in range(width):
            out[k] += flat[own + k] * (p * flat[a + k] + q * flat[b + k] + r * flat[c + k] + s * flat[d + k])


@compiled
def _forms(blocks: FloatArray, fours: Fours, orders: UInt32Array, out: FloatArray) -> None:
    """Process one block of days at a time, because it stays in the cache for all orders."""
    width = blocks.shape[2]
    for block in range(len(blocks)):
        for replicate in range(orders.shape[1]):
            here = out[replicate, block * width : (block + 1) * width]
            _forms_of_order(blocks[block], fours, orders, replicate, here)


def forms(blocks: FloatArray, fours: Fours, orders: Int32Array) -> FloatArray:
    """Compute the same as `autocorrelation_plain.forms`; extra days are padding."""
    out = np.empty((orders.shape[1], blocks.shape[0] * blocks.shape[2]))
    _forms(blocks, fours, orders.view(np.uint32), out)
    return out


class NeighborLists(NamedTuple):
    """The neighbors of each place; a place without neighbors has itself as neighbor, with weight 0."""

    starts: IntArray
    columns: UInt32Array
    weights: FloatArray


class Swaps(NamedTuple):
    """Orders of the places, one column per replicate; with `hold`, a place keeps its own value (conditional permutation)."""

    orders: UInt32Array
    hold: bool


class Limits(NamedTuple):
    """The limits with which sums are compared, shape (days, places) or strips of it."""

    low: FloatArray
    high: FloatArray


class Cells(NamedTuple):
    """Single cells of a table of days and places."""

    days: IntArray
    places: IntArray


def neighbor_lists(weights: sp.csr_array) -> NeighborLists:
    """Return the neighbors of each place."""
    per_row = np.diff(weights.indptr)
    alone = np.flatnonzero(per_row == 0)
    columns = np.insert(weights.indices, weights.indptr[alone], alone).astype(np.uint32)
    filled = np.insert(np.asarray(weights.data, dtype=np.float64), weights.indptr[alone], 0.0)
    return NeighborLists(np.concatenate([[0], np.cumsum(np.maximum(per_row, 1))]).astype(np.int64), columns, filled)


@compiled
def _count_orders(strips: FloatArray, neighbors: NeighborLists, swaps: Swaps, limits: Limits, both: Int32Array) -> None:
    """Count by place and day; the rows of a place's neighbors are looked up once for all strips of days."""
    _, places, width = both.shape
    orders, hold = swaps
    low, high = limits
    flat, replicates = strips.reshape(-1), orders.shape[1]
    taken = np.empty(np.max(np.diff(neighbors.starts)) * replicates, np.uint32)
    for i in range(places):
        first, after = neighbors.starts[i], neighbors.starts[i + 1]
        slot = 0
        for replicate in range(replicates):
            for e in range(first, after):
                row = orders[neighbors.columns[e], replicate]
                taken[slot] = (orders[i, replicate] if hold and row == i else row) * np.uint32(width)
                slot += 1
        for k in range(len(both)):
            start = k * places * width
            count_strip(
                flat, start, taken, neighbors.weights[first:after], replicates, low[k, i], high[k, i], both[k, i]
            )


def _in_strips(values: FloatArray) -> FloatArray:
    """Arrange days × places as strips of days: shape (strips, places, days per strip), padded with 0."""
    days, places = values.shape
    width = STRIP_BYTES // values.itemsize
    raw = np.zeros(-(-days // width) * places * STRIP_BYTES + STRIP_BYTES, dtype=np.uint8)
    begin = -raw.ctypes.data % STRIP_BYTES  # alignment: otherwise each row would touch one more cache line
    strips: FloatArray = raw[begin : begin + len(raw) - STRIP_BYTES].view(values.dtype).reshape(-1, places, width)
    for k, strip in enumerate(strips):
        some = values[k * width : (k + 1) * width].T
        strip[:, : some.shape[1]] = some
    return strips


def _count(values: FloatArray, neighbors: NeighborLists, swaps: Swaps, limits: Limits) -> Int32Array:
    """Return two counts in one number, by day and place: see `count_strip`."""
    strips, low, high = (_in_strips(table) for table in (values, *limits))
    both = np.zeros(strips.shape, dtype=np.int32)
    _count_orders(strips, neighbors, swaps, Limits(low, high), both)
    return np.ascontiguousarray(both.transpose(0, 2, 1).reshape(-1, values.shape[1])[: len(values)])


@compiled
def _recount(
    values: FloatArray, neighbors: NeighborLists, swaps: Swaps, limits: Limits, cells: Cells, both: Int32Array
) -> None:
    """Count again, in double precision, for single cells."""
    orders, hold = swaps
    low, high = limits
    days, places = cells
    for one in range(len(days)):
        day, i = days[one], places[one]
        both[day, i] = 0
        for replicate in range(orders.shape[1]):
            total = 0.0
            for e in range(neighbors.starts[i], neighbors.starts[i + 1]):
                taken = orders[neighbors.columns[e], replicate]
                total += neighbors.weights[e] * values[day, orders[i, replicate] if hold and taken == i else taken]
            both[day, i] += np.int32(total >= low[day, i]) + (np.int32(_HALF) if total > high[day, i] else np.int32(0))


def _count_in_single(values: FloatArray, neighbors: NeighborLists, swaps: Swaps, limits: Limits) -> Int32Array:
    """Compute the same as `_count` in single precision, twice as fast; cells with sums near a limit are recounted in double."""
    absolute = np.add.reduceat(np.abs(neighbors.weights), neighbors.starts[:-1])
    terms = np.diff(neighbors.starts) + 4
    margin = _SINGLE * terms * absolute * np.abs(values).max(axis=1, keepdims=True)
    single = neighbors._replace(weights=neighbors.weights.astype(np.float32))
    wider = Limits(
        np.nextafter((limits.low - margin).astype(np.float32), np.float32(-np.inf)),
        np.nextafter((limits.high + margin).astype(np.float32), np.float32(np.inf)),
    )
    both = _count(values.astype(np.float32), single, swaps, wider)
    cells = Cells(
        *map(np.ascontiguousarray, np.nonzero((both & (_HALF - 1)) != both >> HALF_BITS))
    )  # one type: compiled once
    _recount(values, neighbors, swaps, limits, cells, both)
    return both


def lag_counts(
    values: FloatArray,
    weights: sp.csr_array,
    orders: Int32Array,
    low: FloatArray,
    high: FloatArray,
    counts: UInt32Array,
    *,
    hold: bool,
    numbers: str = "",
) -> None:
    """Compute the same as `autocorrelation_plain.lag_counts`; `numbers` is the precision, by default as values need it."""
    neighbors = neighbor_lists(weights)
    count = _count if (numbers or precision(values)) == "float64" else _count_in_single
    for first in range(0, orders.shape[1], _MOST_ORDERS):
        some = np.ascontiguousarray(orders[:, first : first + _MOST_ORDERS])
        both = count(values, neighbors, Swaps(some.view(np.uint32), hold), Limits(low, high))
        counts[:, 0] += (both & (_HALF - 1)).view(np.uint32)
        counts[:, 1] += (some.shape[1] - (both >> HALF_BITS)).view(np.uint32)
