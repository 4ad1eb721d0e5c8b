"""What is left of the activity of a place, given its own past, and the past of its neighbors: the parts of a lagged Moran's I."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import BoolArray, FloatArray
from ...errors import argument_error, shorten_list
from ...exposures.activity import activity_faults
from ...graphs.diffusion import DiffusionGraph
from ...graphs.matching import match_places
from ...graphs.receiving import ReceivingWeights, Weights, among, receiving_weights
from ...inference.exchange import cannot_tell, like_places, population_blocks, ranking_known
from ...inference.replicates import PermutationBlocks, ShuffledValues
from ...inference.strata import PlaceStrata, encode_strata, populations_of
from .over_time import by_name
from .panel_blocks import CONSTANT, FEWEST
from .rates import standardize

Values = Literal["activity", "counts", "rates"]

_SMOOTH = 7  # rows over which the course of places of like population is averaged
_ROUNDING = 1e-12  # of the largest value: smaller ones are differences of equal numbers


@dataclass(frozen=True, eq=False)
class LaggedSeries:
    """The places that were ever active, each with its series, and how they may be exchanged.

    Attributes
    ----------
    panel
        The panel, its places sorted by name.
    values, lag
        What is tested, and the lag in rows.
    active
        Numbers of the places among the columns of the panel.
    residual
        What is left of the value of a place in the later row, given its own value in the earlier; shape (pairs, places).
    earlier
        Its value in the earlier row. Both are deviations from the mean of the pair, and 0 where not observed.
    observed
        Mask of the places that were observed in both rows.
    weights
        Weights among these places.
    people
        Populations of these places.
    blocks
        Blocks within which they are exchanged.
    reason
        Why the exchange of places cannot show anything, or None.
    in_strata
        Whether places are exchanged within strata only.
    """

    panel: pd.DataFrame
    values: Values
    lag: int
    active: "np.typing.NDArray[np.intp]"
    residual: FloatArray
    earlier: FloatArray
    observed: BoolArray
    weights: ReceivingWeights
    people: FloatArray
    blocks: PermutationBlocks
    reason: str | None
    in_strata: bool = False

    @property
    def dates(self) -> pd.DatetimeIndex:
        """The later row of each pair of rows."""
        return pd.DatetimeIndex(self.panel.index[self.lag :])

    @property
    def null(self) -> str:
        """What is exchanged, as part of a sentence."""
        return f"places of like population exchanged{' within strata' if self.in_strata else ''}, each with its series"

    def within(self, strata: PlaceStrata) -> "LaggedSeries":
        """Return the same series, to be exchanged within strata only."""
        stratum = encode_strata(self.panel.columns, strata)[self.active]
        blocks = population_blocks(self.people, stratum)
        return replace(self, blocks=blocks, reason=self.reason or cannot_tell(blocks), in_strata=True)

    @cached_property
    def ratio(self) -> FloatArray:
        """The number of observed places over the sum of the weights among them, by pair of rows; 0 without ties."""
        seen = self.observed.astype(float)
        total = (seen * (self.weights.matrix @ seen.T).T).sum(axis=1)
        return np.asarray(np.divide(seen.sum(axis=1), total, out=np.zeros(len(seen)), where=total > 0))

    @cached_property
    def squares(self) -> tuple[FloatArray, FloatArray]:
        """The sums of squares of the residuals and of the earlier values, by pair of rows."""
        return (self.residual**2).sum(axis=1), (self.earlier**2).sum(axis=1)

    def sampler(self, seed: int) -> ShuffledValues:
        """Return the sampler of exchanged places."""
        return ShuffledValues(np.arange(len(self.active), dtype=np.int32), self.blocks, seed, self.null)

    @cached_property
    def scales(self) -> tuple[FloatArray, FloatArray]:
        """What makes the statistic of each pair of rows of Σ_ij w_ij e_i x_j, and that of all pairs when summed over them."""
        tested, (left, before) = self.own_reasons == "", self.squares
        with np.errstate(divide="ignore", invalid="ignore"):
            by_date = self.ratio / np.sqrt(left * before)
            over_all = self.ratio / np.sqrt(left[tested].sum() * before[tested].sum())
        return np.where(tested, by_date, np.nan), np.where(tested, over_all, 0.0)

    @property
    def reasons(self) -> "np.typing.NDArray[np.object_]":
        """Why a pair of rows has no p-value, or ""."""
        return np.where(self.own_reasons == "", self.reason or "", self.own_reasons)

    @cached_property
    def own_reasons(self) -> "np.typing.NDArray[np.object_]":
        """Why a pair of rows has no statistic, or ""."""
        count = self.observed.sum(axis=1)
        left, before = self.squares
        reasons = np.full(len(count), "", dtype=object)
        reasons[left == 0] = "the values follow from those of the earlier row"
        reasons[before == 0] = f"{CONSTANT} in the earlier row"
        reasons[self.ratio == 0] = "no ties among the active places observed"
        few = count < FEWEST
        reasons[few] = [f"only {n} active {'place' if n == 1 else 'places'} observed in both rows" for n in count[few]]
        reasons[count == 0] = "no active place observed in both rows"
        return reasons


def lagged_series(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    places: gpd.GeoDataFrame | None,
    *,
    lag: int,
    values: Values,
    at_least: float | None,
    weights: Weights,
) -> LaggedSeries:
    """Return the parts of the statistic described in `lagged_moran_over_time`; raise `DataError` with all faults."""
    panel = by_name(panel)
    graph = match_places(panel, graph)
    people = populations_of(panel.columns, places)
    numbers = _numbers(panel, people, values, at_least)
    whole = receiving_weights(graph, weights)
    seen = ~np.isnan(numbers)
    active = np.flatnonzero(
        (panel.to_numpy(dtype=float, na_value=0.0) >= (at_least or np.finfo(float).tiny)).any(axis=0)
    )
    people, numbers, seen = people[active], numbers[:, active], seen[:, active]
    deviations = _less_like_places(numbers, seen, people, proportional=values != "rates")
    blocks = population_blocks(people)
    return LaggedSeries(
        panel, values, lag, active, *_given_own_past(deviations, seen, lag), ReceivingWeights(among(whole.matrix, active)),
        people, blocks, _why_not(len(panel) - lag, people, whole.matrix, blocks),
    )  # fmt: skip


def _numbers(panel: pd.DataFrame, people: FloatArray, values: Values, at_least: float | None) -> FloatArray:
    """Return activity, counts or rates, with NaN where not observed; raise `DataError` with all faults."""
    given = panel.to_numpy(dtype=float, na_value=np.nan)
    faults = []
    if values == "activity":
        faults += activity_faults(panel, at_least)
    elif len(below := panel.columns[np.flatnonzero((given < 0).any(axis=0))]):
        faults.append(f"panel must have values of at least 0; below 0 in {shorten_list(below)}")
    if values != "activity" and at_least is not None:
        faults.append(f"at_least must be None where values={values!r}; got {at_least!r}")
    unknown = panel.columns[~np.asarray(people > 0)]
    if values == "rates" and len(unknown):
        faults.append(f"places must have a population above 0 for values='rates'; not so for {shorten_list(unknown)}")
    if faults:
        raise argument_error(
            faults, "pass the counts of count_events(events, places), and places with a column population"
        )
    if values == "activity":
        return np.where(np.isnan(given), np.nan, given >= (at_least or 1))
    if values == "rates":
        given = given.copy()
        for row in given:
            seen = ~np.isnan(row)
            if seen.any():
                row[seen] = standardize(row[None, seen], people[seen], "empirical_bayes")[0]
    return given


def _less_like_places(numbers: FloatArray, seen: BoolArray, people: FloatArray, *, proportional: bool) -> FloatArray:
    """Return the deviations from the mean of each place, less the course of places of like population if known.

    This course is the mean deviation of the eight places nearest in population, of activity and counts in proportion to the
    mean of the place, averaged over seven rows: single days of few places are mostly chance.
    """
    deviations = _from_mean(numbers, seen, axis=0)
    if not numbers.size or not ranking_known(people):
        return deviations
    size = np.nanmean(numbers, axis=0) if proportional else np.ones(len(people))
    course = (like_places(size, people) @ deviations.T).T
    course[~seen.any(axis=1)] = np.nan
    smooth = pd.DataFrame(course).rolling(_SMOOTH, center=True, min_periods=1).mean().fillna(0.0).to_numpy()
    return _from_mean(deviations - smooth, seen, axis=0)


def _from_mean(values: FloatArray, seen: BoolArray, *, axis: int) -> FloatArray:
    """Return the observed values minus their mean along an axis; 0 where not observed, or where the difference is rounding."""
    count = np.maximum(seen.sum(axis=axis, keepdims=True), 1)
    centered = values - np.where(seen, values, 0.0).sum(axis=axis, keepdims=True) / count
    return _tidy(centered, seen)


def _tidy(values: FloatArray, seen: BoolArray) -> FloatArray:
    least = _ROUNDING * np.abs(values[seen]).max(initial=0.0)
    return np.where(seen & (np.abs(values) > least), values, 0.0)


def _given_own_past(deviations: FloatArray, seen: BoolArray, lag: int) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Return the residuals of a regression on the values `lag` rows before, across the places of each pair; these values; the mask."""
    both = seen[lag:] & seen[:-lag]
    later, earlier = (_from_mean(part, both, axis=1) for part in (deviations[lag:], deviations[:-lag]))
    squares = (earlier**2).sum(axis=1, keepdims=True)
    slope = np.divide(
        (later * earlier).sum(axis=1, keepdims=True), squares, out=np.zeros_like(squares), where=squares > 0
    )
    return _tidy(later - slope * earlier, both), earlier, both


def _why_not(pairs: int, people: FloatArray, matrix: sp.csr_array, blocks: PermutationBlocks) -> str | None:
    """Return why the exchange of places cannot show anything, or None."""
    if not len(people):
        return "no place was active"
    if pairs < 1:
        return "the panel has no two rows at this lag"
    if not matrix.count_nonzero():
        return "the graph has no ties"
    if not ranking_known(people):
        return "the populations of the places are not known; pass places with a column population"
    return cannot_tell(blocks)


def check_series(check: Arguments, lag: object, values: object, at_least: object, weights: object) -> None:
    """Check the arguments that do not depend on the panel."""
    check.whole("lag", lag, at_least=1)
    check.choice("values", values, get_args(Values))
    check.number("at_least", at_least, above=0, optional=True)
    check.choice("weights", weights, get_args(Weights))
