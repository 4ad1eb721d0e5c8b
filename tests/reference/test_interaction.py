"""Reference values: demonstrations in Germany (surveillance and numpy) and Burkitt's lymphoma (pointpats, surveillance)."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.stats.interaction.dated_points import DatedPoints
from protestspread.stats.interaction.jacquez import jacquez_of
from protestspread.stats.interaction.knox.knox import knox_of
from protestspread.stats.interaction.knox.knox_counts import KnoxLimits
from protestspread.stats.interaction.knox.local_counts import shuffled_neighbors
from protestspread.stats.interaction.mantel import mantel_of
from protestspread.stats.interaction.points import PointSet
from protestspread.stats.interaction.schemes import ShuffleDates

DEMONSTRATIONS = Path(__file__).parents[2] / "data" / "reference" / "arvig_demonstrations.csv"
CLOSE = {"within_km": 25, "within_days": 7, "unit": "reports"}  # as the outside numbers were computed

pytestmark = pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")


@pytest.fixture(scope="module")
def germany():
    table = pd.read_csv(DEMONSTRATIONS, parse_dates=["date"])
    return gpd.GeoDataFrame(
        {"date": table["date"], "region_id": table["state"]},
        geometry=gpd.points_from_xy(table["longitude"], table["latitude"]),
        crs=4326,
    ).rename_axis("event_id")


def p_within(p, expected, draws):
    """Within three standard errors of both Monte Carlo p-values, or one draw of the floor."""
    return abs(p - expected) <= 3 * np.sqrt(2 * expected * (1 - expected) / draws) + 1 / draws


def test_demonstrations_exactly(germany):
    found = ps.knox_test(germany, **CLOSE, scheme="dates", permutations=99, rng=1)
    assert (found.statistic, found.tested.close_in_space, found.close_in_time) == (341, 7982, 3715)
    assert found.expected == pytest.approx(203.0062983501, rel=1e-9)
    assert found.variance == pytest.approx(335.3043909, rel=1e-9)
    assert found.z_score == pytest.approx(7.535978, rel=1e-6)
    assert found.variance / found.expected == pytest.approx(1.6517, abs=5e-5)
    assert found.moments == "exact"
    assert found.poisson_p_value == pytest.approx(6.9862e-19, rel=1e-4)  # P(X ≥ 341), not P(X > 341) = 4.1298e-19


@pytest.mark.parametrize(
    ("strata", "mean", "variance", "z", "p"),
    [
        (None, 202.73, 330.0, 7.61, 0.0001),
        ("region_id", 282.85, 193.5, 4.18, 0.0002),
        ("month", 305.78, 155.0, 2.83, 0.0041),
        (["region_id", "quarter"], 309.63, 91.5, 3.28, 0.0014),
    ],
)
def test_demonstrations_under_each_null(germany, strata, mean, variance, z, p):
    scheme = "dates" if strata is None else "within_strata"
    found = ps.knox_test(germany, **CLOSE, permutations=39_999, scheme=scheme, strata=strata, rng=2)
    assert found.null_distribution.mean() == pytest.approx(mean, abs=0.5)
    assert found.null_distribution.var() == pytest.approx(variance, rel=0.04)
    assert found.z_score == pytest.approx(z, abs=0.15)
    assert p_within(found.p_value, p, 9_999)


@pytest.mark.parametrize(
    ("strata", "mean", "variance", "p"), [(None, 167.44, 287.0, 0.005), ("region_id", 226.88, 142.7, 0.752)]
)
def test_demonstrations_between_towns(germany, strata, mean, variance, p):
    scheme = "dates" if strata is None else "within_strata"
    found = ps.knox_test(
        germany, **CLOSE, permutations=39_999, scheme=scheme, strata=strata, exclude_within_km=1, rng=3
    )
    assert (found.statistic, found.tested.close_in_space) == (219, 6587)
    assert found.same_place.statistic == 122
    if strata is None:
        assert found.expected == pytest.approx(167.527, abs=5e-4)
    assert found.null_distribution.mean() == pytest.approx(mean, abs=0.5)
    assert found.null_distribution.var() == pytest.approx(variance, rel=0.08)  # of 1,999 draws: 3.2% standard error
    assert p_within(found.p_value, p, 1_999)


@pytest.mark.filterwarnings("ignore:events have no city")
def test_the_ladder_reports_no_evidence_between_towns(germany):
    """Within states, exchanged places agree with the outside number for shuffled dates, 0.752: no evidence."""
    ladder = ps.knox_ladder(germany, within_km=25, within_days=7, permutations=1_999, rng=4)
    assert ladder.verdict == "no evidence of interaction"
    assert ladder.steps[1].p_value > 0.05


@pytest.mark.filterwarnings("ignore:events have no city")
def test_the_local_knox_statistic_finds_the_marches_of_april_2014_near_berlin(germany):
    """The most likely cluster of the space-time scan lies there too: 8 to 19 April 2014, 52° N, 14° E."""
    found = ps.local_knox(germany, within_km=25, within_days=7, permutations=7_999, rng=1)
    places = found.place_table.loc[found.significant.xs(pd.Timestamp("2014-04-19"), level="date").index]
    assert len(places) >= 3
    assert places["lat"].between(52, 53).all()
    assert places["lon"].between(13, 14).all()


@pytest.fixture(scope="module")
def burkitt():
    examples = pytest.importorskip("libpysal.examples", reason="Burkitt's lymphoma comes with libpysal")
    table = gpd.read_file(examples.get_path("burkitt.shp"))
    points = PointSet(table.geometry.x.to_numpy(), table.geometry.y.to_numpy(), on_sphere=False)
    return DatedPoints.sorted(points, table["T"].to_numpy().astype(int))


def test_burkitt_knox(burkitt):
    found = knox_of(
        burkitt,
        ShuffleDates(),
        KnoxLimits(20, 5, 0),
        permutations=9_999,
        alternative="greater",
        seed=1,
    )
    assert (found.statistic, found.tested.close_in_space, found.close_in_time, found.events) == (13, 3429, 52, 188)
    assert found.expected == pytest.approx(10.1438161338, rel=1e-9)
    assert found.variance == pytest.approx(8.3976808431, rel=1e-9)
    assert found.poisson_p_value == pytest.approx(0.22226667, abs=5e-9)
    assert p_within(found.p_value, 0.20, 9_999)
    pairs = 188 * 187 // 2
    table = [[13, 3429 - 13], [52 - 13, pairs - 3429 - 52 + 13]]
    assert table == [[13, 3416], [39, 14110]]


def test_burkitt_repeats(burkitt):
    same_point = sum(len(block) for block in burkitt.positions.pairs([0.0]))
    assert same_point == 11
    assert burkitt.near_in_time(0).sum() // 2 == 5


@pytest.mark.parametrize(("offset", "expected"), [(1.0, 0.0483683516), (None, 0.0141543417)])
def test_burkitt_mantel(burkitt, offset, expected):
    found = mantel_of(
        burkitt, ShuffleDates(), offset, offset, permutations=99, alternative="greater", precision="float64", seed=1
    )
    assert found.statistic == pytest.approx(expected, abs=5e-11)


def test_burkitt_jacquez(burkitt):
    assert jacquez_of(burkitt, ShuffleDates(), 3, permutations=99, alternative="greater", seed=1).statistic == 13


@pytest.fixture(scope="module")
def burkitt_rows(burkitt):
    """The row of each event of the file, by its point and day (events alike in both are interchangeable)."""
    examples = pytest.importorskip("libpysal.examples")
    table = gpd.read_file(examples.get_path("burkitt.shp"))
    rows = pd.Series(
        range(len(burkitt)), pd.MultiIndex.from_arrays([burkitt.positions.x, burkitt.positions.y, burkitt.days])
    )
    days = table["T"].astype(int) - burkitt.first_day
    keys = pd.MultiIndex.from_arrays([table.geometry.x, table.geometry.y, days])
    return rows[~rows.index.duplicated()].reindex(keys).to_numpy()


def local_burkitt(burkitt, km, days):
    return shuffled_neighbors(burkitt, 1, KnoxLimits(km, days, 0), 1_999)


def test_burkitt_local_knox(burkitt, burkitt_rows):
    found = local_burkitt(burkitt, 30, 10)
    assert found.place_days.statistic.sum() == 58
    assert (found.place_days.statistic > 0).sum() == 46
    rows = burkitt_rows[[25, 36, 41, 116, 178]]
    averaged = [0.346712687, 0.092694681, 0.095023618, 0.002398724, 0.089843530]  # pointpats.KnoxLocal.p_hypergeom
    held = np.array([0.491978610, 0.302052786, 0.112299465, 0.055833166, 0.290380082])
    assert found.p_hypergeometric_averaged[rows] == pytest.approx(averaged, abs=5e-10)
    assert found.p_hypergeometric[rows] == pytest.approx(held, abs=5e-10)
    tested = found.place_days.reason[rows] == ""
    assert tested.any()
    assert p_within(found.place_days.p_value[rows], held, 1_999)[tested].all()


@pytest.mark.parametrize(
    ("km", "days", "total", "smallest", "event"),
    [(30, 10, 153.70139577697785, 0.002398724410109687, 116), (20, 5, 165.39159088896045, 0.01758060039339937, 41)],
)
def test_burkitt_local_knox_of_all_events(burkitt, burkitt_rows, km, days, total, smallest, event):
    """The sum over all events and the smallest, from pointpats 2.5.5."""
    p = local_burkitt(burkitt, km, days).p_hypergeometric_averaged
    assert p.sum() == pytest.approx(total, rel=1e-9)
    assert p[burkitt_rows[event]] == p.min() == pytest.approx(smallest, rel=1e-9)
