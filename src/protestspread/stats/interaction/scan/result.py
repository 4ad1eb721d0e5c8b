"""The clusters that a space-time scan found, in words, as tables and on a map."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ....figures import MapCircle, PlaceMap
from ....inference.permutation_test import PermutationResult
from ....wording import format_count, format_days, format_number, format_p, format_period, format_places
from ..schemes import LEVEL, InteractionResult

_DRAWN = 10  # circles on the map at most


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class ScanResult(InteractionResult, PermutationResult):
    """The most likely clusters of neighboring places and consecutive days.

    Attributes
    ----------
    clusters
        One row per cluster (index ``cluster``, from 1), the most likely first: ``log_likelihood_ratio``; ``observed`` and
        ``expected`` number of place-days (or reports), and their ``ratio``; the ``center``, with ``lon`` and ``lat``;
        ``radius_km``; the number of ``places`` in the circle and of ``active_places`` in the cluster; ``in_circle``, the
        place-days in the circle on all days; ``start`` and ``end``, the first and the last day; and ``p_value``.
    members
        One row per cluster and place in its circle (index ``cluster, place``), by distance: ``lon``, ``lat``, ``km`` from the
        center, and ``observed`` in the cluster.
    all_places
        One row per active place: ``lon``, ``lat`` and ``observed`` on all days.
    within_km, within_days
        Largest radius, and most days of a cluster.
    statistic, p_value, null_distribution
        The log likelihood ratio of the most likely cluster (0 without any), its p-value, and the largest ratio of each draw.
    null, alternative, permutations, smallest_p_value, unit, events, reports, places, scheme, caveats, lost
        As in `KnoxResult`.
    reason
        Why there is no p-value, or None.
    """

    clusters: pd.DataFrame
    members: pd.DataFrame
    all_places: pd.DataFrame
    within_km: float
    within_days: int

    @property
    def verdict(self) -> str:
        """The verdict: "cluster", "no evidence of a cluster" or "cannot tell"."""
        if self.reason or self.smallest_p_value > LEVEL:
            return "cannot tell"
        return "cluster" if self.p_value <= LEVEL else "no evidence of a cluster"

    @property
    def significant(self) -> pd.DataFrame:
        """The clusters with a p-value of at most 0.05; none where the test cannot tell."""
        return self.clusters[(self.clusters["p_value"] <= LEVEL) & (self.verdict == "cluster")]

    @property
    def sentence(self) -> str:
        """The result in a few sentences."""
        found = f"{self.counted}: {self._most_likely()}"
        if self.reason:
            return f"{found} No p-value: {self.reason}."
        if self.clusters.empty:
            return f"{found} {format_p(self.p_value)} from {self.permutations:,} draws with {self.null}.".replace(
                " p ", " P ", 1
            )
        tested = f"With {self.null}, {format_p(self.p_value)} from {self.permutations:,} draws: {self.verdict}."
        others = len(self.significant) - 1
        if others < 1:
            return f"{found} {tested}"
        more = "1 other cluster" if others == 1 else f"{others} other clusters"
        return f"{found} {tested} {more} that {'shares' if others == 1 else 'share'} no place and day with a better one also reach p ≤ {LEVEL}."

    def _most_likely(self) -> str:
        """Describe the most likely cluster in a sentence."""
        limits = f"at most {self.within_km:g} km around a place and {format_days(self.within_days)} long"
        if self.clusters.empty:
            return f"no cluster {limits} holds more {self.noun} than expected."
        first = self.clusters.to_dict("records")[0]
        days = format_period(first["start"], first["end"])
        return (
            f"the most likely cluster {limits} lies {_circle(first)}, {days}: {first['observed']:,} {self.noun} are observed, and "
            f"{format_count(first['expected'])} expected if days did not depend on the place (log likelihood ratio "
            f"{first['log_likelihood_ratio']:.1f})."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a copy of `clusters`."""
        return self.clusters.copy()

    def figure(self, *, regions: gpd.GeoDataFrame | None = None) -> PlaceMap:
        """Return a map of the places and the clusters: the significant ones, or else the most likely."""
        clear = self.significant
        shown = (self.clusters.head(1) if clear.empty else clear).head(_DRAWN)
        inside = self.members.loc[self.members.index.isin(clear.index, level="cluster")]
        active = inside[inside["observed"] > 0].index.get_level_values("place")
        places = self.all_places[["lon", "lat"]].assign(
            value=self.all_places["observed"], filled=self.all_places.index.isin(active)
        )
        circles = tuple(
            MapCircle(row["lon"], row["lat"], row["radius_km"], short_period(row["start"], row["end"]), number in clear.index)
            for number, row in shown.to_dict("index").items()
        )  # fmt: skip
        heading = f"active days of each place, {self.events:,} in all" if self.unit == "place_days" else "reports"
        return PlaceMap(
            places, heading, f"active in a cluster with p ≤ {LEVEL}", circles, f"cluster with p ≤ {LEVEL}", "most likely cluster",
            regions, f"{self.null}: {self.reason or format_p(self.p_value)}",
        )  # fmt: skip


def _circle(cluster: Mapping[Hashable, Any]) -> str:
    """Describe the circle of a cluster."""
    center, places, km = cluster["center"], cluster["places"], cluster["radius_km"]
    if places == 1:
        return f"at {center}"
    return f"within {format_number(km, 3 if km < 100 else len(str(int(km))))} km of {center} ({format_places(places)})"


def short_period(first: pd.Timestamp, last: pd.Timestamp) -> str:
    """Format the first and the last of some days, short.

    Examples
    --------
    >>> short_period(pd.Timestamp("2014-04-08"), pd.Timestamp("2014-04-19"))
    '8–19 Apr 2014'
    >>> short_period(pd.Timestamp("2014-04-28"), pd.Timestamp("2014-05-03"))
    '28 Apr – 3 May 2014'
    """
    if first == last:
        return f"{last.day} {last:%b %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {last:%b %Y}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%b}{year} – {last.day} {last:%b %Y}"
