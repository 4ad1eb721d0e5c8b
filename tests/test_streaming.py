"""Counting files batch by batch gives what screening, locating and counting the whole gives."""

import os
import subprocess
import sys
import warnings
import zipfile

import geopandas as gpd
import joblib
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps

REGIONS = gpd.GeoDataFrame(
    {"name": ["West", "East"]},
    index=pd.Index(["W", "E"], name="region_id"),
    geometry=[shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)],
    crs=4326,
)
CITIES = gpd.GeoDataFrame(
    {"aliases": ["Alpha", None]},
    index=pd.Index(["Aville", "Btown"], name="city"),
    geometry=gpd.points_from_xy([0.5, 3], [0.5, 1]),
    crs=4326,
)


def count(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.ProtestSpreadWarning)
        return ps.count_event_files(*args, **options)


def whole(path, places, *, within_km=None, **options):
    """The same in separate steps, on the whole table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ps.ProtestSpreadWarning)
        events = ps.locate_events(ps.screen_events(path).events, places, within_km=within_km)
        return ps.count_events(events, places, **options)


def rows_of(n, seed=1):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "event_id": [f"x{seed}-{i}" for i in range(n)],
            "date": rng.choice(
                ["2022-01-02", "2022-01-03", "2022-01-09", "soon", ""], n, p=[0.4, 0.3, 0.2, 0.05, 0.05]
            ),
            "lon": rng.choice(["0.5", "2.5", "3.0", "9", "x", ""], n),
            "lat": rng.choice(["0.5", "1.0", "1.5"], n),
            "city": rng.choice(["", "Alpha", "btown", "Nowhere"], n),
            "size_low": rng.choice(["1", "2.5", "", "-3"], n),
            "note": "x" * 20,
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for seed in range(4):
        rows_of(300, seed).to_csv(folder / f"{seed}.csv", index=False)
    return folder


@pytest.mark.parametrize("every", ["D", "W", "MS"])
@pytest.mark.parametrize("weight", [None, "size_low"])
def test_the_panel_equals_that_of_separate_steps_by_region(folder, every, weight):
    panel = count(folder, REGIONS, every=every, weight=weight)
    pd.testing.assert_frame_equal(panel, whole(folder, REGIONS, every=every, weight=weight))


def test_the_panel_equals_that_of_separate_steps_by_city(folder):
    for within_km in (None, 60):
        pd.testing.assert_frame_equal(
            count(folder, CITIES, within_km=within_km), whole(folder, CITIES, within_km=within_km)
        )


def test_every_row_is_in_the_panel_or_lost_with_a_reason(folder):
    with pytest.warns(ps.DataWarning, match="of 1,200 rows are not in the result") as caught:
        panel = ps.count_event_files(folder, REGIONS)
    assert panel.attrs["rows"] == 1200 == panel.to_numpy().sum() + sum(panel.attrs["lost"].values())
    assert panel.attrs["format"] == "own table"
    assert "outside every region" in str(caught[0].message)


@pytest.mark.long
def test_many_small_batches_are_one_large(folder, monkeypatch):
    one = count(folder, REGIONS, weight="size_low")
    monkeypatch.setattr("protestspread.readers.files.csv_files._STREAM_BYTES", 600)
    monkeypatch.setattr("protestspread.streaming._MOST_PARTS", 3)
    many = count(folder, REGIONS, weight="size_low")
    pd.testing.assert_frame_equal(one, many)
    assert one.attrs == many.attrs


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_number_of_workers_changes_nothing(folder, workers):
    with joblib.parallel_config(backend="threading"):
        panel = count(folder, REGIONS, weight="size_low", n_jobs=workers)
    alone = count(folder, REGIONS, weight="size_low")
    assert panel.to_numpy().tobytes() == alone.to_numpy().tobytes()
    assert panel.attrs == alone.attrs


@pytest.mark.long
def test_processes_give_the_same_and_bring_errors_home(folder, tmp_path):
    pd.testing.assert_frame_equal(count(folder, REGIONS, n_jobs=2), count(folder, REGIONS))
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    with pytest.raises(ps.SchemaError, match="column 'date' is missing"):
        count(tmp_path, REGIONS, n_jobs=2)


@pytest.mark.long
def test_dask(folder):
    dataframe = pytest.importorskip("dask.dataframe", reason="the extra [dask] is not installed")
    frame = pd.concat(
        [pd.read_csv(path, dtype=str, keep_default_na=False) for path in sorted(folder.iterdir())], ignore_index=True
    ).replace("", None)
    pd.testing.assert_frame_equal(count(dataframe.from_pandas(frame, npartitions=5), REGIONS), count(folder, REGIONS))


CLUSTER = """
import sys
import joblib
from test_streaming import REGIONS, count

