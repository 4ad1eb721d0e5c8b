"""One place for colors, fonts and words, so that stills, animations and web maps look alike."""

import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from ...errors import DataError, DataWarning

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

_LAST_RESORT = "Last Resort High-Efficiency"
FONTS: Sequence[str] = (
    *("DejaVu Sans", "Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC", "Noto Sans CJK JP"),
    *(f"Noto Sans {script}" for script in ("Devanagari", "Bengali", "Tamil", "Sinhala", "Thai", "Myanmar", "Khmer")),
    *("Noto Sans Ethiopic", _LAST_RESORT),
)
"""Tried in this order for every character, where they are installed.

DejaVu (Latin, Cyrillic with Kazakh, Greek, Arabic, Hebrew, Georgian, Armenian) comes with matplotlib. So does, since
3.11, the last one, whose boxes show the script of letters that no other has; before, matplotlib adds a warning a letter
of its own. Arabic is joined and runs from right to left since 3.11, too.
"""
_CJK = frozenset({"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "BOPOMOFO"})

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


def code_text(kind: str) -> str:
    """Return a code as words: "state_of_emergency" -> "state of emergency".

    Examples
    --------
    >>> code_text("csto_request")
    'CSTO request'
    """
    return " ".join("CSTO" if word == "csto" else word for word in kind.split("_"))


def unit_text(unit: str, total: float) -> str:
    """Return what is counted: one event, two events."""
    return unit.removesuffix("s") if total == 1 else unit


def number_text(number: float, digits: int = 15) -> str:
    """Write a number as readers do: thousands apart, a true minus, no exponent, no needless zeros, no more digits than asked.

    Examples
    --------
    >>> number_text(-1234.0), number_text(0.00012345, digits=3)
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


@cache
def _drawable() -> frozenset[int]:
    """Return the code points that the installed fonts can draw, the last resort apart."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    names = [font for font in _installed_fonts() if font != _LAST_RESORT]
    return frozenset().union(*(get_font(findfont(FontProperties(family=name))).get_charmap() for name in names))


def missing_scripts(text: str) -> dict[str, str]:
    """Return the scripts of letters that no installed font can draw, and what to install for each.

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
    """Return "bold", but "normal" where only the last resort can draw some letters.

    Examples
    --------
    >>> title_weight("Ақтау")
    'bold'
    """
    return "normal" if missing_scripts(text) else "bold"


@contextmanager
def editable_text() -> Iterator[None]:
    """Keep text as text in the SVG and PDF files saved within, so that an editor of drawings can change it.

    Otherwise matplotlib saves letters as outlines in SVG, and in PDF as a font of its own that editors cannot use
    (type 3). An SVG with text needs its fonts where it is opened: DejaVu Sans, or whatever the reader has.

    Yields
    ------
    None
        Within the block, for figures of any origin; afterwards matplotlib's settings are what they were.

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
    """Return options for a matplotlib text that is drawn as it stands: a dollar sign in a name is not markup."""
    fonts = _installed_fonts()
    if options.get("weight") == "bold":  # there is no bold last resort, and matplotlib would log that
        fonts = tuple(font for font in fonts if font != _LAST_RESORT)
    return {
        "fontsize": size,
        "family": fonts,
        "color": INK,
        "parse_math": False,
        "usetex": False,
    } | options
