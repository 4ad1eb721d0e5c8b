"""Find the city or region of each event, and the reason where there is none."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .arrays import FloatArray, IntArray
from .errors import DataError, shorten_list
from .gazetteer import CERTAIN, Gazetteer, Key
from .geodesy import coordinates, nearest, points_present
from .lost import located_by
from .region_lookup import containing_region, containing_regions, nearest_region

_AT_LEAST = 80.0  # score of the misspellings that are proposed
_REGION_COLUMNS = ("region_id", "region")

Objects = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Located:
    """Where events lie.

    Attributes
    ----------
    rows
        The row of each event's place, or -1.
    second
        The row of another region in whose interior the event lies, or -1.
    reasons
        The key of the reason where there is no place (see `LOST_REASONS`), else "".
    details
        Key -> what to add to the reason in a warning.
    """

    rows: IntArray
    second: IntArray
    reasons: Objects
    details: Mapping[str, str] = field(default_factory=dict)

    def overlaps(self, regions: gpd.GeoDataFrame) -> Counter[str]:
        """Return the number of events in each pair of regions that overlap."""
        both = np.flatnonzero(self.second >= 0)
        one, other = regions.index[self.rows[both]], regions.index[self.second[both]]
        return Counter(f"{first} and {second}" for first, second in zip(one, other, strict=True))


def describe_overlaps(overlaps: Counter[str]) -> str:
    """Describe in which pairs of regions how many events lie."""
    pairs = [f"{count:,} in {pair}" for pair, count in sorted(overlaps.items(), key=lambda item: (-item[1], item[0]))]
    return (
        f"{overlaps.total():,} events lie in several regions ({shorten_list(pairs)}); each is assigned to the first of them in the table. "
        "Fix: keep regions of one level and of one date"
    )


@dataclass(frozen=True)
class CityFinder:
    """Cities by name and by distance."""

    cities: gpd.GeoDataFrame
    gazetteer: Gazetteer
    within_km: float | None
    accepted: Mapping[Key, Hashable]
    strict: bool = False  # whether a column in which no region of the cities occurs is used too

    @classmethod
    def of(
        cls,
        cities: gpd.GeoDataFrame,
        within_km: float | None,
        accepted: Mapping[Key, Hashable],
        *,
        strict: bool = False,
    ) -> "CityFinder":
        """Read the names of the cities."""
        return cls(cities, Gazetteer.of(cities), within_km, accepted, strict)

    def find(self, events: gpd.GeoDataFrame) -> Located:
        """Find the city that each event names, or the nearest one for an event that names none."""
        names = events["city"] if "city" in events else pd.Series(_nothing(events))
        regions, reported = self._regions(events)
        which, keys = _distinct_keys(names, regions)
        outcomes = [self._match(key, reported=reported) for key in keys]
        found = self.cities.index.get_indexer(pd.Index([city for city, _, _ in outcomes], dtype=object))
        rows = np.append(found, -1)[which]
        reasons = np.array([*(reason for _, reason, _ in outcomes), "no_city"], dtype=object)[which]
        unnamed, has_point = which < 0, points_present(events)
        if "city" in located_by(events):
            reasons[unnamed] = "not_located"
        near = np.flatnonzero(unnamed & has_point)
        if self.within_km is not None and len(near):
            rows[near] = self._nearest(events.geometry.iloc[near])
        reasons[rows >= 0] = ""
        hints = {reason: [hint for _, key, hint in outcomes if key == reason] for _, reason, _ in outcomes if reason}
        details = {reason: f"[{shorten_list(sorted(set(texts)))}]" for reason, texts in hints.items()}
        if any("perhaps" in text for text in hints.get("unknown_city", [])):
            details["unknown_city"] = details["unknown_city"][:-1] + "; see match_places and accept_matches]"
        far = "within_km not given" if self.within_km is None else f"farther than {self.within_km:g} km from every city"
        return Located(rows, np.full(len(rows), -1), reasons, {"no_city": f"and {far}", **details})

    def _nearest(self, points: gpd.GeoSeries) -> IntArray:
        rows, km = nearest(points.x, points.y, self.cities.geometry.x, self.cities.geometry.y)
        return np.where(km <= (self.within_km or 0.0), rows, -1)

    def _regions(self, events: gpd.GeoDataFrame) -> tuple[Objects, bool]:
        """Return the region of each event, and whether the source reported it.

        A column in which no region of the cities occurs speaks of other regions, and is not used. A region that an earlier
        `locate_events` found by a point only decides between cities of one name.
        """
        regions = _nothing(events)
        for column in _REGION_COLUMNS if "city" in events else ():
            if column in events:
                codes, values = pd.factorize(events[column])
                texts = [value if isinstance(value, str) and value.strip() else None for value in values]
                known = (text is not None and self.gazetteer.knows_region(text) for text in texts)
                if self.gazetteer.regions and (self.strict or any(known)):
                    given = np.array([*texts, None], dtype=object)[codes]
                    regions = np.where(pd.isna(regions), given, regions)
        return regions, "region_id" not in located_by(events)

    def _match(self, key: Key, *, reported: bool) -> tuple[Hashable | None, str, str]:
        """Return the city of a name, or the reason why there is none, and a hint."""
        name, region = key
        city = self.accepted.get(key)
        if city is None and region is not None:
            city = self.accepted.get((name, None))
            city = city if city is not None and self.gazetteer.lies_in(city, region) else None
        if city is not None:
            return city, "", ""
        matches = self.gazetteer.match(key, _AT_LEAST)
        if region is not None and not reported and matches[0][4] not in CERTAIN:
            matches = self.gazetteer.match((name, None), _AT_LEAST)
        if matches[0][4] in CERTAIN:
            return matches[0][2], "", ""
        return None, *_describe(key, [(other, score, how) for *_, other, score, how in matches])


def _describe(key: Key, matches: list[tuple[Hashable | None, float, str]]) -> tuple[str, str]:
    """Return the reason for a name without a certain match, and a hint."""
    text = key[0] if key[1] is None else f"{key[0]} ({key[1]})"
    how = matches[0][2]
    if how == "unknown_region":
        return "unknown_region", text
    cities = [str(city) for city, _, _ in matches]
    if how == "ambiguous":
        return "ambiguous_city", f"{text}: {shorten_list(cities, 3)}"
    return "unknown_city", text if how == "unknown" else f"{text}: perhaps {cities[0]} ({matches[0][1]:.0f})"


def find_regions(events: gpd.GeoDataFrame, regions: gpd.GeoDataFrame, within_km: float | None) -> Located:
    """Find the region that contains each event, or the nearest one within a distance.

    Raises
    ------
    DataError
        Most points lie outside, but nearly all inside with longitude and latitude swapped.
    """
    points = coordinates(events.geometry.to_numpy())
    has_point = ~np.isnan(points[:, 0])
    points = points if has_point.all() else points[has_point]
    first, other = containing_regions(points, regions)
    _check_not_swapped(points, first, regions)
    if within_km is not None and (first < 0).any():
        outside = np.flatnonzero(first < 0)
        first[outside] = nearest_region(points[outside], regions, within_km)
    rows, second = np.full(len(events), -1), np.full(len(events), -1)
    rows[has_point], second[has_point] = first, other
    reasons = np.full(len(events), "", dtype=object)
    reasons[rows < 0] = "outside_regions"
    reasons[~has_point] = "no_point"
    if "city" in events and "city" in located_by(events):
        reasons[~has_point & events["city"].isna().to_numpy()] = "not_located"
    far = "within_km not given" if within_km is None else f"by more than {within_km:g} km"
    return Located(rows, second, reasons, {"outside_regions": f"({far})"})


def _check_not_swapped(points: FloatArray, rows: IntArray, regions: gpd.GeoDataFrame) -> None:
    """Raise `DataError` if most points lie outside, but nearly all inside with longitude and latitude swapped."""
    outside = int((rows < 0).sum())
    if 2 * outside <= len(points):
        return
    inside = int((containing_region(points[:, ::-1], regions) >= 0).sum())
    if inside > 0.9 * len(points):
        raise DataError(
            f"events: {outside} of {len(points)} points lie outside the regions; with longitude and latitude swapped, "
            f"{inside} lie inside",
            fix="swap the coordinates; geopandas.points_from_xy takes longitude first",
        )


def labels_at(labels: pd.Index | pd.Series, rows: IntArray, index: pd.Index) -> pd.Series:
    """Return the label in each row, None for row -1."""
    with_none = np.array([*labels, None], dtype=object)  # -1 selects the last
    return pd.Series(with_none[rows], index=index, dtype=object)


def _nothing(events: gpd.GeoDataFrame) -> Objects:
    return np.full(len(events), None, dtype=object)


def _distinct_keys(names: pd.Series, regions: Objects) -> tuple[IntArray, list[Key]]:
    """Return the position of each event's pair of name and region, or -1 without a name; and the distinct pairs."""
    (name, titles), (region, places) = pd.factorize(names), pd.factorize(regions)
    named, base = name >= 0, len(places) + 1
    which = np.full(len(name), -1)
    which[named], pairs = pd.factorize((name * base + region + 1)[named])
    beside = [None, *places]
    return which, [(titles[pair // base], beside[pair % base]) for pair in pairs.tolist()]
