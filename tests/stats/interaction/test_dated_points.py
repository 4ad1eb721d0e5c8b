import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from protestspread.errors import DataError
from protestspread.stats.interaction.dated_points import strata_labels


@pytest.fixture
def dated():
    return gpd.GeoDataFrame(
        {
            "date": pd.to_datetime(["2022-01-31", "2022-02-01", "2022-02-01", "2022-05-01"]),
            "region_id": ["A", "B", "B", "A"],
        },
        index=pd.Index(["e1", "e2", "e3", "e4"], name="event_id"),
        geometry=gpd.points_from_xy([0, 1, 1, 0], [0, 0, 0, 0]),
        crs=4326,
    )


@pytest.mark.parametrize(
    ("strata", "parts", "name"),
    [
        ("region_id", [["e1", "e4"], ["e2", "e3"]], "region_id"),
        ("month", [["e1"], ["e2", "e3"], ["e4"]], "month"),
        (["region_id", "quarter"], [["e1"], ["e2", "e3"], ["e4"]], "region_id and quarter"),
        (
            pd.Series(["x", "y", "y", "x"], index=["e4", "e3", "e2", "e1"], name="zone"),
            [["e1", "e4"], ["e2", "e3"]],
            "zone",
        ),
        (np.array([7, 7, 8, 8]), [["e1", "e2"], ["e3", "e4"]], "the strata given"),
        (["a", "a", "a", "b"], [["e1", "e2", "e3"], ["e4"]], "the strata given"),
    ],
)
def test_strata_by_name_by_calendar_and_given(dated, strata, parts, name):
    codes, called = strata_labels(dated, strata)
    assert called == name
    assert sorted(dated.index[codes == code].tolist() for code in set(codes)) == parts


@pytest.mark.parametrize(
    ("strata", "fault"),
    [
        ("province", r"no column 'province'(?s:.*)region_id.*month"),
        (["region_id", "provinc"], "no column 'provinc'"),
        ([1, 2], "got 2 labels for 4 events"),
        (pd.Series([1, 2, 3, 4]), "different indexes"),
        (
            ["a", None, "b", "b"],
            "^strata must have a label for every event: the strata given is missing for 1 of 4: e2",
        ),
    ],
)
def test_strata_that_do_not_fit_are_refused(dated, strata, fault):
    with pytest.raises(DataError, match=fault):
        strata_labels(dated, strata)


def test_missing_regions_are_named(dated):
    dated.loc["e3", "region_id"] = None
    with pytest.raises(
        DataError, match=r"^strata must have a label for every event: region_id is missing for 1 of 4: e3"
    ):
        strata_labels(dated, "region_id")