if __name__ == "__main__":
    from dask.distributed import Client, LocalCluster
    alone = count(sys.argv[1], REGIONS, weight="size_low")
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster, Client(cluster):
        with joblib.parallel_config(backend="dask"):
            spread = count(sys.argv[1], REGIONS, weight="size_low", n_jobs=-1)
    same = spread.to_numpy().tobytes() == alone.to_numpy().tobytes() and spread.index.equals(alone.index)
    print(same and spread.attrs == alone.attrs and list(spread) == list(alone))
"""


@pytest.mark.long
def test_a_dask_cluster_gives_what_one_process_gives(folder, tmp_path, request):
    """In a process of its own, because a cluster leaves threads behind."""
    pytest.importorskip("distributed", reason="the extra [dask] is not installed")
    (tmp_path / "run.py").write_text(CLUSTER)
    command = [sys.executable, "-W", "ignore", str(tmp_path / "run.py"), str(folder)]
    tests = os.environ | {"PYTHONPATH": str(request.path.parent)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300, env=tests)
    assert done.stdout.split()[-1] == "True"


@pytest.mark.parametrize("kind", ["parquet", "geoparquet", "gpkg", "csv.gz"])
def test_other_kinds_of_file(tmp_path, case, kind):
    events = case.events[["date", "geometry"]]
    path = tmp_path / f"e.{kind}"
    if kind == "geoparquet":
        ps.write_events(events, path)
    elif kind == "gpkg":
        events.reset_index().to_file(path)
    else:
        plain = pd.DataFrame({"date": events["date"], "lon": events.geometry.x, "lat": events.geometry.y})
        plain.to_parquet(path) if kind == "parquet" else plain.to_csv(path)
    panel = count(path, case.regions)
    assert panel.attrs["lost"] == {}
    pd.testing.assert_frame_equal(panel, ps.count_events(ps.locate_events(case.events, case.regions), case.regions))


def test_geoparquet_in_another_system(tmp_path, case):
    case.events[["date", "geometry"]].to_crs(3857).to_parquet(tmp_path / "e.parquet")
    assert count(tmp_path / "e.parquet", case.regions).to_numpy().sum() == 152


def test_sources_and_choices(data_folder):
    panel = count(
        data_folder / "acled_current.csv",
        REGIONS.set_geometry(REGIONS.translate(13, 49)),
        country="Ruritania",
        event_types=["Protests"],
        weight="size_low",
    )
    assert panel.loc["2022-01-02":"2022-01-04"].sum(axis=1).tolist() == [500, 100, 100]
    assert panel.attrs["lost"] == {"other_country": 1, "other_type": 1, "no_weight": 1}
    gdelt = count(data_folder / "gdelt_2.export.CSV", REGIONS.set_geometry(REGIONS.translate(13, 49)))
    assert gdelt.to_numpy().sum() == 3
    assert gdelt.attrs["rows"] == 6


@pytest.fixture
def data_folder(request):
    return request.path.parent / "data"


def test_days_window_and_coverage(folder):
    panel = count(folder, REGIONS, start="2022-01-01", end="2022-01-03")
    assert panel.index.strftime("%d").tolist() == ["01", "02", "03"]
    assert panel.attrs["lost"]["other_day"] > 0
    observed = pd.DataFrame(
        {"place": [None], "start": pd.to_datetime(["2022-01-02"]), "end": pd.to_datetime(["2022-01-04"])}
    )
    panel = count(folder, REGIONS, observed=observed)
    assert panel.isna().any(axis=1).tolist() == [False, False] + [True] * 6
    assert panel.attrs["lost"]["unobserved_day"] > 0


def test_mapped_columns(tmp_path):
    (tmp_path / "e.csv").write_text("Tag,Laenge,Breite,Rest\n2022-01-02,0.5,0.5,x\n")
    panel = count(tmp_path / "e.csv", REGIONS, columns={"date": "Tag", "lon": "Laenge", "lat": "Breite"})
    assert panel["W"].tolist() == [1]


def test_broken_rows_and_open_quotes(tmp_path):
    (tmp_path / "e.csv").write_text("date,lon,lat\n2022-01-02,0.5,0.5\n2022-01-02,0.5\n")
    assert count(tmp_path / "e.csv", REGIONS).attrs["lost"] == {"faulty_row": 1}
    (tmp_path / "f.csv").write_text('date,lon,lat,note,x\n2022-01-02,0.5,0.5,"open,1\n2022-01-02,0.5,0.5,"z",1\n')
    with pytest.raises(ps.FileError, match="quotes that do not close"):
        count(tmp_path / "f.csv", REGIONS)


def test_nothing_to_count(tmp_path):
    (tmp_path / "e.csv").write_text("date,lon,lat\n")
    with pytest.raises(ps.DataError, match="start and end are needed"):
        count(tmp_path / "e.csv", REGIONS)
    assert count(tmp_path / "e.csv", REGIONS, start="2022-01-01", end="2022-01-02").to_numpy().tolist() == [
        [0, 0],
        [0, 0],
    ]
    with pytest.raises(ps.DataError, match="weight must be a numeric column of events; got 'people'"):
        (tmp_path / "e.csv").write_text("date,lon,lat\n2022-01-02,0.5,0.5\n")
        count(tmp_path / "e.csv", REGIONS, weight="people")


@pytest.mark.long
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2022-01-02", "2022-01-05", "x"]),
            st.sampled_from(["0.5", "2.0", "3", "nan", "1e308"]),
            st.sampled_from(["1", "-91", ""]),
        ),
        max_size=12,
    )
)
def test_any_rows(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "e.csv"
    pd.DataFrame(rows, columns=["date", "lon", "lat"]).to_csv(path, index=False)
    panel = count(path, REGIONS, start="2022-01-01", end="2022-01-06")
    pd.testing.assert_frame_equal(panel, whole(path, REGIONS, start="2022-01-01", end="2022-01-06"))
    assert panel.to_numpy().sum() + sum(panel.attrs["lost"].values()) == len(rows)


SPRINGFIELDS = gpd.GeoDataFrame(
    {"region_id": ["US-IL", "US-MO"]},
    index=pd.Index(["Springfield, IL", "Springfield, MO"], name="city"),
    geometry=gpd.points_from_xy([-89.6, -93.3], [39.8, 37.2]),
    crs=4326,
)


@pytest.mark.parametrize("repeats", [1, 5])
def test_towns_that_share_a_name_are_found_by_their_region(tmp_path, repeats):
    rows = [
        ("Springfield", "IL"),
        ("Springfield, MO", ""),
        ("Springfield", ""),
        ("Springfield", "VT"),
        ("Sprngfield", "MO"),
    ]
    table = pd.DataFrame(rows * repeats, columns=["city", "region"]).assign(date="2022-01-02")
    table.to_csv(tmp_path / "e.csv", index=False)
    panel = count(tmp_path / "e.csv", SPRINGFIELDS)
    lost = {"ambiguous_city": repeats, "unknown_region": repeats, "unknown_city": repeats}
    assert panel.attrs["lost"] == lost
    assert panel.to_numpy().tolist() == [[repeats, repeats]]
    pd.testing.assert_frame_equal(panel, whole(tmp_path / "e.csv", SPRINGFIELDS))
    accepted = ps.accept_matches(ps.match_places(["Sprngfield"], SPRINGFIELDS, regions=["MO"]))
    assert count(tmp_path / "e.csv", SPRINGFIELDS, accepted=accepted)["Springfield, MO"].sum() == 2 * repeats
    with pytest.raises(ps.SchemaError, match="accepted"):
        count(tmp_path / "e.csv", SPRINGFIELDS, accepted=accepted.assign(city="Nowhere"))


@pytest.mark.parametrize("repeats", [1, 5])
def test_events_in_several_regions_are_counted_once_and_reported(tmp_path, repeats):
    regions = gpd.GeoDataFrame(
        index=pd.Index(["X", "X1"], name="region_id"),
        geometry=[shapely.box(0, 0, 9, 9), shapely.box(2, 2, 4, 4)],
        crs=4326,
    )
    for name, lon in (("a", 3.0), ("b", 1.0)):
        table = pd.DataFrame({"date": ["2022-01-02"] * repeats, "lon": lon, "lat": 3.0})
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.warns(ps.DataWarning, match=rf"{repeats} events lie in several regions \({repeats} in X and X1\)"):
        panel = ps.count_event_files(tmp_path, regions)
    assert panel.to_numpy().tolist() == [[2 * repeats, 0]]


def test_what_is_wrong_with_rows_is_listed(tmp_path):
    (tmp_path / "e.csv").write_text("date,lon,lat\n2022-01-02,0.5,0.5\n2022-01-02,0.5\nsoon,1,1\n")
    with pytest.warns(ps.DataWarning, match=r"2 in rows with faults \(1 expected 3 fields; found 2, 1 column 'date'"):
        panel = ps.count_event_files(tmp_path / "e.csv", REGIONS)
    assert panel.attrs["lost"] == {"faulty_row": 2}


@pytest.mark.parametrize(
    "options",
    [{"start": "03.01.2022"}, {"end": 20220101}, {"within_km": "5"}, {"every": None}, {"weight": 3}, {"observed": "x"}],
)
def test_options_are_checked_before_a_file_is_read(tmp_path, options):
    with pytest.raises(ps.ProtestSpreadError, match=next(iter(options))):
        count(tmp_path / "none.csv", REGIONS, **options)


@pytest.mark.slow
def test_ten_million_rows_take_less_than_a_gigabyte(tmp_path):
    """In a process of its own, so that nothing else counts."""
    make = f"""
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
rng = np.random.default_rng(1)
schema = pa.schema([("date", pa.timestamp("us")), ("longitude", pa.float64()), ("latitude", pa.float64()), ("note", pa.string())])
with pq.ParquetWriter("{tmp_path}/e.parquet", schema) as writer:
    for _ in range(10):
        n = 1_000_000
        days = np.datetime64("2015-01-01") + rng.integers(0, 3650, n)
        writer.write_table(pa.table([days.astype("datetime64[us]"), rng.uniform(50, 85, n).round(2), rng.uniform(42, 54, n).round(2),
                                     pa.array(["a note of some length"] * n)], schema=schema))
"""
    subprocess.run([sys.executable, "-c", make], check=True)
    work = f"""
import resource, warnings, protestspread as ps
warnings.simplefilter("ignore")
panel = ps.count_event_files("{tmp_path}/e.parquet", ps.load_case("kazakhstan_2022").regions)
assert panel.attrs["rows"] == 10_000_000 == panel.to_numpy().sum() + sum(panel.attrs["lost"].values())
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""
    done = subprocess.run([sys.executable, "-c", work], check=True, capture_output=True, text=True)
    assert int(done.stdout) < 1024


def test_a_zip_whose_table_of_contents_points_before_its_beginning(tmp_path, regions):
    """What zipfile makes of it is no error of its own, but the operating system's."""
    path = tmp_path / "e.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("e.csv", "date,longitude,latitude\n2022-01-02,0.5,0.5\n")
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 16 : end + 20] = (int.from_bytes(data[end + 16 : end + 20], "little") + 10_000).to_bytes(4, "little")
    path.write_bytes(data)
    for read in (ps.read_events, ps.screen_events, lambda one: ps.count_event_files(one, regions)):
        with pytest.raises(ps.FileError, match=r"e\.zip"):
            read(path)
