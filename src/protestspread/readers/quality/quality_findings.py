"""Find possible quality problems in well-formed events."""

from collections.abc import Callable
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arrays import BoolArray, FloatArray
from ...errors import shorten_list
from ...geodesy import chord, nearest, unit_vectors
from ...region_lookup import containing_region
from ...wording import format_days
from ..sources.date_formats import is_in_future
from ..sources.source import TOWN, Source

NEAR_KM = 1.0
CENTROID_KM = 2.0
_RARE = 0.001
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Finding:
    """One possible quality problem of the events."""

    name: str
    text: str
    count: int
    of: int
    unit: str = "events"
    events: pd.Index = field(default_factory=lambda: pd.Index([]))


@dataclass(frozen=True, eq=False)
class ScreenedEvents:
    """The input of all finders: the events, their columns before conversion, their source and the places."""

    events: gpd.GeoDataFrame
    given: pd.DataFrame
    source: Source
    places: gpd.GeoDataFrame | None

    def finding(self, name: str, which: BoolArray, text: str) -> list[Finding]:
        """Return a finding about the events where `which` is True; an empty list if there are none."""
        rows = np.asarray(which, dtype=bool)
        if not rows.any():
            return []
        return [Finding(name, text, int(rows.sum()), len(rows), "events", self.events.index[rows])]

    @property
    def points(self) -> tuple[BoolArray, FloatArray, FloatArray]:
        """Which events have a point, and the longitudes and latitudes of these points."""
        shapes = self.events.geometry.to_numpy()
        has_point = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        return has_point, shapely.get_x(shapes[has_point]), shapely.get_y(shapes[has_point])


def find_quality_issues(screened: ScreenedEvents) -> list[Finding]:
    """Return all findings, in the order of `FINDERS`."""
    return [finding for finder in FINDERS for finding in finder(screened)] if len(screened.events) else []


def find_other_types(screened: ScreenedEvents) -> list[Finding]:
    """Find events that are not demonstrations."""
    wanted = screened.source.demonstrations
    if wanted is None or "event_type" not in screened.events:
        return []
    other = ~screened.events["event_type"].isin(wanted).to_numpy()
    types = shorten_list(screened.events["event_type"][other].dropna().unique(), 5)
    return screened.finding(
        "no_demonstration", other, f"type is not a demonstration in {screened.source.title} ({types})"
    )


def find_coarse_places(screened: ScreenedEvents) -> list[Finding]:
    """Find events whose town is unknown, by precision code."""
    if "place_precision" not in screened.events:
        return []
    words = screened.events["place_precision"]
    coarse = (words.notna() & (words != TOWN)).to_numpy()
    text = f"place is less precise than the town ({_count_words(words[coarse])})"
    return screened.finding("place_precision", coarse, text)


def find_coarse_dates(screened: ScreenedEvents) -> list[Finding]:
    """Find events whose day is unknown, by precision code or as a range of days."""
    events, findings = screened.events, []
    if "date_precision" in events:
        words = events["date_precision"]
        coarse = (words.notna() & (words != "day")).to_numpy()
        findings += screened.finding(
            "date_precision", coarse, f"date is less precise than the day ({_count_words(words[coarse])})"
        )
    if "date_end" in events:
        days = (events["date_end"] - events["date"]).dt.days + 1
        long = (days > 1).to_numpy(dtype=bool)
        longest = format_days(int(days.max())) if long.any() else ""
        findings += screened.finding(
            "date_range", long, f"dated to a range of days (longest: {longest}); see resolve_date_ranges"
        )
    return findings


def find_missing_sizes(screened: ScreenedEvents) -> list[Finding]:
    """Find events without a size, or with a size in words."""
    events, findings = screened.events, []
    if not {"size_low", "size_high"} & set(events.columns):
        return []
    missing = np.ones(len(events), dtype=bool)
    for name in ("size_low", "size_high"):
        if name in events:
            missing &= events[name].isna().to_numpy()
    findings += screened.finding("size_missing", missing, "size is missing, or cannot be read as a number")
    if "size_text" in events:
        text = events["size_text"].astype("string").replace(r"^\s*$", pd.NA, regex=True)
        worded = (text.notna() & ~text.str.contains(r"\d", regex=True)).fillna(value=False).to_numpy(
            dtype=bool
        ) & ~missing
        note = f"size is given in words ({_count_words(text[worded])}); used as a lower bound"
        findings += screened.finding("size_in_words", worded, note)
        unread = (text.notna() & ~text.str.contains("no report|unknown", case=False)).fillna(value=False).to_numpy(
            dtype=bool
        ) & missing
        findings += screened.finding(
            "size_unread",
            unread,
            f"size is given in words that cannot be read as a number ({_count_words(text[unread])})",
        )
    return findings


