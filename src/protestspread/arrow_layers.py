"""Layers of arrows as data: inferred spread, the ties of a graph, and flows."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from .arguments import Arguments
from .arrays import FloatArray
from .checks import can_be_hashed, layout_faults
from .errors import DataError, SchemaError, shorten_list
from .layers import Code, Key, Layer, Phrase, Symbol, Words

LEAST = 0.05  # the lowest probability that is shown by default
DRAWN_FROM = 0.2  # the default lowest probability of an arrow in animations and web maps
_TIES = ("source", "target", "date", "probability")
_TIES_FIX = f"pass a TransmissionTree or a table with one row per possible parent and the columns {', '.join(_TIES)}"


@dataclass(frozen=True, eq=False)
class Arrows(Layer):
    """Inferred ties as arrows that stay from their date on.

    Attributes
    ----------
    table
        ``source`` (missing: from outside), ``target``, ``date``, ``probability`` and ``appears``, the date of the row of
        the panel in which the arrow first appears. Sorted by ``appears``.
    at_least
        The lowest probability of an arrow.
    """

    kind: ClassVar[str] = "arrows"
    table: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*_TIES, "appears"]))
    at_least: float = DRAWN_FROM

    @classmethod
    def of(cls, tree: Any, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex, at_least: float) -> "Arrows":
        """Return the arrows of a tree on the rows [date, end) of a panel.

        Rows from outside are kept from `LEAST` on. Onsets before the first row appear in the first; those after the last
        are left out.

        Raises
        ------
        SchemaError
            See `tie_table`.
        """
        with Arguments() as check:
            check.number("at_least", at_least, at_least=0, at_most=1)
        table = tie_table(tree)[list(_TIES)]
        row = np.searchsorted(ends.to_numpy(), table["date"].to_numpy(), side="right")
        loop = (table["source"].astype(object) == table["target"].astype(object)).to_numpy(dtype=bool, na_value=False)
        least = np.where(table["source"].isna(), min(at_least, LEAST), at_least)
        seen = (row < len(dates)) & (table["probability"].to_numpy(dtype=float) >= least) & ~loop
        order = np.argsort(row[seen], kind="stable")
        shown = table[seen].iloc[order].assign(appears=dates[row[seen][order]])
        return cls(shown.reset_index(drop=True), at_least)

    @property
    def inside(self) -> pd.DataFrame:
        """The arrows between places."""
        return self.table[self.table["source"].notna()]

    def place_numbers(self, cities: Iterable[Hashable], regions: Iterable[Hashable]) -> dict[Hashable, int]:
        """Return the number of each place, cities first, then regions; a name that is both gets the city's number.

        Raises
        ------
        DataError
            Arrows have a source or target that is neither city nor region (all named).
        """
        number = {place: row for row, place in reversed(list(enumerate([*cities, *regions])))}
        named = pd.unique(pd.concat([self.table["source"], self.table["target"]]).dropna())
        unknown = [place for place in named if place not in number]
        if unknown:
            raise DataError(
                "tree",
                [f"places that are not on the map: {shorten_list(unknown)}"],
                "pass cities= with every city in the tree, or a tree whose places are the regions",
            )
        return number

    def legend(self) -> Sequence[Key]:
        """Return the key of the arrows, if there are any."""
        label = Phrase("arrow_key", {"p": float(self.at_least)})
        return [Key(Symbol("line", "arrow", size=2.0), label)] if len(self.inside) else []

    def words(self) -> Sequence[Words]:
        """Return the expected number of places reached from outside, which have no arrow."""
        count = float(self.table["probability"][self.table["source"].isna()].sum())
        return [Phrase("outside", {"n": round(count, 1)})] if count else []

    def over(self, dates: pd.DatetimeIndex, ends: pd.DatetimeIndex) -> "Sequence[Layer]":  # noqa: ARG002
        """Return for each row the arrows that have appeared."""
        counts = np.searchsorted(self.table["appears"].to_numpy(), dates.to_numpy(), side="right")
        return [replace(self, table=self.table.iloc[:count]) for count in counts]


def tie_table(tree: Any) -> pd.DataFrame:
    """Return the table of a tree: the tree itself, or its ``table``.

    Raises
    ------
    SchemaError
        It is not a table, or the columns ``source, target, date, probability`` are missing or not valid.
    """
    table = tree if isinstance(tree, pd.DataFrame) else getattr(tree, "table", None)
    if not isinstance(table, pd.DataFrame):
        raise SchemaError("tree", [f"expected a TransmissionTree or a DataFrame; got {type(tree).__name__}"], _TIES_FIX)
    faults = [*map(str, layout_faults(table))]
    faults = faults or [f"column '{name}' is missing" for name in _TIES if name not in table]
    faults += [
        f"column '{name}' holds values that cannot be compared"
        for name in ("source", "target")
        if not faults and not can_be_hashed(table[name])
    ]
    if not faults:
        table = table.reset_index(drop=True)
        p = pd.to_numeric(table["probability"], errors="coerce").to_numpy(dtype=float)
        if not ((p >= 0) & (p <= 1 + 1e-9)).all():
            faults.append("column 'probability' must hold numbers between 0 and 1, without missing values")
        if not pd.api.types.is_datetime64_dtype(table["date"]):
            faults.append(f"column 'date' must hold dates without a time zone; got {table['date'].dtype}")
        elif table["date"].isna().any():
            faults.append("column 'date' has missing values")
        faults += ["column 'target' has missing values"] if table["target"].isna().any() else []
    if faults:
        raise SchemaError("tree", faults, f"{_TIES_FIX}; a missing source means from outside")
    return table


WIDEST_FLOW, THINNEST_FLOW = 15.0, 1.0  # points
UNKNOWN_FLOW = (0, (3, 2))  # the dashes of a flow without figures

# the colors of Okabe and Ito, distinct for color-blind readers; the dashes keep them distinct in grayscale
_TIE_COLORS = ("#0072b2", "#d55e00", "#009e73", "#aa4499", "#e69f00", "#56b4e9", "#444444")
_TIE_DASHES = ("solid", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))


@dataclass(frozen=True, eq=False)
class GraphTies(Layer):
    """The places and ties of a `DiffusionGraph`: one color and dash pattern per kind of tie.

    Attributes
    ----------
    graph
        The graph; its places have coordinates.
    named
        The places to name, in this order; None: those with the most ties.
    """

    kind: ClassVar[str] = "graph_ties"
    graph: Any
    named: Sequence[str] | None = None

    @staticmethod
    def symbol(number: int) -> Symbol:
        """Return the look of a kind of tie, by its number."""
        dash = _TIE_DASHES[number % len(_TIE_DASHES)]
        return Symbol("line", _TIE_COLORS[number % len(_TIE_COLORS)], size=1.8, dash=dash)

    def legend(self) -> Sequence[Key]:
        """Return a key for each kind of tie, with its number of ties and their weights."""
        keys = []
        for number, (kind, ties) in enumerate(self.graph.ties.items()):
            weights, matrix = ties.weights, ties.matrix()
            pairs = matrix.nnz and abs(matrix - matrix.T).max() <= 1e-9 * max(matrix.max(), 1)
            count = Phrase("pairs", {"n": float(len(ties) // 2)}) if pairs else Phrase("ties", {"n": float(len(ties))})
            alike = not len(ties) or weights.max() <= weights.min()
            low, high = (
                (float(f"{weight:.2g}") for weight in (weights.min(), weights.max())) if len(ties) else (0.0, 0.0)
            )
            span = "" if alike else Phrase("weights", {"low": low, "high": high})
            keys.append(Key(self.symbol(number), (Code(kind, is_tie=True), ": ", count, span)))
        return keys


@dataclass(frozen=True, eq=False)
class Flows(Layer):
    """Flows as arrows whose width is the strength: a dark core for the lower figure in a pale band for the upper.

    Attributes
    ----------
    table
        The flows (see `check_flows`).
    senders
        The name of the sender of each flow.
    """

    kind: ClassVar[str] = "flows"
    table: pd.DataFrame
    senders: Sequence[str]

    def numbers(self, column: str) -> FloatArray:
        """Return the numbers of an optional column, NaN where unknown."""
        absent = column not in self.table
        return np.asarray(
            np.full(len(self.table), np.nan) if absent else self.table[column].to_numpy(dtype=float, na_value=np.nan)
        )

    @property
    def widths(self) -> FloatArray:
        """The widths of core and band in points, proportional to strength; an unknown core is NaN, a band negative."""
        low = self.numbers("low")
        pair = np.column_stack([low, np.fmax(low, self.numbers("high"))])
        scaled = WIDEST_FLOW * pair / (np.nanmax(pair, initial=0.0) or 1.0)
        band = np.where(np.isnan(scaled[:, 1]), -1.0, np.maximum(scaled[:, 1], THINNEST_FLOW))
        return np.column_stack([scaled[:, 0], band])

    def legend(self) -> Sequence[Key]:
        """Return a key for each flow: sender, strength and dates."""
        strengths = map(strength, self.numbers("low"), self.numbers("high"))
        return [
            Key(_flow_symbol(*self.widths[row]), (f"{self.senders[row]}: ", words, *self._dates(row)))
            for row, words in enumerate(strengths)
        ]

    def _dates(self, row: int) -> Iterable[Words]:
        """Yield when a flow arrived and was withdrawn; nothing where the table has no dates."""
        dispatch = "start_basis" in self.table and self.table["start_basis"].iloc[row] == "dispatch"
        mark = "; "
        for column, what in (("start", "dispatched" if dispatch else "arrived"), ("end", "withdrawn")):
            if column in self.table:
                yield from (mark, Phrase(what, {"date": self.table[column].iloc[row]}))
                mark = ", "


def _flow_symbol(core: float, band: float) -> Symbol | tuple[Symbol, ...]:
    """Return the core and band of a flow, narrowed where they would not fit into a legend."""
    if band < 0:
        return Symbol("line", "flow", size=1.2, dash=UNKNOWN_FLOW)
    pale = Symbol("band", "flow_band", size=min(band, 9.0))
    core = 0.0 if np.isnan(core) else min(max(core, THINNEST_FLOW), 9 * core / max(band, 1e-9), 9.0)
    return (pale, Symbol("band", "flow", size=core)) if core else pale


def strength(low: float, high: float) -> Words:
    """Return the words for a strength, its range or its known bound."""
    if np.isnan(low):
        return Phrase("no_strength") if np.isnan(high) else Phrase("up_to", {"n": float(high)})
    if np.isnan(high):
        return Phrase("at_least", {"n": float(low)})
    return float(low) if low == high else (float(low), "–", float(high))
