"""The table of an event history: one row per place and day at risk, with what reached the place up to the day before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray
from ..checks import layout_faults
from ..errors import DataError, must_be, shorten_list
from ..tables import check_panel
from .activity import Activity, day_range
from .aligned import Values, align_values
from .exposure import exposures_of
from .memories import Memory, Since
from .networks import Graphs, Normalize, named_graphs, network_matrices
from .spells import check_spells

_RESERVED = ("date", "time", "place", "joined")
_FIX = "pass graph.subgraph(onsets.index), or onsets.reindex(graph.nodes) if the other places had not joined"


@dataclass(frozen=True, eq=False)
class RiskSet:
    """Which places were at risk on which days, and joined.

    Attributes
    ----------
    activity
        When places were active.
    at_risk, joined
        Shape (days, places).
    durations
        Lengths in days of the spells whose end was observed; None where places stay active.
    gap_days
        Days after a spell before the next can begin.
    """

    activity: Activity
    at_risk: BoolArray
    joined: BoolArray
    durations: tuple[int, ...] | None = None
    gap_days: int = 0

    @classmethod
    def of(
        cls, data: pd.Series | pd.DataFrame, places: pd.Index | None, observed_until: Any, panel: pd.DataFrame | None
    ) -> "RiskSet":
        """Return the risk set of onsets or of spells, whose places are by default those that the table knows.

        Raises
        ------
        SchemaError, DataError
            The data, the last day of observation or the panel are not valid.
        """
        numbers = isinstance(data, pd.Series) and pd.api.types.is_numeric_dtype(data.dtype)
        with Arguments() as check:
            check.instance("data", data, (pd.Series, pd.DataFrame), "onsets (a Series) or spells (a DataFrame)")
            read = check.whole if numbers else check.day
            until = read("observed_until", observed_until, optional=True)
            if numbers and panel is not None:
                check.fault("panel must be None where onsets are whole numbers, because a panel is by date")
        if panel is not None:
            check_panel(panel)
            if not len(panel):
                raise DataError("panel must have days; got none", fix="pass the panel that the data come from, or None")
        if isinstance(data, pd.Series):
            return cls.of_onsets(data, until, panel)
        if places is None:
            table = check_spells(data)["place"]
            places = table.cat.categories if isinstance(table.dtype, pd.CategoricalDtype) else pd.Index(table.unique())
        return cls.of_spells(data, places, until, panel)

    @classmethod
    def of_onsets(cls, onsets: pd.Series, observed_until: Any, panel: pd.DataFrame | None) -> "RiskSet":
        """Return the risk set of first onsets: places that had not joined before."""
        activity = Activity.of_onsets(onsets, observed_until)
        first = activity.first_rows()
        rows = np.arange(len(activity.days))[:, None]
        at_risk = (rows <= first) & _observed(panel, activity)
        return cls(activity, at_risk, at_risk & (rows == first))

    @classmethod
    def of_spells(
        cls, table: pd.DataFrame, places: pd.Index, observed_until: Any, panel: pd.DataFrame | None
    ) -> "RiskSet":
        """Return the risk set of new spells: places that are in no spell, and in no gap that would continue one."""
        table = check_spells(table)
        unknown = pd.Index(table["place"].unique()).difference(places)
        if len(unknown):
            raise DataError(
                f"spells must be of places of the graphs; got {shorten_list(unknown)}",
                fix="pass graphs over all places",
            )
        first = table["start"].min() if panel is None else panel.index[0]
        last = table["end"].max() - pd.Timedelta(days=1) if panel is None else panel.index[-1]
        days = day_range(
            first,
            last if observed_until is None else min(last, observed_until) if panel is not None else observed_until,
        )
        column = places.get_indexer(pd.Index(table["place"].astype(object)))
        start, end, free = (
            days.searchsorted(pd.DatetimeIndex(table[name])) for name in ("start", "end", "at_risk_from")
        )
        shape = (len(days), len(places))
        active, busy = _covered(start, end, column, shape), _covered(start + 1, free, column, shape)
        joined = np.zeros(shape, dtype=bool)
        seen = start < len(days)
        joined[start[seen], column[seen]] = True
        activity = Activity(days, places, sp.csr_array(active.astype(float)))
        at_risk = ~busy & _observed(panel, activity)
        whole = (
            ~table["end_censored"].to_numpy(dtype=bool) if "end_censored" in table else np.ones(len(table), dtype=bool)
        )
        lengths = (end - start)[whole] if whole.any() else end - start
        gap = int(
            (table["at_risk_from"] - table["end"]).min().days
        )  # of all spells, also those that reach the last day
        return cls(activity, at_risk, joined & at_risk, tuple(int(length) for length in lengths), gap)

    def without_first_day(self) -> "RiskSet":
        """Return the risk set from the second day on: nobody was exposed before the first."""
        at_risk = self.at_risk.copy()
        at_risk[0] = False
        return replace(self, at_risk=at_risk, joined=self.joined & at_risk)


def person_days(
    data: pd.Series | pd.DataFrame,
    graphs: Graphs,
    *,
    attributes: pd.DataFrame | pd.Series | None = None,
    time_varying: Mapping[str, Values] | None = None,
    observed_until: str | pd.Timestamp | int | None = None,
    memory: Memory | Mapping[str, Memory] = Since(),  # noqa: B008 - an immutable value
    normalize: Normalize = "none",
    panel: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return one row per place and day at risk: whether it joined, and what reached it up to the day before.

    The table that an event history in discrete time is fitted to, here (`fit_event_history`) or in other software.

    Parameters
    ----------
    data
        Onsets (a Series by place): a place is at risk until it joins. Or spells (a DataFrame, see `spells`): a place is at
        risk of a new spell whenever it is in none.
    graphs
        One graph, or a dict of name -> graph, over all places that could have joined.
    attributes
        What places are by themselves: one row per place, numeric columns.
    time_varying
        Name -> values by date and place, or by date: what was in force on the day itself, such as a curfew.
    observed_until
        The last day of observation; by default the last onset (or the last day of the spells). Places that had not joined
        are at risk until it.
    memory, normalize
        As in `exposure`; ``memory`` may be a dict of network -> memory.
    panel
        The panel that the onsets or spells come from: its unobserved place-days (NaN) leave the table.

    Returns
    -------
    DataFrame
        Columns ``date`` (or ``time``), ``place``, ``joined`` (1 on the day of an onset, else 0), the exposure along each network,
        attributes, and what varies by time. Rows by day, then place, from the second day on. Days on which no place joined
        are included.

    Raises
    ------
    SchemaError, DataError
        Data, attributes or graphs are not valid or differ in their places; no place joined after the first day; names
        repeat.

    Notes
    -----
    P. D. Allison (1982), Discrete-time methods for the analysis of event histories, Sociological Methodology 13:61,
    doi:10.2307/270718.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"]})
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", None]), index=list("ABC"))
    >>> ps.person_days(onsets, {"road": ps.DiffusionGraph.from_edges(ties)}, observed_until="2022-01-04")
            date place  joined  road
    0 2022-01-03     B       1   1.0
    1 2022-01-03     C       0   0.0
    2 2022-01-04     C       0   1.0
    """
    return PersonDays.of(data, graphs, attributes, time_varying, observed_until, memory, normalize, panel).table()


