"""Dated points, in an order of their own: what the tests of interaction look at."""

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
    """Dated points. Their order does not hang on the order of the table they come from.

    Attributes
    ----------
    positions, days
        Where and when; days count from the first.
    strata, strata_name
        The number of each event's stratum, and what strata are called; None where all events are one.
    first_day
        The first day, as days since 1970.
    """

    positions: PointSet
    days: Int32Array
    strata: IntArray | None = None
    strata_name: str = ""
    first_day: int = 0

    @classmethod
    def of(cls, events: gpd.GeoDataFrame, strata: Strata | None = None) -> "DatedPoints":
        """Check events, and take from them what a test needs.

        Raises
        ------
        SchemaError, CRSError
            They are not events.
        DataError
            There are fewer than two; some have no point; the strata do not fit.
        """
        check_events(events)
        if len(events) < 2:
            raise DataError(
                "interaction cannot be tested", [f"{len(events)} events make no pair"], "give at least four events"
            )
        days = events["date"].to_numpy().astype("datetime64[D]").astype(np.int64)
        labels, name = (None, "") if strata is None else strata_labels(events, strata)
        return cls.sorted(PointSet.of(events), days, labels, name)

    @classmethod
    def sorted(
        cls, positions: PointSet, days: npt.ArrayLike, strata: IntArray | None = None, strata_name: str = ""
    ) -> "DatedPoints":
        """Put dated points in order: neighbors near one another, those in one place by date."""
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
        """Return how many other events lie within so many days of each."""
        so_far = np.concatenate([[0], np.cumsum(np.bincount(self.days))])
        after, before = (
            np.minimum(self.days + (within_days + 1), len(so_far) - 1),
            np.maximum(self.days - within_days, 0),
        )
        return np.asarray(so_far[after] - so_far[before] - 1, dtype=np.int64)
