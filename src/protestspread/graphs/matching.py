"""A graph and a panel, or onsets, must be about the same places."""

import pandas as pd

from ..errors import DataError, shorten_list
from .diffusion import DiffusionGraph


def match_places(panel: pd.DataFrame, graph: DiffusionGraph) -> DiffusionGraph:
    """Return the graph with its places in the order of the panel's columns.

    Raises
    ------
    DataError
        They are not about the same places; those of each side that the other lacks are named.
    """
    return match_nodes(panel.columns, graph, whose="the panel", fix="graph.subgraph(panel.columns), panel[graph.nodes]")


def match_nodes(
    places: pd.Index, graph: DiffusionGraph, *, whose: str, fix: str, name: str = "the graph"
) -> DiffusionGraph:
    """Return the graph with its nodes in the order of some places.

    Parameters
    ----------
    places
        The places wanted.
    whose, mend
        What they are the places of, and how the two can be made to fit, for the message.
    name
        What the graph is called there.

    Raises
    ------
    DataError
        They are not the same places; those of each side that the other lacks are named.
    """
    if graph.nodes.equals(places):
        return graph
    lacking = places[~places.isin(graph.nodes)]
    beyond = graph.nodes[~graph.nodes.isin(places)]
    faults = [f"{name} lacks {len(lacking)} of {whose}: {shorten_list(lacking)}"] if len(lacking) else []
    faults += [f"{whose} lacks {len(beyond)} of {name}: {shorten_list(beyond)}"] if len(beyond) else []
    if faults:
        raise DataError(
            f"{whose} and {name} are not about the same places",
            faults,
            f"{fix}, or build both from one table of places",
        )
    return graph.subgraph(places)
