"""Check what `fit_endemic_epidemic` is given, and put it together."""

from collections.abc import Mapping
from typing import get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import FloatArray
from ...checks import is_real, label_faults
from ...errors import DataError, must_be, shorten_list
from ...exposures.memories import Geometric, Lag, Memory
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...tables import check_panel
from ..terms import Terms
from .past import lag_weights
from .specification import (
    ENDEMIC,
    NEIGHBORS,
    OWN,
    Family,
    Part,
    PathWeights,
    Specification,
    collinear_terms,
    counts_of,
    inside_likelihood,
)

Graphs = DiffusionGraph | Mapping[str, DiffusionGraph] | None
NeighborTerms = Terms | Mapping[str, Terms] | None
Offset = pd.Series | pd.DataFrame | None

_MOST_EVENTS = 10**6  # of one place and day
_WEEKS = 3  # of a daily panel, from which weekdays are identified


def specify(
    panel: pd.DataFrame,
    graphs: Graphs,
    *,
    family: Family,
    memory: Memory,
    endemic: Terms | None,
    own: Terms | None,
    neighbors: NeighborTerms,
    offset: Offset,
    weights: PathWeights,
) -> Specification:
    """Return what is fitted, or raise `DataError` with all faults."""
    check_panel(panel)
    with Arguments("see help(protestspread.fit_endemic_epidemic)") as check:
        check.choice("family", family, get_args(Family))
        check.choice("weights", weights, get_args(PathWeights))
        check.instance("memory", memory, (Lag, Geometric), "Lag(...) or Geometric(...)")
        for name, terms in ((ENDEMIC, endemic), (OWN, own)):
            check.instance(name, terms, (Terms, type(None)), "Terms(...), or None")
        named = _named_graphs(graphs, neighbors, check)
        by_graph = _terms_by_graph(neighbors, named, check)
        if isinstance(weights, str) and weights == "power_law" and len(named) > 1:
            check.fault(
                f"weights must be 'given' for several graphs; a decay is estimated for one graph, got {len(named)}"
            )
    _raise(
        _count_faults(panel, lag_weights(memory)),
        "panel cannot be fitted",
        "pass counts of events by date and place, as of count_events",
    )
    faults: list[str] = []
    factor = _offset(offset, panel, faults)
    wanted = {ENDEMIC: _default_terms(panel) if endemic is None else endemic, OWN: own, **by_graph}
    parts = tuple(
        Part(name, _columns(name, terms, panel, faults), _matched(name, named.get(name), panel, faults), terms)
        for name, terms in wanted.items()
        if terms is not None
    )
    _raise(
        faults,
        "the model does not fit the panel",
        "pass values for each place of the panel; graph.subgraph(panel.columns)",
    )
    inside = inside_likelihood(panel, parts, memory, power_law=weights == "power_law")
    found = Specification(panel, parts, factor, family, memory, weights, inside)
    _check_enough(found)
    return found


def _named_graphs(graphs: Graphs, neighbors: object, check: Arguments) -> dict[str, DiffusionGraph]:
    """Return the name of each neighbors part -> its graph."""
    if neighbors is None:
        return {}
    if graphs is None or (isinstance(graphs, Mapping) and not graphs):
        check.fault("graphs must be given for the part of the neighbors, or neighbors must be None")
        return {}
    given = graphs if isinstance(graphs, Mapping) else {"": graphs}
    for name, graph in given.items():
        if isinstance(graphs, Mapping):
            check.text("each name in graphs", name)
        check.instance("graphs", graph, DiffusionGraph, "a DiffusionGraph, or a mapping from names to DiffusionGraphs")
    return {NEIGHBORS if len(given) == 1 else f"{NEIGHBORS} {name}": graph for name, graph in given.items()}


def _terms_by_graph(neighbors: object, named: dict[str, DiffusionGraph], check: Arguments) -> dict[str, Terms]:
    """Return the name of each neighbors part -> its terms."""
    if not isinstance(neighbors, Mapping):
        check.instance(
            NEIGHBORS, neighbors, (Terms, type(None)), "Terms(...), a mapping from names of graphs to Terms, or None"
        )
        return {name: neighbors for name in named if isinstance(neighbors, Terms)}
    terms = {name: neighbors.get(name.removeprefix(f"{NEIGHBORS} "), Terms()) for name in named}
    unknown = [name for name in neighbors if f"{NEIGHBORS} {name}" not in named]
    if unknown:
        check.fault(f"neighbors must have names of several graphs; got {shorten_list(map(repr, unknown))}")
    for each in terms.values():
        check.instance(NEIGHBORS, each, Terms, "a mapping from names of graphs to Terms")
    return terms


