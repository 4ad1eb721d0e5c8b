"""Graphs as GeoParquet."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings

import protestspread as ps

from .test_diffusion import edges, graphs


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(graph=graphs())
def test_what_is_saved_is_read(tmp_path, graph):
    path = tmp_path / "graph.parquet"
    graph.save(path)
    assert ps.read_graph(path) == graph


def test_the_case_is_saved_with_lines(tmp_path, case):
    graph = ps.link_graph(case.cities, case.links).union(ps.nearest_graph(case.cities, k=2))
    path = tmp_path / "graph.geoparquet"
    graph.save(path)
    back = ps.read_graph(path)
    assert back == graph
    assert back.nodes.name == "city"
    table = gpd.read_parquet(path)  # any reader of GeoParquet can
    assert len(table) == len(graph.edges)
    assert table.crs.equals("OGC:CRS84")
    first = graph.edges.iloc[0]
    assert table.geometry.iloc[0].coords[0] == tuple(graph.points[graph.nodes.get_loc(first["source"])])
    assert table.geometry.iloc[0].coords[1] == tuple(graph.points[graph.nodes.get_loc(first["target"])])
    assert list(tmp_path.iterdir()) == [path]  # nothing half-written is left


def test_lines_are_cut_at_the_antimeridian_and_absent_without_points(tmp_path):
    towns = gpd.GeoDataFrame(
        index=pd.Index(["Taveuni", "Suva"], name="city"),
        geometry=gpd.points_from_xy([-179.0, 178.0], [-17.0, -18.0]),
        crs=4326,
    )
    path = tmp_path / "fiji.parquet"
    ps.nearest_graph(towns, k=1).save(path)
    line = gpd.read_parquet(path).geometry.iloc[0]
    assert [list(part.coords) for part in line.geoms] == [
        [(-179, -17), (-180, pytest.approx(-17 - 1 / 3))],
        [(180, pytest.approx(-17 - 1 / 3)), (178, -18)],
    ]
    ps.DiffusionGraph.from_edges(edges(("A", "B", 1.0))).save(path)
    assert gpd.read_parquet(path).geometry.isna().all()
    with_one = ps.nearest_graph(towns, k=1).union(ps.DiffusionGraph.from_edges(edges(("Suva", "Nadi", 1.0))))
    with_one.save(path)
    assert ps.read_graph(path) == with_one
    assert gpd.read_parquet(path).geometry.isna().tolist() == [False, False, True]


def test_whole_numbers_are_names_too(tmp_path):
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [1, 2], "target": [2, 3]}))
    graph.save(tmp_path / "g.parquet")
    assert ps.read_graph(tmp_path / "g.parquet") == graph
    odd = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": [1.5], "target": [2.5]}))
    with pytest.raises(ps.DataError, match=r"strings or integers to be saved; got 1\.5, 2\.5"):
        odd.save(tmp_path / "g.parquet")


def test_what_is_no_graph_is_not_read(tmp_path):
    graph = ps.DiffusionGraph.from_edges(edges(("A", "B", 1.0)))
    with pytest.raises(ps.FileError, match="no such Parquet file"):
        ps.read_graph(tmp_path / "none.parquet")
    with pytest.raises(ps.FileError, match="no such Parquet file"):
        ps.read_graph("https://example.org/graph.parquet")
    with pytest.raises(ps.FileError, match=r"must end in \.parquet or \.geoparquet; got 'graph.csv'"):
        graph.save(tmp_path / "graph.csv")
    plain = tmp_path / "plain.parquet"
    pd.DataFrame({"source": ["A"]}).to_parquet(plain)
    with pytest.raises(ps.FileError, match="does not hold a graph"):
        ps.read_graph(plain)
    (tmp_path / "text.parquet").write_text("not Parquet")
    with pytest.raises(ps.FileError, match="does not hold a graph"):
        ps.read_graph(tmp_path / "text.parquet")


def test_a_file_that_was_tampered_with_is_refused(tmp_path):
    path = tmp_path / "graph.parquet"
    ps.DiffusionGraph.from_edges(edges(("A", "B", 1.0), ("B", "C", 2.0))).save(path)
    table = pyarrow.parquet.read_table(path)
    own = json.loads(table.schema.metadata[b"protestspread"])

    def rewrite(weights=(1.0, 2.0), **changed):
        meta = {b"protestspread": json.dumps(own | changed)}
        column = pyarrow.array(np.array(weights))
        pyarrow.parquet.write_table(table.set_column(2, "weight", column).replace_schema_metadata(meta), path)

    rewrite(nodes=["A", "B"])
    with pytest.raises(ps.FileError, match="places or kinds that it does not list"):
        ps.read_graph(path)
    rewrite(nodes=["A", "B", "C", "A"])
    with pytest.raises(ps.FileError, match="does not hold a graph"):
        ps.read_graph(path)
    rewrite(weights=(1.0, -2.0))
    with pytest.raises(ps.DataError, match="1 of 2 weights are negative"):
        ps.read_graph(path)
    rewrite(points=[[0.0, 0.0]])
    with pytest.raises(ps.DataError, match=r"points must have shape \(3, 2\)"):
        ps.read_graph(path)
