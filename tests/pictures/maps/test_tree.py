"""Trees of spells, whose places are targets several times, on maps, in frames, films and pages; matrices of regions."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps


@pytest.fixture(scope="module")
def spells(case):
    """Counts by city, and the tree of their spells: Taldykorgan has two."""
    cities = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"] & case.events["city"].isin(cities.index)]
    counts = ps.count_events(events, cities, start="2022-01-01", end="2022-01-08")
    tree = ps.transmission_tree(ps.spells(counts), cities, delay=[0.5, 0.3, 0.2], external=0.05, decay_km=200)
    assert len(tree.onsets) > tree.onsets["target"].nunique()
    return counts, tree


def test_a_map_has_an_arrow_for_each_spell(case, spells):
    _, tree = spells
    ax = ps.plot_tree(tree, case.cities, case.regions, ax=Figure((8, 5)).add_axes((0, 0, 1, 0.9)), at_least=0.2)
    (arrows,) = [found for found in ax.collections if found.get_gid() == "arrows"]
    shown = tree.edges[tree.edges["probability"] >= 0.2]
    assert sorted(arrows.get_linewidths()) == pytest.approx(sorted(0.3 + 4 * shown["probability"]))
    (ring,) = [line for line in ax.lines if line.get_gid() == "from outside"]
    assert len(ring.get_xdata()) == (tree.external > 0.5).sum()


def test_arrows_appear_with_each_spell(spells):
    counts, tree = spells
    made = ps.frames(counts, tree=tree, at_least=0.0)
    for frame in made:
        until = tree.table[tree.table["date"] <= frame.date]
        assert len(frame.arrows) == len(until)


def test_films_and_pages_take_trees_of_spells(case, spells):
    counts, tree = spells
    panel = ps.aggregate_panel(counts, case.cities["region_id"]).reindex(columns=case.regions.index, fill_value=0)
    by_city = counts.reindex(columns=case.cities.index, fill_value=0)
    film = ps.animate_spread(
        panel.iloc[6:7], case.regions, cities=case.cities, city_panel=by_city.iloc[6:7], tree=tree, size=(400, 300)
    )
    assert isinstance(film, ps.SpreadAnimation)  # which checks the arrows; tests/pictures/animation draw them
    page = ps.spread_map(
        panel, case.regions, cities=case.cities, city_panel=by_city, tree=tree, engine="canvas", min_count=2
    )
    assert "Taldykorgan" in page.to_html()


def test_the_matrix_is_drawn_with_the_outside_apart(case, spells):
    _, tree = spells
    names = case.cities["region_id"].map(case.regions["name"])
    ax = tree.plot(strata=names, ax=Figure((9, 7)).add_subplot(), title="From region to region")
    values = tree.by_region(names)
    rows = [label.get_text() for label in ax.get_yticklabels()]
    assert rows == values.index.tolist()
    assert rows[-1] == "outside"
    assert ax.get_yticks()[-1] - ax.get_yticks()[-2] > 1.2
    written = sorted(float(text.get_text()) for text in ax.texts if text.get_text())
    assert written == pytest.approx(sorted(values.to_numpy()[values.to_numpy() >= 0.05].round(1)), abs=0.051)
    ax.figure.canvas.draw()


def test_a_matrix_of_one_place():
    tree = ps.TransmissionTree(pd.DataFrame(
        {"source": [None], "target": ["A"], "date": pd.to_datetime(["2022-01-01"]), "probability": [1.0]}))  # fmt: skip
    ax = tree.plot(title="One")
    assert [text.get_text() for text in ax.texts if text.get_text()] == ["1.0"]
