"""Fit the endemic-epidemic model to counts by day and place."""

import pandas as pd

from ...exposures.memories import Lag, Memory
from ..terms import Terms
from .inputs import Graphs, NeighborTerms, Offset, specify
from .result import EndemicEpidemicFit
from .specification import Family, PathWeights

_DAY_BEFORE, _INTERCEPT = Lag(1), Terms()


def fit_endemic_epidemic(
    panel: pd.DataFrame,
    graphs: Graphs,
    *,
    family: Family = "nb",
    memory: Memory = _DAY_BEFORE,
    endemic: Terms | None = None,
    own: Terms | None = _INTERCEPT,
    neighbors: NeighborTerms = _INTERCEPT,
    offset: Offset = None,
    weights: PathWeights = "given",
) -> EndemicEpidemicFit:
    """Fit an endemic-epidemic model to counts by day and place: endemic events, and effects of earlier events.

    Expected events = offset · exp(endemic) + exp(own) · own past + Σ over graphs exp(neighbors) · past of the neighbors, where
    each exponent is an intercept and terms. What leaves a place along a graph is divided among its ties
    (``graph.normalize("source")``). The first rows are conditioned on. A count that was not observed (NaN) leaves the
    likelihood, together with the later counts of its place and of the places that it has ties to.

    Parameters
    ----------
    panel
        Counts by date and place, as of `count_events`; NaN where not observed.
    graphs
        The ties: one graph, or a mapping from names to graphs, each with a part of its own ("neighbors road").
    family
        "nb": negative binomial with variance μ(1 + ψμ). "poisson": no overdispersion; standard errors are then too small for
        most counts.
    memory
        Which earlier rows count: `Lag` (by default the row before), or `Geometric`, whose ``p`` is estimated if it is None.
    endemic
        Terms of the endemic part. None: effects of weekdays for a daily panel of at least three weeks, as omitted weekdays
        look like an own part; ``Terms()``: an intercept alone.
    own
        Terms of the own part, by default an intercept alone; None leaves it out.
    neighbors
        Terms of the neighbors, the same for all graphs or by name; None leaves them out.
    offset
        Factor of the endemic part above 0, such as population: a Series by place or a DataFrame by date and place.
    weights
        "given": the weights of the ties. "power_law": neighbors of all orders by order^(-d), where order is the number of
        ties on the shortest path, and the decay d is estimated. Only with one graph, of at most 5,000 places.

    Returns
    -------
    EndemicEpidemicFit
        Estimates with intervals; shares of the parts, the fitted model, simulation and tests.

    Raises
    ------
    DataError
        Counts are negative, not whole or all 0; places were never observed; the graphs have other places; terms are
        collinear; there are too few rows or events for the parameters. All faults are named.

    Notes
    -----
    L. Held, M. Höhle, M. Hofmann (2005), Statistical Modelling 5:187, doi:10.1191/1471082X05st098oa; M. Paul, L. Held, A. M.
    Toschke (2008), Statistics in Medicine 27:6250, doi:10.1002/sim.4177; S. Meyer, L. Held (2014), Annals of Applied
    Statistics 8:1612, doi:10.1214/14-AOAS743. The likelihood is that of ``hhh4`` in the R package surveillance.

    *What fools it.* The likelihood ratio of the neighbors rejects in most worlds with a national or regional wave and without
    any spread; only `EndemicEpidemicFit.placebo_test` says "consistent with transmission". Large places that lie together and
    come first fool the placebo test as well (18 of 240 worlds): see ``docs/calibration.md``.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> graph = ps.nearest_graph(case.cities, k=3)
    >>> model = ps.EndemicEpidemicModel(endemic=0.1, own=0.3, neighbors=0.2)
    >>> panel = ps.simulate(model, graph, seeds=[], days=120, rng=1)
    >>> fit = ps.fit_endemic_epidemic(panel, graph, endemic=ps.Terms())
    >>> fit.params.round(2).to_dict()
    {'endemic': -2.27, 'own': -1.25, 'neighbors': -1.61, 'overdispersion': 0.05}
    """
    return EndemicEpidemicFit.of(
        specify(
            panel,
            graphs,
            family=family,
            memory=memory,
            endemic=endemic,
            own=own,
            neighbors=neighbors,
            offset=offset,
            weights=weights,
        )
    )
