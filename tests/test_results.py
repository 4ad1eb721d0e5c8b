"""What every result has in common: a sentence that reads as one, a table, and a plot."""

import inspect

import pytest
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.results import Result

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


def history(_, cities, __, onsets, graphs):
    return ps.fit_event_history(onsets, {"near": graphs["near"]}, cities=cities, observed_until="2022-01-08")


RESULTS = {
    "knox_test": lambda events, *_: ps.knox_test(events, **LIMITS, **FEW),
    "mantel_test": lambda events, *_: ps.mantel_test(events, offset_km=10, offset_days=1, **FEW),
    "moran_over_time": lambda *given: ps.moran_over_time(given[2], given[4]["near"], **FEW),
    "join_counts_over_time": lambda *given: ps.join_counts_over_time(given[2], given[4]["near"], **FEW),
    "local_moran_over_time": lambda *given: ps.local_moran_over_time(given[2], given[4]["near"], **FEW),
    "lagged_moran_over_time": lambda *given: ps.lagged_moran_over_time(given[2], given[4]["near"], given[1], **FEW),
    "local_lagged_moran_over_time": lambda *given: ps.local_lagged_moran_over_time(
        given[2], given[4]["near"], given[1], **FEW
    ),
    "getis_ord_over_time": lambda *given: ps.getis_ord_over_time(given[2], given[4]["near"], **FEW),
    "centers_over_time": lambda *given: ps.centers_over_time(given[2], given[1], draws=19, rng=1),
    "knox_ladder": lambda events, *_: ps.knox_ladder(events, **LIMITS, **FEW),
    "local_knox": lambda events, *_: ps.local_knox(events, **LIMITS, **FEW),
    "max_knox_test": lambda events, *_: ps.max_knox_test(events, km_bands=(100, 300), day_bands=(0, 1), **FEW),
    "jacquez_test": lambda events, *_: ps.jacquez_test(events, k=3, **FEW),
    "scan_statistic": lambda events, cities, *_: ps.scan_statistic(events, cities, within_km=300, within_days=3, **FEW),
    "space_time_k_test": lambda events, *_: ps.space_time_k_test(
        events, within_km=(100, 300), within_days=(0, 1), **FEW
    ),
    "response_test": lambda events, *_: ps.response_test(events, first="protest", then="riot", **LIMITS, **FEW),
    "response_test that cannot tell": lambda events, *_: ps.response_test(
        events[:30], first="riot", then="road_blockade", within_km=0, within_days=1, **FEW
    ),
    "spread_signatures": lambda _, cities, panel, ___, graphs: ps.spread_signatures(
        panel, graphs["near"], cities, **FEW
    ),
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
    "fit_event_history": history,
    "comparison of fits": lambda *given: history(*given).compare(history(*given).without("near")),
    "placebo_test": lambda *given: history(*given).placebo_test(permutations=19, rng=1),
    "falsify": lambda _, cities, __, onsets, graphs: ps.falsify(
        ps.fit_oada(onsets, graphs["near"]), cities, rivals=["common shock"], draws=39, rng=1
    ),
    "placebo_test that cannot tell": lambda *given: history(*given).placebo_test(permutations=9, rng=1),
    "fit_endemic_epidemic": lambda *given: ps.fit_endemic_epidemic(given[2], given[4]["near"]),
    "decompose_channels": lambda *given: ps.decompose_channels(given[2], given[4]["near"]),
    "thresholds": lambda *given: ps.thresholds(given[3], given[4]["near"]),
    "structural_dependence_test": lambda *given: ps.structural_dependence_test(given[3], given[4]["near"], **FEW),
    "secondary_attack_rate": lambda *given: ps.secondary_attack_rate(
        given[3], given[4]["near"], within_days=2, observed_until="2022-01-08"
    ),
    "growth_ratio": lambda *given: ps.growth_ratio(given[2], serial_interval=[0.5, 0.3, 0.2], window_days=3),
    "reproduction": lambda *given: ps.reproduction(ps.transmission_tree(ps.fit_oada(given[3], given[4]["near"]))),
    "no reproduction": lambda *given: ps.reproduction(
        ps.transmission_tree(given[3], given[4]["near"], delay=[0.2] * 5, external=0.1)
    ),
    "change_after": lambda *given: ps.change_after(
        ps.fit_endemic_epidemic(given[2], None, family="poisson", endemic=ps.Terms(), own=None, neighbors=None),
        "2022-01-05",
        rule="given",
        draws=19,
        rng=1,
    ),
    "backtest": lambda *given: ps.backtest(
        lambda past, graph: ps.fit_tada(ps.onsets(past), graph, observed_until=past.index[-1]),
        given[2],
        given[4]["near"],
        start="2022-01-05",
        draws=20,
        rng=1,
    ),
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
    ax = Figure((8, 5)).add_axes((0.1, 0.1, 0.8, 0.8))
    assert result.plot(ax=ax, title="$T$") is ax
    assert ax.get_title(loc="left").startswith("$T$")
    ax.figure.canvas.draw()


def subclasses(kind):
    """Return the concrete classes of the library below a class."""
    below = {one for child in kind.__subclasses__() for one in (child, *subclasses(child))}
    return {one for one in below if one.__module__.startswith("protestspread.") and not inspect.isabstract(one)}


def test_every_class_of_result_says_what_its_claims_do_not_show():
    """Each has caveats of its own; the base of permutation tests knows no claim."""
    for name in ps.__all__:
        getattr(ps, name)
    silent = {one.__name__ for one in subclasses(Result) if one.caveats is Result.caveats}
    assert silent == {"PermutationResult"}


@pytest.mark.filterwarnings("ignore::protestspread.DataWarning")
@pytest.mark.parametrize("name", RESULTS)
def test_caveats_are_sentences_and_are_printed_with_a_claim(given, name):
    result = RESULTS[name](*given)
    for text in result.caveats:
        assert text[0].isupper() or not text[0].isalpha()
        assert text.endswith(".")
        assert text in result.statement
        assert text[:60] in repr(result) or "<Fit" in repr(result)
    claimed = ("consistent with", "significantly larger", "significantly more", "more frequent")
    nothing = ("not significantly", "none of", "no value is", "no signature")
    if any(words in result.sentence for words in claimed) and not any(words in result.sentence for words in nothing):
        assert result.caveats, result.sentence


@pytest.mark.filterwarnings("ignore::protestspread.DataWarning")
def test_every_class_of_result_is_among_those_above(given):
    """A new result, fit or likelihood ratio is added above, so that its sentence, table and plot are tested."""
    for name in ps.__all__:
        getattr(ps, name)
    made = {type(make(*given)) for make in RESULTS.values()}
    # see tests/inference/test_permutation_test.py and tests/stats/test_summaries.py
    assert {kind.__name__ for kind in subclasses(Result) - made} == {"PermutationResult", "SpreadSummary"}
