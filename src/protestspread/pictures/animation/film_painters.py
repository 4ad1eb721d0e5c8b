"""Painters of layers on animated maps: frames are composed by lookup instead of being drawn again.

The map is drawn once for each class, with all regions in that class, and once with region numbers as colors. A frame takes
each pixel from the picture of its region's class, which keeps borders, hatches and smooth edges.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...layers import FILMS, STILLS, Layer, Regions, Responses
from ...progress import progress
from ..charts.lanes import InterventionLanes, pale
from ..frames import Frame
from ..maps.region_map import RegionMap
from ..style.classes import MISSING
from ..style.theme import COLORS, PAPER, intervention_color
from .encoders import Palette, Pixels, Rgb, as_rgb

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

L = TypeVar("L", bound=Layer)


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


@dataclass(frozen=True, eq=False)
class Stage:
    """What painters need to know before the map is laid out.

    Attributes
    ----------
    plane
        The projected regions.
    cities
        Cities that layers may refer to.
    steps
        What each frame shows.
    colors
        The colors of classes 0, 1, ... k.
    reach
        Radius of the largest circle in pixels.
    scale
        Dots per inch, divided by 100.
    """

    plane: gpd.GeoDataFrame
    cities: gpd.GeoDataFrame | None
    steps: Sequence[Frame]
    colors: Sequence[str]
    reach: float
    scale: float

    @property
    def dates(self) -> pd.DatetimeIndex:
        """The date of each frame."""
        return pd.DatetimeIndex([step.date for step in self.steps])


class FilmScene(Protocol):
    """What painters use of a map that is laid out: see `Scene`."""

    @property
    def size(self) -> tuple[int, int]: ...  # noqa: D102
    @property
    def chart(self) -> RegionMap: ...  # noqa: D102
    @property
    def board(self) -> PixelFigure: ...  # noqa: D102
    @property
    def palette(self) -> Palette: ...  # noqa: D102
    @property
    def legend_box(self) -> tuple[slice, slice]: ...  # noqa: D102
    def added(self, artists: "Sequence[Artist]") -> "Sequence[Artist]": ...  # noqa: D102
    def rims(self, number: int, count: int) -> FloatArray: ...  # noqa: D102


class FilmPainter(Generic[L]):
    """Draws one layer on every frame; a subclass is registered in `FILMS` for a kind of layer.

    Attributes
    ----------
    level
        Painters of a lower level are below.
    lanes
        Rows to draw above the curve.
    """

    level: ClassVar[int] = 1
    lanes: InterventionLanes = InterventionLanes()

    def __init__(self, layer: L, rows: Sequence[L], stage: Stage) -> None:
        self.layer, self.rows, self.stage = layer, rows, stage

    @property
    def colors(self) -> Sequence[str]:
        """Colors to reproduce exactly: those of the legend."""
        symbols = [key.symbol if isinstance(key.symbol, tuple) else (key.symbol,) for key in self.layer.legend()]
        names = [str(name) for group in symbols for symbol in group for name in (symbol.color, symbol.edge)]
        return [color for color in (COLORS.get(name, name) for name in names) if color.startswith("#")]

    @property
    def blended(self) -> Sequence[str]:
        """Those of the colors that blend with white."""
        return self.colors

    def marks(self) -> FloatArray:
        """Return points that the legend must not cover: x and y on the plane, and the reach in pixels; shape (n, 3)."""
        return np.empty((0, 3))

    def place(self, scene: FilmScene) -> Sequence[Rgb]:
        """Prepare for a map that is laid out; return pictures whose colors the palette needs."""
        del scene
        return ()

    def settle(self, palette: Palette) -> None:
        """Prepare for a palette."""

    def rims(self, number: int) -> FloatArray:
        """Return the radii in pixels that arrows to the first places keep free in a frame."""
        del number
        return np.empty(0)

    def paint(self, picture: Pixels, number: int, scene: FilmScene) -> None:
        """Draw the layer on a frame."""


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


@FILMS.register("regions")
class RegionsFilm(FilmPainter[Regions]):
    """Regions: drawn once in each class, so that a frame takes each pixel from the picture of its region's class."""

    level = 0

    @property
    def colors(self) -> Sequence[str]:
        """The colors of the classes."""
        return self.stage.colors

    def place(self, scene: FilmScene) -> Sequence[Rgb]:
        """Draw the map for each class, as it is and hatched where values are lower bounds, and the region numbers."""
        chart, board, colors = scene.chart, scene.board, self.stage.colors
        behind = board.picture()

        def draw_class(class_number: int, *fills: str, hatched: bool = False) -> Rgb:
            every = np.full(len(chart.shapes), class_number, dtype=np.int8)
            over_all = np.ones(len(every), dtype=bool) if hatched else None
            return over(behind, board.ink(scene.added(chart.layer.artists(every, fills, over_all))))

        black, white, missing = (
            draw_class(c, "#000000", "#ffffff") for c in progress((0, 1, MISSING), "drawing the map", total=3)
        )
        share = (white.astype(float) - black) / 255  # share of each pixel that shows the fill
        self._drawn = {MISSING: missing} | {
            c: (black + share * as_rgb(color)).round().astype(np.uint8) for c, color in enumerate(colors)
        }
        if any(row.bound_index.any() for row in self.rows):
            self._drawn |= {len(colors) + c: draw_class(c, *colors, hatched=True) for c in range(len(colors))}
        self._numbers = board.ink(scene.added(chart.layer.numbered()))[..., :3].astype(np.int64) @ (1, 256, 65536)
        return list(self._drawn.values())

    def settle(self, palette: Palette) -> None:
        """Keep the pictures as numbers of the palette."""
        numbers = {c: palette.numbers(picture) for c, picture in self._drawn.items()}
        self._base, self.pixels = numbers[0], ClassedPixels(numbers, self._numbers)
        del self._drawn, self._numbers

    def paint(self, picture: Pixels, number: int, scene: FilmScene) -> None:  # noqa: ARG002
        """Draw the whole map."""
        picture[:] = self._base
        row = self.rows[number]
        self.pixels.paint(picture, row.class_index + np.int8(len(self.stage.colors)) * row.bound_index)


