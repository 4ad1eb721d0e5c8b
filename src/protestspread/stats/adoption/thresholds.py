"""Thresholds: the exposure of each place when it joined, as an interval, beside what simulated spreads would give."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray
from ...ensembles.ensemble import Ensemble
from ...errors import DataError, shorten_list
from ...exposures.memories import Memory, Since
from ...exposures.spells import spells
from ...figures import EstimateRows, Estimates
from ...graphs.diffusion import DiffusionGraph
from ...results import Result
from ...wording import format_number, format_places
from .entries import Entries, Joining, Scaling, entries_and_ties

_SIMPLE = "Exposure at onset rises as more places join, also where places have no threshold"
_QUARTERS = ("first", "second", "third", "last")


@dataclass(frozen=True, repr=False, eq=False)
class Thresholds(Result):
    """Exposure of places when they joined.

    Attributes
    ----------
    table
        Index: places, in the order of the data. One row for each onset or spell, and one for each place that never joined:
        ``onset`` (the day; missing), ``low`` and ``high`` (exposure up to the day before the onset, and with the day itself),
        ``threshold`` (one of the two, see `include_today`), ``ties`` (number of ties that reach the place).
    include_today
        Whether ``threshold`` counts places that joined on the day itself.
    share
        Whether exposure is a share of what reaches each place; else it is a sum of weights.
    simulated
        Mean threshold in each simulated spread that has one; empty if there are none.
    """

    table: pd.DataFrame
    include_today: bool
    share: bool
    simulated: FloatArray

    @property
    def mean(self) -> float:
        """Mean threshold; NaN if no place has one."""
        return float(self.table["threshold"].mean())

    @property
    def bounds(self) -> tuple[float, float]:
        """Mean of the lower and of the upper bounds, over the entries that have both."""
        both = self.table[["low", "high"]].dropna().mean()
        return float(both["low"]), float(both["high"])

    @property
    def sentence(self) -> str:
        """How many places joined, the mean threshold with its bounds, and the mean in simulated spreads."""
        joined = self.table[self.table["onset"].notna()]
        about = f"{joined.index.nunique():,} of {format_places(self.table.index.nunique())} joined"
        about += f" ({len(joined):,} times)" if joined.index.has_duplicates else ""
        if np.isnan(self.bounds).any():
            return f"{about}, none after the first day: no threshold can be given."
        low, high = map(format_number, self.bounds)
        unit = "share" if self.share else "sum"
        text = (
            f"{about}; the mean threshold, the {unit} of the weights of its ties from places that had joined, lies from {low} (places "
            f"that joined up to the day before) to {high} (the day itself included)"
        )
        if len(self.simulated):
            few, many = np.quantile(self.simulated, [0.025, 0.975])
            counted = "the day itself included" if self.include_today else "up to the day before"
            text += (
                f". Counted {counted}, it is {format_number(self.mean)}, and in {len(self.simulated):,} simulated spreads "
                f"{format_number(float(self.simulated.mean()))} (95% from {format_number(few)} to {format_number(many)})"
            )
        return f"{text}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else gives such thresholds, and which places have none or count as 0."""
        beside = (
            "" if len(self.simulated) else ": compare with spreads simulated from a fit, ensemble=fit.simulate(199)"
        )
        said = [f"{_SIMPLE}{beside}."]
        joined = self.table[self.table["onset"].notna()]
        if count := int((joined["ties"] == 0).sum()):
            said.append(f"{count:,} of {len(joined):,} onsets are of places that no tie reaches; their exposure is 0.")
        if count := int(joined["low"].isna().sum()):
            said.append(
                f"{count:,} onsets have no lower bound: they lie on the first day or after days that were not observed."
            )
        return tuple(said)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()

    def figure(self) -> Estimates:
        """Return mean thresholds with their bounds: of all, of quarters in the order of onsets, and of simulated spreads."""
        known = self.table.dropna(subset=["low", "high"]).sort_values("onset", kind="stable")
        parts = {"all": known}
        if len(known) >= 2 * len(_QUARTERS):
            split = np.array_split(np.arange(len(known)), len(_QUARTERS))
            parts |= {f"{name} quarter to join": known.iloc[rows] for name, rows in zip(_QUARTERS, split, strict=True)}
        rows = {name: part[["threshold", "low", "high"]].mean().to_numpy() for name, part in parts.items()}
        if len(self.simulated):
            rows["simulated, all"] = np.array([self.simulated.mean(), *np.quantile(self.simulated, [0.025, 0.975])])
        table = pd.DataFrame.from_dict(rows, orient="index", columns=["estimate", "low", "high"])
        heading = f"mean exposure at onset ({'share' if self.share else 'sum'} of weights)"
        note = "Lines: from the exposure up to the day before to that with the day of the onset itself"
        note += "; of simulated spreads, the middle 95% of their means." if len(self.simulated) else "."
        return Estimates([EstimateRows(table, heading, reference=None)], f"{note} {_SIMPLE}.")


