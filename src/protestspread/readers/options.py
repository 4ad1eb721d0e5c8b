"""What the user says about a file: its format, columns, dates, reference system, encoding and layer."""

import codecs
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyproj

from ..arguments import Arguments, as_list
from .sources.date_formats import is_date_format
from .sources.registry import SOURCES
from .sources.source import Source

Texts = str | Collection[str]


@dataclass(frozen=True)
class ReadOptions:
    """How to read tables of events; each attribute is the option of `read_events` of the same name."""

    format: str | Source = "auto"
    columns: Mapping[str, str] | None = None
    date_format: str | None = None
    crs: Any = None
    encoding: str = "utf-8"
    layer: str | None = None
    count: str | None = None
    keep: str = "all"
    only: Collection[str] | None = None

    @property
    def mapping(self) -> Mapping[str, str]:
        """Standard name -> name in the file, for all columns that the user named."""
        return {**(self.columns or {}), **({} if self.count is None else {"count": self.count})}

    @property
    def keeps_all(self) -> bool:
        """Whether columns of free text are kept; columns that are asked for by name are."""
        return self.keep == "all" or self.only is not None

    def check(self) -> "ReadOptions":
        """Return the options if they are valid, else raise `DataError` with all faults."""
        with Arguments() as check:
            if not isinstance(self.format, Source):
                check.choice("format", self.format, ("auto", *SOURCES))
            check_columns(check, self.columns)
            pattern = check.text("date_format", self.date_format, optional=True)
            if isinstance(pattern, str) and pattern.strip() and not is_date_format(pattern):
                check.fault(
                    f"date_format must have a day, a month and a year, such as '%d.%m.%Y'; got {self.date_format!r}"
                )
            check_file_options(check, layer=self.layer, encoding=self.encoding, crs=self.crs, may_lack_encoding=False)
            check.text("count", self.count, optional=True)
            check.choice("keep", self.keep, ("standard", "all"))
            check_texts(check, "only", self.only)
            if isinstance(self.only, str):
                check.fault(f"only must be a list of columns; got {self.only!r}")
        return self


@dataclass(frozen=True)
class RowFilter:
    """The events to keep."""

    country: Texts | None = None
    start: str | pd.Timestamp | None = None
    end: str | pd.Timestamp | None = None
    event_types: Texts | None = None

    def days(self) -> tuple[pd.Timestamp | None, pd.Timestamp | None]:
        """Return the first and the last day to keep; raise `DataError` if the filter is not valid."""
        with Arguments(fix="write dates as '2022-01-31'") as check:
            first = check.day("start", self.start, optional=True)
            last = check.day("end", self.end, optional=True)
        with Arguments() as check:
            check_texts(check, "country", self.country)
            check_texts(check, "event_types", self.event_types)
            if first is not None and last is not None and first > last:
                check.fault(f"start must not be after end; got start {first.date()} and end {last.date()}")
        return first, last


def check_columns(check: Arguments, columns: object) -> None:
    """Check a mapping from standard names to names in the file."""
    if columns is None:
        return
    if isinstance(columns, Mapping) and all(isinstance(text, str) for pair in columns.items() for text in pair):
        repeated = len(set(columns.values())) < len(columns)
        if repeated:
            check.fault(
                "columns must name each column of the file once; write columns={'date': 'name in the file', ...}"
            )
        return
    check.instance("columns", None, Mapping, "a mapping from standard names to names in the file")


def check_texts(check: Arguments, name: str, texts: object) -> None:
    """Check for None, a text, or a collection of texts."""
    if texts is None or isinstance(texts, str):
        return
    listed = as_list(texts) if isinstance(texts, Collection) else None  # an iterator could be read only once
    if listed is None or not all(isinstance(text, str) for text in listed):
        check.instance(name, texts, (), "text or a list of texts")


def check_file_options(
    check: Arguments, *, layer: object, encoding: object, crs: object, may_lack_encoding: bool = True
) -> None:
    """Check the options that all readers of files share."""
    check.text("layer", layer, optional=True)
    check.text("encoding", encoding, optional=may_lack_encoding)
    if isinstance(encoding, str) and encoding.strip() and not _is_encoding(encoding):
        check.fault(
            f"encoding must be the name of an encoding that Python knows, such as 'utf-8', 'utf-16' or 'cp1252'; "
            f"got {encoding!r}"
        )
    if crs is not None and not _is_crs(crs):
        check.instance("crs", crs, (), "a reference system, such as 'EPSG:4326'")


def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
        "".encode(name)  # not a codec of bytes, such as base64
    except (LookupError, ValueError, TypeError, UnicodeError):
        return False
    return True


def _is_crs(crs: object) -> bool:
    try:
        pyproj.CRS.from_user_input(crs)
    except Exception:  # noqa: BLE001 - pyproj raises many types of errors for what is no reference system
        return False
    return True
