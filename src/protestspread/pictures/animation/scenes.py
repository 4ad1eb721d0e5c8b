"""The picture of an animation: drawn once with matplotlib, then changed frame by frame as palette numbers.

From top to bottom: the title, a header with date, total and interventions in force, the map, the curve and notes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...errors import DataError
from ...layers import FILMS, Layer, Words
from ..charts.curve import curve_data, draw_curve, row_edges
from ..charts.lanes import LANE_HEIGHT, InterventionLanes
from ..frames import Frame
from ..layout.labels import TITLE_SIZE, paragraph, plain_text, text_size, wrapped
from ..maps.region_map import NOTE_SIZE, RegionMap
from ..style.ramps import class_colors
from ..style.text import current, unit_text
from ..style.theme import BAR, BAR_AHEAD, CITY, INK, LAND, MISSING_HATCH, MUTED, PAPER, WATER
from . import circles, tree_arrows  # noqa: F401  their painters
from .encoders import Palette, Pixels, Rgb, as_rgb
from .fades import CrossFade
from .film_painters import FilmPainter, PixelFigure, Stage

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_MOST_MIXES = 120  # blended colors that are exact
_BARS, _TICKS, _MARGIN = 46.0, 20.0, 10.0  # pixels at 100 dots per inch


def scale_of(size: tuple[int, int]) -> float:
    """Return the dots per inch, divided by 100, for a size in pixels; texts grow with the picture."""
    return max(min(size[0] / 800, size[1] / 600), 0.8)


class WordPrinter:
    """Prints text in one style on white, from pictures of words and digits that are drawn when first needed.

    Laying out a line of text takes milliseconds; copying a few words takes microseconds.

    Parameters
    ----------
    size
        Font size in points.
    scale
        Dots per inch, divided by 100.
    style
        Text properties of matplotlib.
    """

    def __init__(self, size: float, scale: float, **style: Any) -> None:
        self.height = int(np.ceil(2 * size * scale))
        self._sheet = PixelFigure(1, self.height, scale)
        text = plain_text(size, va="baseline", **style)
        self._text = self._sheet.figure.text(1, 0.3 * self.height, "", transform=None, **text)
        self._words: dict[str, tuple[Rgb, float]] = {}

    def width(self, text: str) -> float:
        """Return the width of a text in pixels."""
        return sum(advance for _, advance in map(self._word, _tokens(text)))

    def print(self, text: str, picture: Rgb, left: float, top: int) -> None:
        """Write a text onto a picture; letters beyond its edge are cut off."""
        for token in _tokens(text):
            ink, advance = self._word(token)
            at = round(left)
            patch = picture[top : top + self.height, at : at + ink.shape[1]]
            np.minimum(
                patch, ink[:, : patch.shape[1]], out=patch
            )  # dark on white: overlapping letters do not erase each other
            left += advance

    def _word(self, token: str) -> tuple[Rgb, float]:
        if token not in self._words:
            self._words[token] = self._draw(token)
        return self._words[token]

    def _draw(self, token: str) -> tuple[Rgb, float]:
        advance = self._extent(f"n{token}n") - self._extent("nn")
        self._sheet.resize(int(np.ceil(self._extent(token))) + 4, self.height)
        return self._sheet.picture(), advance

    def _extent(self, text: str) -> float:
        self._text.set_text(text)
        return float(self._text.get_window_extent().width)


@dataclass(frozen=True, eq=False)
class HeaderText:
    """The texts of an animation."""

    title: str | None
    notes: tuple[str | None, ...]
    legend_title: str
    unit: str
    when: str
    missing_label: str


class Header:
    """Writes the line for each frame.

    Parameters
    ----------
    steps
        All frames; the longest date determines the width of the date.
    texts
        Words for what is counted and for missing values.
    width, scale
        Width of the picture in pixels, and its dots per inch, divided by 100.
    """

    def __init__(self, steps: Sequence[Frame], texts: HeaderText, *, width: int, scale: float) -> None:
        self._texts, self._language = texts, current()  # frames are drawn later
        self._two_lines = any(_now(step) for step in steps)
        self._fact, self._force = WordPrinter(8, scale), WordPrinter(8, scale, color=MUTED)
        self.width, self.height = width, round(34 * scale)
        self._left = 10 * scale
        labels = sorted({step.label for step in steps}, key=len)[-40:]
        for size in (15, 12, 10):
            self._date = WordPrinter(size, scale, weight="bold")
            self._right = self._left + max(map(self._date.width, labels)) + 14 * scale
            if self._right < 0.5 * width:
                break

    def draw(self, step: Frame, *, at_least: bool) -> Rgb:
        """Return the line for a frame, shape (height, width, 3); with `at_least`, the total is labeled a lower bound."""
        picture = np.full((self.height, self.width, 3), 255, dtype=np.uint8)
        half = self.height // 2
        self._date.print(step.label, picture, self._left, half - self._date.height // 2)
        self._fact.print(
            self._total(step.total, at_least=at_least),
            picture,
            self._right,
            half - self._fact.height // (1 if self._two_lines else 2),
        )
        self._force.print(
            self._in_force(step),
            picture,
            self._right,
            half,
        )
        return picture

    def _total(self, total: float, *, at_least: bool) -> str:
        if np.isnan(total):
            return self._texts.missing_label
        text, number = self._language.text, self._language.number(total, 3)
        words = {"unit": unit_text(self._texts.unit, total), "when": self._texts.when}
        long, short = (text("at_least", n=number), f"≥ {number}") if at_least else (number, number)
        versions = [("total_when", long), ("total_when", short), ("total", short)]
        return self._first_fitting([*(text(key, n=n, **words) for key, n in versions), short])

    def _in_force(self, step: Frame) -> str:
        """Join what is in force and where; where that has no room, more briefly, then as many as fit and the number left."""
        say = self._language.say
        names, brief = ([say(words) for words in found] for found in (_now(step), _now(step, briefly=True)))
        shorter = [" · ".join(brief[:most]) + f" +{len(brief) - most}" for most in range(len(brief) - 1, 0, -1)]
        return self._first_fitting([" · ".join(names), " · ".join(brief), *shorter, ""])

    def _first_fitting(self, texts: Sequence[str]) -> str:
        room = self.width - self._right - 0.5 * self._left
        return next((text for text in texts if self._fact.width(text) <= room), texts[-1])


def _now(step: Frame, *, briefly: bool = False) -> list[Words]:
    """Return what the layers of a frame say about its date."""
    return [words for layer in step.layers for words in (layer.now_briefly() if briefly else layer.now())]


def _tokens(text: str) -> list[str]:
    """Split a text into words, spaces and digits; right-to-left and joined scripts are not split."""
    if any("\u0590" <= letter <= "\u109f" for letter in text):
        return [text]
    tokens: list[str] = []
    for number, word in enumerate(text.split(" ")):
        tokens += [" "] * (number > 0) + (list(word) if word[:1].isdigit() else [word] * bool(word))
    return tokens


class Scene:
    """The picture of an animation; `draw` returns any of its frames.

    Parameters
    ----------
    plane
        Projected regions.
    layers
        What the map shows, regions first.
    steps
        What each frame shows, with the same layers.
    panel
        Panel whose totals are the curve.
    at_least
        For each frame, whether its total is a lower bound.
    texts, size, cmap, context
        Texts and appearance; `size` in pixels, both even.
    cities
        Cities that layers may refer to.
    fade
        Blending of each date into the next.
    """

    def __init__(
        self,
        plane: gpd.GeoDataFrame,
        layers: Sequence[Layer],
        steps: Sequence[Frame],
        panel: pd.DataFrame,
        texts: HeaderText,
        *,
        at_least: Sequence[bool],
        size: tuple[int, int],
        cmap: str,
        context: gpd.GeoDataFrame | None = None,
        cities: gpd.GeoDataFrame | None = None,
        fade: CrossFade | None = None,
    ) -> None:
        self._at_least, self.size, self._scale = at_least, size, scale_of(size)
        colors = class_colors(steps[0].classes, cmap)
        stage = Stage(plane, cities, steps, colors, 0.02 * min(size[0], 1.4 * size[1]), self._scale)
        painters = [FILMS.of(layer)(layer, [step.layers[i] for step in steps], stage) for i, layer in enumerate(layers)]
        self.painters: list[FilmPainter[Any]] = sorted(painters, key=lambda painter: painter.level)
        lanes = next((painter.lanes for painter in painters if painter.lanes.rows), InterventionLanes())
        self._header = Header(steps, texts, width=size[0], scale=self._scale)
        self.board = Board(size, self._scale, texts, lanes=len(lanes.rows), header=self._header.height)
        marks = np.concatenate([painter.marks() for painter in painters])
        self.chart = RegionMap(
            self.board.map,
            plane,
            [key for layer in layers for key in layer.legend()],
            colors=colors,
            legend_title=texts.legend_title,
            context=context,
            marks=marks[:, :2],
            reach=marks[:, 2],
        )
        self.chart.name_context()
        self._draw_curve(panel, lanes, texts)
        fills = [*colors, PAPER]  # the last, index -1, is for missing values
        changes = class_changes(steps)
        mixes = [] if fade is None else fade.mixes((fills[a], fills[b]) for a, b in changes)[:_MOST_MIXES]
        self._settle(mixes, self._header.draw(steps[0], at_least=at_least[0]))

    @property
    def legend_box(self) -> tuple[slice, slice]:
        """The rows and columns of the legend."""
        key = self.chart.ax.get_legend()
        if key is None:
            return slice(0), slice(0)
        box = key.get_window_extent()
        return slice(round(self.size[1] - box.y1), round(self.size[1] - box.y0)), slice(round(box.x0), round(box.x1))

    def draw(self, number: int, step: Frame) -> Pixels:
        """Return a frame as palette numbers, shape (height, width)."""
        picture = np.empty(self.size[::-1], dtype=np.uint8)
        for painter in self.painters:
            painter.paint(picture, number, self)
        top = self.board.header_top
        header = self._header.draw(step, at_least=self._at_least[number])
        picture[top : top + self._header.height] = self.palette.numbers(header)
        top, bottom = self.board.strip
        cut, cursor = self._cuts[number], self._cursors[number]
        picture[top:bottom, cut:] = self._ahead[:, cut:]
        line = picture[top:bottom, cursor : cursor + max(round(2 * self._scale), 1)]
        line[line == self.palette.number(PAPER)] = self.palette.number(CITY)  # behind names and lines
        line[-round(_BARS * self._scale) :] = self.palette.number(CITY)
        return picture

    @property
    def sharp(self) -> list[slice]:
        """Rows of the header and of the curve, which a cross-fade does not blend."""
        top = self.board.header_top
        return [slice(top, top + self._header.height), slice(*self.board.strip)]

    def rims(self, number: int, count: int) -> FloatArray:
        """Return the radii of the circles of a frame around each place; cities come first, other places have 0."""
        rims = np.zeros(count)
        for own in (painter.rims(number) for painter in self.painters):
            rims[: len(own)] = np.maximum(rims[: len(own)], own)
        return rims

    def added(self, artists: "Sequence[Artist]") -> "Sequence[Artist]":
        """Add artists to the map, and return them."""
        for artist in artists:
            self.chart.ax.add_artist(artist)
        return artists

    def _draw_curve(self, panel: pd.DataFrame, lanes: InterventionLanes, texts: HeaderText) -> None:
        totals, unobserved = curve_data(panel)
        curve = self.board.curve
        self._bars: Any = draw_curve(curve, totals, unobserved, lanes, missing_label=texts.missing_label)
        ends = np.column_stack([row_edges(totals), np.zeros(len(totals) + 1)])
        edges = curve.transData.transform(ends)[:, 0].round().astype(int)
        self._cuts, self._cursors = edges[1:], (edges[1:] + edges[:-1]) // 2

    def _settle(self, mixes: Sequence[str], header: Rgb) -> None:
        """Let the painters draw what stays the same, and the curve with future bars; then choose the palette."""
        pictures = [header, *(picture for painter in self.painters for picture in painter.place(self))]
        self._bars.set_facecolor(BAR_AHEAD)
        top, bottom = self.board.strip
        ahead = self.board.picture()[top:bottom]
        own = [color for painter in self.painters for color in painter.colors]
        shades = np.linspace(0, 1, 17)[:, None]
        for color in (CITY, INK, *(color for painter in self.painters for color in painter.blended)):
            mix = np.array(as_rgb(color)) * shades + np.array(as_rgb(PAPER)) * (1 - shades)
            pictures.append(mix.round().astype(np.uint8))
        usual = [PAPER, INK, MUTED, CITY, BAR, BAR_AHEAD, LAND, WATER, MISSING_HATCH]
        self.palette = Palette([*usual, *own, *mixes], [*pictures, ahead])
        self._ahead = self.palette.numbers(ahead)
        for painter in self.painters:
            painter.settle(self.palette)


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
