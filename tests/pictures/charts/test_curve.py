"""What a curve shows: bars, hatches, lanes, dates; read back from the axes."""

from itertools import combinations, pairwise

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.dates import date2num
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.charts.curve import curve_data, row_text
from protestspread.pictures.charts.stacked_bars import TYPE_COLORS, type_colors
from protestspread.pictures.interventions_by_kind import intervention_spans, share_steps
from protestspread.pictures.style import theme as style
from protestspread.pictures.style.text import code_text

NAN = np.nan
DAY = pd.Timedelta(days=1)


def make_panel(values, start="2022-01-01", freq="D"):
    values = np.array(values, dtype=float)
    index = pd.date_range(start, periods=len(values), freq=freq, name="date")
    return pd.DataFrame(values, index=index, columns=[f"R{i}" for i in range(values.shape[1])])


def make_interventions(*rows):
    table = pd.DataFrame(rows, columns=["kind", "region_id", "start", "end"])
    table[["start", "end"]] = table[["start", "end"]].apply(pd.to_datetime, format="ISO8601")
    return table.rename_axis("intervention_id")


def new_axes(width=8.0, height=3.0):
    return Figure((width, height), dpi=100).add_axes((0.08, 0.14, 0.9, 0.76))


def bars(ax):
    (drawn,) = [artist for artist in ax.collections if artist.get_gid() == "bars"]
    return [path.vertices for path in drawn.get_paths()]


def heights(ax):
    return [float(vertices[:, 1].max()) for vertices in bars(ax)]


def hatched(ax):
    return [patch for patch in ax.patches if patch.get_gid() == "missing"]


def test_bars_by_hand():
    ax = new_axes()
    assert ps.plot_curve(make_panel([[1, 2], [0, 0], [5, 4]]), ax=ax) is ax
    assert heights(ax) == [3, 0, 9]
    width = np.ptp(bars(ax)[0][:, 0])
    assert 0.8 < width < 1  # a day, less the gap
    assert [label.get_text() for label in ax.get_xticklabels()] == ["1 Jan 2022", "2 Jan", "3 Jan"]
    assert ax.get_ylabel() == "events per day"
    assert not hatched(ax)


def test_unobserved_days_are_hatched_and_never_zero():
    panel = make_panel([[1, 2, NAN], [NAN, NAN, NAN], [NAN, 4, NAN], [1, 0, NAN]])
    totals, unobserved = curve_data(panel)
    assert totals.tolist()[0] == 3
    assert np.isnan(totals.iloc[1])
    assert totals.tolist()[2:] == [4, 1]  # a lower bound, hatched; R2 is never observed, so it says nothing
    assert unobserved.tolist() == [False, True, True, False]
    (span,) = hatched(ps.plot_curve(panel, ax=new_axes()))
    start, end = mpl.dates.num2date([span.get_x(), span.get_x() + span.get_width()])
    assert (start.day, end.day) == (2, 4)
    everything = ps.plot_curve(panel * NAN, ax=new_axes())
    assert len(hatched(everything)) == 1
    assert "not observed" in [text.get_text() for text in everything.texts]


def test_lanes_by_hand():
    table = make_interventions(
        ("curfew", "R0", "2022-01-02", "2022-01-04"),
        ("curfew", "R1", "2022-01-03", "2022-01-05 12:00"),
        ("curfew", "R1", "2022-01-08", "2022-01-09"),
        ("blockade", None, "2021-12-01", None),
        ("before", "R0", "2021-12-01", "2022-01-01"),
        ("after", "R0", "2022-01-11", "2022-01-12"),
        ("beyond", "R0", "2022-01-10", "2022-02-12"),
    )
    found = {
        lane.kind: lane for lane in intervention_spans(table, pd.Timestamp("2022-01-01"), pd.Timestamp("2022-01-11"))
    }
    assert list(found) == ["blockade", "curfew", "beyond"]  # in the order in which they began
    spans = [(str(start), str(end)) for start, end in found["curfew"].spans]
    assert spans == [("2022-01-02 00:00:00", "2022-01-05 12:00:00"), ("2022-01-08 00:00:00", "2022-01-09 00:00:00")]
    assert not found["curfew"].is_open
    assert found["blockade"].is_open
    assert found["blockade"].spans[0][0] == pd.Timestamp("2022-01-01")
    assert found["beyond"].spans == ((pd.Timestamp("2022-01-10"), pd.Timestamp("2022-01-11")),)


