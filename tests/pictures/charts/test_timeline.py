"""What a timeline says and draws: bands to scale, fades, acts, flows, and no text on another."""

import io
import re
import warnings
from dataclasses import replace
from itertools import combinations

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.dates import date2num
from matplotlib.figure import Figure

import protestspread as ps
from protestspread.pictures.charts.timeline_rows import flow_rows, intervention_rows

DAY = pd.Timedelta(days=1)
JAN = pd.Timestamp("2022-01-01")
NAMES = pd.Series({"A": "Alpha", "B": "Beta", "C": "Gamma"})
PEOPLE = pd.Series({"A": 0.2, "B": 0.3, "C": 0.5}, name="people")


def at(text):
    return pd.Timestamp(f"2022-01-{text}")


def make_interventions(*rows):
    table = pd.DataFrame(rows, columns=["kind", "region_id", "start", "end"])
    table[["start", "end"]] = table[["start", "end"]].apply(pd.to_datetime, format="ISO8601")
    return table.rename_axis("intervention_id")


def make_flows(*rows):
    columns = ["origin", "low", "high", "start", "end"]
    table = pd.DataFrame(rows, columns=columns).assign(destination="Town", origin_lon=1.0, origin_lat=1.0)
    table[["start", "end"]] = table[["start", "end"]].apply(pd.to_datetime)
    return table.assign(destination_lon=2.0, destination_lat=2.0).rename_axis("flow_id")


def bands_of(table, end="11", weights=PEOPLE, **options):
    options = {"kinds": None} | options
    return {band.kind: band for band in intervention_rows(table, JAN, at(end), NAMES, weights, **options)}


def new_axes(width=10.0, height=6.4):
    return Figure((width, height), dpi=100).add_axes((0.07, 0.08, 0.91, 0.86))


def written(ax):
    return [text.get_text() for text in ax.texts]


def lane(ax, name):
    """What is written beside a name."""
    texts = written(ax)
    return texts[texts.index(name) + 1].strip()


def boxes(ax, gid="band"):
    """Left and right of every box of the bands, in days."""
    paths = [path for artist in ax.collections if artist.get_gid() == gid for path in artist.get_paths()]
    return {(round(path.vertices[:, 0].min(), 6), round(path.vertices[:, 0].max(), 6)) for path in paths}


def test_bands_are_the_share_of_the_people_where_a_measure_was_in_force():
    table = make_interventions(
        ("curfew", "A", "2022-01-02", "2022-01-06"),
        ("curfew", "A", "2022-01-03", "2022-01-04"),  # within the other: A is held once
        ("curfew", "B", "2022-01-04T12:00:00", "2022-02-06"),
        ("curfew", None, "2022-01-08", "2022-01-09"),
    )
    band = bands_of(table, mark=["A"])["curfew"]
    assert band.steps == (
        (at("02"), at("04 12:00"), 0.2),
        (at("04 12:00"), at("06"), 0.5),
        (at("06"), at("08"), 0.3),
        (at("08"), at("09"), 1),
        (at("09"), at("11"), 0.3),
    )
    assert band.marked == ((at("02"), at("06"), 0.2), (at("08"), at("09"), 0.2))
    assert band.goes_on
    assert band.words == "whole country; Beta, 30\u202f% of people through 5 Feb 2022"
    alike = bands_of(table, weights=PEOPLE.mul(0).add(1 / 3).rename("regions"))["curfew"]
    assert [round(3 * share) for *_, share in alike.steps] == [1, 2, 1, 3, 1]
    assert alike.words == "whole country; Beta through 5 Feb 2022"


def test_bands_say_where_and_until_when():
    table = make_interventions(
        ("one", "A", "2022-01-02", "2022-01-05 07:00"),
        ("all", "A", "2022-01-02", "2022-01-05"),
        ("all", "B", "2022-01-02", "2022-01-07"),
        ("all", "C", "2022-01-02", "2022-01-07"),
        ("open", "B", "2022-01-03", None),
        ("mixed", "B", "2022-01-03", None),
        ("mixed", "C", "2022-01-03", "2022-01-05"),
        ("government_resignation", None, "2022-01-05", "2022-01-06"),
        ("leadership_change", None, "2022-01-05T19:00:00", "2022-01-06"),
        ("over", None, "2021-01-05", "2021-01-06"),
    )
    found = bands_of(table)
    said = {kind: band.words for kind, band in found.items()}
    assert said == {
        "one": "Alpha, 20\u202f% of people, until 07:00 on 5 Jan",
        "all": "all 3 regions; Beta, Gamma, 80\u202f% of people through 6 Jan",
        "open": "Beta, 30\u202f% of people; end date not found",
        "mixed": "Beta, Gamma, 80\u202f% of people; Gamma, 50\u202f% of people through 4 Jan; some end dates not found",
        "government_resignation": "5 Jan",
        "leadership_change": "5 Jan",
    }
    assert found["open"].fades_out == ((at("03"), 0.3),)
    assert not found["open"].steps
    assert found["government_resignation"].acts == (at("05 12:00"),)  # the hour is not known: noon
    assert found["leadership_change"].acts == (at("05 19:00"),)
    assert list(bands_of(table, kinds=["mixed", "one"])) == ["mixed", "one"]
    with pytest.raises(ps.DataError, match="no intervention has the kind sieges"):
        bands_of(table, kinds=["sieges"])


