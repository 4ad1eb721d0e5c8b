"""Cities on an animated map: a circle for the total so far, and a ring on days with an event."""

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ..maps.region_map import city_names
from ..style.text import text
from ..style.theme import CITY, PAPER, number_text
from .raster import Sprite, circle

MOST_MARKS = 150
"""Number of circles, the largest first, that names avoid."""
_APART, _SMALLEST = 16.0, 0.5  # pixels between cities below which marks shrink, and by how much at most


class CityCircles:
    """Circles of cities in each frame: their area is the total so far, and a ring marks days with an event.

    Parameters
    ----------
    cities
        Points. Cities with an event are drawn.
    panel
        One row per frame, one column per city.
    crs
        Projection of the map.
    """

    def __init__(self, cities: gpd.GeoDataFrame, panel: pd.DataFrame, crs: Any) -> None:
        counts = panel.reindex(columns=cities.index).to_numpy(dtype=float, na_value=np.nan)
        counts = np.nan_to_num(counts)
        so_far = np.maximum(counts.cumsum(axis=0), 0)
        plane = cities.geometry.to_crs(crs)
        ever = np.flatnonzero(so_far.max(axis=0) > 0)
        self._order = ever[np.argsort(-so_far[-1, ever], kind="stable")]  # the smaller above the larger
        self.points: FloatArray = np.column_stack([plane.x, plane.y])[self._order]
        names = city_names(cities)
        self.names = [names[i] for i in self._order]
        self._count = len(cities)
        self.most = float(so_far.max(initial=0))
        self._share = np.sqrt(so_far[:, self._order] / (self.most or 1))
        self._active = counts[:, self._order] > 0

    def crowding(self, area: float, scale: float) -> float:
        """Return a factor (0.5 to 1) for small circles and rings, for many cities on an area in square pixels."""
        apart = np.sqrt(area / max(len(self._order), 1))
        return float(np.clip(apart / (_APART * scale), _SMALLEST, 1.0))

    def sprites(self, number: int, pixels: FloatArray, reach: float, scale: float) -> list[Sprite]:
        """Return the circles of a frame; the largest circle of all frames has a radius of `reach` pixels."""
        share, active = self._share[number], self._active[number]
        return [
            circle(x, y, max(reach * share[i], 1.5 * scale), ring=bool(active[i]), scale=scale)
            for i, (x, y) in enumerate(pixels)
            if share[i] > 0
        ]

    def radii(self, number: int, reach: float, scale: float) -> FloatArray:
        """Return the radius of each city's circle in a frame, in pixels, in the order of the table; 0 without a circle."""
        share = self._share[number]
        radii = np.zeros(self._count)
        radii[self._order] = np.where(share > 0, np.maximum(reach * share, 1.5 * scale), 0.0)
        return radii

    def reaches(self, reach: float, scale: float) -> FloatArray:
        """Return the largest radius of each city's circle and ring over all frames, in pixels."""
        return np.asarray(np.maximum(reach * self._share[-1], 1.5 * scale) + 5 * scale)

    def legend(self) -> list[tuple[Any, str]]:
        """Return the legend entries of the circle and the ring: handle and label."""
        from matplotlib.lines import Line2D

        disc = Line2D([], [], marker="o", markersize=6, markerfacecolor=CITY, markeredgecolor=PAPER, linestyle="")
        ring = Line2D(
            [],
            [],
            marker="o",
            markersize=8,
            markerfacecolor="none",
            markeredgecolor=CITY,
            markeredgewidth=1.2,
            linestyle="",
        )
        return [
            (disc, text("city_circle", n=number_text(self.most, 3))),
            (ring, text("city_ring")),
        ]

    def joined(self, number: int) -> npt.NDArray[np.bool_]:
        """Return which cities had an event up to a frame."""
        return np.asarray(self._share[number] > 0)
