"""Read GeoPackage, GeoJSON, Shapefile and FlatGeobuf: by their first bytes (`contents`) and by the driver that opens them."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from ...errors import FileError, shorten_list
from .file_types import check_contents, unlike
from .raw_table import RawTable, choose

ENDINGS = (".gpkg", ".geojson", ".json", ".shp", ".fgb")
DRIVERS = frozenset({"GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRI Shapefile", "FlatGeobuf"})


def read_spatial(path: Path, *, layer: str | None = None, only: Collection[str] | None = None) -> RawTable:
    """Read one layer with its geometry.

    Raises
    ------
    FileError
        It is not what its ending says, or not whole; another driver than those of `DRIVERS` would open it; it has several
        layers and none is named.
    """
    import pyogrio

    check_contents(path, path.name)
    if path.suffix.lower() == ".shp":
        _check_companions(path)
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    if not layers:
        raise unlike(path.name, path.suffix.lower(), "one without layers", "save the table in it again")
    if layer is not None and layer not in layers:
        raise FileError(
            f"{path.name!r} is not read",
            [f"there is no layer {layer!r}; it has {shorten_list(layers)}"],
            "layer= one of these",
        )
    if layer is None and len(layers) > 1:
        raise FileError(
            f"{path.name!r} is not read",
            [f"expected one layer; found {shorten_list(layers, 20)}"],
            "name one with layer=",
        )
    info = pyogrio.read_info(path, layer=layer)
    if info["driver"] not in DRIVERS:
        raise unlike(
            path.name,
            path.suffix.lower(),
            f"what GDAL takes for {info['driver']}; allowed are {', '.join(sorted(DRIVERS))}",
            "save it as GeoPackage or GeoJSON",
        )
    columns = None if only is None else [c for c in choose([*info["fields"], "geometry"], only) if c != "geometry"]
    frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, columns=columns)
    return RawTable(frame, name=path.name)


def _check_companions(path: Path) -> None:
    """Raise FileError where a Shapefile comes without the files that hold its columns and its index."""
    there = {p.suffix.lower() for p in path.parent.iterdir() if p.stem == path.stem}
    missing = [ending for ending in (".shx", ".dbf") if ending not in there]
    if missing:
        raise FileError(
            f"{path.name!r} cannot be read",
            [f"expected .shx, .dbf and .prj files of the same name beside it; found no {' and no '.join(missing)}"],
            "keep all files of a Shapefile together, or give them as one .zip",
        )
