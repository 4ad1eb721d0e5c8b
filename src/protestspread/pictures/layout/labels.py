"""Greedy placement of labels in pixels, without overlap and within the picture."""

import textwrap
import warnings
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from ...errors import DataWarning
from ..style.theme import PAPER, missing_scripts, plain_text, printable, title_weight

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels
Size = tuple[float, float]
TITLE_SIZE = 11.0
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
    common = plain_text(size, ha="center", va="center", clip_on=False, linespacing=1.05) | options
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
