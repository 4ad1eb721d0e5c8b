"""Cities on an animated map: a circle for the total so far, and a ring on days with an event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray
from ...layers import FILMS, Circles
from ..layout.labels import beside, draw_name, text_size
from ..maps.basemap import points_on
from ..maps.region_map import NAME_SIZE, city_names
from ..style.theme import CITY, PAPER
from .encoders import Palette, Pixels, Rgb, as_rgb
from .film_painters import FilmPainter, FilmScene, Stage

MOST_MARKS = 150
"""Number of circles, the largest first, that names avoid."""
_MOST_NAMES = 12
_APART, _SMALLEST = 16.0, 0.5  # pixels between cities below which marks shrink, and by how much at most


@dataclass(frozen=True, eq=False)
class Sprite:
    """A small picture with transparency.

    Attributes
    ----------
    ink
        Red, green, blue and opacity from 0 to 255, premultiplied; shape (height, width, 4).
    left, top
        Position of its upper left pixel.
    """

    ink: npt.NDArray[np.float32]
    left: int = 0
    top: int = 0

    def clip(self, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        """Return the area it covers in a picture of a shape, and the part of the sprite inside it."""
        height, width = self.ink.shape[:2]
        top, left = min(max(self.top, 0), shape[0]), min(max(self.left, 0), shape[1])
        bottom, right = max(min(self.top + height, shape[0]), top), max(min(self.left + width, shape[1]), left)
        part = slice(top - self.top, bottom - self.top), slice(left - self.left, right - self.left)
        return (slice(top, bottom), slice(left, right)), part


class Overlay:
    """Draws sprites onto pictures of a palette, with a table of the color that each ink gives over each color."""

    def __init__(self, palette: Palette) -> None:
        self._palette = palette
        self._table: Pixels = np.empty(0, dtype=np.uint8)  # 256 numbers per ink
        self._inks: dict[bytes, int] = {}  # where an ink's 256 numbers start
        self._starts: dict[int, tuple[object, npt.NDArray[np.int32]]] = {}

    def paint(self, picture: Pixels, sprites: Sequence[Sprite]) -> None:
        """Draw sprites onto a picture, later ones on top."""
        for sprite in sprites:
            where, part = sprite.clip(picture.shape)
            starts, patch = self._starts_of(sprite.ink), picture[where]
            patch[...] = self._table.take(starts[part] + patch)

    def _starts_of(self, ink: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
        """Return the position in the table of each pixel of an ink."""
        if id(ink) not in self._starts:
            flat = ink.reshape(-1, 4).round().astype(np.uint8)
            kinds, which = np.unique(flat, axis=0, return_inverse=True)
            new = [kind for kind in kinds if kind.tobytes() not in self._inks]
            if new:
                drops = np.array(new, dtype=float)
                mixed = drops[:, None, :3] + self._palette.every * (1 - drops[:, None, 3:] / 255)
                numbers = self._palette.numbers(np.clip(mixed + 0.5, 0, 255))
                clear = drops[:, 3] == 0
                numbers[clear] = np.arange(256)
                self._inks |= {kind.tobytes(): len(self._table) + 256 * i for i, kind in enumerate(new)}
                self._table = np.concatenate([self._table, numbers.ravel()])
            starts = np.array([self._inks[kind.tobytes()] for kind in kinds], dtype=np.int32)
            self._starts[id(ink)] = (
                ink,
                starts[which.reshape(ink.shape[:2])],
            )  # the ink is kept, so that its id is not reused
        return self._starts[id(ink)][1]


def circle(x: float, y: float, radius: float, *, ring: bool, scale: float) -> Sprite:
    """Return a city's circle with a thin white edge, and a ring around it if there was an event on the day."""
    ink = _circle(round(4 * radius), round(100 * scale), ring=ring)
    return Sprite(ink, round(x) - ink.shape[1] // 2, round(y) - ink.shape[0] // 2)


@lru_cache(maxsize=1024)
def _circle(quarters: int, percent: int, *, ring: bool) -> npt.NDArray[np.float32]:
    radius, scale = quarters / 4, percent / 100
    discs = [(radius + scale, PAPER), (radius, CITY)]
    if ring:
        outer = [(radius + 4.6 * scale, PAPER), (radius + 3.6 * scale, CITY)]
        discs = [*outer, (radius + 2 * scale, PAPER), (radius, CITY)]
    reach = int(np.ceil(discs[0][0] + 1))
    far = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    ink = np.zeros((*far.shape, 4))
    for reach_of_disc, color in discs:
        cover = np.clip(reach_of_disc - far + 0.5, 0, 1)[..., None]
        ink = ink * (1 - cover) + np.array([*as_rgb(color), 255]) * cover
    return ink.astype(np.float32)


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
        self.points: FloatArray = points_on(stage.plane, cities.geometry)[self._order]
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

    def settle(self, palette: Palette) -> None:
        """Prepare to draw with the colors of a palette."""
        self._overlay = Overlay(palette)

    def rims(self, number: int) -> FloatArray:
        """Return the radius of each city's circle in a frame."""
        return self.radii(number, self.stage.reach, self.mark)

    def paint(self, picture: Pixels, number: int, scene: FilmScene) -> None:  # noqa: ARG002
        """Draw the circles of a frame, and the names of cities with an event so far."""
        circles, joined = self.sprites(number, self._pixels, self.stage.reach, self.mark), self.joined(number)
        self._overlay.paint(picture, [*circles, *(sprite for i, sprite in self._named if joined[i])])

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
