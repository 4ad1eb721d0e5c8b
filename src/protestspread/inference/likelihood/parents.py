"""Possible parents of onsets: the places that a fitted rate comes from, with the share of each."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import scipy.sparse as sp


def parent_table(onsets: pd.DataFrame, sources: pd.DataFrame, shares: Mapping[str, sp.csr_array]) -> pd.DataFrame:
    """Return who may have preceded each onset, with probabilities that sum to 1 for each onset.

    Parameters
    ----------
    onsets, sources
        ``place`` and ``date`` of the onsets, and of what may have preceded them.
    shares
        Network -> share of the rate of each onset (column) that is due to each source (row).

    Returns
    -------
    DataFrame
        ``source, source_date`` (missing: from outside), ``target, date, network, probability``. One row from outside for each
        onset, with the share that no network explains, and then its possible parents; onsets in the order given.
    """
    parts = {name: sp.coo_array(share) for name, share in shares.items()}
    source = np.concatenate([np.full(len(onsets), -1), *(part.coords[0] for part in parts.values())])
    target = np.concatenate([np.arange(len(onsets)), *(part.coords[1] for part in parts.values())])
    along = np.concatenate([np.zeros(0), *(part.data for part in parts.values())])
    network = np.repeat(np.array([None, *parts], dtype=object), [len(onsets), *(part.nnz for part in parts.values())])
    external = 1 - np.bincount(target[len(onsets) :], along, minlength=len(onsets))
    probability = np.concatenate([np.maximum(external, 0.0), along])
    kept = (source < 0) | (probability > 0)
    rows = np.flatnonzero(kept)[np.lexsort((source[kept], target[kept]))]
    table: dict[str, object] = {}
    for prefix, known, at in (("source", sources, source[rows]), ("target", onsets, target[rows])):
        labels = np.array([*known["place"], None], dtype=object)  # row -1: from outside
        table[prefix] = labels[at]
        table["source_date" if prefix == "source" else "date"] = known["date"].reindex(at).reset_index(drop=True)
    return pd.DataFrame(table | {"network": network[rows], "probability": probability[rows]})
