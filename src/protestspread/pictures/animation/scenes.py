"""The picture of an animation: drawn once with matplotlib, then changed frame by frame as palette numbers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...progress import progress
from ..charts.curve import LANE_HEIGHT, curve_data, draw_curve, row_edges
from ..frames import Frame
from ..interventions_by_kind import InterventionRow
from ..layout.labels import TITLE_SIZE, beside, draw_name, paragraph, text_size, wrapped
from ..layout.legends import class_colors, legend_entries
from ..layout.pixel_figure import PixelFigure, over
from ..maps.region_map import NAME_SIZE, NOTE_SIZE, RegionMap
from ..style.classes import MISSING
from ..style.theme import (
    ARROW,
    BAR,
    BAR_AHEAD,
    CITY,
    INK,
    LAND,
    MISSING_HATCH,
    MUTED,
    PAPER,
    WATER,
    intervention_color,
    plain_text,
)
from .circles import MOST_MARKS, CityCircles
from .fades import CrossFade
from .headers import Header, HeaderText
from .raster import ClassedPixels, Overlay, Palette, Pixels, Rgb, Sprite, as_rgb
from .tree_arrows import SETTLED, TreeArrows, TreeEnds

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_MOST_NAMES = 12
_MOST_MIXES = 120  # blended colors that are exact
_BARS, _TICKS, _MARGIN = 46.0, 20.0, 10.0  # pixels at 100 dots per inch


def scale_of(size: tuple[int, int]) -> float:
    """Return the dots per inch, divided by 100, for a size in pixels; texts grow with the picture."""
    return max(min(size[0] / 800, size[1] / 600), 0.8)


class Scene:
    """The picture of an animation; `draw` returns any of its frames.

    Parameters
    ----------
    plane
        Projected regions.
    steps
        What each frame shows, with one value per region in the order of `plane`.
    panel
        Panel whose totals are the curve.
    lanes
        Interventions to draw with the curve.
    at_least
        For each frame, whether its total is a lower bound.
    texts, size, cmap, context
        Texts and appearance; `size` in pixels, both even.
    circles
        Circles of cities.
    tree
        Ends of the arrows.
    fade
        Blending of each date into the next.
    """

    def __init__(
        self,
        plane: gpd.GeoDataFrame,
        steps: Sequence[Frame],
        panel: pd.DataFrame,
        lanes: Sequence[InterventionRow],
        texts: HeaderText,
        *,
        at_least: Sequence[bool],
        size: tuple[int, int],
        cmap: str,
        context: gpd.GeoDataFrame | None = None,
        circles: CityCircles | None = None,
        tree: TreeEnds | None = None,
        fade: CrossFade | None = None,
    ) -> None:
        self._at_least = at_least
        self.size, self._circles, self._scale = size, circles, scale_of(size)
        self._reach = 0.02 * min(size[0], 1.4 * size[1])
        self._header = Header(steps, texts, [lane.kind for lane in lanes], width=size[0], scale=self._scale)
        board = Board(size, self._scale, texts, lanes=len(lanes), header=self._header.height)
        colors = class_colors(steps[0].classes, cmap)
        fills = [*colors, PAPER]  # the last, index -1, is for missing values
        changes = class_changes(steps)
        self._mixes = [] if fade is None else fade.mixes((fills[a], fills[b]) for a, b in changes)[:_MOST_MIXES]
        self._map = RegionMap(
            board.map,
            plane,
            lambda small: self._legend(steps, colors, texts, tree, small=small),
            legend_title=texts.legend_title,
            context=context,
            marks=None if circles is None else circles.points[:MOST_MARKS],
            reach=0.0 if circles is None else circles.reaches(self._reach, self._scale)[:MOST_MARKS],
        )
        area = plane.area.sum() / self._map.view.unit**2
        self._mark = self._scale * (1.0 if circles is None else circles.crowding(area, self._scale))
        self._map.name_context()
        totals, unobserved = curve_data(panel)
        bars = draw_curve(board.curve, totals, unobserved, lanes, missing_label=texts.missing_label)
        edges = (
            board.curve.transData.transform(np.column_stack([row_edges(totals), np.zeros(len(totals) + 1)]))[:, 0]
            .round()
            .astype(int)
        )
        self._cuts, self._cursors = edges[1:], (edges[1:] + edges[:-1]) // 2
        self._pixels = None if circles is None else self._flip(self._map.view.pixels(circles.points))
        self._arrows = None if tree is None else self._tree_arrows(board, steps, tree)
        self._names = self._name_sprites(board)
        self._rasterize(board, colors, bars, lanes, self._header.draw(steps[0], at_least=at_least[0]))
        self._overlay, self._header_top = Overlay(self.palette), board.header_top
        self._strip = board.strip

    def draw(self, number: int, step: Frame) -> Pixels:
        """Return a frame as palette numbers, shape (height, width)."""
        picture = self._base.copy()
        self.regions.paint(picture, step.class_index)
        if self._arrows is not None:
            self._arrows.paint(picture, number, self._radii(number, self._arrows.count), self.palette)
        if self._circles is not None and self._pixels is not None:
            circles = self._circles.sprites(number, self._pixels, self._reach, self._mark)
            joined = self._circles.joined(number)
            self._overlay.paint(picture, [*circles, *(sprite for i, sprite in self._names if joined[i])])
        picture[self._header_top : self._header_top + self._header.height] = self.palette.numbers(
            self._header.draw(step, at_least=self._at_least[number])
        )
        top, bottom = self._strip
        cut, cursor = self._cuts[number], self._cursors[number]
        picture[top:bottom, cut:] = self._ahead[:, cut:]
        line = picture[top:bottom, cursor : cursor + max(round(2 * self._scale), 1)]
        line[line == self.palette.number(PAPER)] = self.palette.number(CITY)  # behind names and lines
        line[-round(_BARS * self._scale) :] = self.palette.number(CITY)
        return picture

    @property
    def sharp(self) -> list[slice]:
        """Rows of the header and of the curve, which a cross-fade does not blend."""
        return [slice(self._header_top, self._header_top + self._header.height), slice(*self._strip)]

    def _legend(
        self, steps: Sequence[Frame], colors: Sequence[str], texts: HeaderText, tree: TreeEnds | None, *, small: bool
    ) -> list[tuple[Any, str]]:
        seen = np.unique([step.class_index for step in steps])
        entries = legend_entries(
            steps[0].classes,
            colors,
            colored=bool((seen > 0).any()),
            zero_label=texts.zero_label,
            missing_label=texts.missing_label if (seen == MISSING).any() else None,
            small=small,
        )
        entries += [] if self._circles is None else self._circles.legend()
        return entries if tree is None else [*entries, tree.legend()]

    def _tree_arrows(self, board: "Board", steps: Sequence[Frame], tree: TreeEnds) -> TreeArrows:
        key = self._map.ax.get_legend()
        assert key is not None  # noqa: S101  the legend has an entry for the arrows
        box = key.get_window_extent()
        left, right, top, bottom = (
            round(box.x0),
            round(box.x1),
            round(self.size[1] - box.y1),
            round(self.size[1] - box.y0),
        )

        def ink(artists: "Sequence[Artist]") -> npt.NDArray[np.float32]:
            drawn = board.ink(self._added(artists))
            drawn[top:bottom, left:right] = 0  # arrows are hidden by the legend
            return drawn

        return TreeArrows(steps, tree.places, self._map.view.pixels(tree.points), scale=self._scale, ink=ink)

    def _radii(self, number: int, count: int) -> FloatArray:
        """Return the radii of the circles of a frame around each place; cities come first, other places have 0."""
        radii = np.zeros(count)
        if self._circles is not None:
            own = self._circles.radii(number, self._reach, self._mark)
            radii[: len(own)] = own
        return radii

    def _added(self, artists: "Sequence[Artist]") -> "Sequence[Artist]":
        for artist in artists:
            self._map.ax.add_artist(artist)
        return artists

    def _flip(self, points: FloatArray) -> FloatArray:
        """Return pixels with y counted from the top instead of the bottom."""
        return np.column_stack([points[:, 0], self.size[1] - points[:, 1]])

    def _name_sprites(self, board: "Board") -> list[tuple[int, Sprite]]:
        """Place and draw the names of the cities with the most events, one sprite each."""
        if self._circles is None:
            return []
        sprites, pixels, room = [], self._map.view.pixels(self._circles.points), self._map.room
        reaches = self._circles.reaches(self._reach, self._mark)
        for number, name in list(enumerate(self._circles.names))[:_MOST_NAMES]:
            box = room.reserve_first(
                beside(pixels[number, 0], pixels[number, 1], reaches[number], text_size(board.map, name, NAME_SIZE))
            )
            if box is not None:
                left, bottom, right, top = (
                    round(edge) for edge in np.add(box, np.multiply(3 * self._scale, (-1, -1, 1, 1)))
                )
                ink = board.ink(draw_name(board.map, name, box, NAME_SIZE))[
                    self.size[1] - top : self.size[1] - bottom, left:right
                ]
                sprites.append((number, Sprite(ink, left, self.size[1] - top)))
        return sprites

    def _rasterize(
        self, board: "Board", colors: Sequence[str], bars: Any, lanes: Sequence[InterventionRow], header: Rgb
    ) -> None:
        """Draw the map for each class, the region numbers, and the curve with future bars; then choose the palette."""

        def draw_class(class_number: int) -> Rgb:
            every = np.full(len(self._map.shapes), class_number, dtype=np.int8)
            return over(behind, board.ink(self._added(self._map.layer.artists(every, ["#000000", "#ffffff"]))))

        behind = board.picture()
        black, white, hatched = (draw_class(c) for c in progress((0, 1, MISSING), "drawing the map", total=3))
        share = (white.astype(float) - black) / 255  # share of each pixel that shows the fill
        pictures = {MISSING: hatched} | {
            c: (black + share * as_rgb(color)).round().astype(np.uint8) for c, color in enumerate(colors)
        }
        rgb = board.ink(self._added(self._map.layer.numbered()))[..., :3].astype(np.int64)
        bars.set_facecolor(BAR_AHEAD)
        ahead = board.picture()
        top, bottom = board.strip
        shades = np.linspace(0, 1, 17)[:, None]
        arrows = [] if self._arrows is None else [ARROW, SETTLED]
        mixes = [
            np.array(as_rgb(color)) * shades + np.array(as_rgb(PAPER)) * (1 - shades)
            for color in (CITY, INK, *arrows, *colors)
        ]
        usual = [PAPER, INK, MUTED, CITY, BAR, BAR_AHEAD, LAND, WATER, MISSING_HATCH]
        exact = [*usual, *(intervention_color(lane.kind) for lane in lanes), *colors, *arrows, *self._mixes]
        self.palette = Palette(
            exact, [*pictures.values(), ahead[top:bottom], header, *(mix.round().astype(np.uint8) for mix in mixes)]
        )
        numbers = {c: self.palette.numbers(picture) for c, picture in pictures.items()}
        self.regions = ClassedPixels(numbers, rgb @ (1, 256, 65536))
        self._base, self._ahead = numbers[0], self.palette.numbers(ahead[top:bottom])


def class_changes(steps: Sequence[Frame]) -> list[tuple[int, int]]:
    """Return the pairs of classes between which regions change from date to date, the most common first."""
    classes = np.array([step.class_index for step in steps])
    pairs = np.stack([classes[:-1].ravel(), classes[1:].ravel()], axis=1)
    kinds, counts = np.unique(np.sort(pairs, axis=1), axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")
    return [(int(one), int(other)) for one, other in kinds[order] if one != other]


class Board(PixelFigure):
    """The figure of a scene: title, space for the header, map, curve and notes, from top to bottom."""

    def __init__(self, size: tuple[int, int], scale: float, texts: HeaderText, *, lanes: int, header: int) -> None:
        super().__init__(*size, scale)
        ax = self.axes(0, 0, *size)
        ax.set_axis_off()
        margin, (width, height) = _MARGIN * scale, size
        title, note = {"weight": "bold", "va": "top"}, {"color": MUTED, "linespacing": 1.25, "va": "bottom"}
        inner = width - 2 * margin
        high = 0.8 * margin + _write(ax, texts.title, (margin, height - 0.8 * margin), inner, TITLE_SIZE, **title)
        low = 1.2 * margin + _write(ax, paragraph(texts.notes), (margin, 0.6 * margin), inner, NOTE_SIZE, **note)
        self.header_top = round(high)
        curve = low + _TICKS * scale, (_BARS + lanes * LANE_HEIGHT) * scale
        bottom = sum(curve) + 0.8 * margin
        room = height - self.header_top - header - bottom
        if room < 0.25 * height:
            fault = f"title, curve and notes leave {max(room, 0):.0f} of {height} pixels for the map"
            raise DataError("size is too small", [fault], "pass a larger size, fewer kinds, or a shorter title or note")
        self.map = self.axes(margin, bottom, inner, room)
        self.curve = self.axes(3.6 * margin, curve[0], width - 4.6 * margin, curve[1])
        self.strip = round(height - sum(curve)), round(height - curve[0])


def _write(ax: "Axes", text: str | None, at: tuple[float, float], width: float, size: float, **options: Any) -> float:
    """Write a wrapped text and return its height."""
    if not text:
        return 0.0
    lines = wrapped(ax, text, size, width, **options)
    ax.text(*at, lines, transform=None, **plain_text(size, **options))
    return text_size(ax, lines, size, **options)[1]
