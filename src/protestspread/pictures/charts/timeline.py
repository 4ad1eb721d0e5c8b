"""One time axis for a case: events in bars, what was done about it in bands, who sent what where."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ...cases import Case
from ...counting import count_events
from ...errors import DataError, shorten_list
from ..layout.labels import paragraph, text_size, title_axes, title_height, wrapped
from ..style.text import kind_text, names_of, text
from ..style.theme import MUTED, PAPER, intervention_color, plain_text
from .curve import curve_data, day_number, draw_curve, hang_legend, per_row, shortened, stack_legend
from .stacked_bars import TYPE_COLORS, stack_of
from .timeline_rows import Step, TimelineRow, flow_rows, intervention_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DAY = pd.Timedelta(days=1)
_ROW, _BAND, _THINNEST = 20.0, 7.0, 2.0  # pixels at 100 dots per inch
_SIZE, _SMALL = 7.0, 6.5
_BARS = 0.25  # of the height, at least
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
    """Draw the events of a case, a bar a day, beneath what was done about them and who sent what where.

    A band is an intervention by kind, to scale in time and as high as the regions that it held are many. Where an end
    was not found it fades out; where it is known to last beyond the picture it ends in an arrow. What is done in a moment
    (a resignation) is a diamond, at noon where the hour is not known. A flow is a band from its arrival through its last
    day; where the arrival was not found it fades in, and the words say so.

    Parameters
    ----------
    case
        A `Case`: `load_case`, or one's own.
    ax
        Axes to draw on; by default a new figure.
    start, end
        The first and the last day shown; by default from the first event to twice as long after the last as the events
        lasted (one to four weeks).
    kinds
        Which interventions, and no others; by default those that held most regions for most days, as many as there is
        room for, a quarter of them acts. Those left out are named.
    mark
        Regions, by id, whose part of each band is dark and of the others pale.
    by_type
        Stack the bars by ``event_type``, where the events have it; beyond seven types, the rarest together.
    unit, missing_label
        What the events are ("events"), and what is written where they were not observed ("not observed"); by default in
        the `language` spoken here.
    title, note
        Plain text above and below.

    Returns
    -------
    matplotlib.axes.Axes
        Its x axis counts days as matplotlib.dates does.

    Raises
    ------
    SchemaError
        A table of the case is not what it should be.
    DataError
        There is neither an event nor a window; the window ends before it starts; a kind or a region asked for is not
        there; the axes are too low.

    Examples
    --------
    >>> import matplotlib.figure
    >>> import protestspread as ps
    >>> ax = matplotlib.figure.Figure((10, 6.4)).add_axes((0.07, 0.08, 0.9, 0.86))
    >>> ax = ps.plot_timeline(ps.load_case("kazakhstan_2022"), ax=ax, kinds=["government_resignation", "price_control"])
    >>> [text.get_text() for text in ax.texts if "through" in text.get_text()]
    [' whole country, through 4 Jul 2022; some ends not found']
    """
    days = _window(case, start, end, mark)
    first, after = days[0], days[-1] + _DAY
    names = names_of(case.regions)
    bands = intervention_rows(case.interventions, first, after, names, kinds=kinds, mark=mark)
    flows, gone = flow_rows(case.flows, first, after)
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
    shown, dropped = _that_fit(ax, bands, len(flows), key, asked=kinds is not None)
    rows = sorted(shown, key=lambda band: band.first or first) + flows
    there = {band.kind for band in bands}
    absent = [*(kind_text(kind) for kind in dict.fromkeys(kinds or ()) if kind not in there), *gone]
    head = _write_head(ax, _key_text(rows, dropped, absent, [str(names[region]) for region in mark], len(names)))
    scale = ax.figure.dpi / 100
    taken = head + len(rows) * _ROW * scale
    if parts is not None:
        hang_legend(ax, taken)
    draw_curve(ax, totals, unobserved, [], missing_label=missing_label, parts=parts, above=taken + key)
    _draw_days(ax, taken, head)
    for number, band in enumerate(rows):
        _draw_band(ax, band, head + (number + 1) * _ROW * scale, len(names) if number < len(shown) else 1, len(mark))
    ax.set_ylabel(per_row(unit, pd.DatetimeIndex(panel.index)), y=0.0, ha="left", **plain_text(_SIZE, color=MUTED))
    return ax


def _window(
    case: Case, start: str | pd.Timestamp | None, end: str | pd.Timestamp | None, mark: Sequence[str]
) -> pd.DatetimeIndex:
    """Return the days to show, or raise what is wrong with the wish."""
    if not isinstance(case, Case):
        raise DataError("there is no timeline to draw", [f"{type(case).__name__} is not a Case"], "load_case(name)")
    faults = []
    lost = [region for region in mark if region not in case.regions.index]
    faults += [f"not in the regions: {shorten_list(lost)}"] if lost else []
    ends = [_day(moment) for moment in (start, end)]
    for name, wish, moment in zip(("start", "end"), (start, end), ends, strict=True):
        faults += [f"{name} = {wish!r} is no day without a zone"] if wish is not None and moment is None else []
    dates = case.events["date"]
    if dates.empty and (start is None or end is None):
        faults.append("the case has no events, so start and end must be given")
    if not faults:
        slack = min(max(2 * (dates.max() - dates.min() + _DAY), 7 * _DAY), 28 * _DAY) if len(dates) else _DAY
        first = ends[0] or dates.min()
        last = ends[1] or dates.max() + slack
        if first <= last:
            return pd.date_range(first, last, name="date")
        faults.append(f"the window ends ({last:%Y-%m-%d}) before it starts ({first:%Y-%m-%d})")
    raise DataError(
        "there is no timeline to draw", faults, 'start="2022-01-01", end="2022-01-19"; mark=[region_id, ...]'
    )


def _day(wish: str | pd.Timestamp | None) -> pd.Timestamp | None:
    """Return the day of a date, nothing where it is none."""
    try:
        day = pd.Timestamp(wish) if wish is not None else None
    except (ValueError, TypeError):
        return None
    return day.normalize() if isinstance(day, pd.Timestamp) and day.tzinfo is None else None


def _counts(
    case: Case, days: pd.DatetimeIndex, *, by_type: bool
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame] | None]:
    """Count events a day, in all and by type."""
    events = case.events[case.events["date"].between(days[0], days[-1])]
    options: dict[str, Any] = {
        "start": days[0],
        "end": days[-1],
        "observed": case.coverage if len(case.coverage) else None,
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
    """Return types in the order of `EVENT_TYPES`, others after them, the most frequent first."""
    from ...tables import EVENT_TYPES

    there = types.value_counts().index
    return [name for name in EVENT_TYPES if name in there] + [name for name in there if name not in EVENT_TYPES]


def _new_axes(title: str | None, note: str | None, rows: int) -> "Axes":
    from matplotlib import pyplot as plt

    figure = plt.figure(figsize=(10, min(2.6 + _ROW / 100 * rows, 12.0)))
    ax = figure.add_axes((0.06, 0.1, 0.925, 0.85))
    width, inches = ax.get_window_extent().width, figure.get_figheight()
    lines = wrapped(ax, note, _SMALL, width).count("\n") + 1 if note else 0
    low, high = (0.3 + 0.14 * lines) / inches, title_height(ax, title, width) / inches
    ax.set_position((0.06, low, 0.925, 1 - low - high))
    return ax


def _that_fit(
    ax: "Axes", bands: Sequence[TimelineRow], flows: int, key: float, *, asked: bool
) -> tuple[list[TimelineRow], list[TimelineRow]]:
    """Return the bands that there is room for beside flows, legend and bars, and those that there is not."""
    height, scale = ax.get_window_extent().height, ax.figure.dpi / 100
    fit = int(((1 - _BARS) * height - key - 2 * _ROW * scale) // (_ROW * scale)) - flows
    if fit < (len(bands) if asked else 0):
        fault = f"{flows} flows and {len(bands) if asked else 0} kinds need higher axes than {height:.0f} pixels"
        raise DataError("there is no timeline to draw", [fault], "higher axes, fewer kinds, or by_type=False")
    most = len(bands) if asked else min(fit, _MOST_KINDS)
    acts, states = ([band for band in bands if bool(band.acts) is wanted] for wanted in (True, False))
    few = len(acts) if asked else max(min(len(acts), most // 4), most - len(states))
    shown = {band.kind for band in [*acts[:few], *states[: most - few]]}
    return [band for band in bands if band.kind in shown], [band for band in bands if band.kind not in shown]


def _key_text(
    rows: Sequence[TimelineRow],
    dropped: Sequence[TimelineRow],
    absent: Sequence[str],
    marked: Sequence[str],
    regions: int,
) -> str:
    """Say how bands are to be read, which there was no room for, and what lies outside the window."""
    said = []
    if any(band.steps or band.fades_out for band in rows):
        said.append(text("bands", n=regions))
    if marked:
        said.append(text("dark", names=", ".join(marked)))
    if dropped:
        said.append(text("not_drawn", names=", ".join(band.name for band in dropped)))
    if absent:
        said.append(text("other_days", names=", ".join(absent)))
    return paragraph(said)


def _write_head(ax: "Axes", text: str) -> float:
    """Write how to read the bands along the upper edge, on two lines at most; return the pixels they take."""
    if not text:
        return 0.0
    lines = wrapped(ax, text, _SMALL, ax.get_window_extent().width).split("\n")
    short = "\n".join(lines[:2] if len(lines) <= 2 else [lines[0], f"{lines[1][:-1]}…"])
    style: dict[str, Any] = {"color": MUTED, "linespacing": 1.2}
    ax.text(0, 1, short, transform=ax.transAxes, ha="left", va="top", gid="key", **plain_text(_SMALL, **style))
    return text_size(ax, short, _SMALL, **style)[1] + 4 * ax.figure.dpi / 100


def _draw_days(ax: "Axes", below: float, above: float) -> None:
    """Draw hairlines through the bands, where the labelled days begin."""
    low, high = (1 - pixels / ax.get_window_extent().height for pixels in (below, above))
    for tick in np.floor(ax.get_xticks()):
        ax.axvline(tick, low, high, color="#eaecef", linewidth=0.6, zorder=0.4)


def _draw_band(ax: "Axes", band: TimelineRow, below: float, regions: int, marked: int) -> None:
    """Draw one band `below` so many pixels from the top of the axes, and its words above it."""
    area, scale = ax.get_window_extent(), ax.figure.dpi / 100
    floor = 1 - below / area.height + 2 * scale / area.height
    unit = scale / area.height

    def high(count: int) -> float:
        share = (count - 1) / (regions - 1) if regions > 1 else 0.4
        return unit * (_THINNEST + (_BAND - _THINNEST) * share)

    strong = intervention_color(band.kind)
    color = _tint(strong, _PALE if marked and regions > 1 else 1.0)
    start, end = ax.get_xlim()
    long = _FADE * (end - start)
    if band.goes_on:
        end -= 8 * scale * (end - start) / area.width  # the arrow's
    boxes = [box for moment, count in band.fades_out for box in _fade(day_number(moment), long, high(count))]
    boxes += [box for moment, count in band.fades_in for box in _fade(day_number(moment), -2 * long, high(count))]
    boxes += [(*_ends(step), high(step[2]), 1.0) for step in band.steps]
    _draw_boxes(ax, [(max(a, start), min(b, end), tall, share) for a, b, tall, share in boxes], floor, color)
    marks = [(*_ends(step), high(step[2]), 1.0) for step in band.marked]
    _draw_boxes(ax, [(a, min(b, end), tall, share) for a, b, tall, share in marks], floor, strong)
    tall = max([box[2] for box in boxes], default=high(1))
    x = start if band.first is None else day_number(band.first)
    if band.acts:
        spots = [day_number(moment) for moment in band.acts]
        ax.plot(spots, [floor + 8 * unit] * len(spots), linestyle="", marker="D", markersize=4.2, color=strong, zorder=4,
                transform=ax.get_xaxis_transform(), clip_on=False, gid="act")  # fmt: skip
    if band.fades_in:
        x = max(x - 2 * long, start)
    if band.goes_on:
        _draw_arrow(ax, floor + tall / 2, strong, scale)
    _write(ax, band, x, floor + (3.5 * unit if band.acts else tall + 1.5 * unit), 7 * scale if band.acts else 0)


def _ends(step: Step) -> tuple[float, float]:
    return day_number(step[0]), day_number(step[1])


def _tint(color: str, share: float) -> Any:
    from matplotlib.colors import to_rgb

    return tuple(1 - share * (1 - np.array(to_rgb(color))))


def _fade(at: float, long: float, tall: float) -> list[tuple[float, float, float, float]]:
    """Return boxes (left, right, height, strength) from a moment to the right or, if `long` is negative, the left.

    The longest and palest comes first, each over the one before: no seams.
    """
    steps = range(_SLICES, 0, -1)
    reaches = [(at + long * step / _SLICES, 1 - (step - 0.5) / _SLICES) for step in steps]
    return [(min(at, reach), max(at, reach), tall, share) for reach, share in reaches]


def _draw_boxes(ax: "Axes", boxes: Sequence[tuple[float, float, float, float]], floor: float, color: Any) -> None:
    """Draw boxes that stand on a floor: x in days, heights in parts of the axes."""
    from matplotlib.collections import PolyCollection

    seen = [box for box in boxes if box[1] > box[0]]
    if seen:
        corners = [[(a, floor), (a, floor + tall), (b, floor + tall), (b, floor)] for a, b, tall, _ in seen]
        fills = [_tint(color, share) for *_, share in seen]
        bars = PolyCollection(corners, facecolor=fills, linewidth=0, zorder=3.9, gid="band")
        bars.set_transform(ax.get_xaxis_transform())
        ax.add_collection(bars, autolim=False)


def _draw_arrow(ax: "Axes", y: float, color: Any, scale: float) -> None:
    """Draw a head at the right edge: it goes on."""
    area = ax.get_window_extent()
    ax.plot([1 - 5 * scale / area.width], [y], marker=">", markersize=9, color=color, markeredgecolor=PAPER,
            markeredgewidth=0.8, zorder=4.1, transform=ax.transAxes, clip_on=False, gid="goes on")  # fmt: skip


def _write(ax: "Axes", band: TimelineRow, x: float, y: float, beside: float) -> None:
    """Write name and words from a moment on, further left where the axes end."""
    area = ax.get_window_extent()
    name = shortened(ax, band.name)
    wide = text_size(ax, name, _SIZE, weight="bold")[0]
    said = shortened(ax, f" {band.words}", 0.97 * area.width - wide)
    start = ax.transData.transform((x, 0))[0] + beside
    total = 1.02 * (wide + text_size(ax, said, _SIZE)[0])  # another resolution hints letters a little wider
    if beside and start + total > area.x1:  # to the left of a diamond
        start -= 2 * beside + total
    left = (max(min(start, area.x1 - total), area.x0) - area.x0) / area.width
    options: dict[str, Any] = {"transform": ax.transAxes, "ha": "left", "va": "bottom", "zorder": 5}
    ax.text(left, y, name, **options, **plain_text(_SIZE, weight="bold"))
    ax.text(left + wide / area.width, y, said, **options, **plain_text(_SIZE, color=MUTED))
