"""Who could have joined on each day, and who did: risk sets, and how far each place was from those that had joined."""

from dataclasses import dataclass, replace
from functools import cached_property

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...geodesy import great_circle_km, nearest
from ...graphs.diffusion import DiffusionGraph
from ...tables import check_cities, check_onsets

MOST_TABULATED = 2000
"""Places up to which all distances may stand in one table (32 MB); beyond, only those to the nearest are held."""
_MOST_CELLS = 20_000_000  # onset days x places: half a gigabyte, all in all


@dataclass(frozen=True, eq=False)
class Distances:
    """How far each place is from others: over the sphere, or along a graph.

    Attributes
    ----------
    lon, lat
        Degrees.
    lengths
        The lengths of the ties of a graph, from row to column; None over the sphere.
    table
        All distances, from row to column, infinite from a place to itself; None until `tabulated`.
    """

    lon: FloatArray
    lat: FloatArray
    lengths: sp.csr_array | None = None
    table: FloatArray | None = None

    def tabulated(self) -> "Distances":
        """Return the same with its table, for up to `MOST_TABULATED` places."""
        if self.lengths is None:
            table = great_circle_km(self.lon[:, None], self.lat[:, None], self.lon, self.lat)
        else:
            from scipy.sparse.csgraph import dijkstra

            table = np.asarray(dijkstra(self.lengths))
        np.fill_diagonal(table, np.inf)
        return replace(self, table=table)

    def to_nearest(self, rows: IntArray) -> FloatArray:
        """Return how far each place is from the nearest of some; of those themselves only with a table, to another one."""
        if self.table is not None:
            return np.asarray(self.table[rows].min(axis=0, initial=np.inf))
        if self.lengths is None:
            return nearest(self.lon, self.lat, self.lon[rows], self.lat[rows])[1]
        from scipy.sparse.csgraph import dijkstra

        return np.asarray(dijkstra(self.lengths, indices=rows, min_only=True))


@dataclass(frozen=True, eq=False)
class Choice:
    """One day: the places that could have joined, and those that did.

    Attributes
    ----------
    wave
        Which onset day it is, from 1 (those of day 0 had nobody to join).
    at_risk
        Rows of the places that had not joined before.
    joined
        Which of them joined on the day.
    far
        Logarithm of how far each of them was from the nearest that had.
    """

    wave: int
    at_risk: IntArray
    joined: BoolArray
    far: FloatArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    """A spread as the order in which places joined.

    Attributes
    ----------
    waves
        For each place, which of the onset days was its own, from 0; -1 where it did not join.
    size
        Logarithm of the population, about its mean.
    distances
        Between the places.
    """

    waves: IntArray
    size: FloatArray
    distances: Distances

    @property
    def day_sizes(self) -> IntArray:
        """How many joined on each onset day."""
        return np.bincount(self.waves[self.waves >= 0])

    @cached_property
    def far(self) -> FloatArray:
        """How far each place was from the nearest that had joined on an earlier day: a row an onset day, and one for the end.

        Infinite on the first day.
        """
        far = np.full((len(self.day_sizes) + 1, len(self.waves)), np.inf)
        for wave in range(1, len(far)):
            far[wave] = np.minimum(far[wave - 1], self.distances.to_nearest(np.flatnonzero(self.waves == wave - 1)))
        return far

    def choices(self) -> list[Choice]:
        """Return the days on which something was to choose: all but the first, and a last one on which all the rest joined."""
        found, remaining = [], np.flatnonzero(self.waves != 0)
        for wave in range(1, len(self.day_sizes)):
            joined = self.waves[remaining] == wave
            if not joined.all():
                found.append(Choice(wave, remaining, joined, np.log(self.far[wave, remaining])))
            remaining = remaining[~joined]
        return found

    def nearest_before(self) -> FloatArray:
        """Return how far each place was from the nearest that had joined before it; at the end, where it did not join.

        NaN on the first day.
        """
        at_join = self.far[self.waves, np.arange(len(self.waves))]  # -1, who did not join, is the end
        return np.where(self.waves == 0, np.nan, at_join)


def check_risk_sets(
    onsets: pd.Series, cities: gpd.GeoDataFrame, graph: DiffusionGraph | None, observed_until: "str | pd.Timestamp | None"
) -> tuple[RiskSets, pd.DatetimeIndex]:  # fmt: skip
    """Return a spread and its onset days, or raise all that stands against telling who joined next."""
    check_onsets(onsets)
    check_cities(cities)
    faults = _onset_faults(onsets, observed_until)
    lost = onsets.index[~onsets.index.isin(cities.index)]
    if len(lost):
        faults.append(f"not in the cities: {shorten_list(lost)}")
    places = cities.loc[onsets.index[onsets.index.isin(cities.index)]]
    faults += _population_faults(places)
    if graph is not None:
        faults += _graph_faults(onsets.index, graph)
    days = pd.DatetimeIndex(sorted(onsets.dt.normalize().dropna().unique()))
    faults += _choice_faults(onsets, days)
    if faults:
        raise DataError(
            "it cannot be told who joined next", faults, "onsets of all places that could have joined, observed to an end;"
            " cities with populations above 0; a graph over the same places"
        )  # fmt: skip
    waves = np.asarray(days.get_indexer(pd.DatetimeIndex(onsets.dt.normalize().to_numpy())), dtype=np.int64)
    log_size = np.log(places["population"].to_numpy(dtype=float))
    lon, lat = places.geometry.x.to_numpy(), places.geometry.y.to_numpy()
    lengths = None if graph is None else _lengths(graph.subgraph(onsets.index))
    joining = RiskSets(waves, log_size - log_size.mean(), Distances(lon, lat, lengths))
    _refuse_impossible(joining, onsets.index)
    return joining, days