def thresholds(
    data: Joining,
    graph: DiffusionGraph,
    *,
    memory: Memory = Since(),  # noqa: B008 - an immutable value
    normalize: Scaling = "target",
    include_today: bool = False,
    panel: pd.DataFrame | None = None,
    ensemble: Ensemble | None = None,
) -> Thresholds:
    """Return the exposure of each place when it joined: its threshold, as an interval.

    A place that joins at a threshold does so once its exposure reaches it. With one observation a day, the threshold lies
    above the exposure that the place bore before, and at most at the exposure on the day of its onset.

    Parameters
    ----------
    data
        Onsets (a Series by place of dates or whole numbers, NaT or NaN where a place never joined), or spells: each start of
        a spell has a threshold of its own.
    graph
        Graph of the same places.
    memory
        What counts as having joined, see `exposure`: `Since()`, all that ever joined; for spells also `Days(k)`, the places
        active within the last k days.
    normalize
        "target": exposure is the share of what reaches a place; "none": the sum of the weights.
    include_today
        Whether ``threshold``, `Thresholds.mean` and the simulated means count places that joined on the day itself, as
        netdiffuseR does by default. The bounds are given in any case.
    panel
        The panel that the data come from: exposure is NaN where an unobserved day could have counted, and so is the lower
        bound where the day before the onset was not observed.
    ensemble
        Simulated spreads over the same places, such as ``fit.simulate(199)`` of a fitted model without thresholds. Their mean
        thresholds are computed in the same way.

    Returns
    -------
    Thresholds
        ``to_frame()`` has a row for each onset or spell, and for each place that never joined.

    Raises
    ------
    SchemaError, DataError
        The data are not valid, no place joined, or the places of the graph or the ensemble differ; all are named.

    Notes
    -----
    T. W. Valente (1996), Social network thresholds in the diffusion of innovations, Social Networks 18:69,
    doi:10.1016/0378-8733(95)00256-1. A place that no tie reaches has exposure 0, as in netdiffuseR; places of the first day have
    no lower bound. Code places that never joined as missing: as onsets on a last day they raise the mean.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"]})
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-03"]), index=list("ABC"))
    >>> ps.thresholds(onsets, ps.DiffusionGraph.from_edges(ties)).to_frame()[["low", "high"]].values.tolist()
    [[nan, 0.0], [1.0, 1.0], [0.5, 1.0]]
    """
    with Arguments() as check:
        check.instance("memory", memory, Memory, "a memory, such as Since() or Days(3)")
        check.choice("normalize", normalize, ["none", "target"])
        check.flag("include_today", include_today)
        if ensemble is not None:
            check.instance("ensemble", ensemble, Ensemble, "an Ensemble, or None")
    entries, matrix = entries_and_ties(data, graph, normalize, panel)
    simulated = np.zeros(0)
    if ensemble is not None:
        onsets = isinstance(data, pd.Series)
        drawn = _simulated_joining(ensemble, entries, onsets=onsets)
        means = np.array([_mean(one, matrix, memory, include_today=include_today) for one in drawn])
        simulated = means[~np.isnan(means)]
    return Thresholds(
        _table(entries, matrix, memory, include_today=include_today), include_today, normalize == "target", simulated
    )


def _table(entries: Entries, matrix: sp.csr_array, memory: Memory, *, include_today: bool) -> pd.DataFrame:
    """Return the table of `Thresholds`."""
    low, high = entries.exposure(matrix, memory)
    never = np.setdiff1d(np.arange(len(entries.places)), entries.place)
    place = np.concatenate([entries.place, never])
    order = np.argsort(place, kind="stable")
    missing = np.full(len(never), np.nan)
    dated = isinstance(entries.days, pd.DatetimeIndex)
    onset = entries.days.to_numpy()[entries.day]
    empty = missing.astype(onset.dtype) if dated else missing
    found = pd.DataFrame(
        {
            "onset": np.concatenate([onset, empty]), "low": np.concatenate([low, missing]),
            "high": np.concatenate([high, missing]),
        },
        index=entries.places.take(place),
    )  # fmt: skip
    found["threshold"] = found["high" if include_today else "low"]
    found["ties"] = np.diff(sp.csc_array(matrix).indptr)[place]
    return found.iloc[order]


def _mean(entries: Entries | None, matrix: sp.csr_array, memory: Memory, *, include_today: bool) -> float:
    """Return the mean threshold; NaN if no entry has one."""
    if entries is None:
        return np.nan
    values = entries.exposure(matrix, memory)[int(include_today)]
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def _simulated_joining(ensemble: Ensemble, entries: Entries, *, onsets: bool) -> "list[Entries | None]":
    """Return the onsets, or the starts of spells, of each simulated spread; None of spreads without any."""
    places = entries.places
    differ = places.symmetric_difference(ensemble.places)
    if len(differ):
        raise DataError(
            f"ensemble must have the places of the data; they differ in {shorten_list(differ)}",
            fix="simulate on the same graph, such as fit.simulate(199)",
        )
    if onsets:
        first = ensemble.onsets()[places]
        return [Entries.of(row) if row.notna().any() else None for _, row in first.iterrows()]
    gap = entries.risk.gap_days
    drawn = (spells(panel[places], gap_days=gap) for panel in ensemble)
    return [Entries.of(table, places) if len(table) else None for table in drawn]
