"""A forecast from the true parameters has a flat PIT; tests/calibration/forecasts.py measures 500 worlds."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2

import protestspread as ps

TRUE = {"endemic": 1.0, "own": 0.3, "neighbors": 0.3, "overdispersion": 0.5}
WORLDS, DRAWS = 120, 19


def at(fit, **rates):
    """Return a fit with given parameters."""
    coordinates = np.log([rates[name] for name in fit.parameter_names])
    found = replace(fit, optimum=replace(fit.optimum, coordinates=coordinates))
    assert found.params.to_dict() == pytest.approx(
        {name: np.log(rate) if name != "overdispersion" else rate for name, rate in rates.items()}
    )
    return found


def shares(ring, **rates):
    """Return the mean PIT of totals, two days ahead, of worlds from the true parameters."""
    found = []
    for seed in range(WORLDS):
        panel = ps.simulate(ps.EndemicEpidemicModel(**TRUE), ring, seeds=[], days=14, first_day="2022-01-03", rng=seed)
        if not seed:
            fit = at(ps.fit_endemic_epidemic(panel, ring, endemic=ps.Terms()), **rates)
        specification = replace(fit.specification, panel=panel.iloc[:12], inside=fit.specification.inside[:11])
        ahead = ps.forecast(
            replace(fit, specification=specification), days=2, draws=DRAWS, parameters="estimate", rng=seed + 10**6
        )
        found.append(ps.pit(ahead.totals().iloc[-1].to_numpy(), panel.iloc[-1].sum(), bins=5))
    return np.mean(found, axis=0)


def flat(shares):
    return chi2.sf(WORLDS * ((shares - 0.2) ** 2 / 0.2).sum(), 4)


def test_the_true_parameters_give_a_flat_pit_and_others_do_not(ring):
    assert flat(shares(ring, **TRUE)) > 1e-3
    assert flat(shares(ring, **TRUE | {"endemic": 0.5})) < 1e-6
