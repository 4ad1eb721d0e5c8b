"""Count events in files larger than memory, in batches, on one machine or a cluster."""

import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .arrays import IntArray
from .counting import DAY, coarsen, count_window, event_weights, observed_days
from .errors import DataError, DataWarning, SchemaError, must_be
from .places import _by_city, _by_region
from .readers.batches import batches
from .readers.events import Paths
from .readers.files.open import find_files
from .readers.files.raw_table import RawTable
from .readers.options import ReadOptions, RowFilter
from .readers.pipeline import CombinedRows, combine, normalize
from .readers.points import distinct_pairs
from .readers.set_aside import faulty_rows
from .readers.sources.registry import recognize
from .readers.sources.source import Source
from .tables import check_places

_MOST_PARTS, _MOST_CACHED = 16, 300_000
_PLACE_COLUMNS = ("name", "name_kk", "name_ru", "aliases", "region_id", "geometry")  # columns used to locate events


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


@dataclass
class _Part:
    """Counts of one file: ``cells`` has one row for each day and place with events."""

    cells: list[pd.DataFrame] = field(default_factory=list)
    given: int = 0
    lost: Counter[str] = field(default_factory=Counter)
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
    cache: dict[tuple[complex, object], tuple[int, str]] = field(default_factory=dict)

    def rows(self, events: gpd.GeoDataFrame) -> tuple[IntArray, npt.NDArray[np.object_]]:
        """Return the row of each event's place, or -1, and the reason why it has none."""
        shapes = events.geometry.to_numpy()
        has_point = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        points = np.full((len(events), 2), np.inf)
        points[has_point] = shapely.get_coordinates(shapes[has_point])
        point, _ = distinct_pairs(*points.T)
        names = events["city"].to_numpy() if "city" in events else np.full(len(events), None)
        name, distinct = pd.factorize(names)
        inverse, _ = pd.factorize(point * (len(distinct) + 1) + name)
        first = np.zeros(inverse.max(initial=-1) + 1, dtype=np.int64)
        first[inverse[::-1]] = np.arange(len(inverse))[::-1]
        unique = events.iloc[first]
        if len(unique) > len(events) // 2:  # few repetitions: the cache would cost more than it saves
            rows, reasons = self._locate(unique)
        else:
            keys = list(zip(points[first].view(complex)[:, 0].tolist(), names[first], strict=True))
            new = np.array([key not in self.cache for key in keys], dtype=bool)
            located = zip(*self._locate(unique[new]), strict=True)
            self.cache |= dict(
                zip([key for key, is_new in zip(keys, new, strict=True) if is_new], located, strict=True)
            )
            pairs = [self.cache[key] for key in keys]
            rows = np.array([row for row, _ in pairs], dtype=np.int64)
            reasons = np.array([reason for _, reason in pairs], dtype=object)
            if len(self.cache) > _MOST_CACHED:
                self.cache.clear()
        return rows[inverse], reasons[inverse]

    def _locate(self, events: gpd.GeoDataFrame) -> tuple[IntArray, npt.NDArray[np.object_]]:
        needed = events[[c for c in ("date", "city", "geometry") if c in events]]
        needed = needed.set_axis(pd.RangeIndex(len(needed), name="event_id"))
        reasons = np.full(len(needed), "", dtype=object)
        places = self.task.places
        # not locate_events: its warnings can be neither suppressed nor caught in a thread
        located, lost = (_by_city if places.index.name == "city" else _by_region)(needed, places, self.task.within_km)
        for reason, ids in lost.items():
            # proposals for unknown names differ between batches; the reason must not
            reasons[np.asarray(ids, dtype=np.int64)] = reason.split(" [")[0]
        return places.index.get_indexer(located[places.index.name]), reasons


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
    within_km
        As in `locate_events`.
    n_jobs
        Number of files to count in parallel (`joblib.Parallel`); under ``joblib.parallel_config(backend="dask")`` the call
        runs on a cluster. The result does not depend on it.

    Returns
    -------
    DataFrame
        A panel as returned by `count_events`; ``attrs["lost"]`` counts the rows that are not in the panel, by reason, and
        ``attrs["rows"]`` all rows.

    Warns
    -----
    DataWarning
        Rows that are not in the panel, by reason.

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
    check_places(places)
    wanted = RowFilter(country, start, end, event_types)
    needed = places[[c for c in _PLACE_COLUMNS if c in places]]
    task = _Task(needed, format, columns, wanted, within_km, weight, encoding)
    task.wanted.days()
    if within_km is not None and not within_km >= 0:
        raise DataError(must_be("within_km", "at least 0", within_km))
    parts = _count_dask(paths, task) if hasattr(paths, "to_delayed") else _count_files(paths, task, n_jobs)
    whole = _Part()
    for part in parts:
        whole.add(part.summed())
        whole.given += part.given
        whole.lost.update(part.lost)
        whole.formats |= part.formats
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
    part, locator = _Part(), _Locator(task)
    for source, batch in opened:
        part.given += len(batch.frame) + len(batch.broken)
        part.lost.update(row.reason for row in batch.broken)
        # row numbers replace the ids, which the counts do not need
        frame = batch.frame.set_axis(pd.RangeIndex(len(batch.frame), name="event_id")).drop(
            columns="event_id", errors="ignore"
        )
        table = RawTable(frame, name=batch.name, is_text=batch.is_text)
        rows = combine([table], ReadOptions(source, task.columns), task.wanted)
        part.formats.add(source.title)
        part.lost.update({reason: len(at) for reason, at in rows.left_out.items()})
        part.add(_cells(rows, locator, part.lost))
    return part


def _cells(rows: CombinedRows, locator: _Locator, lost: Counter[str]) -> pd.DataFrame:
    """Return the events of a batch summed by day and place; add the lost ones to ``lost``."""
    prepared = normalize(rows)
    table_faults = [fault for fault in prepared.faults if fault.rows is None]
    if table_faults:
        fix = "pass columns={name in this library: name in the file}, or another format"
        raise SchemaError("events", table_faults, fix)
    bad, reasons = faulty_rows(prepared)
    lost.update(reasons[bad])
    events = prepared.events[~bad]
    row, reasons = locator.rows(events)
    lost.update(reasons[row < 0])
    amount = _amounts(events, locator.task.weight)
    unweighted = (row >= 0) & ~np.isfinite(amount)
    lost.update({"without a weight": int(unweighted.sum())} if unweighted.any() else {})
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
    window = count_window(dates, task.wanted.start, task.wanted.end, observed)
    observed_cells = observed_days(observed, window, task.places.index)
    at, row = (dates - window[0]) // DAY, cells["row"].to_numpy()
    is_observed = observed_cells[at, row]
    lost.update({"on unobserved days": int(cells["events"][~is_observed].sum())} if not is_observed.all() else {})
    counts = np.zeros((len(window), len(task.places)))
    counts[at[is_observed], row[is_observed]] = cells["amount"].to_numpy()[is_observed]
    counts[~observed_cells] = np.nan
    panel = coarsen(pd.DataFrame(counts, index=window, columns=task.places.index), every)
    if task.weight is None and not panel.isna().to_numpy().any():
        panel = panel.astype(np.int64)
    panel.attrs |= {"lost": dict(lost), "rows": whole.given, "format": ", ".join(sorted(whole.formats))}
    if lost:
        reasons = "; ".join(f"{count:,} {reason}" for reason, count in lost.most_common())
        text = f"count_event_files: {lost.total():,} of {whole.given:,} rows are not in the result: {reasons}"
        warnings.warn(DataWarning(text), stacklevel=3)
    return panel
