"""Reference values: Moran's I of attacks in Germany (spdep), of crime in Columbus (GeoDa, PySAL)."""

import warnings

import numpy as np
import pandas as pd
import pytest

import protestspread as ps


def test_moran_of_the_state_totals(states, german_states):
    totals = pd.DataFrame([states.sum()], index=pd.DatetimeIndex(["2014-01-06"], name="date"))
    found = ps.moran_over_time(totals, german_states, permutations=9999, rng=1).to_frame().iloc[0]
    assert found["statistic"] == pytest.approx(0.1255628684, abs=5e-11)
    assert found["expected"] == pytest.approx(-1 / 15, rel=1e-12)
    assert found["variance"] == pytest.approx(0.0315868970, abs=5e-11)
    moments = ps.moran_over_time(totals, german_states, p_from="moments", adjust="holm").to_frame().iloc[0]
    assert moments["p_value"] == pytest.approx(0.139715, abs=5e-7)
    assert abs(found["p_value"] - 0.14) < 0.03  # few places, so the normal distribution is rough


def test_moran_of_crime_in_columbus():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        libpysal = pytest.importorskip("libpysal", reason="libpysal, which holds the data, is not installed")
        import geopandas as gpd
        from libpysal.graph import Graph

        try:
            table = gpd.read_file(libpysal.examples.get_path("columbus.shp"))
        except (OSError, ValueError, AttributeError) as fault:
            pytest.skip(f"libpysal ships no Columbus: {fault}")
        queen = Graph.build_contiguity(table, rook=False)
    crime = pd.DataFrame([table["CRIME"].to_numpy()], index=pd.DatetimeIndex(["1980-01-01"], name="date"))
    graph = ps.DiffusionGraph.from_libpysal(queen)
    found = ps.moran_over_time(crime, graph, permutations=999, rng=1).to_frame().iloc[0]
    assert found["statistic"] == pytest.approx(0.5001885571828611, abs=1e-12)
    assert found["p_value"] == 0.001
    assert np.isclose(found["expected"], -1 / 48)
