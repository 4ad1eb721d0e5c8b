"""Ensembles: many simulated panels of the same days and places."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from .arguments import Arguments
from .arrays import IntArray
from .errors import DataError


@dataclass(frozen=True, eq=False, repr=False)
class Ensemble:
    """Simulated panels; use ``len(ensemble)``, ``ensemble[i]`` and ``for panel in ensemble``.

    Attributes
    ----------
    values
        Shape (draws, days, places), read-only.
    dates, places
        Index and columns of every panel.
    """

    values: IntArray
    dates: pd.DatetimeIndex
    places: pd.Index

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.instance("dates", self.dates, pd.DatetimeIndex, "a DatetimeIndex")
            check.instance("places", self.places, pd.Index, "an Index of places")
            check.instance("values", self.values, np.ndarray, "an array of shape (draws, days, places)")
            if not check.faults and (self.values.dtype.kind not in "iuf" or self.values.ndim != 3):
                check.fault(
                    f"values must hold numbers, in three dimensions; got {self.values.dtype}, {self.values.shape}"
                )
        values = self.values.view()
        if values.shape[1:] != (len(self.dates), len(self.places)):
            raise DataError(
                f"values must have the shape (draws, {len(self.dates)}, {len(self.places)}) for {len(self.dates)} dates and "
                f"{len(self.places)} places; got {values.shape}"
            )
        values.flags.writeable = False
        object.__setattr__(self, "values", values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, draw: int) -> pd.DataFrame:
        return self._panel(self.values[draw].copy())

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return (self[draw] for draw in range(len(self)))

    def mean(self) -> pd.DataFrame:
        """Return the mean over draws for each day and place."""
        return self._panel(self.values.mean(axis=0))

    def quantile(self, q: float) -> pd.DataFrame:
        """Return a quantile over draws for each day and place, with linear interpolation.

        Raises
        ------
        DataError
            ``q`` is not between 0 and 1.
        """
        with Arguments() as check:
            q = check.number("q", q, at_least=0, at_most=1)
        return self._panel(np.quantile(self.values, q, axis=0))

    def totals(self) -> pd.DataFrame:
        """Return the sum over places, one row per date and one column per draw."""
        return pd.DataFrame(self.values.sum(axis=2).T, index=self.dates, columns=pd.RangeIndex(len(self), name="draw"))

    def __repr__(self) -> str:
        first, last = self.dates[0].date(), self.dates[-1].date()
        return f"<Ensemble: {len(self):,} panels of {len(self.places):,} places, {first} to {last}>"

    def _panel(self, values: "np.typing.NDArray[np.generic]") -> pd.DataFrame:
        return pd.DataFrame(values, index=self.dates, columns=self.places)
