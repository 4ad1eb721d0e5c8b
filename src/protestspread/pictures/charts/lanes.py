"""Lanes of interventions above a curve: as high as the share of the people who live where a measure was in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ...errors import DataError
from ...interventions import region_weights, row_ends
from ...tables import check_interventions, check_regions
from ..interventions_by_kind import MOST_LANES, InterventionRow, Step, cut_to_window, intervention_spans, rank_kinds
from ..layout.labels import plain_text, text_size, wrapped
from ..style.text import kind_text, percent_text, printable, text
from ..style.theme import MUTED, intervention_color

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LANE_HEIGHT = 20.0  # pixels at 100 dots per inch, of which the band takes up to _BAND
_BAND, _THINNEST = 7.0, 2.0
_LANES_SHARE = 0.65  # largest share of the height
_PALE = 0.35
_SIZE, _SMALL = 7.0, 6.5


@dataclass(frozen=True, eq=False)
class InterventionLanes:
    """The lanes of a curve.

    Attributes
    ----------
    rows
        One row per kind, in order of their start.
    weights
        The share of the people by region (`region_weights`), or None.
    others
        The kinds without a lane.
    """

    rows: Sequence[InterventionRow] = ()
    weights: pd.Series | None = None
    others: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        interventions: pd.DataFrame,
        dates: pd.DatetimeIndex,
        kinds: Sequence[str] | None,
        weights: pd.Series | None,
        most: int = MOST_LANES,
    ) -> "InterventionLanes":
        """Return at most `most` lanes; see `intervention_spans`. The kinds asked for by name leave no others."""
        window = dates[0], row_ends(dates)[-1]
        ranked = rank_kinds(cut_to_window(interventions, *window), interventions["region_id"].nunique())
        shown = ranked[:most] if kinds is None else kinds
        rows = intervention_spans(interventions, *window, kinds=shown, weights=weights)
        return cls(rows, weights, tuple(ranked[most:]) if kinds is None else ())

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds with a lane."""
        return tuple(row.kind for row in self.rows)

    @property
    def not_drawn(self) -> str:
        """The sentence that names the kinds without a lane, or nothing."""
        return text("not_drawn", names=", ".join(map(kind_text, self.others))) if self.others else ""

    def words(self, lane: InterventionRow) -> str:
        """Return how many people a lane concerned, from the fewest to the most: "4–100 % of people"."""
        shares = [share for *_, share in lane.steps]
        low, high = min(shares), max(shares)
        if low == 1:
            return text("whole_country")
        if self.weights is None:
            return text("by_region") if high < 1 else f"{text('by_region')} – {text('whole_country')}"
        span = percent_text(high) if low == high else f"{percent_text(low, sign=False)}–{percent_text(high)}"
        return text(f"share_{self.weights.name}", share=span)


def weights_of(
    interventions: pd.DataFrame | None, places: pd.Index, regions: gpd.GeoDataFrame | None
) -> pd.Series | None:
    """Return the weights of regions, of places that are all regions named, or None."""
    if regions is not None:
        check_regions(regions)
    if interventions is None:
        return None
    check_interventions(interventions, regions)
    if regions is not None:
        return region_weights(regions)
    named = interventions["region_id"].dropna()
    return pd.Series(1 / len(places), places, name="regions") if len(named) and named.isin(places).all() else None


def lanes_that_fit(
    ax: "Axes",
    interventions: pd.DataFrame | None,
    dates: pd.DatetimeIndex,
    kinds: Sequence[str] | None,
    weights: pd.Series | None,
    *,
    taken: float,
) -> InterventionLanes:
    """Return as many lanes as axes have room for; `taken` pixels are taken by others."""
    if interventions is None:
        return InterventionLanes()
    fit = int((_LANES_SHARE * ax.get_window_extent().height - taken) / (LANE_HEIGHT * ax.figure.dpi / 100))
    if kinds is not None and len(kinds) > fit:
        raise DataError(
            f"kinds must have at most {max(fit, 0)} items for axes of this height; got {len(kinds)}",
            fix="use taller axes or fewer kinds",
        )
    return InterventionLanes.of(interventions, dates, kinds, weights, max(min(fit, MOST_LANES), 0))


