"""Cities on an animated map: a circle for the total so far, and a ring on days with an event."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray
from ...layers import FILMS, Circles
from ..layout.labels import beside, draw_name, text_size
from ..maps.region_map import NAME_SIZE, city_names
from .film_painters import FilmPainter, FilmScene, Stage
from .raster import Pixels, Rgb, Sprite, circle

MOST_MARKS = 150
"""Number of circles, the largest first, that names avoid."""
_MOST_NAMES = 12
_APART, _SMALLEST = 16.0, 0.5  # pixels between cities below which marks shrink, and by how much at most


@FILMS.register("circles")
class CityCircles(FilmPainter[Circles]):
    """Circles of cities with an event, the smaller above the larger, and the names of the largest."""

    level = 2
    colors = ()  # those of every film

    def __init__(self, layer: Circles, rows: Sequence[Circles], stage: Stage) -> None:
        super().__init__(layer, rows, stage)
        so_far, cities = layer.so_far.to_numpy(), layer.cities
        ever = np.flatnonzero(so_far.max(axis=0) > 0)
        self._order = ever[np.argsort(-so_far[-1, ever], kind="stable")]
        plane = cities.geometry.to_crs(stage.plane.crs)
        self.points: FloatArray = np.column_stack([plane.x, plane.y])[self._order]
        names = city_names(cities)
        self.names = [names[i] for i in self._order]
        self._count, self.mark = len(cities), stage.scale
        self._share = np.sqrt(so_far[:, self._order] / (so_far.max(initial=0) or 1))
        self._active = layer.counts.to_numpy()[:, self._order] > 0

    def marks(self) -> FloatArray:
        """Return the circles that the legend must not cover."""
        reach = self.reaches(self.stage.reach, self.stage.scale)
        return np.column_stack([self.points, reach])[:MOST_MARKS]

    def place(self, scene: FilmScene) -> Sequence[Rgb]:
        """Find the size of small circles, and the places of names."""
        area = self.stage.plane.area.sum() / scene.chart.view.unit**2
        self.mark = self.stage.scale * self.crowding(area, self.stage.scale)
        self._pixels = scene.chart.view.pixels(self.points)
        self._named = list(self._name_sprites(scene))
        self._pixels = np.column_stack([self._pixels[:, 0], scene.size[1] - self._pixels[:, 1]])  # y from the top
        return ()

    def _name_sprites(self, scene: FilmScene) -> Iterator[tuple[int, Sprite]]:
        """Place and draw the names of the cities with the most events, one sprite each."""
        ax, height, reaches = scene.chart.ax, scene.size[1], self.reaches(self.stage.reach, self.mark)
        for number, (name, (x, y)) in enumerate(zip(self.names[:_MOST_NAMES], self._pixels, strict=False)):
            offers = beside(x, y, reaches[number], text_size(ax, name, NAME_SIZE))
            box = scene.chart.room.reserve_first(offers)
            if box is not None:
                edges = np.add(box, np.multiply(3 * self.stage.scale, (-1, -1, 1, 1)))
                left, bottom, right, top = (round(edge) for edge in edges)
                ink = scene.board.ink(draw_name(ax, name, box, NAME_SIZE))[height - top : height - bottom, left:right]
                yield number, Sprite(ink, left, height - top)

    def rims(self, number: int) -> FloatArray:
        """Return the radius of each city's circle in a frame."""
        return self.radii(number, self.stage.reach, self.mark)

    def paint(self, picture: Pixels, number: int, scene: FilmScene) -> None:
        """Draw the circles of a frame, and the names of cities with an event so far."""
        circles, joined = self.sprites(number, self._pixels, self.stage.reach, self.mark), self.joined(number)
        scene.overlay.paint(picture, [*circles, *(sprite for i, sprite in self._named if joined[i])])

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

    def joined(self, number: int) -> npt.NDArray[np.bool_]:
        """Return which cities had an event up to a frame."""
        return np.asarray(self._share[number] > 0)
