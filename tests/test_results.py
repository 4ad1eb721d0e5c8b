"""What every result has in common: a sentence that reads as one, a table, and HTML in which text stays text."""

import pytest

import protestspread as ps

FEW = {"permutations": 19, "rng": 1}
LIMITS = {"within_km": 300, "within_days": 1}


@pytest.fixture(scope="module")
def given(case):
    cities = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"] & case.events["city"].isin(cities.index)]
    window = {"start": "2022-01-01", "end": "2022-01-08"}
    panel = ps.count_events(events, cities, observed=case.coverage, **window)
    graphs = {"near": ps.nearest_graph(cities, k=3), "rank": ps.hierarchy_graph(cities)}
    return events, cities, panel, ps.onsets(panel), graphs


RESULTS = {
    "knox_test": lambda events, *_: ps.knox_test(events, **LIMITS, **FEW),
    "knox_ladder": lambda events, *_: ps.knox_ladder(events, **LIMITS, **FEW),
    "max_knox_test": lambda events, *_: ps.max_knox_test(events, km_bands=(100, 300), day_bands=(0, 1), **FEW),
    "jacquez_test": lambda events, *_: ps.jacquez_test(events, k=3, **FEW),
    "space_time_k_test": lambda events, *_: ps.space_time_k_test(
        events, within_km=(100, 300), within_days=(0, 1), **FEW
    ),
    "spread_signatures": lambda _, __, panel, ___, graphs: ps.spread_signatures(panel, graphs["near"], **FEW),
    "front_speed": lambda _, cities, __, onsets, ___: ps.front_speed(
        onsets, cities, origin="Zhanaozen", observed_until="2022-01-08", **FEW
    ),
    "no front": lambda _, cities, __, onsets, ___: ps.front_speed(onsets[:2], cities, origin=onsets.index[0], **FEW),
    "decompose_diffusion": lambda _, cities, __, onsets, ___: ps.decompose_diffusion(
        onsets, cities, observed_until="2022-01-08", simulations=0, rng=1
    ),
    "compare_networks": lambda *given: ps.compare_networks(given[3], given[4], placebos=2, rng=1),
    "fit_oada": lambda *given: ps.fit_oada(given[3], given[4]["rank"]),
    "likelihood ratio": lambda *given: ps.fit_oada(given[3], given[4]["rank"]).likelihood_ratio(),
    "fit_tada": lambda *given: ps.fit_tada(given[3], given[4]["rank"], observed_until="2022-01-08"),
}


@pytest.mark.parametrize("name", RESULTS)
@pytest.mark.filterwarnings("ignore::protestspread.DataWarning")
def test_the_sentence_has_a_capital_and_a_period(given, name):
    result = RESULTS[name](*given)
    assert result.sentence[0].isupper() or result.sentence[0].isdigit()
    assert result.sentence.endswith((".", ".)"))
    assert ".." not in result.sentence
    assert len(result.to_frame())
    assert result.sentence.split("\n")[0][:40] in repr(result)
