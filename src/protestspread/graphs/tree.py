"""Transmission trees: the possible parents of each onset, with probabilities."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import Arguments, as_list
from ..arrays import FloatArray, IntArray
from ..checks import can_be_hashed
from ..errors import must_be, shorten_list
from ..figures import GroupMatrix
from ..results import Drawn
from ..wording import as_sentence, format_number
from .parent_rows import check_parent_rows

_DRAWN = ("draw", "source", "source_date", "target", "date")
_OUTSIDE = "outside"
_MOST_GROUPS = 40


class TransmissionTree(Drawn):
    """Who probably followed whom: one row for each possible parent of each onset. Inferred, never certain.

    `transmission_tree` makes one from a fit, or from a given delay.

    Parameters
    ----------
    table
        ``source`` (missing: from outside), ``target``, ``date`` (the onset of the target: a date, or a number),
        ``probability`` (0 to 1). The probabilities of an onset sum to at most 1; the rest is not explained by the rows.
        Optional ``source_date``: the onset of the source; by default its onset in the table. With it, a target may have
        several dates, one for each spell.
    assumptions
        What the probabilities stand on, in sentences.
    draws
        Trees drawn from the probabilities: ``draw, source, source_date, target, date``, a row for each onset of each draw.
    sensitivity
        What changes with the weight of the outside, one row for each weight (``external``); the first is that of the table.
    observed_until
        The last day of observation; by default the last onset.
    delay_days
        The longest delay from parent to child, in days; None where no delay is given.

    Raises
    ------
    SchemaError
        Missing columns or targets, dates with a time or zone, probabilities outside 0 to 1 or with a sum above 1, places that
        follow themselves, parents given twice or not earlier than the target, a target with two dates but no ``source_date``.
    DataError
        Another argument is not valid.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> tree = ps.TransmissionTree(pd.DataFrame({
    ...     "source": [None, "Zhanaozen", None], "target": ["Zhanaozen", "Aktau", "Aktau"],
    ...     "date": pd.to_datetime(["2022-01-01", "2022-01-02", "2022-01-02"]), "probability": [1.0, 0.7, 0.3],
    ... }))
    >>> tree
    <TransmissionTree: 3 possible parents of 2 places, 1 to 2 January 2022; 65% from outside, inferred>
    >>> tree.depth.to_dict()
    {'Zhanaozen': 0.0, 'Aktau': 0.7}
    """

    def __init__(
        self,
        table: pd.DataFrame,
        *,
        assumptions: Iterable[str] = (),
        draws: pd.DataFrame | None = None,
        sensitivity: pd.DataFrame | None = None,
        observed_until: Any = None,
        delay_days: int | None = None,
    ) -> None:
        self._table = check_parent_rows(table)
        with Arguments() as check:
            if (sentences := as_list(assumptions)) is None:
                check.fault(must_be("assumptions", "a list of sentences", assumptions))
            for text in sentences or ():
                check.text("assumptions", text)
            self.delay_days = check.whole("delay_days", delay_days, at_least=1, optional=True)
            for name, given, columns in (("draws", draws, _DRAWN), ("sensitivity", sensitivity, ("external",))):
                if given is not None and not (isinstance(given, pd.DataFrame) and set(columns) <= {*given.columns}):
                    check.fault(f"{name} must be a table with {shorten_list(columns)}, or None")
            if self._dated or self._table.empty:
                until = check.day("observed_until", observed_until, optional=True)
            else:
                until = check.number("observed_until", observed_until, optional=True)
            if not check.faults and until is not None and (self._table["date"] > until).any():
                check.fault("observed_until must be at or after the last onset; got an earlier day")
        self.assumptions = tuple(sentences or ())
        self.observed_until = self._table["date"].max() if until is None else until
        self._draws = pd.DataFrame(columns=list(_DRAWN)) if draws is None else draws[list(_DRAWN)].copy()
        self._sensitivity = pd.DataFrame(columns=["external"]) if sensitivity is None else sensitivity.copy()

    @property
    def table(self) -> pd.DataFrame:
        """All rows: ``source, target, date, probability, source_date``, as a copy; a missing ``source_date`` is not known."""
        return self._table.copy()

    @property
    def edges(self) -> pd.DataFrame:
        """The rows whose source is a place, as a copy."""
        return self._table[self._table["source"].notna()].reset_index(drop=True)

    @property
    def draws(self) -> pd.DataFrame:
        """Drawn trees, ``draw, source, source_date, target, date``, as a copy; empty if none were asked for."""
        return self._draws.copy()

    @property
    def sensitivity(self) -> pd.DataFrame:
        """What changes with the weight of the outside, as a copy; empty if it is not a grid. See `transmission_tree`."""
        return self._sensitivity.copy()

    @cached_property
    def _dated(self) -> bool:
        return pd.api.types.is_datetime64_dtype(self._table["date"])

    @cached_property
    def onset_numbers(self) -> tuple[IntArray, IntArray]:
        """The row in ``onsets`` of the target of each row of ``table``, and of its source: -1 where it has no onset."""
        table = self._table
        onset = table.groupby(["target", "date"], sort=False).ngroup().to_numpy()
        first = ~pd.Series(onset).duplicated().to_numpy()
        keys = pd.MultiIndex.from_frame(table.loc[first, ["target", "date"]])
        sources = pd.MultiIndex.from_frame(table[["source", "source_date"]])
        parent = np.where(table["source_date"].isna(), -1, keys.get_indexer(sources))
        return onset.astype(np.int64), parent.astype(np.int64)

    @cached_property
    def _sources(self) -> FloatArray:
        """The probability of each row that has a source, 0 for rows from outside."""
        return self._table["probability"].where(self._table["source"].notna(), 0.0).to_numpy(dtype=float)

    def _sums(self, values: FloatArray) -> FloatArray:
        """Return values by row, summed over the rows of each onset."""
        return np.asarray(np.bincount(self.onset_numbers[0], values), dtype=float)

    @cached_property
    def _onsets(self) -> pd.DataFrame:
        table, (onset, parent) = self._table, self.onset_numbers
        listed = table[["target", "date"]][~pd.Series(onset).duplicated().to_numpy()].reset_index(drop=True)
        probability, along = table["probability"].to_numpy(dtype=float), self._sources
        days = self._days_between()
        dated = np.where(np.isnan(days), 0.0, along)
        with np.errstate(invalid="ignore"):
            mean_days = self._sums(dated * np.nan_to_num(days)) / self._sums(dated)
            share = along / self._sums(probability)[onset]
        depth = np.zeros(len(listed))
        order, dates = np.argsort(table["date"], kind="stable"), np.sort(table["date"])
        for rows in np.split(order, np.flatnonzero(dates[1:] != dates[:-1]) + 1):  # parents before children
            generations = share[rows] * (np.where(parent[rows] < 0, 0.0, depth[parent[rows]]) + 1)
            depth += np.bincount(onset[rows], generations, minlength=len(depth))
        return listed.assign(external=self._sums(probability - along), depth=depth, days=mean_days)

    def _days_between(self) -> FloatArray:
        """Return the days from the onset of the source to that of the target, by row; NaN where not known."""
        between = self._table["date"] - self._table["source_date"]
        return np.asarray(between.dt.days if self._dated else between, dtype=float)

    @property
    def onsets(self) -> pd.DataFrame:
        """One row per onset (of spells: per spell): ``target, date, external, depth, days``.

        ``external``: the probability that it started from outside. ``depth``: its expected number of generations from outside,
        where sources without an onset in the tree count as outside. ``days``: expected days since its parent, if it had one
        whose onset is known.
        """
        return self._onsets.copy()

    @property
    def external(self) -> pd.Series:
        """The probability that each target started from outside; the mean over its spells."""
        return self._by_target("external")

    @property
    def depth(self) -> pd.Series:
        """The expected number of generations of each target from outside; the mean over its spells. See `onsets`."""
        return self._by_target("depth")

    @property
    def days(self) -> pd.Series:
        """Expected days from the parent to each target, if it had a parent; the mean over its spells."""
        return self._by_target("days")

    def _by_target(self, name: str) -> pd.Series:
        return self._onsets.groupby("target", sort=False)[name].mean()

    @property
    def share_external(self) -> float:
        """The expected share of onsets that started from outside."""
        return float(self._onsets["external"].mean())

    @property
    def share_without_parent(self) -> float:
        """The share of onsets that have no possible parent."""
        return float((self._sums(self._sources) == 0).mean()) if len(self._table) else float("nan")

    @property
    def most_likely(self) -> pd.DataFrame:
        """The most likely parent of each onset, or outside (a missing source): the most likely tree, one row per onset.

        The product of the probabilities is that of the tree. It is one of many: see `draws`.
        """
        order = np.lexsort((-self._table["probability"].to_numpy(dtype=float), self.onset_numbers[0]))
        first = ~pd.Series(self.onset_numbers[0][order]).duplicated().to_numpy()
        return self._table.iloc[order[first]].reset_index(drop=True)

    def by_region(self, strata: pd.Series | Mapping[Any, Any]) -> pd.DataFrame:
        """Return who followed whom between groups of places: expected numbers of onsets.

        Parameters
        ----------
        strata
            A label by place, such as ``cities["region_id"]``.

        Returns
        -------
        DataFrame
            Index ``source``, with "outside" last; columns ``target``; groups in the order of their first onset.

        Raises
        ------
        DataError
            A place of the tree has no label, or a label is "outside".
        """
        with Arguments("pass a label for each place, such as cities['region_id']") as check:
            labels = check.by_label("strata", strata, "a Series or a mapping of place -> label")
            if not check.faults and not can_be_hashed(labels):
                check.fault("strata must hold labels that can be compared; got others, such as lists")
            if not check.faults:
                table = self._table.sort_values("date", kind="stable")
                named = pd.unique(pd.concat([table["target"], table["source"].dropna()]).astype(object))
                missing = [place for place in named if place not in labels.index or pd.isna(labels[place])]
                if missing:
                    check.fault(f"strata has no label for {shorten_list(missing)}")
                elif (labels == _OUTSIDE).any():
                    check.fault(f"strata must not have the label {_OUTSIDE!r}, which is that of onsets from outside")
        rows = pd.Index([*dict.fromkeys(labels[place] for place in named), _OUTSIDE], name="source", dtype=object)
        columns = pd.Index(table["target"].map(labels).unique(), name="target", dtype=object)
        source = table["source"].map(labels).astype(object).where(table["source"].notna(), _OUTSIDE)
        values = np.zeros((len(rows), len(columns)))
        at = rows.get_indexer(pd.Index(source)), columns.get_indexer(pd.Index(table["target"].map(labels)))
        np.add.at(values, at, table["probability"].to_numpy(dtype=float))
        return pd.DataFrame(values, rows, columns)

    def figure(self, *, strata: pd.Series | Mapping[Any, Any] | None = None) -> GroupMatrix:
        """Return who followed whom as a matrix of expected numbers, between groups of places or (None) between places.

        Parameters and errors are those of `by_region`; there may be at most 40 groups.
        """
        places = pd.unique(pd.concat([self._table["source"].dropna(), self._table["target"]]).astype(object))
        with Arguments("pass strata=cities['region_id']") as check:
            if strata is None and len(places) > _MOST_GROUPS:
                check.fault(f"strata must have at most {_MOST_GROUPS} groups to be drawn; got {len(places)} places")
            if self._table.empty:
                check.fault("tree must not be empty; got a table without rows")
        values = self.by_region(dict(zip(places, places, strict=True)) if strata is None else strata)
        with Arguments("pass fewer groups") as check:
            if len(values) > _MOST_GROUPS + 1:
                check.fault(f"strata must have at most {_MOST_GROUPS} groups to be drawn; got {len(values) - 1}")
        return GroupMatrix(values, "Expected number of onsets (inferred)", _OUTSIDE, self.sentence)

    @property
    def sentence(self) -> str:
        """How many onsets started from outside and how many had no possible parent, in one sentence."""
        if self._table.empty:
            return "No onsets."
        onsets, places = len(self._onsets), self._onsets["target"].nunique()
        of = f"{onsets:,} {'onset' if onsets == 1 else 'onsets'}"
        of += "" if onsets == places else f" in {places:,} places"
        text = f"of {of}, an expected {self.share_external:.0%} started from outside{self._range()}"
        text += f", {self.share_without_parent:.0%} without a possible parent"
        days = self._onsets["days"].mean()
        if not np.isnan(days):
            text += f"; the others followed an earlier onset after {format_number(float(days), 2)} days on average"
        return as_sentence(f"{text} (inferred)")

    def _range(self) -> str:
        """Describe how the share from outside changes with the weight of the outside."""
        if len(self._sensitivity) < 2 or "share_external" not in self._sensitivity:
            return ""
        low, high = (self._sensitivity["share_external"].agg(one) for one in ("min", "max"))
        least, most = (self._sensitivity["external"].agg(one) for one in ("min", "max"))
        return f" ({low:.0%} to {high:.0%} for external from {least:g} to {most:g})"

    def __repr__(self) -> str:
        if self._table.empty:
            return "<TransmissionTree: empty>"
        onsets, places = len(self._onsets), self._onsets["target"].nunique()
        of = f"{places} places" if onsets == places else f"{onsets} onsets in {places} places"
        parents = f"{len(self._table)} possible parents of {of}, {self._period()}"
        return f"<TransmissionTree: {parents}; {self.share_external:.0%} from outside{self._range()}, inferred>"

    def _period(self) -> str:
        first, last = self._table["date"].min(), self._table["date"].max()
        if not self._dated:
            return f"time {first:g} to {last:g}" if first != last else f"time {first:g}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day} to {last.day} {last:%B %Y}" if first != last else f"{first.day} {first:%B %Y}"
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
