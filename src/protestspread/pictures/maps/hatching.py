"""Hatches over colored regions: sums that are lower bounds keep their color."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...arrays import FloatArray
from ..style.theme import hatch_color

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

_PITCH, _WIDTH = 7.0, 1.6  # pixels at 100 dots per inch


def hatches(
    ax: "Axes",
    paths: Sequence[Any],
    class_index: npt.NDArray[np.int8],
    colors: Sequence[str],
    hatched: npt.NDArray[np.bool_],
    *,
    zorder: float,
) -> "Iterable[Artist]":
    """Return lines at 45 degrees over the paths that are hatched, in the style for the color of their class."""
    from matplotlib.collections import LineCollection
    from matplotlib.path import Path

    chosen: dict[str, list[Any]] = {}
    for row in np.flatnonzero(hatched).tolist():
        chosen.setdefault(hatch_color(colors[class_index[row]]), []).append(paths[row])
    lines = _lines(ax) if chosen else []
    for color, shapes in chosen.items():
        style: dict[str, Any] = {"colors": color, "linewidth": _WIDTH * 0.72, "capstyle": "butt"}
        drawn = LineCollection(lines, zorder=zorder, gid="at least", transform=ax.transData, **style)
        drawn.set_clip_path(Path.make_compound_path(*shapes), transform=ax.transData)
        yield drawn


def _lines(ax: "Axes") -> list[FloatArray]:
    """Return lines across the axes in data coordinates, each of shape (2, 2)."""
    area, step = ax.get_window_extent(), _PITCH * np.sqrt(2) * ax.figure.dpi / 100
    left = np.arange(area.x0 - area.height, area.x1, step)
    ends = np.stack([left, np.full_like(left, area.y0), left + area.height, np.full_like(left, area.y1)], axis=-1)
    return list(np.asarray(ax.transData.inverted().transform(ends.reshape(-1, 2))).reshape(-1, 2, 2))
