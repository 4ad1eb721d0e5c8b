"""A forecast from the true model has a flat PIT; docs/calibration.md has the full run with fitted models."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
forecasts = runpy.run_path(str(Path(__file__).with_name("forecasts.py")))


@pytest.mark.parametrize("kind", forecasts["TRUE"])
def test_forecasts_from_the_true_model_are_calibrated(kind):
    """Over 500 worlds, totals 1, 3 and 7 days ahead."""
    rows = forecasts["rows_of"](kind, range(500), jobs=2)
    for days in forecasts["AHEAD"]:
        shares, p = forecasts["flat"](rows, f"true, total, {days}")
        assert p > 0.001, shares
        for level, found in zip(
            (50, 80, 95), forecasts["coverage"](forecasts["mean_pit"](rows, f"true, total, {days}")), strict=True
        ):
            assert found == pytest.approx(level, abs=4 * (level * (100 - level) / 500) ** 0.5)


def test_intervals_from_sampled_parameters_are_wider_after_a_short_past():
    rows = [row for row in forecasts["rows_of"]("counts, 10 places, 15 days", range(30), jobs=2) if "error" not in row]
    estimate, sampled = (
        forecasts["coverage"](forecasts["mean_pit"](rows, f"{how}, total, 7")) for how in forecasts["HOW"]
    )
    assert sampled[1] > estimate[1]
