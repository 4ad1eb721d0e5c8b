"""Texts and legends of pictures: their fonts and sizes, and names placed in pixels without overlap."""

import textwrap
import unicodedata
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from ...errors import DataWarning
from ...layers import Key, Symbol
from ..style.text import printable, say
from ..style.theme import COLORS, INK, PAPER

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.legend import Legend

Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels
Size = tuple[float, float]
TITLE_SIZE, KEY_SIZE = 11.0, 7.5
PRINT_DPI = 300  # of figures made to measure: letters are as wide in the layout as in the file
_WARNED: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # figure -> scripts it has warned of
_AROUND = [
    *((1, 0), (-1, 0), (0, 1), (0, -1)),
    *((1, 0.5), (1, -0.5), (-1, 0.5), (-1, -0.5), (0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1)),
    *((1, 1), (1, -1), (-1, 1), (-1, -1)),
]


class FreeSpace:
    """The free space of a picture.

    Parameters
    ----------
    zone
        The box in which labels are placed.
    taken
        Boxes that are occupied from the start.
    """

    def __init__(self, zone: Box, taken: npt.ArrayLike = ()) -> None:
        self.zone = zone
        self._taken = np.array(taken, dtype=float).reshape(-1, 4)

    def is_free(self, box: Box) -> bool:
        """Return whether a box lies in the zone and overlaps no occupied box."""
        left, bottom, right, top = box
        if left < self.zone[0] or bottom < self.zone[1] or right > self.zone[2] or top > self.zone[3]:
            return False
        other = self._taken
        return not ((other[:, 0] < right) & (other[:, 2] > left) & (other[:, 1] < top) & (other[:, 3] > bottom)).any()

    def reserve(self, box: Box) -> None:
        """Mark a box as occupied."""
        self._taken = np.vstack([self._taken, box])

    def reserve_first(self, boxes: Iterable[Box]) -> Box | None:
        """Reserve and return the first free box, or return None."""
        free = next((box for box in boxes if self.is_free(box)), None)
        if free is not None:
            self.reserve(free)
        return free


def around(x: float, y: float, reach: float) -> Box:
    """Return the square centered at a point."""
    return x - reach, y - reach, x + reach, y + reach


def beside(x: float, y: float, reach: float, size: Size) -> Iterator[Box]:
    """Yield boxes for a name next to a mark: right, left, above, below, then shifted, then at the corners."""
    width, height = size
    for across, up in _AROUND:
        slack = reach * (0.75 if abs(across) == abs(up) else 1)
        left = x - width / 2 + across * (slack + width / 2)
        bottom = y - height / 2 + up * (slack + height / 2)
        yield left, bottom, left + width, bottom + height


def within(shape: shapely.Geometry, size: Size) -> Iterator[Box]:
    """Yield boxes for a name inside the largest part of a polygon, from its center outward."""
    part = max(shapely.get_parts(shape), key=shapely.area)
    middle = shapely.centroid(part)
    if not shapely.contains(part, middle):
        middle = shapely.get_point(shapely.maximum_inscribed_circle(part, tolerance=1.0), 0)
    x, y = shapely.get_coordinates(middle)[0]
    left, bottom, right, top = shapely.bounds(part)
    columns, rows = (np.linspace(low, high, 17) for low, high in ((left, right), (bottom, top)))
    centers = np.vstack([(x, y), np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)])
    centers = centers[np.argsort(np.hypot(*(centers - (x, y)).T), kind="stable")]
    low, high = centers - np.divide(size, 2), centers + np.divide(size, 2)
    shapely.prepare(part)
    fits = shapely.contains(part, shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]))
    for (west, south), (east, north) in zip(low[fits], high[fits], strict=True):
        yield float(west), float(south), float(east), float(north)


def warn_of_missing(ax: "Axes", text: str) -> None:
    """Warn once per figure and script about letters that no installed font can draw."""
    warned = _WARNED.setdefault(ax.figure, set())
    for script, package in missing_scripts(text).items():
        if script not in warned:
            warned.add(script)
            what = f"no installed font can draw {script} letters ({text!r}); they are drawn as boxes"
            warnings.warn(
                DataWarning(f"{what}. Install a font for this script (on Debian and Ubuntu: {package})"), stacklevel=2
            )


def text_size(ax: "Axes", text: str, size: float, **options: Any) -> Size:
    """Return the width and height of a text in pixels; warn about letters that cannot be drawn."""
    text = printable(text)
    warn_of_missing(ax, text)
    artist = ax.text(0, 0, text, transform=None, **plain_text(size, **options))
    box = artist.get_window_extent()
    artist.remove()
    return float(box.width), float(box.height)


def wrapped(ax: "Axes", text: str, size: float, width: float, **options: Any) -> str:
    """Break a text into lines at most `width` pixels wide, splitting words that are too long."""
    text = printable(text)
    columns = max(int(1.2 * len(text) * width / max(text_size(ax, text.replace("\n", " "), size, **options)[0], 1)), 1)
    while True:
        lines = "\n".join(line for part in text.splitlines() for line in textwrap.wrap(part, columns) or [""])
        if columns == 1 or text_size(ax, lines, size, **options)[0] <= width:
            return lines
        columns = min(columns - 1, int(columns * 0.97))


