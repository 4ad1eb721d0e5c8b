"""Own past, neighbors and the rest of the country, side by side."""

from collections.abc import Iterable
from typing import get_args

import numpy as np
import pandas as pd
from scipy.stats import t as student

from ...arguments import Arguments
from ...errors import argument_error, shorten_list
from ...graphs.diffusion import DiffusionGraph
from ...tables import check_panel
from ..terms import Terms
from .inputs import (
    NATION,
    ChannelRows,
    ChannelValues,
    Correction,
    Nation,
    channel_rows,
    check_identified,
    default_terms,
)
from .regression import LinearFit, Side, regress
from .result import ALONE, TOGETHER, WITHOUT_NATION, ChannelDecomposition

Fits = list[tuple[str, list[str], LinearFit]]

_SIDES = get_args(Side)


def decompose_channels(
    panel: pd.DataFrame,
    graph: DiffusionGraph,
    *,
    nation: Nation | None = "leave-one-out",
    effects: Iterable[Side] = ("place",),
    lag: int = 1,
    values: ChannelValues = "activity",
    at_least: float | None = None,
    terms: Terms | None = None,
    correction: Correction | None = "half-panel",
    cluster: Iterable[Side] = ("place", "day"),
) -> ChannelDecomposition:
    """Return how activity depends on a place's own past, its neighbors and the rest of the country, side by side.

    y_i(t) = own · y_i(t − lag) + neighbors · Σ_j w_ij y_j(t − lag) + nation · mean of y_j(t − lag) over all j ≠ i + effects + terms
    + error, with y = 1 for an active place, else 0 (a linear probability model), or a count. The weights w_ij of the places that
    reach place i sum to 1.

    Parameters
    ----------
    panel
        Counts, one row per day, one column per place; NaN where not observed. In panels with longer steps, a day is a row.
    graph
        Graph of the same places: ties from the place that may influence to the one that may follow.
    nation
        "leave-one-out": the mean of all other observed places. None: without the rest of the country.
    effects
        "place": a constant for each place. "day": a constant for each day, which only goes with ``nation=None``, because an
        effect of the day is the nation. Both, or neither.
    lag
        The number of rows between the channels and what they act on.
    values
        "activity": 1 where a place had an event, else 0. "counts": the numbers of the panel.
    at_least
        For activity: the number from which a place counts as active, 1 by default. Needed for a panel of attendance.
    terms
        What else activity depends on. By default a trend, weekdays (daily panels of three weeks or more), and two pairs of sine
        and cosine of the season (panels of more than a year, with steps up to a month); with effects of days, none. `Terms` also takes values by date and place.
    correction
        "half-panel": with effects of places, most of the bias of own past is taken out by both halves of the panel. None: least
        squares.
    cluster
        "place", "day", or both: errors may depend on each other within a place, within a day. Empty: they do not.

    Returns
    -------
    ChannelDecomposition
        Each channel alone, without the rest of the country, and all together, with standard errors and 95% intervals.

    Raises
    ------
    SchemaError
        The panel is not valid.
    DataError
        The places of the graph and the panel differ; the graph has no ties; effects of days beside the nation; channels or terms
        that follow from each other or do not vary; unknown options.

    Notes
    -----
    *The nation and effects of days.* Given the mean of a day, the mean of the other places depends on the own value alone:
    with effects of days, own past, the rest of the country and the day are of rank 2, not 3.

    *Errors.* Two-way clustering by place and day (Cameron, Gelbach and Miller 2011): the covariance by place plus that by day minus
    that of place-days, each times G / (G − 1) · (N − 1) / (N − K) for G clusters; negative eigenvalues are set to 0. K counts
    channels and terms, and effects that are not nested in a cluster. Intervals are of the t distribution with G − 1 degrees of
    freedom, for the smaller G. Errors of a place on one day and of another on a later day are taken to be independent: all
    channels together should describe what follows from day to day, a channel alone does not.

    *Effects of places* bias own past by about −(1 + own) / T for T days (Nickell 1981), which is more than the standard error where
    places are many. The half-panel correction (Dhaene and Jochmans 2015; for predetermined variables Chudik, Pesaran and Yang 2018)
    solves twice the normal equations minus those with effects and terms of each half of the rows of a place, which leaves
    a bias of the order of 1/T². It also takes out most of the bias that effects and terms give to the rest of the country. The
    bias of any time series remains there, about −2 · nation / T for any number of places: intervals of short panels are too narrow.

    *What fools it.* Shocks that neighbors share and that last look like the neighbors' channel (claimed in 100% of simulated
    worlds), and so does a wave of the country to which places near each other react alike (41%); one to which all react alike does
    not (2%; without the rest of the country, 100%). A shock that the country shares for more than a day looks like the rest of the
    country. Estimates are consistent with a channel; they do not show what caused it. The page Calibration has all numbers.

    A. C. Cameron, J. B. Gelbach, D. L. Miller (2011), Journal of Business & Economic Statistics 29:238,
    doi:10.1198/jbes.2010.07136; S. Nickell (1981), Econometrica 49:1417, doi:10.2307/1911408; G. Dhaene, K. Jochmans (2015), Review of
    Economic Studies 82:991, doi:10.1093/restud/rdv007; A. Chudik, M. H. Pesaran, J.-C. Yang (2018), Journal of Applied
    Econometrics 33:816, doi:10.1002/jae.2623.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("sit_ins_1960")
    >>> panel = ps.count_events(case.events, case.cities)
    >>> found = ps.decompose_channels(panel, ps.nearest_graph(case.cities, k=4))
    >>> found.to_frame().loc["together", ["estimate", "low", "high"]].round(3)
                         estimate    low   high
    channel
    own past                0.217  0.095  0.339
    neighbors               0.033 -0.030  0.095
    rest of the country     0.038 -0.220  0.296
    >>> found.verdict
    'no sign of a channel of the neighbors'
    """
    check_panel(panel)
    with Arguments("see help(protestspread.decompose_channels)") as check:
        check.whole("lag", lag, at_least=1)
        check.choice("values", values, get_args(ChannelValues))
        check.number("at_least", at_least, above=0, optional=True)
        check.choice("nation", nation, get_args(Nation), optional=True)
        check.choice("correction", correction, get_args(Correction), optional=True)
        check.instance("terms", terms, (Terms, type(None)), "Terms(...), or None")
        absorbed, clusters = _sides(check, "effects", effects), _sides(check, "cluster", cluster)
        if at_least is not None and isinstance(values, str) and values == "counts":
            check.fault("at_least must be None for counts")
        if nation is not None and "day" in absorbed:
            check.fault(
                "effects must not have 'day' beside nation='leave-one-out': the mean of the other places follows from the effect of the "
                "day and the own value, so that one of the three is not identified; pass nation=None, or leave out 'day'"
            )
    terms = default_terms(panel, absorbed) if terms is None else terms
    rows = channel_rows(panel, graph, nation=nation, lag=lag, values=values, at_least=at_least, terms=terms)
    fits, parameters = _fits(rows, absorbed, clusters, correction)
    degrees = min((rows.sizes[side] for side in clusters), default=len(rows.outcome) - parameters + 1) - 1
    return ChannelDecomposition(
        table=_table(fits, degrees),
        rows=len(rows.outcome),
        sizes=rows.sizes,
        left_out=rows.left_out,
        neighborless=rows.neighborless,
        degrees=degrees,
        mean=float(rows.outcome.mean()),
        lag=lag,
        values=values,
        effects=absorbed,
        terms=tuple(rows.terms),
        correction=correction if "place" in absorbed else None,
        cluster=clusters,
    )


