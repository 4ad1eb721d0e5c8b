"""Compile all kernels at once, so that no later call has to."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from .arrays import Int32Array
from .kernels import dispatch, plain
from .kernels.dispatch import Kernel, State
from .progress import progress

Call = tuple[Kernel, Callable[[], Any]]


def warmup() -> int:
    """Compile all kernels and keep them on the disk, so that later calls need not wait for a compiler.

    Tests of many events and long panels run in compiled code, which is compiled once for each version of the library: a
    few seconds for each of about twenty kernels. Without this function, they are compiled when work is large enough to
    pay for it. Call it once after installation, when an image for a cluster is built, or before many tests in a loop.

    Returns
    -------
    int
        The number of kernels that were compiled; 0 if all were there.

    Notes
    -----
    The kernels are kept in the folder ``NUMBA_CACHE_DIR`` if this variable of the environment is set, else beside the
    library or in the cache of the user.

    Examples
    --------
    >>> import protestspread as ps
    >>> compiled = ps.warmup()
    >>> ps.warmup()
    0
    """
    calls = [*_interaction(), *_autocorrelation(), *_spreads(), *_others()]
    states = [kernel.state() for kernel, _ in calls]
    for _, call in progress(calls, "compiling", total=len(calls)):
        call()
    return states.count(State.ABSENT)


def _ints(*values: int) -> Int32Array:
    return np.array(values, dtype=np.int32)


def _interaction() -> Iterator[Call]:
    """Yield calls of the kernels of the tests of interaction, on a few events."""
    from .kernels import circles, knox, mantel, near, streams

    one, other, days, ones = _ints(0, 1), _ints(1, 2), np.zeros((3, 2), dtype=np.int32), np.ones(2)
    counts, starts = np.zeros(2, dtype=np.int64), np.arange(4)
    order = (days[:, 0].copy(), plain.RowBlocks(_ints(0, 1, 2), starts), np.uint64(1), 0, days)
    yield dispatch.SHUFFLED, lambda: (streams.shuffled(*order), streams.shuffled_by_threads(*order))
    yield dispatch.COUNT_CLOSE, lambda: knox.count_close(one, other, days, 1, counts)
    yield dispatch.COUNT_WITHIN, lambda: knox.count_within(one, other, days, _ints(1), counts)
    yield dispatch.SUM_TABLED, lambda: knox.sum_tabled(one, other, days, np.zeros((1, 1, 2)), np.zeros((2, 2)))
    band, by_band = np.zeros((1, 1), dtype=np.uint8), np.zeros((2, 1), dtype=np.int64)
    rows = np.column_stack([_ints(0, 1, 2)] * 2)
    yield dispatch.COUNT_BANDED, lambda: knox.count_banded(one, other, rows, days[:, 0].copy(), band, by_band)
    pairs, clock = plain.WeightedPairs(one, other, ones, ones), plain.TimeBins(_ints(0), 0, 1)
    yield dispatch.COUNT_PAIRS, lambda: knox.count_pairs(pairs, days, clock, np.zeros((2, 1)))
    circle = plain.Circle(ones, ones, ones)
    yield dispatch.ARC_SHARES, lambda: circles.arc_shares(circle, np.ones((3, 4)), np.ones(2))
    space, sums = plain.Space(np.eye(3), 1.0, -1.0), np.zeros(2)
    for numbers, kernel in dispatch.PRODUCTS.items():
        table = np.zeros((3, 2), dtype=numbers)
        yield kernel, partial(mantel.stripe_products, space, 0, table, -1.0, sums)
    yield dispatch.SPACE_SUMS, lambda: mantel.stripe_sums(space, 0, sums, np.zeros(3))
    spans, keys = np.zeros((4, 3), dtype=np.int64), np.arange(3.0)
    yield dispatch.SPANS, lambda: near.find_spans(keys, keys, 9.0, spans)
    found = (np.empty(9, dtype=np.int32), np.empty(9, dtype=np.int32), np.empty(9))
    yield dispatch.NEAR, lambda: near.write_near(np.eye(3), np.zeros_like(spans), _ints(0, 1, 2), 1.0, 0, 3, *found)


def _autocorrelation() -> Iterator[Call]:
    """Yield calls of the kernels of the statistics over time, on five places."""
    from .kernels import autocorrelation, autocorrelation_plain, gaps

    ties, orders = (
        sp.csr_array(np.ones((5, 5)) - np.eye(5)),
        np.repeat(np.arange(5, dtype=np.int32)[:, None], 2, axis=1),
    )
    distinct = np.arange(15.0).reshape(3, 5)
    blocks, pairs = autocorrelation.in_blocks(distinct), autocorrelation.in_fours(ties)
    yield dispatch.FORMS, lambda: autocorrelation.forms(blocks, pairs, orders)
    for numbers, kernel in dispatch.LAG_COUNTS.items():
        values = distinct if numbers == "float32" else np.zeros_like(distinct)
        counts = np.zeros((3, 2, 5), dtype=np.uint32)
        lag = (values, ties, orders, values, values, counts)
        yield kernel, partial(autocorrelation.lag_counts, *lag, hold=True)
    missing = autocorrelation_plain.Gaps(np.ones((3, 5), dtype=bool), np.ones((3, 5)))
    yield dispatch.DAY_FORMS, lambda: gaps.forms(distinct, ties, orders, missing)
    limits = (distinct, distinct, np.zeros((3, 2, 5), dtype=np.uint32))
    yield dispatch.DAY_COUNTS, lambda: gaps.lag_counts(distinct, ties, orders, *limits, hold=True, gaps=missing)


def _spreads() -> Iterator[Call]:
    """Yield calls of the kernels of spreads, on two places."""
    from .kernels.spreads import cascades, cascades_plain, contagion, contagion_plain

    ties = contagion_plain.TieArrays(np.array([0, 1, 1]), _ints(1), np.ones(1), _ints(0))
    rates, none = (np.ones((5, 2)), np.full(5, -1), np.zeros((0, 2, 0))), np.zeros((0, 0))
    spread = contagion_plain.Contagion(*rates, exposed=False, again=False, by_day=True, last=2.0)
    adoption = cascades_plain.Adoption(np.ones(2), False, none, none, 2)  # noqa: FBT003
    seeds, draws = _ints(0), np.arange(2)
    yield dispatch.CONTAGION, lambda: contagion.spells(ties, spread, seeds, np.uint64(1), draws)
    yield dispatch.ADOPTION, lambda: cascades.onsets(ties, adoption, seeds, np.uint64(1), draws)


def _others() -> Iterator[Call]:
    """Yield calls of the kernels of signatures, of scans, of the order of onsets and of regions."""
    from .kernels import orders, region_grid, signatures
    from .kernels.scan import cylinders, cylinders_plain

    ties, places = sp.csr_array(np.ones((5, 5)) - np.eye(5)), np.zeros((5, 2), dtype=np.int32)
    active, out = np.ones((5, 3), dtype=np.uint8), np.empty((2, 2, 6), dtype=np.int32)
    yield dispatch.SIGNATURES, lambda: signatures.signatures(active, places, ties, out)
    rule, along = (36.0, 32, 32, 1e-9), np.ones((1, 3))
    written = (np.zeros(1), np.zeros(3), np.zeros(1), np.zeros((1, 1, 1)))
    yield (
        dispatch.INTEGRATE,
        lambda: orders.order_likelihood(np.ones(3), np.ones(1), along, np.array([0]), rule, *written),
    )
    circle = cylinders_plain.NearPlaces(np.arange(2), _ints(0), _ints(0))
    event = cylinders_plain.EventDays(np.arange(2), _ints(0)[:, None], np.arange(2))
    within = cylinders_plain.CylinderLimits(1, 1)

    def scan() -> None:
        cylinders.maxima(circle, event, _ints(0)[:, None], within, np.zeros(1))
        cylinders.cylinders(circle, event, within)

    yield dispatch.SCAN, scan
    square = np.array([[0.0, 0, 4, 0], [4, 0, 4, 4], [4, 4, 0, 4], [0, 4, 0, 0]])
    owner, bounds = np.zeros(4, dtype=np.int64), np.array([[0.0, 0, 4, 4]])
    point = np.array([[2.0, 2.0]])
    yield dispatch.LOCATE, lambda: region_grid.locate(point, region_grid.region_grid(square, owner, bounds))
