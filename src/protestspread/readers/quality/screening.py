"""Screen event files: usable events, rejected rows with reasons, and possible quality problems."""

import html
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ...arrays import BoolArray
from ...errors import DataError, shorten_list
from ...tables import check_places
from ..events import Paths, open_events, raise_table_faults
from ..files.raw_table import RawTable
from ..options import ReadOptions, RowFilter
from ..pipeline import CombinedRows, combine, normalize
from ..set_aside import Blank, faulty_rows, usable_events
from .quality_findings import Finding, ScreenedEvents, find_quality_issues

_MOST_REASONS = 30
_WIDTH = 96


@dataclass(frozen=True, repr=False, eq=False)
class Screening:
    """The result of screening: every row of the files is an event or rejected with a reason.

    Attributes
    ----------
    events
        Usable events, as from `read_events`.
    rejected
        All other rows, unchanged, preceded by ``row`` (the row number, from 1), ``why`` ("left out" or "faulty") and
        ``reason``. ``rows == len(events) + len(rejected)`` always holds.
    blanked
        The rows of events of which a value was left blank, in the form of `rejected`; ``why`` is "left blank".
    findings
        Possible quality problems: index ``finding``; ``count``, ``of`` (the total), ``unit``, ``share``, ``says`` (a
        description) and ``examples``.
    concerned
        Finding -> ids of the events concerned.
    rows
        Number of rows in the files.
    format, title
        The format that was used, and its title.
    names
        The names of the files.
    regions
        Number of regions given; None if there were none, and the checks that need regions were skipped.
    """

    events: gpd.GeoDataFrame
    rejected: pd.DataFrame
    blanked: pd.DataFrame
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
            ("format", self.title),
            ("rows", f"{self.rows:,}"),
            ("events", f"{len(self.events):,}{days}"),
            ("rejected", f"{len(self.rejected):,}"),
        ]
        reasons = Counter(zip(self.rejected["why"], self.rejected["reason"], strict=True))
        lines += [(f"  {why}", f"{count:,}  {reason}") for (why, reason), count in reasons.most_common(_MOST_REASONS)]
        if len(reasons) > _MOST_REASONS:
            lines.append(("  ...", f"{len(reasons) - _MOST_REASONS} more reasons, see .rejected"))
        lines.append(("findings", "" if len(self.findings) else "none"))
        lines += [
            (f"  {name}", f"{count:,} of {of:,} {unit}: {text}")
            for name, count, of, unit, text in self.findings[["count", "of", "unit", "says"]].itertuples()
        ]
        if self.regions is None:
            lines.append(
                ("not checked", "events at centroids or outside, regions without reports (pass regions as places)")
            )
        # the lines quote the data, which may contain line breaks or control characters
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
    date_format: str | None = None,
    crs: Any = None,
    layer: str | None = None,
    encoding: str = "utf-8",
    count: str | None = None,
    keep: Literal["standard", "all"] = "standard",
) -> Screening:
    """Read events from files with faulty rows, and account for every row.

    A row without a date, a place or a unique id is rejected with a reason. An unreadable value of an optional column (such as
    the crowd size) is left blank and reported. No row is merged, moved or imputed.

    Parameters
    ----------
    path_or_frame, format, columns, country, start, end, event_types, date_format, crs, layer, encoding, count, keep
        As in `read_events`. ``rejected`` always has all columns.
    places
        Regions, to find events at centroids or outside, and regions without reports.

    Returns
    -------
    Screening
        ``events``, ``rejected`` and ``findings``; its printed form is suitable for an appendix.

    Raises
    ------
    FileError
        The file cannot be read as the type that its ending names.
    SchemaError
        The table has no column of dates or of places.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> rows = pd.DataFrame({"date": ["2022-01-02", "soon", "2022-01-03"], "city": ["Aktau", "Oral", "Oral"]})
    >>> screening = ps.screen_events(rows)
    >>> len(screening.events), screening.rejected["reason"].tolist()
    (2, ["column 'date': not a date written as 2022-01-31"])
    """
    options = ReadOptions(format, columns, date_format, crs, encoding, layer, count, keep).check()
    wanted = RowFilter(country, start, end, event_types)
    wanted.days()
    if places is not None:
        _check_places(places)
    opened = open_events(path_or_frame, options)
    rows = combine(opened, replace(options, keep="all"), wanted)
    prepared = normalize(rows)
    raise_table_faults(prepared)
    faulty, reasons = faulty_rows(prepared)
    events, blanks = usable_events(prepared, faulty)
    rejected = _rejected_rows(rows, opened, faulty, reasons)
    findings = [Finding("left_blank", b.reason, len(b.events), len(events), "events", b.events) for b in blanks]
    findings += find_quality_issues(ScreenedEvents(events, rows.frame[~faulty], rows.source, places))
    if not options.keeps_all:
        events = events.drop(columns=rows.source.free_text_columns(events.columns, renamed=True))
    total = sum(len(table.frame) + len(table.broken) for table in opened)
    if total != len(events) + len(rejected):
        raise DataError(
            "screen_events did not account for every row",
            [f"{total} rows were read; {len(events)} events + {len(rejected)} rejected rows were returned"],
            "this is a bug in protestspread; please report it with the file",
        )
    concerned: dict[str, pd.Index] = {}
    for finding in findings:
        before = concerned.get(finding.name)
        concerned[finding.name] = finding.events if before is None else before.union(finding.events)
    return Screening(
        events=events,
        rejected=rejected,
        blanked=_blanked_rows(rows, opened, prepared.events.index, blanks),
        findings=_findings_table(findings),
        concerned=concerned,
        rows=total,
        format=rows.source.name,
        title=rows.source.title,
        names=tuple(table.name for table in opened),
        regions=len(places) if places is not None and places.index.name == "region_id" else None,
    )


