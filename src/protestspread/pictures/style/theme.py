"""Colors shared by stills, animations and web maps."""

from collections.abc import Mapping

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


def intervention_color(kind: str) -> str:
    """Return the color of a kind of intervention, the same in every picture."""
    return INTERVENTION_COLORS.get(kind, OTHER_INTERVENTION)
