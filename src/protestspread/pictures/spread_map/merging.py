"""Merging of places with small counts, so that no count below a minimum is shown."""

from collections.abc import Hashable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ...arguments import Arguments
from ...arrow_layers import tie_table
from ...geodesy import great_circle_km
from ...panels import aggregate_panel
from ...projection import equal_area_crs
from ...tables import check_cities, check_panel, check_regions
from ..style.text import fill

Groups = dict[Hashable, Hashable]
Merged = tuple[pd.DataFrame, gpd.GeoDataFrame, gpd.GeoDataFrame | None, pd.DataFrame | None, Any, pd.DataFrame | None]


def merge_small(
    panel: pd.DataFrame,
    regions: gpd.GeoDataFrame,
    *,
    cities: gpd.GeoDataFrame | None,
    city_panel: pd.DataFrame | None,
    tree: Any,
    interventions: pd.DataFrame | None,
    min_count: int,
    words: Mapping[str, str],
) -> Merged:
    """Merge every place with fewer than `min_count` events over all dates, but more than none.

    A region is merged with the neighbor that shares the longest border, a city with the nearest city that has events, until
    the count reaches the minimum or no other place is left. The place with the larger count gives the name. Cities are not
    drawn if all of them together have too few events.
    """
    check_panel(panel)
    check_regions(regions)
    with Arguments() as check:
        check.whole("min_count", min_count, at_least=1)
    by_region = _region_groups(panel, regions, min_count)
    panel, regions = _merge_regions(panel, regions, by_region, words)
    if interventions is not None:
        interventions = interventions.assign(
            region_id=[by_region.get(region, region) for region in interventions["region_id"]]
        )
    by_city: Groups = {}
    if cities is not None:
        check_cities(cities)
        if "region_id" in cities:
            cities = cities.assign(region_id=[by_region.get(region, region) for region in cities["region_id"]])
        if city_panel is not None:
            check_panel(city_panel)
            by_city = _city_groups(city_panel, cities, min_count)
            city_panel, cities = _merge_cities(city_panel, cities, by_city, min_count, words)
    if tree is not None:
        tree = _merge_tree(tree, by_region | by_city, {*regions.index, *([] if cities is None else cities.index)})
    return panel, regions, cities, city_panel, tree, interventions


def _region_groups(panel: pd.DataFrame, regions: gpd.GeoDataFrame, least: int) -> Groups:
    total = panel.sum().reindex(regions.index).fillna(0).to_numpy(dtype=float)
    shapes = regions.geometry.to_crs(equal_area_crs(regions)).make_valid().to_numpy()
    middle = shapely.centroid(shapes)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    border = {
        (int(i), int(j)): float(shapely.length(shapely.intersection(shapes[i], shapes[j])))
        for i, j in zip(one, other, strict=True)
        if i != j
    }

    def nearness(i: int, j: int) -> tuple[float, float]:
        return border.get((i, j), 0.0), -float(shapely.distance(middle[i], middle[j]))

    return _merge_groups(total, least, nearness, list(regions.index), among=np.arange(len(total)))


def _city_groups(city_panel: pd.DataFrame, cities: gpd.GeoDataFrame, least: int) -> Groups:
    total = city_panel.sum().reindex(cities.index).fillna(0).to_numpy(dtype=float)
    lon, lat = cities.geometry.x.to_numpy(), cities.geometry.y.to_numpy()

    def nearness(i: int, j: int) -> tuple[float, float]:
        return 0.0, -float(great_circle_km(lon[i], lat[i], lon[j], lat[j]))

    return _merge_groups(total, least, nearness, list(cities.index), among=np.flatnonzero(total > 0))


def _merge_groups(
    total: npt.NDArray[np.float64], least: int, nearness: Any, names: list[Hashable], *, among: npt.NDArray[np.int64]
) -> Groups:
    """Merge the smallest group with its nearest other until all are large enough; return place -> place that names its group."""
    group = {i: [i] for i in among.tolist()}
    while True:
        small = [
            (float(total[members].sum()), lead) for lead, members in group.items() if 0 < total[members].sum() < least
        ]
        if not small or len(group) == 1:
            break
        _, lead = min(small)
        others = [key for key in group if key != lead]
        best = max(others, key=lambda key: max(nearness(i, j) for i in group[lead] for j in group[key]))
        joined = group.pop(lead) + group.pop(best)
        group[max(joined, key=lambda i: (total[i], -i))] = joined
    return {names[i]: names[lead] for lead, members in group.items() for i in members}


def _named(frame: gpd.GeoDataFrame, groups: Groups, words: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Keep the places that name a group, and add the number of merged places to each name."""
    size = pd.Series(groups).value_counts()
    kept = frame[[groups.get(place) == place for place in frame.index]].copy()
    if "name" not in kept:
        kept["name"] = kept.index.astype(str)
    for column in [name for name in kept if str(name) == "name" or str(name).startswith("name_")]:
        kept[column] = [
            name if size[place] == 1 else fill(words["and_more"], name=name, n=size[place] - 1)
            for place, name in kept[column].items()
        ]
    return kept


def _merge_regions(
    panel: pd.DataFrame, regions: gpd.GeoDataFrame, groups: Groups, words: Mapping[str, str]
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    of = pd.Series([groups[region] for region in regions.index], index=regions.index)
    kept = _named(regions, groups, words)
    shapes = [shapely.union_all(regions.geometry[of == region].to_numpy()) for region in kept.index]
    full = panel.reindex(columns=regions.index)
    summed = aggregate_panel(full, of).reindex(columns=kept.index)
    return summed, kept.set_geometry(gpd.GeoSeries(shapes, index=kept.index, crs=regions.crs))


def _merge_cities(
    city_panel: pd.DataFrame, cities: gpd.GeoDataFrame, groups: Groups, least: int, words: Mapping[str, str]
) -> tuple[pd.DataFrame, gpd.GeoDataFrame]:
    quiet = {city: city for city in cities.index if city not in groups}
    of = pd.Series({city: (groups | quiet)[city] for city in city_panel.columns})
    summed = aggregate_panel(city_panel, of)
    enough = [city for city in summed if not 0 < summed[city].sum() < least]
    kept = _named(cities, groups | quiet, words)
    kept = kept[[city in enough or city not in summed for city in kept.index]]
    return summed[[city for city in kept.index if city in summed]], kept


def _merge_tree(tree: Any, groups: Groups, drawn: set[Hashable]) -> pd.DataFrame:
    """Move the ends of arrows to the merged places; arrows within one merged place are dropped."""
    table = tie_table(tree).copy()
    for end in ("source", "target"):
        table[end] = [groups.get(place, place) for place in table[end]]
    inside = (
        table["target"].isin(drawn)
        & (table["source"].isna() | table["source"].isin(drawn))
        & (table["source"] != table["target"])
    )
    keys = ["source", "target", "date"]
    joined = table[inside].groupby(keys, dropna=False, sort=False)["probability"].max()
    return joined.reset_index()