@dataclass(frozen=True, eq=False)
class PersonDays:
    """A risk set with exposures and covariates.

    Attributes
    ----------
    risk
        Who was at risk and joined.
    matrices
        Network -> weights from row to column, normalized as asked.
    memories
        Network -> memory.
    exposures
        Network -> exposure by day and place.
    attributes
        One row per place.
    by_day
        Name -> values by day and place, of shape (days or 1, places or 1).
    """

    risk: RiskSet
    matrices: dict[str, sp.csr_array]
    memories: dict[str, Memory]
    exposures: dict[str, FloatArray]
    attributes: pd.DataFrame
    by_day: dict[str, FloatArray]

    @classmethod
    def of(
        cls, data: pd.Series | pd.DataFrame, graphs: Graphs, attributes: pd.DataFrame | pd.Series | None,
        time_varying: Mapping[str, Values] | None, observed_until: Any, memory: Memory | Mapping[str, Memory],
        normalize: Normalize, panel: pd.DataFrame | None,
    ) -> "PersonDays":  # fmt: skip
        """Check the arguments of `person_days` and compute the exposures."""
        named = named_graphs(graphs)
        memories = _memories(memory, list(named))
        with Arguments() as check:
            if time_varying is not None:
                need = "a mapping of name -> values by date and place, or None"
                check.instance("time_varying", time_varying, Mapping, need)
        risk = RiskSet.of(data, next(iter(named.values())).nodes, observed_until, panel).without_first_day()
        places, days = risk.activity.places, risk.activity.days
        matrices = network_matrices(places, named, whose="the data", fix=_FIX, normalize=normalize)
        exposures = {
            name: exposures_of(risk.activity, {name: matrix}, memories[name])[name] for name, matrix in matrices.items()
        }
        table = _attribute_table(attributes, places)
        by_day, faults = {}, []
        for name, values in (time_varying or {}).items():
            by_day[str(name)], wrong = align_values(f"time_varying[{name!r}]", values, days, places)
            faults += wrong
        names = [*_RESERVED, *matrices, *map(str, table.columns), *by_day]
        faults += [f"names must differ; got {shorten_list(twice)} twice"] if (twice := _repeated(names)) else []
        if not risk.joined.any():
            faults.append("onsets must include places that joined after the first day, while observed; got none")
        if faults:
            raise DataError("the table of place-days cannot be made", faults, "correct these arguments")
        return cls(risk, matrices, memories, exposures, table, by_day)

    def with_attributes(self, table: pd.DataFrame) -> "PersonDays":
        """Return the same data with other attributes, one row per place."""
        return replace(self, attributes=table)

    def table(self) -> pd.DataFrame:
        """Return the table of `person_days`."""
        day, place = np.nonzero(self.risk.at_risk)
        days, places = self.risk.activity.days, self.risk.activity.places
        columns: dict[Any, Any] = {
            days.name: days.to_numpy()[day],
            "place": pd.Categorical.from_codes(place, categories=places),
            "joined": self.risk.joined[day, place].astype(np.int64),
        }
        columns |= self.covariates(day, place)
        return pd.DataFrame(columns)

    def covariates(self, day: Any, place: Any) -> dict[str, FloatArray]:
        """Return name -> values of exposures, attributes and what varies by time, for some cells."""
        shape = self.risk.at_risk.shape
        found = {name: values[day, place] for name, values in self.exposures.items()}
        found |= {str(name): self.attributes[name].to_numpy(dtype=float)[place] for name in self.attributes}
        return found | {name: np.broadcast_to(values, shape)[day, place] for name, values in self.by_day.items()}


