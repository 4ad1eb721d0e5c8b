"""Secondary attack rate: the share of the places tied to one that joined that join within days after it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...figures import EstimateRows, Estimates
from ...graphs.diffusion import DiffusionGraph
from ...results import Result
from ...wording import format_days
from .entries import Entries, Joining, entries_and_ties

_MOST_DAYS = 10**5


@dataclass(frozen=True, repr=False, eq=False)
class SecondaryAttackRate(Result):
    """How many of the places at risk join soon after a place, with a tie from it and without.

    Attributes
    ----------
    table
        Index: places, in the order of the data. ``exposed`` (places at risk with a tie from it, summed over its onsets),
        ``joined`` (those that joined within days), ``rate`` (NaN where none was exposed); ``others``, ``others_joined`` and
        ``others_rate``, the same for places without a tie from it.
    within_days
        Days after an onset that count.
    left_out
        Number of onsets that are followed by fewer days of observation.
    """

    table: pd.DataFrame
    within_days: int
    left_out: int

    @property
    def rate(self) -> float:
        """Share of all pairs with a tie in which the second place joined; NaN if there is none."""
        return _share(self.table["joined"], self.table["exposed"])

    @property
    def others_rate(self) -> float:
        """Share of all pairs without a tie in which the second place joined; NaN if there is none."""
        return _share(self.table["others_joined"], self.table["others"])

    @property
    def sentence(self) -> str:
        """The share with a tie, and without."""
        pairs, within = int(self.table["exposed"].sum()), format_days(self.within_days)
        if not pairs:
            return f"No place at risk had a tie from a place that had joined and was observed for {within} after it."
        return (
            f"Of {pairs:,} pairs of a place that joined and a place at risk with a tie from it, the second joined within {within} in "
            f"{_percent(self.rate)}; without a tie, in {_percent(self.others_rate)} of {int(self.table['others'].sum()):,} pairs."
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the rate does not tell."""
        said = [
            "A place that joins counts for every place that has a tie to it and joined shortly before; the rate does not tell who followed whom.",
            "Places that are alike and tied, or a cause that they share, give a higher rate with a tie, too.",
        ]
        if self.left_out:
            said.append(f"{self.left_out:,} onsets are left out, because fewer days were observed after them.")
        return tuple(said)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `table`."""
        return self.table.copy()

    def figure(self) -> Estimates:
        """Return the two rates; pairs are not independent, so that they have no interval."""
        rows = {"with a tie": self.rate, "without a tie": self.others_rate}
        table = pd.DataFrame({"estimate": rows, "low": np.nan, "high": np.nan})
        heading = f"share of places at risk that join within {format_days(self.within_days)} after another place"
        return Estimates([EstimateRows(table, heading, reference=None)], self.statement)


def secondary_attack_rate(
    data: Joining,
    graph: DiffusionGraph,
    *,
    within_days: int,
    observed_until: str | pd.Timestamp | int | None = None,
    panel: pd.DataFrame | None = None,
) -> SecondaryAttackRate:
    """Return the share of the places at risk with a tie from a place that joined that join within days after it.

    Parameters
    ----------
    data
        Onsets (a Series by place of dates or whole numbers, NaT or NaN where a place never joined), or spells: then each start
        of a spell counts, and a place is at risk when it is in no spell.
    graph
        Graph of the same places. A tie is a weight above 0.
    within_days
        Days after an onset on which others count as secondary. Places that join on the same day are neither at risk nor secondary.
    observed_until
        The last day of observation; by default the last onset. Onsets fewer than ``within_days`` before it are left out.
    panel
        The panel that the data come from: places that were not observed on the day after an onset are not at risk.

    Returns
    -------
    SecondaryAttackRate
        By place and in all, beside the rate of places without a tie.

    Raises
    ------
    SchemaError, DataError
        The data or an option are not valid, or the places of the graph differ.

    Notes
    -----
    M. E. Halloran, I. M. Longini, C. J. Struchiner (2010), Design and Analysis of Vaccine Studies, Springer,
    doi:10.1007/978-0-387-68636-3, chapter 2.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "A", "B"], "target": ["B", "C", "C"]})
    >>> onsets = pd.Series({"A": 1, "B": 2, "C": 4})
    >>> found = ps.secondary_attack_rate(onsets, ps.DiffusionGraph.from_edges(ties), within_days=1, observed_until=5)
    >>> print(found.sentence)
    Of 3 pairs of a place that joined and a place at risk with a tie from it, the second joined within 1 day in 33%; without a
    tie, in none of 0 pairs.
    """
    with Arguments() as check:
        days = check.whole("within_days", within_days, at_least=1, at_most=_MOST_DAYS)
    entries, matrix = entries_and_ties(data, graph, panel=panel, until=observed_until)
    followed = entries.day + days < len(entries.days)
    tied = sp.csr_array((matrix > 0).astype(float))
    at_risk, soon = _next_days(entries, days)
    day, place = entries.day[followed], entries.place[followed]

    def by_place(counts: FloatArray) -> FloatArray:
        return np.bincount(place, counts, minlength=len(entries.places)).astype(float)

    found: dict[str, FloatArray] = {}
    for with_tie, without, cells in (("exposed", "others", at_risk), ("joined", "others_joined", soon)):
        reached = np.asarray(tied[place].multiply(cells[day]).sum(axis=1)).ravel()
        found[with_tie] = by_place(reached)
        found[without] = by_place(cells[day].sum(axis=1) - cells[day, place] - reached)
    counts = pd.DataFrame(found, index=entries.places).astype(np.int64)
    return SecondaryAttackRate(_with_rates(counts), days, int((~followed).sum()))


def _with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `SecondaryAttackRate`."""
    rate = counts["joined"] / counts["exposed"].where(counts["exposed"] > 0)
    others = counts["others_joined"] / counts["others"].where(counts["others"] > 0)
    table = counts.assign(rate=rate, others_rate=others)
    return table[["exposed", "joined", "rate", "others", "others_joined", "others_rate"]]


def _next_days(entries: Entries, days: int) -> tuple[FloatArray, FloatArray]:
    """Return, for each day, which places are at risk on the day after it, and which of them join within days."""
    at_risk: BoolArray = np.zeros(entries.risk.at_risk.shape, dtype=bool)
    at_risk[:-1] = entries.risk.at_risk[1:]
    soon = np.zeros_like(at_risk)
    for k in range(1, min(days, len(soon) - 1) + 1):
        soon[:-k] |= entries.risk.joined[k:]
    return at_risk.astype(float), (at_risk & soon).astype(float)


def _share(part: pd.Series, whole: pd.Series) -> float:
    return float(part.sum() / whole.sum()) if whole.sum() else np.nan


def _percent(share: float) -> str:
    return "none" if np.isnan(share) else f"{100 * share:.0f}%"
