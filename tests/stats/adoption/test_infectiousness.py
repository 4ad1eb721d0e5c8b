import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps


@pytest.mark.parametrize(
    ("options", "infectious", "susceptible"),
    [
        ({"within_days": 1}, 0.007789501, 0.013608392),
        ({"within_days": 2}, 0.007412662, 0.010182202),
        ({"within_days": 2, "discount": 0.1}, 0.006393039, 0.008378994),
    ],
)
def test_numbers_of_netdiffuser(doctors, options, infectious, susceptible):
    """It gives 0 where the measure is not defined."""
    found = ps.infectiousness(*doctors, **options)
    assert found.fillna(0).mean() == pytest.approx(infectious, abs=1e-9)
    assert ps.susceptibility(*doctors, **options).fillna(0).mean() == pytest.approx(susceptible, abs=1e-9)
    assert found.index.equals(doctors[0].index)


def filled(values):
    return [-1 if np.isnan(value) else round(value, 9) for value in values]


def test_the_toy_of_netdiffuser(toy):
    one, two = ({"within_days": days, "observed_until": 6} for days in (1, 2))
    assert filled(ps.infectiousness(*toy, **one)) == [0.5, 0, -1, 0, -1, -1]
    assert filled(ps.susceptibility(*toy, **one)) == [-1, 1, 0, -1, 0, -1]
    assert filled(ps.infectiousness(*toy, **two)) == [0.266666667, 0.111111111, -1, 0.222222222, -1, -1]
    assert filled(ps.susceptibility(*toy, **two)) == [-1, 1, 0.111111111, -1, 0.111111111, -1]
    assert filled(ps.infectiousness(*toy, **two, per_joiner=False)) == [0.4, 0.166666667, -1, 0.333333333, -1, -1]


def by_definition(onsets, weights, within_days, discount, per_joiner):
    """Infectiousness, cell by cell."""
    when, last = onsets.to_numpy(), onsets.max()
    found = []
    for i, day in enumerate(when):
        soon = later = joiners = 0.0
        for k in range(1, within_days + 1):
            if np.isnan(day) or day + k > last:
                continue
            weight = 1 / k if discount is None else (1 + discount) ** (1 - k)
            soon += weight * sum(weights[i, j] for j in range(len(when)) if when[j] == day + k)
            later += weight * sum(weights[i, j] for j in range(len(when)) if when[j] >= day + k)
            joiners += weight * (when == day + k).sum()
        below = later * joiners if per_joiner else later
        found.append(np.nan if not later else soon / below if below else 0.0)
    return found


@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from([None, 0, 0.3]), st.booleans())
def test_definition_and_mirror_image(seed, within_days, discount, per_joiner):
    rng = np.random.default_rng(seed)
    n = 9
    weights = np.where(rng.random((n, n)) < 0.4, rng.random((n, n)), 0) * (1 - np.eye(n))
    ties = [(i, j, weights[i, j]) for i, j in zip(*np.nonzero(weights), strict=True)]
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame(ties, columns=["source", "target", "weight"]), nodes=range(n))
    onsets = pd.Series(np.where(rng.random(n) < 0.8, rng.integers(1, 6, n), np.nan))
    onsets[0] = 3.0
    options = {"within_days": within_days, "discount": discount, "per_joiner": per_joiner}
    found = ps.infectiousness(onsets, graph, **options)
    np.testing.assert_allclose(found, by_definition(onsets, weights, **options))
    mirror = ps.susceptibility(10 - onsets, graph.reverse(), **options)
    np.testing.assert_allclose(mirror, by_definition(onsets, weights, **options))


def test_spells_are_the_mean_over_entries(returning):
    """Place 3 begins on days 2 and 7: on day 3, 2 of the places that it reaches (4: none); place 4 begins on 4 and 6."""
    found = ps.infectiousness(*returning, within_days=2, per_joiner=False)
    # 3 → 4: begins on day 4, two days after day 2: (0 + 1/2) / (1 + 1/2); on day 7 nobody can follow any more: NaN
    assert found[3] == pytest.approx(1 / 3)
    # 4 → 5 (.5, begins on day 6) and 6 (never): from day 4, (1/2 · .5) / (.5 + .5/2); from day 6, none after it
    assert found[4] == pytest.approx(1 / 3)
    assert np.isnan(found[6])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"within_days": 0}, "within_days must be a whole number"),
        ({"discount": -1}, "discount must be a number of at least 0"),
        ({"per_joiner": 2}, "per_joiner must be True or False"),
        ({"observed_until": 3}, "observed_until must be at or after the last onset"),
        ({"graph": None}, "graph must be a DiffusionGraph"),
    ],
)
@pytest.mark.parametrize("measure", [ps.infectiousness, ps.susceptibility])
def test_bad_input(toy, measure, change, message):
    with pytest.raises(ps.DataError, match=message):
        measure(**dict(zip(("data", "graph"), toy, strict=True)) | change)


def test_all_on_one_day(toy):
    same = pd.Series(1, index=toy[0].index)
    assert ps.infectiousness(same, toy[1]).isna().all()
    assert ps.susceptibility(same, toy[1]).isna().all()