def paragraph(parts: Iterable[str | None]) -> str:
    """Join notes into one text, ending each with a period."""
    texts = [part.strip() for part in map(printable, filter(None, parts)) if part.strip()]
    return " ".join(text if text[-1] in ".!?…" else f"{text}." for text in texts)


def title_axes(ax: "Axes", title: str | None) -> None:
    """Write a wrapped, left-aligned title above axes."""
    if title is not None:
        style = {"weight": title_weight(title)}
        ax.set_title(
            wrapped(ax, title, TITLE_SIZE, ax.get_window_extent().width, **style),
            loc="left",
            y=1.0,
            **plain_text(TITLE_SIZE, **style),
        )


def title_height(ax: "Axes", title: str | None, width: float) -> float:
    """Return the height in inches of a title above axes, wrapped to a width in pixels."""
    if not title:
        return 0.08
    return 0.08 + 0.22 * (wrapped(ax, title, TITLE_SIZE, width, weight=title_weight(title)).count("\n") + 1)


def draw_name(ax: "Axes", text: str, box: Box, size: float, **options: Any) -> "list[Artist]":
    """Draw a name with a halo in a box given in pixels of the figure; it moves with the map.

    The halo is a separate artist, so that the name itself stays text in SVG and PDF.
    """
    from matplotlib.patheffects import Stroke

    text = printable(text)
    x, y = ax.transData.inverted().transform(((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
    common = plain_text(size, **({"ha": "center", "va": "center", "clip_on": False, "linespacing": 1.05} | options))
    halo = ax.text(
        x, y, text, zorder=5.9, path_effects=[Stroke(linewidth=0.3 * size, foreground=PAPER)], gid="halo", **common
    )
    name = _name_type()(x, y, text, zorder=6, **common)
    ax.add_artist(name)
    return [halo, name]


@cache
def _name_type() -> Any:
    """Return a text class whose letters are aligned with their halo."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.patheffects import Normal
    from matplotlib.text import Text

    class Name(Text):
        """Text drawn as outlines in raster images, like its halo: hinted letters would drift away from it."""

        _outlined = False

        def draw(self, renderer: Any, *args: Any, **kwargs: Any) -> None:
            self._outlined = isinstance(renderer, RendererAgg)
            super().draw(renderer, *args, **kwargs)

        def get_path_effects(self) -> Any:
            return [Normal()] if self._outlined else []

    return Name


_LAST_RESORT = "Last Resort High-Efficiency"


FONTS: Sequence[str] = (
    *("DejaVu Sans", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", "Noto Sans CJK JP"),
    *(f"Noto Sans {script}" for script in ("Devanagari", "Bengali", "Tamil", "Sinhala", "Thai", "Myanmar", "Khmer")),
    *("Noto Sans Ethiopic", _LAST_RESORT),
)
"""Fonts tried in this order for every character, if installed.

DejaVu (Latin, Cyrillic with Kazakh, Greek, Arabic, Hebrew, Georgian, Armenian) comes with matplotlib. Since matplotlib
3.11, so does the last font, whose boxes show the script of letters that no other font has; earlier versions warn once
per missing letter. Arabic letters are joined and run from right to left since 3.11, too.
"""


_CJK = frozenset({"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "BOPOMOFO"})


@cache
def _installed_fonts() -> tuple[str, ...]:
    from matplotlib.font_manager import get_font_names

    there = set(get_font_names())
    return tuple(font for font in FONTS if font in there)


@cache
def _drawable() -> frozenset[int]:
    """Return the code points that the installed fonts can draw, without the last-resort font."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    names = [font for font in _installed_fonts() if font != _LAST_RESORT]
    return frozenset().union(*(get_font(findfont(FontProperties(family=name))).get_charmap() for name in names))


def missing_scripts(text: str) -> dict[str, str]:
    """Return the scripts that no installed font can draw, and the package to install for each.

    Examples
    --------
    >>> missing_scripts("Қызылорда, ألماتي")
    {}
    """
    if text.isascii():
        return {}
    lost = [c for c in text if ord(c) not in _drawable() and not unicodedata.category(c).startswith("C")]
    scripts = dict.fromkeys(unicodedata.name(c, "UNNAMED").split()[0].split("-")[0] for c in lost)
    return {script: "fonts-noto-cjk" if script in _CJK else "fonts-noto-core" for script in scripts}


def title_weight(text: str) -> str:
    """Return "bold", or "normal" where only the last-resort font can draw some letters.

    Examples
    --------
    >>> title_weight("Ақтау")
    'bold'
    """
    return "normal" if missing_scripts(text) else "bold"


@contextmanager
def editable_text() -> Iterator[None]:
    """Save text as editable text in SVG and PDF files within a ``with`` block.

    By default, matplotlib saves letters as outlines in SVG and as type 3 fonts in PDF, which graphics editors cannot
    edit. An SVG file with text needs its fonts on the computer that opens it: DejaVu Sans, or a substitute.

    Yields
    ------
    None
        The settings hold within the block, for any matplotlib figure, and are restored afterwards.

    Examples
    --------
    >>> import io
    >>> from matplotlib.figure import Figure
    >>> import protestspread as ps
    >>> figure, file = Figure(), io.StringIO()
    >>> _ = figure.text(0.5, 0.5, "Ақтау")
    >>> with ps.editable_text():
    ...     figure.savefig(file, format="svg")
    >>> "Ақтау</text>" in file.getvalue()
    True
    """
    import matplotlib as mpl

    with mpl.rc_context({"svg.fonttype": "none", "pdf.fonttype": 42, "ps.fonttype": 42}):
        yield


def plain_text(size: float, **options: Any) -> dict[str, Any]:
    """Return options for matplotlib text without markup: a dollar sign in a name stays a dollar sign."""
    fonts = _installed_fonts()
    if options.get("weight") == "bold":  # the last-resort font has no bold face, and matplotlib would log that
        fonts = tuple(font for font in fonts if font != _LAST_RESORT)
    return {
        "fontsize": size,
        "family": fonts,
        "color": INK,
        "parse_math": False,
        "usetex": False,
    } | options


HATCH = "////"


MARKS = {"circle": "o", "square": "s", "cross": "x", "none": ""}


def entries_of(keys: Iterable[Key], colors: Sequence[str] = ()) -> list[tuple[Any, str]]:
    """Return a handle and a label for each key of a legend; `colors` are those of classes 0, 1, ... k."""
    return [(_handle(key.symbol, colors), printable(say(key.label))) for key in keys]


def _handle(symbol: Symbol | tuple[Symbol, ...], colors: Sequence[str]) -> Any:
    from matplotlib.colors import to_rgb
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    if isinstance(symbol, tuple):
        return tuple(_handle(one, colors) for one in symbol)
    color = colors[symbol.color] if isinstance(symbol.color, int) else COLORS.get(symbol.color, symbol.color)
    edge, width = COLORS.get(symbol.edge, symbol.edge), symbol.edge_width
    if symbol.hatched:
        return (
            Patch(facecolor=color, edgecolor=edge, linewidth=width),
            Patch(facecolor="none", edgecolor=(*to_rgb(INK), 0.5), hatch="///", linewidth=0),
        )
    if symbol.shape == "area":
        return Patch(
            facecolor=color, edgecolor=edge, linewidth=width, hatch=HATCH if symbol.color == "missing" else None
        )
    if symbol.shape in ("line", "band"):
        ends: dict[str, Any] = {"solid_capstyle": "butt"} if symbol.shape == "band" else {}
        return Line2D([], [], color=color, linewidth=symbol.size, linestyle=symbol.dash, alpha=symbol.alpha, **ends)
    return Line2D([], [], linestyle="", **mark_style(symbol))


def mark_style(symbol: Symbol) -> dict[str, Any]:
    """Return the options of matplotlib for a mark."""
    color, edge = (COLORS.get(name, name) for name in (str(symbol.color), symbol.edge))
    return {
        "marker": MARKS[symbol.shape],
        "markersize": symbol.size,
        "markerfacecolor": color,
        "markeredgecolor": color if symbol.shape == "cross" else edge,
        "markeredgewidth": symbol.edge_width,
        "alpha": symbol.alpha,
    }


def draw_legend(ax: "Axes", entries: Sequence[tuple[Any, str]], title: str, *, columns: int = 1) -> "Legend":
    """Add a legend to axes; the caller moves it to its place."""
    handles, labels = [handle for handle, _ in entries], [printable(label) for _, label in entries]
    title = printable(title)
    warn_of_missing(ax, " ".join([title, *labels]))
    legend = ax.legend(
        handles,
        [f"\u200b{label}" if label.startswith("_") else label for label in labels],
        alignment="left",
        ncols=columns,
        columnspacing=1.2,
        loc="lower right",
        fontsize=KEY_SIZE,
        handlelength=1.5,
        handleheight=1.1,
        labelspacing=0.35,
        borderpad=0.7,
        framealpha=0.92,
        facecolor=PAPER,
        edgecolor="#d5d8dc",
        title=title or None,
    )
    for label in legend.get_texts():
        label.set(**plain_text(KEY_SIZE))
    legend.get_title().set(**plain_text(KEY_SIZE, weight=title_weight(title)))
    legend.set_zorder(7)
    return legend


def row_of_keys(draw: Callable[[int], "Artist"], count: int, width: float) -> tuple[int, Size]:
    """Return the number of columns of a legend in as few rows as a width allows, and its size."""
    for columns in range(count, 0, -1):
        size = extent_of_artist(draw(columns))
        if size[0] <= width:
            break
    return columns, size


def extent_of_artist(key: "Artist") -> Size:
    """Return the width and height of an artist in pixels."""
    box = key.get_window_extent()
    return float(box.width), float(box.height)