moments = st.integers(0, 30).map(lambda hours: JAN + pd.Timedelta(hours=8 * hours))
intervals = st.tuples(st.sampled_from(["A", "B", None]), moments, st.integers(1, 12))


@given(st.lists(intervals, min_size=1, max_size=8))
def test_at_every_moment_a_band_is_the_share_in_force(rows):
    table = make_interventions(
        *[("x", region, str(first), str(first + last * DAY / 3)) for region, first, last in rows]
    )
    steps = bands_of(table).get("x")
    for moment in pd.date_range(JAN, at("10 20:00"), freq="4h"):
        held = table[(table["start"] <= moment) & (table["end"] > moment)]["region_id"]
        expected = 1 if held.isna().any() else PEOPLE[list(held.unique())].sum()
        found = [share for first, last, share in (steps.steps if steps else ()) if first <= moment < last]
        assert (found or [0]) == pytest.approx([expected])


def test_flows_to_scale_and_in_words():
    table = make_flows(
        ("Both", 10, 10, "2022-01-03", "2022-01-05"),
        ("Late", None, 1500, None, "2022-01-05"),
        ("Still", 5, None, "2022-01-03", None),
        ("Never", None, None, None, None),
        ("Beyond", 5, 7, "2021-12-05", "2022-03-05"),
        ("Before", 5, 7, "2021-12-05", "2021-12-31"),
    )
    drawn, outside = flow_rows(table, JAN, at("11"))
    assert outside == ["Before → Town"]
    found = {band.name: band for band in drawn}
    assert {name: band.words for name, band in found.items()} == {
        "Both → Town": "10; arrived 3 Jan, withdrawn 5 Jan",
        "Late → Town": "up to 1\u202f500; arrival date not found, withdrawn 5 Jan",
        "Still → Town": "at least 5; arrived 3 Jan, withdrawal date not found",
        "Never → Town": "strength not found; arrival date not found, withdrawal date not found",
        "Beyond → Town": "5–7; arrived 5 Dec 2021, withdrawn 5 Mar 2022",
    }
    assert found["Both → Town"].steps == ((at("03"), at("06"), 0.6),)  # through its last day
    assert found["Late → Town"].fades_in == ((at("06"), 0.6),)
    assert found["Still → Town"].fades_out == ((at("03"), 0.6),)
    assert found["Never → Town"].first is None
    assert found["Beyond → Town"].goes_on
    dispatched = flow_rows(table.iloc[:1].assign(start_basis="dispatch"), JAN, at("11"))
    assert dispatched[0][0].words == "10; dispatched 3 Jan, withdrawn 5 Jan"


def test_kazakhstan(case):
    ax = ps.plot_timeline(case, ax=new_axes(), mark=["KZ-ALA", "KZ-MAN"])
    for kind in ("state of emergency", "curfew"):
        assert lane(ax, kind).startswith("all 17 regions; 7 of 17 regions, 46\u202f% of people through 18 Jan")
    assert lane(ax, "government resignation") == "5 Jan"
    assert lane(ax, "price control") == "whole country, through 4 Jul 2022; some end dates not found"
    assert lane(ax, "internet shutdown") == "whole country, through 17 Jan; some end dates not found"
    for country in ("Russia", "Belarus", "Armenia"):
        assert "withdrawn 1" in lane(ax, f"{country} → Almaty")
    for country in ("Tajikistan", "Kyrgyzstan"):
        assert lane(ax, f"{country} → Almaty").endswith("arrival date not found, withdrawn 14 Jan")
    emergency = tuple(date2num([at("05 01:30"), at("19")]).round(6))
    assert emergency in boxes(ax)  # Almaty and Mangystau, the dark part
    assert tuple(date2num([at("06"), at("20")])) in boxes(ax)  # Russia
    assert len([line for line in ax.lines if line.get_gid() == "goes on"]) >= 1
    (acts,) = {tuple(line.get_xdata()) for line in ax.lines if line.get_gid() == "act"} & {(date2num(at("05 12:00")),)}
    assert acts
    assert any("Dark: Almaty (city), Mangystau Region." in text and "Not drawn: " in text for text in written(ax))
    assert ax.get_xlim()[0] == date2num(JAN)


