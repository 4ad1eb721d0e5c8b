"""Exchange of whole places: blocks of like population, and what places of like population do.

A place keeps its series of days; only its position is exchanged. Persistence, repeats and shocks are then part of the null
hypothesis. Blocks and profiles hold what the time of a place owes to its population.
"""

import numpy as np
import scipy.sparse as sp

from ..arrays import FloatArray, IntArray
from .replicates import PermutationBlocks

FEWEST_PLACES = 10
FEWEST_ARRANGEMENTS = 200
BLOCK = 5
"""Places in a block, about: neighbors in the ranking by population."""
LIKE = 8
"""Places that make the profile of a place: the nearest in the ranking by population."""
_MOST_UNKNOWN = 0.1


def ranking_known(population: FloatArray) -> bool:
    """Return whether populations are known of at least nine tenths of the places; the others rank as the smallest."""
    return bool(len(population)) and bool(np.isnan(population).mean() <= _MOST_UNKNOWN)


def population_blocks(population: FloatArray, strata: IntArray | None = None) -> PermutationBlocks:
    """Return blocks of about five places of like population, within strata; whole strata if populations are not known.

    Parameters
    ----------
    population
        Population of each place; NaN where it is not known. Of equal populations, the first place ranks first.
    strata
        Number of the stratum of each place.

    Examples
    --------
    >>> population_blocks(np.array([5.0, 1, 9, 7, 3, 8, 2, 6, 4, 0])).sizes
    array([5, 5])
    """
    n = len(population)
    block = np.zeros(n, dtype=np.int64) if strata is None else np.unique(strata, return_inverse=True)[1]
    if ranking_known(population):
        for rows in _ranked(population, block):
            parts = np.array_split(rows, max(1, round(len(rows) / BLOCK)))
            for number, part in enumerate(parts):
                block[part] = block[part] * n + number
    return PermutationBlocks.of(block)


def like_places(days: FloatArray, population: FloatArray, strata: IntArray | None = None) -> sp.csr_array:
    """Return the weights that make, from the series of all places, what each would do if it did as places of like population.

    Parameters
    ----------
    days
        Number of active days of each place, above 0.
    population
        Population of each place.
    strata
        Number of the stratum of each place.

    Returns
    -------
    csr_array, shape (places, places)
        ``weights @ series`` has, for each place, the days of the eight places nearest in the ranking by population, the place
        itself left out, scaled to its own number of days. In a stratum with fewer places, of all others; a place alone in its
        stratum keeps its own series.

    Examples
    --------
    >>> series = np.array([[2.0, 0], [0, 1], [1, 1]])
    >>> like_places(series.sum(axis=1), np.array([3.0, 2, 1])) @ series
    array([[0.66666667, 1.33333333],
           [0.75      , 0.25      ],
           [1.33333333, 0.66666667]])
    """
    n = len(days)
    rows, columns = [], []
    for ranked in _ranked(population, np.zeros(n, dtype=np.int64) if strata is None else strata):
        width = min(LIKE + 1, len(ranked))
        first = np.clip(np.arange(len(ranked)) - LIKE // 2, 0, len(ranked) - width)
        rows.append(np.repeat(ranked, width))
        columns.append(ranked[(first[:, None] + np.arange(width)).ravel()])
    row, column = np.concatenate(rows), np.concatenate(columns)
    alone = np.bincount(row, minlength=n)[row] == 1
    kept = (row != column) | alone
    others = sp.csr_array((np.ones(kept.sum()), (row[kept], column[kept])), shape=(n, n))
    return sp.csr_array(sp.diags_array(days / (others @ days)) @ others)


def permute_nodes(matrix: sp.csr_array, rows: IntArray) -> sp.csr_array:
    """Return the network in which place i has the ties of place ``rows[i]``."""
    place_of = np.empty_like(rows)
    place_of[rows] = np.arange(len(rows))
    ties = matrix.tocoo()
    source, target = ties.coords
    return sp.csr_array((ties.data, (place_of[source], place_of[target])), shape=matrix.shape)


def cannot_tell(blocks: PermutationBlocks) -> str | None:
    """Return why an exchange of places within these blocks cannot show anything, or None."""
    places = len(blocks)
    if places < FEWEST_PLACES:
        return f"only {places} {'place was' if places == 1 else 'places were'} active; exchanging places needs at least {FEWEST_PLACES}"
    if blocks.log_arrangements(np.arange(len(blocks))) < np.log(FEWEST_ARRANGEMENTS):
        return f"places can be exchanged in fewer than {FEWEST_ARRANGEMENTS} ways"
    return None


def _ranked(population: FloatArray, block: IntArray) -> list[IntArray]:
    """Return the places of each stratum, largest first; unknown populations rank last."""
    order = np.lexsort((np.arange(len(block)), -np.nan_to_num(population, nan=-1.0), block))
    return np.split(order, np.flatnonzero(np.diff(block[order])) + 1)
