"""Weighted sums of rows, counted in the registers of the processor: the one loop that numba's own loops cannot say.

Sums and counts of a strip of columns stay in registers while all replicates go by; in a loop over arrays they would be written
back after each. Any processor runs it: LLVM cuts the strips to the width that it has.
"""

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic

STRIP_BYTES = 128
"""Columns side by side fill so many bytes, and rows should begin at multiples of them: two lines of the cache."""
HALF_BITS = 16
"""One count in the lower half of a number, another in the upper."""

_INT, _LONG = ir.IntType(32), ir.IntType(64)


@intrinsic  # type: ignore[untyped-decorator]
def count_strip(
    _context: Any, table: Any, first: Any, taken: Any, weights: Any, replicates: Any, low: Any, high: Any, both: Any
) -> Any:
    """Add to `both` how many replicates' sums are at least `low`, and, in the upper half, how many are above `high`.

    With K weights, replicate *r* sums ``weights[k]`` times the strip of `table` that begins at ``first + taken[K * r + k]``, over all k;
    ``low``, ``high`` and ``both`` are one strip each. All arrays are contiguous; there is at least one replicate and one weight.
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
