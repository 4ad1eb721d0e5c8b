import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import protestspread as ps
from protestspread.errors import DataError

BANDS = {"km_bands": (10, 30, 60), "day_bands": (0, 2, 5)}


pytestmark = pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")


def max_knox_test(events, *given, **options):
    """Test reports with shuffled dates, as outside numbers do; the defaults have tests of their own."""
    return ps.max_knox_test(events, *given, **{"unit": "reports", "scheme": "dates"} | options)


def knox_test(events, *given, **options):
    """Test reports with shuffled dates, as outside numbers do; the defaults have tests of their own."""
    return ps.knox_test(events, *given, **{"unit": "reports", "scheme": "dates"} | options)


@pytest.fixture(scope="module")
def events():
    rng = np.random.default_rng(1)
    site = rng.integers(0, 25, 120)
    lon, lat = rng.uniform(70, 71, 25)[site], rng.uniform(45, 46, 25)[site]
    return gpd.GeoDataFrame(
        {"date": pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 40, 120), unit="D"), "region_id": np.where(lon > 70.5, "e", "w")},
        index=pd.RangeIndex(120, name="event_id"), geometry=gpd.points_from_xy(lon, lat), crs=4326,
    )  # fmt: skip


@pytest.mark.parametrize(("scheme", "strata"), [("dates", None), ("within_strata", "region_id")])
@pytest.mark.parametrize("least", [0.0, 1.0])
def test_each_cell_is_the_knox_test_at_its_limits(events, scheme, strata, least):
    found = max_knox_test(
        events, **BANDS, permutations=99, scheme=scheme, strata=strata, exclude_within_km=least, rng=6
    )
    for (km, days), row in found.table.iterrows():
        alone = knox_test(
            events,
            within_km=km,
            within_days=int(days),
            permutations=99,
            scheme=scheme,
            strata=strata,
            exclude_within_km=least,
            rng=6,
        )
        assert row["statistic"] == alone.statistic
        if alone.reason is None:
            assert row["p_value"] == alone.p_value  # the same draws
        if scheme == "dates":
            assert row["expected"] == pytest.approx(alone.expected)
            assert row["variance"] == pytest.approx(alone.variance)
    assert found.moments == ("exact" if scheme == "dates" else "draws")


def test_the_largest_z_score_is_compared_with_the_largest_in_each_draw(events):
    found = max_knox_test(events, **BANDS, permutations=199, rng=1)
    z = found.table["z_score"]
    assert found.statistic == z.max()
    assert found.best == z.idxmax()
    assert found.p_value == (1 + (found.null_distribution >= z.max()).sum()) / 200
    assert found.p_value == found.table["adjusted_p_value"].min() == found.table.loc[found.best, "adjusted_p_value"]
    assert (found.table["adjusted_p_value"] >= found.table["p_value"] - 1e-12).mean() > 0.8
    less = max_knox_test(events, **BANDS, permutations=199, alternative="less", rng=1)
    assert less.statistic == z.min()
    both = max_knox_test(events, **BANDS, permutations=199, alternative="two-sided", rng=1)
    assert both.statistic == z.abs().max()


def test_a_largest_of_many_is_larger_than_one(events):
    """The 95% point of the largest of nine lies above that of one normal, and below what nine independent ones would give."""
    found = max_knox_test(events, **BANDS, permutations=1999, rng=1)
    assert norm.ppf(0.95) < np.quantile(found.null_distribution, 0.95) < 1.25 * norm.ppf(0.95 ** (1 / 9))


def test_cells_that_cannot_vary_are_empty(events):
    found = max_knox_test(events, km_bands=(0.0, 30, 20_100), day_bands=(2, 1000), permutations=49, rng=1)
    assert np.isnan(found.table.loc[(20_100, 1000), "z_score"])
    assert np.isnan(found.table.loc[(20_100, 2), "adjusted_p_value"])
    assert not np.isnan(found.table.loc[(30, 2), "adjusted_p_value"])
    nothing = max_knox_test(events, km_bands=(20_100,), day_bands=(1000,), permutations=49, rng=1)
    assert np.isnan(nothing.p_value)
    assert "the same in every draw at all limits" in nothing.sentence


def test_the_sentence_and_the_table(events):
    found = max_knox_test(events, **BANDS, permutations=99, rng=1)
    km, days = found.best
    assert f"within {km:g} km and {days} days" in found.sentence or "1 day" in found.sentence
    assert "of 9 pairs of limits" in found.sentence
    pd.testing.assert_frame_equal(found.to_frame(), found.table)


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"km_bands": (30, 10)}, "^km_bands must be ascending"),
        ({"km_bands": ()}, "^km_bands must be ascending"),
        ({"day_bands": (1.5, 2)}, "^day_bands must be ascending whole numbers"),
        ({"day_bands": (-1, 2)}, "^day_bands must be ascending"),
        ({"scheme": ps.schemes.CircularShift("2022-01-01", "2022-12-31")}, "^scheme must be .*; got 'circular'"),
        ({"unit": "days"}, "^unit must be .*; got 'days'"),
        ({"exclude_within_km": 10}, "^exclude_within_km must be .*; got 10"),
    ],
)
def test_invalid_options_are_refused(events, options, fault):
    with pytest.raises(DataError, match=fault):
        max_knox_test(events, **BANDS | options)


def test_three_events_are_too_few(events):
    with pytest.raises(DataError, match=r"^events must have at least four rows; got 3"):
        max_knox_test(events.iloc[:3], **BANDS)
