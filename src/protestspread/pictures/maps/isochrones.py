"""Isochrones: interpolated lines between places with an earlier and places with a later first day."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import Delaunay, QhullError

from ...arrays import FloatArray
from ...errors import DataError

_LEAST_PLACES, _LEAST_DAYS = 6, 3
_LONGEST = 3.0  # times the median side of all triangles: longer sides span land without data


def isochrones(
    points: FloatArray, days: FloatArray, levels: FloatArray, land: shapely.Geometry | None = None
) -> npt.NDArray[np.object_]:
    """Return one (multi)line per level, on which the interpolated first day equals the level.

    The first day is interpolated linearly on the Delaunay triangles of the points. Triangles with a side longer than
    three times the median side are left out; so is everything outside the hull of the points or the land.

    Parameters
    ----------
    points
        Points on a plane, shape (n, 2); at one location only the earliest counts.
    days
        The first day of each point, as a number.
    levels
        Days between those of the points: "by the 4th" is 4.5.
    land
        Lines are cut to this area.

    Raises
    ------
    DataError
        There are fewer than six places or three different days, or the places lie on one line.

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
        got = f"{len(day)} places with {len(np.unique(day))} different first days" if few else "places on one line"
        raise DataError(
            f"isochrones need at least {_LEAST_PLACES} places with {_LEAST_DAYS} different first days, not on one line; got {got}",
            fix="pass isochrones=False, or onsets of more places and days",
        )
    sides = np.hypot(*np.moveaxis(xy[corners] - xy[np.roll(corners, 1, axis=1)], -1, 0))
    corners = corners[sides.max(axis=1) <= _LONGEST * np.median(sides)]
    corners = np.take_along_axis(corners, np.argsort(day[corners], axis=1, kind="stable"), axis=1)
    lines = [
        shapely.line_merge(shapely.multilinestrings(_crossings(xy[corners], day[corners], level))) for level in levels
    ]
    return np.asarray(shapely.intersection(lines, land) if land is not None else np.array(lines, dtype=object))


def _crossings(xy: FloatArray, day: FloatArray, level: float) -> npt.NDArray[np.object_]:
    """Return the segment of a level in each triangle that it crosses; corners are sorted by day."""
    crossed = (day[:, 0] < level) & (level < day[:, 2])
    xy, day = xy[crossed], day[crossed]
    row, first = (
        np.arange(len(day)),
        (day[:, 1] < level).astype(int),
    )  # the two sides that the level crosses meet in the corner that is alone on its side of the level

    def interpolate(start: npt.NDArray[np.int64], end: npt.NDArray[np.int64]) -> FloatArray:
        share = (level - day[row, start]) / (day[row, end] - day[row, start])
        return np.asarray(xy[row, start] + share[:, None] * (xy[row, end] - xy[row, start]))

    ends = np.stack([interpolate(0 * row, 0 * row + 2), interpolate(first, first + 1)], axis=1)
    return np.asarray(shapely.linestrings(ends))
