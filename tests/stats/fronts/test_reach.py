"""The chance of ever joining by distance: the fit against another optimizer, and data without a maximum."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

from protestspread.stats.fronts.dated_places import DatedPlaces
from protestspread.stats.fronts.reach import fit_reach


def places_of(joined, population=None):
    index = pd.Index([f"c{i:02d}" for i in range(len(joined))], name="city")
    cities = gpd.GeoDataFrame(
        index=index, geometry=gpd.points_from_xy(np.arange(len(joined)), np.zeros(len(joined))), crs=4326
    )
    if population is not None:
        cities["population"] = population
    onsets = pd.Series(pd.Timestamp("2022-01-02"), index=index).where(joined)
    return DatedPlaces.of(onsets, cities, None, population=population is not None, strata=None)


@pytest.mark.parametrize("seed", range(3))
def test_the_fit_is_the_maximum_of_the_likelihood(seed):
    rng = np.random.default_rng(seed)
    km, size = rng.uniform(0, 1500, 60), rng.normal(11, 1, 60)
    joined = rng.random(60) < 1 / (1 + np.exp(km / 400 - 2 - 0.5 * (size - 11)))
    reach = fit_reach(places_of(joined, np.exp(size)), km)

    def loss(p):
        eta = p[0] + p[1] * km / 100 + p[2] * (size - size.mean())
        return np.logaddexp(0, np.where(joined, -eta, eta)).sum()

    best = minimize(loss, np.zeros(3), method="BFGS", options={"gtol": 1e-9})
    assert np.log(reach.odds_ratio) == pytest.approx(best.x[1], abs=1e-4)
    eta = best.x[0] + best.x[1] * km / 100 + best.x[2] * (size - size.mean())
    assert reach.chance == pytest.approx(1 / (1 + np.exp(-eta)), abs=1e-4)
    assert reach.chance_at(np.array([0.0])) == pytest.approx(1 / (1 + np.exp(-best.x[0])), abs=1e-4)

    def profile(slope):
        return minimize(lambda p: loss([p[0], slope, p[1]]), best.x[[0, 2]], method="BFGS").fun

    for end in (reach.low, reach.high):
        assert 2 * (profile(np.log(end)) - best.fun) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-3)
    assert reach.p_value == pytest.approx(chi2.sf(2 * (profile(0.0) - best.fun), 1), rel=1e-3)


def test_where_distance_separates_the_interval_is_one_sided():
    km = np.arange(1.0, 31.0) * 50
    reach = fit_reach(places_of(km < 700), km)
    assert reach.low < 1e-6
    assert reach.high < 1
    assert reach.nearer


def test_where_all_or_none_joined_there_is_a_reason():
    km = np.arange(1.0, 6.0)
    assert fit_reach(places_of(np.ones(5, bool)), km).reason == "all places had an onset"
    assert fit_reach(places_of(np.zeros(5, bool)), km).reason == "no place had an onset"
    assert "equally far" in fit_reach(places_of(np.array([True, False, True, False, True])), np.full(5, 9.0)).reason


def test_where_population_separates_there_is_an_interval():
    rng = np.random.default_rng(4)
    km, size = rng.uniform(10, 900, 6), np.arange(6.0)
    reach = fit_reach(places_of(size > 2, np.exp(size)), km)
    assert reach.low <= reach.odds_ratio <= reach.high
    assert not reach.nearer
