"""Flows, onsets, trees and heatmaps, read back from the axes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.maps.flows import _bends as flow_bends
from protestspread.pictures.maps.onsets import day_spans
from protestspread.pictures.style.ramps import class_colors


def new_axes(width=9.0, height=5.5):
    return Figure((width, height), dpi=100).add_axes((0.02, 0.02, 0.96, 0.88))


def legend_labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def with_gid(ax, gid):
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def test_flows_say_strengths_and_dates_and_draw_them_to_scale(case):
    kept = case.flows.copy()
    ax = new_axes()
    assert ps.plot_flows(case.flows, case.regions, context=case.context, ax=ax) is ax
    assert legend_labels(ax)[0] == "Russia: up to 3\u202f000; arrived 6 Jan 2022, withdrawn 19 Jan 2022"
    assert legend_labels(ax)[2] == "Armenia: 70–100; dispatched 7 Jan 2022, withdrawn 14 Jan 2022"
    assert legend_labels(ax)[4] == "Kyrgyzstan: 150–200; arrived (date not found), withdrawn 14 Jan 2022"
    russia, belarus = (with_gid(ax, f"flow {row}")[0].get_linewidth() for row in (0, 1))
    assert russia == pytest.approx(6 * belarus)  # 3,000 and 500
    assert not with_gid(ax, "flow 0 core")  # no lower figure is known
    assert with_gid(ax, "flow 4 core")
    written = {text.get_text() for text in ax.texts}
    assert {"Russia", "Belarus", "Armenia", "Tajikistan", "Kyrgyzstan", "Almaty"} <= written
    pd.testing.assert_frame_equal(case.flows, kept)


def test_flows_that_meet_fan_out_and_one_alone_bends():
    start, end = np.array([[0, 2.0], [0, -2.0], [0, 1.0], [9, 9.0]]), np.array([[4, 0.0]] * 3 + [[0, 9.0]])
    bends = flow_bends(start, end, pd.Series(["a", "a", "a", "b"]))
    assert bends.tolist() == [-0.09, 0.09, 0.0, 0.09]  # the northernmost leaves to the left, the north


def test_names_of_flows_are_written_once_and_enclosed_land_is_drawn(case):
    ax = ps.plot_flows(case.flows, context=case.context, ax=new_axes())
    written = [text.get_text().casefold() for text in ax.texts if text.get_gid() != "halo"]
    assert {"russia", "armenia", "uzbekistan"} <= set(written)
    assert len(written) == len(set(written))
    land = with_gid(ax, "context")[0]
    x, y = with_gid(ax, "places")[0].get_xydata()[-1]  # Almaty stands on land, though the context lacks its country
    assert any(path.contains_point((x, y)) for path in land.get_paths())


def test_flows_of_unknown_strength_are_dashed(case):
    ax = ps.plot_flows(case.flows.assign(low=np.nan, high=np.nan), ax=new_axes())
    assert all("strength not found" in label for label in legend_labels(ax))
    assert with_gid(ax, "flow 0")[0].is_dashed()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda flows: flows.iloc[:0], "flows: expected 1 to 60 rows"),
        (lambda flows: flows.assign(origin_lon=np.nan), "missing coordinates for the origin of RUS"),
        (lambda flows: flows.assign(low=9000.0), "low exceeds high in RUS"),
    ],
)
def test_flows_that_cannot_be_drawn(case, change, says):
    with pytest.raises(ps.DataError, match=says):
        ps.plot_flows(change(case.flows), ax=new_axes())


def test_onsets_color_each_day_and_places_without_onset_are_hollow(case, panel):
    first = ps.onsets(panel)
    ax = ps.plot_onsets(first, case.cities, case.regions, ax=new_axes())
    counts = first.value_counts().sort_index()
    assert legend_labels(ax)[0] == f"{counts.index[0].day} Jan 2022 ({counts.iloc[0]})"
    assert legend_labels(ax)[-1] == f"not joined by the end of observation ({first.isna().sum()})"
    (hollow,) = with_gid(ax, "not joined")
    assert len(hollow.get_xdata()) == first.isna().sum()
    assert len(with_gid(ax, "onset 0")[0].get_xdata()) == counts.iloc[0]


def test_onsets_without_any_day_and_of_one_day(cities):
    nobody = pd.Series(pd.NaT, index=cities.index, dtype="datetime64[ns]")
    assert legend_labels(ps.plot_onsets(nobody, cities, ax=new_axes())) == ["not joined by the end of observation (2)"]
    alike = nobody.fillna(pd.Timestamp("2022-01-03"))
    assert legend_labels(ps.plot_onsets(alike, cities, ax=new_axes())) == ["3 Jan 2022 (2)"]


@pytest.mark.parametrize("width", [2.5, 3, 4, 6, 9])
def test_places_far_apart_without_regions_are_drawn_at_any_size(cities, width):
    far = cities.set_geometry(gpd.points_from_xy([-10.0, 60.0], [50.0, 10.0], crs=4326))  # a kilometer is no pixel
    first = pd.Series(pd.to_datetime(["2022-01-01", "2022-01-02"]), index=cities.index)
    ax = ps.plot_onsets(first, far, ax=new_axes(width, width), not_joined_label="")
    assert legend_labels(ax) == ["1 Jan 2022 (1)", "2 Jan 2022 (1)"]
    assert {"Aville", "Btown"} <= {text.get_text() for text in ax.texts}


def test_onsets_that_do_not_fit_the_cities(cities):
    first = pd.Series(pd.to_datetime(["2022-01-01"]), index=["Nowhere"])
    with pytest.raises(ps.DataError, match="Nowhere"):
        ps.plot_onsets(first, cities, ax=new_axes())
    with pytest.raises(ps.DataError, match="onsets: expected at least one place"):
        ps.plot_onsets(first.iloc[:0], cities, ax=new_axes())


def test_many_days_share_six_colors_and_none_is_lost():
    days = pd.Series(pd.date_range("2022-01-01", periods=40).append(pd.DatetimeIndex([pd.NaT])))
    spans, number = day_spans(days)
    assert len(spans) == 6
    assert number[-1] == -1
    assert all(spans[n][0] <= day <= spans[n][1] for n, day in zip(number[:-1], days, strict=False))


def make_tree():
    return ps.TransmissionTree(
        pd.DataFrame(
            {
                "source": [None, "Aville"],
                "target": ["Aville", "Btown"],
                "date": pd.to_datetime(["2022-01-01", "2022-01-02"]),
                "probability": [1.0, 0.5],
            }
        )
    )


def test_tree_draws_an_arrow_as_wide_as_probable_and_calls_it_inferred(cities, regions):
    ax = ps.plot_tree(make_tree(), cities, regions, ax=new_axes())
    (arrows,) = with_gid(ax, "arrows")
    assert arrows.get_linewidths() == pytest.approx([0.3 + 4 * 0.5])
    assert "inferred" in ax.get_legend().get_title().get_text()
    assert len(with_gid(ax, "from outside")[0].get_xdata()) == 1
    hidden = ps.plot_tree(make_tree(), cities, regions, ax=new_axes(), at_least=0.6)
    assert not with_gid(hidden, "arrows")
    assert "not drawn: 1 below 0.6" in legend_labels(hidden)


def test_trees_that_cannot_be_drawn(cities):
    with pytest.raises(ps.DataError, match="Btown"):
        ps.plot_tree(make_tree(), cities.iloc[:1], ax=new_axes())
    with pytest.raises(ps.DataError, match="tree must not be empty"):
        ps.plot_tree(ps.TransmissionTree(make_tree().table.iloc[:0]), cities, ax=new_axes())


def test_heatmap_orders_by_onset_hatches_and_counts_places_left_out(panel):
    ax = ps.plot_heatmap(panel, ax=Figure((8, 12), dpi=100).add_axes((0.2, 0.1, 0.6, 0.8)))
    names = [label.get_text() for label in ax.get_yticklabels()]
    first = ps.onsets(panel).dropna()
    assert len(names) == len(first)
    assert first[names].is_monotonic_increasing
    (hatched,) = with_gid(ax, "missing")
    assert len(hatched.get_paths()) == 3 * len(first)  # 9 to 11 January
    assert f"not shown: {panel.shape[1] - len(first)}." in ax.get_xlabel()


def test_heatmaps_of_nothing():
    dates = pd.DatetimeIndex(["2022-01-01"], name="date", freq="D")
    for value in (0.0, np.nan, 2.0):
        ax = ps.plot_heatmap(pd.DataFrame({"A": [value], "B": [value]}, index=dates), ax=new_axes())
        assert [label.get_text() for label in ax.get_yticklabels()] == ["A", "B"]
    with pytest.raises(ps.DataError, match="panel must have at least one date"):
        ps.plot_heatmap(pd.DataFrame(index=dates[:0]), ax=new_axes())


@pytest.fixture
def residuals(case):
    cities = case.cities[case.cities["in_frame"]]
    values = pd.Series(np.linspace(-3, 3, len(cities)), index=cities.index, name="residual")
    values.iloc[4] = np.nan
    return values


def city_map(values, case, **options):
    return ps.plot_cities(values, case.cities, case.regions, ax=new_axes(), **options)


def dots_of(ax, gid):
    return [line for line in ax.lines if line.get_gid() == gid]


def test_numbers_of_cities_are_dots_in_the_color_of_their_class(residuals, case):
    ax = city_map(residuals, case, scheme=[-2, -1, 1, 2], title="$x$")
    classes = ps.classify(residuals, scheme=[-2, -1, 1, 2])
    found = classes.index(residuals)
    colors = class_colors(classes)
    for number in range(1, 6):
        (dots,) = dots_of(ax, f"class {number}")
        assert len(dots.get_xdata()) == (found == number).sum()
        assert dots.get_markerfacecolor() == colors[number]
    (missing,) = dots_of(ax, "class -1")
    assert len(missing.get_xdata()) == 1
    assert missing.get_markersize() < dots.get_markersize()
    key = [text.get_text() for text in ax.get_legend().get_texts()]
    assert key == ["≤ −2", "−2 to −1", "−1 to 1", "1 to 2", "> 2", "not observed"]
    assert ax.get_legend().get_title().get_text() == "residual"


def test_cities_farthest_from_zero_are_named_first_and_lie_on_top(residuals, case):
    ax = city_map(residuals, case)
    written = {text.get_text() for text in ax.texts}
    assert {residuals.index[0], residuals.index[-1]} <= written
    order = [dots_of(ax, f"class {number}")[0].get_zorder() for number in (3, 5)]
    assert order[0] < order[1]
    assert not {residuals.index[0], residuals.index[-1]} & {
        text.get_text() for text in city_map(residuals, case, labels=False).texts
    }


@pytest.mark.parametrize("values", [[0.0, 0.0], [np.nan, np.nan], [5.0, 0.0], [1e300, -1e300]])
def test_extreme_numbers_of_cities_are_drawn(values, case):
    ax = city_map(pd.Series(values, index=case.cities.index[:2]), case)
    ax.figure.canvas.draw()
    assert sum(len(line.get_xdata()) for line in ax.lines if str(line.get_gid()).startswith("class")) == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (pd.Series(dtype=float), "values must have at least one place"),
        (pd.Series({"Aktau": 1.0, "Atlantis": 2.0}), "values has places that are not in the cities: Atlantis"),
        (pd.Series({"Aktau": "many"}), "values must be numeric"),
        (pd.Series({"Aktau": np.inf}), "values must be finite"),
        (pd.Series([1.0, 2.0], index=["Aktau", "Aktau"]), "not unique"),
        ([1, 2], "values must be a Series"),
    ],
)
def test_numbers_of_cities_are_checked(values, said, case):
    with pytest.raises(ps.DataError, match=said):
        city_map(values, case)


def test_probabilities_of_cities_have_fifths_and_a_word_for_none(possible_spreads, case):
    reached = possible_spreads.reached().loc["2022-01-06"].rename("probability reached by 6 January 2022")
    reached.iloc[0] = np.nan
    ax = ps.plot_cities(reached, case.cities, case.regions, ax=new_axes(), scheme="probability")
    assert ax.get_legend().get_title().get_text() == "probability reached by 6 January 2022"
    assert legend_labels(ax)[0] == "0\u202f%"
    assert legend_labels(ax)[-1] == "no value"
