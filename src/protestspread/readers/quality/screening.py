"""Read files that are not clean: what can be used, what cannot and why, and what is doubtful about the rest."""

import html
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import BoolArray
from ...errors import DataError, SchemaError, shorten_list
from ...tables import check_events, check_places
from ..events import Paths, open_events
from ..files.raw_table import RawTable
from ..pipeline import CombinedRows, NormalizedEvents, RowFilter, combine, normalize
from ..sources.registry import TABLE, not_recognized
from .quality_findings import Finding, Material, find_doubts

OPTIONAL = frozenset(
    [
        "date_end",
        "time",
        "size_low",
        "size_high",
        "size_text",
        "fatalities",
        "fatalities_low",
        "fatalities_high",
        "minor",
        "date_precision",
        "place_precision",
        "event_type",
        "sub_event_type",
        "source",
        "source_url",
        "note",
        "mentions",
        "region_id",
        "weight",
    ]
)
"""Columns that an event can do without: a value there that cannot be read is left blank, and said."""
_MOST_REASONS = 30
_WIDTH = 96
_PLAINLY = {"empty geometry": "no place: no coordinates"}
_PARTNER = {"size_low above size_high": ("size_low",), "fatalities_low above fatalities_high": ("fatalities_low",)}


@dataclass(frozen=True, repr=False, eq=False)
class Screening:
    """What became of every row of a file.

    Attributes
    ----------
    events
        Events that can be used, in the shape of `read_events`.
    rejected
        All other rows as the file has them, with ``row`` (its number, from 1), ``why`` ("left out" or "faulty") and ``reason``
        before their own columns. ``rows == len(events) + len(rejected)``, always.
    findings
        What is doubtful about the events: index ``finding``; ``count`` ``of`` how many, in which ``unit``, ``share``, ``says``,
        ``examples``.
    concerned
        Finding -> the ids of the events that it is about.
    rows
        How many rows there were.
    format, title
        What the file was taken for.
    names
        The files.
    regions
        How many regions were given to look in; None: none were, and what needs them was not looked for.
    """

    events: gpd.GeoDataFrame
    rejected: pd.DataFrame
    findings: pd.DataFrame
    concerned: Mapping[str, pd.Index]
    rows: int
    format: str
    title: str
    names: tuple[str, ...]
    regions: int | None = None

    def _lines(self) -> list[tuple[str, str]]:
        dates = self.events["date"]
        days = f"; {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}" if len(dates) else ""
        lines = [
            ("taken for", self.title),
            ("rows", f"{self.rows:,}"),
            ("events", f"{len(self.events):,}{days}"),
            ("rejected", f"{len(self.rejected):,}"),
        ]
        reasons = Counter(zip(self.rejected["why"], self.rejected["reason"], strict=True))
        lines += [(f"  {why}", f"{count:,}  {reason}") for (why, reason), count in reasons.most_common(_MOST_REASONS)]
        if len(reasons) > _MOST_REASONS:
            lines.append(("  ...", f"{len(reasons) - _MOST_REASONS} more reasons, in .rejected"))
        lines.append(("doubtful", "" if len(self.findings) else "nothing found"))
        lines += [
            (f"  {name}", f"{count:,} of {of:,} {unit}: {says}")
            for name, count, of, unit, says in self.findings[["count", "of", "unit", "says"]].itertuples()
        ]
        if self.regions is None:
            lines.append(("not looked for", "events at centroids or outside, regions without reports: places=regions"))
        # words of the data come to stand here: no line break or control character of theirs may
        return [(name, "".join(c if c.isprintable() else " " for c in text)) for name, text in lines]

    def __repr__(self) -> str:
        page = [f"<Screening of {shorten_list(self.names)}>"]
        for name, text in self._lines():
            first, *more = textwrap.wrap(text, _WIDTH) or [""]
            page += [f"  {name:<24} {first}".rstrip(), *(" " * 27 + line for line in more)]
        return "\n".join(page)

    def _repr_html_(self) -> str:
        style = "text-align:left;vertical-align:top;padding:2px 1em 2px"
        rows = "".join(
            f"<tr><th style='{style} {0.3 + name.startswith('  ')}em;white-space:nowrap;"
            f"font-weight:{'normal' if name.startswith('  ') else 'bold'}'>{html.escape(name.strip())}</th>"
            f"<td style='{style} 0;white-space:normal;max-width:44em'>{html.escape(text)}</td></tr>"
            for name, text in self._lines()
        )
        title = html.escape(shorten_list(self.names))
        return f"<table><caption style='{style} 0.3em;white-space:nowrap'><b>Screening of {title}</b></caption>{rows}</table>"


