"""The context of maps: neighboring countries and water of any country, in stills, films and pages."""

import geopandas as gpd
import matplotlib.figure
import pandas as pd
import pytest
import shapely

import protestspread as ps
from protestspread.pictures.style.options import checked_context

LAND, LAKE, FAR = shapely.box(2, 0, 3, 1), shapely.box(-1, 0, 0, 1), shapely.box(100, 40, 110, 50)


def context(kinds=("country", "water"), shapes=(LAND, LAKE), crs=4326, **columns):
    return gpd.GeoDataFrame(
        {"name": ["Nextland", "Big Lake"][: len(shapes)], "kind": list(kinds)} | columns, geometry=list(shapes), crs=crs
    )


FULL = context()
CONTEXTS = {  # the context, and the shapes of land and of water that a map shows of it
    "None": (None, (0, 0)),
    "land and water": (FULL, (1, 1)),
    "no water": (FULL.iloc[:1], (1, 0)),
    "only water": (FULL.iloc[1:], (0, 1)),
    "no rows": (FULL.iloc[:0], (0, 0)),
    "no rows, no reference system": (gpd.GeoDataFrame({"name": [], "kind": []}, geometry=[]), (0, 0)),
    "far away": (context(["country"], [FAR]), (0, 0)),
    "no kind": (FULL.drop(columns="kind"), (2, 0)),
    "no name": (FULL.drop(columns="name"), (1, 1)),
    "only shapes": (FULL[["geometry"]], (2, 0)),
    "missing kind": (context([None, "water"]), (1, 1)),
    "missing kind of a text column": (context(pd.array([pd.NA, "water"], dtype="string")), (1, 1)),
    "another kind": (context(["state", "sea"]), (2, 0)),
    "missing name": (context(name=[None, "Big Lake"]), (1, 1)),
    "numbers as names": (context(name=[1, 2.5]), (1, 1)),
    "categories": (FULL.astype({"name": "category", "kind": "category"}), (1, 1)),
    "names by language": (context(name_ru=["Страна", None]), (1, 1)),
    "another reference system": (FULL.to_crs(3857), (1, 1)),
    "an index with repetitions": (FULL.set_index(pd.Index([7, 7])), (1, 1)),
    "no geometry in a row": (context(shapes=[None, LAKE]), (0, 1)),
    "an empty geometry": (context(shapes=[shapely.Polygon(), LAKE]), (0, 1)),
    "a polygon that crosses itself": (
        context(shapes=[shapely.Polygon([(2, 0), (3, 1), (3, 0), (2, 1)]), LAKE]),
        (1, 1),
    ),
    "a collection": (context(shapes=[shapely.GeometryCollection([LAND, shapely.Point(2, 2)]), LAKE]), (1, 1)),
    "overlapping": (context(["country", "country"], [LAND, shapely.box(2, 0.5, 3, 1.5)]), (2, 0)),
    "the whole world": (context(["country"], [shapely.box(-180, -90, 180, 90)]), (1, 0)),
    "another name of the geometry": (FULL.rename_geometry("shape"), (1, 1)),
}
FAULTS = {
    "no reference system": (context(crs=None), ps.CRSError, "no reference system"),
    "points": (
        context(shapes=[shapely.Point(2, 0), LAKE]),
        ps.SchemaError,
        "column 'geometry': not a polygon in 1 of 2 rows",
    ),
    "lines": (
        context(shapes=[LAND, shapely.LineString([(0, 0), (1, 1)])]),
        ps.SchemaError,
        "not a polygon in 1 of 2 rows",
    ),
    "a column twice": (
        pd.concat([FULL, FULL[["name"]]], axis=1),
        ps.SchemaError,
        "a column is given more than once: name",
    ),
    "a series": (FULL.geometry, ps.SchemaError, "expected a GeoDataFrame with a geometry; got GeoSeries"),
    "a plain table": (pd.DataFrame(FULL), ps.SchemaError, "got DataFrame"),
    "a path": ("context.geojson", ps.SchemaError, "got str"),
}


