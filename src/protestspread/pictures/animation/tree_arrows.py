"""Inferred spread on an animated map: arrows whose width is their probability, appearing on their date and turning gray."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ..frames import Frame
from ..inferred_ties import place_numbers
from ..maps.arrows import curves_between
from ..spread_map.shapes import middles
from ..style.text import text
from ..style.theme import ARROW, PAPER
from .raster import Palette, Pixels

SETTLED = "#8b929c"
_BEND = -0.09  # to the left, as in the spread map
_MOST = 200  # arrows at once, as in the spread map

Ink = Callable[[Sequence[Any]], npt.NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class TreeEnds:
    """The ends of arrows.

    Attributes
    ----------
    places
        Name -> row of `points`.
    points
        Projected points, shape (n, 2): cities in the order of their table, then other places.
    at_least
        Smallest probability of an arrow, for the legend.
    """

    places: dict[Hashable, int]
    points: FloatArray
    at_least: float

    def legend(self) -> tuple[Any, str]:
        """Return the legend entry: handle and label."""
        from matplotlib.lines import Line2D

        meaning = text("arrows").split(": ", 1)[-1]
        label = f"{meaning};\n{text('probability', p=f'{self.at_least:g}')}".replace(", ", ",\n")
        return Line2D([], [], color=ARROW, linewidth=2.0), label


def tree_ends(
    steps: Sequence[Frame], plane: gpd.GeoDataFrame, cities: gpd.GeoDataFrame | None, at_least: float
) -> TreeEnds | None:
    """Return the ends of arrows: cities, or interior points of regions; None if no frame has an arrow.

    Raises
    ------
    DataError
        A source or target is neither a city nor a region.
    """
    if steps[-1].arrows["source"].isna().all():
        return None
    names = [] if cities is None else list(cities.index)
    places = place_numbers(steps[-1].arrows, names, plane.index)
    points = middles(plane.geometry.to_numpy(), 1e-3 * float(np.ptp(plane.total_bounds[[0, 2]])))
    if cities is not None:
        dots = cities.geometry.to_crs(plane.crs)
        points = np.concatenate([np.column_stack([dots.x, dots.y]), points])
    return TreeEnds(places, points, at_least)


class TreeArrows:
    """The arrows of all frames.

    Parameters
    ----------
    steps
        What each frame shows.
    places, pixels
        Name -> row of `pixels`, and the places in pixels from the lower left, shape (n, 2).
    scale
        Dots per inch, divided by 100.
    ink
        Function that draws artists on the map and returns their premultiplied colors and opacity.
    """

    def __init__(
        self, steps: Sequence[Frame], places: dict[Hashable, int], pixels: FloatArray, *, scale: float, ink: Ink
    ) -> None:
        self._pixels, self._scale, self._ink, self.count = pixels, scale, ink, len(pixels)
        table = steps[-1].arrows
        table = table[table["source"].notna()].sort_values(["appears", "probability"], kind="stable")
        self._source, self._target = (
            np.array([places[name] for name in table[end]], dtype=int) for end in ("source", "target")
        )
        self._width = (0.8 + 2.6 * table["probability"].to_numpy(dtype=float)) * scale
        dates = pd.Index([step.date for step in steps])
        self._row = dates.get_indexer(pd.Index(table["appears"]))
        self._fresh = max(1, round(len(steps) / 12))  # frames until an arrow turns gray, as in the spread map
        self._drawn: tuple[Any, npt.NDArray[np.intp], npt.NDArray[np.float32]] | None = None

    def paint(self, picture: Pixels, number: int, radii: FloatArray, palette: Palette) -> None:
        """Draw the arrows of a frame; their tips end at circles with the given radii around the places."""
        last = int(np.searchsorted(self._row, number, side="right"))
        chosen = slice(max(last - _MOST, 0), last)
        if last == 0:
            return
        fresh = number - self._row[chosen] < self._fresh
        rims = radii[self._target[chosen]] + 2 * self._scale
        key = (last, fresh.tobytes(), rims.round(1).tobytes())
        if self._drawn is None or self._drawn[0] != key:
            ink = self._ink(self._artists(chosen, fresh, rims)).reshape(-1, 4)
            where = np.flatnonzero(ink[:, 3])
            self._drawn = key, where, ink[where]
        _, where, drops = self._drawn
        below = palette.every[picture.ravel()[where]]
        mixed = drops[:, :3] + below * (1 - drops[:, 3:] / 255)
        picture.ravel()[where] = palette.numbers(np.clip(mixed + 0.5, 0, 255))

    def _artists(self, chosen: slice, fresh: npt.NDArray[np.bool_], rims: FloatArray) -> list[Any]:
        from matplotlib.collections import LineCollection, PolyCollection
        from matplotlib.transforms import IdentityTransform

        start, end, width = self._pixels[self._source[chosen]], self._pixels[self._target[chosen]], self._width[chosen]
        bend = np.full(len(width), _BEND)
        toward = np.diff(curves_between(start, end, bend)[:, -2:], axis=1)[:, 0]
        length = np.linalg.norm(toward, axis=1, keepdims=True)
        toward = np.divide(toward, length, out=np.zeros_like(toward), where=length > 0)
        size = (4.5 * self._scale + 1.2 * width)[:, None]
        tip = end - toward * rims[:, None]
        tail, wing = tip - toward * size, toward[:, ::-1] * (1, -1) * 0.5 * size
        curves = curves_between(start, tip - toward * 0.7 * size, bend)
        colors = [ARROW if new else SETTLED for new in fresh]
        points = 0.72 / self._scale  # a pixel
        lines = LineCollection(
            [curve for curve in curves for _ in range(2)],
            colors=[color for own in colors for color in (PAPER, own)],
            linewidths=np.column_stack([width + 1.8 * self._scale, width]).ravel() * points,
            capstyle="butt",
            transform=IdentityTransform(),
        )
        heads = PolyCollection(
            list(np.stack([tip, tail + wing, tail - wing], axis=1)),
            facecolors=colors,
            linewidths=0,
            transform=IdentityTransform(),
        )
        return [lines, heads]


def outside_text(steps: Sequence[Frame]) -> str | None:
    """Return a note on the number of places probably reached from outside, which have no arrow; None without any."""
    table = steps[-1].arrows
    count = float(table["probability"][table["source"].isna()].sum())
    note = text("outside", n=f"{count:.1f}".removesuffix(".0")) if count else ""
    return f"{note[0].upper()}{note[1:]}" if note else None
