"""Count events in files larger than memory, in batches, on one machine or a cluster."""

import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .arguments import Arguments
from .arrays import IntArray
from .counting import check_step, event_weights, panel_of
from .errors import LOST_REASONS, DataWarning, SchemaError, shorten_list
from .gazetteer import accepted_cities
from .geodesy import distinct_pairs
from .locating import CityFinder, Located, describe_overlaps, find_regions
from .observation import DAY, check_observed, count_window, observed_days
from .readers.batches import batches
from .readers.events import Paths
from .readers.files.open import find_files
from .readers.files.raw_table import RawTable
from .readers.options import ReadOptions, RowFilter
from .readers.pipeline import CombinedRows, combine, normalize
from .readers.set_aside import faulty_rows
from .readers.sources.registry import recognize
from .readers.sources.source import Source
from .tables import check_places

_MOST_PARTS, _MOST_CACHED = 16, 300_000
_PLACE_COLUMNS = (
    "name",
    "name_kk",
    "name_ru",
    "aliases",
    "region_id",
    "region_aliases",
    "geometry",
)  # used to locate events
_KEYS = {words: key for key, words in LOST_REASONS.items()}

Objects = npt.NDArray[np.object_]
_Found = tuple[int, int, str]
"""The row of a place, of another region there, and the reason if there is none."""


@dataclass(frozen=True)
class _Task:
    """Settings shared by all files and batches."""

    places: gpd.GeoDataFrame
    format: str
    columns: Mapping[str, str] | None
    wanted: RowFilter
    within_km: float | None
    weight: str | None
    encoding: str
    accepted: pd.DataFrame | None
    days: tuple[pd.Timestamp | None, pd.Timestamp | None]


@dataclass
class _Part:
    """Counts of one file: ``cells`` has one row for each day and place with events.

    ``lost`` counts rows by the key of the reason, ``faults`` those with faults by what is wrong, ``overlaps`` events by pairs
    of regions.
    """

    cells: list[pd.DataFrame] = field(default_factory=list)
    given: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    overlaps: Counter[str] = field(default_factory=Counter)
    formats: set[str] = field(default_factory=set)

    def add(self, cells: pd.DataFrame) -> None:
        """Append cells; sum them when there are many parts."""
        self.cells.append(cells)
        if len(self.cells) > _MOST_PARTS:
            self.cells = [self.summed()]

    def summed(self) -> pd.DataFrame:
        """Return the cells summed by day and place."""
        cells = pd.concat([_NO_CELLS, *self.cells], ignore_index=True)
        return cells.groupby(["day", "row"], as_index=False, sort=True).sum()

    def add_counts(self, other: "_Part") -> None:
        """Add what another part has counted besides its cells."""
        self.given += other.given
        self.lost.update(other.lost)
        self.faults.update(other.faults)
        self.overlaps.update(other.overlaps)
        self.formats |= other.formats

    def lose_faulty(self, reasons: Iterable[str]) -> None:
        """Count rows with faults."""
        new = Counter(reasons)
        self.faults.update(new)
        self.lost.update({"faulty_row": new.total()} if new else {})


_NO_CELLS = pd.DataFrame(
    {
        "day": np.array([], np.int64),
        "row": np.array([], np.int64),
        "events": np.array([], np.int64),
        "amount": np.array([], float),
    }
)


@dataclass
class _Locator:
    """Find the place of each event, with a cache because many events share a location."""

    task: _Task
    find: Callable[[gpd.GeoDataFrame], Located]
    cache: dict[tuple[object, ...], _Found] = field(default_factory=dict)

    @classmethod
    def of(cls, task: _Task) -> "_Locator":
        """Read the names of the places once for all batches."""
        if task.places.index.name != "city":
            return cls(task, partial(find_regions, regions=task.places, within_km=task.within_km))
        accepted = accepted_cities(task.accepted, task.places)
        return cls(task, CityFinder.of(task.places, task.within_km, accepted, strict=True).find)

    def locate(self, events: gpd.GeoDataFrame, columns: list[str]) -> tuple[IntArray, IntArray, Objects]:
        """Return the row of each event's place, or -1; that of another region there, or -1; and the reason if it has none.

        Places depend on the point and on `columns`, the names of the city and its region.
        """
        shapes = events.geometry.to_numpy()
        points = np.nan_to_num(shapely.bounds(shapes)[:, :2], nan=np.inf)  # a missing point is one more place
        code, _ = distinct_pairs(*points.T)
        for column in columns:
            name, distinct = pd.factorize(events[column])
            code = pd.factorize(code * (len(distinct) + 1) + name)[0]
        inverse, _ = pd.factorize(code)
        first = np.zeros(inverse.max(initial=-1) + 1, dtype=np.int64)
        first[inverse[::-1]] = np.arange(len(inverse))[::-1]
        unique = events.iloc[first][["date", *columns, "geometry"]]
        if len(unique) >= len(events) / 2:  # few repetitions: the cache would cost more than it saves
            found = self.find(unique)
            return found.rows[inverse], found.second[inverse], found.reasons[inverse]
        texts = [unique[column].astype(object).where(unique[column].notna(), None) for column in columns]
        keys = list(zip(points[first].view(complex)[:, 0].tolist(), *texts, strict=True))
        new = np.array([key not in self.cache for key in keys], dtype=bool)
        found = self.find(unique[new])
        located = zip(found.rows.tolist(), found.second.tolist(), found.reasons, strict=True)
        self.cache |= dict(zip([key for key, is_new in zip(keys, new, strict=True) if is_new], located, strict=True))
        rows, second, reasons = (np.array(part) for part in zip(*(self.cache[key] for key in keys), strict=True))
        if len(self.cache) > _MOST_CACHED:
            self.cache.clear()
        return rows[inverse], second[inverse], reasons.astype(object)[inverse]


