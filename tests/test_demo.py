"""The demo of each bundled case: what it prints, what it writes, and the credit on its maps."""

import re

import pandas as pd
import pytest

import protestspread as ps
from protestspread import demo
from protestspread.cases import describe_case

NAMES = ps.list_cases()
FILES = {
    "choropleth.png", "choropleth.svg", "curve.png", "graph.png", "spread.gif", "spread_map.html", "panel.csv", "onsets.csv",
}  # fmt: skip


def options_of(name):
    table = describe_case(name)["demo"]
    return demo.DemoOptions(**table | {key: pd.Timestamp(table[key]) for key in ("start", "end")})


def run(name, out):
    lines = []
    demo.run_demo(name, out, lines.append)
    return out, "\n".join(lines)


@pytest.fixture(scope="module")
def sit_ins(tmp_path_factory):
    return run("sit_ins_1960", tmp_path_factory.mktemp("sit_ins"))


@pytest.fixture(scope="module")
def floyd(tmp_path_factory):
    return run("george_floyd_2020", tmp_path_factory.mktemp("floyd"))


@pytest.mark.parametrize("name", NAMES)
def test_the_options_of_a_case_fit_its_tables(name):
    case, options = ps.load_case(name), options_of(name)
    assert options.start <= case.events["date"].min()
    assert set(options.not_drawn) <= set(case.regions.index)
    assert set(options.similar.values()) <= set(case.cities.columns)
    assert set(options.modes) <= set([] if case.links is None else case.links["mode"])


@pytest.mark.long
def test_the_sit_ins_in_order(sit_ins):
    _, text = sit_ins
    assert text.startswith(
        "Sit-ins in the American South, spring 1960 (teaching quality): first day of protest by city\n"
    )
    assert "   1 Feb 1960  1 city,   1 region so far\n              Greensboro, NC\n" in text
    assert (
        "  12 Feb 1960  4 cities,  3 regions so far\n              Norfolk, VA; Portsmouth, VA; Rock Hill, SC; Concord, NC\n"
        in text
    )
    assert "81 events in 39 of 383 cities and 9 of 11 regions" in text
    assert "39 of the 379 cities chosen by size alone (the sampling frame) had protest" in text
    assert "For teaching, not for research" in text
    assert "unobserved" not in text
    assert "minor" not in text


@pytest.mark.long
def test_three_results_on_the_sit_ins(sit_ins):
    text = " ".join(sit_ins[1].split())
    assert "consistent with a front from Greensboro, NC at 32.4–116 km per day" in text
    assert (
        "population exponent 1.1 (95% interval 0.86 to 1.4; p < 0.001 against no effect of population, given distance), "
        "distance exponent 0.9 (95% interval 0.66 to 1.1; p < 0.001 against no effect of distance, given population)"
        in text
    )
    assert "leaves open whether there was transmission along 'distance', 'college' or 'hierarchy'" in text
    assert "All results are inferred; none is causal." in text


@pytest.mark.long
def test_the_george_floyd_protests_in_order(floyd):
    _, text = floyd
    assert "  30 May 2020  269 cities, 51 regions so far\n" in text
    assert re.search(r"Philadelphia, PA; San Antonio, TX; .* and 254 more\n", text, flags=re.DOTALL)
    assert "4,403 events in 2,312 of 2,534 cities and 51 of 51 regions" in text
    assert "530 of the 704 cities chosen by size alone" in text
    assert "457 events after 14 Jun 2020 are not used" in text
    flat = " ".join(text.split())
    assert (
        "population exponent 0.76 (95% interval 0.63 to 0.89; p < 0.001 against no effect of population, given" in flat
    )
    assert "distance exponent −0.34" in flat
    assert "no radial front" in flat or "clustered by region" in flat
    assert "shows no sign of transmission along 'distance' or 'hierarchy'" in flat


@pytest.mark.long
@pytest.mark.parametrize("name", ["sit_ins", "floyd"])
def test_the_same_files_are_written_for_each_case(request, name):
    out, text = request.getfixturevalue(name)
    assert {path.name for path in out.iterdir()} == FILES
    for file in FILES:
        assert file in text
        assert (out / file).stat().st_size > 500
    panel = pd.read_csv(out / "panel.csv", index_col="date")
    onsets = pd.read_csv(out / "onsets.csv", index_col="city")["onset"]
    assert (panel.sum() > 0).equals(onsets.reindex(panel.columns).notna())


@pytest.mark.long
@pytest.mark.parametrize(("fixture", "name"), [("sit_ins", "sit_ins_1960"), ("floyd", "george_floyd_2020")])
def test_every_map_shows_the_credit_of_the_case(request, fixture, name):
    out, _ = request.getfixturevalue(fixture)
    credit, shown = ps.load_case(name).attribution, (out / "spread_map.html").read_text(encoding="utf-8")
    assert credit in shown
    drawn = " ".join(
        re.findall(r"<!-- (.*?) -->", (out / "choropleth.svg").read_text(encoding="utf-8"), flags=re.DOTALL)
    )
    assert credit in " ".join(drawn.split())
    assert ps.load_case(name).title in shown


@pytest.mark.long
def test_regions_that_are_not_drawn_are_named(floyd):
    page = (floyd[0] / "spread_map.html").read_text(encoding="utf-8")
    assert "Not drawn: Alaska and Hawaii (36 events in 24 cities)." in page
    assert "Honolulu" not in page
    assert "Honolulu" in floyd[1]


def test_the_largest_city_stands_in_for_a_capital_outside_the_frame():
    cities = ps.load_case("george_floyd_2020").cities
    framed = cities[cities["in_frame"]]
    centers = demo._with_centers(framed)["is_regional_capital"]
    assert (centers.groupby(framed["region_id"]).sum() == 1).all()
    assert not framed.loc["Portland, ME", "is_regional_capital"]
    assert centers["Portland, ME"]
    assert centers["Denver, CO"]
    ps.hierarchy_graph(demo._with_centers(framed))


def test_many_names_are_cut_and_kept_on_one_line():
    cities = ps.load_case("george_floyd_2020").cities
    text = demo._wrapped(demo._names(cities.nlargest(40, "population")))
    assert text.startswith(" " * 14 + "New York, NY; Los Angeles, CA; ")
    assert text.split()[-3:] == ["and", "25", "more"]
    assert not re.search(r",\n", text)
    assert max(map(len, text.splitlines())) <= 100
    assert demo._names(ps.load_case("kazakhstan_2022").cities.nlargest(2, "population")) == "Almaty, Nur-Sultan"
