"""Locate a million events in 3,000 regions: with curved borders of about 110 vertices each, and with about 20 vertices each.

The table of events has the columns ``date`` and ``geometry``; the regions have a geometry only.
"""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from ratio import Workload, agree

import protestspread as ps
from protestspread.region_lookup import containing_region

REGIONS, FRAME = 3_000, shapely.box(0, 0, 100, 50)


def make_regions(rng, step=0.05):
    cells = shapely.voronoi_polygons(shapely.multipoints(rng.uniform([0, 0], [100, 50], (REGIONS, 2))), extend_to=FRAME)
    cells = shapely.segmentize(shapely.intersection(shapely.get_parts(cells), FRAME), step)
    bent = shapely.transform(
        cells, lambda xy: xy + 0.2 * np.column_stack([np.sin(3 * xy[:, 1]), np.cos(2.7 * xy[:, 0])])
    )
    return gpd.GeoDataFrame(
        index=pd.Index([f"r{i}" for i in range(REGIONS)], name="region_id"), geometry=bent, crs=4326
    )


def make(size, seed, repeats=1, step=0.05):
    rng = np.random.default_rng(seed)
    xy = rng.uniform([0, 0], [100, 50], (size // repeats, 2))
    if repeats > 1:
        xy = xy[rng.integers(0, len(xy), size)]
    events = gpd.GeoDataFrame(
        {"date": np.full(size, np.datetime64("2022-01-02", "ns"))},
        index=pd.RangeIndex(size, name="event_id"),
        geometry=gpd.points_from_xy(*xy.T),
        crs=4326,
    )
    return events, make_regions(rng, step), xy


def locate(data):
    with warnings.catch_warnings(action="ignore", category=ps.LostEventsWarning):
        return ps.locate_events(data[0], data[1])


def sjoin(data):
    return gpd.sjoin(data[0], data[1])  # geopandas caches the spatial index of the regions


def same(data, located, joined):
    first = joined["region_id"].map(data[1].index.get_loc).groupby(level=0).min()
    given = located["region_id"].dropna().map(data[1].index.get_loc)
    agree(given.index.equals(first.index) and (given.to_numpy() == first.to_numpy()).all(), "regions")


def same_rows(data, rows, pairs):
    first = np.full(len(data[2]), REGIONS)
    np.minimum.at(first, *pairs)
    agree((np.where(first == REGIONS, -1, first) == rows).all(), "rows")


def tree(data):
    return shapely.STRtree(data[1].geometry.to_numpy()).query(shapely.points(data[2]), predicate="intersects")


def events_of(data):
    return len(data[0])


def make_repeated(size, seed):
    return make(size, seed, repeats=10)


def make_coarse(size, seed):
    return make(size, seed, step=0.33)  # about 20 vertices a region


COORDINATES = {"shapely: STRtree.query": tree}
WORKLOADS = [
    Workload("locate_events, distinct points", 1_000_000, 300_000, make, locate, {"geopandas: sjoin": sjoin}, same, "event", events_of),
    Workload("locate_events, polygons of 20 vertices", 1_000_000, 300_000, make_coarse, locate, {"geopandas: sjoin": sjoin}, same, "event", events_of),
    Workload("locate_events, points that repeat", 1_000_000, 300_000, make_repeated, locate, {"geopandas: sjoin": sjoin}, same, "event", events_of),
    Workload("coordinates to rows of regions, distinct points", 1_000_000, 300_000, make, lambda d: containing_region(d[2], d[1]), COORDINATES,
             same_rows, "point", events_of),
]  # fmt: skip
