"""Colors shared by stills, animations and web maps."""

from collections.abc import Mapping, Sequence

DEFAULT_CMAP, ONSET_CMAP = "protest", "first_day"
RAMPS: Mapping[str, tuple[Sequence[str], Sequence[str]]] = {
    "protest": (
        ("#fdc97c", "#ee9a3d", "#d76b1c", "#ab4619", "#752a14"),
        ("#8a3e23", "#b75a23", "#da7f26", "#f2af48", "#fce49c"),
    ),
    "negative": (
        ("#9adeda", "#5abcba", "#2c9798", "#007175", "#004b50"),
        ("#005e62", "#1f8183", "#3fa4a3", "#7fc9c4", "#c1eeea"),
    ),
    "first_day": (("#81d4da", "#25a1cc", "#326aaa", "#2f3b76"), ("#3a5ca4", "#1a8ece", "#3fc2e1", "#9ef0f2")),
    "probability": (
        ("#e3c9e9", "#c99ed4", "#aa75bd", "#8651a0", "#623481"),
        ("#674b77", "#9162a6", "#ba81ca", "#dca7e3", "#f5d2f5"),
    ),
}
"""Ramps for light and dark screens, from the color closest to zero to the one farthest from it.

Counts, their losses, days and probabilities have hues of their own, so that no date is read as a count. Steps, that from
zero included, differ by at least 8 L* in gray and for color-blind readers; zero and the first class have a contrast of
at least 1.5 : 1.
"""

INK, MUTED, PAPER = "#16191d", "#565d68", "#ffffff"
ZERO_FILL = "#ffffff"  # nothing reported: the country lies white on warm gray; never part of a ramp
MISSING_FILL, MISSING_HATCH = "#ffffff", "#6d737c"  # not observed: hatched
BORDER, COAST = "#8a9099", "#565d68"
LAND, WATER = "#e9e6df", "#cfe0ea"  # neighboring countries and water behind the map
INSET_BORDER = "#858c96"
CITY, ARROW = "#0b5cad", "#22303c"
BAR, BAR_AHEAD = "#c06a1c", "#eccfae"
FAN, MEDIAN = "#aa75bd", "#623481"  # what was simulated, in the hue of probabilities

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
"""Colors as variables of the web map."""
DARK_COLORS: Mapping[str, str] = {
    "ink": "#eceff3", "muted": "#a8b0bc", "paper": "#14171c", "zero": "#262b32", "hatch": "#a8b0bc", "coast": "#87919d",
    "land": "#1b1f24", "city": "#9cc9ff", "arrow": "#eceff3", "bar": "#da7f26", "ahead": "#5b4128", "edge": "#49525d",
    "sea": "#13222c",
}  # fmt: skip
"""The same variables for dark screens."""
_ON_LIGHT, _ON_DARK = f"{INK}80", "#ffffff9e"  # opacity 0.5 and 0.62


def hatch_color(fill: str) -> str:
    """Return the color of a hatch that can be seen on a fill, as ``#rrggbb`` or ``#rrggbbaa``.

    Examples
    --------
    >>> [hatch_color(fill) for fill in (ZERO_FILL, "#fdc97c", "#752a14")]
    ['#6d737c', '#16191d80', '#ffffff9e']
    """
    on_zero = {colors["zero"]: colors["hatch"] for colors in (PAGE_COLORS, DARK_COLORS)}
    return on_zero.get(fill) or (_ON_LIGHT if lightness(fill) > 53 else _ON_DARK)


def lightness(color: str) -> float:
    """Return the lightness L* of ``#rrggbb``, from 0 (black) to 100 (white), in CIELAB."""
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    )
    luminance = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    return 116 * luminance ** (1 / 3) - 16 if luminance > 216 / 24389 else luminance * 24389 / 27


def intervention_color(kind: str) -> str:
    """Return the color of a kind of intervention, the same in every picture."""
    return INTERVENTION_COLORS.get(kind, OTHER_INTERVENTION)
