"""The tables in which ensembles are stored: spells of activity, or counts above 0, as batches of Arrow.

A batch holds consecutive draws, in order. Within a draw, spells are in the order of exposure and counts in that of days.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..arrays import FloatArray, Int32Array, IntArray

HEADER = b"protestspread"
_NARROW = 2**15  # rows that fit two bytes


def spell_batch(
    draws: npt.ArrayLike, places: npt.ArrayLike, spans: FloatArray | IntArray, rows: int, *, by_day: bool
) -> pa.RecordBatch:
    """Return spells as a batch: first and last row by day, or the times in days of onset and of recovery.

    Parameters
    ----------
    draws, places
        Number of the draw and position of the place of each spell.
    spans
        First and last row, or time, of each spell, shape (spells, 2).
    rows
        Number of rows of a panel.
    by_day
        Whether ``spans`` holds rows.
    """
    kind = np.float32 if not by_day else np.int16 if rows < _NARROW else np.int32
    with np.errstate(over="ignore"):  # a recovery that is too late for 4 bytes is infinite
        first, last = spans.astype(kind).T
    columns = {
        "draw": np.asarray(draws, dtype=np.int32),
        "place": np.asarray(places, dtype=np.int32),
        "first": first,
        "last": last,
    }
    return pa.record_batch(columns)


def panel_batch(panels: IntArray, first_draw: int, *, counts: bool) -> pa.RecordBatch:
    """Return panels of shape (draws, days, places) as a batch: counts above 0, or the spells of panels of 0 and 1."""
    if counts:
        draw, day, place = np.nonzero(panels)
        columns: dict[str, Any] = {
            "draw": (draw + first_draw).astype(np.int32),
            "place": place.astype(np.int32),
            "day": day.astype(np.int32),
            "count": panels[draw, day, place],
        }
        return pa.record_batch(columns)
    edges = np.diff(np.pad(np.asarray(panels > 0, dtype=np.int8), ((0, 0), (1, 1), (0, 0))), axis=1).swapaxes(1, 2)
    draw, place, begin = np.nonzero(edges > 0)  # by place, so that each first day meets its last
    spans = np.column_stack([begin, np.nonzero(edges < 0)[2] - 1])
    order = np.lexsort((begin, draw))
    return spell_batch(draw[order] + first_draw, place[order], spans[order], panels.shape[1], by_day=True)


def spell_rows(batch: pa.RecordBatch, rows: int) -> tuple[Int32Array, Int32Array, IntArray, IntArray]:
    """Return draw, place, first and last row of the spells of a batch; each place is in one spell at a time.

    Row *t* of a panel is the state *t* days after the start, and a place that recovers before is active in the row after its
    onset. In continuous time a spell can thus meet the next one, which is then shortened, or left out.
    """
    draw, place, first, last = columns_of(batch)
    if first.dtype.kind == "i":
        return draw, place, first.astype(np.int64), last.astype(np.int64)
    begin = np.ceil(first).astype(np.int64)
    end = np.maximum(begin, np.minimum(np.ceil(last) - 1, rows - 1).astype(np.int64))
    order = np.lexsort((first, place, draw))
    same = (np.diff(draw[order]) == 0) & (np.diff(place[order]) == 0)
    later = order[1:][same]
    begin[later] = np.maximum(begin[later], end[order[:-1][same]] + 1)
    kept = begin <= end
    return draw[kept], place[kept], begin[kept], end[kept]


def ranked_counts(batches: list[pa.RecordBatch], from_top: int, days: range, places: int) -> FloatArray:
    """Return the count of a given rank among the draws, shape (days, places); counts of 0 are in no batch.

    ``from_top`` is 1 for the highest. ``days`` are the rows of the panel that are wanted.
    """
    cells, counts = [], []
    for batch in batches:
        _, place, day, count = columns_of(batch)
        inside = (day >= days.start) & (day < days.stop)
        cells.append((day[inside] - days.start).astype(np.int64) * places + place[inside])
        counts.append(count[inside])
    cell, value = np.concatenate(cells), np.concatenate(counts)
    order = np.lexsort((value, cell))
    above = np.bincount(cell, minlength=len(days) * places)  # draws with a count above 0
    known = above >= from_top
    found = np.zeros(len(above))
    found[known] = value[order][(above.cumsum() - from_top)[known]]
    return found.reshape(len(days), places)


def columns_of(batch: pa.RecordBatch) -> list[Any]:
    """Return the columns of a batch as arrays."""
    return [column.to_numpy() for column in batch.columns]


def write(
    batches: Iterable[pa.RecordBatch], path: Path, header: Mapping[str, Any], schema: pa.Schema | None = None
) -> None:
    """Write batches as they come, after a header, in Arrow's IPC stream format; by default with the schema of the first."""
    stream = iter(batches)
    if schema is None:
        first = next(stream, None)
        if first is None:
            return
        schema, stream = first.schema, chain([first], stream)
    schema = schema.with_metadata({HEADER: json.dumps(header).encode()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        for batch in stream:
            writer.write_batch(batch.cast(schema))