def screen_events(
    path_or_frame: Paths | pd.DataFrame,
    *,
    format: str = "auto",  # noqa: A002 - the word that pandas and geopandas use
    columns: Mapping[str, str] | None = None,
    places: gpd.GeoDataFrame | None = None,
    country: str | Collection[str] | None = None,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    event_types: Collection[str] | None = None,
    layer: str | None = None,
    encoding: str = "utf-8",
) -> Screening:
    """Read events from a file that is not clean, and say what became of every row.

    A row without a day, a place or an id of its own is rejected, with its reason. A value that an event can do without and
    that cannot be read (a size, a death toll) is left blank, and said. Nothing is merged, moved or guessed.

    Parameters
    ----------
    path_or_frame, format, columns, country, start, end, event_types, layer, encoding
        As in `read_events`.
    places
        Regions, to look for events at their centroids and outside, and for regions without reports.

    Returns
    -------
    Screening
        ``events``, ``rejected`` and ``findings``; it prints as a page for an appendix.

    Raises
    ------
    FileError
        The file cannot be opened as what it says it is.
    SchemaError
        The table as a whole has no dates or no places.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> rows = pd.DataFrame({"date": ["2022-01-02", "soon", "2022-01-03"], "city": ["Aktau", "Oral", "Oral"]})
    >>> screening = ps.screen_events(rows)
    >>> len(screening.events), screening.rejected["reason"].tolist()
    (2, ["column 'date': not a date written as 2022-01-31"])
    """
    if places is not None:
        check_places(places)
    opened = open_events(path_or_frame, only=None, layer=layer, encoding=encoding)
    rows = combine(opened, format, columns, RowFilter(country, start, end, event_types))
    prepared = normalize(rows)
    _refuse_whole(prepared, format, columns)
    bad, reasons = faulty_rows(prepared)
    events, blanked = _usable(prepared, bad)
    rejected = _rejected(rows, opened, bad, reasons)
    doubts = [*blanked, *find_doubts(Material(events, rows.frame[~bad], rows.source, places))]
    total = sum(len(one.frame) + len(one.broken) for one in opened)
    if total != len(events) + len(rejected):
        raise DataError(
            "rows were lost", [f"{total} in, {len(events)} + {len(rejected)} out"], "this is a fault of protestspread"
        )
    concerned: dict[str, pd.Index] = {}
    for doubt in doubts:
        concerned[doubt.name] = concerned[doubt.name].union(doubt.events) if doubt.name in concerned else doubt.events
    return Screening(
        events=events,
        rejected=rejected,
        findings=_table(doubts),
        concerned=concerned,
        rows=total,
        format=rows.source.name,
        title=rows.source.title,
        names=tuple(one.name for one in opened),
        regions=len(places) if places is not None and places.index.name == "region_id" else None,
    )


def _refuse_whole(prepared: NormalizedEvents, asked: str, columns: Mapping[str, str] | None) -> None:
    whole = [fault for fault in prepared.faults if fault.rows is None]
    if whole:
        taken = not_recognized() if asked == "auto" and prepared.rows.source is TABLE and not columns else ""
        raise SchemaError("events", whole, f"columns={{our name: the name in the file}}; {taken}".rstrip("; "))


def faulty_rows(prepared: NormalizedEvents) -> tuple[BoolArray, npt.NDArray[np.object_]]:
    """Return which events cannot be used, and all reasons why, joined."""
    bad = np.zeros(len(prepared.events), dtype=bool)
    reasons = np.full(len(bad), "", dtype=object)
    for fault in prepared.faults:
        if fault.rows is not None and fault.column not in OPTIONAL:
            bad |= fault.rows
            reason = fault.reason.split(": '")[0]  # examples are of other rows; the row itself stands beside its reason
            reason = _PLAINLY.get(reason, reason)
            reasons[fault.rows] = [f"{before}; {reason}" if before else reason for before in reasons[fault.rows]]
    return bad, reasons


def _usable(prepared: NormalizedEvents, bad: BoolArray) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """Return the events that can be used, with blanks where a value cannot, and what was left blank."""
    events, found = prepared.events, []
    for fault in prepared.faults:
        if fault.rows is None or fault.column not in OPTIONAL or fault.column not in events:
            continue
        blank = fault.rows & ~bad
        if blank.any():
            flag = pd.api.types.is_bool_dtype(events[fault.column])
            for name in [] if flag else [fault.column, *_PARTNER.get(fault.reason, ())]:
                events[name] = events[name].mask(fault.rows)
            says = f"{fault.reason}; {'taken for false' if flag else 'left blank'}"
            found.append(
                Finding("left_blank", says, int(blank.sum()), int((~bad).sum()), "events", events.index[blank])
            )
    events = events[~bad]
    check_events(events)
    return events, found


def _rejected(
    rows: CombinedRows, opened: Sequence[RawTable], bad: BoolArray, reasons: npt.NDArray[np.object_]
) -> pd.DataFrame:
    numbers = np.concatenate([one.row_numbers() for one in opened])
    parts = [_part(rows.raw, at, numbers, "left out", [reason] * len(at)) for reason, at in rows.left_out.items()]
    parts.append(_part(rows.raw, rows.position[bad], numbers, "faulty", list(reasons[bad])))
    for one in opened:
        lines = {
            "row": [row.number for row in one.broken],
            "why": ["faulty"] * len(one.broken),
            "reason": [row.reason for row in one.broken],
            "text": [row.text for row in one.broken],
        }
        parts.append(pd.DataFrame(lines | ({"from_file": [one.name] * len(one.broken)} if len(opened) > 1 else {})))
    filled = [part for part in parts if len(part)]
    if not filled:
        return parts[0].iloc[:0]
    table: pd.DataFrame = pd.concat(filled, ignore_index=True)
    return table.sort_values([*(["from_file"] if len(opened) > 1 else []), "row"], ignore_index=True)


def _part(
    raw: pd.DataFrame, at: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64], why: str, reasons: list[str]
) -> pd.DataFrame:
    part = pd.DataFrame(raw.iloc[at]).reset_index(drop=raw.index.name is None)
    part = part.rename(columns={name: f"{name}_given" for name in ("row", "why", "reason") if name in part})
    first = pd.DataFrame({"row": numbers[at], "why": why, "reason": pd.Series(reasons, dtype=object)})
    return pd.concat([first, part], axis=1)


def _table(doubts: Sequence[Finding]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "count": [doubt.count for doubt in doubts],
            "of": [doubt.of for doubt in doubts],
            "unit": [doubt.unit for doubt in doubts],
            "share": [doubt.count / doubt.of if doubt.of else np.nan for doubt in doubts],
            "says": [doubt.says for doubt in doubts],
            "examples": [shorten_list(doubt.events[:6], 5) for doubt in doubts],
        },
        index=pd.Index([doubt.name for doubt in doubts], name="finding"),
    )