def test_the_lanes_shown_are_the_kinds_with_most_region_days():
    table = make_interventions(
        ("country", None, "2022-01-01", "2022-01-04"),  # 3 days of 2 regions
        ("long", "R0", "2022-01-01", "2022-01-06"),  # 5 days of 1
        ("short", "R1", "2022-01-01", "2022-01-02"),
        ("open", "R1", "2022-01-01", None),  # known for its first day only
        ("open", "R0", "2022-01-01", None),
    )
    window = pd.Timestamp("2022-01-01"), pd.Timestamp("2022-01-11")
    assert {lane.kind for lane in intervention_spans(table, *window, most=2)} == {"country", "long"}
    assert {lane.kind for lane in intervention_spans(table, *window, most=3)} == {"country", "long", "open"}
    assert [lane.kind for lane in intervention_spans(table, *window, kinds=["short"])] == ["short"]
    with pytest.raises(
        ps.DataError, match=r"no intervention has the kind sieges[\s\S]*choose from country, long, open, short"
    ):
        intervention_spans(table, *window, kinds=["sieges", "long"])
    with pytest.raises(ps.SchemaError, match="interventions"):
        intervention_spans(table.drop(columns="kind"), *window)


moments = st.integers(0, 40).map(lambda hours: pd.Timestamp("2021-12-30") + pd.Timedelta(hours=8 * hours))
intervals = st.tuples(st.sampled_from(["a", "b"]), moments, st.one_of(st.none(), st.integers(1, 20)))


@given(st.lists(intervals, min_size=1, max_size=8))
def test_merged_spans_hold_every_known_interval_and_never_touch(rows):
    start, end = pd.Timestamp("2022-01-01"), pd.Timestamp("2022-01-08")
    table = make_interventions(
        *[(kind, "R0", str(first), None if last is None else str(first + last * DAY / 3)) for kind, first, last in rows]
    )
    found = intervention_spans(table, start, end)
    for lane in found:
        assert all(start <= first <= last <= end for first, last in lane.spans)
        assert all(one[1] < other[0] for one, other in pairwise(lane.spans))
    for kind, first, last in rows:
        stops = first + last * DAY / 3 if last else end
        first, stops = max(first, start), min(stops, end)  # noqa: PLW2901
        if first < stops:
            (lane,) = [lane for lane in found if lane.kind == kind]
            assert any(a <= first and (stops <= b or not last) for a, b in lane.spans)


def text_boxes(ax):
    ax.figure.draw_without_rendering()
    shown = [text for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()] if text.get_text()]
    return [(text.get_text(), text.get_window_extent()) for text in shown]


@settings(max_examples=15)
@given(
    st.sampled_from([(1, "D"), (2, "D"), (11, "D"), (90, "D"), (800, "D"), (30, "W-MON"), (14, "MS"), (9, "YS")]),
    st.sampled_from([(8, 3), (3.5, 2.2), (12, 4)]),
    st.integers(0, 5),
)
def test_no_text_lies_on_another_or_leaves_the_figure(rows, size, gap):
    panel = make_panel(np.random.default_rng(gap).poisson(3.0, (rows[0], 3)), freq=rows[1])
    panel.iloc[gap : gap + 3] = NAN
    start = panel.index[0]
    table = make_interventions(
        *[
            (f"kind_number_{i}", None, str(start + i * gap * DAY), None if i % 2 else str(start + (i + 1) * 9 * DAY))
            for i in range(8)
        ]
    )
    ax = ps.plot_curve(panel, table, ax=new_axes(*size))
    boxes = text_boxes(ax)
    for (one, a), (other, b) in combinations(boxes, 2):
        assert a.x1 <= b.x0 + 1 or b.x1 <= a.x0 + 1 or a.y1 <= b.y0 + 1.5 or b.y1 <= a.y0 + 1.5, (one, other)
    for text, box in boxes:
        assert box.x0 >= 0, text
        assert box.x1 <= ax.figure.bbox.x1 + 1, text


