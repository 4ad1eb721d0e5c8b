"""The two cases on which the results are frozen: the shipped one and a small simulated one."""

from dataclasses import dataclass
from functools import cache, partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import protestspread as ps


@dataclass(frozen=True)
class World:
    """The data of one case, and the options that depend on it."""

    cities: gpd.GeoDataFrame
    regions: gpd.GeoDataFrame
    events: gpd.GeoDataFrame  # at the cities
    ranged: gpd.GeoDataFrame  # events with `date_end`
    links: pd.DataFrame
    linked: gpd.GeoDataFrame  # the cities that the links name
    panel: pd.DataFrame  # counts by city and date
    days: pd.DataFrame  # the part of the panel from which onsets and centers are taken
    until: str
    alike: str  # a column of the cities, for the graph of likeness
    names: tuple[str, ...]  # place names to look up, some of them wrong
    km: float
    origin: str

    @property
    def window(self):
        return {"start": self.panel.index[0], "end": self.panel.index[-1]}

    @property
    def first(self):
        return ps.onsets(self.days)

    @property
    def near(self):
        return ps.nearest_graph(self.cities, k=4)

    @property
    def networks(self):
        near = ps.distance_graph(self.cities, within_km=1.5 * self.km, decay_km=self.km / 2)
        return {"near": near, "rank": ps.hierarchy_graph(self.cities)}

    @property
    def by_region(self):
        return ps.aggregate_panel(self.panel, self.cities["region_id"])


@cache
def case():
    """The shipped case, without minor events and without places outside the frame."""
    data = ps.load_case("kazakhstan_2022")
    cities = data.cities[data.cities["in_frame"]]
    events = data.events[~data.events["minor"] & data.events["city"].isin(cities.index)]
    count = partial(ps.count_events, events, cities, start="2022-01-01", observed=data.coverage)
    last = events["date"] + pd.to_timedelta(np.arange(len(events)) % 4, unit="D")
    return World(
        cities, data.regions, events, events.assign(date_end=last), data.links, data.cities, count(end="2022-01-11"),
        count(end="2022-01-08"), "2022-01-08", "oil_gas", ("Жанаозен", "Aktaw", "Nowhere", "Almati"), 300.0, "Zhanaozen",
    )  # fmt: skip


@cache
def simulated():
    """30 cities in six regions, 120 events that start in the west and move on, with noise."""
    rng = np.random.default_rng(20220102)
    lon, lat = rng.uniform(60, 66, 30), rng.uniform(44, 48, 30)
    boxes = {
        f"R{i}{j}": shapely.box(60 + 2 * i, 44 + 2 * j, 62 + 2 * i, 46 + 2 * j) for i in range(3) for j in range(2)
    }
    regions = gpd.GeoDataFrame(
        {"name": list(boxes), "population": rng.integers(10**5, 10**6, 6)},
        index=pd.Index(list(boxes), name="region_id"), geometry=list(boxes.values()), crs=4326,
    )  # fmt: skip
    inside = [f"R{int(x - 60) // 2}{int(y - 44) // 2}" for x, y in zip(lon, lat, strict=True)]
    cities = gpd.GeoDataFrame(
        {"region_id": inside, "population": np.round(rng.lognormal(11, 1, 30)), "aliases": None,
         "is_regional_capital": [region not in inside[:at] for at, region in enumerate(inside)]},
        index=pd.Index([f"Town {number:02}" for number in range(30)], name="city"),
        geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip
    chance = cities["population"].to_numpy() ** 0.7
    at = rng.choice(26, 120, p=chance[:26] / chance[:26].sum())
    after = np.minimum((lon[at] - lon.min()) * 2 + rng.exponential(4, 120), 29).astype(int)
    dates = pd.Timestamp("2021-03-01") + pd.to_timedelta(after, unit="D")
    ids = pd.Index([f"e{number:03}" for number in range(120)], name="event_id")
    columns = {
        "date": dates,
        "date_precision": np.where(after % 5, "day", "approximate"),
        "city": cities.index[at],
        "region_id": cities["region_id"].to_numpy()[at],
    }
    events = gpd.GeoDataFrame(
        columns | {"event_type": rng.choice(["protest", "strike"], 120), "size_low": rng.integers(10, 500, 120) * 1.0},
        index=ids, geometry=gpd.points_from_xy(lon[at], lat[at]), crs=4326,
    )  # fmt: skip
    roads = {"from_place": cities.index[:-1], "to_place": cities.index[1:], "mode": "road"}
    links = pd.DataFrame(roads | {"km": rng.uniform(50, 400, 29)}).rename_axis("link_id")
    panel = ps.count_events(events, cities, start="2021-03-01", end="2021-03-30")
    ranged = events.assign(date_end=dates + pd.to_timedelta(rng.integers(0, 4, 120), unit="D"))
    return World(
        cities, regions, events, ranged, links, cities, panel, panel, "2021-03-30", "region_id",
        ("Town 03", "Towm 11", "Elsewhere"), 150.0, cities.index[int(np.argmin(lon))],
    )  # fmt: skip


WORLDS = {"case": case, "simulated": simulated}
