"""Signatures of spread: a worked example, a directed graph by hand, all permutations, and calibration."""

import geopandas as gpd
import joblib
import numba
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.inference import replicates
from protestspread.kernels import dispatch
from protestspread.stats.signatures import SIGNATURES, spread_signatures

AROUND = np.arange(6)
RING = ps.DiffusionGraph.from_edges(
    pd.DataFrame({"source": [*AROUND, *AROUND], "target": [*(AROUND + 1) % 6, *(AROUND - 1) % 6]}), range(6)
)


def panel_of(*rows):
    counts = [[int(character) for character in row] for row in rows]
    return pd.DataFrame(counts, index=pd.date_range("2022-01-01", periods=len(rows), name="date"))


TOY = panel_of("100000", "110000", "011010", "000010", "000100")


def by_step(result):
    return result.table["statistic"].unstack("signature")  # noqa: PD010


def seen(result):
    """Return the counts above 0 of each step."""
    table = by_step(result)
    return [{name: int(count) for name, count in row.items() if count} for row in table.to_dict("records")]


def test_the_worked_example():
    assert seen(spread_signatures(TOY, RING, permutations=9, rng=1)) == [
        {"escalation": 1, "adjacent_onset": 1},
        {"escalation": 1, "extinction": 1, "flashpoint": 1, "adjacent_onset": 1},
        {"containment": 1, "extinction": 2},
        {"relocation": 1, "adjacent_onset": 1},
    ]


def test_influence_runs_one_way():
    """A can influence B; B cannot influence A."""
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    days = pd.date_range("2022-01-01", periods=2, name="date")
    forward = pd.DataFrame({"A": [1, 1], "B": [0, 1]}, index=days)
    backward = pd.DataFrame({"A": [0, 1], "B": [1, 1]}, index=days)
    assert seen(spread_signatures(forward, graph, permutations=9, rng=1)) == [{"escalation": 1, "adjacent_onset": 1}]
    assert seen(spread_signatures(backward, graph, permutations=9, rng=1)) == [{"containment": 1, "flashpoint": 1}]


@given(st.integers(0, 10**6))
def test_every_place_is_in_one_signature_at_most_and_active_ones_in_one(seed):
    rng = np.random.default_rng(seed)
    panel = pd.DataFrame(rng.poisson(0.4, (6, 6)), index=pd.date_range("2022-01-01", periods=6, name="date"))
    table = by_step(spread_signatures(panel, RING, permutations=1, rng=1))
    active = panel.to_numpy() > 0
    before = table[["containment", "escalation", "relocation", "extinction"]].sum(axis=1)
    assert before.tolist() == active[:-1].sum(axis=1).tolist()
    still = table[["containment", "escalation"]].sum(axis=1)
    new = table[["flashpoint", "adjacent_onset"]].sum(axis=1)
    assert (still + new).tolist() == active[1:].sum(axis=1).tolist()


NAMES = [f"p{k:02d}" for k in range(12)]
WIDE = ps.DiffusionGraph.from_edges(
    pd.DataFrame({"source": [*NAMES, *NAMES], "target": [*NAMES[1:], NAMES[0], NAMES[-1], *NAMES[:-1]]}), NAMES
)
PLACES = gpd.GeoDataFrame(
    {"population": np.arange(12, 0, -1) * 1e4}, index=pd.Index(NAMES, name="city"),
    geometry=gpd.points_from_xy(np.arange(12), [50] * 12), crs=4326,
)  # fmt: skip


def wide(seed, days=8, rate=0.3):
    rng = np.random.default_rng(seed)
    counts = rng.poisson(rate, (days, 12))
    counts[rng.integers(0, days, 12), np.arange(12)] += 1  # each place is active
    return pd.DataFrame(counts, pd.date_range("2022-01-01", periods=days, name="date"), NAMES)


