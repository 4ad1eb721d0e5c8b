"""Read GeoPackage, GeoJSON, Shapefile and FlatGeobuf: by their first bytes and by the driver that opens them."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from .opened import Opened, choose

MAGIC = {
    ".gpkg": b"SQLite format 3",
    ".geojson": b"{",
    ".json": b"{",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
}
"""How a file of each ending begins. GDAL goes by content, so a VRT called ``.geojson`` would be followed elsewhere."""
DRIVERS = frozenset({"GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRI Shapefile", "FlatGeobuf"})


def read_spatial(path: Path, *, layer: str | None = None, only: Collection[str] | None = None) -> Opened:
    """Read one layer with its geometry.

    Raises
    ------
    ValueError, RuntimeError
        It is not what its ending says; another driver than those of `DRIVERS` would open it; it has several layers
        and none is named.
    """
    import pyogrio

    with path.open("rb") as file:
        begins = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    magic = MAGIC[path.suffix.lower()]
    if not begins.startswith(magic):
        raise ValueError(f"it begins with {begins[:12]!r}, not {magic!r}")
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    if layer is not None and layer not in layers:
        raise ValueError(f"there is no layer {layer!r}; it has {', '.join(layers)}")
    if layer is None and len(layers) > 1:
        raise ValueError(f"it has several layers; name one with layer=: {', '.join(layers)}")
    info = pyogrio.read_info(path, layer=layer)
    if info["driver"] not in DRIVERS:
        raise ValueError(f"its driver would be {info['driver']}; allowed are {', '.join(sorted(DRIVERS))}")
    columns = None if only is None else [c for c in choose([*info["fields"], "geometry"], only) if c != "geometry"]
    frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=layer, columns=columns)
    return Opened(frame, name=path.name)
