"""Pictures as palette numbers, so that frames are composed by lookup instead of being drawn again.

The map is drawn once for each class, with all regions in that class, and once with region numbers as colors. A frame takes
each pixel from the picture of its region's class, which keeps borders, hatches and smooth edges. All formats use the same
256 colors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..style.theme import CITY, PAPER

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Pixels = npt.NDArray[np.uint8]  # (height, width): numbers into a palette
Rgb = npt.NDArray[np.uint8]  # (..., 3)
_MOST_COLORS = 255  # the last number is kept for transparent pixels
TRANSPARENT = 255


class Palette:
    """At most 255 colors for all frames: some exact, the others chosen to fit the pictures.

    Parameters
    ----------
    exact
        Colors, ``#rrggbb``, to reproduce exactly, such as fills.
    pictures
        Pictures to reproduce, each of shape (..., 3).
    """

    def __init__(self, exact: Sequence[str], pictures: Sequence[Rgb]) -> None:
        from PIL import Image
        from scipy.spatial import KDTree

        pinned = np.array([as_rgb(color) for color in dict.fromkeys(exact)], dtype=np.uint8)
        there = np.zeros(1 << 24, dtype=bool)
        for picture in pictures:
            there[_packed(picture)] = True
        there[_packed(pinned)] = False
        pixels = np.flatnonzero(there)
        rest = np.stack([pixels >> 16, pixels >> 8 & 255, pixels & 255], axis=-1).astype(np.uint8)
        room = _MOST_COLORS - len(pinned)
        if len(rest) > room:
            found = (
                Image.fromarray(rest[None]).quantize(room, method=Image.Quantize.MEDIANCUT, kmeans=3).getpalette() or []
            )
            rest = np.array(found, dtype=np.uint8).reshape(-1, 3)[:room]
        self.rgb: Rgb = np.vstack([pinned, rest])
        cells = np.stack(np.meshgrid(*[np.arange(64)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 4 + 2
        self._nearest = KDTree(self.rgb).query(cells)[1].astype(np.uint8)
        self._nearest[_cell(pinned)] = np.arange(len(pinned))

    @property
    def every(self) -> npt.NDArray[np.float64]:
        """All 256 colors, unused ones black; shape (256, 3)."""
        return np.vstack([self.rgb, np.zeros((256 - len(self.rgb), 3))])

    def numbers(self, picture: npt.NDArray[Any]) -> Pixels:
        """Return the number of the nearest color for each pixel."""
        return np.asarray(self._nearest[_cell(picture)])

    def number(self, color: str) -> int:
        """Return the number of an exact color."""
        return int(self._nearest[_cell(np.array(as_rgb(color)))])


def as_rgb(color: str) -> tuple[int, int, int]:
    """Return the red, green and blue of ``#rrggbb``, from 0 to 255."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _packed(picture: Rgb) -> npt.NDArray[np.uint32]:
    red, green, blue = np.moveaxis(picture.astype(np.uint32), -1, 0)
    return np.asarray(red << 16 | green << 8 | blue)


def _cell(picture: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    red, green, blue = np.moveaxis(np.asarray(picture).astype(np.int32), -1, 0)
    return np.asarray((red >> 2) << 12 | (green >> 2) << 6 | blue >> 2)


class ClassedPixels:
    """Pixels of a map that depend on the class of a region.

    Parameters
    ----------
    pictures
        Class number -> the whole picture with every region in that class, as palette numbers.
    regions
        Number of the region at each pixel, from 1; 0 for none.
    """

    def __init__(self, pictures: dict[int, Pixels], regions: npt.NDArray[np.int64]) -> None:
        stack = np.stack([pictures[number] for number in sorted(pictures)])
        self._first = min(pictures)
        regions = _extend_regions(regions, (stack != stack[0]).any(axis=0))
        self.regions = regions
        self._where = np.flatnonzero(regions)
        self._region = (regions.ravel()[self._where] - 1).astype(np.int32)
        self._choices = np.ascontiguousarray(stack.reshape(len(stack), -1)[:, self._where].T).ravel()
        self._offsets = np.arange(len(self._where), dtype=np.int32) * len(stack)

    def paint(self, picture: Pixels, class_index: npt.NDArray[np.int8]) -> None:
        """Fill the regions of a picture."""
        chosen = class_index.astype(np.int32)[self._region]
        chosen += self._offsets
        chosen -= self._first
        picture.ravel()[self._where] = self._choices[chosen]


def _extend_regions(regions: npt.NDArray[np.int64], wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Assign half-covered pixels along an outer border to the adjacent region."""
    for _ in range(2):
        around = np.pad(regions, 1)
        high, wide = regions.shape
        adjacent = np.max([around[y : y + high, x : x + wide] for y in range(3) for x in range(3)], axis=0)
        regions = np.where(wanted & (regions == 0), adjacent, regions)
    return regions


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


class PixelFigure:
    """A white figure.

    Parameters
    ----------
    width, height
        The size in pixels.
    scale
        Dots per inch, divided by 100.
    """

    def __init__(self, width: int, height: int, scale: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._dpi = 100 * scale
        self.figure = Figure(dpi=self._dpi, facecolor=PAPER)
        self._canvas: Any = FigureCanvasAgg(self.figure)
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Set the size in pixels."""
        self.size = width, height
        self.figure.set_size_inches((width + 1e-6) / self._dpi, (height + 1e-6) / self._dpi)

    def axes(self, left: float, bottom: float, width: float, height: float) -> "Axes":
        """Add axes at a position in pixels from the lower left."""
        wide, high = self.size
        return self.figure.add_axes((left / wide, bottom / high, width / wide, height / high))

    def picture(self) -> Rgb:
        """Draw the figure and return its pixels, shape (height, width, 3)."""
        self._canvas.draw()
        return np.asarray(self._canvas.buffer_rgba())[..., :3].copy()

    def ink(self, artists: "Sequence[Artist]") -> npt.NDArray[np.float32]:
        """Draw only the given artists and remove them; return premultiplied colors and opacity, from 0 to 255."""
        renderer = self._canvas.get_renderer()
        renderer.clear()
        for artist in artists:
            artist.draw(renderer)
            artist.remove()
        ink = np.asarray(self._canvas.buffer_rgba()).astype(np.float32)
        ink[..., :3] *= ink[..., 3:] / 255
        return ink


def over(picture: Rgb, ink: npt.NDArray[np.float32]) -> Rgb:
    """Return a picture with ink drawn over it."""
    return np.asarray((ink[..., :3] + picture * (1 - ink[..., 3:] / 255)).round(), dtype=np.uint8)
