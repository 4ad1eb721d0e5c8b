"""Risk sets by onset day, and distances of places to earlier onsets."""

from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...geodesy import great_circle_km, nearest, pairs_within
from ...graphs.diffusion import DiffusionGraph
from ...tables import check_cities, check_onsets
from ...wording import format_places

MOST_TABULATED = 2000
"""Number of places up to which all distances are tabulated (32 MB); beyond it, only those to the nearest onset."""
_MOST_CELLS = 20_000_000  # onset days x places: half a gigabyte in total


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances between places: great-circle, or along the ties of a graph.

    Attributes
    ----------
    lon, lat
        Coordinates, degrees.
    lengths
        Lengths of the ties of a graph, from row to column; None for great-circle distances.
    min_km
        The distance that places are taken to be apart at least.
    table
        All distances, from row to column, infinite on the diagonal; None before ``tabulated``.
    """

    lon: FloatArray
    lat: FloatArray
    lengths: sp.csr_array | None = None
    min_km: float = 0.0
    table: FloatArray | None = None

    @cached_property
    def close(self) -> int:
        """Number of places closer than the smallest distance to another."""
        if self.lengths is not None:
            ties = self.lengths.tocoo()
            short = ties.data <= self.min_km
            return len(np.unique([ties.row[short], ties.col[short]]))
        pairs = pairs_within(self.lon, self.lat, self.min_km)
        return len(np.unique(pairs))

    def tabulated(self) -> "Distances":
        """Return the distances with their table, for up to ``MOST_TABULATED`` places."""
        if self.lengths is None:
            table = np.maximum(great_circle_km(self.lon[:, None], self.lat[:, None], self.lon, self.lat), self.min_km)
        else:
            from scipy.sparse.csgraph import dijkstra

            table = np.asarray(dijkstra(self.lengths))
        np.fill_diagonal(table, np.inf)
        return replace(self, table=table)

    def to_nearest(self, rows: IntArray) -> FloatArray:
        """Return the distance of each place to the nearest of some; with a table, to the nearest other than itself."""
        if self.table is not None:
            return np.asarray(self.table[rows].min(axis=0, initial=np.inf))
        if self.lengths is None:
            return np.maximum(nearest(self.lon, self.lat, self.lon[rows], self.lat[rows])[1], self.min_km)
        from scipy.sparse.csgraph import dijkstra

        return np.asarray(dijkstra(self.lengths, indices=rows, min_only=True))


@dataclass(frozen=True, eq=False)
class Choice:
    """The risk set of one onset day.

    Attributes
    ----------
    wave
        Number of the onset day, from 1 (day 0 has no earlier onsets).
    at_risk
        Rows of the places that had not joined before.
    joined
        Whether each of them joined on the day.
    far
        Log distance of each of them to the nearest earlier onset.
    """

    wave: int
    at_risk: IntArray
    joined: BoolArray
    far: FloatArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """A spread: the order of onsets, with populations and distances.

    Attributes
    ----------
    waves
        Number of each place's onset day, from 0; -1 where it did not join.
    size
        Log population, centered.
    distances
        Distances between the places.
    """

    waves: IntArray
    size: FloatArray
    distances: Distances

    @property
    def day_sizes(self) -> IntArray:
        """Number of onsets on each onset day."""
        return np.bincount(self.waves[self.waves >= 0])

    @cached_property
    def far(self) -> FloatArray:
        """Distance of each place to the nearest onset on an earlier day, one row per onset day and one for the end.

        Infinite on the first day.
        """
        far = np.full((len(self.day_sizes) + 1, len(self.waves)), np.inf)
        for wave in range(1, len(far)):
            far[wave] = np.minimum(far[wave - 1], self.distances.to_nearest(np.flatnonzero(self.waves == wave - 1)))
        return far

    def choices(self) -> list[Choice]:
        """Return the risk sets of all onset days, except the first and a last day on which all remaining places joined."""
        result, remaining = [], np.flatnonzero(self.waves != 0)
        for wave in range(1, len(self.day_sizes)):
            joined = self.waves[remaining] == wave
            if not joined.all():
                result.append(Choice(wave, remaining, joined, np.log(self.far[wave, remaining])))
            remaining = remaining[~joined]
        return result

    def nearest_before(self) -> FloatArray:
        """Return the distance of each place to the nearest earlier onset; at the end for places that did not join.

        NaN for places that joined on the first day.
        """
        at_join = self.far[self.waves, np.arange(len(self.waves))]  # row -1, for places that did not join, is the end
        return np.where(self.waves == 0, np.nan, at_join)


def check_risk_sets(
    onsets: pd.Series, cities: gpd.GeoDataFrame, graph: DiffusionGraph | None, observed_until: "str | pd.Timestamp | None",
    min_km: float,
) -> tuple[RiskSets, pd.DatetimeIndex]:  # fmt: skip
    """Return a spread and its onset days, or raise `DataError` with all reasons why they cannot be modeled."""
    check_onsets(onsets)
    check_cities(cities)
    faults = _onset_faults(onsets, observed_until)
    unknown = onsets.index[~onsets.index.isin(cities.index)]
    if len(unknown):
        faults.append(f"cities must include all places of onsets; missing: {shorten_list(unknown)}")
    places = cities.loc[onsets.index[onsets.index.isin(cities.index)]]
    faults += _population_faults(places)
    if graph is not None:
        faults += _graph_faults(onsets.index, graph)
    days = pd.DatetimeIndex(sorted(onsets.dt.normalize().dropna().unique()))
    faults += _choice_faults(onsets, days)
    if faults:
        raise DataError(
            "onsets cannot be modeled", faults, "pass onsets of all places that could have joined, observed_until,"
            " cities with populations above 0, and a graph over the same places"
        )  # fmt: skip
    waves = np.asarray(days.get_indexer(pd.DatetimeIndex(onsets.dt.normalize().to_numpy())), dtype=np.int64)
    log_size = np.log(places["population"].to_numpy(dtype=float))
    lon, lat = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    lengths = None if graph is None else _tie_lengths(graph.subgraph(onsets.index), min_km)
    risk_sets = RiskSets(
        waves,
        log_size - log_size.mean(),
        Distances(lon, lat, lengths, min_km if distance_unit(graph) != "ties" else 0.0),
    )
    _check_distances(risk_sets, onsets.index)
    return risk_sets, days


def _onset_faults(onsets: pd.Series, observed_until: "str | pd.Timestamp | None") -> list[str]:
    """Return the faults of the end of observation."""
    days = onsets.dt.normalize()
    if observed_until is None:
        never = onsets.index[onsets.isna()]
        return (
            [f"observed_until must be given where places had not joined: {shorten_list(never)}"] if len(never) else []
        )
    end = pd.to_datetime(pd.Series([observed_until]), errors="coerce").dt.normalize()
    if end.isna().any():
        return [f"observed_until must be a date; got {observed_until!r}"]
    late = onsets.index[days > end[0]]
    if not len(late):
        return []
    need = "observed_until must be at or after the last onset"
    return [f"{need}; got {observed_until}, before the onsets of {shorten_list(late)}"]


def _population_faults(places: gpd.GeoDataFrame) -> list[str]:
    """Return the faults of the column ``population``."""
    if "population" not in places:
        return ["cities must have a column 'population'"]
    people = places["population"].to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(people) & (people > 0))
    faults = [f"population must be above 0; it is not for {shorten_list(places.index[bad])}"] if bad.any() else []
    if len(places) > 1 and not bad.any() and np.ptp(people) == 0:
        faults.append("population must vary; it is the same for all places")
    return faults


def _graph_faults(places: pd.Index, graph: DiffusionGraph) -> list[str]:
    """Return which places the graph and the onsets do not share."""
    with Arguments() as check:
        check.instance("graph", graph, DiffusionGraph, "a DiffusionGraph, or None for great-circle distances")
    missing, other = places[~places.isin(graph.nodes)], graph.nodes[~graph.nodes.isin(places)]
    faults = [f"graph must include all places of onsets; missing: {shorten_list(missing)}"] if len(missing) else []
    return faults + ([f"graph must not have other places than onsets; got {shorten_list(other)}"] if len(other) else [])


def _choice_faults(onsets: pd.Series, days: pd.DatetimeIndex) -> list[str]:
    """Return why no onset day has a risk set of several outcomes, if that is so."""
    if not len(days):
        return ["onsets must hold at least one date; no place joined"]
    if len(days) * len(onsets) > _MOST_CELLS:
        return [
            f"onsets must have at most {_MOST_CELLS:,} combinations of onset days and places; got {len(days):,} days of "
            f"{len(onsets):,} places (use weeks instead of days)"
        ]
    if len(days) == 1:
        return [f"onsets must fall on at least two days; all places that joined did so on {days[0]:%Y-%m-%d}"]
    first = onsets.dt.normalize() == days[0]
    if len(days) == 2 and onsets.notna().all():
        return [
            f"onsets must fall on at least three days where all places joined; after the first day "
            f"({format_places(int(first.sum()))}) all others joined on the second"
        ]
    return []


def _tie_lengths(graph: DiffusionGraph, min_km: float) -> sp.csr_array:
    """Return the lengths of ties: kilometers, at least `min_km`, if all are known, otherwise 1 each; the shortest of kinds."""
    edges = graph.edges
    edges = edges[edges["weight"] > 0]
    known = len(edges) and edges["km"].notna().all()
    edges = edges.assign(length=edges["km"].clip(lower=min_km) if known else 1.0)
    shortest = edges.groupby(["source", "target"], sort=False)["length"].min().reset_index()
    ends = (graph.nodes.get_indexer(pd.Index(shortest[end])) for end in ("source", "target"))
    rows, columns = (end.astype(np.int32) for end in ends)  # scipy 1.14 needs 32-bit indices
    return sp.csr_array((shortest["length"].to_numpy(), (rows, columns)), shape=2 * (len(graph.nodes),))


def distance_unit(graph: DiffusionGraph | None) -> str:
    """Return the unit of distances."""
    if graph is None:
        return "km"
    edges = graph.edges
    return "km along the graph" if len(edges) and edges.loc[edges["weight"] > 0, "km"].notna().all() else "ties"


def _check_distances(risk_sets: RiskSets, names: pd.Index) -> None:
    """Raise `DataError` where distances are infinite, or do not vary on any day."""
    faults, lengths = [], risk_sets.distances.lengths
    apart = np.zeros(len(names), dtype=bool) if lengths is None else _outside_largest_component(lengths)
    if apart.any():
        faults.append(f"graph must connect every place to every other; not connected: {shorten_list(names[apart])}")
    elif all(np.ptp(choice.far) == 0 for choice in risk_sets.choices()):
        faults.append("distances to the nearest earlier onset must vary; on each day they are the same for all places")
    if faults:
        raise DataError(
            "cities or graph do not fit", faults, "pass cities at different points, or a smaller min_km; for a graph with gaps,"
            " pass graph.union(...) with a connected one"
        )  # fmt: skip


def _outside_largest_component(lengths: sp.csr_array) -> BoolArray:
    """Return which places are outside the largest strongly connected component."""
    from scipy.sparse.csgraph import connected_components

    part = connected_components(lengths, directed=True, connection="strong")[1]
    return np.asarray(part != np.bincount(part).argmax())
