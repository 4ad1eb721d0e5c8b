"""Possible parents without a fit: from a given delay, distances or ties, and a given weight of the outside."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray, IntArray
from ..errors import DataError, must_be, shorten_list
from ..exposures.activity import Activity
from ..exposures.networks import Graphs, named_graphs
from ..exposures.spells import check_spells
from ..geodesy import great_circle_km
from ..inference.likelihood.parents import parent_table
from ..tables import check_cities

_SAME = 1e-6  # by which the sum of a delay may differ from 1
Reach = Callable[[IntArray, IntArray], FloatArray | sp.csr_array]
"""Function of rows of sources and of targets that returns how strongly the ones reach the others, as a matrix."""


@dataclass(frozen=True, eq=False)
class DelayWeights:
    """Weights of earlier onsets as parents: the probability of the delay times how strongly the place reaches the other.

    Attributes
    ----------
    onsets
        ``place, date`` of each onset (of spells: of each spell), by date.
    weights
        Shape (sources, targets), both in the order of the onsets.
    """

    onsets: pd.DataFrame
    weights: sp.csc_array

    @classmethod
    def of(cls, onsets: pd.DataFrame, delay: FloatArray, reach: Reach) -> "DelayWeights":
        """Compute the weights; ``delay`` has the probabilities of 1, 2, ... days."""
        first = onsets["date"].iloc[0]
        day = onsets["date"] - first
        number = (day.dt.days if isinstance(first, pd.Timestamp) else day).to_numpy(dtype=np.int64)
        place = onsets["place"].to_numpy(dtype=object)
        parts = []
        for today in np.unique(number):
            target = np.flatnonzero(number == today)
            source = np.flatnonzero((number < today) & (number >= today - len(delay)))
            block = sp.coo_array(reach(source, target))
            one, other = source[block.coords[0]], target[block.coords[1]]
            weight = delay[today - number[one] - 1] * block.data
            kept = (weight > 0) & (place[one] != place[other])
            parts.append((one[kept], other[kept], weight[kept]))
        source, target, weight = (np.concatenate(part) for part in zip(*parts, strict=True))
        shape = (len(onsets), len(onsets))
        return cls(onsets, sp.csc_array((weight.astype(float), (source, target)), shape=shape))

    @cached_property
    def total(self) -> FloatArray:
        """The summed weight of the possible parents of each onset."""
        return np.asarray(self.weights.sum(axis=0))

    def parents(self, external: float) -> pd.DataFrame:
        """Return the table of `parent_table`, given the weight of the outside."""
        return parent_table(self.onsets, self.onsets, {"tie": sp.csr_array(self.weights * self._scale(external)[None])})

    def sensitivity(self, grid: list[float], complete: Any) -> pd.DataFrame:
        """Return what changes with the weight of the outside; ``complete``: onsets all of whose children were seen."""
        largest = np.zeros_like(self.total)
        np.maximum.at(largest, sp.coo_array(self.weights).coords[1], self.weights.data)
        rows = []
        for external in grid:
            children = self.weights @ self._scale(external)
            rows.append({
                "external": external,
                "share_external": float(1 - (self.total * self._scale(external)).mean()),
                "share_without_parent": float((self.total == 0).mean()),
                "mean_reproduction": float(children[complete].mean()) if complete.any() else np.nan,
                "other_parents": float(((largest > external) != (largest > grid[0])).mean()),
            })  # fmt: skip
        return pd.DataFrame(rows)

    def _scale(self, external: float) -> FloatArray:
        """Return 1 / (external + summed weight), 0 where there is neither."""
        whole = self.total + external
        return np.divide(1.0, whole, out=np.zeros_like(whole), where=whole > 0)


def check_delay(check: Arguments, delay: Any) -> FloatArray:
    """Return the probabilities of 1, 2, ... days, without zeros at the end; faults are recorded."""
    need = "the probabilities of 1, 2, ... days from parent to child, which sum to 1"
    try:
        found = np.atleast_1d(np.asarray(delay, dtype=float))
    except (TypeError, ValueError):
        found = np.full(1, np.nan)
    if delay is None or found.ndim > 1 or not np.isfinite(found).all() or (found < 0).any():
        check.fault(must_be("delay", need, delay))
    elif abs(found.sum() - 1) > _SAME:
        check.fault(f"delay must be {need}; got a sum of {found.sum():.6g}")
    else:
        found = np.trim_zeros(found, "b") / found.sum()
    return found


def days_to_end(dates: pd.Series, until: Any) -> FloatArray:
    """Return the number of days from each date to the last day of observation."""
    left = until - dates
    return np.asarray(left.dt.days if isinstance(until, pd.Timestamp) else left, dtype=float)


def onset_table(data: pd.Series | pd.DataFrame) -> pd.DataFrame:
    """Return ``place, date`` by date of onsets or spells.

    Raises
    ------
    SchemaError, DataError
        The onsets or spells are not valid, or there is none.
    """
    if isinstance(data, pd.DataFrame):
        table = check_spells(data)
        found = pd.DataFrame({"place": table["place"].astype(object), "date": table["start"].dt.normalize()})
    else:
        activity = Activity.of_onsets(data)
        day, place = activity.values.nonzero()
        found = pd.DataFrame({"place": activity.places.to_numpy(dtype=object)[place], "date": activity.days[day]})
    return found.sort_values("date", kind="stable", ignore_index=True)


def reach_of_cities(
    places: pd.Series, cities: gpd.GeoDataFrame, decay_km: float | None, within_km: float | None
) -> Reach:
    """Return how strongly places reach each other: exp(-km / decay_km), or alike, and not at all beyond ``within_km``.

    Raises
    ------
    SchemaError, DataError
        The cities are not valid, or lack a place; all are named.
    """
    check_cities(cities)
    unknown = pd.Index(places.unique()).difference(cities.index, sort=False)
    if len(unknown):
        raise DataError(f"cities must have all places with an onset; missing: {shorten_list(unknown)}")
    points = cities.geometry.loc[places]
    lon, lat = points.x.to_numpy(), points.y.to_numpy()

    def reach(source: IntArray, target: IntArray) -> FloatArray:
        if decay_km is None and within_km is None:
            return np.ones((len(source), len(target)))
        km = great_circle_km(lon[source, None], lat[source, None], lon[target], lat[target])
        strength = np.ones_like(km) if decay_km is None else np.exp(-km / decay_km)
        return strength if within_km is None else np.where(km <= within_km, strength, 0.0)

    return reach


def reach_along(places: pd.Series, graphs: Graphs) -> Reach:
    """Return the weights of ties between places, summed over the graphs.

    Raises
    ------
    DataError
        A graph lacks a place; all are named.
    """
    rows, faults = {}, []
    for name, graph in named_graphs(graphs).items():
        row = graph.nodes.get_indexer(pd.Index(places))
        rows[name] = sp.csr_array(graph.matrix), row
        if (row < 0).any():
            faults.append(f"the network '{name}' lacks {shorten_list(places[row < 0].unique())}")
    if faults:
        raise DataError("graphs must have all places with an onset", faults, "build them from a table of all places")

    def reach(source: IntArray, target: IntArray) -> sp.csr_array:
        empty = sp.csr_array((len(source), len(target)))
        return sp.csr_array(sum((matrix[row[source]][:, row[target]] for matrix, row in rows.values()), empty))

    return reach
