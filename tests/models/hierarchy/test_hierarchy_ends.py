"""The ends of the intervals of both exponents, from the same random draws and other code for the fits.

One place joins per day, so the likelihood is a standard conditional logit. Draws are repeated from their streams: replicate
i of a seed has the Philox stream of its number.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import protestspread as ps

PLACES, JOINED, DRAWS, SEED = 34, 26, 39, 4
EXPONENTS = ["population_exponent", "distance_exponent"]


def stream(seed, number):
    return np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, number]))


class World:
    """Places with log population and kilometers between them, and an order of onsets."""

    def __init__(self):
        rng = np.random.default_rng(8)
        people = np.round(rng.lognormal(11, 1.0, PLACES))
        index = pd.Index([f"c{number:02d}" for number in range(PLACES)], name="city")
        where = gpd.points_from_xy(rng.uniform(50, 70, PLACES), rng.uniform(42, 54, PLACES))
        self.cities = gpd.GeoDataFrame({"population": people}, index=index, geometry=where, crs=4326)
        self.size, self.km = np.log(people), ps.distances_km(self.cities).to_numpy()
        self.order = self.drawn(np.array([0.6, 0.8]), [0], rng)
        days = pd.Series(pd.NaT, index=index, dtype="datetime64[ns]", name="onset")
        days.iloc[self.order] = pd.date_range("2022-01-01", periods=JOINED)
        self.onsets = days

    def drawn(self, exponents, first, rng):
        """Return an order of onsets: the next place has the largest utility with a Gumbel error."""
        order = list(first)
        while len(order) < JOINED:
            at_risk = np.setdiff1d(np.arange(PLACES), order)
            far = self.km[np.ix_(order, at_risk)].min(axis=0)
            score = exponents[0] * self.size[at_risk] - exponents[1] * np.log(far) + rng.gumbel(size=len(at_risk))
            order.append(int(at_risk[np.argmax(score)]))
        return order

    def days(self, order, size=None):
        """Return, for each day after the first, the covariates of the places at risk; the place that joined comes first."""
        found = []
        for number in range(1, len(order)):
            others = [place for place in range(PLACES) if place not in order[: number + 1]]
            at_risk = [order[number], *others]
            far = self.km[np.ix_(order[:number], at_risk)].min(axis=0)
            found.append(np.column_stack([(self.size if size is None else size)[at_risk], -np.log(far)]))
        return found

    def fitted(self, days, weights=None):
        """Return the exponents of the largest likelihood of a conditional logit, by Newton steps."""
        point = np.zeros(2)
        weights = np.ones(len(days)) if weights is None else weights
        for _ in range(60):
            gradient, information = np.zeros(2), np.zeros((2, 2))
            for table, weight in zip(days, weights, strict=True):
                rate = np.exp(table @ point - (table @ point).max())
                chance = rate / rate.sum()
                mean = chance @ table
                gradient += weight * (table[0] - mean)
                information += weight * ((table - mean).T * chance) @ (table - mean)
            step = np.linalg.solve(information, gradient)
            point = point + step * min(1.0, 1.0 / np.abs(step).max())
            if np.abs(step).max() < 1e-10:
                return point
        raise AssertionError("no maximum")


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(scope="module")
def seeds():
    """Return the seeds of each kind of draw: simulated, without distance, days, populations, thinned."""
    return [int(seed) for seed in stream(SEED, 0).integers(0, 2**62, 5)]


def decomposed(world, **options):
    options = {"simulations": DRAWS, "population_draws": 0, "rng": SEED} | options
    last = world.onsets.max() + pd.Timedelta(days=1)
    return ps.decompose_diffusion(world.onsets, world.cities, observed_until=last, **options)


def ends(draws, quantile):
    return [[quantile(column, level) for level in (0.025, 0.975)] for column in np.transpose(draws)]


def test_the_estimate_is_that_of_the_conditional_logit(world):
    found = decomposed(world, simulations=0)
    assert found.exponents["estimate"].to_numpy() == pytest.approx(world.fitted(world.days(world.order)), abs=1e-5)


def test_the_parametric_bootstrap(world, seeds, quantile_by_hand):
    found = decomposed(world)
    estimate = found.exponents["estimate"].to_numpy()
    orders = [world.drawn(estimate, world.order[:1], stream(seeds[0], number)) for number in range(DRAWS)]
    refits = [world.fitted(world.days(order)) for order in orders]
    interval = found.exponents.loc[EXPONENTS, ["bootstrap_low", "bootstrap_high"]].to_numpy()
    assert interval == pytest.approx(np.array(ends(refits, quantile_by_hand)), abs=1e-3)


def test_the_bootstrap_of_days(world, seeds, quantile_by_hand):
    found = decomposed(world, bootstrap="days")
    days = world.days(world.order)
    again = [stream(seeds[2], number).multinomial(len(days), [1 / len(days)] * len(days)) for number in range(DRAWS)]
    refits = [world.fitted(days, weights) for weights in again]
    interval = found.exponents.loc[EXPONENTS, ["bootstrap_low", "bootstrap_high"]].to_numpy()
    assert interval == pytest.approx(np.array(ends(refits, quantile_by_hand)), abs=1e-3)


def test_rough_populations_go_from_a_third_to_three_times(world, seeds):
    """The range of all refits: its ends are the smallest and the largest."""
    found = decomposed(world, simulations=0, rough_populations="all", population_draws=15)
    refits = []
    for number in range(15):
        factor = stream(seeds[3], number).uniform(-np.log(3), np.log(3), PLACES)
        refits.append(world.fitted(world.days(world.order, world.size + factor)))
    interval = found.exponents.loc[EXPONENTS, ["rough_low", "rough_high"]].to_numpy()
    assert interval == pytest.approx(np.column_stack([np.min(refits, axis=0), np.max(refits, axis=0)]), abs=1e-3)


@pytest.mark.long
def test_the_interval_of_thinned_spreads(world, seeds, quantile_by_hand):
    found = decomposed(world, simulations=0, thinning=(0.1,)).thinning.iloc[0]
    reported = np.exp(0.1 * (world.size - world.size.max()))
    refits = []
    for number in range(100):
        kept = stream(seeds[4], number).random(PLACES) < reported
        refits.append(world.fitted(world.days([place for place in world.order if kept[place]])))
    assert found["draws"] == 100
    interval = [[found[f"{name}_low"], found[f"{name}_high"]] for name in EXPONENTS]
    assert np.array(interval) == pytest.approx(np.array(ends(refits, quantile_by_hand)), abs=1e-3)
    assert found[EXPONENTS].to_numpy(dtype=float) == pytest.approx(np.mean(refits, axis=0), abs=1e-3)
