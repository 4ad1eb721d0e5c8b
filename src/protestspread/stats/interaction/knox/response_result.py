"""The result of `response_test`: pairs in one order and in the other, under two nulls, and what can be said."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from ....arguments import Arguments
from ....figures import NullBand, NullLadder, PlaceMap
from ....inference.permutation_test import Draws, Moments, smallest_p_value
from ....lost import describe_lost
from ....wording import format_count, format_days, format_p
from ..schemes import LEVEL, InteractionResult


@dataclass(frozen=True)
class OrderedPairs:
    """The number of pairs in one order, or the difference between two orders, under one null.

    Attributes
    ----------
    observed, expected, variance
        The number, and its exact moments under the null.
    low, high
        The middle 95% of the draws.
    p_value, smallest_p_value
        (1 + draws with at least as many) / (draws + 1), and the smallest that these draws can give.
    reason
        Why there is no p-value, or None.
    """

    observed: int
    expected: float
    variance: float
    low: float
    high: float
    p_value: float
    smallest_p_value: float
    reason: str | None

    @classmethod
    def of(
        cls, draws: Draws, moments: Moments, log_arrangements: float, reason: str | None, *, tested: Draws | None = None
    ) -> "OrderedPairs":
        """Test a number; `tested` is what is compared with its draws, if it is not the number itself."""
        reason = reason or draws.constant("number of pairs" if tested is None else "difference of the orders")
        tested = draws if tested is None else tested
        every = np.append(tested.null, tested.observed)
        least = max(smallest_p_value(len(tested.null), log_arrangements), float(np.isclose(every, every.max()).mean()))
        low, high = np.quantile(draws.null, [0.025, 0.975])
        return cls(
            int(draws.observed), moments.expected, moments.variance, float(low), float(high), tested.p_value("greater", reason),
            least, reason,
        )  # fmt: skip

    @property
    def could_reject(self) -> bool:
        """Whether the null could have been rejected."""
        return self.reason is None and self.smallest_p_value <= LEVEL

    @property
    def described(self) -> str:
        """The number expected, and the p-value."""
        return f"{format_count(self.expected)} are expected ({format_p(self.p_value)})"


@dataclass(frozen=True, eq=False)
class ResponseNull:
    """The pairs under one null.

    Attributes
    ----------
    null
        Description of what was shuffled, as part of a sentence.
    forward, reverse
        The pairs in which the second type comes after the first, and those in the other order.
    difference
        Forward less reverse. Its p-value is that of the difference divided by the square root of the number of pairs in
        either order.
    by_lag
        ``expected``, ``low`` and ``high`` (the middle 95% of the draws) of the number of pairs, by lag in days.
    """

    null: str
    forward: OrderedPairs
    reverse: OrderedPairs
    difference: OrderedPairs
    by_lag: pd.DataFrame


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class ResponseResult(InteractionResult):
    """Result of `response_test`: pairs in which events of one type came after those of another, near by.

    Attributes
    ----------
    first, then
        The types; several are joined by "or".
    first_events, then_events
        Numbers of place-days (or reports) of each.
    types, dates
        The pairs with types exchanged within places, and with the dates of the second type shuffled. Each has ``forward``,
        ``reverse`` and ``difference``, with ``observed``, ``expected``, ``variance``, ``p_value``, ``smallest_p_value`` and
        ``reason``; and ``by_lag``.
    profile
        One row per lag in days (negative: the second type came before the first): ``pairs``, and ``expected``, ``low`` and
        ``high`` under each null.
    within_km, within_days, include_same_day
        Limits, inclusive.
    pairs_by_place
        One row per place: ``lon``, ``lat``, ``first`` and ``then`` (place-days or reports of each), ``pairs``.
    permutations
        Number of draws under each null.
    unit, events, reports, places, scheme, caveats, lost
        As in all results of tests of interaction.
    """

    first: str
    then: str
    first_events: int
    then_events: int
    types: ResponseNull
    dates: ResponseNull
    profile: pd.DataFrame
    within_km: float
    within_days: int
    include_same_day: bool
    pairs_by_place: pd.DataFrame
    permutations: int

    @property
    def statistic(self) -> int:
        """Number of pairs in which the second type came after the first."""
        return self.types.forward.observed

    @property
    def _tests(self) -> tuple[OrderedPairs, OrderedPairs, OrderedPairs]:
        return self.types.forward, self.dates.forward, self.types.difference

    @property
    def verdict(self) -> str:
        """What the nulls say together.

        "B follows A" only if the number of such pairs is significant under both nulls, and so is its difference from the
        number in the other order, with types exchanged; "no evidence that B follows A" if one of these is not; "cannot tell"
        if one could not have rejected, and none speaks against it.
        """
        able = [test for test in self._tests if test.could_reject]
        if any(test.p_value > LEVEL for test in able):
            return f"no evidence that {self._claim}"
        return self._claim if len(able) == len(self._tests) else "cannot tell"

    @property
    def _claim(self) -> str:
        return f"{self.then} follows {self.first}"

    @property
    def reason(self) -> str | None:
        """Why the verdict is "cannot tell", or None."""
        if self.verdict != "cannot tell":
            return None
        unable = dict.fromkeys(
            f"with {null.null}, {test.reason or f'the p-value cannot be below {test.smallest_p_value:.2g}'}"
            for null, test in zip((self.types, self.dates, self.types), self._tests, strict=True)
            if not test.could_reject
        )
        return "; ".join(unable)

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        nulls = "; ".join(
            f"with {null.null}, "
            + (f"there is no p-value: {null.forward.reason}" if null.forward.reason else null.forward.described)
            for null in (self.types, self.dates)
        )
        return f"{self._counts()} {nulls[:1].upper()}{nulls[1:]}. {self._conclusion()}"

    def _counts(self) -> str:
        where = "in the same place" if self.within_km == 0 else f"at most {self.within_km:g} km away"
        pairs, noun = self.statistic, self.noun[:-1] if self.first_events == 1 else self.noun
        return (
            f"{self.first_events:,} {noun} of {self.first}, {self.then_events:,} of {self.then}: "
            f"{pairs:,} {'pair' if pairs == 1 else 'pairs'} in which {self.then} came {self._lags} after {self.first} {where}, "
            f"{self.types.reverse.observed:,} in the other order."
        )

    @property
    def _lags(self) -> str:
        least, days = 0 if self.include_same_day else 1, format_days(self.within_days)
        return days if least == self.within_days else f"{least} to {days}"

    def _conclusion(self) -> str:
        types, dates, order = self._tests
        if self.verdict == "cannot tell":
            return f"Whether {self._claim} cannot be told from these data: {self.reason}."
        if self.verdict == self._claim:
            return (
                f"Near by, {self._claim}: both nulls are rejected, and the pairs in the other order are fewer "
                f"({format_p(order.p_value)}). This order in time is consistent with a response."
            )
        said = f"There is no evidence that {self._claim}."
        if types.p_value <= LEVEL < dates.p_value:
            return (
                f"{said} Within places, {self.then} tends to come soon after {self.first}, but its dates fit {self.first} near by no "
                f"better than the dates of {self.then} elsewhere do."
            )
        if dates.p_value <= LEVEL < types.p_value:
            return f"{said} The two are active near by at the same time, in no particular order."
        if types.p_value <= LEVEL and dates.p_value <= LEVEL:
            return f"{said} The two come close together, but in one order about as often as in the other ({format_p(order.p_value)})."
        return said

    def to_frame(self) -> pd.DataFrame:
        """Return one row per order (and for their difference) and null."""
        rows = {
            (order, null.null): {
                "observed": pairs.observed, "expected": pairs.expected, "variance": pairs.variance, "p_value": pairs.p_value,
                "smallest_p_value": pairs.smallest_p_value,
            }
            for order, name in self._orders.items()
            for null in (self.types, self.dates)
            for pairs in (getattr(null, name),)
        }  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["pairs", "null"])

    @property
    def _orders(self) -> Mapping[str, str]:
        return {
            f"{self.first}, then {self.then}": "forward",
            f"{self.then}, then {self.first}": "reverse",
            "difference": "difference",
        }

    def by_place(self) -> pd.Series:
        """Return, for each active place, the number of pairs in which the second type followed there."""
        return self.pairs_by_place["pairs"].copy()

    def figure(
        self, *, by: Literal["order", "lag", "place"] = "order", regions: gpd.GeoDataFrame | None = None
    ) -> NullLadder | PlaceMap:
        """Return the number of pairs: in each order, by lag in days, or as a map of places (over `regions`, if given)."""
        with Arguments() as check:
            check.choice("by", by, ["order", "lag", "place"])
            if by != "place" and regions is not None:
                check.fault(f"regions must be None with by={by!r}; they are drawn on maps only")
        if by == "place":
            return self._map(regions)
        rows = self._bands_by_lag() if by == "lag" else self._bands_by_order()
        where = "in the same place" if self.within_km == 0 else f"at most {self.within_km:g} km apart"
        axis = f"pairs {where}" if by == "lag" else f"pairs {where}, {self._lags} apart"
        names = list(next(iter(rows.values())))
        return NullLadder(
            names,
            {name: list(bands.values()) for name, bands in rows.items()},
            axis,
            fill="" if by == "lag" else f"p ≤ {LEVEL:g}",
        )

    def _bands_by_order(self) -> dict[str, dict[str, NullBand]]:
        """Return the band of each null, one series for each order."""
        return {
            order: {null.null: _band(getattr(null, name)) for null in (self.types, self.dates)}
            for order, name in self._orders.items()
            if name != "difference"
        }

    def _bands_by_lag(self) -> dict[str, dict[str, NullBand]]:
        """Return the band of each lag, one series for each null; no lag is tested by itself."""
        rows = [_describe_lag(lag, self.first, self.then) for lag in self.profile.index.tolist()]
        pairs = self.profile["pairs"].tolist()
        series = {}
        for null in (self.types, self.dates):
            low, high, mean = (null.by_lag[name].tolist() for name in ("low", "high", "expected"))
            series[null.null] = {row: NullBand(low[k], high[k], mean[k], "", pairs[k]) for k, row in enumerate(rows)}
        return series

    def _map(self, regions: gpd.GeoDataFrame | None) -> PlaceMap:
        """Return the map of the pairs by the place of the second type."""
        table = self.pairs_by_place
        dots = table[["lon", "lat"]].assign(value=table["pairs"], filled=table["pairs"] > 0)
        heading = f"pairs, by place of {self.then}"
        return PlaceMap(dots, heading, f"{self.then} after {self.first}", regions=regions, note=f"{self.verdict}.")


def _describe_lag(lag: int, first: str, then: str) -> str:
    """Describe a lag as the name of a row.

    Examples
    --------
    >>> [_describe_lag(lag, "A", "B") for lag in (-2, 0, 1)]
    ['B 2 days before A', 'same day', 'B 1 day after A']
    """
    return f"{then} {format_days(abs(lag))} {'after' if lag > 0 else 'before'} {first}" if lag else "same day"


def _band(pairs: OrderedPairs) -> NullBand:
    """Return the middle 95% of the draws, with the observed number."""
    if pairs.reason:
        return NullBand(np.nan, np.nan, np.nan, f"no p-value: {pairs.reason}", pairs.observed, clear=False)
    return NullBand(
        pairs.low, pairs.high, pairs.expected, f"p = {pairs.p_value:.2g}", pairs.observed, clear=pairs.p_value <= LEVEL
    )


def caveats_of_response(result: ResponseResult, strata: str) -> tuple[str, ...]:
    """Return what the test cannot tell and, of a finding, what gives it without any response; `strata` is their name."""
    said = [f"{describe_lost(result.lost)}."] if result.lost else []
    if result.verdict == f"{result.then} follows {result.first}":
        held = f", unless these are waves of whole strata ({strata})" if strata else ""
        said += [
            f"Local waves that usually begin with {result.first} and end with {result.then}, for whatever reason, look the same{held}.",
            f"Events that are entered once as {result.first} and days later as {result.then} look the same.",
        ]
        if result.unit == "reports":
            said.append("Several reports of one event count as pairs.")
    return tuple(said)
