"""What pictures show of an ensemble, as data: the fan of its courses, and how likely a place was reached by a date."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from ..errors import DataError, shorten_list
from ..figures import Fan
from ..tables import check_panel

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The ends of the middle 90%, those of the middle 50%, and the median."""


class PossibleSpreads(Protocol):
    """What pictures use of an `Ensemble`."""

    @property
    def dates(self) -> pd.DatetimeIndex: ...  # noqa: D102
    @property
    def places(self) -> pd.Index: ...  # noqa: D102
    @property
    def counts_events(self) -> bool: ...  # noqa: D102
    def __len__(self) -> int: ...
    def totals(self) -> pd.DataFrame: ...  # noqa: D102
    def share_joined(self) -> pd.DataFrame: ...  # noqa: D102
    def onsets(self) -> pd.DataFrame: ...  # noqa: D102
    def reached(self) -> pd.DataFrame: ...  # noqa: D102


def fan_of(ensemble: PossibleSpreads, observed: pd.DataFrame | None = None) -> Fan:
    """Return the fan of an ensemble: events by date if it counts events, else places that have been active so far.

    `observed` is a panel with the places of the ensemble; others in it are left out, so that both sums are of the same places.

    Raises
    ------
    SchemaError
        `observed` is not a panel.
    DataError
        `observed` lacks places of the ensemble (all are named).
    """
    counts = ensemble.counts_events
    course = ensemble.totals() if counts else (ensemble.share_joined() * len(ensemble.places)).round()
    quantiles = course.quantile(list(QUANTILES), axis=1).T
    heading = "events" if counts else "places that joined"
    if observed is None:
        return Fan(quantiles, heading, len(ensemble))
    check_panel(observed)
    lacking = ensemble.places.difference(observed.columns, sort=False)
    if len(lacking):
        raise DataError(
            "observed",
            [f"places of the ensemble are missing: {shorten_list(lacking)}"],
            "pass a panel with a column for each place of the ensemble",
        )
    panel = observed[ensemble.places].astype(float)
    seen = panel.notna().all(axis=1)
    sums = panel.sum(axis=1) if counts else (panel > 0).cummax().sum(axis=1)
    bound = ~seen.cummin() & seen & (not counts)  # so far, after a date that was not observed
    dates = quantiles.index.union(panel.index).rename("date")
    return Fan(
        quantiles.reindex(dates),
        heading,
        len(ensemble),
        observed=sums.where(seen).reindex(dates),
        lower_bound=bound.reindex(dates, fill_value=False),
    )


def reached_within(ensemble: PossibleSpreads, groups: Mapping[object, object] | pd.Series) -> pd.DataFrame:
    """Return the share of draws in which any place of a group has been active by a date, one column a group.

    `groups` names the group of each place (place -> region); places without one are left out.
    """
    of = pd.Series(groups).reindex(ensemble.places).dropna()
    first = ensemble.onsets()[of.index].T.groupby(of.to_numpy()).min()  # group × draw
    rows = np.searchsorted(ensemble.dates.to_numpy(), first.to_numpy())  # beyond the last where there is no onset
    new = np.zeros((len(ensemble.dates) + 1, len(first)))
    np.add.at(new, (rows, np.arange(len(first))[:, None]), 1)
    return pd.DataFrame(new[:-1].cumsum(axis=0) / len(ensemble), index=ensemble.dates, columns=first.index)
