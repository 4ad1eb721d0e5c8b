"""Simulate panels from models of spread."""

from collections.abc import Generator, Hashable, Iterable, Mapping
from functools import partial
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ..arguments import Arguments
from ..arrays import IntArray
from ..checks import label_faults, moments
from ..ensembles.ensemble import Ensemble
from ..ensembles.files import KEEP, collect, collect_in_file
from ..errors import DataError, SchemaError, argument_error, must_be, shorten_list
from ..graphs.diffusion import DiffusionGraph
from ..inference.replicates import replicate_parts
from ..random_streams import seed_of
from .base import DrawPanel, Model, PanelSampler, SpreadSampler

_MOST_DAYS, _MOST_DRAWS, _MOST_EVENTS = 10**5, 10**8, 10**15

Seeds = Iterable[Hashable] | Mapping[Hashable, int] | pd.Series


def simulate(
    model: Model,
    graph: DiffusionGraph,
    *,
    seeds: Seeds,
    days: int,
    first_day: str | pd.Timestamp = "2000-01-01",
    rng: int | np.random.Generator | None = None,
) -> pd.DataFrame:
    """Simulate one panel from a model.

    Parameters
    ----------
    model
        `SI`, `SIS`, `SIR`, `SEIR`, `SIRS`, `ThresholdModel`, `CascadeModel`, or the ``model`` of a fit:
        `NetworkDiffusionModel`, `EventHistoryModel` or `EndemicEpidemicModel`.
    graph
        The places and their ties; its nodes become the columns of the panel.
    seeds
        Places that are active on the first day, with one event each. For models of counts also a mapping from places to
        numbers of events on the first day. May be empty where a model has spontaneous onsets or an endemic component.
    days
        Number of days, including the first.
    first_day
        Date of the first row.
    rng
        A whole number, a numpy Generator or None. The same whole number gives the same panel, which is also the first
        panel of ``simulate_many(..., rng=...)``.

    Returns
    -------
    DataFrame
        Index ``date``, one column per place, whole numbers: counts of events for `EndemicEpidemicModel`, for
        other models 1 while a place is active.

    Raises
    ------
    DataError
        Seeds are not places of the graph, ``days`` is below 1, a parameter lacks a place or a date, or counts grow without
        bound.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> roads = ps.link_graph(case.cities, case.links)
    >>> panel = ps.simulate(ps.SI(transmission_per_day=0.3), roads, seeds=["Zhanaozen"], days=30, rng=7)
    >>> panel.shape == (30, len(case.cities))
    True
    >>> first = ps.onsets(panel)  # simulated panels have the same shape as observed ones
    >>> str(first["Zhanaozen"].date())
    '2000-01-01'
    """
    return simulate_many(model, graph, seeds=seeds, days=days, draws=1, first_day=first_day, rng=rng)[0]


def simulate_many(
    model: Model,
    graph: DiffusionGraph,
    *,
    seeds: Seeds,
    days: int,
    draws: int,
    first_day: str | pd.Timestamp = "2000-01-01",
    path: str | Path | None = None,
    memory_mb: float = KEEP,
    rng: int | np.random.Generator | None = None,
) -> Ensemble:
    """Simulate many panels from a model.

    Draw *i* depends on the seed and on *i* only, not on the number of draws, threads or workers.

    Parameters
    ----------
    model, graph, seeds, days, first_day, rng
        As in `simulate`.
    draws
        Number of panels.
    path
        A file to write the ensemble to, in Arrow's IPC format; `read_ensemble` reads it. Draws are written as they are made,
        to ``path`` with ".partial" at its end, and a call that was stopped goes on where it was, with the same numbers: with
        the same arguments, and the seed of the first call also where ``rng`` is None.
    memory_mb
        Megabytes of draws from which they are kept in a temporary file rather than in memory.

    Returns
    -------
    Ensemble
        The panels, held as events: 12 bytes per spell of activity (16 in continuous time), 20 bytes per day and place with a
        count above 0.

    Raises
    ------
    DataError
        As in `simulate`.
    FileError
        A file cannot be written, or the partial file belongs to another call.

    Notes
    -----
    Inside ``joblib.parallel_config(...)`` the draws run on its workers: processes ("loky") or a cluster ("dask").

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> near = ps.nearest_graph(case.cities, k=3)
    >>> many = ps.simulate_many(ps.SI(0.2), near, seeds=["Zhanaozen"], days=20, draws=50, rng=7)
    >>> many.quantile(0.9).shape == many.mean().shape == (20, len(case.cities))
    True
    """
    with Arguments() as check:
        memory_mb = check.number("memory_mb", memory_mb, at_least=0)
    dates, sampler = _prepare(model, graph, seeds, days, first_day)
    like = Ensemble.empty(dates, graph.nodes, counts_events=model.counts_events)
    return _sample(sampler, like, draws, rng, path=path, memory_mb=memory_mb)


def simulate_panels(
    draw: DrawPanel,
    dates: pd.DatetimeIndex,
    places: pd.Index,
    draws: int,
    rng: int | np.random.Generator | None,
    *,
    ties: int,
    counts: bool = False,
    skip: int = 0,
) -> Ensemble:
    """Return panels from a function that simulates one, without their first ``skip`` rows.

    Its work grows with the days and the number of ties.
    """
    sampler = PanelSampler(draw, len(dates), len(places), ties, counts, skip)
    return _sample(sampler, Ensemble.empty(dates[skip:], places, counts_events=counts), draws, rng)


