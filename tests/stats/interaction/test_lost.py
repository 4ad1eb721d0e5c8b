"""Events without a point are left out of every test of interaction, and its result says how many."""

import pytest

import protestspread as ps

DRAWS = {"permutations": 19, "rng": 1}
TESTS = {
    "knox": lambda events: ps.knox_test(events, within_km=200, within_days=1, **DRAWS),
    "ladder": lambda events: ps.knox_ladder(events, within_km=200, within_days=1, **DRAWS),
    "max_knox": lambda events: ps.max_knox_test(events, km_bands=(100, 200), day_bands=(1, 2), **DRAWS),
    "mantel": lambda events: ps.mantel_test(events, offset_km=10, offset_days=1, **DRAWS),
    "jacquez": lambda events: ps.jacquez_test(events, k=3, **DRAWS),
    "space_time_k": lambda events: ps.space_time_k_test(events, within_km=(100, 200), within_days=(1, 2), **DRAWS),
}


@pytest.mark.filterwarnings("ignore:events have no city")
@pytest.mark.parametrize("name", TESTS)
def test_what_is_left_out_is_counted_and_said(case, name):
    events = case.events.copy()
    events.loc[events.index[[3, 8]], "geometry"] = None
    found = TESTS[name](events)  # without a warning, because locate_events has warned of them
    whole = TESTS[name](events.drop(index=events.index[[3, 8]]))
    assert dict(found.lost) == {"no_point": 2}
    assert "2 events were left out: 2 without a point." in found.statement
    assert not whole.lost
    assert "left out" not in whole.statement
    assert found.to_frame().equals(whole.to_frame())
