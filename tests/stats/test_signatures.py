"""Signatures of spread: a worked example, a directed graph by hand, all permutations, and calibration."""

import itertools

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


def test_expectation_and_p_value_are_those_of_all_orders_of_the_dates():
    """Five events, dates 0, 0, 1, 1, 2: all 30 different ways to date them."""
    panel = panel_of("110000", "010100", "000100")
    place = np.array([0, 1, 1, 3, 3])
    drawn = []
    for dates in itertools.permutations([0, 0, 1, 1, 2]):
        counts = np.zeros((3, 6), dtype=int)
        np.add.at(counts, (np.array(dates), place), 1)
        other = panel_of(*("".join(map(str, row)) for row in counts))
        drawn.append(spread_signatures(other, RING, permutations=1, rng=1).totals["statistic"].to_numpy())
    drawn = np.array(drawn)
    found = spread_signatures(panel, RING, permutations=20_000, alternative="greater", rng=3).totals
    assert np.abs(found["expected"] - drawn.mean(axis=0)).max() < 4 * drawn.std(axis=0).max() / np.sqrt(20_000)
    p = (drawn >= found["statistic"].to_numpy()).mean(axis=0)
    varies = found["p_value"].notna()
    assert np.abs(found["p_value"] - p)[varies].max() < 4 * np.sqrt(0.25 / 20_000)


def test_margins_are_kept(monkeypatch):
    """Each draw has as many events in each row as were observed."""
    drawn = []
    original = replicates.shuffle_within_blocks

    def spied(values, *given, **options):
        out = original(values, *given, **options)
        drawn.append((np.sort(values), np.sort(out, axis=0)))
        return out

    monkeypatch.setattr(replicates, "shuffle_within_blocks", spied)
    spread_signatures(TOY, RING, permutations=50, rng=1)
    assert all((out == values[:, None]).all() for values, out in drawn)


@pytest.mark.long
@pytest.mark.parametrize("compiled", [False, True])
def test_one_thread_or_two_any_chunk_other_processes(compiled, monkeypatch):
    monkeypatch.setattr(dispatch, "FORCED", compiled)
    monkeypatch.setattr(replicates, "_THREADS_PAY", 1.0)
    expected = spread_signatures(TOY, RING, permutations=99, rng=5)

    def same():
        found = spread_signatures(TOY, RING, permutations=99, rng=5)
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
def test_the_familywise_error_rate_is_kept():
    """150 worlds with random dates: any of the six totals has adjusted p ≤ 0.1 in about 10% of them."""
    rng = np.random.default_rng(1)
    found = []
    for world in range(150):
        share = rng.dirichlet(np.ones(6))
        counts = rng.multinomial(rng.poisson(2.0, 12), share)
        panel = pd.DataFrame(counts, index=pd.date_range("2022-01-01", periods=12, name="date"))
        totals = spread_signatures(panel, RING, permutations=99, rng=world).totals
        found.append((totals["adjusted_p_value"] <= 0.1).any())
    assert np.mean(found) <= 0.1 + 3 * np.sqrt(0.1 * 0.9 / 150)


def test_contagion_is_found():
    line = np.arange(29)
    graph = ps.DiffusionGraph.from_edges(
        pd.DataFrame({"source": [*line, *line + 1], "target": [*line + 1, *line]}), range(30)
    )
    model = ps.EndemicEpidemicModel(endemic=0.01, own=0.3, neighbors=0.65)
    panel = ps.simulate(model, graph, seeds={15: 5}, days=60, rng=3)
    flashpoint = spread_signatures(panel, graph, rng=1).totals.loc["flashpoint"]
    assert flashpoint["adjusted_p_value"] < 0.05
    assert flashpoint["z_score"] < 0  # under contagion, fewer places become active on their own


@pytest.mark.long
def test_the_sentence_the_table_and_the_plot():
    import matplotlib.figure

    result = spread_signatures(TOY, RING, permutations=999, rng=1)
    assert "For 8 events at 5 places in 5 time slices, compared with dates shuffled over the events" in repr(result)
    assert "escalation is more frequent (2 observed, 0.4 expected" in result.sentence
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
        (TOY.astype(float).mask(TOY > 0, 0.5), "^panel must hold whole numbers"),
        (-TOY, "^panel must hold whole numbers"),
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


@pytest.mark.parametrize(
    ("panel", "reason"),
    [
        (0 * TOY, "there are no events"),
        (panel_of("000000", "121000"), "one slice or place"),
        (panel_of("100000", "100000", "200000"), "one slice or place"),
    ],
)
def test_data_that_cannot_be_tested_have_a_reason(panel, reason):
    result = spread_signatures(panel, RING, permutations=19, rng=1)
    assert reason in result.reason
    assert reason in result.sentence
    assert result.totals["p_value"].isna().all()
    assert result.table["adjusted_p_value"].isna().all()
