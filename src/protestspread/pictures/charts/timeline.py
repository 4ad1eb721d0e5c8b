"""Timeline of a case: bars of events, bands of interventions and flows on one time axis."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...cases import Case
from ...counting import count_events
from ...errors import DataError, must_be, shorten_list
from ...interventions import region_weights
from ..interventions_by_kind import Step
from ..layout.labels import paragraph, plain_text, text_size, title_axes, title_height, wrapped
from ..style.options import check_options
from ..style.text import kind_text, names_of, text
from ..style.theme import MUTED, PAPER, intervention_color
from .curve import curve_data, draw_curve, hang_legend, per_row, stack_legend
from .lanes import InterventionLanes, day_number, draw_boxes, share_height, shortened, tint, write_head
from .stacked_bars import TYPE_COLORS, stack_of
from .timeline_rows import TimelineRow, flow_rows, intervention_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DAY = pd.Timedelta(days=1)
_ROW = 20.0  # pixels at 100 dots per inch
_SIZE, _SMALL = 7.0, 6.5
_BARS = 0.25  # smallest share of the height
_MOST_KINDS = 14
_FADE, _SLICES = 0.12, 48  # of the width
_PALE = 0.35
_OTHER = "other types"


def plot_timeline(
    case: Case,
    *,
    ax: "Axes | None" = None,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    kinds: Sequence[str] | None = None,
    mark: Sequence[str] = (),
    by_type: bool = True,
    unit: str | None = None,
    missing_label: str | None = None,
    title: str | None = None,
    note: str | None = None,
) -> "Axes":
    """Draw the daily events of a case as bars, with interventions and flows as bands above.

    A band is a kind of intervention over time; its height is the share of the people who live where it was in
    force (`share_in_force`; the share of the regions if a population is unknown). It fades out where an end date was
    not found, and ends in an arrow where it is known to continue after the window. An act without duration (a
    resignation) is a diamond, at noon where the hour is unknown. A flow is a band from its arrival through its last day;
    it fades in where the arrival date was not found, and its label says so.

    Parameters
    ----------
    case
        A `Case`, such as ``load_case("kazakhstan_2022")``.
    ax
        Axes to draw on; by default a new figure.
    start, end
        The first and the last day shown; by default the first event, and the last event plus twice the duration of the
        events (one to four weeks).
    kinds
        The kinds of intervention to draw; by default as many as fit, those with the most region-days first, a quarter of
        them acts. Kinds left out are named.
    mark
        Ids of regions whose share of each band is dark; the rest is pale.
    by_type
        Stack the bars by ``event_type``, if the events have it; the rarest of more than seven types are merged.
    unit, missing_label
        The unit of the events ("events"), and the label of unobserved days ("not observed"); by default in the current
        `language`.
    title, note
        Plain text above and below.

    Returns
    -------
    matplotlib.axes.Axes
        Axes whose x axis counts days as ``matplotlib.dates`` does.

    Raises
    ------
    SchemaError
        A table of the case is not valid.
    DataError
        The case has no events and the window is not given; the window ends before it starts; `kinds` or `mark` has
        unknown values; the axes are too low.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> ax = matplotlib.figure.Figure((10, 6.4)).add_axes((0.07, 0.08, 0.9, 0.86))
    >>> ax = ps.plot_timeline(ps.load_case("kazakhstan_2022"), ax=ax, kinds=["government_resignation", "price_control"])
    >>> [text.get_text() for text in ax.texts if "through" in text.get_text()]
    [' whole country, through 4 Jul 2022; some end dates not found']
    """
    check_options(ax=ax, kinds=kinds, by_type=by_type, unit=unit, missing_label=missing_label, title=title, note=note)
    days = _window(case, start, end, mark)
    first, after = days[0], days[-1] + _DAY
    names, weights = names_of(case.regions), region_weights(case.regions)
    interventions = _no_interventions() if case.interventions is None else case.interventions
    bands = intervention_rows(interventions, first, after, names, weights, kinds=kinds, mark=mark)
    flows, gone = ([], []) if case.flows is None else flow_rows(case.flows, first, after)
    panel, by = _counts(case, days, by_type=by_type)
    ax = _new_axes(title, note, min(len(bands), _MOST_KINDS) + len(flows)) if ax is None else ax
    title_axes(ax, title)
    if note is not None:
        ax.set_xlabel(
            wrapped(ax, note, _SMALL, ax.get_window_extent().width), loc="left", **plain_text(_SMALL, color=MUTED)
        )
    totals, unobserved = curve_data(panel)
    parts = None if by is None else stack_of(by, panel)
    key = 0.0 if parts is None else stack_legend(ax, parts)
    shown, dropped = _split_by_room(ax, bands, len(flows), key, all_bands=kinds is not None)
    rows = sorted(shown, key=lambda band: band.first or first) + flows
    present = {band.kind for band in bands}
    absent = [*(kind_text(kind) for kind in dict.fromkeys(kinds or ()) if kind not in present), *gone]
    head = write_head(ax, _key_text(rows, dropped, absent, [str(names[region]) for region in mark], weights))
    scale = ax.figure.dpi / 100
    taken = head + len(rows) * _ROW * scale
    if parts is not None:
        hang_legend(ax, taken)
    draw_curve(ax, totals, unobserved, InterventionLanes(), missing_label=missing_label, parts=parts, above=taken + key)
    _draw_days(ax, taken, head)
    for number, band in enumerate(rows):
        _draw_band(ax, band, head + (number + 1) * _ROW * scale, pale=number < len(shown) and len(mark) > 0)
    ax.set_ylabel(per_row(unit, pd.DatetimeIndex(panel.index)), y=0.0, ha="left", **plain_text(_SIZE, color=MUTED))
    return ax


def _window(
    case: Case, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None, mark: Sequence[str]
) -> pd.DatetimeIndex:
    """Return the days to show, or raise an error with all faults."""
    if not isinstance(case, Case):
        raise DataError(must_be("case", "a Case", case), fix="pass load_case(name) or a Case of your own tables")
    check = Arguments()
    ends = [check.day(name, moment, optional=True) for name, moment in (("start", start), ("end", end))]
    mark = check.names("mark", mark, "a list of regions")
    faults = check.faults
    lost = [] if not isinstance(mark, list) else [region for region in mark if region not in case.regions.index]
    faults += [f"mark must have ids of regions; not in the regions: {shorten_list(lost)}"] if lost else []
    dates = case.events["date"]
    if dates.empty and (start is None or end is None):
        faults.append("start and end must be given, because the case has no events")
    if not faults:
        slack = min(max(2 * (dates.max() - dates.min() + _DAY), 7 * _DAY), 28 * _DAY) if len(dates) else _DAY
        first = ends[0] or dates.min()
        last = ends[1] or dates.max() + slack
        if first <= last:
            return pd.date_range(first, last, name="date")
        faults.append(f"end must not be before start; got {first:%Y-%m-%d} to {last:%Y-%m-%d}")
    raise DataError(
        "start, end or mark is not valid",
        faults,
        "pass dates such as start='2022-01-01', end='2022-01-19', and mark=[...] with values of case.regions.index",
    )


def _no_interventions() -> pd.DataFrame:
    columns = {name: pd.Series(dtype=object) for name in ("kind", "region_id")}
    return pd.DataFrame(columns | {name: pd.to_datetime([]) for name in ("start", "end")}).rename_axis(
        "intervention_id"
    )


def _counts(
    case: Case, days: pd.DatetimeIndex, *, by_type: bool
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame] | None]:
    """Count events per day, in total and by type."""
    events = case.events[case.events["date"].between(days[0], days[-1])]
    options: dict[str, Any] = {
        "start": days[0],
        "end": days[-1],
        "observed": case.coverage if case.coverage is not None and len(case.coverage) else None,
    }
    panel = count_events(events, case.cities, **options)
    if not by_type or "event_type" not in events or events["event_type"].isna().all():
        return panel, None
    types = events["event_type"].astype(object).fillna(_OTHER)
    common = types.value_counts().index
    if len(common) > len(TYPE_COLORS):
        types = types.where(types.isin(common[: len(TYPE_COLORS) - 1]), _OTHER)
    return panel, {str(name): count_events(events[types == name], case.cities, **options) for name in _ordered(types)}


def _ordered(types: pd.Series) -> list[str]:
    """Return types in the order of `EVENT_TYPES`, then other types, the most frequent first."""
    from ...tables import EVENT_TYPES

    present = types.value_counts().index
    return [name for name in EVENT_TYPES if name in present] + [name for name in present if name not in EVENT_TYPES]


def _new_axes(title: str | None, note: str | None, rows: int) -> "Axes":
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(10, min(2.6 + _ROW / 100 * rows, 12.0)))
    ax = figure.add_axes((0.06, 0.1, 0.925, 0.85))
    width, inches = ax.get_window_extent().width, figure.get_figheight()
    lines = wrapped(ax, note, _SMALL, width).count("\n") + 1 if note else 0
    low, high = (0.3 + 0.14 * lines) / inches, title_height(ax, title, width) / inches
    ax.set_position((0.06, low, 0.925, 1 - low - high))
    return ax


def _split_by_room(
    ax: "Axes", bands: Sequence[TimelineRow], flows: int, key: float, *, all_bands: bool
) -> tuple[list[TimelineRow], list[TimelineRow]]:
    """Return the bands that fit next to flows, legend and bars, and the bands that do not (`all_bands`: all must fit)."""
    height, scale = ax.get_window_extent().height, ax.figure.dpi / 100
    fit = int(((1 - _BARS) * height - key - 2 * _ROW * scale) // (_ROW * scale)) - flows
    if fit < (len(bands) if all_bands else 0):
        what = f"{flows} flows and {len(bands) if all_bands else 0} kinds"
        raise DataError(
            f"ax is too low for {what}; got {height:.0f} pixels", fix="use taller axes, fewer kinds or by_type=False"
        )
    most = len(bands) if all_bands else min(fit, _MOST_KINDS)
    acts, states = ([band for band in bands if bool(band.acts) is is_act] for is_act in (True, False))
    few = len(acts) if all_bands else max(min(len(acts), most // 4), most - len(states))
    shown = {band.kind for band in [*acts[:few], *states[: most - few]]}
    return [band for band in bands if band.kind in shown], [band for band in bands if band.kind not in shown]


def _key_text(
    rows: Sequence[TimelineRow],
    dropped: Sequence[TimelineRow],
    absent: Sequence[str],
    marked: Sequence[str],
    weights: pd.Series,
) -> str:
    """Explain the bands, and name those without room and those outside the window."""
    notes = []
    if any(band.steps or band.fades_out for band in rows):
        notes.append(text(f"bands_{weights.name}"))
    if marked:
        notes.append(text("dark", names=", ".join(marked)))
    if dropped:
        notes.append(text("not_drawn", names=", ".join(band.name for band in dropped)))
    if absent:
        notes.append(text("other_days", names=", ".join(absent)))
    return paragraph(notes)


def _draw_days(ax: "Axes", below: float, above: float) -> None:
    """Draw hairlines through the bands at the start of the labeled days."""
    low, high = (1 - pixels / ax.get_window_extent().height for pixels in (below, above))
    for tick in np.floor(ax.get_xticks()):
        ax.axvline(tick, low, high, color="#eaecef", linewidth=0.6, zorder=0.4)


def _draw_band(ax: "Axes", band: TimelineRow, below: float, *, pale: bool) -> None:
    """Draw one band `below` pixels from the top of the axes, and its label above it."""
    area, scale = ax.get_window_extent(), ax.figure.dpi / 100
    floor = 1 - below / area.height + 2 * scale / area.height
    unit = scale / area.height

    def high(share: float) -> float:
        return scale * share_height(share)

    strong = intervention_color(band.kind)
    color = tint(strong, _PALE if pale else 1.0)
    start, end = ax.get_xlim()
    long = _FADE * (end - start)
    if band.goes_on:
        end -= 8 * scale * (end - start) / area.width  # room for the arrow
    boxes = [box for moment, share in band.fades_out for box in _fade(day_number(moment), long, high(share))]
    boxes += [box for moment, share in band.fades_in for box in _fade(day_number(moment), -2 * long, high(share))]
    boxes += [(*_ends(step), high(step[2]), 1.0) for step in band.steps]
    draw_boxes(ax, [(max(a, start), min(b, end), tall, share) for a, b, tall, share in boxes], floor, color, "band")
    marks = [(*_ends(step), high(step[2]), 1.0) for step in band.marked]
    draw_boxes(ax, [(a, min(b, end), tall, share) for a, b, tall, share in marks], floor, strong, "band")
    tall = max([box[2] for box in boxes], default=high(1)) / area.height
    x = start if band.first is None else day_number(band.first)
    if band.acts:
        spots = [day_number(moment) for moment in band.acts]
        ax.plot(spots, [floor + 8 * unit] * len(spots), linestyle="", marker="D", markersize=4.2, color=strong, zorder=4,
                transform=ax.get_xaxis_transform(), clip_on=False, gid="act")  # fmt: skip
    if band.fades_in:
        x = max(x - 2 * long, start)
    if band.goes_on:
        _draw_arrow(ax, floor + tall / 2, strong, scale)
    _write_label(ax, band, x, floor + (3.5 * unit if band.acts else tall + 1.5 * unit), 7 * scale if band.acts else 0)


def _ends(step: Step) -> tuple[float, float]:
    return day_number(step[0]), day_number(step[1])


def _fade(at: float, long: float, tall: float) -> list[tuple[float, float, float, float]]:
    """Return boxes (left, right, height, strength) from a moment to the right or, if `long` is negative, to the left.

    The longest and palest box comes first; the others are drawn over it to avoid seams.
    """
    steps = range(_SLICES, 0, -1)
    reaches = [(at + long * step / _SLICES, 1 - (step - 0.5) / _SLICES) for step in steps]
    return [(min(at, reach), max(at, reach), tall, share) for reach, share in reaches]


def _draw_arrow(ax: "Axes", y: float, color: Any, scale: float) -> None:
    """Draw an arrow head at the right edge, for a band that continues after the window."""
    area = ax.get_window_extent()
    ax.plot([1 - 5 * scale / area.width], [y], marker=">", markersize=9, color=color, markeredgecolor=PAPER,
            markeredgewidth=0.8, zorder=4.1, transform=ax.transAxes, clip_on=False, gid="goes on")  # fmt: skip


def _write_label(ax: "Axes", band: TimelineRow, x: float, y: float, offset: float) -> None:
    """Write name and words of a band from a moment on, or further left where the axes end."""
    area = ax.get_window_extent()
    name = shortened(ax, band.name)
    wide = text_size(ax, name, _SIZE, weight="bold")[0]
    words = shortened(ax, f" {band.words}", 0.97 * area.width - wide)
    start = ax.transData.transform((x, 0))[0] + offset
    total = 1.02 * (wide + text_size(ax, words, _SIZE)[0])  # letters may be slightly wider at another resolution
    if offset and start + total > area.x1:  # to the left of a diamond
        start -= 2 * offset + total
    left = (max(min(start, area.x1 - total), area.x0) - area.x0) / area.width
    options: dict[str, Any] = {"transform": ax.transAxes, "ha": "left", "va": "bottom", "zorder": 5}
    ax.text(left, y, name, **options, **plain_text(_SIZE, weight="bold"))
    ax.text(left + wide / area.width, y, words, **options, **plain_text(_SIZE, color=MUTED))
