"""Support with uncertain dates: the onsets that can be sampled, the support given each, and the reported range."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps

PLACES = [f"c{number}" for number in range(12)]


def graph(ties):
    both = ties + [(b, a) for a, b in ties]
    return ps.DiffusionGraph.from_edges(
        pd.DataFrame([(PLACES[a], PLACES[b]) for a, b in both], columns=["source", "target"]), pd.Index(PLACES)
    )


@pytest.fixture(scope="module")
def networks():
    ring = [(number, (number + 1) % 12) for number in range(12)]
    across = [(0, 7), (7, 3), (3, 10), (10, 5), (5, 1), (1, 8), (8, 4), (4, 11), (11, 6), (6, 2), (2, 9)]
    return {"ring": graph(ring), "across": graph(across)}


@pytest.fixture(params=["dates", "numbers"])
def onsets(request):
    days = pd.Series([8, 3, np.nan, 9, 10, 5, np.nan, 4, 2, 1, 6, 7], index=PLACES)
    return days if request.param == "numbers" else later(pd.Series(pd.Timestamp("2022-01-01"), index=PLACES), days)


def later(onsets, days):
    """Return onsets shifted by some days."""
    return onsets + (days if pd.api.types.is_numeric_dtype(onsets) else pd.to_timedelta(days, unit="D"))


def supports(onsets, networks, **options):
    return ps.compare_networks(onsets, networks, placebos=0, **options).networks["support"].to_numpy()


def test_support_is_the_summed_weight_of_the_models(onsets, networks):
    """From separate fits of each set: AICc, then exp(-difference / 2), summed over the sets that include a network."""
    aicc, joined = {}, 10
    for names in [("ring",), ("across",), ("ring", "across")]:
        fit = ps.fit_oada(onsets, {name: networks[name] for name in names})
        k = len(names)
        aicc[names] = -2 * fit.log_likelihood + 2 * k + 2 * k * (k + 1) / (joined - k - 1)
    aicc[()] = -2 * ps.fit_oada(onsets, networks).without_transmission().log_likelihood
    weights = {names: np.exp(-(value - min(aicc.values())) / 2) for names, value in aicc.items()}
    for name, found in zip(networks, supports(onsets, networks), strict=True):
        expected = sum(weight for names, weight in weights.items() if name in names) / sum(weights.values())
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.long
def test_a_place_that_joined_on_one_of_four_days(onsets, networks):
    """Each day of its interval, and no other, is sampled about equally often; each gives a different support."""
    alone = pd.Series([int(place == "c1") for place in PLACES], index=PLACES)
    expected = np.array([supports(later(onsets, shift * alone), networks) for shift in (-1, 0, 1, 2)])
    found = ps.compare_networks(
        onsets, networks, placebos=0, date_intervals=(later(onsets, -alone), later(onsets, 2 * alone)), date_draws=60, rng=2
    ).date_error[list(networks)]  # fmt: skip
    apart = np.abs(found.to_numpy()[:, None] - expected).max(axis=2)
    assert (apart.min(axis=1) < 1e-4).all()
    assert (apart < 0.02).sum() == len(found) == 60  # supports of different days lie further apart
    assert np.bincount(apart.argmin(axis=1), minlength=4).min() >= 7


def test_dates_that_are_known_stay_where_they_are(onsets, networks):
    """With times: the order would not change if all onsets moved by a day."""
    until = {"observed_until": onsets.max() + (onsets.max() - onsets.min())}
    expected = supports(onsets, networks, **until)
    moved = supports(later(onsets, pd.Series(1, index=PLACES)), networks, **until)
    assert np.abs(moved - expected).max() > 1e-3
    found = ps.compare_networks(
        onsets, networks, placebos=0, date_intervals=(onsets, onsets), date_draws=3, rng=2, **until
    )
    for drawn in found.date_error[list(networks)].to_numpy():
        assert drawn == pytest.approx(expected, abs=1e-4)


@pytest.mark.long
def test_moments_that_are_not_whole_days(networks):
    """From 4.5 to 5.5, before or after the place that joined at 5: two supports, each in about half of the draws."""
    onsets = pd.Series([8, 4.75, np.nan, 9, 10, 5, np.nan, 4, 2, 1, 6, 7], index=PLACES)
    earliest, latest = onsets.replace(4.75, 4.5), onsets.replace(4.75, 5.5)
    expected = np.array([supports(onsets.replace(4.75, moment), networks) for moment in (4.75, 5.25)])
    assert np.abs(expected[0] - expected[1]).max() > 0.02
    found = ps.compare_networks(
        onsets, networks, placebos=0, date_intervals=(earliest, latest), date_draws=40, rng=2
    ).date_error[list(networks)]  # fmt: skip
    apart = np.abs(found.to_numpy()[:, None] - expected).max(axis=2)
    assert (apart.min(axis=1) < 1e-4).all()
    assert np.bincount(apart.argmin(axis=1), minlength=2).min() >= 10


def test_the_reported_range_is_from_5_to_95_percent(onsets, networks, quantile_by_hand):
    found = ps.compare_networks(
        onsets, networks, placebos=0, date_intervals=(later(onsets, -1), later(onsets, 2)), date_draws=17, rng=6
    )
    ranges = ", ".join(
        f"{name} {quantile_by_hand(found.date_error[name], 0.05):.2f} to {quantile_by_hand(found.date_error[name], 0.95):.2f}"
        for name in networks
    )
    assert f"Support over {len(found.date_error)} samples of the dates (5 to 95%): {ranges}." in found.caveats
