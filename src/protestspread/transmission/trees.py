"""Transmission trees from a fit, or from a given delay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..arguments import Arguments, as_list
from ..arrays import FloatArray
from ..errors import DataError, must_be
from ..exposures.networks import Graphs
from ..forecasting.forecast import Parameters, sample_coordinates, spread_of
from ..graphs.tree import TransmissionTree
from ..inference.likelihood.fits import Fit
from ..random_streams import replicate_rng, seed_of
from ..wording import format_days, format_number, join_words
from .delays import DelayWeights, check_delay, days_to_end, onset_table, reach_along, reach_of_cities

_KEYS = ["source", "source_date", "target", "date"]
_MOST_DRAWS = 10**5
_PARAMETERS = 1 << 63  # changes the seed of parameters, whose streams are thus none of those of parents
_SAME_DAY = "Onsets of one day are no parents of each other: which came first is not known."
_RIVALS = "Inferred, not observed: a cause that places share, or late reports, can put places in the same order."


def transmission_tree(
    data: Fit | pd.Series | pd.DataFrame,
    graphs_or_cities: Graphs | gpd.GeoDataFrame | None = None,
    *,
    delay: npt.ArrayLike | None = None,
    external: float | Sequence[float] | None = None,
    decay_km: float | None = None,
    within_km: float | None = None,
    observed_until: Any = None,
    parameters: Parameters = "sampled",
    draws: int = 0,
    rng: int | np.random.Generator | None = None,
) -> TransmissionTree:
    """Return who probably followed whom: the possible parents of each onset, with probabilities.

    From a fit, the probability that place j preceded place i is the share of the fitted rate of i, at its onset, that comes from
    j along a network; the rest is from outside. Without a fit it is w(t_i - t_j) · κ_ji / (ε + Σ_j w(t_i - t_j) · κ_ji), where
    w is the delay, κ the reach of one place to another, and ε the weight of the outside, which must be given: they decide much
    of the answer.

    Parameters
    ----------
    data
        A fit (of `fit_oada`, `fit_tada` or `fit_event_history`); or onsets (a Series by place); or spells (see `spells`), of
        which each has its own parents, earlier spells of other places.
    graphs_or_cities
        Without a fit: a graph, or a dict of graphs, whose weights are κ (of several graphs, the sum); or cities.
    delay
        Without a fit: the probabilities of 1, 2, ... days from the onset of a parent to that of its child; they sum to 1.
    external
        Without a fit: the weight ε of the outside, on the scale of w · κ. Of several, the tree has the first, and
        ``sensitivity`` all. With 0, only onsets without a possible parent are from outside.
    decay_km
        For cities: κ = exp(-km / decay_km). None: places reach all others alike.
    within_km
        For cities: the longest distance in kilometers from parent to child. None: no limit.
    observed_until
        Without a fit: the last day of observation; by default the last onset.
    parameters
        For draws from a fit. "sampled": each draw has its own parameters, drawn around the estimates as in `forecast`.
        "estimate": all draws have the estimates.
    draws
        Number of trees to draw; ``tree.draws`` has them.
    rng
        A seed or a Generator; draw *i* depends on the seed and on *i* only.

    Returns
    -------
    TransmissionTree
        With ``external``, ``depth``, ``days``, ``most_likely``, ``by_region()``, ``assumptions``, ``draws`` and ``sensitivity``:
        by ``external``, the expected share of onsets from outside, the share without a possible parent, the mean reproduction
        number of days of which all children were seen, and the share of onsets whose most likely parent is another one.

    Raises
    ------
    DataError
        The fit knows no parents; ``delay`` or ``external`` is missing or not valid, or given with a fit; places are unknown.
    FitError
        Parameters cannot be sampled: the fit did not converge.

    Notes
    -----
    J. Wallinga, P. Teunis (2004), Different epidemic curves for severe acute respiratory syndrome reveal similar impacts of
    control measures, American Journal of Epidemiology 160:509, doi:10.1093/aje/kwh255, there without an outside. Given the
    parameters, parents are independent of each other.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame([(a, b) for a in "ABC" for b in "ABC" if a != b], columns=["source", "target"])
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-04"]), index=list("ABC"))
    >>> tree = ps.transmission_tree(onsets, ps.DiffusionGraph.from_edges(ties), delay=[0.6, 0.4], external=[0.2, 1.0])
    >>> tree.table.loc[tree.table["target"] == "C", ["source", "probability"]].round(3).fillna("outside").values.tolist()
    [['outside', 0.167], ['A', 0.333], ['B', 0.5]]
    >>> tree.sensitivity[["external", "share_external"]].round(3).values.tolist()
    [[0.2, 0.472], [1.0, 0.708]]
    """
    options: dict[str, Any] = {"graphs_or_cities": graphs_or_cities, "delay": delay, "external": external,
                               "decay_km": decay_km, "within_km": within_km, "observed_until": observed_until}  # fmt: skip
    with Arguments() as check:
        check.instance("data", data, (Fit, pd.Series, pd.DataFrame), "a fit, onsets (a Series) or spells (a DataFrame)")
        check.choice("parameters", parameters, get_args(Parameters))
        draws = check.whole("draws", draws, at_least=0, at_most=_MOST_DRAWS)
        for name, value in options.items() if isinstance(data, Fit) else ():
            if value is not None:
                check.fault(f"{name} must be None with a fit; got {type(value).__name__}")
    seed = seed_of(rng)
    if isinstance(data, Fit):
        return _tree_of_fit(data, parameters, draws, seed)
    return _tree_of_delay(data, options, draws, seed)


def _tree_of_fit(fit: Fit, parameters: Parameters, draws: int, seed: int) -> TransmissionTree:
    table = _over_networks(fit.parents())
    if pd.api.types.is_datetime64_dtype(table["date"]) and (table["date"] != table["date"].dt.normalize()).any():
        raise DataError(
            "onsets of the fit must be days for a tree; got times of day",
            fix="fit onsets.dt.normalize(), or see fit.parents()",
        )
    networks = join_words([repr(name) for name in getattr(fit, "networks", ())]) or "no network"
    assumptions = [
        f"Probabilities are shares of fitted rates ({type(fit).__name__}, along {networks}): if the model is wrong, so are they.",
        "From outside is what came along no network: spontaneous onsets, and growth common to all places.",
    ]
    if not fit.converged:
        assumptions.append("The fit did not converge, so that the probabilities are not reliable.")
    drawn = None
    if draws:
        sampled = parameters == "sampled" and fit.optimum.free.any()
        around = "drawn around the estimates" if sampled else "of the estimates"
        assumptions.append(f"{draws:,} trees are drawn, with parameters {around}.")
        drawn = _draw_with_parameters(fit, draws, seed) if sampled else draw_parents(table, draws, seed)
    end = fit.observed().index[-1]
    return TransmissionTree(table, assumptions=[*assumptions, _SAME_DAY, _RIVALS], draws=drawn, observed_until=end)


def _draw_with_parameters(fit: Fit, draws: int, seed: int) -> pd.DataFrame:
    """Return drawn trees, each with parameters drawn around the estimates."""
    spread, optimum, found = spread_of(fit), fit.optimum, []
    for draw in range(draws):
        rng = replicate_rng(seed ^ _PARAMETERS, draw)
        moved = replace(fit, optimum=replace(optimum, coordinates=sample_coordinates(optimum, spread, rng)))
        found.append(draw_parents(_over_networks(moved.parents()), 1, seed, first=draw))
    return pd.concat(found, ignore_index=True)


def _over_networks(parents: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a tree: the probabilities of each parent, summed over networks."""
    if parents["network"].nunique() < 2:
        return parents[[*_KEYS, "probability"]]
    return parents.groupby(_KEYS, dropna=False, sort=False)["probability"].sum().reset_index()