def _onset_faults(onsets: pd.Series, observed_until: "str | pd.Timestamp | None") -> list[str]:
    """Say what is wrong with the end of observation."""
    days = onsets.dt.normalize()
    if observed_until is None:
        never = onsets.index[onsets.isna()]
        return [f"observed_until is not given, and {shorten_list(never)} had not joined"] if len(never) else []
    end = pd.to_datetime(pd.Series([observed_until]), errors="coerce").dt.normalize()
    if end.isna().any():
        return [f"observed_until = {observed_until!r} is no date"]
    late = onsets.index[days > end[0]]
    return [f"joined after observed_until = {observed_until}: {shorten_list(late)}"] if len(late) else []


def _population_faults(places: gpd.GeoDataFrame) -> list[str]:
    if "population" not in places:
        return ["the cities have no column 'population'"]
    people = places["population"].to_numpy(dtype=float, na_value=np.nan)
    bad = ~(np.isfinite(people) & (people > 0))
    faults = [f"no population above 0: {shorten_list(places.index[bad])}"] if bad.any() else []
    if len(places) > 1 and not bad.any() and np.ptp(people) == 0:
        faults.append("all populations are the same: they cannot explain who joined")
    return faults


def _graph_faults(places: pd.Index, graph: DiffusionGraph) -> list[str]:
    lacking, beyond = places[~places.isin(graph.nodes)], graph.nodes[~graph.nodes.isin(places)]
    faults = [f"the graph lacks {len(lacking)} of the onsets: {shorten_list(lacking)}"] if len(lacking) else []
    return faults + ([f"the onsets lack {len(beyond)} of the graph: {shorten_list(beyond)}"] if len(beyond) else [])


def _choice_faults(onsets: pd.Series, days: pd.DatetimeIndex) -> list[str]:
    """Say why there was nothing to choose, where there was not."""
    if not len(days):
        return ["nobody joined"]
    if len(days) * len(onsets) > _MOST_CELLS:
        return [f"{len(days):,} onset days of {len(onsets):,} places: more than {_MOST_CELLS:,} cells; count by week"]
    if len(days) == 1:
        return [f"all who joined did so on one day, {days[0]:%Y-%m-%d}: nobody had joined before"]
    first = onsets.dt.normalize() == days[0]
    if len(days) == 2 and onsets.notna().all():
        return [f"after the first day ({int(first.sum())} places) all others joined at once: there was no choice"]
    return []


def _lengths(graph: DiffusionGraph) -> sp.csr_array:
    """Return kilometres of ties where all are known, else 1 a tie; the shortest where kinds overlap."""
    edges = graph.edges
    edges = edges[edges["weight"] > 0]
    known = len(edges) and edges["km"].notna().all()
    edges = edges.assign(length=edges["km"] if known else 1.0)
    shortest = edges.groupby(["source", "target"], sort=False)["length"].min().reset_index()
    ends = (graph.nodes.get_indexer(pd.Index(shortest[end])) for end in ("source", "target"))
    rows, columns = (end.astype(np.int32) for end in ends)  # what scipy 1.14 walks along
    return sp.csr_array((shortest["length"].to_numpy(), (rows, columns)), shape=2 * (len(graph.nodes),))


def unit_of(graph: DiffusionGraph | None) -> str:
    """Say in what distances are."""
    if graph is None:
        return "km"
    edges = graph.edges
    return "km along the graph" if len(edges) and edges.loc[edges["weight"] > 0, "km"].notna().all() else "ties"


def _refuse_impossible(joining: RiskSets, names: pd.Index) -> None:
    """Raise where places are no distance apart, cannot be reached, or on no day differ in their distance."""
    distances = joining.distances
    points = pd.DataFrame({"lon": distances.lon, "lat": distances.lat})
    faults = []
    if distances.lengths is None:
        together = points.duplicated(keep=False).to_numpy()
    else:
        ties = distances.lengths.tocoo()
        together = np.isin(np.arange(len(names)), np.concatenate([ties.row[ties.data == 0], ties.col[ties.data == 0]]))
        apart = _outside_the_largest_part(distances.lengths)
        faults += (
            [f"along the graph not every place leads to every other; cut off: {shorten_list(names[apart])}"]
            if apart.any()
            else []
        )
    if together.any():
        faults.append(f"a distance of 0 apart: {shorten_list(names[together])}")
    if not faults and all(np.ptp(choice.far) == 0 for choice in joining.choices()):
        faults.append(
            "on each day all places were equally far from those that had joined: distance cannot explain who joined"
        )
    if faults:
        raise DataError(
            "it cannot be told who joined next", faults, "points that differ; for a graph with gaps, graph.union(...) with one that has none"
        )  # fmt: skip


def _outside_the_largest_part(lengths: sp.csr_array) -> BoolArray:
    from scipy.sparse.csgraph import connected_components

    part = connected_components(lengths, directed=True, connection="strong")[1]
    return np.asarray(part != np.bincount(part).argmax())