def test_expectation_and_p_value_are_those_of_all_exchanges_within_blocks():
    """Two blocks of six places: 200 exchanges drawn here by a loop, each counted anew."""
    panel, rng = wide(1), np.random.default_rng(2)
    drawn = []
    for _ in range(200):
        order = np.r_[rng.permutation(6), 6 + rng.permutation(6)]
        moved = pd.DataFrame(panel.to_numpy()[:, order], panel.index, NAMES)
        drawn.append(spread_signatures(moved, WIDE, permutations=1, rng=1).totals["statistic"].to_numpy())
    drawn = np.array(drawn)
    found = spread_signatures(panel, WIDE, PLACES, permutations=4999, alternative="greater", rng=3).totals
    error = 4 * drawn.std(axis=0) / np.sqrt(200) + 1e-9
    assert (np.abs(found["expected"] - drawn.mean(axis=0)) < error).all()
    p = (drawn >= found["statistic"].to_numpy()).mean(axis=0)
    assert np.abs(found["p_value"] - p).max() < 4 * np.sqrt(0.25 / 200)


def test_places_are_exchanged_whole_and_only_active_ones():
    panel = wide(1)
    idle = panel.assign(p03=0)  # eleven active places
    found = spread_signatures(idle, WIDE, PLACES, permutations=99, rng=1)
    assert found.reason is None
    steps = found.totals.loc[["containment", "escalation", "relocation", "extinction"]]
    active = (idle.to_numpy() > 0)[:-1].sum()
    assert steps["statistic"].sum() == active == pytest.approx(steps["expected"].sum())  # every draw has all place-days


def test_one_seed_gives_the_same_result_for_any_order_of_places():
    panel = wide(3)
    tables = [
        spread_signatures(panel[names], WIDE, PLACES, permutations=99, rng=5).totals
        for names in (NAMES, NAMES[::-1], sorted(NAMES, key=hash))
    ]
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


@pytest.mark.long
@pytest.mark.parametrize("compiled", [False, True])
def test_one_thread_or_two_any_chunk_other_processes(compiled, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    monkeypatch.setattr(replicates, "_THREADS_PAY", 1.0)
    panel = wide(4)
    expected = spread_signatures(panel, WIDE, PLACES, permutations=99, rng=5)

    def same():
        found = spread_signatures(panel, WIDE, PLACES, permutations=99, rng=5)
        pd.testing.assert_frame_equal(found.table, expected.table, check_exact=True)
        pd.testing.assert_frame_equal(found.totals, expected.totals, check_exact=True)

    before = numba.get_num_threads()
    for threads in {1, before}:
        numba.set_num_threads(threads)
        try:
            same()
        finally:
            numba.set_num_threads(before)
    monkeypatch.setattr(replicates, "WIDEST", 7)
    same()
    monkeypatch.setattr(replicates, "_WORKERS_PAY", 1.0)
    with joblib.parallel_config(backend="loky", n_jobs=2):
        same()


@pytest.mark.long
def test_the_familywise_error_rate_is_kept_under_campaigns():
    """150 worlds in which each place runs its own campaign of four days: any adjusted p ≤ 0.1 in about 10% of them."""
    rng = np.random.default_rng(1)
    found = []
    for world in range(150):
        counts = np.zeros((30, 12), dtype=int)
        for place, day in enumerate(rng.integers(0, 27, 12)):
            counts[day : day + 4, place] = 1
        panel = pd.DataFrame(counts, pd.date_range("2022-01-01", periods=30, name="date"), NAMES)
        totals = spread_signatures(panel, WIDE, PLACES, permutations=99, rng=world).totals
        found.append((totals["adjusted_p_value"] <= 0.1).any())
    assert np.mean(found) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 150)


def test_contagion_is_found():
    line = np.arange(29)
    graph = ps.DiffusionGraph.from_edges(
        pd.DataFrame({"source": [*line, *line + 1], "target": [*line + 1, *line]}), range(30)
    )
    model = ps.EndemicEpidemicModel(endemic=0.01, own=0.3, neighbors=0.65)
    panel = ps.simulate(model, graph, seeds={15: 5}, days=60, rng=3)
    population = np.random.default_rng(1).permutation(30) + 1.0
    places = gpd.GeoDataFrame(
        {"population": population},
        index=pd.Index(range(30), name="city"),
        geometry=gpd.points_from_xy(range(30), [0] * 30),
        crs=4326,
    )
    result = spread_signatures(panel, graph, places, rng=1)
    flashpoint = result.totals.loc["flashpoint"]
    assert flashpoint["adjusted_p_value"] < 0.05
    assert flashpoint["z_score"] < 0  # under contagion, fewer places become active on their own
    assert result.totals.loc["adjacent_onset", "z_score"] > 0
    assert result.caveats == ("A cause that neighboring places share looks the same.",)


