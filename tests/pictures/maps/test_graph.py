import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

import protestspread as ps


@pytest.fixture
def ax():
    return Figure((8, 5)).add_axes((0, 0, 1, 0.9))


@pytest.fixture
def places(case):
    return case.cities.loc[["Aktau", "Atyrau", "Oral", "Almaty"]]


def make(places, *rows):
    edges = pd.DataFrame(rows, columns=["source", "target", "weight", "kind"])
    return ps.DiffusionGraph.from_edges(edges, places)


def lines(ax, kind):
    found = (c for c in ax.collections if isinstance(c, LineCollection) and c.get_gid() == f"ties {kind}")
    return next(found).get_segments()


def heads(ax, kind):
    return [c for c in ax.collections if isinstance(c, PolyCollection) and c.get_gid() == f"arrows {kind}"]


def test_equal_weights_in_both_directions_are_one_straight_line(ax, places):
    ps.plot_graph(make(places, ("Aktau", "Oral", 2.0, "road"), ("Oral", "Aktau", 2.0, "road")), ax=ax)
    (line,) = lines(ax, "road")
    assert np.allclose(np.linspace(line[0], line[-1], len(line)), line)
    assert not heads(ax, "road")


def test_two_arrows_between_the_same_places_bend_apart(ax, places):
    ps.plot_graph(
        make(places, ("Aktau", "Oral", 2.0, "road"), ("Oral", "Aktau", 1.0, "road"), ("Atyrau", "Almaty", 1.0, "road")),
        ax=ax,
    )
    drawn = lines(ax, "road")
    assert len(drawn) == 3
    one, other = [line for line in drawn if not np.allclose(np.linspace(line[0], line[-1], len(line)), line)]
    assert np.allclose(one[0], other[-1])
    middle = (one[0] + one[-1]) / 2
    assert np.dot(one[8] - middle, other[8] - middle) < 0  # on either side of the straight line
    assert len(heads(ax, "road")[0].get_paths()) == 3


def test_an_arrow_points_at_its_target(ax, places):
    ps.plot_graph(make(places, ("Aktau", "Almaty", 1.0, "tie")), ax=ax)
    (line,) = lines(ax, "tie")
    tip = heads(ax, "tie")[0].get_paths()[0].vertices[0]
    length = np.linalg.norm(line[-1] - line[0])
    assert np.linalg.norm(tip - line[-1]) < 0.05 * length
    assert line[-1][0] > line[0][0]  # Almaty lies east of Aktau


def test_kinds_between_the_same_places_do_not_cover_each_other(ax, places):
    graph = make(
        places, *[(a, b, 1.0, kind) for kind in ("road", "rail") for a, b in (("Aktau", "Oral"), ("Oral", "Aktau"))]
    )
    ps.plot_graph(graph, ax=ax)
    (road,), (rail,) = lines(ax, "road"), lines(ax, "rail")
    assert not np.allclose(road[8], rail[8])
    looks = [c for c in ax.collections if isinstance(c, LineCollection)]
    assert len({tuple(c.get_color()[0][:3]) for c in looks}) == 2
    assert len({str(c.get_linestyle()) for c in looks}) == 2  # told apart in gray too


def test_width_is_weight(ax, places):
    ps.plot_graph(make(places, ("Aktau", "Oral", 1.0, "tie"), ("Aktau", "Almaty", 4.0, "tie")), ax=ax)
    (collection,) = [c for c in ax.collections if isinstance(c, LineCollection)]
    thin, thick = sorted(collection.get_linewidths())
    assert thick == pytest.approx(2.8)
    assert thin == pytest.approx(1.6)


def test_names_do_not_collide_and_stay_inside(case):
    graph = ps.link_graph(case.cities, case.links)
    figure = Figure((8, 5), dpi=130)
    ax = ps.plot_graph(graph, case.regions, ax=figure.add_axes((0, 0, 1, 0.9)), context=case.context)
    figure.draw_without_rendering()
    names = [text for text in ax.texts if text.get_text() in set(case.cities.index) and text.get_gid() != "halo"]
    boxes = [text.get_window_extent() for text in names]
    assert len(names) > 20
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert all(figure.bbox.contains(box.x0, box.y0) and figure.bbox.contains(box.x1, box.y1) for box in boxes)


def test_the_legend_counts_each_kind(ax, case):
    ps.plot_graph(ps.link_graph(case.cities, case.links), ax=ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["road: 88 pairs", "rail: 49 pairs"]
    one = Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    ps.plot_graph(ps.link_graph(case.cities, case.links), ax=one, kinds=["rail"])
    assert [text.get_text() for text in one.get_legend().get_texts()] == ["rail: 49 pairs"]


def test_names_are_chosen_and_can_be_left_out(ax, places):
    graph = make(places, ("Aktau", "Oral", 1.0, "tie"))
    ps.plot_graph(graph, ax=ax, labels=["Almaty"])
    assert {"Almaty"} == {text.get_text() for text in ax.texts} & set(places.index)
    bare = Figure((8, 5)).add_axes((0, 0, 1, 0.9))
    ps.plot_graph(graph, ax=bare, labels=False)
    assert not {text.get_text() for text in bare.texts} & set(places.index)


def test_graphs_that_cannot_be_drawn(ax, places):
    bare = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["a"], "target": ["b"]}))
    with pytest.raises(ps.DataError, match=r"places without coordinates: a, b[\s\S]*from_edges\(edges, cities\)"):
        ps.plot_graph(bare, ax=ax)
    with pytest.raises(ps.DataError, match="no kind 'sea'"):
        ps.plot_graph(make(places, ("Aktau", "Oral", 1.0, "tie")), ax=ax, kinds=["sea"])


def test_a_graph_without_ties_is_its_places(ax, places):
    ps.plot_graph(ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [], "target": []}), places), ax=ax)
    assert {"Aktau", "Almaty"} <= {text.get_text() for text in ax.texts}
