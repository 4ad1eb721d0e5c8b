"""End to end: one row from a line of CSV to the frame that shows it, and the same for a file of a user."""

from pathlib import Path

import pandas as pd
import pytest

import protestspread as ps

pytestmark = pytest.mark.long

DATA = Path(__file__).parent / "data"


def test_one_row_from_csv_to_the_frame_of_3_january(case):
    events = ps.read_events(DATA / "kz_sample.csv")
    assert events.loc["KZ22-013", ["city", "event_type"]].tolist() == ["Atyrau", "protest"]

    located = ps.locate_events(events, case.cities)
    assert located.loc["KZ22-013", "region_id"] == "KZ-ATY"
    assert located.geometry["KZ22-013"] == case.cities.geometry["Atyrau"]

    panel = ps.count_events(located, case.cities)
    assert panel.loc["2022-01-03", "Atyrau"] == 1
    assert panel.loc["2022-01-03"].sum() == 1

    assert ps.onsets(panel)["Atyrau"] == pd.Timestamp("2022-01-03")

    (frame,) = [frame for frame in ps.frames(panel, show="day") if frame.date == pd.Timestamp("2022-01-03")]
    assert frame.label == "3 Jan 2022"
    assert frame.values["Atyrau"] == 1
    assert frame.total == 1

    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    (frame,) = [frame for frame in ps.frames(by_region) if frame.date == pd.Timestamp("2022-01-03")]
    assert frame.values[frame.values > 0].to_dict() == {"KZ-ATY": 1}


def test_a_users_own_file_in_five_lines(case, tmp_path):
    events = ps.read_events(DATA / "my_events.csv", columns={"date": "Day", "city": "Town", "size_low": "People"})
    panel = ps.count_events(ps.locate_events(events, case.cities), case.cities)
    by_region = ps.aggregate_panel(panel, case.cities["region_id"])
    ps.spread_map(by_region, case.regions, cities=case.cities, city_panel=panel).save(tmp_path / "map.html")
    ps.animate_spread(by_region, case.regions).save(tmp_path / "spread.gif")

    assert by_region.sum().to_dict() == {
        region: 2 if region == "KZ-MAN" else int(region in {"KZ-ATY", "KZ-ALA", "KZ-AKT", "KZ-VOS"})
        for region in by_region
    }
    assert (tmp_path / "map.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert (tmp_path / "spread.gif").read_bytes()[:6] == b"GIF89a"
