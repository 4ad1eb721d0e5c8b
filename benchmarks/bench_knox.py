"""Knox test with 99 draws: uniform points with about 20 neighbors within the distance, and 188 events, a small study."""

import numpy as np
import pandas as pd
from ratio import Workload, agree

from protestspread.geodesy import chord, unit_vectors
from protestspread.stats.interaction.jacquez import jacquez_test
from protestspread.stats.interaction.knox.knox import knox_test

DAYS, DRAWS, CLASS_DRAWS, NEIGHBORS = 7, 99, 9, 20


def make(size, seed):
    import geopandas as gpd

    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(8, 12, size), rng.uniform(48, 52, size)
    square_km = (4 * 111.2) ** 2 * np.cos(np.radians(50))
    events = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 365, size), unit="D")},
        index=pd.RangeIndex(size, name="event_id"), geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip
    days = (events["date"] - events["date"].min()).dt.days.to_numpy()[:, None]
    within_km = float(np.sqrt(NEIGHBORS * square_km / size / np.pi))
    return {"events": events, "vectors": unit_vectors(lon, lat), "days": days, "within_km": within_km}


def make_and_warm(size, seed):
    """Compile the kernels that small tasks compile only after several calls."""
    data = make(size, seed)
    for _ in range(100 if size < 500 else 20):
        ours(data)
    return data


def make_and_warm_jacquez(size, seed):
    data = make_and_warm(size, seed)
    for _ in range(30):
        jacquez(data)
    return data


REPORTS = {"scheme": "dates", "unit": "reports"}  # as the peer tests


def ours(data):
    return knox_test(
        data["events"], **REPORTS, within_km=data["within_km"], within_days=DAYS, permutations=DRAWS, rng=1
    )


def function(data):
    from pointpats import knox

    # the peer shuffles the dates in place
    return knox(data["vectors"], data["days"].copy(), chord(data["within_km"]), DAYS, permutations=DRAWS)["stat"]


def klass(data):
    from pointpats import Knox

    return Knox(
        data["vectors"], data["days"].copy(), chord(data["within_km"]), DAYS, permutations=CLASS_DRAWS
    ).statistic_


def klass_small(data):
    from pointpats import Knox

    return Knox(data["vectors"], data["days"].copy(), chord(data["within_km"]), DAYS, permutations=DRAWS).statistic_


def check(_data, result, theirs):
    agree(result.statistic == int(theirs), "Knox statistics")


def pair_draws(data):
    return ours(data).tested.close_in_space * DRAWS


def many(data):
    return knox_test(data["events"], **REPORTS, within_km=data["within_km"], within_days=DAYS, permutations=999, rng=1)


def pairs(data):
    from scipy.spatial import KDTree

    tree = KDTree(data["vectors"])
    return len(tree.query_pairs(chord(data["within_km"]), output_type="ndarray"))


def check_pairs(_data, result, theirs):
    agree(result.tested.close_in_space == theirs, "close pairs")


def many_pair_draws(data):
    return pairs(data) * 999


def jacquez(data):
    return jacquez_test(data["events"], unit="reports", k=3, permutations=DRAWS, rng=1)


def their_jacquez(data):
    from pointpats import jacquez as theirs

    return theirs(data["vectors"], data["days"].copy(), 3, permutations=DRAWS)["stat"]


def check_jacquez(_data, result, theirs):
    """The peer takes tied neighbors in table order; protestspread takes them all, so its statistic is at least as large."""
    agree(result.statistic >= theirs > 0, "Jacquez statistics")


def make_places(size, seed):
    """Place-days of `size` cities over 1,000 days, 20 a city, with about 60,000 pairs of cities within the distance at 3,000."""
    import geopandas as gpd

    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(0, 20, size), rng.uniform(40, 55, size)
    names = pd.Index([f"c{k:05d}" for k in range(size)], name="city")
    place = rng.integers(0, size, 20 * size)
    events = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 1000, len(place)), unit="D"), "city": names[place]},
        index=pd.RangeIndex(len(place), name="event_id"), geometry=gpd.points_from_xy(lon[place], lat[place]), crs=4326,
    )  # fmt: skip
    cities = gpd.GeoDataFrame(
        {"population": rng.pareto(1, size) * 1e4 + 1e3}, index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326
    )
    return {"events": events, "cities": cities}


def exchanged(data):
    return knox_test(data["events"], data["cities"], within_km=105, within_days=4, permutations=999, rng=1)


def dates(data):
    return knox_test(data["events"], **REPORTS, within_km=105, within_days=4, permutations=999, rng=1)


def check_exchanged(_data, result, theirs):
    agree(result.reports == theirs.reports, "reports")


WORKLOADS = [
    Workload("Knox test with places exchanged, 999 draws, against its own with shuffled dates", 3_000, 500, make_places, exchanged, {"protestspread: knox_test(scheme='dates', unit='reports')": dates}, check_exchanged, "draw", lambda _data: 999),
    Workload("Knox test, 99 draws", 10_000, 3_000, make_and_warm, ours, {"pointpats: knox": function, "pointpats: Knox class, 9 draws": klass}, check, "pair and draw", pair_draws),
    Workload("Knox test of 188 events, 99 draws", 188, 188, make_and_warm, ours, {"pointpats: knox": function, "pointpats: Knox class": klass_small}, check, "pair and draw", pair_draws),
    Workload("Knox test, 999 draws, against finding the pairs alone", 100_000, 10_000, make, many, {"scipy: KDTree.query_pairs": pairs}, check_pairs, "pair and draw", many_pair_draws),
    Workload("Jacquez test, 99 draws", 1_000, 500, make_and_warm_jacquez, jacquez, {"pointpats: jacquez": their_jacquez}, check_jacquez, "draw", lambda _data: DRAWS),
]  # fmt: skip
