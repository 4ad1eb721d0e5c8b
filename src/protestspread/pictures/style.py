"""One place for colors, fonts and words, so that stills, animations and web maps look alike."""

import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ..errors import DataError, DataWarning

DEFAULT_CMAP = "YlOrBr"
"""Sequential, readable in print and with every common color deficiency; it stays clear of the blues that mark cities."""

INK, MUTED, PAPER = "#1b1e23", "#5c6370", "#ffffff"
ZERO_FILL = "#eceef0"  # nothing reported; never part of the ramp
MISSING_FILL, MISSING_HATCH = "#ffffff", "#9aa0a8"  # not observed: hatched
BORDER, COAST = "#8a9099", "#5c6370"
LAND, WATER = "#f6f5f1", "#d7e6f0"  # neighbours behind the map
CITY, ARROW = "#0b5cad", "#22303c"
BAR, BAR_AHEAD = "#c8752b", "#e8c29f"

INTERVENTION_COLORS: Mapping[str, str] = {
    "state_of_emergency": "#35455a",
    "curfew": "#6a7f99",
    "internet_shutdown": "#7b3fa0",
    "mobile_internet_throttling": "#a877c4",
    "troop_deployment": "#2e7d6b",
    "price_control": "#1f6fb5",
    "antiterrorist_operation": "#8c2f39",
    "government_resignation": "#444444",
}
OTHER_INTERVENTION = "#777c85"

FONTS: Sequence[str] = ("DejaVu Sans", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", "Noto Sans CJK JP")
"""Tried in this order for every character; DejaVu (Latin, Cyrillic, Kazakh) comes with matplotlib."""

_REFUSED = {
    "jet",
    "rdylgn",
    "hsv",
    "rainbow",
    "gist_rainbow",
    "nipy_spectral",
    "gist_ncar",
    "turbo",
    "prism",
    "flag",
    "brg",
}


def ramp(k: int, cmap: str = DEFAULT_CMAP) -> list[str]:
    """Return `k` colors for ascending classes, as ``#rrggbb``.

    Rainbow and red–green maps are refused with a warning, and the default drawn instead: their order cannot be read,
    by color-blind readers least of all.

    Raises
    ------
    DataError
        matplotlib knows no color map of that name.

    Notes
    -----
    Five classes of the default lie at least ΔE*ab = 15 apart, and 13 from zero, for normal sight and for simulated
    protanopia, deuteranopia and tritanopia (G. M. Machado, M. M. Oliveira, L. A. F. Fernandes 2009, IEEE Transactions
    on Visualization and Computer Graphics 15:1291, doi:10.1109/TVCG.2009.113); nine lie at least 7 apart.

    Examples
    --------
    >>> ramp(3)
    ['#feeba2', '#f27d1b', '#712806']
    """
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    if cmap.lower().removesuffix("_r") in _REFUSED:
        warnings.warn(
            DataWarning(f"the color map {cmap!r} has no readable order; {DEFAULT_CMAP} is drawn instead"), stacklevel=2
        )
        cmap = DEFAULT_CMAP
    if cmap not in mpl.colormaps:
        raise DataError(
            "nothing can be colored",
            [f"unknown color map {cmap!r}"],
            '"YlOrBr", "cividis_r", "Blues", ...: see matplotlib.colormaps',
        )
    first, last = (0.2, 0.97) if cmap == DEFAULT_CMAP else (0.08, 0.95)
    shares = [(first + last) / 2] if k == 1 else [first + (last - first) * i / (k - 1) for i in range(k)]
    return [str(to_hex(color)) for color in mpl.colormaps[cmap](shares)]


def intervention_color(kind: str) -> str:
    """Return the color that a kind of intervention has in every picture."""
    return INTERVENTION_COLORS.get(kind, OTHER_INTERVENTION)


def words(kind: str) -> str:
    """Return a code as words: "state_of_emergency" -> "state of emergency".

    Examples
    --------
    >>> words("csto_request")
    'CSTO request'
    """
    return " ".join("CSTO" if word == "csto" else word for word in kind.split("_"))


def number_words(number: float, digits: int = 15) -> str:
    """Write a number as readers do: thousands apart, a true minus, no exponent, no needless zeros, no more digits than asked.

    Examples
    --------
    >>> number_words(-1234.0), number_words(0.00012345, digits=3)
    ('−1\u202f234', '0.000123')
    """
    import numpy as np

    keep = max(digits, len(f"{abs(number):.0f}"))  # of a whole number, all
    text = np.format_float_positional(abs(number), trim="-", precision=keep, fractional=False)
    whole, _, rest = text.partition(".")
    text = f"{int(whole):,}".replace(",", "\u202f") + (f".{rest}" if rest else "")
    return f"−{text}" if number < 0 else text


@cache
def _installed_fonts() -> tuple[str, ...]:
    from matplotlib.font_manager import get_font_names

    there = set(get_font_names())
    return tuple(font for font in FONTS if font in there)


def plain_text(size: float, **options: Any) -> dict[str, Any]:
    """Return options for a matplotlib text that is drawn as it stands: a dollar sign in a name is not markup."""
    return {
        "fontsize": size,
        "family": _installed_fonts(),
        "color": INK,
        "parse_math": False,
        "usetex": False,
    } | options
