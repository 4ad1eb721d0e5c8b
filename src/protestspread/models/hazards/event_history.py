"""Event history in discrete time: which places join on which day, given exposure along networks."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

import geopandas as gpd
import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import IntArray
from ...errors import FitError, shorten_list
from ...exposures.aligned import Values
from ...exposures.memories import Memory, Since
from ...exposures.networks import Graphs, Normalize, named_graphs
from ...exposures.person_days import PersonDays
from ..attributes import Attributes, PlaceAttributes, only_group
from .binary_regression import Link
from .design import Baseline, EventHistoryDesign
from .fit import EventHistoryFit
from .separation import separating_columns

Firth = Literal["auto"] | bool
_ONSETS_PER_PARAMETER = 10


def fit_event_history(
    data: pd.Series | pd.DataFrame,
    graphs: Graphs,
    *,
    attributes: Attributes = "population",
    cities: gpd.GeoDataFrame | pd.DataFrame | None = None,
    time_varying: Mapping[str, Values] | None = None,
    memory: Memory | Mapping[str, Memory] = Since(),  # noqa: B008 - an immutable value
    normalize: Normalize = "none",
    baseline: Baseline = "day",
    link: Link = "cloglog",
    firth: Firth = "auto",
    cluster: pd.Series | Mapping[Any, Any] | str | None = "place",
    observed_until: str | pd.Timestamp | int | None = None,
    panel: pd.DataFrame | None = None,
) -> EventHistoryFit:
    """Fit an event history: how likely each place was to join on each day, by its exposure to places that had joined.

    A regression of place-days. With ``baseline="day"`` and ``link="cloglog"`` it is the proportional hazards model for grouped
    times: no order within a day is needed, and whatever all places feel alike on a day is held constant.

    Parameters
    ----------
    data
        Onsets (a Series by place; all places that could have joined, NaT where one had not), or spells (`spells`) for
        activity that ends and returns.
    graphs
        One graph, or a dict of name -> graph; several networks are estimated together.
    attributes, cities
        What places are by themselves, in the rate of all days: names of columns of ``cities``, or a table of numbers by place.
        By default log population, where ``cities`` has it. None for none.
    time_varying
        Name -> values by date and place, or by date, of the day itself, such as 1 where a curfew was in force.
    memory, normalize
        Who counts as active before, and how weights are scaled; see `exposure`. ``memory`` may be a dict by network.
    baseline
        "day": an intercept for each day with an onset; days without one, or on which all joined, carry no information and
        drop out. "spline": a natural cubic spline of the day. "none": a constant.
    link
        "cloglog": effects are log hazard ratios. "logit": log odds ratios.
    firth
        Whether to penalize the likelihood, which keeps estimates finite and less biased where onsets are few. "auto": where
        there are fewer than 10 onsets per parameter, or covariates separate the outcome.
    cluster
        For spells: "place", or a label by place, for standard errors that allow for dependence within clusters. Onsets are
        not clustered, because each place joins once.
    observed_until
        The last day of observation; by default the last onset. Places that had not joined are at risk until it.
    panel
        The panel that the data come from: its unobserved place-days leave the likelihood.

    Returns
    -------
    EventHistoryFit
        With ``sentence``, ``summary()``, ``tests``, ``intervals()``, ``expected()``, ``simulate()``, ``without()``,
        ``compare()``, ``placebo_test()``.

    Raises
    ------
    SchemaError, DataError
        The data, graphs, attributes or options are not valid; a covariate does not vary among the places at risk, or others
        determine it (all are named).
    FitError
        Covariates tell the outcome without error, and ``firth`` is False.

    Notes
    -----
    P. D. Allison (1982), Discrete-time methods for the analysis of event histories, Sociological Methodology 13:61,
    doi:10.2307/270718; D. Strang, N. B. Tuma (1993), American Journal of Sociology 99:614, doi:10.1086/230318; D. Firth
    (1993), Bias reduction of maximum likelihood estimates, Biometrika 80:27, doi:10.1093/biomet/80.1.27. Standard errors are
    from the expected information. After a penalized fit, expected values use re-estimated intercepts (R. Puhr et al. 2017,
    Statistics in Medicine 36:2302, doi:10.1002/sim.7273).

    *What fools it.* Regions that differ in how soon their places join, late reports from small places, and attributes that
    are left out: see ``docs/calibration.md``. A place list that was made from who protested cannot give hazards.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> frame = case.cities[case.cities["in_frame"]]
    >>> first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    >>> fit = ps.fit_event_history(first, {"near": ps.nearest_graph(frame, k=4)}, cities=frame, observed_until="2022-01-08")
    >>> fit.events, list(fit.tests.index), fit.firth
    (22, ['near', 'log population'], True)
    """
    with Arguments() as check:
        check.choice("link", link, get_args(Link))
        if not (isinstance(firth, str) and firth == "auto"):
            check.flag("firth", firth)
    named = named_graphs(graphs)
    recurrent = isinstance(data, pd.DataFrame)
    chosen = PlaceAttributes.of(attributes, cities, _onsets_of(data, named))
    if len(chosen.left_out):
        data = data[~data["place"].isin(chosen.left_out)] if recurrent else data.drop(index=chosen.left_out)
        named = {name: graph.subgraph(graph.nodes.drop(chosen.left_out)) for name, graph in named.items()}
    people = PersonDays.of(
        data,
        named,
        chosen.table if len(chosen.table.columns) else None,
        time_varying,
        observed_until,
        memory,
        normalize,
        panel,
    )
    members = {name: only_group(matrix) for name, matrix in people.matrices.items()}
    groups = {name: inside for name, inside in members.items() if inside is not None}
    people = people.with_attributes(chosen.with_groups(groups).table)
    design = EventHistoryDesign.of(people, baseline)
    design.check_identified()
    clusters = _clusters(cluster, people.risk.activity.places) if recurrent else None
    fit = _fit(design, link, firth, clusters)
    return replace(fit, left_out=tuple(chosen.left_out), groups=tuple(groups), population=chosen.population)


def _fit(design: EventHistoryDesign, link: Link, firth: Firth, cluster: IntArray | None) -> EventHistoryFit:
    """Fit checked data by maximum likelihood, or with a penalty where it is needed or asked for."""
    plain = design.regression(link, firth=False)
    events = int(plain.joined.sum())
    penalized = firth is True or (firth == "auto" and events < _ONSETS_PER_PARAMETER * len(plain.names))
    optimum = plain.fit()
    separated = tuple(separating_columns(plain, optimum.coordinates, converged=optimum.converged))
    if separated and firth is False:
        raise FitError(
            f"{shorten_list([repr(name) for name in separated])} tell the outcome without error, so that the likelihood has no maximum",
            fix="pass firth=True, or leave these out (a covariate that follows from the onsets tells nothing)",
        )
    penalized = penalized or bool(separated)
    if penalized:
        optimum = design.regression(link, firth=True).fit()
    return EventHistoryFit(optimum, events, design, link, penalized, separated, cluster)


def _onsets_of(data: pd.Series | pd.DataFrame, named: dict[str, Any]) -> pd.Series:
    """Return the first onset of each place."""
    if isinstance(data, pd.DataFrame) and named and "place" in data and "start" in data:
        first = data.groupby(data["place"].astype(object))["start"].min()
        return first.reindex(next(iter(named.values())).nodes)
    with Arguments() as check:
        check.instance(
            "data", data, (pd.Series, pd.DataFrame), "onsets (a Series) or spells (a DataFrame), with graphs"
        )
    return data if isinstance(data, pd.Series) else pd.Series(dtype="datetime64[ns]")


def _clusters(cluster: object, places: pd.Index) -> IntArray | None:
    """Return the number of each place's cluster; None for none."""
    if cluster is None:
        return None
    if isinstance(cluster, str) and cluster == "place":
        return np.arange(len(places))
    with Arguments('pass cluster="place", a label for each place, or None') as check:
        labels = check.by_label("cluster", cluster, "'place', a label by place (a Series or a dict), or None")
        if not check.faults and len(missing := places[~places.isin(labels.dropna().index)]):
            check.fault(f"cluster must have a label for each place; none for {shorten_list(missing)}")
    return np.asarray(pd.factorize(labels.reindex(places))[0])
