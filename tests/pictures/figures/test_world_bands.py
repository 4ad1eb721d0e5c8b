"""Bands of draws of several statistics in several worlds."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from protestspread.figures import WorldBands
from protestspread.pictures.figures.draw import draw_figure


@pytest.fixture
def bands():
    low = pd.DataFrame(
        [[0.0, -2.0], [1.0, 3.0]],
        index=["shock", "the <b>fit</b> $x$"],
        columns=["ratio", "a long name of a statistic"],
    )
    observed = pd.Series([4.0, 3.0], low.columns)
    outside = pd.DataFrame([[True, False], [False, False]], low.index, low.columns)
    return WorldBands(low, low + 1, low + 2, observed, outside, ["p = 0.01", "p = 0.5"], "all", "A note.")


def test_columns_have_scales_of_their_own(bands):
    panel = draw_figure(bands, title="Title").child_axes[0]
    segments = [collection.get_segments() for collection in panel.collections]
    first, second = ([[point[0] for point in segment] for segment in column] for column in segments)
    assert first[0][0] == pytest.approx(0.14)  # the least of all, at the left end of its column
    assert second[1][1] == pytest.approx(1.86)  # the most of all, at the right end
    assert first[1][0] == pytest.approx(0.14 + 0.72 / 4)
    dots = [line for line in panel.lines if line.get_marker() == "o"]
    filled = [line for line in dots if line.get_markerfacecolor() != "#ffffff" and len(line.get_xdata())]
    assert filled[0].get_ydata().tolist() == [0]


def test_text_is_text_and_equal_values_are_drawn(bands):
    same = WorldBands(
        bands.low * 0, bands.low * 0, bands.low * 0, bands.observed * 0, bands.outside, bands.texts, "all", "A note."
    )
    ax = Figure(figsize=(5, 3)).add_subplot()
    panel = draw_figure(same, ax=ax).child_axes[0]
    assert [label.get_text() for label in panel.get_yticklabels()] == ["shock", r"the <b>fit</b> \$x\$"] or not any(
        label.get_parse_math() for label in panel.get_yticklabels()
    )
    assert "observed 0" in {text.get_text() for text in panel.texts}