def _tree_of_delay(data: pd.Series | pd.DataFrame, options: dict[str, Any], draws: int, seed: int) -> TransmissionTree:
    delay, grid = _check_delay(options)
    onsets = onset_table(data)
    with Arguments() as check:
        last, until = onsets["date"].iloc[-1], options["observed_until"]
        read = check.day if isinstance(last, pd.Timestamp) else check.number
        until = last if until is None else read("observed_until", until)
    where = options["graphs_or_cities"]
    if isinstance(where, gpd.GeoDataFrame):
        reach = reach_of_cities(onsets["place"], where, options["decay_km"], options["within_km"])
    else:
        reach = reach_along(onsets["place"], where)
    weights = DelayWeights.of(onsets, delay, reach)
    table = weights.parents(grid[0])[[*_KEYS, "probability"]]
    complete = days_to_end(onsets["date"], until) >= len(delay)
    return TransmissionTree(
        table,
        assumptions=[*_assumptions(delay, grid, options), _SAME_DAY, _RIVALS],
        draws=draw_parents(table, draws, seed) if draws else None,
        sensitivity=weights.sensitivity(grid, complete) if len(grid) > 1 else None,
        observed_until=until,
        delay_days=len(delay),
    )


def _check_delay(options: dict[str, Any]) -> tuple[FloatArray, list[float]]:
    """Return the probabilities of 1, 2, ... days, without zeros at the end, and the weights of the outside."""
    delay, external, where = (options[name] for name in ("delay", "external", "graphs_or_cities"))
    with Arguments() as check:
        if where is None:
            check.fault("graphs_or_cities must be a graph, a dict of graphs, or cities, without a fit; got None")
        for name in ("decay_km", "within_km"):
            check.number(name, options[name], above=0, optional=True)
            if options[name] is not None and where is not None and not isinstance(where, gpd.GeoDataFrame):
                check.fault(f"{name} must be None with a graph, whose weights tell the reach; got {options[name]}")
        found = check_delay(check, delay)
        grid = [external] if as_list(external) is None else as_list(external)
        if not grid or external is None:
            need = "given without a fit: the weight of the outside, a number or a grid"
            check.fault(must_be("external", need, external))
        else:
            grid = [check.number("external", one, at_least=0) for one in grid]
    return found, grid or []


