"""Squares for regions too small to be seen: in the color of their class, beside their place at the end of a line."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from ...arrays import FloatArray
from .labels import Box, FreeSpace, around

MOST_MARKERS = 12
_LEAST_SIDE, _MOST_SIDE, _SHARE = 11.0, 22.0, 0.02  # pixels at 100 dots per inch; share of the longer side of the map
_SEEN = 260 / 22**2  # the area that a region needs to be visible, in squares
_TELLING = 0.8  # of the smallest region without a square, where there are too many


def marker_side(zone: Box, scale: float) -> float:
    """Return the side of a square in pixels of the figure: 22 on a large map, 11 on a narrow one."""
    longer = max(zone[2] - zone[0], zone[3] - zone[1]) / scale
    return float(np.clip(_SHARE * longer, _LEAST_SIDE, _MOST_SIDE)) * scale


def too_small(pixels: npt.NDArray[Any], side: float, enlarged: Sequence[int] = ()) -> tuple[npt.NDArray[np.int64], int]:
    """Return the rows of the regions that get a square of a side, and how many are too small to be seen.

    At most a dozen get one: the smallest, if they are clearly smaller than the others. Those `enlarged` in an inset need
    none.
    """
    area = shapely.area(pixels)
    small = (area < _SEEN * side**2) & ~shapely.is_empty(pixels)
    small[list(enlarged)] = False
    rows = np.flatnonzero(small)
    if len(rows) > MOST_MARKERS:
        limit = _TELLING * np.sort(area[rows])[MOST_MARKERS]
        return rows[area[rows] < limit], len(rows)
    return rows, len(rows)


def marker_box(home: FloatArray, pixels: npt.NDArray[Any], room: FreeSpace, side: float, scale: float) -> Box:
    """Return the box of a square: as close to its region as possible, preferably not over another shape."""
    half, turns = side / 2, np.arange(16) * np.pi / 8
    reaches = np.array([1.2, 1.6, 2.0, 2.5, 3.0, 3.6, 4.2, 5.0, 6.0])[:, None, None] * side
    tries = (home + reaches * np.column_stack([np.sin(turns), np.cos(turns)])).reshape(-1, 2)
    centers = np.array([(x, y) for x, y in tries if room.is_free(around(x, y, half + 3 * scale))])
    if not len(centers):
        return around(home[0], home[1], half)
    boxes = [shapely.box(*around(x, y, half)) for x, y in centers]
    hits = shapely.STRtree(pixels).query(boxes, predicate="intersects")[0]
    over = np.isin(np.arange(len(boxes)), hits)
    x, y = centers[int(np.argmin(np.hypot(*(centers - home).T) + 2.5 * side * over))]
    room.reserve(around(x, y, half + 2 * scale))
    return around(x, y, half)