def test_kinds_are_written_in_words_and_too_many_do_not_fit(case, panel):
    chosen = ["curfew", "state_of_emergency", "csto_request"]
    ax = ps.plot_curve(panel, case.interventions, ax=new_axes(), kinds=chosen)
    assert {"curfew", "state of emergency", "CSTO request"} <= {text.get_text() for text in ax.texts}
    default = ps.plot_curve(panel, case.interventions, ax=new_axes(8, 4))
    assert {"internet shutdown", "curfew", "state of emergency", "troop deployment"} <= {
        text.get_text() for text in default.texts
    }
    with pytest.raises(ps.DataError, match=r"kinds must have at most . items for axes of this height; got 3"):
        ps.plot_curve(panel, case.interventions, ax=new_axes(4, 0.6), kinds=chosen)


def heights_of(ax, kind):
    """Start, end and height in pixels of the boxes of one kind of intervention, rounded, the strong ones."""
    color = style.intervention_color(kind)
    found = set()
    for artist in ax.collections:
        if artist.get_gid() == "intervention" and to_hex(artist.get_facecolor()[0]) == color:
            for path in artist.get_paths():
                (left, low), (right, high) = path.vertices.min(axis=0), path.vertices.max(axis=0)
                found.add((left, right, round((high - low) * ax.get_window_extent().height, 3)))
    return found


def test_a_lane_is_as_high_as_the_share_of_the_people(regions):
    panel = make_panel([[1, 2]] * 6).set_axis(["A", "B"], axis=1)
    table = make_interventions(
        ("curfew", "A", "2022-01-02", "2022-01-04"),
        ("curfew", None, "2022-01-05", "2022-01-06"),
        ("price_control", "B", "2022-01-03", None),
        ("internet_shutdown", "Z", "2022-01-03", "2022-01-04"),
    )
    day = {n: date2num(pd.Timestamp(f"2022-01-0{n}")) for n in range(1, 8)}
    inside = table[table["region_id"] != "Z"]
    ax = ps.plot_curve(panel, inside, ax=new_axes(8, 4), regions=regions)
    assert heights_of(ax, "curfew") == {(day[2], day[4], round(7 / 3, 3)), (day[5], day[6], 7.0)}
    assert heights_of(ax, "price_control") == set()  # no end is known: pale to the end of the panel
    said = [text.get_text().strip() for text in ax.texts]
    assert said[said.index("curfew") + 1] == "33–100\u202f% of people"
    assert said[said.index("price control") + 1] == "67\u202f% of people"
    alike = ps.plot_curve(panel, inside, ax=new_axes(8, 4))
    assert heights_of(alike, "curfew") == {(day[2], day[4], 3.5), (day[5], day[6], 7.0)}
    unknown = ps.plot_curve(panel, table, ax=new_axes(8, 4))
    assert heights_of(unknown, "curfew") == {(day[2], day[4], 2.0), (day[5], day[6], 7.0)}
    assert "by region – whole country" in [text.get_text().strip() for text in unknown.texts]
    with pytest.raises(ps.SchemaError, match="unknown regions: Z"):
        ps.plot_curve(panel, table, ax=new_axes(8, 4), regions=regions)


def test_kinds_without_a_lane_are_named(case, panel):
    ax = ps.plot_curve(panel, case.interventions, ax=new_axes(10, 5), regions=case.regions)
    written = " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    first, after = panel.index[0], panel.index[-1] + DAY
    seen = case.interventions[(case.interventions["start"] < after) & ~(case.interventions["end"] <= first)]
    for kind in seen["kind"].unique():
        assert code_text(kind) in written, kind
    chosen = ps.plot_curve(panel, case.interventions, ax=new_axes(), kinds=["curfew"], regions=case.regions)
    assert not any("Not drawn" in text.get_text() for text in chosen.texts)


