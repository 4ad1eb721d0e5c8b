"""Reproduction numbers and generation times from trees, and reproduction numbers from counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray, IntArray
from ..errors import DataError
from ..exposures.activity import day_range
from ..figures import SeriesWithBand
from ..graphs.tree import TransmissionTree
from ..results import Result
from ..wording import as_sentence, format_date, format_days, format_number
from .delays import check_delay

_SEEN = 0.95  # of the expected children, of which a day is complete where no delay is given
_NORMAL = 1.959963984540054


@dataclass(frozen=True, repr=False, eq=False)
class Reproduction(Result):
    """How many onsets followed each onset: case reproduction numbers, by place and by day of the parent.

    Attributes
    ----------
    by_place
        One row per onset of the tree: ``place, date``, ``children`` (the expected number that followed so far), their
        ``variance``, and ``reproduction``: the same, NaN where not all children can have been seen. Empty for counts.
    by_day
        By date: ``onsets`` and ``children`` of the days of the window that ends on it, ``reproduction`` (children per onset) with
        ``low`` and ``high``, the ends of the 95% interval given the tree; NaN without onsets, on days that were not
        observed, and where not all children can have been seen.
    delay_days
        Days within which children follow: the last days, of this number, are incomplete.
    window_days
        Number of days in a window.
    rule
        How ``delay_days`` was found.
    """

    by_place: pd.DataFrame
    by_day: pd.DataFrame
    delay_days: int
    window_days: int
    rule: str

    @property
    def sentence(self) -> str:
        """The reproduction number of the days of which all children were seen, in one sentence."""
        complete = self.by_day["reproduction"].dropna()
        if complete.empty:
            return as_sentence(
                f"no reproduction number: on no day are onsets complete, as children follow within {format_days(self.delay_days)}"
            )
        known = self.by_day.loc[complete.index]
        mean = format_number(float(known["children"].sum() / known["onsets"].sum()))
        first, last = (
            format_date(day) if isinstance(day, pd.Timestamp) else f"{day:g}"
            for day in (complete.index[0], complete.index[-1])
        )
        when = f"from {first} to {last}" if first != last else f"on {first}"
        each = f" (windows of {self.window_days} days)" if self.window_days > 1 else ""
        return as_sentence(
            f"{when}{each}, an onset was followed by {mean} others on average (inferred); later days are not complete"
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the numbers stand on."""
        return (
            f"The last {format_days(self.delay_days)} are not complete: {self.rule}.",
            "The numbers describe growth, given who is taken to follow whom: they are no evidence that places followed each other.",
            "Intervals leave out the uncertainty of parameters, of the delay and of the outside.",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return ``by_day``."""
        return self.by_day.copy()

    def figure(self) -> SeriesWithBand:
        """Return the reproduction number by day, with its interval."""
        if not isinstance(self.by_day.index, pd.DatetimeIndex):
            raise DataError(
                "reproduction must be by date to be drawn; its days are numbers", fix="pass onsets that are dates"
            )
        low, high = self.by_day["low"], self.by_day["high"]
        return SeriesWithBand(
            self.by_day["reproduction"], low, high, (low > 1) | (high < 1),
            statistic="onsets that followed, per onset", band="95% interval, given the tree", fill="the interval excludes 1",
            method=self.caveats[0], expected=pd.Series(1.0, self.by_day.index), line="inferred", reference="one for each",
        )  # fmt: skip


def reproduction(
    data: TransmissionTree | pd.Series,
    *,
    delay: Any = None,
    delay_days: int | None = None,
    window_days: int = 1,
) -> Reproduction:
    """Return how many onsets followed each onset: case reproduction numbers, by place and by day.

    Parameters
    ----------
    data
        A tree; or counts by date (a Series, NaN where not observed), of which each event is taken to have followed an earlier
        one, where there is one, whatever its place.
    delay
        For counts: the probabilities of 1, 2, ... days from parent to child.
    delay_days
        For trees: days within which children follow. By default the longest delay of the tree; for a tree from a fit, the
        days within which 95% of the expected children followed, which is too short where most follow late.
    window_days
        Number of days in a window, which ends on the day it is given for.

    Returns
    -------
    Reproduction
        With ``by_place`` and ``by_day``; the last days, whose children cannot all have been seen, are NaN.

    Raises
    ------
    DataError
        An argument is not valid; the tree is empty, or no onset in it has a parent with a known onset.

    Notes
    -----
    J. Wallinga, P. Teunis (2004), American Journal of Epidemiology 160:509, doi:10.1093/aje/kwh255. The variance of the number
    of children is Σ p (1 - p), as parents are independent given the probabilities; intervals are those of a normal distribution.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame([(a, b) for a in "ABC" for b in "ABC" if a != b], columns=["source", "target"])
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-04"]), index=list("ABC"))
    >>> tree = ps.transmission_tree(onsets, ps.DiffusionGraph.from_edges(ties), delay=[0.6, 0.4], external=0.2)
    >>> ps.reproduction(tree).by_place[["place", "children", "reproduction"]].round(3).values.tolist()
    [['A', 1.083, 1.083], ['B', 0.5, nan], ['C', 0.0, nan]]
    """
    with Arguments() as check:
        need = "a TransmissionTree, or counts by date (a Series)"
        check.instance("data", data, (TransmissionTree, pd.Series), need)
        window_days = check.whole("window_days", window_days, at_least=1, at_most=10**5)
        delay_days = check.whole("delay_days", delay_days, at_least=1, optional=True)
        if isinstance(data, pd.Series):
            delay = check_delay(check, delay)
            if delay_days is not None:
                check.fault("delay_days must be None with counts; it follows from their delay")
        elif delay is not None:
            check.fault("delay must be None with a tree, which has its own; pass delay_days")
    if isinstance(data, pd.Series):
        return _of_counts(data, delay, window_days)
    return _of_tree(data, delay_days, window_days)


def _of_tree(tree: TransmissionTree, delay_days: int | None, window_days: int) -> Reproduction:
    onsets, (child, parent) = tree.onsets, tree.onset_numbers
    known = parent >= 0
    if delay_days is None and tree.delay_days is None and not known.any():
        raise DataError("delay_days must be given: no onset of the tree has a parent whose onset is known")
    count = len(onsets)
    probability = tree.table["probability"].to_numpy(dtype=float)[known]
    chances = sp.csr_array((probability, (parent[known], child[known])), shape=(count, count))
    rule = "as given" if delay_days is not None else "the longest delay of the tree"
    delay_days = tree.delay_days if delay_days is None else delay_days
    if delay_days is None:
        shares = generation_time(tree).cumsum()
        delay_days = int(shares.index[int(np.searchsorted(shares, _SEEN - 1e-12))])
        rule = f"{_SEEN:.0%} of the expected children followed within this time"
    dates = (
        onsets["date"] if isinstance(tree.observed_until, pd.Timestamp) else np.ceil(onsets["date"]).astype(np.int64)
    )
    until = tree.observed_until if isinstance(tree.observed_until, pd.Timestamp) else int(tree.observed_until)
    days = day_range(dates.min(), max(until, dates.max()))
    row = days.get_indexer(pd.Index(dates))
    by_day = sp.csr_array((np.ones(count), (row, np.arange(count))), shape=(len(days), count))
    complete = len(days) - 1 - np.arange(len(days)) >= delay_days
    children = chances.sum(axis=1)
    places = onsets[["target", "date"]].rename(columns={"target": "place"}).assign(
        children=children, variance=(chances - chances * chances).sum(axis=1), reproduction=np.where(complete[row], children, np.nan)
    )  # fmt: skip
    number = np.bincount(row, minlength=len(days)).astype(float)
    table = _by_day(days, number, by_day @ chances, np.ones(count), complete, window_days)
    return Reproduction(places, table, delay_days, window_days, rule)


def _of_counts(counts: pd.Series, delay: FloatArray, window_days: int) -> Reproduction:
    numbers = _checked(counts)
    seen, count, days, most = np.isfinite(numbers), np.nan_to_num(numbers), len(numbers), len(delay)
    lags = np.arange(1, min(most, days - 1) + 1)
    band = _band(delay[lags - 1], lags, days)
    weight = sp.csr_array(sp.diags_array(count) @ band)  # of the day of the parent (row) and of the child
    total = weight.sum(axis=0)
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
    near = _band(np.ones(len(lags)), lags, days)
    unknown = ~seen | (near.T @ ~seen > 0)  # children whose parents are not all known
    complete = seen & (np.arange(days) < days - most) & (near @ unknown == 0)
    chances = sp.csr_array(weight @ sp.diags_array(scale))
    table = _by_day(counts.index, np.where(seen, count, np.nan), chances, count, complete, window_days)
    empty = pd.DataFrame(columns=["place", "date", "children", "variance", "reproduction"])
    return Reproduction(empty, table, most, window_days, "the longest delay")


def _band(values: FloatArray, lags: IntArray, days: int) -> sp.csr_array:
    """Return a matrix with one value on all cells whose column is some days after the row."""
    diagonals = [np.full(days, value) for value in values]
    return sp.csr_array(sp.diags_array(diagonals, offsets=lags, shape=(days, days)) if len(lags) else (days, days))


def _by_day(
    days: pd.Index, onsets: FloatArray, chances: sp.csr_array, children: FloatArray, complete: BoolArray, window: int
) -> pd.DataFrame:
    """Return ``by_day``, from the chance of each child (column) to have its parent on each day (row)."""
    count = len(days)
    back = np.arange(min(window, count))
    inside = _band(np.ones(len(back)), -back, count)
    within, number = sp.csr_array(inside @ chances), inside @ onsets
    expected, variance = within @ children, (within - within * within) @ children
    whole = (inside @ (~complete).astype(float) == 0) & (np.arange(count) >= window - 1) & (number > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(whole, expected / number, np.nan)
        half = _NORMAL * np.sqrt(np.maximum(variance, 0.0)) / number
    columns = {
        "onsets": number,
        "children": expected,
        "reproduction": mean,
        "low": np.maximum(mean - half, 0.0),
        "high": mean + half,
    }
    return pd.DataFrame(columns, index=days)


def generation_time(tree: TransmissionTree) -> pd.Series:
    """Return the distribution of the days from parent to child, weighted by probability.

    Parameters
    ----------
    tree
        A tree whose parents have known onsets.

    Returns
    -------
    Series
        ``probability`` by ``days``, 1, 2, ... up to the longest; they sum to 1. Empty if no parent has a known onset. With a
        given delay, this is how the delay and the dates together divide the parents, no estimate of the delay.

    Raises
    ------
    DataError
        ``tree`` is no tree.

    Notes
    -----
    Å. Svensson (2007), A note on generation times in epidemic models, Mathematical Biosciences 208:300,
    doi:10.1016/j.mbs.2006.10.010. Late in a wave that was not observed to its end, long times are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> tree = ps.TransmissionTree(pd.DataFrame({
    ...     "source": [None, "A", "A", "B"], "target": list("ABCC"), "probability": [1.0, 1.0, 0.25, 0.75],
    ...     "date": pd.to_datetime(["2022-01-01", "2022-01-02", "2022-01-04", "2022-01-04"])}))
    >>> ps.generation_time(tree).to_dict()
    {1: 0.5, 2: 0.375, 3: 0.125}
    """
    with Arguments() as check:
        check.instance("tree", tree, TransmissionTree, "a TransmissionTree")
    table = tree.edges.dropna(subset="source_date")
    between = table["date"] - table["source_date"]
    days = between.dt.days if pd.api.types.is_timedelta64_dtype(between) else between
    sums = table["probability"].groupby(np.ceil(days.to_numpy(dtype=float)).astype(np.int64)).sum()
    longest = int(sums.index.max()) if len(sums) else 0
    found = sums.reindex(pd.RangeIndex(1, longest + 1), fill_value=0.0)
    return (found / found.sum()).rename("probability").rename_axis("days")


def _checked(counts: pd.Series) -> FloatArray:
    """Return counts by consecutive days as numbers."""
    with Arguments("pass counts by date, such as panel.sum(axis=1, skipna=False)") as check:
        index, numbers = counts.index, pd.to_numeric(counts, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        daily = (
            isinstance(index, pd.DatetimeIndex)
            and len(index)
            and bool((np.diff(index) == np.timedelta64(1, "D")).all())
        )
        if not daily and not (pd.api.types.is_integer_dtype(index) and (np.diff(index) == 1).all()):
            check.fault("data must have one row per day, without gaps, as a Series by date; got another index")
        if pd.isna(numbers[counts.notna()]).any() or (numbers < 0).any() or np.isinf(numbers).any():
            check.fault("data must hold counts of at least 0, NaN where not observed; got others")
    return numbers
