"""The result of `centers_over_time`: what its sentence and its figure say."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import protestspread as ps


@pytest.fixture(scope="module")
def cities():
    points = gpd.GeoSeries.from_xy(
        [60.0, 62.0, 70.0], [45.0, 45.0, 45.0], index=pd.Index(["a", "b", "c"], name="city"), crs=4326
    )
    return gpd.GeoDataFrame(geometry=points)


def centers(rows, cities, **options):
    panel = pd.DataFrame(rows, pd.date_range("2022-01-01", periods=len(rows), name="date"), cities.index)
    return ps.centers_over_time(panel, cities, rng=1, **options)


def test_the_sentence_counts_days_moves_and_those_distinguishable_from_zero(cities):
    found = centers([[30, 20, 10], [0, 0, 0], [31, 19, 10], [5, 10, 45]], cities)
    assert (found.table["km_low"] > 0).sum() == 1
    far = found.table["km_moved"].max()
    assert "The mean center of events is known on 3 of 4 days; it moved 2 times" in found.sentence
    assert f"to {far:.0f} km" in found.sentence
    assert "distinguishable from zero in 1 of 2 steps with an interval (95%, 999 bootstrap samples" in found.sentence


def test_sentences_without_a_drift_or_an_interval(cities):
    assert (
        centers([[1, 1, 1]], cities).sentence
        == "The mean center of events is known on 1 of 1 day, so no drift can be computed."
    )
    few = centers([[1, 1, 0], [0, 1, 1]], cities, kind="median").sentence
    assert few.startswith("The median center of events is known on 2 of 2 days; it moved once, by ")
    assert few.endswith("km, without intervals.")
    with pytest.raises(ps.DataError, match="result has no drift to draw"):
        centers([[1, 1, 1]], cities).plot()


def test_the_figure_shows_the_drift_and_its_interval(cities):
    found = centers([[30, 20, 10], [0, 0, 0], [31, 19, 10], [5, 10, 45]], cities)
    ax = found.plot(ax=Figure((7, 4)).add_axes((0.15, 0.2, 0.8, 0.6)), title="T")
    lines = {line.get_label(): line.get_xydata() for line in ax.lines}
    assert np.array_equal(lines["observed"][:, 1], found.table["km_moved"], equal_nan=True)
    assert (
        lines["observed, distinguishable from zero"][:, 0].tolist()
        == np.flatnonzero(found.table["km_low"] > 0).tolist()
    )
    assert "expected under the null" not in lines
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert band.max() == pytest.approx(found.table["km_high"].max())
    assert len([patch for patch in ax.patches if patch.get_gid() == "missing"]) == 2


def test_the_map_takes_the_result_or_its_table(cities):
    found = centers([[30, 20, 10], [5, 10, 45]], cities)
    for given in (found, found.to_frame()):
        ax = ps.plot_center_drift(given, ax=Figure((9, 6)).add_subplot())
        assert len(ax.findobj(lambda artist: str(artist.get_gid()).startswith("center "))) == 2
    table = found.to_frame()
    table["lon"] = 0.0
    assert not (found.table["lon"] == 0).any()
