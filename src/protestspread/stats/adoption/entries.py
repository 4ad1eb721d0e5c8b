"""Entries: the days on which places join, once or again and again, and what reached them by then."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray, IntArray
from ...exposures.exposure import exposures_of
from ...exposures.memories import Memory
from ...exposures.person_days import RiskSet
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_nodes

Scaling = Literal["none", "target"]
Joining = pd.Series | pd.DataFrame
"""Onsets (a Series by place), or spells (a DataFrame)."""

_FIX = "pass graph.subgraph(places), or data of the places of the graph"


@dataclass(frozen=True, eq=False)
class Entries:
    """The onsets of places, or the starts of their spells, by day and then by place.

    Attributes
    ----------
    risk
        Who was at risk on which days, and joined.
    day, place
        Row and column of each entry.
    unsure
        Whether an entry may have been earlier: on the first day, or where the days before it were not observed.
    """

    risk: RiskSet
    day: IntArray
    place: IntArray
    unsure: BoolArray

    @classmethod
    def of(
        cls,
        data: Joining,
        places: pd.Index | None = None,
        observed_until: Any = None,
        panel: pd.DataFrame | None = None,
    ) -> "Entries":
        """Return the entries of onsets or spells, whose places are those of a graph if one is given."""
        risk = RiskSet.of(data, places, observed_until, panel)
        day, place = np.nonzero(risk.joined)
        unsure = (day == 0) | _censored(data, risk)[day, place]
        if panel is not None:
            activity = risk.activity
            given = panel.notna().reindex(index=activity.days, columns=activity.places, fill_value=False)
            seen = given.to_numpy(dtype=bool) | activity.active
            risk = replace(risk, activity=replace(activity, observed=None if seen.all() else seen))
            unsure |= ~seen[np.maximum(day - 1, 0), place]
        return cls(risk, day, place, unsure)

    @property
    def places(self) -> pd.Index:
        """All places."""
        return self.risk.activity.places

    @property
    def days(self) -> pd.Index:
        """All days."""
        return self.risk.activity.days

    def remembered(self, memory: Memory, *, include_today: bool) -> FloatArray:
        """Return what is remembered of each place on each day: up to the day before, or with the activity of the day added."""
        itself = {"": sp.csr_array(sp.eye_array(len(self.places)))}
        before = exposures_of(self.risk.activity, itself, memory)[""]
        if not include_today:
            return before
        return np.maximum(before, exposures_of(self.risk.activity, itself, memory, include_today=True)[""])

    def exposure(self, matrix: sp.csr_array, memory: Memory) -> tuple[FloatArray, FloatArray]:
        """Return what had reached each place by the day before its entry (NaN where unsure), and with the day itself."""
        received = sp.csr_array(matrix.T)[self.place]
        low, high = (
            np.asarray(received.multiply(self.remembered(memory, include_today=today)[self.day]).sum(axis=1)).ravel()
            for today in (False, True)
        )
        return np.where(self.unsure, np.nan, low), high


def _censored(spells: Joining, risk: RiskSet) -> BoolArray:
    """Return on which days spells begin of which it is not known whether they began earlier."""
    cells = np.zeros(risk.joined.shape, dtype=bool)
    if isinstance(spells, pd.DataFrame) and "start_censored" in spells:
        early = spells[spells["start_censored"].to_numpy(dtype=bool)]
        rows = risk.activity.days.get_indexer(pd.DatetimeIndex(early["start"]))
        columns = risk.activity.places.get_indexer(pd.Index(early["place"].astype(object)))
        cells[rows[rows >= 0], columns[rows >= 0]] = True
    return cells


def entries_and_ties(
    data: Joining,
    graph: DiffusionGraph,
    normalize: Scaling = "none",
    panel: pd.DataFrame | None = None,
    until: Any = None,
) -> tuple[Entries, sp.csr_array]:
    """Return the entries of onsets or spells, and the weights of the graph from row to column in their order of places."""
    with Arguments() as check:
        check.instance("graph", graph, DiffusionGraph, "a DiffusionGraph")
    entries = Entries.of(data, graph.nodes, until, panel)
    matched = match_nodes(entries.places, graph, whose="the data", fix=_FIX)
    return entries, sp.csr_array((matched if normalize == "none" else matched.normalize(normalize)).matrix)
