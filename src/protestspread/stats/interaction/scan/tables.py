"""Clusters as tables: one row a cluster, one row a place of a cluster, one row a place."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ....arrays import FloatArray, Int32Array, IntArray
from ....kernels.scan.cylinders_plain import Cylinders
from ..dated_points import DatedPoints
from .circles import PlaceCircles


@dataclass(frozen=True, eq=False)
class ClusterTables:
    """The cylinders of the clusters among dated points.

    Attributes
    ----------
    sample, around
        The points, and the circles round their places.
    days, calendar
        The day of each point, without gaps that no cluster can bridge, and the true day of each of these.
    clusters, log_ratio
        The cylinders, best first, and their log likelihood ratio.
    """

    sample: DatedPoints
    around: PlaceCircles
    days: Int32Array
    calendar: IntArray
    clusters: Cylinders
    log_ratio: FloatArray

    @property
    def circles(self) -> list[slice]:
        """Where the places of each cluster are found among the circles."""
        return [self.around.members(int(center), int(last)) for center, last in zip(*self.clusters[:2], strict=True)]

    def summary(self, p_value: FloatArray) -> pd.DataFrame:
        """Return one row per cluster."""
        center, last, start, end, count, expected = self.clusters
        sizes = np.bincount(self.sample.place, minlength=len(self.sample.sites))
        first, final = (
            pd.to_datetime(self.sample.first_day + self.calendar[day], unit="D").as_unit("ns") for day in (start, end)
        )
        columns = {
            "log_likelihood_ratio": self.log_ratio, "observed": count.astype(np.int64), "expected": expected, "ratio": count / expected,
            "center": np.array(self.sample.names, dtype=object)[center], "lon": self.sample.sites.x[center], "lat": self.sample.sites.y[center],
            "radius_km": self.around.km[[circle.stop - 1 for circle in self.circles]], "places": last.astype(np.int64) + 1,
            "active_places": np.array([(self._within(k)[circle] > 0).sum() for k, circle in self._members()], dtype=np.int64),
            "in_circle": np.array([sizes[circle].sum() for _, circle in self._members()], dtype=np.int64),
            "start": first, "end": final, "p_value": p_value,
        }  # fmt: skip
        return pd.DataFrame(columns, index=pd.RangeIndex(1, len(count) + 1, name="cluster"))

    def members(self) -> pd.DataFrame:
        """Return one row per cluster and place in its circle, by distance from the center."""
        parts = [
            self._places(places).assign(cluster=k + 1, km=self.around.km[self.circles[k]], observed=self._within(k)[places])
            for k, places in self._members()
        ]  # fmt: skip
        table = pd.concat(parts or [self._places(np.empty(0, dtype=np.int64)).assign(cluster=0, km=0.0, observed=0)])
        return table.set_index("cluster", append=True).swaplevel()

    def places(self) -> pd.DataFrame:
        """Return one row per place, with the number of its events."""
        sizes = np.bincount(self.sample.place, minlength=len(self.sample.sites))
        return self._places(np.arange(len(sizes))).assign(observed=sizes)

    def _members(self) -> list[tuple[int, Int32Array]]:
        """Return the number, from 0, and the places of each cluster."""
        return [(k, self.around.circles.members[circle]) for k, circle in enumerate(self.circles)]

    def _within(self, k: int) -> IntArray:
        """Return the number of events of each place on the days of a cluster."""
        inside = (self.days >= self.clusters.start[k]) & (self.days <= self.clusters.end[k])
        return np.bincount(self.sample.place[inside], minlength=len(self.sample.sites))

    def _places(self, rows: npt.NDArray[np.integer]) -> pd.DataFrame:
        names = pd.Index([self.sample.names[row] for row in rows], name="place", dtype=object)
        return pd.DataFrame({"lon": self.sample.sites.x[rows], "lat": self.sample.sites.y[rows]}, index=names)
