"""Outside numbers of data without a free licence: they lie outside the project, and these tests skip where they are absent."""

import geopandas as gpd
import pandas as pd
import pytest

import protestspread as ps


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::protestspread.errors.ReportsWarning")
def test_close_pairs_of_18950_american_events(reference):
    """Dynamics of Collective Action, 1960-1995, one id that stands twice dropped: pairs within 100 km and 7 days."""
    file = reference / "data" / "doca_1960_1995.csv"
    if not file.is_file():
        pytest.skip(f"no licence to ship it: {file.name} is not in the folder that PROTESTSPREAD_REFERENCE names")
    table = pd.read_csv(file).drop_duplicates("CASEID").set_index("CASEID").rename_axis("event_id")
    points = gpd.points_from_xy(table["LON"], table["LAT"])
    events = gpd.GeoDataFrame({"date": pd.to_datetime(table["DATE"])}, geometry=points, crs=4326)
    found = ps.knox_test(events, within_km=100, within_days=7, scheme="dates", unit="reports", permutations=1, rng=1)
    assert found.events == 18_950
    assert (found.statistic, found.all_pairs.close_in_space, found.close_in_time) == (70_763, 33_263_461, 322_641)
