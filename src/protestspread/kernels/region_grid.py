"""Point-in-polygon tests with a grid whose cells are inside a polygon, outside all, or crossed by borders.

Only points in crossed cells are compared with borders, and only with the borders in the same row of the grid. Points so
near to a border that rounding could decide are left undecided, and the caller passes them to GEOS; all results therefore
agree with GEOS. The plain version is ``region_lookup.regions_by_tree``.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, Int32Array
from .jit import compiled

OUTSIDE, UNDECIDED = -1, -2
MOST_WORK = 20_000_000  # most cells or border segments; beyond that, the grid is coarser
_CROSSED = 2
_MARGIN = 1e-6  # of a cell: a border this near to a cell counts as crossing it
_ROUNDING, _UNDERFLOW = 1e-15, 1e-280  # of the terms: a smaller determinant may have the wrong sign


class Slabs(NamedTuple):
    """Border segments by polygon and row of the grid; a slab is one row of one polygon."""

    size: int  # rows and columns of the grid
    frame: FloatArray  # west, south, cells per degree eastward and northward
    boxes: Int32Array  # polygon -> first column, first row, last column, last row
    first: Int32Array  # polygon -> its first slab
    start: Int32Array  # slab -> its first border
    borders: FloatArray  # x, y, x, y


class RegionGrid(NamedTuple):
    """Polygons by cell of a grid; built by `region_grid` and queried by `locate`."""

    slabs: Slabs
    label: Int32Array  # cell -> the polygon that contains all of it, OUTSIDE, or -2 - k for the k-th crossed cell
    start: Int32Array  # crossed cell -> its first candidate
    candidates: Int32Array  # polygons in order; ~polygon if it contains the whole cell


def region_grid(
    ends: FloatArray, owner: npt.NDArray[np.integer], bounds: FloatArray, *, size: int = 1024
) -> RegionGrid:
    """Sort border segments into a grid.

    Parameters
    ----------
    ends
        x, y, x, y of each segment of each ring, shape (segments, 4), in ascending order of owner.
    owner
        The polygon of each segment.
    bounds
        West, south, east, north of each polygon, shape (polygons, 4).
    size
        Largest number of rows and columns.
    """
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    pad = (high - low) * 1e-9 + 1e-12
    span = high - low + 2 * pad
    box = (bounds - np.tile(low - pad, 2)) / np.tile(span, 2)
    cells = float((box[:, 2:] - box[:, :2]).prod(axis=1).sum())
    pieces = float((np.abs(ends[:, 3] - ends[:, 1]) / span[1]).sum())
    while size > 8 and max(cells * size * size, pieces * size) > MOST_WORK:
        size //= 2
    boxes = np.clip(np.floor(box * size + np.repeat([-_MARGIN, _MARGIN], 2)), 0, size - 1).astype(np.int32)
    frame = np.concatenate([low - pad, size / span])
    slabs = Slabs(size, frame, boxes, *_build_slabs(ends, owner.astype(np.int32), boxes, frame))
    label, cell_of, candidate = _label_cells(slabs)
    order = np.argsort(cell_of, kind="stable")  # stable: keeps the order of polygons within a cell
    start = np.searchsorted(cell_of[order], np.arange(max(-label.min(), 1))).astype(np.int32)
    return RegionGrid(slabs, label, start, candidate[order])


def locate(points: FloatArray, grid: RegionGrid) -> tuple[Int32Array, Int32Array]:
    """Return the first polygon that contains each point (x, y), and the second.

    The first is OUTSIDE if there is none, and UNDECIDED if a border is too near. The second is -1 if there is none, or if a
    border is too near: it is the second polygon in whose interior the point lies.
    """
    return _locate(np.ascontiguousarray(points), grid)


@compiled
def _rows(one: float, other: float, frame: FloatArray, box: Int32Array) -> tuple[int, int]:
    first = int(np.floor((min(one, other) - frame[1]) * frame[3] - _MARGIN))
    last = int(np.floor((max(one, other) - frame[1]) * frame[3] + _MARGIN))
    return max(first, box[1]), min(last, box[3])


@compiled
def _build_slabs(
    ends: FloatArray, owner: Int32Array, boxes: Int32Array, frame: FloatArray
) -> tuple[Int32Array, Int32Array, FloatArray]:
    """Count the segments of each slab, then store them by slab."""
    first = np.zeros(len(boxes) + 1, dtype=np.int32)
    for p in range(len(boxes)):
        first[p + 1] = first[p] + boxes[p, 3] - boxes[p, 1] + 1
    start = np.zeros(first[-1] + 1, dtype=np.int32)
    for e in range(len(ends)):
        p = owner[e]
        low, high = _rows(ends[e, 1], ends[e, 3], frame, boxes[p])
        for slab in range(first[p] + low - boxes[p, 1], first[p] + high - boxes[p, 1] + 1):
            start[slab + 1] += 1
    for slab in range(len(start) - 1):
        start[slab + 1] += start[slab]
    free = start[:-1].copy()
    borders = np.empty((start[-1], 4))
    for e in range(len(ends)):
        p = owner[e]
        low, high = _rows(ends[e, 1], ends[e, 3], frame, boxes[p])
        for slab in range(first[p] + low - boxes[p, 1], first[p] + high - boxes[p, 1] + 1):
            borders[free[slab]] = ends[e]
            free[slab] += 1
    return first, start, borders


@compiled
def _label_cells(slabs: Slabs) -> tuple[Int32Array, Int32Array, Int32Array]:
    """Return the label of each cell, and the crossed cells with their candidates in order of polygons."""
    label = np.full((slabs.size, slabs.size), OUTSIDE, dtype=np.int32)
    cell_of, candidate = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.int32)
    found = crossed = 0
    for p in range(len(slabs.boxes)):
        box = slabs.boxes[p]
        for row in range(box[1], box[3] + 1):
            sides = _sides(slabs, p, row)
            for column in range(box[0], box[2] + 1):
                side, now = sides[column - box[0]], label[row, column]
                if side == 0:
                    continue
                if side == 1 and now == OUTSIDE:
                    label[row, column] = p
                    continue
                if found + 2 > len(candidate):
                    cell_of, candidate = np.append(cell_of, cell_of), np.append(candidate, candidate)
                if (
                    now >= OUTSIDE
                ):  # the first candidate, unless an earlier polygon contains all of the cell: they overlap
                    if now >= 0:
                        cell_of[found], candidate[found] = crossed, ~now
                        found += 1
                    now = label[row, column] = -2 - crossed
                    crossed += 1
                cell_of[found], candidate[found] = -2 - now, ~p if side == 1 else p
                found += 1
    return label, cell_of[:found], candidate[:found]


@compiled
def _sides(slabs: Slabs, p: int, row: int) -> npt.NDArray[np.int8]:
    """Return, for each column of a polygon's box: 0 outside, 1 inside, 2 crossed by its border."""
    box, frame = slabs.boxes[p], slabs.frame
    sides = np.zeros(box[2] - box[0] + 1, dtype=np.int8)
    slab = slabs.first[p] + row - box[1]
    for e in range(slabs.start[slab], slabs.start[slab + 1]):
        x, y = (slabs.borders[e, 0] - frame[0]) * frame[2], (slabs.borders[e, 1] - frame[1]) * frame[3]
        dx, dy = (slabs.borders[e, 2] - frame[0]) * frame[2] - x, (slabs.borders[e, 3] - frame[1]) * frame[3] - y
        begin, end = 0.0, 1.0  # the part of the segment within the row
        if abs(dy) > _MARGIN:
            one, other = (row - _MARGIN - y) / dy, (row + 1 + _MARGIN - y) / dy
            begin, end = max(0.0, min(one, other)), min(1.0, max(one, other))
        west = int(np.floor(min(x + begin * dx, x + end * dx) - _MARGIN))
        east = int(np.floor(max(x + begin * dx, x + end * dx) + _MARGIN))
        sides[max(0, west - box[0]) : max(0, min(box[2], east) - box[0] + 1)] = _CROSSED
    known = 0
    for column in range(len(sides)):  # all cells between two crossed cells are on the same side
        if sides[column] != _CROSSED:
            if column == 0 or sides[column - 1] == _CROSSED:
                x, y = frame[0] + (box[0] + column + 0.5) / frame[2], frame[1] + (row + 0.5) / frame[3]
                known = _side(x, y, slabs.borders[slabs.start[slab] : slabs.start[slab + 1]])
            sides[column] = known if known != UNDECIDED else _CROSSED
    return sides