@pytest.mark.long
def test_the_sentence_the_table_and_the_plot():
    import matplotlib.figure

    result = spread_signatures(wide(1), WIDE, PLACES, permutations=999, rng=1)
    assert (
        "of 12 places in 8 time slices, compared with places of like population exchanged, each with its days"
        in repr(result)
    )
    assert "no signature differs significantly" in result.sentence
    assert result.caveats == ()
    assert list(result.to_frame().index) == list(SIGNATURES)
    assert "<table" in result._repr_html_()
    ax = result.plot(ax=matplotlib.figure.Figure().add_subplot(), title="$x$")
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "adjacent onset"


def test_unobserved_ends_are_cut_off(panel, case):
    """The last three days of the bundled panel are unobserved."""
    graph = ps.nearest_graph(case.cities, k=4)
    whole = spread_signatures(panel, graph, permutations=19, rng=1)
    observed = spread_signatures(panel.dropna(), graph, permutations=19, rng=1)
    pd.testing.assert_frame_equal(whole.table, observed.table)
    assert whole.table.index.get_level_values("date").max() == panel.dropna().index[-1]


@pytest.mark.parametrize(
    ("panel", "match"),
    [
        (
            TOY.astype(float).where(TOY.index.to_series() != "2022-01-03", axis=0),
            "^panel must have no missing values .*missing for 0, 1, .* on 2022-01-03",
        ),
        (TOY.astype(float).mask(TOY > 0, 0.5), "^panel must hold counts, whole numbers"),
        (-TOY, "^panel must hold counts, whole numbers"),
        (500 * TOY, "^panel must hold counts of reports; its median where a place was active is 500.*pass at_least"),
        (TOY.iloc[:1], "^panel must have at least two observed rows; got 1"),
        (TOY.astype(float) * np.nan, "^panel must have at least two observed rows; got 0"),
        (TOY.rename(columns={0: "zero"}), "zero"),
    ],
)
def test_invalid_panels_are_refused(panel, match):
    with pytest.raises(ps.DataError, match=match):
        spread_signatures(panel, RING)


def test_invalid_options_are_refused():
    with pytest.raises(ps.DataError, match="permutations"):
        spread_signatures(TOY, RING, permutations=0)
    with pytest.raises(ps.DataError, match="more"):
        spread_signatures(TOY, RING, alternative="more")
    with pytest.raises(ps.DataError, match=r"^graph must have ties"):
        spread_signatures(TOY, ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [], "target": []}), range(6)))


def test_attendance_needs_the_number_from_which_a_place_is_active():
    panel = wide(1)
    found = spread_signatures(500.5 * panel, WIDE, PLACES, at_least=400, permutations=19, rng=1)
    pd.testing.assert_frame_equal(found.totals, spread_signatures(panel, WIDE, PLACES, permutations=19, rng=1).totals)
    with pytest.raises(ps.DataError, match=r"^at_least must be"):
        spread_signatures(panel, WIDE, at_least=0)


@pytest.mark.parametrize(
    ("panel", "places", "reason"),
    [
        (0 * wide(1), PLACES, "no place was active"),
        (wide(1) * (np.arange(12) < 8), PLACES, "only 8 places were active"),
        (wide(1), None, "the populations of the places are not known; pass places with a column population"),
        (wide(1), PLACES.drop(columns="population"), "the populations of the places are not known"),
    ],
)
def test_data_that_cannot_be_tested_have_a_reason(panel, places, reason):
    result = spread_signatures(panel, WIDE, places, permutations=19, rng=1)
    assert reason in result.reason
    assert reason in result.sentence
    assert result.totals["p_value"].isna().all()
    assert result.table["adjusted_p_value"].isna().all()
    assert result.totals["statistic"].notna().all()
