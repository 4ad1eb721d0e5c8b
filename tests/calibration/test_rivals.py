"""What falsify says without transmission, and with it; docs/calibration.md has the full run."""

import runpy
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
rivals = runpy.run_path(str(Path(__file__).with_name("rivals.py")))


@pytest.mark.parametrize("kind", rivals["WITHOUT"])
def test_worlds_without_transmission_do_not_fit_only_contagion(kind):
    """Of 25 worlds at most 5: more would be seen once in 5,000 runs at a rate of 5%."""
    assert sum(row["only contagion"] for row in rivals["rows_of"](f"{kind} (times)", range(25))) <= 5


def test_strong_contagion_is_told_from_its_rivals():
    assert sum(row["only contagion"] for row in rivals["rows_of"]("contagion, s = 10 (times)", range(10))) >= 7
