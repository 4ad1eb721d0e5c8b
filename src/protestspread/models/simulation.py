"""Drawing panels from models."""

from collections.abc import Hashable, Iterable, Mapping
from functools import partial

import numpy as np
import pandas as pd

from ..arrays import IntArray
from ..ensembles import Ensemble
from ..errors import DataError, shorten_list
from ..graphs.diffusion import DiffusionGraph
from ..inference.replicates import run_replicates
from ..random_streams import replicate_rng, seed_of
from .base import DrawPanel, Model

_DAY = 3e4  # nanoseconds of a day that do not hang on the graph

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
    """Draw one panel from a model.

    Parameters
    ----------
    model
        `SI`, `SIR` or `EndemicEpidemicModel`.
    graph
        The places and their ties; the panel's columns are its nodes.
    seeds
        Places that start it, active on the first day (one event each). For models of counts also place -> events of
        the first day. May be empty, where a model has spontaneous onsets or an endemic part.
    days
        Rows of the panel, the first day included.
    first_day
        Date of the first row.
    rng
        A whole number, a numpy Generator, or None. The same whole number gives the same panel, and the first of
        ``simulate_many(..., rng=...)``.

    Returns
    -------
    DataFrame
        Index ``date``, a column a place, whole numbers: 1 while active for `SI` and `SIR`, events for counts.

    Raises
    ------
    DataError
        Seeds that are no places of the graph; no days; parameters that miss a place or a date; counts that explode.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> roads = ps.link_graph(case.cities, case.links)
    >>> panel = ps.simulate(ps.SI(transmission_per_day=0.3), roads, seeds=["Zhanaozen"], days=30, rng=7)
    >>> panel.shape == (30, len(case.cities))
    True
    >>> first = ps.onsets(panel)  # simulated and observed spread have one shape
    >>> str(first["Zhanaozen"].date())
    '2000-01-01'
    """
    dates, draw = _prepare(model, graph, seeds, days, first_day)
    return pd.DataFrame(draw(replicate_rng(seed_of(rng), 0)), index=dates, columns=graph.nodes)


def simulate_many(
    model: Model,
    graph: DiffusionGraph,
    *,
    seeds: Seeds,
    days: int,
    draws: int,
    first_day: str | pd.Timestamp = "2000-01-01",
    rng: int | np.random.Generator | None = None,
) -> Ensemble:
    """Draw many panels from a model.

    Draw *i* reads the stream of (seed, i) and nothing else: it is the same however many are drawn, and by whom.

    Parameters
    ----------
    model, graph, seeds, days, first_day, rng
        As in `simulate`.
    draws
        How many panels.

    Returns
    -------
    Ensemble
        The panels, their mean and quantiles; 8 bytes for each draw, day and place.

    Raises
    ------
    DataError
        As in `simulate`.

    Notes
    -----
    Inside ``joblib.parallel_config(...)`` its workers draw: processes ("loky"), a cluster ("dask").

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> near = ps.nearest_graph(case.cities, k=3)
    >>> many = ps.simulate_many(ps.SI(0.2), near, seeds=["Zhanaozen"], days=20, draws=50, rng=7)
    >>> many.quantile(0.9).shape == many.mean().shape == (20, len(case.cities))
    True
    """
    if draws < 1:
        raise DataError("nothing can be simulated", [f"draws = {draws}"], "at least 1")
    dates, draw = _prepare(model, graph, seeds, days, first_day)
    cost = len(dates) * (_DAY + 10.0 * (graph.matrix.nnz + len(graph.nodes)))
    values = run_replicates(
        partial(_some, draw, seed_of(rng)), draws, cost=cost, rows=2 * len(dates) * len(graph.nodes), what="simulating"
    )
    return Ensemble(values, dates, graph.nodes)


def _some(draw: DrawPanel, seed: int, first: int, last: int, threads: bool) -> IntArray:  # noqa: ARG001, FBT001 - as `run_replicates` calls it
    return np.stack([draw(replicate_rng(seed, number)) for number in range(first, last)])


def _prepare(
    model: Model, graph: DiffusionGraph, seeds: Seeds, days: int, first_day: str | pd.Timestamp
) -> tuple[pd.DatetimeIndex, DrawPanel]:
    if not isinstance(model, Model):
        raise DataError(
            "nothing can be simulated", [f"{model!r} is no model"], "SI(...), SIR(...), EndemicEpidemicModel(...)"
        )
    if days < 1:
        raise DataError("nothing can be simulated", [f"days = {days}"], "at least 1, the first day included")
    first = _first_row(graph.nodes, seeds, counts=model.counts_events)
    dates = pd.date_range(pd.Timestamp(first_day).normalize(), periods=days, freq="D", name="date")
    return dates, model.prepare(graph, dates, first)


def _first_row(places: pd.Index, seeds: Seeds, *, counts: bool) -> IntArray:
    if isinstance(seeds, str):
        raise DataError("nothing can start", [f"seeds = {seeds!r} is one text"], f"a list of places: [{seeds!r}]")
    if isinstance(seeds, (pd.Series, Mapping)):
        names, events = (
            list(seeds.keys()),
            np.asarray(list(seeds.values()) if isinstance(seeds, Mapping) else seeds, dtype=float),
        )
    else:
        names = list(seeds)
        events = np.ones(len(names))
    where = places.get_indexer(pd.Index(names)) if names else np.empty(0, dtype=int)
    faults = [f"no places of the graph: {shorten_list(pd.Index(names)[where < 0])}"] if (where < 0).any() else []
    if len(set(names)) < len(names):
        faults.append("seeds that stand twice")
    if ((events < 0) | (events != np.floor(events))).any() or not np.isfinite(events).all():
        faults.append("events of a first day that are no whole numbers from 0")
    if not counts and (events > 1).any():
        faults.append("numbers of events, but the model says only whether a place is active")
    if faults:
        raise DataError("nothing can start", faults, f"a list of places of the graph: {shorten_list(places)}")
    first = np.zeros(len(places), dtype=np.int64)
    first[where] = events.astype(np.int64)
    return first
