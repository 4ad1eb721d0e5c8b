"""A table of results that a reorganisation of the code must not change.

Every public test, fit and measure runs on the shipped case and on a small simulated one. The table holds values only:
no sentences and no column names. After a change of results that is meant, `python -m tests.golden.test_results`, run
in the root of the repository, rewrites the table.
"""

import json
import os
import warnings
from pathlib import Path

import pytest

import protestspread as ps

from . import places, statistics  # noqa: F401 - they fill the registry
from .registry import GOLDEN

TABLE = Path(__file__).parents[1] / "data" / "golden_results.json"
TOLERANCE = 1e-12
# Fits end where an optimizer stops: their last digits hang on the processor and the libraries. Where these stay as they
# are, PROTESTSPREAD_GOLDEN_STRICT=1 holds them to 1e-12 too. So do distances of points from a center that they nearly equal.
FITS = ("fit_", "compare_networks", "decompose_", "front_speed", "centers_over_time, mean")
FIT_TOLERANCE = TOLERANCE if os.environ.get("PROTESTSPREAD_GOLDEN_STRICT") else 1e-5


def same(old, new, tolerance):
    if isinstance(old, str) or isinstance(new, str):
        return old == new
    return new == pytest.approx(old, rel=tolerance, abs=tolerance)


def result(name):
    """The values of an entry; warnings, of few draws for instance, are not the subject here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.DataWarning)
        return GOLDEN[name]()


@pytest.fixture(scope="module")
def table():
    return json.loads(TABLE.read_text(encoding="utf-8"))


def test_every_entry_has_a_function_and_every_function_an_entry(table):
    assert len(table) >= 60
    assert set(table) == set(GOLDEN), "run `python -m tests.golden.test_results`"
    assert all(table.values()), "an entry without values"


@pytest.mark.parametrize("name", GOLDEN)
def test_the_result_is_unchanged(table, name):
    found, stored = result(name), table[name]
    assert len(found) == len(stored)
    tolerance = FIT_TOLERANCE if any(part in name for part in FITS) else TOLERANCE
    differing = [
        (at, old, new) for at, (old, new) in enumerate(zip(stored, found, strict=True)) if not same(old, new, tolerance)
    ]
    assert not differing, f"{len(differing)} of {len(stored)} values differ (position, stored, found): {differing[:5]}"


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(result(name), ensure_ascii=False)}" for name in sorted(GOLDEN)]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{TABLE}: {len(lines)} entries")
