"""How many of our files run in one public call: a limit for each, so that a reader need not open more."""

import sys
import threading
from pathlib import Path

import pytest

import protestspread as ps

pytestmark = pytest.mark.long  # for `make quick`

ROOT = Path(__file__).parent
SOURCE = str(Path(ps.__file__).parent)

# Files whose functions run in one call. A limit may rise only by the files of what a change adds, said here.
LIMITS = {
    # arguments.py, which checks options, is in each; checks.py and geodesy.py check the tables
    "knox_test": 18,  # 17 where no kernel is compiled yet; place-days, exchange of places and its blocks are files of their own
    "read_events": 16,  # with names, options, file contents and sizes of one's own table in readers/
    "plot_choropleth": 17,  # with insets, small regions, the layout of the map, and ramps
    # with kernels/dispatch.py, which chooses between numpy and compiled code; attributes, caveats, comparison, date_error, null_draws
    # and spec beside the fits, and models/worlds.py; exposures/until_onset.py stands on the floor below, and
    # inference/likelihood/comparison.py has the likelihood ratio of every fit, profiles.py its intervals, inference/exchange.py the exchange of places;
    # exposures/networks.py matches the graphs of every family
    "compare_networks": 30,
    # with the same four, interventions.py and the lanes of the curve
    "animate_spread and save": 26,
    # its views, what it holds besides layers, painters of layers, and assembling are files of their own; with insets and ramps
    "spread_map and save": 24,
}


@pytest.fixture
def calls(case, panel, tmp_path):
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    framed = case.cities[case.cities["in_frame"]]
    first = ps.onsets(panel.loc[:"2022-01-08", framed.index])
    graphs = {"near": ps.nearest_graph(framed, k=3), "rank": ps.hierarchy_graph(framed)}
    return {
        "knox_test": lambda: ps.knox_test(case.events, within_km=200, within_days=1, permutations=9, rng=1),
        "read_events": lambda: ps.read_events(ROOT / "data" / "kz_sample.csv"),
        "plot_choropleth": lambda: ps.plot_choropleth(by_region.iloc[4], case.regions),
        "compare_networks": lambda: ps.compare_networks(first, graphs, placebos=2, observed_until="2022-01-08", rng=1),
        "animate_spread and save": lambda: ps.animate_spread(by_region.iloc[:3], case.regions).save(tmp_path / "a.gif"),
        "spread_map and save": lambda: ps.spread_map(by_region, case.regions).save(tmp_path / "a.html"),
    }


def files_run(call):
    """The files of the library in which a function ran, in any thread; what runs while a module is imported apart."""
    found = set()

    def profile(frame, event, _):
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SOURCE) and code.co_name != "<module>":
            found.add(Path(code.co_filename).relative_to(SOURCE).as_posix())

    threading.setprofile(profile)
    sys.setprofile(profile)
    try:
        call()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return sorted(found)


@pytest.mark.parametrize("name", LIMITS)
@pytest.mark.filterwarnings("ignore::protestspread.DataWarning")
def test_a_call_runs_few_files(calls, name):
    calls[name]()  # once before, so that nothing is imported while we look
    found = files_run(calls[name])
    assert len(found) <= LIMITS[name], found
    assert len(found) > 3