def test_bars_are_the_events_by_type(case):
    ax = ps.plot_timeline(case, ax=new_axes())
    (bars,) = [artist for artist in ax.collections if artist.get_gid() == "bars"]
    tall = np.array([np.ptp(path.vertices[:, 1]) for path in bars.get_paths()]).reshape(7, -1)
    counts = case.events.groupby(["event_type", "date"]).size()
    for row, kind in enumerate(ps.EVENT_TYPES):
        assert tall[row, :8].tolist() == [counts.get((kind, JAN + i * DAY), 0) for i in range(8)]
    plain = ps.plot_timeline(case, ax=new_axes(), by_type=False)
    assert plain.get_legend() is None
    many = replace(case, events=case.events.assign(event_type=[f"type {i % 9}" for i in range(len(case.events))]))
    labels = [text.get_text() for text in ps.plot_timeline(many, ax=new_axes()).get_legend().get_texts()]
    assert len(labels) == 7
    assert "other types" in labels


def apart(one, other):
    return one.x1 <= other.x0 + 1 or other.x1 <= one.x0 + 1 or one.y1 <= other.y0 + 2 or other.y1 <= one.y0 + 2


@settings(max_examples=8)
@given(
    st.sampled_from([(10, 6.4), (5, 4), (14, 5), (8, 9)]),
    st.sampled_from([{}, {"mark": ["KZ-ALA"]}, {"start": "2022-01-04", "end": "2022-01-06"}, {"end": "2022-03-20"}]),
)
def test_no_text_lies_on_another_or_leaves_the_figure(case, size, options):
    ax = ps.plot_timeline(case, ax=new_axes(*size), title="Қазақстан, январь 2022", **options)
    ax.figure.draw_without_rendering()
    shown = [*ax.texts, *ax.get_xticklabels(), ax._left_title, *ax.get_legend().get_texts()]
    found = [(text.get_text(), text.get_window_extent()) for text in shown if text.get_text().strip()]
    for (one, a), (other, b) in combinations(found, 2):
        assert apart(a, b), (one, other)
    for text, box in found:
        assert min(box.x0, box.y0) >= 0, text
        assert box.x1 <= ax.figure.bbox.x1 + 1, text
        assert box.y1 <= ax.figure.bbox.y1 + 1, text
    (bars,) = [artist for artist in ax.collections if artist.get_gid() == "bars"]
    top = ax.transData.transform([(0, path.vertices[:, 1].max()) for path in bars.get_paths()])[:, 1].max()
    assert top <= ax.get_legend().get_window_extent().y0 + 1


def test_text_stays_text_and_draws(case):
    ax = new_axes()
    with warnings.catch_warnings(), mpl.rc_context({"svg.fonttype": "none"}):
        warnings.simplefilter("error")
        ps.plot_timeline(case, ax=ax, title="Қазақстан, $x$ январь", note="$n$ " * 5)
        page = io.BytesIO()
        ax.figure.savefig(page, format="svg")
        ax.figure.savefig(io.BytesIO(), format="png")
    words = re.findall(r">([^<>]+)</text>", page.getvalue().decode())
    assert {"Қазақстан, $x$ январь", "state of emergency", "Russia → Almaty"} <= set(words)


def test_a_new_figure_has_room_for_all(case):
    plt = pytest.importorskip("matplotlib.pyplot")
    with mpl.rc_context({"backend": "Agg"}):
        ax = ps.plot_timeline(case, title="Title", note="Note. " * 80)
        ax.figure.draw_without_rendering()
        assert "government resignation" in written(ax)
        for text in (ax._left_title, ax.xaxis.label):
            box = text.get_window_extent()
            assert box.y0 >= 0
            assert box.y1 <= ax.figure.bbox.y1 + 1
        plt.close(ax.figure)