@pytest.fixture
def panel():
    return pd.DataFrame({"A": [1, 0], "B": [0, 2]}, pd.date_range("2022-01-01", periods=2, name="date"))


@pytest.fixture
def pictures(panel, regions, cities):
    """Picture -> a function that draws it with a context and returns the numbers of shapes of land and of water."""
    graph = ps.nearest_graph(cities, k=1)

    def new():
        return matplotlib.figure.Figure((8, 5), dpi=100).add_axes((0, 0, 1, 0.9))

    def drawn(ax):
        found = [len(artist.get_paths()) for artist in ax.collections if artist.get_gid() == "context"]
        return tuple(found) or (0, 0)

    def page(made):
        made.to_html()
        parts = made._payload.get("context")
        return (0, 0) if parts is None else tuple(parts[part]["rings"]["n"] for part in ("land", "water"))

    return {
        "plot_choropleth": lambda around: drawn(ps.plot_choropleth(panel.iloc[0], regions, ax=new(), context=around)),
        "plot_graph": lambda around: drawn(ps.plot_graph(graph, regions, ax=new(), context=around)),
        "animate_spread": lambda around: len(list(ps.animate_spread(panel.iloc[:1], regions, context=around).frames())),
        "spread_map, folium": lambda around: page(ps.spread_map(panel, regions, context=around)),
        "spread_map, canvas": lambda around: page(ps.spread_map(panel, regions, context=around, engine="canvas")),
        "choropleth_map": lambda around: page(ps.choropleth_map(panel.iloc[0], regions, context=around)),
    }


QUICK = ["plot_choropleth", "plot_graph", "spread_map, canvas"]
OTHERS = ["animate_spread", "spread_map, folium", "choropleth_map"]  # they draw the context as one of these does
SOME = ["None", "no water", "no rows", "only shapes", "another reference system"]
DRAWN = [(picture, name) for picture in QUICK for name in CONTEXTS] + [
    (picture, name) for picture in OTHERS for name in SOME
]
REFUSED = [(QUICK[number % 3], name) for number, name in enumerate(FAULTS)] + [
    (picture, "a path") for picture in OTHERS
]


@pytest.mark.long
@pytest.mark.parametrize(("picture", "name"), DRAWN)
def test_any_context_is_drawn(pictures, picture, name):
    around, shown = CONTEXTS[name]
    before = None if around is None else around.copy()
    found = pictures[picture](around)
    assert found == (1 if picture == "animate_spread" else shown)
    if around is not None:
        assert list(around.columns) == list(before.columns)
        assert around.crs == before.crs


@pytest.mark.long
@pytest.mark.parametrize(("picture", "name"), REFUSED)
def test_a_context_that_cannot_be_drawn_is_an_error(pictures, picture, name):
    around, error, message = FAULTS[name]
    with pytest.raises(error, match=message) as raised:
        pictures[picture](around)
    assert str(raised.value).startswith("context: ")
    assert "Fix: " in str(raised.value)


@pytest.mark.parametrize("name", CONTEXTS)
def test_names_of_a_context_are_text_or_none(name):
    around, _ = CONTEXTS[name]
    if around is None:
        return
    checked = checked_context(around)
    assert checked.crs == 4326
    assert len(checked) == len(around)
    if "name" in checked:
        assert {type(label) for label in checked["name"]} <= {str, type(None)}


def test_names_of_senders_of_flows_are_not_repeated_whatever_the_names(case):
    for around in (case.context, case.context.assign(name=range(len(case.context))), case.context.iloc[:0]):
        ax = matplotlib.figure.Figure((8, 5), dpi=100).add_axes((0, 0, 1, 0.9))
        ps.plot_flows(case.flows, case.regions, ax=ax, context=around)
        assert "RUSSIA" not in {text.get_text() for text in ax.texts}
