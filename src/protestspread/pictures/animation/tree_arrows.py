"""Inferred spread on an animated map: arrows whose width is their probability, appearing on their date and turning gray."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...arrow_layers import Arrows
from ...layers import FILMS
from ..maps.basemap import points_on
from ..maps.point_map import curves_between
from ..spread_map.encoding import middles
from ..style.theme import ARROW, PAPER
from .encoders import Rgb
from .film_painters import FilmScene, InkFilm, Stage

if TYPE_CHECKING:
    from matplotlib.artist import Artist


SETTLED = "#8b929c"
_BEND = -0.09  # to the left, as in the spread map
_MOST = 200  # arrows at once, as in the spread map


@FILMS.register("arrows")
class TreeArrows(InkFilm[Arrows]):
    """The arrows between cities, or interior points of regions; at most the last 200 at once."""

    def __init__(self, layer: Arrows, rows: Sequence[Arrows], stage: Stage) -> None:
        super().__init__(layer, rows, stage)
        plane, cities = stage.plane, stage.cities
        places = layer.place_numbers([] if cities is None else cities.index, plane.index)
        table = layer.inside.sort_values(["appears", "probability"], kind="stable")
        self._source, self._target = (
            np.array([places[name] for name in table[end]], int) for end in ("source", "target")
        )
        self._width = (0.8 + 2.6 * table["probability"].to_numpy(dtype=float)) * stage.scale
        self._row = stage.dates.get_indexer(pd.Index(table["appears"]))
        self._fresh = max(1, round(len(rows) / 12))  # frames until an arrow turns gray, as in the spread map

    @property
    def colors(self) -> Sequence[str]:
        """The colors of new and of older arrows."""
        return [ARROW, SETTLED] if len(self._row) else []

    def place(self, scene: FilmScene) -> Sequence[Rgb]:
        """Find the places on the map."""
        plane, cities = self.stage.plane, self.stage.cities
        points = middles(plane.geometry.to_numpy(), 1e-3 * float(np.ptp(plane.total_bounds[[0, 2]])))
        if cities is not None:
            points = np.concatenate([points_on(plane, cities.geometry), points])
        self._pixels = scene.chart.view.pixels(points)
        return ()

    def _shown(self, number: int, scene: FilmScene) -> tuple[slice, npt.NDArray[np.bool_], FloatArray]:
        """Return the arrows of a frame, which of them are new, and the space to keep free at their targets."""
        last = int(np.searchsorted(self._row, number, side="right"))
        chosen = slice(max(last - _MOST, 0), last)
        rims = scene.rims(number, len(self._pixels))[self._target[chosen]] + 2 * self.stage.scale
        return chosen, number - self._row[chosen] < self._fresh, rims

    def key(self, number: int, scene: FilmScene) -> object:
        """Return the arrows of a frame, and their ends."""
        chosen, fresh, rims = self._shown(number, scene)
        return (chosen.stop, fresh.tobytes(), rims.round(1).tobytes()) if chosen.stop else None

    def draw(self, number: int, scene: FilmScene) -> "Sequence[Artist]":
        """Draw the arrows of a frame."""
        return scene.added(self._artists(*self._shown(number, scene)))

    def _artists(self, chosen: slice, fresh: npt.NDArray[np.bool_], rims: FloatArray) -> list[Any]:
        from matplotlib.collections import LineCollection, PolyCollection
        from matplotlib.transforms import IdentityTransform

        start, end, width = self._pixels[self._source[chosen]], self._pixels[self._target[chosen]], self._width[chosen]
        bend = np.full(len(width), _BEND)
        toward = np.diff(curves_between(start, end, bend)[:, -2:], axis=1)[:, 0]
        length = np.linalg.norm(toward, axis=1, keepdims=True)
        toward = np.divide(toward, length, out=np.zeros_like(toward), where=length > 0)
        size = (4.5 * self.stage.scale + 1.2 * width)[:, None]
        tip = end - toward * rims[:, None]
        tail, wing = tip - toward * size, toward[:, ::-1] * (1, -1) * 0.5 * size
        curves = curves_between(start, tip - toward * 0.7 * size, bend)
        colors = [ARROW if new else SETTLED for new in fresh]
        points = 0.72 / self.stage.scale  # a pixel
        lines = LineCollection(
            [curve for curve in curves for _ in range(2)],
            colors=[color for own in colors for color in (PAPER, own)],
            linewidths=np.column_stack([width + 1.8 * self.stage.scale, width]).ravel() * points,
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
