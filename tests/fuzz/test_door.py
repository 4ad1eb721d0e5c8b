"""Every public function, whatever it is given: an answer, or an error of the library; never a foreign exception.

Arguments that work are mutated, one or two at a time; each call is reproducible from its seed.
"""

import contextlib
import inspect
import io
import random
import signal
import warnings

import geopandas as gpd
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import protestspread as ps

from .door_mutations import mutations
from .door_world import calls, world

CHUNKS, EACH, LONG_CHUNKS = 20, 25, 800
SECONDS = 20.0
# The slowest functions get a share of the calls only: some of them take a second each.
RARE = {"animate_spread": 0.05, "decompose_diffusion": 0.1, "plot_timeline": 0.1, "load_case": 0.1}
# Classes that only functions make: their constructors take what these have checked.
MADE_BY_FUNCTIONS = frozenset({
    "Backtest", "Case", "ChangeAfter", "ChannelDecomposition", "Deduplication", "DiffusionDecomposition", "Falsification", "EndemicEpidemicFit", "EventHistoryFit", "FitComparison", "Frame", "FrontResult", "GrowthRatio", "KnoxLadder",
    "KnoxResult", "LocalKnox", "Memory", "NetworkComparison", "NullSpread", "OADAFit", "PlaceboTest", "Reproduction",
    "ResponseResult", "ScanResult", "Screening", "SecondaryAttackRate", "SpreadAnimation", "SpreadMap", "StandardEllipse", "StructuralDependence", "TADAFit",
    "Thresholds", "World",
})  # fmt: skip


