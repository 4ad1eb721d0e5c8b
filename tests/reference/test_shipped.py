"""The outside data that the project ships are whole, are read by the library, and say where they come from."""

import hashlib
from pathlib import Path

import pytest

import protestspread as ps

ROOT = Path(__file__).parents[2]
FILES = {
    "data/reference/arvig_demonstrations.csv": "e84f300677154f6f48b8d192f2e65cbbc2db546986d7eb75fe5b2a876bad78a5",
    "tests/reference/data/arvig_state_borders.csv": "f01c2ee1fc9b84729ca6174b8920c4f0338dc8edd43241e156693cc2abddfc9e",
    "tests/reference/data/arvig_weekly_by_state.csv": "d69d970a6b906428ad843f408b51055982741a73b1fc9b44098e3ac75799029b",
    "tests/reference/data/nbda_cases.json": "17008dba970a81fc8dcaa489c4f7cf5e7305465cb968c19b62d7dc1bc01548e2",
}  # fmt: skip


@pytest.mark.parametrize(("name", "digest"), FILES.items())
def test_the_files_are_those_that_were_handed_on(name, digest):
    """The numbers in this folder hold for these bytes."""
    assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest


def test_no_file_is_shipped_without_its_source_and_licence():
    for folder in ("data/reference", "tests/reference/data"):
        told = (ROOT / folder / "SOURCES.md").read_text(encoding="utf-8")
        assert "CC0" in told
        for path in (ROOT / folder).iterdir():
            assert path.name == "SOURCES.md" or f"`{path.name}`" in told, path
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert "data/reference/arvig_demonstrations.csv" in notice
    assert "tests/reference/data/SOURCES.md" in notice


def test_the_demonstrations_are_read_as_events_as_they_stand():
    events = ps.read_events(ROOT / "data" / "reference" / "arvig_demonstrations.csv")
    assert len(events) == 541
    assert events["state"].nunique() == 15
    assert events.geometry.to_wkb().nunique() == 234
    assert (str(events["date"].min().date()), str(events["date"].max().date())) == ("2014-01-03", "2017-08-11")
    assert events["date"].dt.year.value_counts().to_dict() == {2014: 179, 2015: 291, 2016: 59, 2017: 12}
