"""Maps of data of ACLED ask for a credit, whatever was done to the counts before."""

import warnings

import matplotlib.figure
import pandas as pd
import pytest

import protestspread as ps

ROWS = pd.DataFrame(
    {
        "event_id_cnty": ["RUR1", "RUR2"],
        "event_date": ["3 January 2022", "4 January 2022"],
        "time_precision": "1",
        "event_type": "Protests",
        "sub_event_type": "Peaceful protest",
        "country": "Ruritania",
        "latitude": ["43.2", "43.3"],
        "longitude": ["51.2", "51.3"],
        "geo_precision": "1",
        "fatalities": "0",
        "notes": "",
    }
)


@pytest.fixture(scope="module")
def panel(case):
    located = ps.locate_events(ps.read_events(ROWS), case.regions, within_km=100)
    return ps.cumulative(ps.count_events(located, case.regions))


def draw(what, panel, regions, **options):
    if what == "spread_map":
        return ps.spread_map(panel, regions, **options)
    if what == "choropleth_map":
        return ps.choropleth_map(panel.iloc[1], regions, **options)
    if what == "animation":
        return ps.animate_spread(panel, regions, **options)
    figure = matplotlib.figure.Figure()
    if what == "choropleth":
        return ps.plot_choropleth(panel.iloc[1], regions, ax=figure.add_subplot(), **options)
    return ps.plot_small_multiples(panel, regions, figure=figure, **options)


@pytest.mark.parametrize("what", ["spread_map", "choropleth_map", "animation", "choropleth", "small_multiples"])
def test_acled_asks_for_a_credit(case, panel, what):
    with pytest.warns(ps.DataWarning, match="attribution is missing: ACLED's terms") as caught:
        draw(what, panel, case.regions)
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draw(what, panel, case.regions, attribution="ACLED (acleddata.com), accessed on 1 February 2022")
        draw(what, panel.copy().pipe(lambda p: p.set_axis(p.index)).pipe(forget), case.regions)


def forget(panel):
    panel.attrs = {"format": "table"}
    return panel
