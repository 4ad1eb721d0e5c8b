"""Boxes of insets on a map: their frames, names and scale bars."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..layout.insets import Inset
from ..layout.labels import Box, FreeSpace, draw_name, text_size
from ..style.theme import INSET_BORDER, LAND, PAPER
from .basemap import MapView, draw_bar, scale_bar

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE, _EDGE = 6.5, 5.0  # points; pixels between the frame and what stands in it


def draw_boxes(ax: "Axes", view: MapView, insets: Sequence[Inset], room: FreeSpace, *, on_land: bool) -> None:
    """Draw the box of each inset, and reserve the space of its name and scale bar."""
    from matplotlib.patches import Rectangle

    scale = ax.figure.dpi / 100
    fill = LAND if on_land else PAPER
    for inset in insets:
        left, low, right, top = inset.box
        ax.add_patch(
            Rectangle((left, low), right - left, top - low, facecolor=fill, edgecolor=INSET_BORDER, linewidth=0.8,
                      zorder=1.5, gid="inset"),
        )  # fmt: skip
        (left, low), (right, top) = view.pixels([(left, low), (right, top)])
        edge = _EDGE * min(scale, (right - left) / 60)
        width = right - left - 2 * edge
        name, (wide, high) = _fitted(ax, inset.name, width)
        if name:
            _reserved(room, (left + edge, top - edge - high, left + edge + wide, top - edge))
            draw_name(ax, name, (left + edge, top - edge - high, left + edge + wide, top - edge), _SIZE, weight="bold")
        bar = _draw_scale(ax, view, inset, (left + edge, low + edge, right - edge))
        if bar is not None:
            _reserved(room, bar)


def _draw_scale(ax: "Axes", view: MapView, inset: Inset, line: tuple[float, float, float]) -> Box | None:
    """Draw a scale bar with its label behind it, between the ends of a line: left, bottom and right in pixels."""
    left, low, right = line
    scale = ax.figure.dpi / 100
    for share in (0.4, 0.25, 0.15):
        length, label = scale_bar(view.unit / inset.scale / 1000, min(share * (right - left), 60 * scale))
        wide, high = text_size(ax, label, _SIZE)
        if length + 4 * scale + wide <= right - left:
            start = left + length + 4 * scale
            draw_bar(ax, view, (left, low, left + length, low + 4 * scale), gid="inset scale bar")
            draw_name(ax, label, (start, low - 2 * scale, start + wide, low + high - 2 * scale), _SIZE)
            return left, low - 2 * scale, start + wide, low + high
    return None


def _fitted(ax: "Axes", name: str, width: float) -> tuple[str, tuple[float, float]]:
    """Return a name, cut where it is too long for its box, and its size; empty where nothing fits."""
    for length in range(len(name), 0, -1):
        cut = name if length == len(name) else f"{name[:length].rstrip(' ,')}…"
        size = text_size(ax, cut, _SIZE, weight="bold")
        if size[0] <= width:
            return cut, size
    return "", (0.0, 0.0)


def _reserved(room: FreeSpace, box: Box) -> None:
    room.reserve((box[0] - 2, box[1] - 2, box[2] + 2, box[3] + 2))
