"""Colors, fonts and number formats shared by stills, animations and web maps."""

import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from ...arguments import Arguments
from ...errors import DataError, DataWarning, must_be

DEFAULT_CMAP = "YlOrBr"
"""Sequential, readable in print and with every common color vision deficiency; distinct from the blue of cities."""

INK, MUTED, PAPER = "#1b1e23", "#5c6370", "#ffffff"
ZERO_FILL = "#eceef0"  # nothing reported; never part of the ramp
MISSING_FILL, MISSING_HATCH = "#ffffff", "#9aa0a8"  # not observed: hatched
BORDER, COAST = "#8a9099", "#5c6370"
LAND, WATER = "#f6f5f1", "#d7e6f0"  # neighboring countries and water behind the map
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
FLOW = INTERVENTION_COLORS["troop_deployment"]

COLORS: Mapping[str, str] = {
    "ink": INK, "muted": MUTED, "paper": PAPER, "zero": ZERO_FILL, "missing": MISSING_FILL, "hatch": MISSING_HATCH, "border": BORDER,
    "coast": COAST, "land": LAND, "water": WATER, "city": CITY, "arrow": ARROW, "bar": BAR, "ahead": BAR_AHEAD,
    "flow": FLOW, "flow_band": "#b0cec7",
}  # fmt: skip
"""The names by which layers call colors."""
PAGE_COLORS = {
    name: COLORS[name]
    for name in ("ink", "muted", "paper", "zero", "hatch", "coast", "land", "city", "arrow", "bar", "ahead")
} | {"edge": BORDER, "sea": WATER}
"""Colors as variables of the web map, which has others for dark screens."""

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

    Rainbow and red–green color maps are replaced by the default with a warning: they have no readable order, least of
    all for color-blind readers.

    Raises
    ------
    DataError
        `cmap` is not the name of a matplotlib color map.

    Notes
    -----
    Five classes of the default are at least ΔE*ab = 15 apart, and 13 from zero, for normal vision and for simulated
    protanopia, deuteranopia and tritanopia (G. M. Machado, M. M. Oliveira, L. A. F. Fernandes 2009, IEEE Transactions
    on Visualization and Computer Graphics 15:1291, doi:10.1109/TVCG.2009.113); nine classes are at least 7 apart.

    Examples
    --------
    >>> ramp(3)
    ['#feeba2', '#f27d1b', '#712806']
    """
    import matplotlib as mpl
    from matplotlib.colors import to_hex

    with Arguments() as check:
        check.text("cmap", cmap)
    if cmap.lower().removesuffix("_r") in _REFUSED:
        warnings.warn(
            DataWarning(f"cmap {cmap!r} has no readable order; {DEFAULT_CMAP!r} is used instead"), stacklevel=2
        )
        cmap = DEFAULT_CMAP
    if cmap not in mpl.colormaps:
        raise DataError(
            must_be("cmap", "the name of a matplotlib color map", cmap),
            fix="pass a sequential color map such as 'YlOrBr', 'cividis_r' or 'Blues' (see matplotlib.colormaps)",
        )
    first, last = (0.2, 0.97) if cmap == DEFAULT_CMAP else (0.08, 0.95)
    shares = [(first + last) / 2] if k == 1 else [first + (last - first) * i / (k - 1) for i in range(k)]
    return [str(to_hex(color)) for color in mpl.colormaps[cmap](shares)]


def color_of(name: str) -> str:
    """Return a color of a layer: the color of a name of the theme, or the color itself.

    Examples
    --------
    >>> color_of("city"), color_of("#0072b2")
    ('#0b5cad', '#0072b2')
    """
    return COLORS.get(name, name)


def intervention_color(kind: str) -> str:
    """Return the color of a kind of intervention, the same in every picture."""
    return INTERVENTION_COLORS.get(kind, OTHER_INTERVENTION)


_UNDRAWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    r"""Return a text without the characters that cannot be drawn and that XML, and so SVG, does not allow.

    Examples
    --------
    >>> printable("Aktau\x1b[31m")
    'Aktau[31m'
    """
    return _UNDRAWABLE.sub("", text)


def code_text(kind: str) -> str:
    """Write a code in words: "state_of_emergency" -> "state of emergency".

    Examples
    --------
    >>> code_text("csto_request")
    'CSTO request'
    """
    return " ".join("CSTO" if word == "csto" else word for word in printable(kind).split("_"))


def unit_text(unit: str, total: float) -> str:
    """Return the unit in the singular or plural: 1 event, 2 events."""
    return unit.removesuffix("s") if total == 1 else unit


def number_text(number: float, digits: int = 15) -> str:
    """Format a number with thousands separators and a true minus sign, without exponent or trailing zeros.

    Examples
    --------
    >>> number_text(-1234.0), number_text(0.00012345, digits=3)
    ('−1\u202f234', '0.000123')
    """
    import numpy as np

    keep = max(digits, len(f"{abs(number):.0f}"))  # whole numbers keep all digits
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
