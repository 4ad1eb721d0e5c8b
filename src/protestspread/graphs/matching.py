"""A graph and a panel must be about the same places."""

import pandas as pd

from ..errors import DataError, name_some
from .diffusion import DiffusionGraph


def match_places(panel: pd.DataFrame, graph: DiffusionGraph) -> DiffusionGraph:
    """Return the graph with its places in the order of the panel's columns.

    Raises
    ------
    DataError
        They are not about the same places; those of each side that the other lacks are named.
    """
    if graph.nodes.equals(panel.columns):
        return graph
    lacking = panel.columns[~panel.columns.isin(graph.nodes)]
    beyond = graph.nodes[~graph.nodes.isin(panel.columns)]
    faults = [f"the graph lacks {len(lacking)} of the panel: {name_some(lacking)}"] if len(lacking) else []
    faults += [f"the panel lacks {len(beyond)} of the graph: {name_some(beyond)}"] if len(beyond) else []
    if faults:
        raise DataError(
            "the panel and the graph are not about the same places",
            faults,
            "graph.subgraph(panel.columns), panel[graph.nodes], or build both from one table of places",
        )
    return graph.subgraph(panel.columns)
