"""Dated points in a canonical order: the sample that the interaction tests work on."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from ...arrays import Int32Array, IntArray
from ...errors import DataError
from ...tables import check_events
from .points import PointSet
from .strata import Strata, strata_labels


@dataclass(frozen=True, eq=False)
class DatedPoints:
    """Dated points, in an order that does not depend on the order of the events table.

    Attributes
    ----------
    positions, days
        Points, and days counted from the first day.
    strata, strata_name
        The number of each event's stratum, and the name of the strata; None without strata.
    first_day
        The first day, in days since 1 January 1970.
    """

    positions: PointSet
    days: Int32Array
    strata: IntArray | None = None
    strata_name: str = ""
    first_day: int = 0

    @classmethod
    def of(cls, events: gpd.GeoDataFrame, strata: Strata | None = None) -> "DatedPoints":
        """Check events and return their points and days.

        Raises
        ------
        SchemaError, CRSError
            The table is not a valid events table.
        DataError
            There are fewer than two events, some have no point, or the strata do not fit them.
        """
        check_events(events)
        if len(events) < 2:
            raise DataError(
                f"events must have at least two rows to form a pair; got {len(events)}",
                fix="pass at least four events: with fewer, the variance of the statistic is not defined",
            )
        days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        labels, name = (None, "") if strata is None else strata_labels(events, strata)
        return cls.sorted(PointSet.of(events), days, labels, name)

    @classmethod
    def sorted(
        cls, positions: PointSet, days: npt.ArrayLike, strata: IntArray | None = None, strata_name: str = ""
    ) -> "DatedPoints":
        """Return dated points in canonical order: neighbors close together, events at one point by date."""
        given = np.asarray(days, dtype=np.int64)
        first = int(given.min())
        order = positions.order(given) if strata is None else positions.order(given, strata)
        return cls(
            positions.at(order),
            (given[order] - first).astype(np.int32),
            None if strata is None else strata[order],
            strata_name,
            first,
        )

    def __len__(self) -> int:
        return len(self.days)

    @property
    def last_day(self) -> int:
        """The last day, counted from the first."""
        return int(self.days.max())

    def near_in_time(self, within_days: int) -> IntArray:
        """Return, for each event, the number of other events at most `within_days` days away."""
        so_far = np.concatenate([[0], np.cumsum(np.bincount(self.days))])
        after, before = (
            np.minimum(self.days + (within_days + 1), len(so_far) - 1),
            np.maximum(self.days - within_days, 0),
        )
        return np.asarray(so_far[after] - so_far[before] - 1, dtype=np.int64)