def _sample(
    sampler: SpreadSampler,
    like: Ensemble,
    draws: int,
    rng: int | np.random.Generator | None,
    *,
    path: str | Path | None = None,
    memory_mb: float = KEEP,
) -> Ensemble:
    """Return draws as an ensemble of the days and places of an empty one."""
    with Arguments() as check:
        draws = check.whole("draws", draws, at_least=1, at_most=_MOST_DRAWS)
        seed = seed_of(rng)

    options: dict[str, Any] = {"cost": sampler.cost, "rows": sampler.size, "in_threads": sampler.in_threads}

    def parts(seed: int, first: int) -> Generator[pa.RecordBatch]:
        draw = partial(_draw, sampler, seed)
        return replicate_parts(draw, draws, first=first, short=True, what="simulating", **options)

    if path is None:
        return collect(parts, like, draws, seed, memory_mb=memory_mb)
    from joblib import hash as hash_of

    fingerprint = hash_of((sampler, like.dates, like.places))
    return collect_in_file(parts, like, draws, None if rng is None else seed, path=path, fingerprint=fingerprint)


def _draw(sampler: SpreadSampler, seed: int, first: int, last: int, threads: bool) -> pa.RecordBatch:  # noqa: ARG001, FBT001
    return sampler(seed, first, last)


def panel_of(rows: IntArray, days: int) -> IntArray:
    """Return a panel, 1 from the row of each onset on, shape (days, places)."""
    return (np.arange(days)[:, None] >= rows).astype(np.int64)


def given_rows(given: object, dates: pd.DatetimeIndex, places: pd.Index) -> tuple[IntArray, int]:
    """Return the row of each given onset, and the first row after all of them.

    The row is -1 for an onset before the first date, and the number of dates for a place without an onset.

    Parameters
    ----------
    given
        Onsets that had happened: a Series place -> date; None for none.
    dates, places
        Index and columns of the panel.

    Raises
    ------
    SchemaError, DataError
        ``given`` is not valid, or holds other places or later dates.
    """
    rows = np.full(len(places), len(dates), dtype=np.int64)
    if given is None:
        return rows, 0
    fix = "pass the onsets that had happened, such as onsets[onsets <= day]"
    with Arguments(fix) as check:
        check.instance("given", given, pd.Series, "a Series of onsets by place, or None")
    onsets = pd.Series(given).dropna()
    if faults := [*label_faults(onsets.index, "places"), *moments(onsets)]:
        raise SchemaError("given", faults, fix)
    with Arguments(fix) as check:
        if len(other := onsets.index[~onsets.index.isin(places)]):
            check.fault(f"given must hold places of the fit; got {shorten_list(other)}")
        if len(late := onsets.index[onsets.dt.normalize() > dates[-1]]):
            check.fault(f"given must hold onsets up to {dates[-1].date()}; later are those of {shorten_list(late)}")
    found = dates.searchsorted(pd.DatetimeIndex(onsets), side="right") - 1
    rows[places.get_indexer(onsets.index)] = found
    return rows, int(found.max(initial=-1)) + 1


def _prepare(
    model: Model, graph: DiffusionGraph, seeds: Seeds, days: int, first_day: str | pd.Timestamp
) -> tuple[pd.DatetimeIndex, SpreadSampler]:
    with Arguments() as check:
        check.instance("model", model, Model, "SI(...), SIR(...), EndemicEpidemicModel(...) or another model")
        check.instance("graph", graph, DiffusionGraph, "a DiffusionGraph")
        days = check.whole("days", days, at_least=1, at_most=_MOST_DAYS)
        start = check.day("first_day", first_day)
        if not check.faults and start + pd.Timedelta(days=days) > pd.Timestamp.max:
            check.fault(f"days must end before 2262; got {days:,} days from {start.date()}")
    first = _first_row(graph.nodes, seeds, counts=model.counts_events)
    dates = pd.date_range(start, periods=days, freq="D", name="date")
    return dates, model.prepare(graph, dates, first)


def _first_row(places: pd.Index, seeds: Seeds, *, counts: bool) -> IntArray:
    """Return the first row of a panel, or raise `DataError` with all faults of the seeds."""
    if isinstance(seeds, str):
        raise DataError(must_be("seeds", "a list of places", seeds), fix=f"pass [{seeds!r}]")
    with Arguments() as check:
        counted = isinstance(seeds, pd.Series | Mapping)
        names = check.names("seeds", list(seeds.keys()) if counted else seeds, "a list of places, or counts by place")  # type: ignore[union-attr]
        given = (
            list(seeds.values())
            if isinstance(seeds, Mapping)
            else list(seeds)
            if counted
            else [1] * len(names if isinstance(names, list) else ())
        )
        bad = [count for count in given if isinstance(count, bool) or not isinstance(count, Real)]
        if bad:
            check.fault(must_be("seeds", "places, or a mapping from places to whole numbers of events", bad[0]))
    events = np.array([min(count, _MOST_EVENTS + 1) for count in given], dtype=float)
    labels = pd.Index(names, tupleize_cols=False)
    where = places.get_indexer(labels) if names else np.empty(0, dtype=int)
    wrong = {
        "must be places of the graph": where < 0,
        "must name each place once": labels.duplicated(),
        "must map places to whole numbers of events, at least 0": ~np.isfinite(events)
        | (events < 0)
        | (events > _MOST_EVENTS)
        | (events % 1 != 0),
        "must not exceed 1 event for a model whose panels are 0 or 1": (events > 1) & (not counts),
    }
    faults = [f"seeds {need}; got {shorten_list(labels[bad])}" for need, bad in wrong.items() if bad.any()]
    if faults:
        raise argument_error(faults, f"pass a list of places of the graph: {shorten_list(places)}")
    first = np.zeros(len(places), dtype=np.int64)
    first[where] = events.astype(np.int64)
    return first
