"""Curve of events over time: one bar per day, unobserved days hatched, interventions in lanes above."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...errors import DataError, must_be
from ..frames import check_nonempty_panel, date_labels, row_ends
from ..layout.labels import plain_text, text_size, title_axes, title_height, wrapped
from ..style.options import check_options
from ..style.text import number_text, printable, text
from ..style.theme import BAR, INK, MISSING_HATCH, MUTED, PAPER
from .lanes import LANE_HEIGHT, InterventionLanes, draw_lanes, lanes_that_fit, weights_of, write_head
from .stacked_bars import stack_entries, stack_of, type_colors, wide_legend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection

_SIZE = 7.0
_ROWS = {(1, 1): "day", (7, 7): "week", (28, 31): "month", (89, 92): "quarter", (365, 366): "year"}  # days: word


def plot_curve(
    panel: pd.DataFrame,
    interventions: pd.DataFrame | None = None,
    *,
    ax: "Axes | None" = None,
    regions: gpd.GeoDataFrame | None = None,
    by: Mapping[str, pd.DataFrame] | None = None,
    kinds: Sequence[str] | None = None,
    unit: str | None = None,
    missing_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
    color: str = BAR,
) -> "Axes":
    """Draw the daily sum over all places as bars, with interventions in lanes above.

    Parameters
    ----------
    panel
        One row per day (week, month), one column per place. Rows in which a place observed at other times was not
        observed are hatched: their bar is a lower bound.
    interventions
        Interventions, merged by kind over all regions: one lane per kind. Its height is the share of the people who
        live where it was in force (at least 2 pixels at 100 dots per inch); it is pale where only intervals whose end is
        unknown hold it, which last to the end of the panel. Kinds without a lane are named.
    ax
        Axes to draw on; by default a new figure.
    regions
        All regions, with their ``population``; see `share_in_force`. By default, each region in the columns of `panel` counts
        alike, and lanes stay at 2 pixels for measures of regions that are not columns.
    by
        Type of event -> its panel, at most seven types: stacks the bars in this order from the bottom, with a legend
        above. The panels must add up to `panel`: ``{kind: count_events(some, cities, end=..., start=...) for kind, some
        in events.groupby("event_type")}``.
    kinds
        The kinds of intervention to draw; by default up to six with the most region-days.
    unit, missing_label
        What the panel counts ("events"), and the label of unobserved rows ("not observed"); by default in the current
        `language`.
    title, note
        Plain text above and below.
    color
        The color of bars that are not stacked.

    Returns
    -------
    matplotlib.axes.Axes
        Axes whose x axis counts days as ``matplotlib.dates`` does.

    Raises
    ------
    SchemaError
        `panel`, `interventions` or `regions` is not a valid table of its kind.
    DataError
        `panel` is empty; no intervention has one of `kinds`; the axes are too small for the lanes or the legend; the
        panels in `by` do not add up to `panel`.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.cities, end="2022-01-11", observed=case.coverage)
    >>> ax = matplotlib.figure.Figure((12, 3)).add_subplot()
    >>> [label.get_text() for label in ps.plot_curve(panel, case.interventions, ax=ax).get_xticklabels()][:2]
    ['1 Jan 2022', '2 Jan']
    """
    check_options(ax=ax, kinds=kinds, unit=unit, missing_label=missing_label, title=title, note=note, color=color)
    if by is not None and not isinstance(by, Mapping):
        raise DataError(must_be("by", "a mapping from each type to its panel, or None", by))
    totals, unobserved = curve_data(panel)
    weights = weights_of(interventions, panel.columns, regions)
    if ax is None:
        ax = _new_axes(title, note)
    parts = None if by is None else stack_of(by, panel)
    title_axes(ax, title)
    key = 0.0 if parts is None else stack_legend(ax, parts)
    lanes = lanes_that_fit(ax, interventions, _dates(totals), kinds, weights, taken=key)
    head = write_head(ax, lanes.not_drawn)
    if note is not None:
        ax.set_xlabel(wrapped(ax, note, 6.5, ax.get_window_extent().width), loc="left", **plain_text(6.5, color=MUTED))
    if parts is not None:
        hang_legend(ax, head + len(lanes.rows) * LANE_HEIGHT * ax.figure.dpi / 100)
    draw_curve(
        ax, totals, unobserved, lanes, color=color, missing_label=missing_label, parts=parts, above=key, head=head
    )
    ax.set_ylabel(per_row(unit, _dates(totals)), **plain_text(_SIZE, color=MUTED))
    return ax


def row_text(dates: pd.DatetimeIndex, form: str = "row") -> str:
    """Return the period of a panel row ("day", "week", "month", "year", "3-day span"); with form "that", "that day"."""
    days = int(np.median((row_ends(dates) - dates) // pd.Timedelta(days=1)))
    name = next((name for (least, most), name in _ROWS.items() if least <= days <= most), "days")
    return text(f"{form}_{name}", n=days)


def per_row(unit: str | None, dates: pd.DatetimeIndex) -> str:
    """Return the label of the y axis: "events per day"."""
    return text("per_row", unit=text("unit") if unit is None else unit, row=row_text(dates))


def _new_axes(title: str | None, note: str | None) -> "Axes":
    from matplotlib import pyplot as plt

    ax = plt.figure(figsize=(8, 3.4)).add_axes((0.07, 0.1, 0.915, 0.85))
    lines = wrapped(ax, note, 6.5, ax.get_window_extent().width).count("\n") + 1 if note else 0
    low, high = (0.3 + 0.14 * lines) / 3.4, title_height(ax, title, ax.get_window_extent().width) / 3.4
    ax.set_position((0.07, low, 0.915, 1 - low - high))
    return ax


def curve_data(panel: pd.DataFrame) -> tuple[pd.Series, npt.NDArray[np.bool_]]:
    """Return the sum over observed places per date, and which rows lack a place that is observed at other times."""
    check_nonempty_panel(panel)
    missing = panel.isna()
    ever = ~missing.all()
    partly = missing.loc[:, ever] if ever.any() else missing
    return panel.sum(axis=1, min_count=1).astype(float), partly.any(axis=1).to_numpy()


def draw_curve(
    ax: "Axes",
    totals: pd.Series,
    unobserved: npt.NDArray[np.bool_],
    lanes: InterventionLanes,
    *,
    color: str = BAR,
    missing_label: str | None = None,
    parts: Mapping[str, pd.Series] | None = None,
    above: float = 0.0,
    head: float = 0.0,
) -> "PolyCollection":
    """Draw bars, hatches, lanes and dates on axes; return the bars.

    With `parts`, which must add up to the totals, the bars are stacked; the bars of the first part come first. `above`
    pixels stay free between the bars and the lanes or the top, and `head` pixels above the lanes.
    """
    from matplotlib.collections import PolyCollection

    edges = row_edges(totals)
    left, right = edges[:-1], edges[1:]
    most, least = (
        max(float(np.nanmax(totals.to_numpy(), initial=0)), 0.0) or 1.0,
        min(float(np.nanmin(totals.to_numpy(), initial=0)), 0.0),
    )
    scale, height = ax.figure.dpi / 100, ax.get_window_extent().height
    share = (len(lanes.rows) * LANE_HEIGHT * scale + above + head) / height
    ax.set_xlim(left[0], right[-1])
    ax.set_ylim(least, most + (most - least) * ((share + 0.02) / (1 - share - 0.02)))
    each = ax.get_window_extent().width / scale / len(totals)
    gap = (0.06 if each > 4 else 0) * (right - left)
    stack = [totals] if parts is None else list(parts.values())
    tops = np.cumsum([np.nan_to_num(part.to_numpy(dtype=float)) for part in stack], axis=0)
    bottoms = np.vstack([0 * tops[:1], tops[:-1]])
    across, up = np.stack([left + gap, left + gap, right - gap, right - gap]), np.stack([bottoms, tops, tops, bottoms])
    corners = np.stack(np.broadcast_arrays(across[:, None], up), axis=-1)  # corner, part, row, (x, y)
    bars = PolyCollection(
        list(corners.transpose(1, 2, 0, 3).reshape(-1, 4, 2)),
        facecolor=color if parts is None else np.repeat(list(type_colors(list(parts)).values()), len(totals)),
        linewidth=0,
        zorder=2,
        gid="bars",
    )
    ax.add_collection(bars, autolim=False)
    _hatch(ax, edges, unobserved, 1 - share, text("not_observed") if missing_label is None else missing_label)
    draw_lanes(ax, lanes, head)
    _draw_axes(ax, _dates(totals), (left + right) / 2, (least, most))
    return bars


def stack_legend(ax: "Axes", parts: Mapping[str, pd.Series]) -> float:
    """Draw a legend of the parts; return its height in pixels."""
    area = ax.get_window_extent()
    key = wide_legend(ax, stack_entries(list(parts)), "", area.width)
    key.set_frame_on(False)
    extent = key.get_window_extent()
    if extent.width > area.width or extent.height > 0.5 * area.height:
        raise DataError(
            f"ax is too small for the legend of {len(parts)} types, which needs {extent.width:.0f} × {extent.height:.0f} "
            f"of {area.width:.0f} × {area.height:.0f} pixels",
            fix="use larger axes or fewer types",
        )
    return float(extent.height)


def hang_legend(ax: "Axes", below: float) -> None:
    """Move the legend of axes to `below` pixels below their top."""
    key = ax.get_legend()
    if key is not None:
        key.set_bbox_to_anchor((0.0, 1 - below / ax.get_window_extent().height), ax.transAxes)


def _dates(totals: pd.Series) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(totals.index)


def row_edges(totals: pd.Series) -> npt.NDArray[np.float64]:
    """Return the start of each row and the end of the last row as matplotlib day numbers."""
    from matplotlib.dates import date2num

    dates = _dates(totals)
    return np.asarray(date2num(dates.append(row_ends(dates)[-1:])), dtype=np.float64)  # type: ignore[no-untyped-call]


def _hatch(
    ax: "Axes", edges: npt.NDArray[np.float64], unobserved: npt.NDArray[np.bool_], top: float, label: str
) -> None:
    """Hatch unobserved rows, and label them where there is room."""
    turns = np.flatnonzero(np.diff(np.concatenate([[False], unobserved, [False]]).astype(int))).reshape(-1, 2)
    runs = [(edges[first], edges[last]) for first, last in turns]
    for start, end in runs:
        ax.axvspan(
            start,
            end,
            0,
            top,
            facecolor=PAPER,
            edgecolor=MISSING_HATCH,
            hatch="////",
            linewidth=0,
            zorder=1,
            gid="missing",
        )
    if runs:
        start, end = max(runs, key=lambda run: run[1] - run[0])
        wide = np.diff(ax.transData.transform([(start, 0), (end, 0)])[:, 0])[0]
        size = text_size(ax, label, _SIZE)
        upright = size[0] + 6 > wide
        if min(size) + 4 < wide:
            ax.text(
                (start + end) / 2,
                0.5 * top,
                printable(label),
                transform=ax.get_xaxis_transform(),
                ha="center",
                va="center",
                zorder=3,
                rotation=90 if upright else 0,
                bbox={"facecolor": PAPER, "linewidth": 0, "pad": 2},
                **plain_text(_SIZE, color=MUTED),
            )


def _draw_axes(
    ax: "Axes", dates: pd.DatetimeIndex, centers: npt.NDArray[np.float64], limits: tuple[float, float]
) -> None:
    """Label as many dates as there is room for, and the heights of the bars."""
    from matplotlib.ticker import MaxNLocator

    labels = date_labels(dates, first_only=True)
    wide = max(text_size(ax, label, _SIZE)[0] for label in {max(labels, key=len), labels[0]}) * 1.15
    firsts = [i for i, date in enumerate(dates) if date.day == 1]
    rows = firsts if len(firsts) > 2 else list(range(len(labels)))  # label month starts where there are at least three
    ticks = rows[:: max(int(np.ceil(wide * len(rows) / ax.get_window_extent().width)), 1)]
    area = ax.get_window_extent()
    ticks = [
        i for i in ticks if ax.transData.transform((centers[i], 0))[0] + wide / 2.3 < area.x1 + 10 * ax.figure.dpi / 100
    ] or ticks[:1]
    for before, after in reversed(list(pairwise(ticks))):
        year = labels[after].rsplit(" ", 1)[-1]
        if " " in labels[after] and labels[before].endswith(year):
            labels[after] = labels[after].removesuffix(f" {year}")
    ax.set_xticks(centers[ticks], [labels[i] for i in ticks], **plain_text(_SIZE, color=MUTED))
    heights = [
        height
        for height in MaxNLocator(4, integer=limits[1] >= 4).tick_values(*limits)
        if limits[0] <= height <= limits[1]
    ]
    ax.set_yticks(heights, [number_text(height, 3) for height in heights], **plain_text(_SIZE, color=MUTED))
    ax.tick_params(length=0)
    ax.spines[["top", "left", "right"]].set_visible(False)
    ax.spines["bottom"].set(color=INK, linewidth=0.8)
    ax.hlines(heights[1:], *ax.get_xlim(), color="#dfe2e6", linewidth=0.6, zorder=0.5)
