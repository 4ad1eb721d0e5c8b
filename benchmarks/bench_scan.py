"""The space-time scan: 3,000 places over a year, against its definition in numpy with a hundredth of the draws."""

import numpy as np
import pandas as pd
from ratio import Workload, agree

from protestspread.stats.interaction.scan.scan import scan_statistic

DAYS, WITHIN_DAYS, NEIGHBORS, DRAWS, FEW = 365, 14, 20, 999, 9
SIDE = 10.0  # degrees


def make(size, seed):
    """Five place-days for three places, and about 20 places within the distance."""
    import geopandas as gpd

    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(0, SIDE, size), rng.uniform(-SIDE / 2, SIDE / 2, size)
    names = pd.Index([f"c{k:05d}" for k in range(size)], name="city")
    place = np.concatenate([np.arange(size), rng.integers(0, size, 2 * size // 3)])
    day = rng.integers(0, DAYS, len(place))
    events = gpd.GeoDataFrame(
        {"date": pd.Timestamp("2020-01-01") + pd.to_timedelta(day, unit="D"), "city": names[place]},
        index=pd.RangeIndex(len(place), name="event_id"), geometry=gpd.points_from_xy(lon[place], lat[place]), crs=4326,
    )  # fmt: skip
    cities = gpd.GeoDataFrame(
        {"population": rng.pareto(1, size) * 1e4 + 1e3}, index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326
    )
    within_km = float(np.sqrt(NEIGHBORS * (SIDE * 111.2) ** 2 / size / np.pi))
    first = pd.DataFrame({"place": place, "day": day - day.min()}).drop_duplicates()
    return {"events": events, "cities": cities, "within_km": within_km, "place": first["place"], "day": first["day"]}


def ours(data, **options):
    limits = {"within_km": data["within_km"], "within_days": WITHIN_DAYS}
    return scan_statistic(data["events"], data["cities"], **limits, **{"permutations": DRAWS, "rng": 1} | options)


def dates(data):
    return ours(data, scheme="dates")


def by_definition(data):
    """Dates shuffled nine times: all windows over all circles of a center at once."""
    from protestspread.geodesy import great_circle_km

    lon, lat = data["cities"].geometry.x.to_numpy(), data["cities"].geometry.y.to_numpy()
    place, day = data["place"].to_numpy(), data["day"].to_numpy()
    near = []
    for center in range(len(lon)):
        km = great_circle_km(lon[center], lat[center], lon, lat)
        order = np.argsort(km, kind="stable")
        near.append(order[: (km <= data["within_km"]).sum()])
    rng = np.random.default_rng(1)
    return [_largest(near, place, rng.permutation(day) if draw else day) for draw in range(FEW + 1)]


def _largest(near, place, day):
    total, days = len(day), day.max() + 1
    counts = np.zeros((place.max() + 1, days + 1))
    np.add.at(counts, (place, day + 1), 1)
    until = counts.cumsum(axis=1)
    before, best = until.sum(axis=0), 0.0
    for members in near:
        circles = until[members].cumsum(axis=0)
        for length in range(1, min(WITHIN_DAYS, days) + 1):
            c = circles[:, length:] - circles[:, :-length]
            mu = circles[:, -1:] * (before[length:] - before[:-length]) / total
            at = np.nonzero((c >= 2) & (c > mu))
            if len(at[0]):
                c, mu = c[at], mu[at]
                best = max(best, (c * np.log(c / mu) + (total - c) * np.log((total - c) / (total - mu))).max())
    return best


def check(_data, result, theirs):
    agree(abs(result.statistic - theirs[0]) < 1e-9, "log likelihood ratios")


def check_exchanged(_data, result, theirs):
    agree(result.events == theirs.events, "place-days")


WORKLOADS = [
    Workload("space-time scan with dates shuffled, 999 draws, against 9", 3_000, 300, make, dates, {"numpy: the definition, 9 draws": by_definition}, check, "draw", lambda _data: DRAWS),
    Workload("space-time scan with places exchanged, 999 draws, against its own with shuffled dates", 3_000, 300, make, ours, {"protestspread: scan_statistic(scheme='dates')": dates}, check_exchanged, "draw", lambda _data: DRAWS),
]  # fmt: skip