@given(
    st.lists(
        st.tuples(st.sampled_from(["A", "B", None]), st.integers(0, 30), st.integers(1, 12)), min_size=1, max_size=8
    )
)
def test_steps_are_the_share_at_every_moment(rows):
    start = pd.Timestamp("2022-01-01")
    table = make_interventions(
        *[
            ("x", region, str(start + first * DAY / 3), str(start + (first + long) * DAY / 3))
            for region, first, long in rows
        ]
    )
    weights = pd.Series({"A": 0.25, "B": 0.75}, name="people")
    steps = share_steps(table, weights)
    assert all(one[1] <= other[0] for one, other in pairwise(steps))
    for moment in pd.date_range(start, periods=90, freq="4h"):
        held = table[(table["start"] <= moment) & (table["end"] > moment)]["region_id"]
        expected = 1.0 if held.isna().any() else weights[list(held.unique())].sum()
        assert sum(share for first, last, share in steps if first <= moment < last) == expected


def test_rows_in_words():
    assert row_text(pd.date_range("2022-01-01", periods=3)) == "day"
    assert row_text(pd.date_range("2022-01-03", periods=1, freq="W-MON")) == "week"
    assert row_text(pd.date_range("2022-01-01", periods=3, freq="MS")) == "month"
    assert row_text(pd.date_range("2022-01-01", periods=3, freq="QS")) == "quarter"
    assert row_text(pd.date_range("2022-01-01", periods=3, freq="YS")) == "year"
    assert row_text(pd.date_range("2022-01-01", periods=3, freq="3D")) == "3-day span"
    assert (
        ps.plot_curve(make_panel([[1], [2]], freq="3D"), ax=new_axes(), unit="reports").get_ylabel()
        == "reports per 3-day span"
    )


def test_what_cannot_be_drawn():
    with pytest.raises(ps.DataError, match="panel must have at least one date and one place; got 0 dates"):
        ps.plot_curve(make_panel([[1]]).iloc[:0], ax=new_axes())
    with pytest.raises(ps.SchemaError, match="panel"):
        ps.plot_curve(make_panel([[1]])["R0"], ax=new_axes())


def test_negative_sums_hang_below_the_axis():
    ax = ps.plot_curve(make_panel([[-2], [4]]), ax=new_axes())
    assert ax.get_ylim()[0] == -2
    assert [float(vertices[:, 1].min()) for vertices in bars(ax)] == [-2, 0]


def test_title_and_note_are_plain_text_within_a_new_figure():
    plt = pytest.importorskip("matplotlib.pyplot")
    with mpl.rc_context({"backend": "Agg"}):
        ax = ps.plot_curve(make_panel([[1], [2]]), title="$x$ қаңтар " * 12, note="$n$ " * 60)
        ax.figure.draw_without_rendering()
        for text in (ax._left_title, ax.xaxis.label):
            box = text.get_window_extent()
            assert text.get_text().startswith("$")
            assert box.y0 >= 0
            assert box.y1 <= ax.figure.bbox.y1 + 1
            assert box.x1 <= ax.figure.bbox.x1
        plt.close(ax.figure)


def parts_of(case, **options):
    events = case.events[~case.events["minor"]]
    return {
        kind: ps.count_events(events[events["event_type"] == kind], case.cities, **options) for kind in ps.EVENT_TYPES
    }


