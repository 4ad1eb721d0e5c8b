"""Lines between days: where those who had joined by a day border on those who joined later, interpolated."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import Delaunay, QhullError

from ...arrays import FloatArray
from ...errors import DataError

_LEAST_PLACES, _LEAST_DAYS = 6, 3
_LONGEST = 3.0  # sides of a triangle, over the median side of all: longer ones span land without data


def isochrones(
    points: FloatArray, days: FloatArray, levels: FloatArray, land: shapely.Geometry | None = None
) -> npt.NDArray[np.object_]:
    """Return the lines on which an interpolated first day equals each level, as one (multi)line a level.

    The day is interpolated linearly on the Delaunay triangles of the points. Triangles with a side over three times the
    median side are left out, and so is all beyond the hull of the points, or beyond the land.

    Parameters
    ----------
    points
        Points of a plane, shape (n, 2); of several in one spot the earliest counts.
    days
        The first day of each, as a number.
    levels
        Days between those of the points: "by the 4th" is 4.5.
    land
        Nothing is drawn outside.

    Raises
    ------
    DataError
        There are fewer than six places or three days, or the places lie on one line.

    Examples
    --------
    >>> corners = np.array([(0, 0), (2, 0), (4, 0), (0, 2), (2, 2), (4, 2.0)])
    >>> line, = isochrones(corners, np.array([1, 2, 3, 1, 2, 3.0]), np.array([1.5]))
    >>> line.bounds
    (1.0, 0.0, 1.0, 2.0)
    """
    table = pd.DataFrame({"x": points[:, 0], "y": points[:, 1], "day": days})
    spots = table.groupby(["x", "y"], sort=False)["day"].min().reset_index()
    xy, day = spots[["x", "y"]].to_numpy(), spots["day"].to_numpy()
    few = len(day) < _LEAST_PLACES or len(np.unique(day)) < _LEAST_DAYS
    try:
        corners = np.empty((0, 3), dtype=int) if few else Delaunay(xy - xy.mean(axis=0)).simplices
    except QhullError:
        corners = np.empty((0, 3), dtype=int)
    if not len(corners):
        fault = f"{len(day)} places joined, on {len(np.unique(day))} different days"
        need = (
            f"at least {_LEAST_PLACES} places that joined on {_LEAST_DAYS} days, not on one line; or isochrones=False"
        )
        raise DataError("isochrones cannot be drawn", [fault if few else "the places lie on one line"], need)
    sides = np.hypot(*np.moveaxis(xy[corners] - xy[np.roll(corners, 1, axis=1)], -1, 0))
    corners = corners[sides.max(axis=1) <= _LONGEST * np.median(sides)]
    corners = np.take_along_axis(corners, np.argsort(day[corners], axis=1, kind="stable"), axis=1)
    lines = [
        shapely.line_merge(shapely.multilinestrings(_crossings(xy[corners], day[corners], level))) for level in levels
    ]
    return np.asarray(shapely.intersection(lines, land) if land is not None else np.array(lines, dtype=object))


def _crossings(xy: FloatArray, day: FloatArray, level: float) -> npt.NDArray[np.object_]:
    """Return the piece of a level's line in each triangle that it crosses; corners are in the order of their days."""
    crossed = (day[:, 0] < level) & (level < day[:, 2])
    xy, day = xy[crossed], day[crossed]
    row, first = (
        np.arange(len(day)),
        (day[:, 1] < level).astype(int),
    )  # the shorter way: from the corner alone on its side

    def between(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> FloatArray:
        share = (level - day[row, one]) / (day[row, other] - day[row, one])
        return np.asarray(xy[row, one] + share[:, None] * (xy[row, other] - xy[row, one]))

    ends = np.stack([between(0 * row, 0 * row + 2), between(first, first + 1)], axis=1)
    return np.asarray(shapely.linestrings(ends))
