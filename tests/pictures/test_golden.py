"""Pictures as they were when last looked at: `python tests/pictures/test_golden.py` draws them anew, to be looked at again.

Letters and edges differ by a shade between versions of matplotlib; a moved label changes one spot a lot. So pictures are
compared tile by tile: what counts is the worst tile, not the mean of the whole.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.ensembles.figures import fan_of
from protestspread.pictures.figures.draw import draw_figure

GOLDEN = Path(__file__).parent / "golden"
TILE, MOST = 16, 10.0  # pixels; levels by which the mean of a tile may differ
MADE_WITH = "3.11"  # letters of other minor versions of matplotlib have other shapes


def choropleth(case, panel, figure):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    ax = figure.add_axes((0.02, 0.02, 0.96, 0.9))
    ps.plot_choropleth(
        by_region.loc["2022-01-05"], case.regions, ax=ax, labels=True, context=case.context, title="5 January"
    )


def small_multiples(case, panel, figure):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    ps.plot_small_multiples(by_region, case.regions, dates=["2022-01-02", "2022-01-04", "2022-01-05"], figure=figure)


def graph(case, panel, figure):
    ax = figure.add_axes((0.02, 0.02, 0.96, 0.9))
    ps.plot_graph(ps.link_graph(case.cities, case.links), case.regions, ax=ax, title="Roads and railways")


def curve(case, panel, figure):
    ax = figure.add_axes((0.08, 0.1, 0.9, 0.8))
    ps.plot_curve(panel, case.interventions, ax=ax, regions=case.regions, title="Events a day")


def lower_bounds(case, panel, figure):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    last = ps.frames(by_region, show="so_far")[-1]
    ax = figure.add_axes((0.02, 0.02, 0.96, 0.9))
    ps.plot_choropleth(last.values, case.regions, ax=ax, lower_bound=last.lower_bound, title=last.label)


def onsets(case, panel, figure):
    ax = figure.add_axes((0.02, 0.02, 0.96, 0.9))
    ps.plot_onsets(ps.onsets(panel), case.cities, case.regions, ax=ax, title="First days")


def column(width_mm):
    """Return a choropleth for the column of a journal."""

    def draw(case, panel):
        by_region = ps.aggregate_panel(panel, case.cities["region_id"])
        options = {"context": case.context, "labels": True, "legend_title": "events"}
        values = by_region.loc["2022-01-05"]
        return ps.plot_choropleth(values, case.regions, width_mm=width_mm, title="5 January 2022", **options).figure

    draw.__name__ = f"column_{width_mm}_mm"
    return draw


def insets(case, panel, figure):
    states = ps.load_case("george_floyd_2020").regions
    ax = figure.add_axes((0.02, 0.02, 0.96, 0.9))
    ps.plot_choropleth(states["population"] / 1e6, states, ax=ax, labels=True, title="People in millions", k=4)


def fan(case, panel, figure):
    days = pd.date_range("2022-01-02", "2022-01-10", name="date")
    joined = np.arange(20)[:, None, None] + 2 * np.arange(len(days))[:, None] > np.arange(71)  # draws, days, places
    ensemble = ps.Ensemble.from_values(joined.astype(int), days, panel.columns)
    draw_figure(fan_of(ensemble, panel), ax=figure.add_axes((0.08, 0.1, 0.9, 0.7)), title="Places that joined")


PICTURES = [choropleth, small_multiples, graph, curve, lower_bounds, onsets, insets]
COLUMNS = [column(89), column(183)]
FIGURES = [fan]  # without labels that could move


def drawn(draw, case, panel):
    """Return a picture, shape (height, width, 3)."""
    if draw in COLUMNS:
        canvas = FigureCanvasAgg(draw(case, panel))
    else:
        figure = Figure((7.2, 4.8), dpi=100)
        canvas = FigureCanvasAgg(figure)
        draw(case, panel, figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


def read(name):
    from PIL import Image

    with Image.open(GOLDEN / f"{name}.png") as picture:
        return np.asarray(picture.convert("RGB"))


def worst_tile(one, other):
    """Return by how many levels of a color two pictures differ, on average over the tile where they differ most."""
    assert one.shape == other.shape
    apart = np.abs(one.astype(float) - other).max(axis=2)
    high, wide = (side // TILE * TILE for side in apart.shape)
    tiles = apart[:high, :wide].reshape(high // TILE, TILE, wide // TILE, TILE).mean(axis=(1, 3))
    return float(tiles.max())


@pytest.mark.skipif(
    not mpl.__version__.startswith(MADE_WITH), reason=f"the golden pictures are drawn with matplotlib {MADE_WITH}"
)
@pytest.mark.parametrize("draw", [*PICTURES, *COLUMNS, *FIGURES], ids=lambda draw: draw.__name__)
def test_a_picture_is_as_it_was_when_it_was_looked_at(draw, case, panel):
    assert worst_tile(drawn(draw, case, panel), read(draw.__name__)) < MOST


@pytest.mark.parametrize("draw", PICTURES, ids=lambda draw: draw.__name__)
@pytest.mark.parametrize("pixels", [2, 6])
def test_a_moved_label_would_be_seen(draw, pixels, case, panel):
    def moved(case, panel, figure):
        draw(case, panel, figure)
        figure.canvas.draw()
        labels = [
            text for ax in figure.axes for text in ax.texts if len(text.get_text()) > 3 and text.get_gid() is None
        ]
        label = labels[len(labels) // 2]
        at = label.get_transform().transform(label.get_position())
        label.set_position(label.get_transform().inverted().transform(np.add(at, (pixels, 0))))

    assert worst_tile(drawn(draw, case, panel), drawn(moved, case, panel)) > MOST


def main():
    from PIL import Image

    case = ps.load_case("kazakhstan_2022")
    events = case.events[~case.events["minor"]]
    panel = ps.count_events(events, case.cities, start="2022-01-01", end="2022-01-11", observed=case.coverage)
    assert pd.notna(panel.iloc[0]).all()
    for draw in [*PICTURES, *COLUMNS, *FIGURES]:
        picture = Image.fromarray(drawn(draw, case, panel)).quantize(
            256, dither=Image.Dither.NONE
        )  # a third of the size
        picture.save(GOLDEN / f"{draw.__name__}.png", optimize=True)


if __name__ == "__main__":
    sys.exit(main())