def find_exact_duplicates(screened: ScreenedEvents) -> list[Finding]:
    """Find events that repeat an earlier row in every column except the id."""
    given = screened.given.drop(columns=["from_file"], errors="ignore")
    try:
        repeated = given.duplicated().to_numpy()
    except TypeError:  # cells with lists and other unhashable values
        repeated = given.astype(str).duplicated().to_numpy()
    return screened.finding("exact_duplicate", repeated, "identical to an earlier row in every column except the id")


def find_near_duplicates(screened: ScreenedEvents) -> list[Finding]:
    """Find events with another event of the same type on the same day within a kilometer."""
    has_point, lon, lat = screened.points
    events = screened.events
    if not has_point.any():
        return []
    kind = (
        pd.factorize(events["event_type"])[0] + 1 if "event_type" in events else np.zeros(len(events), dtype=np.int64)
    )
    day = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    group = pd.factorize(day[has_point] * (kind.max() + 1) + kind[has_point])[0]
    close = np.zeros(len(events), dtype=bool)
    close[has_point] = _has_neighbor(lon, lat, group, NEAR_KM)
    text = f"another event of the same type on the same day is within {NEAR_KM:g} km; see deduplicate"
    return screened.finding("near_duplicate", close, text)


TWO_PLACES_KM = 15.0


def find_two_places(screened: ScreenedEvents) -> list[Finding]:
    """Find events that may be one event under two places: same day, near, same source or size, other name of the place."""
    events = screened.events
    has_point, lon, lat = screened.points
    place = next((c for c in ("city", "location", "locality", "town") if c in events), None)
    if place is None or not has_point.any():
        return []
    names = pd.factorize(events[place].astype("string").str.strip().str.casefold())[0][has_point]
    keys = [events[c] for c in ("source_url", "source", "size_low", "size_text") if c in events]
    doubtful = np.zeros(len(events), dtype=bool)
    day = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)[has_point]
    for key in keys:
        code = pd.factorize(key.mask(key.astype("string").str.strip().eq("").fillna(value=False)))[0][has_point]
        rows = np.flatnonzero((code >= 0) & (names >= 0))
        group = pd.factorize(day[rows] * (code.max(initial=0) + 1) + code[rows])[0]
        near = _near_other_name(lon[rows], lat[rows], group, names[rows])
        doubtful[np.flatnonzero(has_point)[rows[near]]] = True
    text = (
        f"another event on the same day, of the same source or size, is under another place within {TWO_PLACES_KM:g} km; "
        "it may be the same event"
    )
    return screened.finding("two_places", doubtful, text)


def find_shared_reports(screened: ScreenedEvents) -> list[Finding]:
    """Find events that share their report, by its URL, with other events on the same day."""
    shared = has_shared_report(screened.events)
    reports = len(screened.events.loc[shared, ["source_url", "date"]].drop_duplicates()) if shared.any() else 0
    return screened.finding(
        "shared_source_url",
        shared,
        f"the same report is the source of several events on the same day ({reports} such report{'s' * (reports != 1)})",
    )


def has_shared_report(events: pd.DataFrame) -> BoolArray:
    """Return which events share the URL of their report with other events on the same day."""
    if "source_url" not in events:
        return np.zeros(len(events), dtype=bool)
    shared: BoolArray = (
        events.duplicated(["source_url", "date"], keep=False) & events["source_url"].notna()
    ).to_numpy()
    return shared


def find_centroids(screened: ScreenedEvents) -> list[Finding]:
    """Find events at the centroid of a region or of all regions, often used for unknown places, and events outside."""
    regions = screened.places
    if regions is None or regions.index.name != "region_id":
        return []
    has_point, lon, lat = screened.points
    if not has_point.any():
        return []
    shapes, findings = regions.geometry.to_numpy(), []
    whole, (point, distinct) = shapely.union_all(shapely.make_valid(shapes)), distinct_coordinates(lon, lat)
    for name, centers, words in (
        ("region_centroid", shapely.centroid(shapes), "the centroid of a region"),
        ("country_centroid", np.array([shapely.centroid(whole)]), "the centroid of all regions together"),
    ):
        at_centroid = np.zeros(len(has_point), dtype=bool)
        km = nearest(*distinct, shapely.get_x(centers), shapely.get_y(centers))[1]
        at_centroid[has_point] = (km <= CENTROID_KM)[point]
        findings += screened.finding(
            name, at_centroid, f"within {CENTROID_KM:g} km of {words}; the exact place may be unknown"
        )
    outside = np.zeros(len(has_point), dtype=bool)
    outside[has_point] = containing_region(np.column_stack([lon, lat]), regions) < 0
    return findings + screened.finding("outside_places", outside, "outside all regions")


def find_future_dates(screened: ScreenedEvents) -> list[Finding]:
    """Find events dated in the future, which are announced or mistyped."""
    return screened.finding("future_date", is_in_future(screened.events["date"]), "dated in the future")


