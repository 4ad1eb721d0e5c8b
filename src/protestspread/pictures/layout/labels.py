"""Where names go: greedy, in pixels, never over one another, never out of the picture."""

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
from ..style.theme import PAPER, missing_scripts, plain_text, title_weight

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Box = tuple[float, float, float, float]  # left, bottom, right, top, in pixels
Size = tuple[float, float]
TITLE_SIZE = 11.0
_SAID: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()  # figure -> scripts it was said of
_AROUND = [
    *((1, 0), (-1, 0), (0, 1), (0, -1)),
    *((1, 0.5), (1, -0.5), (-1, 0.5), (-1, -0.5), (0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1)),
    *((1, 1), (1, -1), (-1, 1), (-1, -1)),
]


class FreeSpace:
    """What is still free in a picture.

    Parameters
    ----------
    zone
        Nothing may leave it.
    taken
        Boxes that are there already.
    """

    def __init__(self, zone: Box, taken: npt.ArrayLike = ()) -> None:
        self.zone = zone
        self._taken = np.array(taken, dtype=float).reshape(-1, 4)

    def is_free(self, box: Box) -> bool:
        """Whether a box lies in the zone and touches nothing."""
        left, bottom, right, top = box
        if left < self.zone[0] or bottom < self.zone[1] or right > self.zone[2] or top > self.zone[3]:
            return False
        other = self._taken
        return not ((other[:, 0] < right) & (other[:, 2] > left) & (other[:, 1] < top) & (other[:, 3] > bottom)).any()

    def reserve(self, box: Box) -> None:
        """Hold a box free for what is drawn there."""
        self._taken = np.vstack([self._taken, box])

    def reserve_first(self, boxes: Iterable[Box]) -> Box | None:
        """Take the first of some boxes that is free, if any."""
        found = next((box for box in boxes if self.is_free(box)), None)
        if found is not None:
            self.reserve(found)
        return found


def around(x: float, y: float, reach: float) -> Box:
    """Return the square with its centre at a point."""
    return x - reach, y - reach, x + reach, y + reach


def beside(x: float, y: float, reach: float, size: Size) -> Iterator[Box]:
    """Offer boxes for a name beside a mark: right and left of it, above and below, then shifted, then at the corners."""
    width, height = size
    for across, up in _AROUND:
        slack = reach * (0.75 if abs(across) == abs(up) else 1)
        left = x - width / 2 + across * (slack + width / 2)
        bottom = y - height / 2 + up * (slack + height / 2)
        yield left, bottom, left + width, bottom + height


def within(shape: shapely.Geometry, size: Size) -> Iterator[Box]:
    """Offer boxes for a name inside the largest part of a polygon, from its middle outwards."""
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
    """Say, once a figure and script, that no installed font can draw some letters."""
    said = _SAID.setdefault(ax.figure, set())
    for script, package in missing_scripts(text).items():
        if script not in said:
            said.add(script)
            what = f"no installed font can draw {script} letters ({text!r}), so boxes stand for them"
            warnings.warn(DataWarning(f"{what}; install a font that can, on Debian and Ubuntu {package}"), stacklevel=2)


def text_size(ax: "Axes", text: str, size: float, **options: Any) -> Size:
    """Return the width and height of a text in pixels; warn of letters that cannot be drawn."""
    warn_of_missing(ax, text)
    artist = ax.text(0, 0, text, transform=None, **plain_text(size, **options))
    box = artist.get_window_extent()
    artist.remove()
    return float(box.width), float(box.height)


def wrapped(ax: "Axes", text: str, size: float, width: float, **options: Any) -> str:
    """Break a text into lines no wider than `width` pixels, words too long for it apart."""
    columns = max(int(1.2 * len(text) * width / max(text_size(ax, text.replace("\n", " "), size, **options)[0], 1)), 1)
    while True:
        lines = "\n".join(line for part in text.splitlines() for line in textwrap.wrap(part, columns) or [""])
        if columns == 1 or text_size(ax, lines, size, **options)[0] <= width:
            return lines
        columns = min(columns - 1, int(columns * 0.97))


def paragraph(parts: Iterable[str | None]) -> str:
    """Join notes to one text, each a sentence."""
    texts = [part.strip() for part in parts if part and part.strip()]
    return " ".join(text if text[-1] in ".!?…" else f"{text}." for text in texts)


def title_axes(ax: "Axes", title: str | None) -> None:
    """Write a wrapped title above axes, from their left edge."""
    if title is not None:
        style = {"weight": title_weight(title)}
        ax.set_title(
            wrapped(ax, title, TITLE_SIZE, ax.get_window_extent().width, **style),
            loc="left",
            y=1.0,
            **plain_text(TITLE_SIZE, **style),
        )


def title_height(ax: "Axes", title: str | None, width: float) -> float:
    """Return the inches that a title of a width in pixels takes above axes."""
    if not title:
        return 0.08
    return 0.08 + 0.22 * (wrapped(ax, title, TITLE_SIZE, width, weight=title_weight(title)).count("\n") + 1)


def draw_name(ax: "Axes", text: str, box: Box, size: float, **options: Any) -> "list[Artist]":
    """Draw a name with a halo into a box of the axes' figure, in pixels from its lower left; it moves with the map.

    The halo is an artist of its own, so that the name itself stays text in SVG and PDF.
    """
    from matplotlib.patheffects import Stroke

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
    """Return a kind of text whose letters stand where those of its halo stand."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.patheffects import Normal
    from matplotlib.text import Text

    class Name(Text):
        """Drawn as an outline in pixels, as halos are: letters drawn as such are fitted to the pixels, and drift away from it."""

        _outlined = False

        def draw(self, renderer: Any, *args: Any, **kwargs: Any) -> None:
            self._outlined = isinstance(renderer, RendererAgg)
            super().draw(renderer, *args, **kwargs)

        def get_path_effects(self) -> Any:
            return [Normal()] if self._outlined else []

    return Name
