"""Both parts of a front, who ever joined and when, and how they change with the data."""

import math
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
import pandas as pd

from ...arrays import BoolArray, FloatArray
from ...wording import format_date
from .dated_places import DatedPlaces
from .origins import Candidates
from .reach import Reach, fit_reach
from .timing import LEVEL, OriginSearch, Settings, Timing, fit_timing

FrontVerdict = Literal["front", "news", "reach", "clustering", "no front", "cannot tell"]

FASTEST = 500.0
"""Kilometers per day, about a day's drive. What is faster for certain travels as news, not with people or by word of mouth."""
_MOST_ENDS = 5


@dataclass(frozen=True, eq=False)
class Origin:
    """The origin of a front: its name, its longitude and latitude, and whether it is one of the places and was searched for."""

    name: str
    point: tuple[float, float]
    is_place: bool = False
    searched: bool = False

    @classmethod
    def of_row(cls, row: int, places: DatedPlaces, *, searched: bool = False) -> Self:
        """Return a place as the origin."""
        return cls(
            str(places.names[row]), (float(places.lon[row]), float(places.lat[row])), is_place=True, searched=searched
        )


@dataclass(frozen=True, eq=False)
class Parts:
    """Who ever joined by distance, and when; over places besides the origin that had not joined on the first day.

    Attributes
    ----------
    origin, km
        The origin, and the distance of each place from it.
    at_risk, timed
        The places of the first part, and of the second: those of them with an onset.
    reach, timing
        The fits.
    """

    origin: Origin
    km: FloatArray
    at_risk: BoolArray
    timed: BoolArray
    reach: Reach
    timing: Timing

    @property
    def verdict(self) -> FrontVerdict:
        """A front only if the days tell one; else whether nearer places were likelier to join, or neither."""
        timing = self.timing
        if timing.later and not timing.clustered:
            return "news" if 1 / timing.high > FASTEST else "front"
        if self.reach.nearer:
            return "reach"
        if timing.clustered:
            return "clustering"
        return "cannot tell" if timing.reason or timing.smallest_p_value > LEVEL else "no front"

    def by_place(self, places: DatedPlaces) -> pd.DataFrame:
        """Return the table `FrontResult.by_place`."""
        table = pd.DataFrame({"km": self.km, "onset": places.onsets}, index=places.names)
        for column, rows, values in (
            ("chance", self.at_risk, self.reach.chance),
            ("residual_days", self.timed, self.timing.residuals),
        ):
            table[column] = math.nan
            table.loc[rows, column] = values
        return table[places.names.astype(str) != self.origin.name] if self.origin.is_place else table


def fit_parts(places: DatedPlaces, origin: Origin | None, settings: Settings) -> Parts:
    """Fit both parts; without an origin, it is searched for."""
    search: OriginSearch | None = None
    if origin is None:
        candidates = Candidates.of(places, settings.min_km, settings.seed)
        if candidates is None:
            return _without_origin(places)
        row, search = candidates.search(settings.draws)
        origin = Origin.of_row(row, places, searched=True)
    km = places.km_from(*origin.point, settings.min_km)
    at_risk = ~places.started
    if origin.is_place:
        at_risk &= places.names.astype(str) != origin.name
    timed = at_risk & places.joined
    timing = fit_timing(places.select(timed), km[timed], settings, search)
    return Parts(origin, km, at_risk, timed, fit_reach(places.select(at_risk), km[at_risk]), timing)


def _without_origin(places: DatedPlaces) -> Parts:
    at_risk = ~places.started
    timed = at_risk & places.joined
    reason = (
        "no place had an onset"
        if not places.joined.any()
        else "too few places joined after the first day to find an origin"
    )
    nowhere = np.full(len(places.names), math.nan)
    return Parts(
        Origin("not determined", (math.nan, math.nan), searched=True), nowhere, at_risk, timed,
        Reach.without(int(at_risk.sum()), reason), Timing.without(int(timed.sum()), reason),
    )  # fmt: skip


def vary(places: DatedPlaces, origin: Origin | None, settings: Settings, given: Parts) -> pd.DataFrame:
    """Return both parts with an earlier end of observation, and with each region left out: `FrontResult.sensitivity`."""
    rows = {"as given": _row(given)}
    days = pd.DatetimeIndex(np.unique(places.onsets[given.timed])).normalize().unique()[:-1]
    for row in sorted({int(row) for row in np.linspace(0, len(days) - 1, _MOST_ENDS)} if len(days) else ()):
        rows[f"until {format_date(days[row])}"] = _row(fit_parts(places.ending(days[row]), origin, settings))
    strata = np.array([], dtype=object) if places.strata is None else places.strata
    names = sorted({name for name in strata if name is not None}, key=str)
    for name in names if len(names) > 1 else []:
        rows[f"without {name}"] = _row(fit_parts(places.select(strata != name), origin, settings))
    return pd.DataFrame(rows).T.infer_objects().rename_axis("data")


def _row(parts: Parts) -> dict[str, object]:
    timing, reach = parts.timing, parts.reach
    return {
        "verdict": parts.verdict, "origin": parts.origin.name, "places": int(parts.at_risk.sum()), "joined": int(parts.timed.sum()),
        "slowness": timing.slope, "slowness_low": timing.low, "slowness_high": timing.high, "p_value": timing.p_value,
        "moran_p_value": timing.moran_p_value, "strata_p_value": timing.strata_p_value, "odds_ratio": reach.odds_ratio, "odds_ratio_low": reach.low,
        "odds_ratio_high": reach.high,
    }  # fmt: skip
