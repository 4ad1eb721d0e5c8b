"""Bands of signatures of spread under exchanged places."""

import matplotlib.figure
import pytest

import protestspread as ps


@pytest.fixture(scope="module")
def graph(case):
    return ps.nearest_graph(case.cities, k=4)


def new_axes():
    return matplotlib.figure.Figure((7, 4)).add_axes((0.15, 0.2, 0.8, 0.6))


def test_signatures(panel, graph, case):
    result = ps.spread_signatures(panel, graph, case.cities, permutations=199, rng=1)
    ax = result.plot(ax=new_axes())
    dots = [line.get_xdata()[0] for line in ax.lines if line.get_marker() == "o" and len(line.get_xdata())]
    assert dots == result.totals["statistic"].tolist()
    bars = [line.get_xdata().tolist() for line in ax.lines if line.get_linewidth() == 5 and len(line.get_xdata())]
    assert bars == result.totals[["null_low", "null_high"]].to_numpy().tolist()
    written = [text.get_text() for text in ax.texts]
    assert written == [f"adjusted p = {p:.2g}" for p in result.totals["adjusted_p_value"]]
    ax.figure.canvas.draw()


def test_signatures_without_a_test_say_why(panel, graph):
    ax = ps.spread_signatures(0 * panel.dropna(), graph, permutations=9, rng=1).plot(ax=new_axes())
    assert "no place was active" in ax.get_xlabel()
    assert {text.get_text() for text in ax.texts} == {"no p-value"}


@pytest.mark.parametrize("title", [None, "T"])
def test_every_note_fits_beside_its_band(panel, graph, case, title):
    results = [
        ps.spread_signatures(panel, graph, case.cities, permutations=199, rng=1),
        ps.knox_ladder(case.events, case.cities, within_km=200, within_days=1, permutations=99, rng=1),
    ]
    for result in results:
        ax = result.plot(ax=new_axes(), title=title)
        ax.figure.canvas.draw()
        area = ax.get_window_extent()
        bands = [line.get_window_extent() for line in ax.lines if line.get_linewidth() == 5 and len(line.get_xdata())]
        for text in ax.texts:
            box = text.get_window_extent()
            assert box.x1 <= area.x1 + 1
            assert not any(box.overlaps(band) for band in bands)
