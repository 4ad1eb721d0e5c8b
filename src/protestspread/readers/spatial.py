"""Read GeoPackage, GeoJSON, Shapefile and FlatGeobuf: by their first bytes and by the driver that opens them."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from .opened import Opened

MAGIC = {
    ".gpkg": b"SQLite format 3",
    ".geojson": b"{",
    ".json": b"{",
    ".shp": b"\x00\x00\x27\x0a",
    ".fgb": b"fgb",
}
"""How a file of each ending begins. GDAL goes by content, so a VRT called ``.geojson`` would be followed elsewhere."""
DRIVERS = frozenset({"GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "ESRI Shapefile", "FlatGeobuf"})


def read_spatial(path: Path, *, layer: str | None = None) -> Opened:
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
    driver = pyogrio.read_info(path, layer=layer)["driver"]
    if driver not in DRIVERS:
        raise ValueError(f"its driver would be {driver}; allowed are {', '.join(sorted(DRIVERS))}")
    frame = gpd.read_file(path, engine="pyogrio", layer=layer) if layer else gpd.read_file(path, engine="pyogrio")
    return Opened(pd.DataFrame(frame) if not isinstance(frame, gpd.GeoDataFrame) else frame, name=path.name)