def _check_places(places: gpd.GeoDataFrame) -> None:
    check_places(places)
    if places.empty:
        raise DataError("places must have at least one place; got none", fix="pass places=None to screen without them")


def _rejected_rows(
    rows: CombinedRows, opened: Sequence[RawTable], faulty: BoolArray, reasons: npt.NDArray[np.object_]
) -> pd.DataFrame:
    numbers = np.concatenate([table.row_numbers() for table in opened])
    parts = [
        _rejected_part(rows.raw, at, numbers, "left out", [reason] * len(at)) for reason, at in rows.left_out.items()
    ]
    parts.append(_rejected_part(rows.raw, rows.position[faulty], numbers, "faulty", list(reasons[faulty])))
    for raw in opened:
        lines = {
            "row": [row.number for row in raw.broken],
            "why": ["faulty"] * len(raw.broken),
            "reason": [row.reason for row in raw.broken],
            "text": [row.text for row in raw.broken],
        }
        parts.append(pd.DataFrame(lines | ({"from_file": [raw.name] * len(raw.broken)} if len(opened) > 1 else {})))
    filled = [part for part in parts if len(part)]
    if not filled:
        return parts[0].iloc[:0]
    table: pd.DataFrame = pd.concat(filled, ignore_index=True)
    return table.sort_values([*(["from_file"] if len(opened) > 1 else []), "row"], ignore_index=True)


def _blanked_rows(
    rows: CombinedRows, opened: Sequence[RawTable], ids: pd.Index, blanks: Sequence[Blank]
) -> pd.DataFrame:
    """Return the rows of events with a blank; the reasons of one row are joined by semicolons."""
    reasons = np.full(len(ids), "", dtype=object)
    for blank in blanks:
        where = ids.get_indexer_for(blank.events)
        reasons[where] = [f"{before}; {blank.reason}".removeprefix("; ") for before in reasons[where]]
    at = np.flatnonzero(reasons != "")
    numbers = np.concatenate([table.row_numbers() for table in opened])
    return _rejected_part(rows.raw, rows.position[at], numbers, "left blank", list(reasons[at]))


def _rejected_part(
    raw: pd.DataFrame, at: npt.NDArray[np.int64], numbers: npt.NDArray[np.int64], why: str, reasons: list[str]
) -> pd.DataFrame:
    part = pd.DataFrame(raw.iloc[at]).reset_index(drop=raw.index.name is None)
    part = part.rename(columns={name: f"{name}_given" for name in ("row", "why", "reason") if name in part})
    first = pd.DataFrame({"row": numbers[at], "why": why, "reason": pd.Series(reasons, dtype=object)})
    return pd.concat([first, part], axis=1)


def _findings_table(findings: Sequence[Finding]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "count": [finding.count for finding in findings],
            "of": [finding.of for finding in findings],
            "unit": [finding.unit for finding in findings],
            "share": [finding.count / finding.of if finding.of else np.nan for finding in findings],
            "says": [finding.text for finding in findings],
            "examples": [shorten_list(finding.events[:6], 5) for finding in findings],
        },
        index=pd.Index([finding.name for finding in findings], name="finding"),
    )
