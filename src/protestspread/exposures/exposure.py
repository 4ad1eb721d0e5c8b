"""Exposure: what reaches each place on each day along networks from places that were active before."""

from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import FloatArray
from .activity import Activity
from .memories import Memory, Since
from .networks import Graphs, Normalize, network_matrices

_DENSE = 0.1  # share of cells that add to a memory, above which products with arrays are faster
_FIX = "pass graph.subgraph(places), or data of the places of the graph"


def exposure(
    data: pd.Series | pd.DataFrame,
    graphs: Graphs,
    *,
    memory: Memory = Since(),  # noqa: B008 - an immutable value
    normalize: Normalize = "none",
    include_today: bool = False,
) -> pd.DataFrame:
    """Return what reaches each place on each day along each network from the places that were active before.

    The exposure of place i on day t is Σ_j weight from j to i · what is remembered of j up to day t - 1.

    Parameters
    ----------
    data
        Onsets (a Series by place of dates or whole numbers, NaT or NaN where a place had not joined), or a panel by date and
        place. Days before the first count as quiet.
    graphs
        One graph, or a dict of name -> graph, over the same places.
    memory
        What counts: `Since()`, all that joined; `Days(k)`, those active within the last k days; `Decay(half_life_days)`,
        activity that loses weight; `Lag(k)`, the activity of k days ago; `Geometric(max_days, p)`, a weighted mean of the last
        days. In a panel a day is one row. `Since` and `Days` count a place once, however many events it had; the others
        count the values of the panel.
    normalize
        "none": weights as given, so that exposure is a sum. "target": what reaches each place sums to 1, so that exposure is
        the share of its sources. "source": what leaves each place sums to 1.
    include_today
        Whether activity of the day itself counts as well. Only for descriptions: a place's own day then depends on events
        whose order within the day is unknown.

    Returns
    -------
    DataFrame
        One row per day, from the first onset (or row of the panel) to the last; columns: network, then place. NaN where an
        unobserved day of a source could have counted.

    Raises
    ------
    SchemaError, DataError
        The data are not valid or negative, or the places of a graph differ; all are named.

    Notes
    -----
    T. W. Valente (1996), Social network thresholds in the diffusion of innovations, Social Networks 18:69,
    doi:10.1016/0378-8733(95)00256-1; K. T. Andrews, M. Biggs (2006), American Sociological Review 71:752,
    doi:10.1177/000312240607100503.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> ties = pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": [2.0, 1.0]})
    >>> onsets = pd.Series(pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-05"]), index=list("ABC"))
    >>> ps.exposure(onsets, {"road": ps.DiffusionGraph.from_edges(ties)})["road"].loc["2022-01-03":].values.tolist()
    [[0.0, 2.0, 0.0], [0.0, 2.0, 1.0], [0.0, 2.0, 1.0]]
    """
    with Arguments() as check:
        check.instance("memory", memory, Memory, "a memory, such as Since() or Days(3)")
        check.flag("include_today", include_today)
    activity = Activity.of(data)
    matrices = network_matrices(activity.places, graphs, whose="the data", fix=_FIX, normalize=normalize)
    values = exposures_of(activity, matrices, memory, include_today=include_today)
    tables = [pd.DataFrame(one, index=activity.days, columns=activity.places) for one in values.values()]
    names = ["network", str(activity.places.name or "place")]
    table: pd.DataFrame = pd.concat(tables, axis="columns", keys=list(values), names=names)
    return table


def exposures_of(
    activity: Activity, matrices: dict[str, sp.csr_array], memory: Memory, *, include_today: bool = False
) -> dict[str, FloatArray]:
    """Return name -> exposure by day and place, given matrices of weights from row to column."""
    added = memory.added(activity.values)
    dense = added.nnz > _DENSE * np.prod(added.shape)
    source: Any = added.toarray() if dense else added
    unknown = None
    if activity.observed is not None:
        unknown = sp.csr_array(memory.unknown(activity.observed, activity.active).astype(float))
    found = {}
    for name, matrix in matrices.items():
        reached = np.ascontiguousarray((matrix.T @ source.T).T) if dense else (source @ matrix).toarray()
        if memory.kept:
            for row in range(1, len(reached)):
                reached[row] += memory.kept * reached[row - 1]
        if unknown is not None:
            reached[(unknown @ (matrix > 0).astype(float)).toarray() > 0] = np.nan
        found[name] = (
            reached if include_today else np.concatenate([np.zeros((1, len(matrix.indptr) - 1)), reached[:-1]])
        )
    return found
