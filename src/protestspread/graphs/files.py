"""Read and write graphs as GeoParquet: one row per tie, a line where both places have a point."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..arrays import FloatArray
from ..atomic_files import atomic_path, file_errors, file_path
from ..errors import DataError, FileError
from .conversion import GraphParts, graph_of_kinds, to_edges

_KEY = b"protestspread"
_ENDINGS = (".parquet", ".geoparquet")


def save_graph(graph: GraphParts, path: str | Path) -> None:
    """Write a graph atomically; names of places must be strings or integers."""
    import pyarrow as pa
    import pyarrow.parquet

    if file_path(path).suffix.lower() not in _ENDINGS:
        raise FileError(
            f"path must end in .parquet or .geoparquet; got {Path(path).name!r}",
        )
    names = graph.nodes.tolist()
    odd = [repr(name) for name in names if not isinstance(name, str | int)]
    if odd:
        raise DataError(
            f"nodes must be strings or integers to be saved; got {', '.join(odd[:8])}",
            fix="rename the places",
        )
    own = {
        "format": 1,
        "places": graph.nodes.name,
        "nodes": names,
        "points": None
        if graph.points is None
        else [None if np.isnan(point[0]) else point for point in graph.points.tolist()],
        "kinds": list(graph.ties),
    }
    edges, lines = to_edges(graph), _lines(graph)
    columns = {name: pa.array(edges[name]) for name in ("source", "target", "weight")}
    columns["km"] = pa.array(edges["km"], from_pandas=True, type=pa.float64())
    columns["kind"] = pa.array(edges["kind"], type=pa.string()).dictionary_encode()
    columns["geometry"] = pa.array(shapely.to_wkb(lines), type=pa.binary())
    geo = {
        "version": "1.0.0",
        "primary_column": "geometry",
        "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}},
    }
    table = pa.table(columns).replace_schema_metadata(
        {b"geo": json.dumps(geo), _KEY: json.dumps(own, ensure_ascii=False)}
    )
    with atomic_path(path) as partial:
        pyarrow.parquet.write_table(table, partial)


def load_graph(path: str | Path) -> GraphParts:
    """Read the parts of a graph that `save_graph` wrote; see `read_graph`."""
    import pyarrow as pa
    import pyarrow.parquet

    path = file_path(path)
    with file_errors(path):
        there = path.suffix.lower() in _ENDINGS and path.is_file()
    if not there:
        raise FileError(f"{path.name}: no such Parquet file", fix=f"check the path: {path}")
    try:
        table = pyarrow.parquet.read_table(path)
        own: dict[str, Any] = json.loads((table.schema.metadata or {})[_KEY])
        nodes = pd.Index(own["nodes"], name=own["places"])
        kinds = [str(kind) for kind in own["kinds"]]
        source, target = (nodes.get_indexer(pd.Index(table[end].to_pandas())) for end in ("source", "target"))
        codes = pd.Index(kinds).get_indexer(pd.Index(table["kind"].to_pandas().astype(object)))
        weights = table["weight"].to_numpy().astype(float)
        km = table["km"].to_pandas().to_numpy(dtype=float)
        points = (
            None
            if own["points"] is None
            else np.array([point or (np.nan, np.nan) for point in own["points"]]).reshape(-1, 2)
        )
    except (KeyError, ValueError, TypeError, pd.errors.InvalidIndexError, pa.ArrowException) as fault:
        raise FileError(
            f"{path.name} does not hold a graph",
            [f"{type(fault).__name__}: {fault}"],
            "read a file written by graph.save",
        ) from fault
    if (codes < 0).any() or (source < 0).any() or (target < 0).any():
        raise FileError(
            f"{path.name} does not hold a graph",
            ["ties name places or kinds that it does not list"],
            "save the graph again",
        )
    return graph_of_kinds(nodes, points, kinds=kinds, codes=codes, source=source, target=target, weights=weights, km=km)


def _lines(graph: GraphParts) -> Any:
    """Return one line per tie, None where a point is unknown; lines are split at the antimeridian."""
    rows = [(ties.sources, ties.indices) for ties in graph.ties.values()]
    source, target = (
        np.concatenate(ends) if rows else np.empty(0, int) for ends in (zip(*rows, strict=True) if rows else ((), ()))
    )
    lines = np.full(len(source), None, dtype=object)
    if graph.points is None:
        return lines
    ends: FloatArray = np.stack([graph.points[source], graph.points[target]], axis=1)
    known = ~np.isnan(ends).any(axis=(1, 2))
    lines[known] = shapely.linestrings(ends[known])
    for row in np.flatnonzero(known & (np.abs(ends[:, 1, 0] - ends[:, 0, 0]) > 180)):
        (lon, lat), (other_lon, other_lat) = ends[row]
        edge = np.copysign(180.0, lon)
        share = (edge - lon) / (other_lon + 2 * edge - lon)
        middle = lat + share * (other_lat - lat)
        lines[row] = shapely.multilinestrings([[[lon, lat], [edge, middle]], [[-edge, middle], [other_lon, other_lat]]])
    return lines