def test_poor_cases_are_drawn(case):
    bare = replace(
        case, interventions=case.interventions.iloc[:0], flows=case.flows.iloc[:0], coverage=case.coverage.iloc[:0]
    )
    ax = ps.plot_timeline(bare, ax=new_axes())
    assert not boxes(ax)
    one_day = replace(case, events=case.events[case.events["date"] == at("05")])
    assert len(written(ps.plot_timeline(one_day, ax=new_axes()))) > 10
    window = {"start": "2022-01-05", "end": "2022-01-05"}
    assert ps.plot_timeline(case, ax=new_axes(), **window).get_xlim() == (date2num(at("05")), date2num(at("06")))
    none = replace(case, events=case.events.iloc[:0])
    assert "curfew" in written(ps.plot_timeline(none, ax=new_axes(), start="2022-01-01", end="2022-01-09"))
    unseen = ps.plot_timeline(case, ax=new_axes(), start="2022-02-01", end="2022-02-09")
    assert "not observed" in written(unseen)
    assert "Russia → Almaty" not in written(unseen)
    assert any("Outside this period: Russia → Almaty, Belarus → Almaty" in text for text in written(unseen))
    late = ps.plot_timeline(case, ax=new_axes(), start="2022-02-01", end="2022-02-09", kinds=["state_of_emergency"])
    assert any("Outside this period: state of emergency, Russia" in text for text in written(late))
    untyped = replace(case, events=case.events.drop(columns="event_type"))
    assert ps.plot_timeline(untyped, ax=new_axes()).get_legend() is None


def test_what_cannot_be_drawn(case):
    with pytest.raises(ps.DataError, match="case must be a Case; got DataFrame"):
        ps.plot_timeline(pd.DataFrame())
    with pytest.raises(
        ps.DataError, match=r"start must be a date such as .*; got 'soon'[\s\S]*not in the regions: KZ-X"
    ):
        ps.plot_timeline(case, start="soon", mark=["KZ-X"])
    with pytest.raises(ps.DataError, match=r"start must be a date such as .*; got '2022-01-01T00:00Z'"):
        ps.plot_timeline(case, start="2022-01-01T00:00Z")
    with pytest.raises(ps.DataError, match="end must not be before start; got 2022-01-05 to 2022-01-01"):
        ps.plot_timeline(case, start="2022-01-05", end="2022-01-01")
    with pytest.raises(ps.DataError, match="start and end must be given"):
        ps.plot_timeline(replace(case, events=case.events.iloc[:0]))
    with pytest.raises(ps.DataError, match="no intervention has the kind siege"):
        ps.plot_timeline(case, ax=new_axes(), kinds=["siege"])
    with pytest.raises(ps.DataError, match="ax is too low for 5 flows and 2 kinds"):
        ps.plot_timeline(case, ax=new_axes(10, 2), kinds=["curfew", "price_control"], by_type=False)


def test_ten_thousand_cities_and_interventions(case):
    cities = gpd.GeoDataFrame(
        index=pd.Index([f"C{i}" for i in range(10_000)], name="city"),
        geometry=shapely.points(np.linspace(50, 80, 10_000), 45),
        crs=4326,
    )
    events = case.events.assign(city=[f"C{i}" for i in range(len(case.events))])
    many = pd.concat([case.interventions] * 96, ignore_index=True).rename_axis("intervention_id")
    big = replace(case, cities=cities, events=events, interventions=many)
    assert "state of emergency" in written(ps.plot_timeline(big, ax=new_axes()))


@pytest.mark.parametrize("name", ["george_floyd_2020", "sit_ins_1960"])
def test_a_case_without_flows_is_drawn(name):
    case = ps.load_case(name)
    ax = Figure((10, 6.4), dpi=100).add_axes((0.07, 0.08, 0.9, 0.86))
    ps.plot_timeline(case, ax=ax, title=case.title)
    words = " ".join(text.get_text() for text in ax.texts)
    assert "→" not in words
    for kind in case.interventions["kind"].unique():
        assert kind.replace("_", " ") in words


def test_a_case_without_interventions_and_coverage_is_drawn(case):
    bare = replace(case, interventions=None, flows=None, coverage=None)
    ax = Figure((10, 6.4), dpi=100).add_axes((0.07, 0.08, 0.9, 0.86))
    ps.plot_timeline(bare, ax=ax)
    assert "not observed" not in {text.get_text() for text in ax.texts}
    with pytest.raises(ps.DataError, match=r"no intervention has the kind curfew\nFix: omit kinds: there are no"):
        ps.plot_timeline(bare, ax=ax, kinds=["curfew"])
