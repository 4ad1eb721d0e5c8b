"""Colors of ascending classes: own ramps, and those of matplotlib."""

import warnings
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ...arguments import Arguments
from ...arrays import FloatArray
from ...errors import DataError, DataWarning, must_be
from .theme import DARK_COLORS, DEFAULT_CMAP, RAMPS, ZERO_FILL

_REFUSED = frozenset(
    ["jet", "rdylgn", "hsv", "rainbow", "gist_rainbow", "nipy_spectral", "gist_ncar", "turbo", "prism", "flag", "brg"]
)
_DIVERGING = frozenset(
    [
        "PuOr",
        "BrBG",
        "RdBu",
        "RdYlBu",
        "PiYG",
        "PRGn",
        "RdGy",
        "coolwarm",
        "bwr",
        "seismic",
        "berlin",
        "managua",
        "vanimo",
    ]
)


def ramp(k: int, cmap: str = DEFAULT_CMAP, *, dark: bool = False) -> list[str]:
    """Return `k` colors for ascending classes, as ``#rrggbb``.

    Parameters
    ----------
    k
        The number of classes.
    cmap
        "protest" (counts), "first_day" (the last color is the earliest day), "probability", "negative", or the name of
        a matplotlib color map. Rainbow and red–green color maps are replaced by the default with a warning: they have
        no readable order, least of all for color-blind readers.
    dark
        Colors for a dark background, on which low values are dark.

    Raises
    ------
    DataError
        `cmap` is not the name of a color map.

    Notes
    -----
    Own ramps are interpolated in CIELAB. Their steps, that from zero included, are at least 11.5 L* for up to five classes
    and at least 5.7 L* for up to nine, also in simulated deuteranopia (G. M. Machado, M. M. Oliveira, L. A. F. Fernandes
    2009, IEEE Transactions on Visualization and Computer Graphics 15:1291, doi:10.1109/TVCG.2009.113).

    Examples
    --------
    >>> ramp(3)
    ['#fdc97c', '#d4681c', '#752a14']
    """
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    cmap = _readable(cmap)
    shares = np.linspace(0, 1, k) if k > 1 else np.array([0.5])
    if cmap in RAMPS:
        colors = list(RAMPS[cmap][dark])
        return colors if k == len(colors) else _even(colors, shares)
    first, last = (0.2, 0.97) if cmap == "YlOrBr" else (0.08, 0.95)
    colors = [str(to_hex(color)) for color in mpl.colormaps[cmap](first + (last - first) * shares)]
    return colors[::-1] if dark else colors


class ClassLimits(Protocol):
    """What colors depend on of `Classes`."""

    @property
    def upper(self) -> tuple[float, ...]: ...  # noqa: D102
    @property
    def k(self) -> int: ...  # noqa: D102
    @property
    def cmap(self) -> str: ...  # noqa: D102


def class_colors(classes: ClassLimits, cmap: str = DEFAULT_CMAP, *, dark: bool = False) -> list[str]:
    """Return the colors of classes 0, 1, ... k of a map.

    The default color map is that of the classes. Where limits are below zero, the default and diverging color maps of matplotlib put their middle at zero: classes
    equally far from zero are equally strong, and a class that holds both signs has the color of zero.
    """
    zero = DARK_COLORS["zero"] if dark else ZERO_FILL
    cmap = classes.cmap if cmap == DEFAULT_CMAP else cmap
    below = sum(limit <= 0 for limit in classes.upper)
    cmap = _readable(cmap)
    if not any(limit < 0 for limit in classes.upper) or cmap not in (DEFAULT_CMAP, *_DIVERGING, *_reversed(_DIVERGING)):
        return [zero, *ramp(classes.k, cmap, dark=dark)]
    middle = [] if 0 in classes.upper else [zero]
    above = classes.k - below - len(middle)
    side = max(below, above)
    if cmap == DEFAULT_CMAP:
        low, high = (ramp(side, name, dark=dark) for name in ("negative", cmap))
    else:
        both = ramp(2 * side + 1, cmap)
        low, high = both[:side][::-1], both[side + 1 :]
    return [zero, *low[:below][::-1], *middle, *high[:above]]


def _reversed(names: "frozenset[str]") -> list[str]:
    return [f"{name}_r" for name in names]


def _readable(cmap: str) -> str:
    """Return the name of a color map, the default instead of one that has no readable order."""
    import matplotlib as mpl

    with Arguments() as check:
        check.text("cmap", cmap)
    if cmap.lower().removesuffix("_r") in _REFUSED:
        message = f"cmap {cmap!r} has no readable order; {DEFAULT_CMAP!r} is used instead"
        warnings.warn(DataWarning(message), stacklevel=3)
        return DEFAULT_CMAP
    if cmap not in RAMPS and cmap not in mpl.colormaps:
        raise DataError(
            must_be("cmap", f"one of {', '.join(RAMPS)}, or the name of a matplotlib color map", cmap),
            fix="pass 'protest', or a sequential color map such as 'YlOrBr', 'cividis_r' or 'Blues' (see matplotlib.colormaps)",
        )
    return cmap


_TO_XYZ = np.array(  # of linear sRGB, with the white point D65 as unit
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
) / np.array([[0.95047], [1.0], [1.08883]])


def _even(colors: Sequence[str], shares: FloatArray) -> list[str]:
    """Return the colors of a ramp at shares of its way in lightness."""
    lab = _to_lab(colors)
    way = (lab[:, 0] - lab[0, 0]) / (lab[-1, 0] - lab[0, 0])
    return _from_lab(np.column_stack([np.interp(shares, way, part) for part in lab.T]))


def _to_lab(colors: Sequence[str]) -> FloatArray:
    rgb = np.array([[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors]) / 255
    xyz = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4) @ _TO_XYZ.T
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116).T
    return np.column_stack([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _from_lab(lab: FloatArray) -> list[str]:
    y = (lab[:, 0] + 16) / 116
    f = np.column_stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200])
    linear = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) @ np.linalg.inv(_TO_XYZ).T
    linear = np.clip(linear, 0, 1)
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return ["#" + "".join(f"{round(255 * float(part)):02x}" for part in row) for row in rgb]
