"""The stacked parts of a fit of counts, read off the artists."""

from itertools import pairwise

import matplotlib.figure
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.errors import DataError
from protestspread.figures import StackedParts
from protestspread.pictures.figures.draw import draw_figure
from protestspread.pictures.figures.stacked_parts import COLORS

DATES = pd.date_range("2022-01-03", periods=6, name="date")


@pytest.fixture(scope="module")
def fit():
    """A fit of four regions; one was not observed on two days."""
    ties = pd.DataFrame({"source": list("ABCDBCDA"), "target": list("BCDAABCD")})
    graph = ps.DiffusionGraph.from_edges(ties)
    model = ps.EndemicEpidemicModel(endemic=1.5, own=0.3, neighbors=0.2)
    panel = ps.simulate(model, graph, seeds=[], days=40, rng=3).astype(float)
    panel.loc[panel.index[20:22], "B"] = np.nan
    return ps.fit_endemic_epidemic(panel, graph, endemic=ps.Terms())


def new_axes(width=8.0, height=4.0):
    return matplotlib.figure.Figure((width, height)).add_axes((0.02, 0.02, 0.96, 0.88))


def of(panel, gid):
    return [artist for artist in panel.get_children() if artist.get_gid() == gid]


def stack(panel):
    """Return top and base of each drawn part."""
    parts = [of(panel, f"part {number}")[0] for number in range(len(COLORS)) if of(panel, f"part {number}")]
    return [(part.get_data().values, np.asarray(part.get_data().baseline)) for part in parts]


def a_figure(fitted, observed, partial=None):
    named = {"all places": pd.DataFrame(fitted, index=DATES)}
    quiet = pd.Series(False, index=DATES) if partial is None else partial
    return StackedParts(named, {"all places": pd.Series(observed, index=DATES)}, {"all places": quiet}, "A note.")


def test_parts_add_up_to_the_expected_counts_and_dots_are_the_observed_ones(fit):
    ax = new_axes()
    assert fit.plot(ax=ax, title="a $title$") is ax
    ax.figure.canvas.draw()
    (panel,) = ax.child_axes
    drawn = stack(panel)
    assert len(drawn) == 3
    for (top, _), (_, base) in pairwise(drawn):
        assert base == pytest.approx(top)
    expected = fit.expected().iloc[1:].sum(axis=1)
    assert drawn[-1][0] == pytest.approx(expected.to_numpy())
    (dots,) = of(panel, "observed")
    assert dots.get_ydata() == pytest.approx(fit.observed().iloc[1:].sum(axis=1).to_numpy())
    assert panel.get_ylim()[0] == 0
    assert panel.get_ylim()[1] >= max(expected.max(), dots.get_ydata().max())
    assert ax.get_title(loc="left") == "a $title$"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels[0] == "observed per day"
    assert labels[1].startswith("neighbors (")
    assert labels[3].startswith("endemic (")
    assert fit.sentence in ax.texts[0].get_text().replace("\n", " ")


def test_dates_on_which_a_place_is_not_fitted_are_hatched(fit):
    ax = fit.plot(ax=new_axes())
    rows = fit.observed().iloc[1:].isna().any(axis=1).to_numpy()
    assert rows.any()
    spans = [
        patch.get_extents().transformed(ax.child_axes[0].transData.inverted())
        for patch in of(ax.child_axes[0], "missing")
    ]
    hatched = np.zeros(len(rows), dtype=bool)
    for span in spans:
        hatched[int(span.x0 + 0.5) : round(span.x1 + 0.5)] = True
    assert (hatched == rows).all()
    assert ax.get_legend().get_texts()[-1].get_text() == "some or all places not fitted"


def test_places_have_a_panel_each(fit):
    ax = fit.plot(places=["B", "D"], ax=new_axes())
    assert [panel.get_label() for panel in ax.child_axes] == ["B", "D"]
    for panel in ax.child_axes:
        place = panel.get_label()
        assert stack(panel)[-1][0] == pytest.approx(np.nan_to_num(fit.expected()[place].iloc[1:]))
        assert of(panel, "observed")[0].get_ydata() == pytest.approx(fit.observed()[place].iloc[1:], nan_ok=True)
    assert of(ax.child_axes[0], "missing")
    assert not of(ax.child_axes[1], "missing")
    assert list(fit.figure(places="D").fitted) == ["D"]


@pytest.mark.parametrize(
    ("places", "said"),
    [(["B", "Z"], "'Z'"), ([], "1 to 24"), (["B", "B"], "once"), ({"B": 1}, "a list of places"), (None, None)],
)
def test_places_are_checked(fit, places, said):
    if said is None:
        assert list(fit.figure(places=places).fitted) == ["all places"]
        return
    with pytest.raises(DataError, match=f"^places .*{said}"):
        fit.figure(places=places)


def test_no_part_is_drawn_below_zero_and_dates_without_a_fit_have_none():
    figure = a_figure(
        {"endemic": [1.0, 2, -1e-17, 1, np.nan, 1], "own": [1.0, 0, 0, 2, np.nan, 1]}, [3, 0, 0, 1, np.nan, 1]
    )
    panel = draw_figure(figure, ax=new_axes()).child_axes[0]
    for top, base in stack(panel):
        assert (top >= base).all()
        assert base.min() >= 0
        assert top[4] == 0
    assert len(of(panel, "missing")) == 1


def test_all_zero_counts_are_drawn():
    panel = draw_figure(a_figure({"endemic": np.zeros(6)}, np.zeros(6)), ax=new_axes()).child_axes[0]
    assert panel.get_ylim() == (0, 1)


@pytest.mark.parametrize(("width", "height"), [(3.5, 3.0), (3.9, 3.0), (9.0, 3.5), (16.0, 4.0)])
def test_labels_stay_within_the_axes_and_apart(fit, width, height):
    ax = fit.plot(ax=new_axes(width, height))
    ax.figure.canvas.draw()
    whole = ax.figure.bbox
    labels = [label.get_window_extent() for label in ax.child_axes[0].get_xticklabels()]
    assert all(whole.x0 <= box.x0 and box.x1 <= whole.x1 for box in labels)
    assert all(left.x1 < right.x0 for left, right in pairwise(labels))
    key = ax.get_legend().get_window_extent()
    assert key.x1 <= whole.x1
    assert key.y0 >= ax.child_axes[0].get_window_extent().y1


def test_too_many_panels_or_parts_are_an_error(fit):
    with pytest.raises(DataError, match=r"^ax is too small for 4 panels"):
        fit.plot(places=list("ABCD"), ax=new_axes(2.5, 1.5))
    with pytest.raises(DataError, match="7 parts"):
        draw_figure(a_figure({f"part {number}": np.ones(6) for number in range(7)}, np.ones(6)), ax=new_axes())


def test_a_new_figure_is_made_where_no_axes_are_given(fit):
    from matplotlib import pyplot as plt

    ax = fit.plot(places=list("ABCD"))
    assert len(ax.child_axes) == 4
    plt.close(ax.figure)