def count_event_files(
    paths: Paths | Any,
    places: gpd.GeoDataFrame,
    *,
    every: str = "D",
    format: str = "auto",  # noqa: A002 - the word that pandas and geopandas use
    columns: Mapping[str, str] | None = None,
    country: str | Collection[str] | None = None,
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    event_types: Collection[str] | None = None,
    within_km: float | None = None,
    accepted: pd.DataFrame | None = None,
    observed: pd.DataFrame | None = None,
    weight: str | None = None,
    encoding: str = "utf-8",
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Count the events of files larger than memory by place and day.

    This equals screening each file, locating its events and counting them, but holds only one batch of rows in memory (CSV,
    TSV and Parquet; files of other types are read whole, one at a time). Rows are not compared across batches: a repeated
    id is counted each time.

    Parameters
    ----------
    paths
        A file, a folder, a pattern or several files, as in `read_events`; or a dask DataFrame, computed by its scheduler.
    places, every, start, end, observed, weight
        As in `count_events`; ``start`` and ``end`` also select the rows that are read.
    format, columns, country, event_types, encoding
        As in `read_events`.
    within_km, accepted
        As in `locate_events`. The region of an event is read from ``region_id`` or ``region`` of an own table; where the
        cities have regions, a region that they do not have is always unknown.
    n_jobs
        Number of files to count in parallel (`joblib.Parallel`); under ``joblib.parallel_config(backend="dask")`` the call
        runs on a cluster. The result does not depend on it.

    Returns
    -------
    DataFrame
        A panel as returned by `count_events`; ``attrs["lost"]`` counts the rows that are not in the panel, by reason (as
        `locate_events` and `count_events`; also "faulty_row", "other_country", "other_type", "other_day" and
        "not_protest"), and ``attrs["rows"]`` all rows.

    Warns
    -----
    DataWarning
        Rows that are not in the panel, by reason; events in the interior of several regions.

    Raises
    ------
    FileError, SchemaError, DataError
        As in `screen_events`, `locate_events` and `count_events`.

    Examples
    --------
    >>> import tempfile, protestspread as ps
    >>> from pathlib import Path
    >>> case = ps.load_case("kazakhstan_2022")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for region, events in case.events.groupby("region_id"):
    ...         ps.write_events(events, Path(folder) / f"{region}.parquet")
    ...     panel = ps.count_event_files(folder, case.regions)
    >>> int(panel.loc["2022-01-04"].sum()), int(panel.to_numpy().sum())
    (39, 152)
    """
    with Arguments() as check:
        within_km = check.number("within_km", within_km, at_least=0, optional=True)
        days = check.day("start", start, optional=True), check.day("end", end, optional=True)
        weight = check.text("weight", weight, optional=True)
        check.whole("n_jobs", n_jobs, optional=True)
        if isinstance(n_jobs, int) and n_jobs == 0:
            check.fault("n_jobs must not be 0; got 0")
        check_step(check, every)
    check_places(places)
    if observed is not None:
        check_observed(observed, places.index)
    if places.index.name == "city":
        accepted_cities(accepted, places)
    wanted = RowFilter(country, *days, event_types)
    needed = places[[c for c in _PLACE_COLUMNS if c in places]]
    task = _Task(needed, format, columns, wanted, within_km, weight, encoding, accepted, days)
    task.wanted.days()
    parts = _count_dask(paths, task) if hasattr(paths, "to_delayed") else _count_files(paths, task, n_jobs)
    whole = _Part()
    for part in parts:
        whole.add(part.summed())
        whole.add_counts(part)
    return _panel(whole, task, every, observed)


def _count_files(paths: Paths, task: _Task, n_jobs: int | None) -> Iterable[_Part]:
    from joblib import Parallel, delayed

    counted: list[_Part] = Parallel(n_jobs=n_jobs)(delayed(_count_file)(path, task) for path in find_files(paths))
    return counted


def _count_dask(frame: Any, task: _Task) -> Iterable[_Part]:
    from dask import compute, delayed

    parts: tuple[_Part, ...] = compute(*(delayed(_count_frame)(part, task) for part in frame.to_delayed()))
    return parts


def _count_file(path: Path, task: _Task) -> _Part:
    opened = batches(path, task.format, task.columns, weight=task.weight, encoding=task.encoding)
    return _count(opened, task)


def _count_frame(frame: pd.DataFrame, task: _Task) -> _Part:
    source = recognize(frame, task.format, "the dask collection", mapped=bool(task.columns))
    return _count(iter([(source, RawTable(frame))]), task)


def _count(opened: Iterator[tuple[Source, RawTable]], task: _Task) -> _Part:
    part, locator = _Part(), _Locator.of(task)
    for source, batch in opened:
        part.given += len(batch.frame) + len(batch.broken)
        part.lose_faulty(row.reason for row in batch.broken)
        # row numbers replace the ids, which the counts do not need
        frame = batch.frame.set_axis(pd.RangeIndex(len(batch.frame), name="event_id")).drop(
            columns="event_id", errors="ignore"
        )
        table = RawTable(frame, name=batch.name, is_text=batch.is_text)
        rows = combine([table], ReadOptions(source, task.columns), task.wanted)
        part.formats.add(source.title)
        part.lost.update({_KEYS.get(reason, "not_protest"): len(at) for reason, at in rows.left_out.items()})
        part.add(_cells(rows, locator, part))
    return part


def _cells(rows: CombinedRows, locator: _Locator, part: _Part) -> pd.DataFrame:
    """Return the events of a batch summed by day and place; add the lost ones to ``part``."""
    prepared = normalize(rows)
    table_faults = [fault for fault in prepared.faults if fault.rows is None]
    if table_faults:
        fix = "pass columns={name in this library: name in the file}, or another format"
        raise SchemaError("events", table_faults, fix)
    bad, reasons = faulty_rows(prepared)
    part.lose_faulty(reasons[bad])
    events, task = prepared.events[~bad], locator.task
    names = [c for c in ("city", "region_id", "region") if c in events] if task.places.index.name == "city" else []
    named = [
        c for c in names if c == "city" or c in rows.source.counting_columns
    ]  # "region" of a source is a continent
    row, second, reasons = locator.locate(events, named)
    part.lost.update(reasons[row < 0])
    part.overlaps.update(Located(row, second, reasons).overlaps(task.places))
    amount = _amounts(events, task.weight)
    unweighted = (row >= 0) & ~np.isfinite(amount)
    part.lost.update({"no_weight": int(unweighted.sum())} if unweighted.any() else {})
    day = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    cells = pd.DataFrame({"day": day, "row": row, "events": np.ones(len(row), dtype=np.int64), "amount": amount})
    return cells[(row >= 0) & ~unweighted].groupby(["day", "row"], as_index=False).sum()


def _amounts(events: gpd.GeoDataFrame, weight: str | None) -> npt.NDArray[np.float64]:
    if weight is None:
        return np.ones(len(events))
    amounts = event_weights(events, weight)
    return np.where(amounts < 0, np.nan, amounts)


def _panel(whole: _Part, task: _Task, every: str, observed: pd.DataFrame | None) -> pd.DataFrame:
    cells, lost = whole.summed(), whole.lost
    # use the unit in which this version of pandas parses dates, as count_events does
    dates = pd.DatetimeIndex(cells["day"].to_numpy().astype("datetime64[D]")).as_unit(
        pd.to_datetime(["2022-01-01"]).unit
    )
    window = count_window(dates, *task.days, observed)
    watched = observed_days(observed, window, task.places.index)
    at, row = (dates - window[0]) // DAY, cells["row"].to_numpy()
    seen = watched[at, row]
    lost.update({"unobserved_day": int(cells["events"][~seen].sum())} if not seen.all() else {})
    counts = np.zeros((len(window), len(task.places)), dtype=np.int64 if task.weight is None else float)
    counts[at[seen], row[seen]] = cells["amount"].to_numpy()[seen]
    panel = panel_of(counts, watched, window, task.places.index, every=every)
    panel.attrs |= {"lost": dict(lost), "rows": whole.given, "format": ", ".join(sorted(whole.formats))}
    if whole.overlaps:
        warnings.warn(DataWarning(f"count_event_files: {describe_overlaps(whole.overlaps)}"), stacklevel=3)
    if lost:
        faults = f" ({shorten_list(f'{n:,} {what}' for what, n in whole.faults.most_common())})"
        reasons = "; ".join(
            f"{n:,} {LOST_REASONS[key]}{faults if key == 'faulty_row' else ''}" for key, n in lost.most_common()
        )
        text = f"count_event_files: {lost.total():,} of {whole.given:,} rows are not in the result: {reasons}"
        warnings.warn(DataWarning(text), stacklevel=3)
    return panel
