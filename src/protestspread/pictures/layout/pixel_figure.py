"""A matplotlib figure measured in pixels, without pyplot, that returns its pixels."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..animation.raster import Rgb
from ..style.theme import PAPER

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


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