def test_bars_stacked_by_type_are_the_panel(case, panel):
    by = parts_of(case, start="2022-01-01", end="2022-01-11", observed=case.coverage)
    ax = ps.plot_curve(panel, case.interventions, ax=new_axes(10, 6), by=by)
    drawn = np.array(bars(ax)).reshape(7, 11, -1, 2)[..., 1]
    tall = drawn.max(axis=2) - drawn.min(axis=2)
    assert (tall == [part.sum(axis=1).to_numpy() for part in by.values()]).all()
    assert (drawn.max(axis=2)[-1] == panel.sum(axis=1).to_numpy()).all()
    assert (drawn.min(axis=2)[1:] == drawn.max(axis=2)[:-1]).all()  # each stands on the one before
    (collection,) = [artist for artist in ax.collections if artist.get_gid() == "bars"]
    colors = [mpl.colors.to_hex(color).upper() for color in collection.get_facecolor()[::11]]
    assert colors == [color.upper() for color in TYPE_COLORS]
    legend = ax.get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [kind.replace("_", " ") for kind in ps.EVENT_TYPES]
    assert len(hatched(ax)) == 1


@pytest.mark.parametrize("size", [(10, 6), (4, 3), (14, 3)])
@pytest.mark.parametrize("lanes_too", [True, False])
def test_the_legend_covers_neither_bar_nor_lane(case, panel, size, lanes_too):
    by = parts_of(case, start="2022-01-01", end="2022-01-11", observed=case.coverage)
    ax = ps.plot_curve(panel, case.interventions if lanes_too else None, ax=new_axes(*size), by=by)
    ax.figure.draw_without_rendering()
    key, area = ax.get_legend().get_window_extent(), ax.get_window_extent()
    highest = ax.transData.transform((0, panel.sum(axis=1).max()))[1]
    assert highest <= key.y0 + 1
    assert all(box.y0 >= key.y1 - 2 for text, box in text_boxes(ax) if text in {"curfew", "price control"})
    assert area.x0 - 1 <= key.x0
    assert key.x1 <= area.x1 + 1
    assert key.y1 <= area.y1 + 1


def test_types_that_are_not_the_panel_are_refused():
    panel = make_panel([[1, 2], [0, NAN], [5, 4]])
    half = panel.assign(R0=0)
    good = {"a": half, "vigil": panel - half}
    assert np.ptp(np.array(bars(ps.plot_curve(panel, ax=new_axes(), by=good)))[..., 1], axis=1).tolist() == [
        2,
        0,
        4,
        1,
        0,
        5,
    ]
    for by, fault in (
        ({}, "expected 1 to 7 types; got 0"),
        ({str(i): panel / 8 for i in range(8)}, "expected 1 to 7 types; got 8"),
        ({"a": half, "b": panel.iloc[1:]}, "types whose dates differ from those of panel: b"),
        ({"a": panel}, None),
        ({"a": half}, "types do not add up to panel on 2022-01-01, 2022-01-03"),
        ({"a": panel * 2, "b": -panel}, "types with negative numbers: b"),
    ):
        if fault is None:
            ps.plot_curve(panel, ax=new_axes(), by=by)
        else:
            with pytest.raises(ps.DataError, match=fault):
                ps.plot_curve(panel, ax=new_axes(), by=by)
    with pytest.raises(ps.SchemaError, match="panel"):
        ps.plot_curve(panel, ax=new_axes(), by={"a": panel["R0"]})
    with pytest.raises(ps.DataError, match="larger axes or fewer types"):
        ps.plot_curve(panel, ax=new_axes(1, 0.5), by=good)


@pytest.mark.parametrize("values", [[[0, 0], [0, 0]], [[NAN, NAN]], [[3, 3], [3, 3]], [[2, 1]]])
def test_poor_panels_are_drawn_with_and_without_types(values):
    panel = make_panel(values)
    for by in (None, {"protest": panel}):
        assert heights(ps.plot_curve(panel, ax=new_axes(), by=by)) == panel.sum(axis=1).tolist()


def test_ten_thousand_places():
    panel = make_panel(np.random.default_rng(1).poisson(1, (30, 10_000)))
    assert heights(ps.plot_curve(panel, ax=new_axes(), by={"riot": panel})) == panel.sum(axis=1).tolist()


def test_colors_of_types():
    assert list(type_colors(list(ps.EVENT_TYPES)).values()) == list(TYPE_COLORS)
    assert type_colors(["riot", "a", "b"]) == {"riot": TYPE_COLORS[4], "a": TYPE_COLORS[0], "b": TYPE_COLORS[1]}