def _memories(memory: Memory | Mapping[str, Memory], networks: list[str]) -> dict[str, Memory]:
    """Return network -> memory."""
    given = memory if isinstance(memory, Mapping) else dict.fromkeys(networks, memory)
    with Arguments("pass a memory such as Since() or Days(3), or a dict with one for each network") as check:
        for name in networks:
            if name not in given:
                check.fault(f"memory has none for the network {name!r}")
            else:
                check.instance("memory", given[name], Memory, "a memory")
    return dict(given)


def _attribute_table(attributes: pd.DataFrame | pd.Series | None, places: pd.Index) -> pd.DataFrame:
    """Return attributes by place as numbers."""
    if attributes is None:
        return pd.DataFrame(index=places)
    table = attributes.to_frame(attributes.name or "attribute") if isinstance(attributes, pd.Series) else attributes
    fix = "pass one row of finite numbers per place"
    if not isinstance(table, pd.DataFrame):
        raise DataError(must_be("attributes", "a DataFrame or a Series by place", table), fix=fix)
    faults = list(map(str, layout_faults(table)))
    for name in [] if faults else table.columns:
        faults += align_values(f"attributes[{name!r}]", table[name], pd.Index([0]), places)[1]
    if faults:
        raise DataError("attributes are not valid", faults, fix)
    return table.reindex(places).astype(float)


def _observed(panel: pd.DataFrame | None, activity: Activity) -> BoolArray | bool:
    """Return whether each place-day was observed, according to a panel."""
    if panel is None:
        return True
    seen = panel.notna().reindex(index=activity.days, columns=activity.places, fill_value=False)
    return np.asarray(seen.to_numpy(dtype=bool) | activity.active)


def _covered(begin: Any, end: Any, column: Any, shape: tuple[int, int]) -> BoolArray:
    """Return which cells lie in some stretch of rows, from ``begin`` to before ``end``."""
    change = np.zeros((shape[0] + 1, shape[1]), dtype=np.int64)
    np.add.at(change, (np.minimum(begin, shape[0]), column), 1)
    np.subtract.at(change, (np.minimum(np.maximum(end, begin), shape[0]), column), 1)
    return np.asarray(change[:-1].cumsum(axis=0) > 0)


def _repeated(names: list[str]) -> list[str]:
    """Return the names that occur more than once."""
    return sorted({name for name in names if names.count(name) > 1})