def _assumptions(delay: FloatArray, grid: list[float], options: dict[str, Any]) -> list[str]:
    """Say what was given, not estimated."""
    mean = float(delay @ np.arange(1, len(delay) + 1))
    decay, within = options["decay_km"], options["within_km"]
    reach = "alike" if decay is None else f"by exp(-km / {decay:g})"
    if not isinstance(options["graphs_or_cities"], gpd.GeoDataFrame):
        reach = "by the weights of their ties"
    limit = "" if within is None else f", up to {within:g} km"
    others = f"; also {join_words([f'{one:g}' for one in grid[1:]])}, see sensitivity" if len(grid) > 1 else ""
    return [
        f"The delay from parent to child is given, not estimated: at most {format_days(len(delay))}, {format_number(mean)} on average.",
        f"The weight of the outside is given, not estimated: {grid[0]:g}{others}.",
        f"Places reach others {reach}{limit}.",
    ]


def draw_parents(table: pd.DataFrame, draws: int, seed: int, *, first: int = 0) -> pd.DataFrame:
    """Return drawn trees, numbered from ``first`` on; the rows of an onset stand together in the table."""
    target, date = table["target"], table["date"]
    start = np.flatnonzero((target != target.shift()) | (date != date.shift()))
    last = np.append(start[1:], len(table)) - 1
    summed = np.cumsum(table["probability"].to_numpy(dtype=float))
    before = np.where(start > 0, summed[start - 1], 0.0)
    numbers = np.arange(first, first + draws)
    random = np.array([replicate_rng(seed, int(draw)).random(len(start)) for draw in numbers])
    rows = np.clip(np.searchsorted(summed, before + random * (summed[last] - before), side="right"), start, last)
    drawn: pd.DataFrame = table[_KEYS].iloc[rows.ravel()].reset_index(drop=True)
    return drawn.assign(draw=np.repeat(numbers, len(start)))
