"""Every still picture against input that is poor or wrong: a picture that can be saved, or an error that says what to do."""

import io

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.figure import Figure

import protestspread as ps

DAYS = pd.date_range("2022-01-01", periods=5, freq="D", name="date")


def cells(number):
    """The lower left corners of cells of a square of nine degrees, and how wide they are."""
    side = max(int(np.ceil(np.sqrt(number))), 1)
    y, x = np.divmod(np.arange(number), side)
    return 9 * x / side, 9 * y / side, 9 / side


def make_regions(names):
    x, y, wide = cells(len(names))
    index = pd.Index(names, name="region_id")
    return gpd.GeoDataFrame(
        {"name": names}, index=index, geometry=list(shapely.box(x, y, x + wide, y + wide)), crs=4326
    )


def make_cities(names):
    x, y, wide = cells(len(names))
    points = gpd.points_from_xy(x + wide / 2, y + wide / 2)
    return gpd.GeoDataFrame({"region_id": names}, index=pd.Index(names, name="city"), geometry=points, crs=4326)


def make_panel(names, value=None, days=DAYS):
    numbers = np.random.default_rng(7).poisson(1.0, (len(days), len(names))).astype(float)
    return pd.DataFrame(numbers if value is None else np.full(numbers.shape, value), index=days, columns=list(names))


def make_tree(first):
    table = [(None, first.index[0], first.iloc[0], 1.0)] if len(first) else []
    table += [(first.index[0], place, day, 0.7) for place, day in first.iloc[1:].items()]
    frame = pd.DataFrame(table, columns=["source", "target", "date", "probability"])
    return ps.TransmissionTree(
        frame.astype({"source": object, "target": object, "date": "datetime64[ns]", "probability": float})
    )


def draw_graph(panel, names, ax):
    places = make_cities(names)
    ps.plot_graph(ps.nearest_graph(places, k=min(2, max(len(places) - 1, 1))), make_regions(names), ax=ax)


def draw_flows(panel, names, ax):
    total, places = panel.sum(min_count=1), make_cities(names)
    at = places.geometry.reindex(total.index)
    flows = pd.DataFrame({"origin": total.index, "destination": "Capital", "origin_lon": at.x.to_numpy(), "destination_lat": 0.1,
                          "origin_lat": at.y.to_numpy(), "destination_lon": 0.1, "low": total.to_numpy(), "high": total.to_numpy(),
                          "start": panel.index.min()}, index=pd.RangeIndex(len(total), name="flow_id"))  # fmt: skip
    ps.plot_flows(flows, make_regions(names), ax=ax)


PICTURES = {
    "choropleth": lambda panel, names, ax: ps.plot_choropleth(
        panel.sum(min_count=1), make_regions(names), ax=ax, labels=True
    ),
    "cities": lambda panel, names, ax: ps.plot_cities(panel.sum(min_count=1), make_cities(names), ax=ax),
    "curve": lambda panel, _, ax: ps.plot_curve(panel, ax=ax),
    "heatmap": lambda panel, _, ax: ps.plot_heatmap(panel, ax=ax),
    "onsets": lambda panel, names, ax: ps.plot_onsets(ps.onsets(panel), make_cities(names), make_regions(names), ax=ax),
    "isochrones": lambda panel, names, ax: ps.plot_onsets(ps.onsets(panel), make_cities(names), ax=ax, isochrones=True),
    "tree": lambda panel, names, ax: ps.plot_tree(make_tree(ps.onsets(panel).dropna()), make_cities(names), ax=ax),
    "flows": draw_flows,
    "graph": draw_graph,
}
NAMES = [f"R{i}" for i in range(9)]
MANY = [f"R{i}" for i in range(10_000)]
CASES = {  # the panel, and the places that there are
    "no places, no days": (make_panel([], days=DAYS[:0]), []),
    "no places": (make_panel([]), NAMES),
    "no days": (make_panel(NAMES, days=DAYS[:0]), NAMES),
    "one day": (make_panel(NAMES, days=DAYS[:1]), NAMES),
    "one place": (make_panel(NAMES[:1], 1.0), NAMES[:1]),
    "regions missing from the panel": (make_panel(NAMES[:4]), NAMES),
    "places missing from the regions": (make_panel(NAMES), NAMES[:4]),
    "all zeros": (make_panel(NAMES, 0.0), NAMES),
    "all missing": (make_panel(NAMES, np.nan), NAMES),
    "one value": (make_panel(NAMES, 3.0), NAMES),
    "tiny and huge": (pd.concat([make_panel(NAMES, 1e-300, DAYS[:2]), make_panel(NAMES, 1e300, DAYS[2:])]), NAMES),
}


def assert_picture_or_helpful_error(picture, panel, names):
    kept = panel.copy()
    ax = Figure((6, 4), dpi=80).add_axes((0.1, 0.1, 0.7, 0.75))
    message = None
    try:
        PICTURES[picture](panel, names, ax)
    except ps.ProtestSpreadError as error:
        message = str(error)
    if message is None:
        ax.figure.savefig(io.BytesIO(), format="png")
        assert ax.has_data() or ax.texts
    else:
        assert "Fix: " in message or " must be " in message
    pd.testing.assert_frame_equal(panel, kept)


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("bad", CASES)
def test_poor_input_gives_a_picture_or_a_helpful_error(picture, bad):
    assert_picture_or_helpful_error(picture, *CASES[bad])


@pytest.mark.long
@pytest.mark.parametrize(
    "picture",
    [pytest.param(name, marks=() if name in ("choropleth", "tree") else pytest.mark.slow) for name in PICTURES],
)
def test_ten_thousand_places(picture):
    assert_picture_or_helpful_error(picture, make_panel(MANY), MANY)
