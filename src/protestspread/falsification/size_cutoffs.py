"""A fit at rising sizes of events: whether it holds for all events or for larger ones only."""

import warnings
from collections.abc import Callable, Iterable

import geopandas as gpd
import numpy as np
import pandas as pd

from ..arguments import Arguments, as_list
from ..counting import count_events
from ..errors import DataError, LostEventsWarning, ProtestSpreadError, must_be
from ..inference.likelihood.fits import Fit
from ..onset_dates import onsets
from ..tables import check_events

FitOnsets = Callable[[pd.Series], Fit]


def size_cutoffs(
    events: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame,
    fit_onsets: FitOnsets,
    *,
    at_least: Iterable[float] = (0, 10, 100, 1000),
) -> pd.DataFrame:
    """Fit the onsets of events of rising size: reporting that depends on size shows as a result that fades.

    Small events are reported where reporters look, for instance where protest was reported before. A result that holds for all
    events and vanishes for large ones, which are reported everywhere, is consistent with such reporting. The table describes; it
    is no test.

    Parameters
    ----------
    events
        Events with ``size_low``. Events without a size count for the cutoff 0 only.
    places
        The cities or regions of the events, in the frame.
    fit_onsets
        A function from onsets, place -> date, to a fit, such as
        ``lambda onsets: ps.fit_oada(onsets, graph, attributes=size)``.
    at_least
        Cutoffs of ``size_low``.

    Returns
    -------
    DataFrame
        Index ``at_least``. ``events`` and ``onsets``; ``statistic`` and ``p_value`` of the likelihood ratio of the networks; the
        parameters of the fit; ``reason``, "" or why there is no fit.

    Raises
    ------
    DataError
        The events have no column ``size_low``; cutoffs are not numbers from 0; ``fit_onsets`` is no function.

    Notes
    -----
    N. B. Weidmann (2016), A closer look at reporting bias in conflict event data, American Journal of Political Science 60:206-218,
    doi:10.1111/ajps.12196.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> frame = case.cities[case.cities["in_frame"]]
    >>> near = ps.nearest_graph(frame, k=4)
    >>> inside = case.events[case.events["city"].isin(frame.index)]
    >>> table = ps.size_cutoffs(inside, frame, lambda first: ps.fit_oada(first, {"near": near}), at_least=[0, 100, 1000])
    >>> table["onsets"].tolist()
    [25, 12, 9]
    """
    check_events(events)
    with Arguments("pass events with sizes, cutoffs such as [0, 100, 1000], and a function that fits onsets") as check:
        if "size_low" not in events:
            check.fault("events must have a column 'size_low'; it has none")
        cutoffs = [check.number("at_least", value, at_least=0) for value in as_list(at_least) or []]
        if not cutoffs:
            check.fault(must_be("at_least", "a list of numbers", at_least))
        if not isinstance(fit_onsets, Callable):  # type: ignore[arg-type]
            check.fault(must_be("fit_onsets", "a function from onsets to a fit", fit_onsets))
    size = events["size_low"].astype(float)
    days = {"start": events["date"].min(), "end": events["date"].max()}
    rows = []
    for cutoff in cutoffs:
        kept = events[(size >= cutoff) | (cutoff == 0)]
        with warnings.catch_warnings(action="ignore", category=LostEventsWarning):
            first = onsets(count_events(kept, places, **days))
        rows.append({"events": len(kept), "onsets": int(first.notna().sum()), **_fitted(first, fit_onsets)})
    table = pd.DataFrame(rows, index=pd.Index(cutoffs, name="at_least"))
    return table[[*table.columns.drop("reason"), "reason"]]


def _fitted(first: pd.Series, fit_onsets: FitOnsets) -> dict[str, object]:
    """Return the test and the parameters of a fit, or why there is none."""
    try:
        fit = fit_onsets(first)
        networks = getattr(fit, "networks", ())
        if not networks:
            raise DataError("fit_onsets must return a fit with networks")
        test = fit.compare(fit.without(*networks))
    except ProtestSpreadError as error:
        return {"statistic": np.nan, "p_value": np.nan, "reason": str(error).partition("\n")[0]}
    return {"statistic": test.statistic, "p_value": test.p_value, "reason": ""} | {
        str(name): value for name, value in fit.params.items()
    }
