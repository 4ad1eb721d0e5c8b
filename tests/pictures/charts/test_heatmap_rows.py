"""Rows of a heatmap too low to be seen are put together, and the note says so."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import protestspread as ps


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
