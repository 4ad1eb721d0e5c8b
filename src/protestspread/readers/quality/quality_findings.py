"""What is doubtful about events that are well formed."""

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
from ...places import containing_region
from ..sources.source import TOWN, Source

NEAR_KM = 1.0
CENTROID_KM = 2.0
_RARE = 0.001
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that a reader of results made from these data should know."""

    name: str
    says: str
    count: int
    of: int
    unit: str = "events"
    events: pd.Index = field(default_factory=lambda: pd.Index([]))


@dataclass(frozen=True, eq=False)
class Material:
    """What findings are made from: the events, their columns before they were turned, where they come from, the places."""

    events: gpd.GeoDataFrame
    given: pd.DataFrame
    source: Source
    places: gpd.GeoDataFrame | None

    def about(self, name: str, which: BoolArray, says: str) -> list[Finding]:
        """Make a finding about some of the events, if there are any."""
        hit = np.asarray(which, dtype=bool)
        if not hit.any():
            return []
        return [Finding(name, says, int(hit.sum()), len(hit), "events", self.events.index[hit])]

    @property
    def placed(self) -> tuple[BoolArray, FloatArray, FloatArray]:
        """Which events have a point, and the longitudes and latitudes of those."""
        shapes = self.events.geometry.to_numpy()
        there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        return there, shapely.get_x(shapes[there]), shapely.get_y(shapes[there])


def find_doubts(material: Material) -> list[Finding]:
    """Return all that is doubtful, in the order of `FINDERS`."""
    return [finding for finder in FINDERS for finding in finder(material)] if len(material.events) else []


def types(material: Material) -> list[Finding]:
    """Events that are no demonstrations."""
    wanted = material.source.demonstrations
    if wanted is None or "event_type" not in material.events:
        return []
    other = ~material.events["event_type"].isin(wanted).to_numpy()
    kinds = shorten_list(material.events["event_type"][other].dropna().unique(), 5)
    return material.about(
        "no_demonstration", other, f"{material.source.title}: of other types than demonstrations ({kinds})"
    )


def places(material: Material) -> list[Finding]:
    """Events whose town is not known, by precision code."""
    if "place_precision" not in material.events:
        return []
    words = material.events["place_precision"]
    coarse = (words.notna() & (words != TOWN)).to_numpy()
    says = f"place known less well than the town ({_tally(words[coarse])})"
    return material.about("place_precision", coarse, says)


def dates(material: Material) -> list[Finding]:
    """Events whose day is not known, by precision code or as a range of days."""
    events, found = material.events, []
    if "date_precision" in events:
        words = events["date_precision"]
        coarse = (words.notna() & (words != "day")).to_numpy()
        found += material.about(
            "date_precision", coarse, f"date known less well than the day ({_tally(words[coarse])})"
        )
    if "date_end" in events:
        days = (events["date_end"] - events["date"]).dt.days + 1
        long = (days > 1).to_numpy(dtype=bool)
        longest = f"{int(days.max())} days" if long.any() else ""
        found += material.about(
            "date_range", long, f"dated to a range of days (the longest: {longest}); see spread_dates"
        )
    return found


def sizes(material: Material) -> list[Finding]:
    """Events without a size, or with one in words."""
    events, found = material.events, []
    if not {"size_low", "size_high"} & set(events.columns):
        return []
    none = np.ones(len(events), dtype=bool)
    for name in ("size_low", "size_high"):
        if name in events:
            none &= events[name].isna().to_numpy()
    found += material.about("size_missing", none, "no size given, or none that can be read as a number")
    if "size_text" in events:
        text = events["size_text"].astype("string").replace(r"^\s*$", pd.NA, regex=True)
        worded = (text.notna() & ~text.str.contains(r"\d", regex=True)).fillna(value=False).to_numpy(dtype=bool) & ~none
        says = f"size given in words ({_tally(text[worded])}); a floor, not a count"
        found += material.about("size_in_words", worded, says)
        unread = (text.notna() & ~text.str.contains("no report|unknown", case=False)).fillna(value=False).to_numpy(
            dtype=bool
        ) & none
        found += material.about(
            "size_unread", unread, f"size given in words that are no number ({_tally(text[unread])})"
        )
    return found


def exact_duplicates(material: Material) -> list[Finding]:
    """Events that repeat an earlier row in everything but the id."""
    given = material.given.drop(columns=["from_file"], errors="ignore")
    try:
        again = given.duplicated().to_numpy()
    except TypeError:  # lists and the like within cells
        again = given.astype(str).duplicated().to_numpy()
    return material.about("exact_duplicate", again, "the same as an earlier row in every column but the id")


def near_duplicates(material: Material) -> list[Finding]:
    """Events with another of the same type on the same day within a kilometre."""
    there, lon, lat = material.placed
    events = material.events
    if not there.any():
        return []
    kind = (
        pd.factorize(events["event_type"])[0] + 1 if "event_type" in events else np.zeros(len(events), dtype=np.int64)
    )
    day = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
    group = pd.factorize(day[there] * (kind.max() + 1) + kind[there])[0]
    close = np.zeros(len(events), dtype=bool)
    close[there] = _have_company(lon, lat, group, NEAR_KM)
    says = f"another event of the same type on the same day within {NEAR_KM:g} km; see deduplicate"
    return material.about("near_duplicate", close, says)


def shared_addresses(material: Material) -> list[Finding]:
    """Events whose report, by its address, stands for several on one day."""
    shared = share_address(material.events)
    reports = len(material.events.loc[shared, ["source_url", "date"]].drop_duplicates()) if shared.any() else 0
    return material.about(
        "shared_source_url",
        shared,
        f"several events of one day from one report ({reports} such report{'s' * (reports != 1)})",
    )


def share_address(events: pd.DataFrame) -> BoolArray:
    """Say which events have the address of their report in common with others of their day."""
    if "source_url" not in events:
        return np.zeros(len(events), dtype=bool)
    shared: BoolArray = (
        events.duplicated(["source_url", "date"], keep=False) & events["source_url"].notna()
    ).to_numpy()
    return shared


def centroids(material: Material) -> list[Finding]:
    """Events at the centre of a region or of the whole, which often stands for "somewhere in it"; and those outside."""
    regions = material.places
    if regions is None or regions.index.name != "region_id":
        return []
    there, lon, lat = material.placed
    if not there.any():
        return []
    shapes, found = regions.geometry.to_numpy(), []
    whole, (point, distinct) = shapely.union_all(shapely.make_valid(shapes)), once(lon, lat)
    for name, centers, words in (
        ("region_centroid", shapely.centroid(shapes), "the centroid of a region"),
        ("country_centroid", np.array([shapely.centroid(whole)]), "the centroid of all regions together"),
    ):
        at = np.zeros(len(there), dtype=bool)
        km = nearest(*distinct, shapely.get_x(centers), shapely.get_y(centers))[1]
        at[there] = (km <= CENTROID_KM)[point]
        found += material.about(name, at, f"within {CENTROID_KM:g} km of {words}: perhaps known no better than that")
    outside = np.zeros(len(there), dtype=bool)
    outside[there] = containing_region(np.column_stack([lon, lat]), regions) < 0
    return found + material.about("outside_places", outside, "outside all regions given")


def gaps(material: Material) -> list[Finding]:
    """Days and regions with no report: quiet, or not observed."""
    days = material.events["date"].to_numpy().astype("datetime64[D]")
    span = int((days.max() - days.min()) / _DAY) + 1
    silent = span - len(np.unique(days))
    found = []
    if silent:
        runs = _long_runs(days, span)
        said = f"; longer than chance would have it: {shorten_list(runs, 5)}" if runs else ""
        says = f"days between the first and the last without any report{said}: quiet, or not observed?"
        found.append(Finding("days_without_report", says, silent, span, "days"))
    regions = material.places
    if regions is not None and regions.index.name == "region_id":
        _, lon, lat = material.placed
        rows = containing_region(np.column_stack([lon, lat]), regions)
        without = regions.index[~np.isin(np.arange(len(regions)), rows)]
        if len(without):
            says = f"regions without any report ({shorten_list(without)}): quiet, or not observed?"
            found.append(Finding("regions_without_report", says, len(without), len(regions), "regions"))
    return found


FINDERS: tuple[Callable[[Material], list[Finding]], ...] = (
    types, places, centroids, dates, sizes, exact_duplicates, near_duplicates, shared_addresses, gaps,
)  # fmt: skip


def _long_runs(days: npt.NDArray[np.datetime64], span: int) -> list[str]:
    """Return the runs of days without report that a steady flow of so many events would hardly ever have."""
    reported = np.unique(days)
    lengths = (np.diff(reported) / _DAY).astype(int) - 1
    chance = span * np.exp(-len(days) / span * lengths)
    return [
        f"{reported[i] + _DAY} to {reported[i + 1] - _DAY}" for i in np.flatnonzero((lengths > 0) & (chance < _RARE))
    ]


def _have_company(lon: FloatArray, lat: FloatArray, group: npt.NDArray[np.int64], within_km: float) -> BoolArray:
    """Say which points have another of their group so near. Groups lie apart along a fourth axis: one tree serves all."""
    from scipy.spatial import KDTree

    point, at = once(lon, lat)
    code, cell = pd.factorize(point * (group.max() + 1) + group)
    company = np.bincount(code) > 1
    axes = np.column_stack(
        [(unit_vectors(*at) / chord(within_km))[cell // (group.max() + 1)], cell % (group.max() + 1) * 10.0]
    )
    lonely = np.flatnonzero(~company)
    distance = KDTree(axes).query(axes[lonely], k=2, distance_upper_bound=1 + 1e-9)[0][:, 1]
    company[lonely] = np.isfinite(distance)
    return company[code]


def once(lon: FloatArray, lat: FloatArray) -> tuple[npt.NDArray[np.int64], tuple[FloatArray, FloatArray]]:
    """Return which point each is, and longitudes and latitudes of each point once."""
    # not as complex numbers: pandas hashes all those with equal parts alike, and takes minutes over them
    (one, lons), (other, lats) = pd.factorize(lon), pd.factorize(lat)
    codes, distinct = pd.factorize(one * len(lats) + other)
    return codes, (lons[distinct // len(lats)], lats[distinct % len(lats)])


def _tally(words: pd.Series) -> str:
    """Return the most frequent words with their counts."""
    counts = words.value_counts()
    return shorten_list([f"{word} {count}" for word, count in counts.items()], 5)
