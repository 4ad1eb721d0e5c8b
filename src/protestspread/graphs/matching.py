"""Match the nodes of a graph with the places of a panel or of onsets."""

import pandas as pd

from ..arguments import Arguments
from ..errors import DataError, shorten_list
from .diffusion import DiffusionGraph


def match_places(panel: pd.DataFrame, graph: DiffusionGraph) -> DiffusionGraph:
    """Return the graph with its nodes in the order of the panel's columns.

    Raises
    ------
    DataError
        The places differ; those missing on either side are named.
    """
    return match_nodes(
        panel.columns, graph, whose="the panel", fix="pass graph.subgraph(panel.columns) or panel[graph.nodes]"
    )


def match_nodes(
    places: pd.Index, graph: DiffusionGraph, *, whose: str, fix: str, name: str = "the graph"
) -> DiffusionGraph:
    """Return the graph with its nodes in the order of some places.

    Parameters
    ----------
    places
        The places wanted.
    whose, fix
        What the places belong to, and how to make the two match; both for the message.
    name
        Name of the graph in the message.

    Raises
    ------
    DataError
        The places differ; those missing on either side are named.
    """
    with Arguments() as check:
        check.instance(name.removeprefix("the "), graph, DiffusionGraph, "a DiffusionGraph")
    if graph.nodes.equals(places):
        return graph
    lacking = places[~places.isin(graph.nodes)]
    beyond = graph.nodes[~graph.nodes.isin(places)]
    faults = [f"{name} lacks {len(lacking)} of {whose}: {shorten_list(lacking)}"] if len(lacking) else []
    faults += [f"{whose} lacks {len(beyond)} of {name}: {shorten_list(beyond)}"] if len(beyond) else []
    if faults:
        raise DataError(
            f"{whose} and {name} must have the same places",
            faults,
            f"{fix}, or build both from one table of places",
        )
    return graph.subgraph(places)
