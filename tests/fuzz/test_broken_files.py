"""Every damaged file gives a result that accounts for every row, or an error of the library.

A hundred mutated files always run, a hundred thousand with ``-m slow`` (an hour on an idle core; PROTESTSPREAD_FUZZ sets the number).
"""

import contextlib
import os
import resource
import signal
import sys
import warnings

import pandas as pd
import pytest

import protestspread as ps
from protestspread import parallel

from .mutations import DATA, mutate

MOST_SECONDS = 60
MOST_MEGABYTES = 1024


@pytest.fixture(scope="module")
def originals(tmp_path_factory, case):
    """Files of every type that can be read, with their endings; text files three times."""
    folder = tmp_path_factory.mktemp("originals")
    texts = [(".csv", path.read_bytes()) for path in sorted(DATA.iterdir()) if path.suffix.lower() == ".csv"]
    some = case.events.head(6)[["date", "city", "event_type", "size_low", "minor", "geometry"]]
    ps.write_events(some, folder / "e.parquet")
    for ending in ("geojson", "gpkg", "fgb"):
        some.reset_index().to_file(folder / f"e.{ending}")
    if pytest.importorskip("openpyxl"):
        pd.DataFrame({"date": ["2022-01-02"], "city": ["A"]}).to_excel(folder / "e.xlsx", index=False)
    return texts * 3 + [(path.suffix, path.read_bytes()) for path in sorted(folder.iterdir())]


def outcome(path, regions):
    """Read a file in all three ways; only errors of the library are caught."""
    try:
        screening = ps.screen_events(path, places=regions)
    except ps.ProtestSpreadError as error:
        result = type(error).__name__
    else:
        assert screening.rows == len(screening.events) + len(screening.rejected)
        ps.check_events(screening.events)
        assert str(screening.rows) in repr(screening).replace(",", "")
        assert "<script>" not in screening._repr_html_()
        result = "events" if len(screening.events) else "none"
    for read in (ps.read_events, lambda path: ps.count_event_files(path, regions)):
        with contextlib.suppress(ps.ProtestSpreadError):
            read(path)
    return result


def run(folder, seeds, originals, regions):
    def too_long(*_):
        raise TimeoutError(f"more than {MOST_SECONDS} seconds")

    outcomes = dict.fromkeys(("events", "none", "FileError", "SchemaError", "DataError", "CRSError"), 0)
    signal.signal(signal.SIGALRM, too_long)
    for seed in seeds:
        parallel.MANY = 1 if seed % 10 == 0 else 200_000  # also small files on several threads
        data, ending = mutate(seed, originals)
        path = folder / f"e{ending}"
        path.write_bytes(data)
        signal.alarm(MOST_SECONDS)
        try:
            outcomes[outcome(path, regions)] += 1
        except BaseException as fault:
            raise AssertionError(f"seed {seed}, a file of {len(data):,} bytes ending in {ending}") from fault
        finally:
            signal.alarm(0)
        path.unlink()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "linux" else 1024**2)
    return outcomes, megabytes


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="needs an alarm signal to stop hanging tests")
@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_broken_files(tmp_path, originals, case, slow, monkeypatch):
    monkeypatch.setattr(parallel, "MANY", parallel.MANY)
    seeds = range(1000, 1000 + int(os.environ.get("PROTESTSPREAD_FUZZ", "100000"))) if slow else range(100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # warnings of parsers about broken files
        outcomes, megabytes = run(tmp_path, seeds, originals, case.regions)
    print(outcomes, f"{megabytes} MB")
    assert sum(outcomes.values()) == len(seeds)
    assert min(outcomes["events"], outcomes["FileError"], outcomes["SchemaError"]) > 0.03 * len(seeds)  # all occur
    if slow:
        assert megabytes < MOST_MEGABYTES
