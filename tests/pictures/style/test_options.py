import io
import warnings
import xml.dom.minidom

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.pictures.style.options import check_options
from protestspread.pictures.style.text import printable

ESC = "A\x1b[31m\x00\ufffe\x85"


@pytest.mark.parametrize(
    "name", ["title", "note", "attribution", "legend_title", "zero_label", "missing_label", "unit"]
)
def test_texts_are_text(name):
    for given in (None, "", "A", "<b>&", chr(0xD800)):
        check_options(**{name: given})
    for given in (3, b"x", ["x"], True, float("nan"), pd.NaT, object()):
        with pytest.raises(ps.DataError, match=f"{name} must be text or None"):
            check_options(**{name: given})


def test_all_faults_come_at_once():
    with pytest.raises(ps.DataError) as caught:
        check_options(title=3, legend="yes", ax=1, crs="no such system", k=0)
    for name in ("title", "legend", "ax", "crs", "k"):
        assert f"  - {name} must be " in str(caught.value)


@pytest.mark.parametrize("crs", ["x", "", 10**30, -1, float("inf"), [], (1, 2), object(), chr(0xD800), 3.5, True])
def test_what_is_no_reference_system(case, crs):
    with pytest.raises(ps.DataError, match="crs must be a reference system"):
        ps.plot_choropleth(case.regions["population"], case.regions, crs=crs)


@pytest.mark.parametrize("context", [1, "x", [], {}, pd.DataFrame()])
def test_what_is_no_background(case, context):
    with pytest.raises(ps.SchemaError, match="context: expected a GeoDataFrame"):
        ps.plot_choropleth(case.regions["population"], case.regions, context=context)


def test_a_background_without_water(case, panel):
    land = case.context[case.context["kind"] != "water"]
    assert len(ps.spread_map(ps.aggregate_panel(panel, case.cities["region_id"]), case.regions, context=land).to_html())


def test_characters_that_cannot_be_drawn():
    assert printable("a\tb\nc\x1b[31m\x00\x7f\x9b\ufffe\U0001f525ә") == "a\tb\nc[31m\U0001f525ә"


# control characters everywhere in the data, in every picture, as outlines and as text


def with_controls(case):
    """The tables of a case with control characters in every name."""
    regions = case.regions.rename(index=lambda name: f"{name}{ESC}").rename_axis("region_id")
    regions["name"] = ESC
    cities = case.cities.rename(index=lambda name: f"{name}{ESC}").rename_axis("city")
    cities["region_id"] += ESC
    return regions, cities


def pictures(case, panel):
    regions, cities = with_controls(case)
    by_city = panel.rename(columns=lambda name: f"{name}{ESC}")
    first, graph = ps.onsets(by_city), ps.nearest_graph(cities, k=2).rename_kinds({"nearest": f"near{ESC}"})
    values = pd.Series(np.arange(len(regions)), regions.index, name=ESC)
    responses = case.interventions.assign(
        kind=case.interventions["kind"] + ESC, region_id=case.interventions["region_id"] + ESC
    )
    flows = case.flows.assign(
        **{name: case.flows[name].astype(str) + ESC for name in ("origin", "destination", "contributing_country")}
    )
    context = case.context.assign(name=ESC)
    table = pd.DataFrame({"source": [None, cities.index[0]], "target": cities.index[:2],
                          "date": pd.to_datetime(["2022-01-02", "2022-01-03"]), "probability": [1.0, 0.9]})  # fmt: skip
    texts = {"title": ESC, "note": ESC}
    maps = {**texts, "attribution": ESC, "context": context}
    by_region = ps.aggregate_panel(by_city, cities["region_id"]).iloc[:4]
    over_time = ps.moran_over_time(by_city.iloc[:3], graph, permutations=9, rng=1).to_frame()
    over_time.attrs["statistic"] = ESC
    local = ps.local_moran_over_time(by_city.iloc[:3], graph, permutations=9, rng=1)
    return {
        "choropleth": lambda: ps.plot_choropleth(
            values, regions, labels=True, cities=cities, zero_label=ESC, legend_title=ESC, **maps
        ),
        "small multiples": lambda: ps.plot_small_multiples(by_region, regions, unit=ESC, n=2, **maps)[0],
        "onsets": lambda: ps.plot_onsets(first, cities, regions, not_joined_label=ESC, **maps),
        "cities": lambda: ps.plot_cities(by_city.sum(), cities, regions, legend_title=ESC, **maps),
        "tree": lambda: ps.plot_tree(ps.TransmissionTree(table), cities, regions, **maps),
        "flows": lambda: ps.plot_flows(flows, regions, legend_title=ESC, **maps),
        "graph": lambda: ps.plot_graph(graph, regions, **maps),
        "curve": lambda: ps.plot_curve(by_city, responses, by={ESC: by_city}, unit=ESC, missing_label=ESC, **texts),
        "heatmap": lambda: ps.plot_heatmap(by_city, zero_label=ESC, missing_label=ESC, **texts),
        "series": lambda: ps.plot_over_time(over_time, title=ESC),
        "places by day": lambda: ps.plot_over_time(local, title=ESC),
    }


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize(
    "name",
    [
        "choropleth",
        "small multiples",
        "onsets",
        "cities",
        "tree",
        "flows",
        "graph",
        "curve",
        "heatmap",
        "series",
        "places by day",
    ],
)
def test_svg_is_xml_whatever_the_names_hold(case, panel, name, as_text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        axes = pictures(case, panel)[name]()
        file = io.BytesIO()
        if as_text:
            with ps.editable_text():
                axes.figure.savefig(file, format="svg")
        else:
            axes.figure.savefig(file, format="svg")
    xml.dom.minidom.parseString(file.getvalue())  # noqa: S318 - our own file
    plt.close("all")


def test_a_page_has_no_control_characters(case, panel):
    regions, _ = with_controls(case)
    by_region = ps.aggregate_panel(panel, case.cities["region_id"]).rename(columns=lambda name: f"{name}{ESC}")
    page = ps.spread_map(by_region, regions, title=ESC, note=ESC, attribution=ESC).to_html()
    assert printable(page) == page
