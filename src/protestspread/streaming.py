"""Count files that are larger than memory: batch by batch, file by file, on one machine or many."""

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
from .counting import DAY, coarsen, count_window, observed_days
from .errors import DataError, DataWarning, SchemaError, shorten_list
from .places import _by_city, _by_region
from .readers.batches import batches
from .readers.events import Paths
from .readers.files.open import find_files
from .readers.files.raw_table import RawTable
from .readers.pipeline import CombinedRows, RowFilter, combine, distinct_pairs, normalize
from .readers.quality.screening import faulty_rows
from .readers.sources.registry import recognize
from .readers.sources.source import Source
from .tables import check_places

_MOST_PARTS, _MOST_KNOWN = 16, 300_000
_PLACE_COLUMNS = ("name", "name_kk", "name_ru", "aliases", "region_id", "geometry")  # what locating needs


@dataclass(frozen=True)
class _Task:
    """What every part of the work needs to know."""

    places: gpd.GeoDataFrame
    format: str
    columns: Mapping[str, str] | None
    wanted: RowFilter
    within_km: float | None
    weight: str | None
    encoding: str


@dataclass
class _Part:
    """Counts of one file: ``cells`` has a row for each day and place with events."""

    cells: list[pd.DataFrame] = field(default_factory=list)
    given: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    formats: set[str] = field(default_factory=set)

    def add(self, cells: pd.DataFrame) -> None:
        """Take cells in, and keep them few."""
        self.cells.append(cells)
        if len(self.cells) > _MOST_PARTS:
            self.cells = [self.summed()]

    def summed(self) -> pd.DataFrame:
        """Return the cells with those of one day and place added up, in the order in which they came."""
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
    """Finds the place of each event; a place that was found is remembered, for events come from few."""

    task: _Task
    known: dict[tuple[complex, object], tuple[int, str]] = field(default_factory=dict)

    def rows(self, events: gpd.GeoDataFrame) -> tuple[IntArray, npt.NDArray[np.object_]]:
        """Return the row of each event's place, -1 where it has none, and why."""
        shapes = events.geometry.to_numpy()
        there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        points = np.full((len(events), 2), np.inf)
        points[there] = shapely.get_coordinates(shapes[there])
        point, _ = distinct_pairs(*points.T)
        names = events["city"].to_numpy() if "city" in events else np.full(len(events), None)
        name, distinct = pd.factorize(names)
        back, _ = pd.factorize(point * (len(distinct) + 1) + name)
        first = np.zeros(back.max(initial=-1) + 1, dtype=np.int64)
        first[back[::-1]] = np.arange(len(back))[::-1]
        few = events.iloc[first]
        if len(few) > len(events) // 2:  # hardly any comes again: to remember takes longer than to look
            found, reasons = self._look(few)
        else:
            keys = list(zip(points[first].view(complex)[:, 0].tolist(), names[first], strict=True))
            new = np.array([key not in self.known for key in keys], dtype=bool)
            said = zip(*self._look(few[new]), strict=True)
            self.known |= dict(zip([key for key, is_new in zip(keys, new, strict=True) if is_new], said, strict=True))
            pairs = [self.known[key] for key in keys]
            found = np.array([row for row, _ in pairs], dtype=np.int64)
            reasons = np.array([reason for _, reason in pairs], dtype=object)
            if len(self.known) > _MOST_KNOWN:
                self.known.clear()
        return found[back], reasons[back]

    def _look(self, events: gpd.GeoDataFrame) -> tuple[IntArray, npt.NDArray[np.object_]]:
        few = events[[c for c in ("date", "city", "geometry") if c in events]]
        few = few.set_axis(pd.RangeIndex(len(few), name="event_id"))
        reasons = np.full(len(few), "", dtype=object)
        places = self.task.places
        # not locate_events: it warns, and what is warned in a thread can be neither held back nor read there
        located, lost = (_by_city if places.index.name == "city" else _by_region)(few, places, self.task.within_km)
        for reason, ids in lost.items():
            # what a name may have been meant to be differs from batch to batch; the reason may not
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
    """Count the events of files that need not fit into memory, by place and day.

    The same as screening each file, locating its events and counting them, but only a batch of rows is held at a time (CSV, TSV
    and Parquet; other kinds of file are read whole, one by one). Rows are not compared across batches: an id that stands twice
    counts twice.

    Parameters
    ----------
    paths
        A file, a folder, a pattern or several files, as in `read_events`; or a dask DataFrame, which its own scheduler computes.
    places, every, start, end, observed, weight
        As in `count_events`; `start` and `end` also choose what is read.
    format, columns, country, event_types, encoding
        As in `read_events`.
    within_km
        As in `locate_events`.
    n_jobs
        How many files to count at a time (`joblib.Parallel`); under ``joblib.parallel_config(backend="dask")`` the same call
        runs on a cluster. The result is identical whatever their number.

    Returns
    -------
    DataFrame
        A panel as `count_events` makes it; ``attrs["lost"]`` says how many rows are not in it, by reason, ``attrs["rows"]`` how
        many there were.

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
    few = places[[c for c in _PLACE_COLUMNS if c in places]]
    task = _Task(few, format, columns, wanted, within_km, weight, encoding)
    task.wanted.days()
    if within_km is not None and not within_km >= 0:
        raise DataError("the events cannot be located", [f"within_km = {within_km}"], "kilometres, 0 or more")
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
    for source, one in opened:
        part.given += len(one.frame) + len(one.broken)
        part.lost.update(row.reason for row in one.broken)
        # numbers for names: nobody asks for the ids of millions
        frame = one.frame.set_axis(pd.RangeIndex(len(one.frame), name="event_id")).drop(
            columns="event_id", errors="ignore"
        )
        rows = combine([RawTable(frame, name=one.name)], source, task.columns, task.wanted)
        part.formats.add(source.title)
        part.lost.update({reason: len(at) for reason, at in rows.left_out.items()})
        part.add(_cells(rows, locator, part.lost))
    return part


def _cells(rows: CombinedRows, locator: _Locator, lost: Counter[str]) -> pd.DataFrame:
    """Return day, place and amount of each event of a batch, and count those that are lost."""
    prepared = normalize(rows)
    whole = [fault for fault in prepared.faults if fault.rows is None]
    if whole:
        raise SchemaError("events", whole, "columns={our name: the name in the file}, or another format=")
    bad, reasons = faulty_rows(prepared)
    lost.update(reasons[bad])
    events = prepared.events[~bad]
    row, why = locator.rows(events)
    lost.update(why[row < 0])
    amount = _amounts(events, locator.task.weight)
    unweighted = (row >= 0) & ~np.isfinite(amount)
    lost.update({"without a weight": int(unweighted.sum())} if unweighted.any() else {})
    day = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    cells = pd.DataFrame({"day": day, "row": row, "events": np.ones(len(row), dtype=np.int64), "amount": amount})
    return cells[(row >= 0) & ~unweighted].groupby(["day", "row"], as_index=False).sum()


def _amounts(events: gpd.GeoDataFrame, weight: str | None) -> npt.NDArray[np.float64]:
    if weight is None:
        return np.ones(len(events))
    if weight not in events or not pd.api.types.is_numeric_dtype(events[weight]):
        numbers = shorten_list(events.select_dtypes("number"))
        raise DataError(
            "the events cannot be weighted", [f"no column of numbers called '{weight}'"], f"one of {numbers}"
        )
    amounts = events[weight].to_numpy(dtype=float, na_value=np.nan)
    return np.where(amounts < 0, np.nan, amounts)


def _panel(whole: _Part, task: _Task, every: str, observed: pd.DataFrame | None) -> pd.DataFrame:
    cells, lost = whole.summed(), whole.lost
    # in the unit in which this pandas reads dates, as the events of count_events have it
    dates = pd.DatetimeIndex(cells["day"].to_numpy().astype("datetime64[D]")).as_unit(
        pd.to_datetime(["2022-01-01"]).unit
    )
    window = count_window(dates, task.wanted.start, task.wanted.end, observed)
    watched = observed_days(observed, window, task.places.index)
    at, row = (dates - window[0]) // DAY, cells["row"].to_numpy()
    seen = watched[at, row]
    lost.update({"on unobserved days": int(cells["events"][~seen].sum())} if not seen.all() else {})
    counts = np.zeros((len(window), len(task.places)))
    counts[at[seen], row[seen]] = cells["amount"].to_numpy()[seen]
    counts[~watched] = np.nan
    panel = coarsen(pd.DataFrame(counts, index=window, columns=task.places.index), every)
    if task.weight is None and not panel.isna().to_numpy().any():
        panel = panel.astype(np.int64)
    panel.attrs |= {"lost": dict(lost), "rows": whole.given, "format": ", ".join(sorted(whole.formats))}
    if lost:
        reasons = "; ".join(f"{count:,} {reason}" for reason, count in lost.most_common())
        text = f"count_event_files: {lost.total():,} of {whole.given:,} rows are not in the result: {reasons}"
        warnings.warn(DataWarning(text), stacklevel=3)
    return panel
