"""Possible parents of onsets, from a fit of their order or times to networks."""

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...inference.likelihood.parents import parent_table
from .hazards import Hazards, Strengths


def network_parents(rates: Hazards, strengths: Strengths) -> pd.DataFrame:
    """Return the share of the rate at each onset that is due to each place that had joined.

    The probability that place j, along network k, preceded place i is s_k · a_ji · susceptible_i / rate_i, where rate_i is the
    whole rate at the onset of i. Spontaneous onsets and growth common to all places, which is no network, are from outside.
    """
    acquisitions, order = rates.acquisitions, rates.acquisitions.order
    susceptible = strengths.susceptible[order]
    rate = susceptible * (strengths.s @ rates.at_onset) + strengths.spontaneous[order]
    shares = {
        name: sp.csr_array((exposure.received[order] * (s * susceptible / rate)[:, None]).T)
        for s, (name, exposure) in zip(strengths.s, rates.exposures.items(), strict=True)
        if name not in rates.common
    }
    joined = (acquisitions.rank >= 0) & (acquisitions.rank < acquisitions.days)
    dates = pd.Series(acquisitions.moments).reindex(np.where(joined, acquisitions.rank, -1))
    sources = pd.DataFrame({"place": acquisitions.places.to_numpy(dtype=object), "date": dates.to_numpy()})
    return parent_table(sources.iloc[order].reset_index(drop=True), sources, shares)
