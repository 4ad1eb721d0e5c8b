"""Rows of a heatmap too low to be seen are put together, and the note says so."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.charts import heatmap
from protestspread.pictures.charts.curve import row_edges


def panel_of(values):
    days = pd.date_range("2022-01-01", periods=len(values), name="date")
    places = pd.Index([f"P{i}" for i in range(np.shape(values)[1])], name="city")
    return pd.DataFrame(np.asarray(values, dtype=float), index=days, columns=places)


def drawn(panel, height=4.0):
    ax = Figure((7, height)).add_axes((0.15, 0.2, 0.6, 0.7))
    return ps.plot_heatmap(panel, ax=ax, joined_only=False)


def test_three_thousand_places_share_rows_that_can_be_seen():
    rng = np.random.default_rng(1)
    panel = panel_of(rng.poisson(0.2, (10, 3_000)))
    ax = drawn(panel)
    rows = ax.get_ylim()[0]
    assert ax.get_window_extent().height / rows >= 3
    together = -(-3_000 // int(rows))
    assert f"Each row shows {together} places: the largest value of each day." in ax.get_xlabel().replace("\n", " ")
    assert all(f"(+{together - 1})" in label.get_text() for label in ax.get_yticklabels()[:3])
    assert sum(len(cells.get_paths()) for cells in ax.collections) == rows * 10


def test_a_row_shows_the_largest_value_and_is_hatched_only_where_nothing_was_observed():
    values = np.zeros((2, 600))
    values[0, 0] = 9  # the earliest
    values[1, :] = np.nan
    values[1, 7] = 4
    ax = drawn(panel_of(values), height=1.5)
    (colored, hatched) = (next(c for c in ax.collections if c.get_gid() == gid) for gid in ("classes", "missing"))
    rows = int(ax.get_ylim()[0])
    fills = {tuple(color) for color in colored.get_facecolor()}
    assert len(fills) == 3  # 9, 4 and none
    assert len(hatched.get_paths()) == rows - 1


def test_rows_that_can_be_seen_are_not_put_together():
    ax = drawn(panel_of(np.ones((3, 40))))
    assert ax.get_ylim()[0] == 40
    assert "Each row" not in ax.get_xlabel()


def pixels(ax):
    """Return the colors that a reader sees in the middle of each cell."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    x, y = (edges[:-1] + edges[1:] for edges in (row_edges(ax.panel.iloc[:, 0]), np.arange(ax.get_ylim()[0] + 1)))
    at = ax.transData.transform(np.stack(np.meshgrid(x / 2, y / 2), axis=-1).reshape(-1, 2)).astype(int)
    seen = np.asarray(canvas.buffer_rgba())
    return seen[seen.shape[0] - 1 - at[:, 1], at[:, 0], :3].reshape(len(y), len(x), 3)


@pytest.mark.parametrize("freq", ["D", "MS"])
@pytest.mark.parametrize("gaps", [False, True])
def test_an_image_shows_what_polygons_show(freq, gaps, monkeypatch):
    panel = panel_of(np.random.default_rng(1).poisson(0.6, (24, 12)))
    panel.index = pd.date_range("2021-01-01", periods=24, freq=freq, name="date")
    if gaps:
        panel.iloc[3:6, 2:9] = np.nan
    seen = []
    for most in (10_000, 0):
        monkeypatch.setattr(heatmap, "_MOST_CELLS", most)
        ax = drawn(panel)
        ax.panel = panel
        assert len(ax.images) == (most == 0)
        hatched = [a.get_gid() for a in (*ax.patches, *ax.collections) if a.get_gid() == "missing"]
        assert len(hatched) == gaps
        seen.append(pixels(ax))
    order = seen[0].shape
    assert order == seen[1].shape
    missing = np.isnan(drawn_values(panel))
    np.testing.assert_array_equal(seen[0][~missing], seen[1][~missing])


def drawn_values(panel):
    return heatmap._ordered(panel, joined_only=False)[0].to_numpy().T


def test_many_cells_stay_small_in_files_for_print(tmp_path):
    ax = drawn(panel_of(np.random.default_rng(1).poisson(0.2, (200, 100))), height=8.0)
    (image,) = ax.images
    assert image.get_array().shape == (100, 200, 4)
    assert len(list(ax.collections)) == 0
    for kind, most in (("pdf", 1e6), ("svg", 1e6)):
        ax.figure.savefig(tmp_path / f"a.{kind}")
        assert (tmp_path / f"a.{kind}").stat().st_size < most