@compiled
def _side(x: float, y: float, borders: FloatArray) -> int:
    """Return 1 inside, 0 outside, UNDECIDED on or near the border, from the number of crossings of a ray to the east."""
    inside = 0
    for e in range(len(borders)):
        x1, y1, x2, y2 = borders[e, 0], borders[e, 1], borders[e, 2], borders[e, 3]
        if (y1 > y) != (y2 > y):
            if x1 > x and x2 > x:
                inside ^= 1
            elif x1 >= x or x2 >= x:
                one, other = (x1 - x) * (y2 - y), (x2 - x) * (y1 - y)
                if abs(one - other) <= _ROUNDING * (abs(one) + abs(other)) + _UNDERFLOW:
                    return UNDECIDED
                inside ^= (one > other) == (y2 > y1)
        elif (y1 == y and x1 == x) or (y1 == y == y2 and min(x1, x2) <= x <= max(x1, x2)):
            return UNDECIDED
    return inside


@compiled
def _locate(points: FloatArray, grid: RegionGrid) -> tuple[Int32Array, Int32Array]:
    slabs = grid.slabs
    found, second = np.full(len(points), OUTSIDE, dtype=np.int32), np.full(len(points), -1, dtype=np.int32)
    for i in range(len(points)):
        x, y = points[i, 0], points[i, 1]
        across, up = (x - slabs.frame[0]) * slabs.frame[2], (y - slabs.frame[1]) * slabs.frame[3]
        if not (0 <= across < slabs.size and 0 <= up < slabs.size):
            continue
        row = int(up)
        cell = grid.label[row, int(across)]
        if cell >= OUTSIDE:
            found[i] = cell
            continue
        for c in range(grid.start[-2 - cell], grid.start[-1 - cell]):
            p = grid.candidates[c]
            side = 1
            if p >= 0:
                slab = slabs.first[p] + row - slabs.boxes[p, 1]
                side = _side(x, y, slabs.borders[slabs.start[slab] : slabs.start[slab + 1]])
            else:
                p = ~p
            if found[i] == OUTSIDE and side != 0:
                found[i] = p if side == 1 else UNDECIDED
                if side != 1:
                    break
            elif side == 1:
                second[i] = p
                break
    return found, second