class LateError(BaseException):
    """A call that takes too long: no fault of the door."""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return calls(tmp_path_factory.mktemp("door"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Some mutated paths are valid names of files; they are written to a folder of the test."""
    monkeypatch.chdir(tmp_path)


@contextlib.contextmanager
def limited():
    def stop(*_):
        raise LateError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def snapshot(value):
    """What a caller could see of a table, as text."""
    if isinstance(value, pd.DataFrame | pd.Series):
        name = list(value.columns) if isinstance(value, pd.DataFrame) else value.name
        plain = pd.DataFrame(value) if isinstance(value, pd.DataFrame) else value  # geopandas writes no column twice
        return type(value), plain.to_csv(), str(value.dtypes), repr(value.index), repr(name), repr(value.attrs)
    return repr(value)


def parameters(call):
    """All arguments of a function, with their defaults where the call gives none."""
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(call.function).parameters.values()
    return {p.name: p.default for p in found if p.kind in kinds and p.default is not p.empty} | call.arguments


def mutated(rng, call):
    """Return the arguments of a call, one or two of them mutated, and the names of the mutations."""
    arguments, told = dict(call.arguments), []
    every = parameters(call)
    for name in rng.sample(sorted(every), min(rng.choice([1, 1, 1, 2]), len(every))):
        changes = mutations(every[name])
        change = rng.choice(sorted(changes))
        with contextlib.suppress(Exception), warnings.catch_warnings():  # not every mutation fits every table
            warnings.simplefilter("ignore")
            arguments[name] = changes[change](every[name])
            told.append(f"{name} <- {change}")
    return arguments, told


def faults_of(rng, table, count):
    """Make calls; return a line for each that ended in a foreign exception or changed its arguments."""
    names = sorted(table)
    lines = []
    while count:
        name = rng.choice(names)
        if rng.random() > RARE.get(name, 1):
            continue
        count -= 1
        arguments, told = mutated(rng, table[name])
        before = {
            key: snapshot(value) for key, value in arguments.items() if isinstance(value, pd.DataFrame | pd.Series)
        }
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            try:
                with limited():
                    table[name].function(**arguments)
            except (ps.ProtestSpreadError, MemoryError, LateError):
                pass
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                lines.append(f"{name}({', '.join(told)}): {type(error).__name__}: {str(error)[:200]}")
        plt.close("all")
        changed = [key for key, seen in before.items() if snapshot(arguments[key]) != seen]
        lines += [f"{name}({', '.join(told)}) changed {key}" for key in changed]
    return lines


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_foreign_exception(table, chunk):
    lines = faults_of(random.Random(f"door {chunk}"), table, EACH)  # noqa: S311
    assert not lines, "\n".join(lines)


FOUND = {
    "labels of a web map": lambda case, panel: ps.spread_map(panel, case.regions, labels=np.ones(2)),
    "labels of a picture": lambda case, panel: ps.choropleth_map(panel.iloc[0], case.regions, labels=pd.NA),
    "strata": lambda case, _: ps.knox_test(
        case.events, within_km=9, within_days=1, scheme=ps.schemes.ExchangePlaces(np.zeros((2, 2, 2)))
    ),
    "flows": lambda case, _: ps.plot_flows(case.flows.assign(origin_lat=1e300), case.regions),
    "insets": lambda case, panel: ps.choropleth_map(panel.iloc[0], case.regions, insets=np.ones(2)),
    "among": lambda case, _: ps.link_graph(case.cities, case.links, among=np.nan),
    "names": lambda case, _: ps.nearest_graph(case.cities, k=2).subgraph([pd.NA]),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_long_runs_found(name):
    case = ps.load_case("kazakhstan_2022")
    with pytest.raises(ps.ProtestSpreadError, match=r"^(labels|strata|flows|nodes|names|among|insets)"):
        FOUND[name](case, ps.count_events(case.events, case.regions))


def test_labels_of_a_graph_may_be_a_series():
    graph = ps.nearest_graph(ps.load_case("kazakhstan_2022").cities, k=2)
    texts = [text.get_text() for text in ps.plot_graph(graph, labels=pd.Series(["Aktau"])).texts]
    assert "Aktau" in texts


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(LONG_CHUNKS))
def test_no_foreign_exception_in_many_calls(table, chunk):
    lines = faults_of(random.Random(f"long {chunk}"), table, EACH)  # noqa: S311
    assert not lines, "\n".join(lines)


def test_the_table_has_every_public_callable(table):
    public = {name for name in ps.__all__ if callable(getattr(ps, name))}
    errors = {
        name for name in public if inspect.isclass(getattr(ps, name)) and issubclass(getattr(ps, name), BaseException)
    }
    without_arguments = {"warmup", "AttributesWorld", "CommonDaysWorld", "RegionalDaysWorld"}
    assert public - errors - MADE_BY_FUNCTIONS - set(table) == without_arguments


def test_the_arguments_of_the_table_work(table):
    """A mutation tests something only where the call works without it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in table.values():
            call.function(**call.arguments)
            plt.close("all")


# laws that hold for any order of rows and columns


def shuffled(rng, frame):
    """The same table in another order of rows and columns."""
    rows, columns = rng.permutation(len(frame)), rng.permutation(frame.shape[1])
    changed = frame.iloc[rows]
    return (
        changed[[changed.columns[at] for at in columns]]
        if isinstance(frame, gpd.GeoDataFrame)
        else changed.iloc[:, columns]
    )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("places", ["cities", "regions"])
def test_counts_add_up_and_do_not_depend_on_order(seed, places):
    w, rng = world(), np.random.default_rng(seed)
    events = w.events.copy()
    lost = rng.random(len(events)) < 0.2
    events.loc[lost, ["city", "region_id"]] = [None, None]
    events.loc[lost, "geometry"] = gpd.points_from_xy([10.0] * lost.sum(), [10.0] * lost.sum(), crs=4326)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.LostEventsWarning)
        where = getattr(w, places)
        panel = ps.count_events(events, where, **w.window)
        again = ps.count_events(shuffled(rng, events), shuffled(rng, where), **w.window)
    gone = sum(ids if isinstance(ids, int) else len(ids) for ids in panel.attrs.get("lost", {}).values())
    assert panel.to_numpy().sum() + gone == len(events)
    pd.testing.assert_frame_equal(panel, again[panel.columns])


@pytest.mark.parametrize("seed", range(5))
def test_results_do_not_depend_on_the_order_of_rows_and_columns(seed):
    w, rng = world(), np.random.default_rng(seed)
    events, cities, panel = shuffled(rng, w.events), shuffled(rng, w.cities), w.panel.iloc[:, rng.permutation(7)]
    options = {"within_km": 150, "within_days": 1, "permutations": 29, "rng": 3}
    assert ps.knox_test(events, **options).to_frame().equals(ps.knox_test(w.events, **options).to_frame())
    pd.testing.assert_series_equal(ps.onsets(panel)[w.panel.columns], ps.onsets(w.panel))
    located = ps.locate_events(events, cities).loc[w.events.index, "city"]
    pd.testing.assert_series_equal(located, ps.locate_events(w.events, w.cities)["city"])
    groups = w.cities["region_id"].sample(frac=1, random_state=seed)
    pd.testing.assert_frame_equal(ps.aggregate_panel(panel, groups), ps.aggregate_panel(w.panel, w.cities["region_id"]))
    graph = ps.nearest_graph(cities, k=2).subgraph(w.cities.index)
    assert (graph.matrix != w.near.matrix).nnz == 0
    pd.testing.assert_frame_equal(ps.cumulative(panel)[w.panel.columns], ps.cumulative(w.panel))