def _sides(check: Arguments, name: str, given: object) -> tuple[Side, ...]:
    """Return places and days among some names, in this order."""
    need = "a list of 'place' and 'day', or of one of them, or empty"
    known, sides = len(check.faults), check.names(name, given, need)
    if len(check.faults) > known:
        return ()
    if not set(sides) <= set(_SIDES):
        check.fault(f"{name} must be {need}; got {shorten_list(sides)}")
    return tuple(side for side in _SIDES if side in sides)


def _fits(
    rows: ChannelRows, effects: tuple[Side, ...], cluster: tuple[Side, ...], correction: Correction | None
) -> tuple[Fits, int]:
    """Return each model with its channels and its fit, and the number of parameters of the largest."""
    free = sum(rows.sizes[side] - 1 for side in effects if side not in cluster)
    parameters = 1 + len(rows.channels) + len(rows.terms) + free
    _check_enough(rows, parameters, cluster)
    given = np.stack(list(rows.channels.values()), axis=1)
    absorbed = rows.absorbed(effects)
    left = absorbed.out_of(given)
    check_identified(rows, absorbed, left)
    instruments = left
    if correction and "place" in effects:
        instruments = 2 * left - absorbed.in_halves().out_of(given)
    outcome = absorbed.out_of(rows.outcome[:, None])[:, 0]
    groups, names = [rows.groups[side] for side in cluster], list(rows.channels)
    models = [(ALONE, [name]) for name in names] + [(TOGETHER, names)]
    if NATION in names:
        models.insert(len(names), (WITHOUT_NATION, names[:-1]))
    fits: Fits = []
    for model, chosen in models:
        columns = [names.index(name) for name in chosen]
        fewer = parameters - len(names) + len(chosen)
        fits.append((model, chosen, regress(outcome, left[:, columns], instruments[:, columns], groups, fewer)))
    return fits, parameters


def _check_enough(rows: ChannelRows, parameters: int, cluster: tuple[Side, ...]) -> None:
    """Raise `DataError` unless there are more rows than parameters, and two clusters."""
    many, faults = len(rows.outcome), []
    if many <= parameters:
        faults.append(f"panel must have more than {parameters} place-days with all channels observed; got {many}")
    few = [side for side in cluster if rows.sizes[side] < 2]
    faults += [f"cluster must not have {side!r} with a single {side}" for side in few]
    if faults:
        raise argument_error(faults, "take a longer panel, or fewer effects, terms and clusters")


def _table(fits: Fits, degrees: int) -> pd.DataFrame:
    """Return estimates with standard errors, 95% intervals and p-values, by model and channel."""
    estimate = np.concatenate([fit.estimates for _, _, fit in fits])
    error = np.concatenate([fit.standard_errors for _, _, fit in fits])
    half = student.ppf(0.975, degrees) * error
    columns = {
        "estimate": estimate,
        "standard_error": error,
        "low": estimate - half,
        "high": estimate + half,
        "p_value": 2 * student.sf(np.abs(estimate / error), degrees),
    }
    keys = [(model, name) for model, chosen, _ in fits for name in chosen]
    return pd.DataFrame(columns, index=pd.MultiIndex.from_tuples(keys, names=["model", "channel"]))
