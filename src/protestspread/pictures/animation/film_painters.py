"""Painters of layers on animated maps."""

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
from ..frames import Frame, row_ends
from ..interventions_by_kind import InterventionRow, intervention_spans
from ..maps.region_map import RegionMap
from ..style.classes import MISSING
from ..style.theme import COLORS, intervention_color
from .raster import ClassedPixels, Overlay, Palette, PixelFigure, Pixels, Rgb, as_rgb, over

if TYPE_CHECKING:
    from matplotlib.artist import Artist

L = TypeVar("L", bound=Layer)


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
    def overlay(self) -> Overlay: ...  # noqa: D102
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
    lanes: Sequence[InterventionRow] = ()

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


@FILMS.register("regions")
class RegionsFilm(FilmPainter[Regions]):
    """Regions: drawn once in each class, so that a frame takes each pixel from the picture of its region's class."""

    level = 0

    @property
    def colors(self) -> Sequence[str]:
        """The colors of the classes."""
        return self.stage.colors

    def place(self, scene: FilmScene) -> Sequence[Rgb]:
        """Draw the map for each class, and the region numbers."""
        chart, board = scene.chart, scene.board
        behind = board.picture()

        def draw_class(class_number: int) -> Rgb:
            every = np.full(len(chart.shapes), class_number, dtype=np.int8)
            return over(behind, board.ink(scene.added(chart.layer.artists(every, ["#000000", "#ffffff"]))))

        black, white, hatched = (draw_class(c) for c in progress((0, 1, MISSING), "drawing the map", total=3))
        share = (white.astype(float) - black) / 255  # share of each pixel that shows the fill
        self._drawn = {MISSING: hatched} | {
            c: (black + share * as_rgb(color)).round().astype(np.uint8) for c, color in enumerate(self.stage.colors)
        }
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
        self.pixels.paint(picture, self.rows[number].class_index)


@FILMS.register("responses")
class ResponsesFilm(FilmPainter[Responses]):
    """Interventions: rows above the curve; the heading names those in force."""

    level = -1  # nothing on the map
    blended = ()

    def __init__(self, layer: Responses, rows: Sequence[Responses], stage: Stage) -> None:
        super().__init__(layer, rows, stage)
        ends = row_ends(stage.dates)
        self.lanes = intervention_spans(layer.table, stage.dates[0], ends[-1], kinds=layer.kinds)

    @property
    def colors(self) -> Sequence[str]:
        """The colors of the rows."""
        return [intervention_color(lane.kind) for lane in self.lanes]


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