@FILMS.register("responses")
class ResponsesFilm(FilmPainter[Responses]):
    """Interventions: rows above the curve; the heading names those in force."""

    level = -1  # nothing on the map
    blended = ()

    def __init__(self, layer: Responses, rows: Sequence[Responses], stage: Stage) -> None:
        super().__init__(layer, rows, stage)
        self.lanes = InterventionLanes.of(layer.table, stage.dates, layer.kinds, layer.weights)

    @property
    def colors(self) -> Sequence[str]:
        """The colors of the rows, strong and pale."""
        strong = [intervention_color(lane.kind) for lane in self.lanes.rows]
        return [*strong, *(pale(color) for color in strong)]


class InkFilm(FilmPainter[L], ABC):
    """A layer drawn by matplotlib, anew where it differs from the frame before."""

    _drawn: tuple[Any, npt.NDArray[np.intp], npt.NDArray[np.float32]] | None = None

    @abstractmethod
    def draw(self, number: int, scene: FilmScene) -> "Sequence[Artist]":
        """Add the artists of a frame to the map, and return them."""

    @abstractmethod
    def key(self, number: int, scene: FilmScene) -> object:
        """Return what the drawing of a frame depends on; None: there is nothing to draw."""

    def paint(self, picture: Pixels, number: int, scene: FilmScene) -> None:
        """Draw the artists of a frame, below the legend."""
        key = self.key(number, scene)
        if key is None:
            return
        if self._drawn is None or self._drawn[0] != key:
            drawn = scene.board.ink(self.draw(number, scene))
            drawn[scene.legend_box] = 0
            ink = drawn.reshape(-1, 4)
            where = np.flatnonzero(ink[:, 3])
            self._drawn = key, where, ink[where]
        _, where, drops = self._drawn
        below = scene.palette.every[picture.ravel()[where]]
        mixed = drops[:, :3] + below * (1 - drops[:, 3:] / 255)
        picture.ravel()[where] = scene.palette.numbers(np.clip(mixed + 0.5, 0, 255))


class StillFilm(InkFilm[Layer]):
    """A layer drawn on each frame as on a still: register it for a kind that has a painter of stills."""

    level = 3

    def key(self, number: int, scene: FilmScene) -> object:  # noqa: ARG002
        """Return the layer of a frame."""
        return id(self.rows[number])

    def draw(self, number: int, scene: FilmScene) -> "Sequence[Artist]":
        """Return the artists that the painter of stills adds to the map."""
        ax, row = scene.chart.ax, self.rows[number]
        before = set(ax.get_children())
        STILLS.of(row)(scene.chart, row)
        return [artist for artist in ax.get_children() if artist not in before]


for _kind in ("points", "region_names"):
    FILMS.register(_kind)(StillFilm)
