"""The networks of a model: named graphs over the places of the data."""

from collections.abc import Mapping
from typing import Literal, get_args

import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..errors import DataError
from ..graphs.diffusion import DiffusionGraph
from ..graphs.matching import match_nodes

Graphs = DiffusionGraph | Mapping[str, DiffusionGraph]
Normalize = Literal["none", "source", "target"]


def named_graphs(graphs: Graphs) -> dict[str, DiffusionGraph]:
    """Return name -> graph; one graph is named by its kinds.

    Raises
    ------
    DataError
        ``graphs`` is not a graph or a dict of graphs with names.
    """
    if isinstance(graphs, DiffusionGraph):
        return {" + ".join(graphs.kinds) or "network": graphs}
    with Arguments("pass {'road': graph}") as check:
        check.instance("graphs", graphs, Mapping, "a DiffusionGraph or a dict of name -> DiffusionGraph")
        if isinstance(graphs, Mapping) and not graphs:
            check.fault("graphs must name at least one graph; got none")
        for name, graph in graphs.items() if isinstance(graphs, Mapping) else ():
            check.text("each name in graphs", name)
            check.instance(f"graphs[{name!r}]", graph, DiffusionGraph, "a DiffusionGraph")
    return dict(graphs)


def network_matrices(
    places: pd.Index, graphs: Graphs, *, whose: str, fix: str, normalize: Normalize = "none"
) -> dict[str, sp.csr_array]:
    """Return name -> matrix of weights *from* row *to* column, in the order of the places.

    Parameters
    ----------
    places
        The places of the data.
    graphs
        One graph, or a dict of name -> graph.
    whose, fix
        What the places belong to, and how to make the two match; both for the message.
    normalize
        "source": what leaves each place sums to 1; "target": what reaches each place sums to 1.

    Raises
    ------
    DataError
        ``graphs`` or ``normalize`` is not valid, or the places of a graph differ; all are named.
    """
    with Arguments() as check:
        check.choice("normalize", normalize, get_args(Normalize))
    found = {}
    faults: list[str] = []
    for name, graph in named_graphs(graphs).items():
        try:
            matched = match_nodes(places, graph, whose=whose, name=f"the network '{name}'", fix=fix)
        except DataError as error:
            faults += error.faults or (str(error),)
            continue
        matched = matched if normalize == "none" else matched.normalize(normalize)
        found[name] = sp.csr_array(matched.matrix)
    if faults:
        raise DataError(
            f"graphs and {whose} must have the same places", faults, f"{fix}, or build both from one table of places"
        )
    return found
