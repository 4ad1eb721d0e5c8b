"""Reference values: the R package surveillance (hhh4) on attacks in 16 German states over 200 weeks."""

import numpy as np
import pytest
from scipy import optimize, stats

import protestspread as ps

POISSON = {"endemic": -1.241408271, "own": -0.423790533, "neighbors": -1.553428927}
NEGATIVE_BINOMIAL = {"endemic": -1.312879214, "own": -0.452387772, "neighbors": -1.399602406}
OVERDISPERSION = 0.431863061


def log_likelihood(model, panel, graph):
    mean, seen = model.expected_counts(panel, graph).to_numpy(), panel.to_numpy()[1:]
    if model.overdispersion == 0:
        return stats.poisson.logpmf(seen, mean).sum()
    size = 1 / model.overdispersion
    return stats.nbinom.logpmf(seen, size, size / (size + mean)).sum()


def test_the_data_are_those_of_the_reference(states, german_states):
    assert states.shape == (200, 16)
    assert states.to_numpy().sum() == 6909
    assert german_states.matrix.nnz == 58


@pytest.mark.parametrize(
    ("logs", "overdispersion", "expected", "eigenvalue"),
    [(POISSON, 0.0, -5452.48478, 0.866082414), (NEGATIVE_BINOMIAL, OVERDISPERSION, -5039.65624, 0.882802486)],
)
def test_the_log_likelihood_at_the_published_parameters(
    states, german_states, logs, overdispersion, expected, eigenvalue
):
    model = ps.EndemicEpidemicModel(
        **{name: float(np.exp(log)) for name, log in logs.items()}, overdispersion=overdispersion
    )
    assert log_likelihood(model, states, german_states) == pytest.approx(expected, abs=1e-4)
    assert model.dominant_eigenvalue(german_states) == pytest.approx(eigenvalue, abs=1e-8)


@pytest.mark.parametrize(
    ("overdispersed", "start", "expected"),
    [
        (False, [*POISSON.values()], -5491.06370),
        (True, [*NEGATIVE_BINOMIAL.values(), np.log(OVERDISPERSION)], -5074.30509),
    ],
)
def test_weights_normalized_by_receiver_give_a_lower_likelihood(states, german_states, overdispersed, start, expected):
    """Receiver-normalized weights, fitted to their own maximum: the result of a transposed matrix, which differs from ours."""
    counts = states.to_numpy(dtype=float)
    wrong = german_states.normalize("target").matrix

    def loss(logs):
        endemic, own, neighbors = np.exp(logs[:3])
        mean = endemic + own * counts[:-1] + neighbors * counts[:-1] @ wrong
        if not overdispersed:
            return -stats.poisson.logpmf(counts[1:], mean).sum()
        size = np.exp(-logs[3])
        return -stats.nbinom.logpmf(counts[1:], size, size / (size + mean)).sum()

    best = optimize.minimize(loss, start, method="L-BFGS-B", options={"ftol": 1e-14, "gtol": 1e-8})
    assert -best.fun == pytest.approx(expected, abs=1e-4)