def find_fractions(screened: ScreenedEvents) -> list[Finding]:
    """Find sizes that are not whole numbers, as if a mark of thousands had been read as a decimal point."""
    sizes = [screened.events[name] for name in ("size_low", "size_high") if name in screened.events]
    numbers = [size.to_numpy(dtype=float, na_value=np.nan) for size in sizes]
    fractions = [(values % 1 != 0) & np.isfinite(values) for values in numbers]
    if not fractions:
        return []
    text = "size is not a whole number; a mark of thousands may have been read as a decimal point"
    return screened.finding("size_fraction", np.logical_or.reduce(fractions), text)


def find_gaps(screened: ScreenedEvents) -> list[Finding]:
    """Find days and regions without reports, which were quiet or not observed."""
    days = screened.events["date"].to_numpy().astype("datetime64[D]")
    span = int((days.max() - days.min()) / _DAY) + 1
    silent = span - len(np.unique(days))
    findings = []
    if silent:
        runs = _long_runs(days, span)
        note = f"; unlikely long under a constant rate: {shorten_list(runs, 5)}" if runs else ""
        text = f"no report between the first and the last event, quiet or not observed{note}"
        findings.append(Finding("days_without_report", text, silent, span, "days"))
    regions = screened.places
    if regions is not None and regions.index.name == "region_id":
        _, lon, lat = screened.points
        rows = containing_region(np.column_stack([lon, lat]), regions)
        without = regions.index[~np.isin(np.arange(len(regions)), rows)]
        if len(without):
            text = f"no report, quiet or not observed ({shorten_list(without)})"
            findings.append(Finding("regions_without_report", text, len(without), len(regions), "regions"))
    return findings


FINDERS: tuple[Callable[[ScreenedEvents], list[Finding]], ...] = (
    find_other_types, find_coarse_places, find_centroids, find_coarse_dates, find_missing_sizes, find_exact_duplicates,
    find_near_duplicates, find_two_places, find_shared_reports, find_gaps, find_future_dates, find_fractions,
)  # fmt: skip


def _long_runs(days: npt.NDArray[np.datetime64], span: int) -> list[str]:
    """Return runs of days without reports that are unlikely (expected fewer than 0.001 times) under a constant rate."""
    reported = np.unique(days)
    lengths = (np.diff(reported) / _DAY).astype(int) - 1
    expected = span * np.exp(-len(days) / span * lengths)
    return [
        f"{reported[i] + _DAY} to {reported[i + 1] - _DAY}" for i in np.flatnonzero((lengths > 0) & (expected < _RARE))
    ]


def _has_neighbor(lon: FloatArray, lat: FloatArray, group: npt.NDArray[np.int64], within_km: float) -> BoolArray:
    """Return which points have another point of their group within a distance, with groups separated along a fourth axis."""
    from scipy.spatial import KDTree

    point, distinct = distinct_coordinates(lon, lat)
    code, cell = pd.factorize(point * (group.max() + 1) + group)
    has_neighbor = np.bincount(code) > 1
    axes = np.column_stack(
        [(unit_vectors(*distinct) / chord(within_km))[cell // (group.max() + 1)], cell % (group.max() + 1) * 10.0]
    )
    single = np.flatnonzero(~has_neighbor)
    distance = KDTree(axes).query(axes[single], k=2, distance_upper_bound=1 + 1e-9)[0][:, 1]
    has_neighbor[single] = np.isfinite(distance)
    return has_neighbor[code]


def _near_other_name(
    lon: FloatArray, lat: FloatArray, group: npt.NDArray[np.int64], names: npt.NDArray[np.int64]
) -> BoolArray:
    """Return which points have a point of their group and another name nearby: more neighbors than of their own name."""
    from scipy.spatial import KDTree

    if not len(group):
        return np.zeros(0, dtype=bool)
    axes = np.column_stack([unit_vectors(lon, lat) / chord(TWO_PLACES_KM), group * 10.0])
    cells, cell = np.unique(np.column_stack([axes, names * 10.0]), axis=0, return_inverse=True)
    neighbors = [KDTree(space).query_ball_point(space, 1 + 1e-9, return_length=True) for space in (cells[:, :4], cells)]
    other: BoolArray = (neighbors[0] > neighbors[1])[cell.reshape(-1)]
    return other


def distinct_coordinates(
    lon: FloatArray, lat: FloatArray
) -> tuple[npt.NDArray[np.int64], tuple[FloatArray, FloatArray]]:
    """Return the number of each point's coordinates, and the longitudes and latitudes of the distinct points."""
    # complex numbers would be slow, because pandas gives all with equal parts the same hash
    (lon_codes, lons), (lat_codes, lats) = pd.factorize(lon), pd.factorize(lat)
    codes, distinct = pd.factorize(lon_codes * len(lats) + lat_codes)
    return codes, (lons[distinct // len(lats)], lats[distinct % len(lats)])


def _count_words(words: pd.Series) -> str:
    """Return the most frequent words with their counts."""
    counts = words.value_counts()
    return shorten_list([f"{word} {count}" for word, count in counts.items()], 5)