def write_head(ax: "Axes", words: str) -> float:
    """Write an explanation along the upper edge, on at most two lines, or three of high axes; return its height in pixels."""
    if not words:
        return 0.0
    area = ax.get_window_extent()
    lines, most = wrapped(ax, words, _SMALL, area.width).split("\n"), 3 if area.height > 3 * ax.figure.dpi else 2
    short = "\n".join(lines if len(lines) <= most else [*lines[: most - 1], f"{lines[most - 1][:-1]}…"])
    style: dict[str, Any] = {"color": MUTED, "linespacing": 1.2}
    ax.text(0, 1, short, transform=ax.transAxes, ha="left", va="top", gid="key", **plain_text(_SMALL, **style))
    return text_size(ax, short, _SMALL, **style)[1] + 4 * ax.figure.dpi / 100


def draw_lanes(ax: "Axes", lanes: InterventionLanes, head: float = 0.0) -> None:
    """Draw lanes from the top of the axes down, below `head` pixels."""
    area, scale = ax.get_window_extent(), ax.figure.dpi / 100
    for number, lane in enumerate(lanes.rows):
        floor = 1 - (head + ((number + 1) * LANE_HEIGHT - 1) * scale) / area.height
        color = intervention_color(lane.kind)
        for steps, strength in ((lane.steps, _PALE), (lane.known, 1.0)):
            boxes = [(start, end, share_height(share) * scale, strength) for start, end, share in _days(steps)]
            draw_boxes(ax, boxes, floor, color)
        top = max(share_height(share) for *_, share in lane.steps) + 1.0
        _write_name(ax, lane, lanes.words(lane), floor + top * scale / area.height)


def share_height(share: float) -> float:
    """Return the height of a band in pixels at 100 dots per inch."""
    return max(_BAND * share, _THINNEST)


def day_number(moment: pd.Timestamp) -> float:
    """Return a moment as a matplotlib day number."""
    from matplotlib.dates import date2num

    return float(date2num(moment))  # type: ignore[no-untyped-call]


def _days(steps: Sequence[Step]) -> list[tuple[float, float, float]]:
    return [(day_number(start), day_number(end), share) for start, end, share in steps]


def tint(color: str, share: float) -> Any:
    """Return a color mixed with white."""
    from matplotlib.colors import to_rgb

    return tuple(1 - share * (1 - np.array(to_rgb(color))))


def pale(color: str) -> str:
    """Return the color of what has no known end."""
    from matplotlib.colors import to_hex

    return to_hex(tint(color, _PALE))


def draw_boxes(
    ax: "Axes", boxes: Sequence[tuple[float, float, float, float]], floor: float, color: Any, gid: str = "intervention"
) -> None:
    """Draw boxes (start, end, height in pixels, strength) above a floor, a share of the axes; starts and ends in days."""
    from matplotlib.collections import PolyCollection

    visible = [box for box in boxes if box[1] > box[0]]
    if visible:
        high = ax.get_window_extent().height
        corners = [[(a, floor), (a, floor + t / high), (b, floor + t / high), (b, floor)] for a, b, t, _ in visible]
        fills = [tint(color, strength) for *_, strength in visible]
        bars = PolyCollection(corners, facecolor=fills, linewidth=0, zorder=3.9, gid=gid)
        bars.set_transform(ax.get_xaxis_transform())
        ax.add_collection(bars, autolim=False)


def shortened(ax: "Axes", text: str, most: float | None = None) -> str:
    """Truncate a text to `most` pixels, by default 90% of the width of the axes."""
    short, most = printable(text), 0.9 * ax.get_window_extent().width if most is None else most
    while len(short) > 2 and text_size(ax, short, _SIZE)[0] > most:
        short = f"{short[: int(0.9 * (len(short) - 1))]}…"
    return short


def _write_name(ax: "Axes", lane: InterventionRow, words: str, y: float) -> None:
    """Write the name of a lane from its start on, or further left where the axes end, and what follows it in gray."""
    area = ax.get_window_extent()
    name = shortened(ax, kind_text(lane.kind))
    wide = text_size(ax, name, _SIZE)[0]
    words = shortened(ax, f"  {words}", max(0.97 * area.width - wide, 0))
    total = 1.02 * (wide + text_size(ax, words, _SIZE)[0])  # letters may be slightly wider at another resolution
    start = ax.transData.transform((day_number(lane.spans[0][0]), 0))[0]
    x = (max(min(start, area.x1 - total), area.x0) - area.x0) / area.width
    options: dict[str, Any] = {"transform": ax.transAxes, "ha": "left", "va": "bottom", "zorder": 5}
    ax.text(x, y, printable(name), **options, **plain_text(_SIZE))
    ax.text(x + wide / area.width, y, printable(words), **options, **plain_text(_SIZE, color=MUTED))
