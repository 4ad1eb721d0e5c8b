"""Life tables of adoption: places at risk, new, and so far, by day."""

import numpy as np
import pandas as pd

from ...arrays import FloatArray
from ...exposures.activity import Activity
from .entries import Entries, Joining


def hazard_rates(
    data: Joining, *, observed_until: str | pd.Timestamp | int | None = None, panel: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return by day how many places were at risk and joined, and the hazard: the share of the first that the second are.

    Parameters
    ----------
    data
        Onsets (a Series by place of dates or whole numbers, NaT or NaN where a place never joined), or spells (see `spells`; its
        places are the categories of the column ``place``).
    observed_until
        The last day of observation; by default the last onset or the last day of the spells.
    panel
        The panel that the data come from: its unobserved place-days leave the risk set.

    Returns
    -------
    DataFrame
        One row per day, from the first onset:

        - ``at_risk``: places that had not joined before; ``new``: those that joined; ``cumulative``: all that have joined;
          ``hazard``: new / at_risk, NaN where none was at risk;
        - ``at_risk_again``: places that had been active before and could begin a new spell; ``returned``: those that did;
          ``hazard_of_return``. Of onsets, no place returns.

    Raises
    ------
    SchemaError, DataError
        The data or the panel are not valid, or no place joined.

    Notes
    -----
    P. D. Allison (1982), Discrete-time methods for the analysis of event histories, Sociological Methodology 13:61,
    doi:10.2307/270718. The hazard of the first day is that of the places that began: its value depends on where the data begin.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> onsets = pd.Series({"A": 1, "B": 2, "C": 4, "D": None})
    >>> ps.hazard_rates(onsets)[["at_risk", "new", "hazard"]].round(3).values.tolist()
    [[4.0, 1.0, 0.25], [3.0, 1.0, 0.333], [2.0, 0.0, 0.0], [2.0, 1.0, 0.5]]
    """
    risk = Entries.of(data, None, observed_until, panel).risk
    before = np.zeros(risk.joined.shape, dtype=bool)
    before[1:] = np.logical_or.accumulate(risk.joined)[:-1]
    counts = {
        name: np.asarray(cells.sum(axis=1))
        for name, cells in (
            ("at_risk", risk.at_risk & ~before), ("new", risk.joined & ~before),
            ("at_risk_again", risk.at_risk & before), ("returned", risk.joined & before),
        )
    }  # fmt: skip
    found = {
        "at_risk": counts["at_risk"], "new": counts["new"], "cumulative": counts["new"].cumsum(),
        "hazard": _ratio(counts["new"], counts["at_risk"]), "at_risk_again": counts["at_risk_again"],
        "returned": counts["returned"], "hazard_of_return": _ratio(counts["returned"], counts["at_risk_again"]),
    }  # fmt: skip
    return pd.DataFrame(found, index=risk.activity.days)


def adoption_curve(data: Joining, *, observed_until: str | pd.Timestamp | int | None = None) -> pd.DataFrame:
    """Return by day how many places have joined so far, and their share.

    Parameters
    ----------
    data
        Onsets (a Series by place), spells, or a panel (one row per day, one column per place; active where the value is above 0).
    observed_until
        As in `hazard_rates`, for onsets and spells.

    Returns
    -------
    DataFrame
        One row per day: ``new`` and ``cumulative`` (numbers of places), ``unknown`` (places of a panel that were not seen active,
        but were not observed on some day so far), ``share`` and ``largest_share`` (cumulative, and cumulative + unknown, divided by
        the number of places).

    Raises
    ------
    SchemaError, DataError
        The data are not valid, or no place joined.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> panel = ps.count_events(case.events, case.regions, observed=case.coverage)
    >>> ps.adoption_curve(panel).loc["2022-01-02":"2022-01-05", "cumulative"].tolist()
    [1, 8, 12, 17]
    """
    unknown = np.zeros(1)
    if isinstance(data, pd.DataFrame) and isinstance(data.index, pd.DatetimeIndex):
        activity = Activity.of_panel(data)
        ever = np.logical_or.accumulate(activity.active)
        days, places = activity.days, activity.places
        if activity.observed is not None:
            unknown = (np.logical_or.accumulate(~activity.observed) & ~ever).sum(axis=1)
    else:
        entries = Entries.of(data, None, observed_until)
        ever, days, places = np.logical_or.accumulate(entries.risk.joined), entries.days, entries.places
    cumulative = ever.sum(axis=1)
    found = pd.DataFrame({"new": np.diff(cumulative, prepend=0), "cumulative": cumulative}, index=days)
    found["unknown"] = np.broadcast_to(unknown, len(days)).astype(np.int64)
    found["share"] = cumulative / len(places)
    found["largest_share"] = (cumulative + unknown) / len(places)
    return found


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """Divide; NaN where nothing is below."""
    return np.asarray(np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0))
