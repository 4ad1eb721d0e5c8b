import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from protestspread.errors import DataError
from protestspread.exposures import until_onset as module
from protestspread.models.nbda.acquisitions import Acquisitions


@given(st.integers(0, 10**6), st.integers(1, 12), st.booleans(), st.booleans())
def test_exposure_day_by_day_is_that_of_a_loop(seed, days, with_seeds, dense):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 25))
    onsets = pd.Series(rng.integers(1, days + 1, n).astype(float))
    onsets[rng.random(n) < 0.3] = np.nan
    weights = np.where(rng.random((n, n)) < 0.4, rng.random((n, n)), 0) * (1 - np.eye(n))
    try:
        acquisitions = Acquisitions.of(onsets, "first day" if with_seeds else None)
    except DataError:
        return  # nobody joined, or all as seeds
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_DENSE", 10**6 if dense else 0)
        exposure = acquisitions.exposure(sp.csr_array(weights))
    assert isinstance(exposure.while_waiting, np.ndarray) == dense
    susceptibility, rank = rng.random(n), acquisitions.rank
    expected = np.zeros(acquisitions.days)
    by_place = np.zeros(n)
    weight = rng.random(acquisitions.days)
    for day in range(acquisitions.days):
        reached = weights.T @ (rank < day)
        expected[day] = (susceptibility * reached)[rank > day].sum()
        by_place += weight[day] * np.where(rank > day, reached, 0)
    assert exposure.by_day(susceptibility, acquisitions.days) == pytest.approx(expected, abs=1e-12)
    assert exposure.by_place(weight) == pytest.approx(by_place, abs=1e-12)
    at_onset = [weights[:, place] @ (rank < rank[place]) for place in acquisitions.order]
    assert exposure.at_onset == pytest.approx(np.array(at_onset), abs=1e-12)


def test_no_table_of_places_by_days():
    """2,000 places that join one after the other, each tied to the next ten: spans, not days, are kept."""
    n = 2000
    source = np.repeat(np.arange(n), 10)
    target = (source + np.tile(np.arange(1, 11), n)) % n
    matrix = sp.csr_array((np.ones(len(source)), (source, target)), shape=(n, n))
    onsets = pd.Series(np.random.default_rng(1).permutation(n).astype(float))
    exposure = Acquisitions.of(onsets).exposure(matrix)
    assert exposure.while_waiting.nnz < 2 * len(source) * np.log2(n) < n * n / 8