def _count_faults(panel: pd.DataFrame, lags: FloatArray) -> list[str]:
    """Return the faults of the counts."""
    counts, faults = counts_of(panel), []
    least = len(lags) + 2
    if len(panel) < least or not len(panel.columns):
        faults.append(
            f"panel must have places and at least {least} rows, of which {len(lags)} are conditioned on; got {len(panel)} rows"
        )
    for what, bad in {
        "negative": counts < 0,
        "not whole": (counts >= 0) & (counts % 1 != 0),
        f"above {_MOST_EVENTS:,}": counts > _MOST_EVENTS,
    }.items():
        if bad.any():
            faults.append(
                f"panel must hold counts of events; {int(bad.sum())} are {what}, in {shorten_list(panel.columns[bad.any(axis=0)])}"
            )
    never = panel.columns[np.asarray(np.isnan(counts).all(axis=0))] if len(panel) else panel.columns[:0]
    if len(never):
        faults.append(
            f"panel has places that were never observed: {shorten_list(never)}; leave them out, with panel.drop(columns=...)"
        )
    elif len(panel) >= least and not np.nansum(counts[len(lags) :]):
        faults.append(f"panel has no events after the first {len(lags)} rows, which are conditioned on")
    return faults


def _offset(offset: object, panel: pd.DataFrame, faults: list[str]) -> FloatArray:
    """Return the factor of the endemic part, shape (days or 1, places)."""
    nothing = np.ones((1, panel.shape[1]))
    if offset is None:
        return nothing
    if not isinstance(offset, pd.Series | pd.DataFrame):
        faults.append(must_be("offset", "a Series by place, a DataFrame by date and place, or None", offset))
        return nothing
    table = offset.to_frame().T if isinstance(offset, pd.Series) else offset
    wrong = label_faults(table.columns, "offset places") or label_faults(table.index, "offset dates")
    if not wrong and not all(is_real(kind) for kind in table.dtypes):
        wrong = ["offset must hold numbers"]
    if not wrong and len(missing := panel.columns[~panel.columns.isin(table.columns)]):
        wrong = [f"offset has no value for {shorten_list(missing)}"]
    if (
        not wrong
        and isinstance(offset, pd.DataFrame)
        and len(days := pd.DatetimeIndex(panel.index[~panel.index.isin(table.index)]))
    ):
        wrong = [f"offset has no value for {shorten_list(days.strftime('%Y-%m-%d'))}"]
    if wrong:
        faults += wrong
        return nothing
    rows = table.index if isinstance(offset, pd.Series) else panel.index
    values = table.reindex(index=rows, columns=panel.columns).to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        faults.append(
            f"offset must be finite and above 0; got other values for {shorten_list(panel.columns[bad.any(axis=0)])}"
        )
        return nothing
    return values


def _default_terms(panel: pd.DataFrame) -> Terms:
    """Return effects of weekdays for daily panels of three weeks or more, else an intercept alone."""
    daily = bool((np.diff(panel.index.to_numpy()) == np.timedelta64(1, "D")).all())
    return Terms(weekday=daily and len(panel) >= 7 * _WEEKS)


def _columns(name: str, terms: Terms, panel: pd.DataFrame, faults: list[str]) -> dict[str, FloatArray]:
    try:
        return terms.columns(pd.DatetimeIndex(panel.index), panel.columns)
    except DataError as error:
        faults += [f"{name}: {fault}" for fault in error.faults or [str(error).split("\nFix:")[0]]]
        return {}


def _matched(name: str, graph: DiffusionGraph | None, panel: pd.DataFrame, faults: list[str]) -> DiffusionGraph | None:
    if graph is None:
        return None
    try:
        graph = match_places(panel, graph)
    except DataError as error:
        faults += [f"{name}: {fault}" for fault in error.faults]
        return graph
    if not (graph.matrix > 0).nnz:
        faults.append(f"{name}: the graph must have ties of weights above 0")
    return graph


def _check_enough(specification: Specification) -> None:
    """Raise `DataError` unless the counts in the likelihood suffice for the parameters."""
    cells, events = int(specification.inside.sum()), int(specification.rates.counts.values.sum())
    parameters, faults = specification.rates.size, []
    if cells <= parameters:
        faults.append(
            f"panel has {cells} place-days in the likelihood for {parameters} parameters; after days without observation, none may be left"
        )
    if events < parameters:
        faults.append(
            f"panel has {events} {'event' if events == 1 else 'events'} in the likelihood for {parameters} parameters"
        )
    _raise(faults, "panel is too small for the model", "fit fewer parts or terms, or more days and places")
    _raise(collinear_terms(specification), "terms are not valid", "leave out a term that the others determine")


def _raise(faults: list[str], what: str, fix: str) -> None:
    if faults:
        raise DataError(what, faults, fix) if len(faults) > 1 else DataError(faults[0], fix=fix)
