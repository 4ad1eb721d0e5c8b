"""Comparisons of networks, read back from the axes."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import protestspread as ps


@pytest.fixture(scope="module")
def found(case):
    cities = case.cities[case.cities["in_frame"]]
    events = case.events[~case.events["minor"] & case.events["city"].isin(cities.index)]
    first = ps.onsets(ps.count_events(events, cities, end="2022-01-08", observed=case.coverage))
    graphs = {"hierarchy": ps.hierarchy_graph(cities), "$oil$ & gas": ps.similarity_graph(cities, "oil_gas"),
              "distance": ps.distance_graph(cities, within_km=500, decay_km=150)}  # fmt: skip
    return ps.compare_networks(first, graphs, strata=cities["region_id"], placebos=19, rng=1)


def drawn(found, size=(8.2, 3.0)):
    figure = Figure(size, dpi=100)
    FigureCanvasAgg(figure)
    ax = figure.add_axes((0.03, 0.06, 0.94, 0.84))
    assert found.plot(ax=ax) is ax
    return ax, {panel.get_label(): panel for panel in ax.child_axes}


def test_bars_are_the_support_and_the_share_and_lines_the_intervals(found):
    _, panels = drawn(found)
    for name, column in {"support": "support", "share": "share_alone"}.items():
        widths = [bar.get_width() for bar in panels[name].patches]
        assert widths == pytest.approx(found.networks[column].to_numpy())
    lines = [line for line in panels["estimate"].lines if line.get_gid() == "interval"]
    low, high = panels["estimate"].get_xlim()
    for line, (_, row) in zip(lines, found.networks.iterrows(), strict=True):
        assert line.get_xdata() == pytest.approx(np.clip([row["low_alone"], row["high_alone"]], low, high))


def test_names_are_text_and_nothing_overlaps_or_is_cut_off(found):
    ax, panels = drawn(found)
    labels = [label.get_text() for label in panels["support"].get_yticklabels()]
    assert labels == ["hierarchy", "$oil$ & gas", "distance"]
    figure = ax.figure
    figure.canvas.draw()
    words = [text for panel in panels.values() for text in [*panel.texts, *panel.get_yticklabels(), panel._left_title]]
    boxes = [text.get_window_extent() for text in words if text.get_text()]
    for number, box in enumerate(boxes):
        assert figure.bbox.x0 <= box.x0
        assert box.x1 <= figure.bbox.x1 + 1
        assert not any(box.overlaps(other) for other in boxes[number + 1 :])


def test_a_strength_without_an_upper_end_and_no_placebos_are_drawn(case):
    cities = case.cities[case.cities["in_frame"]].iloc[:5]
    first = ps.onsets(ps.count_events(case.events[case.events["city"].isin(cities.index)], cities))
    found = ps.compare_networks(first, {"near": ps.nearest_graph(cities, k=2)}, placebos=0, rng=1)
    drawn(found)[0].figure.canvas.draw()
