from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data():
    """Small files in the formats of the sources, written by hand; every person, town and event in them is invented."""
    return Path(__file__).parents[1] / "data"
