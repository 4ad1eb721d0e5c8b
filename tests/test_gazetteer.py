"""Names of places across spellings and scripts."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.gazetteer import certain_matches, name_index, normalize_name, phonetic_key


def city_of(names, cities):
    matches = ps.match_places(names, cities)
    return list(matches[["city", "how"]].itertuples(index=False, name=None))


def named(cities, **aliases):
    return gpd.GeoDataFrame(
        {"aliases": list(aliases.values())},
        index=pd.Index(list(aliases), name="city"),
        geometry=gpd.points_from_xy(range(len(aliases)), range(len(aliases))),
        crs=4326,
    )


@pytest.mark.parametrize(
    ("city", "names"),
    {
        "Zhanaozen": ["Жаңаөзен", "Жанаозен", "Zhanaozen", "Janaozen", "ZHANAOZEN", "  жаңаөзен "],
        "Oral": ["Uralsk", "Oral", "Уральск", "Ural’sk", "Uralʼsk"],
        "Oskemen": ["Ust-Kamenogorsk", "Oskemen", "Өскемен", "Öskemen", "O\u0308skemen", "Усть–Каменогорск"],
        "Nur-Sultan": ["Astana", "Nur-Sultan", "Нур-Султан", "NUR‑SULTAN", "Nursultan"],
    }.items(),
)
def test_one_city_in_many_spellings(case, city, names):
    matches = ps.match_places(names, case.cities)
    assert (matches["city"] == city).all()
    assert set(matches["how"]) <= {"name", "alias"}
    assert (matches["score"] == 100).all()


def test_every_alias_of_the_case_leads_home(case):
    for city, aliases in case.cities["aliases"].items():
        assert {found for found, _ in city_of(aliases.split(";"), case.cities)} == {city}


@pytest.mark.parametrize(
    ("name", "city"),
    [("Djanaozen", "Zhanaozen"), ("Джанаозен", "Zhanaozen"), ("Qarağandı", "Karaganda"), ("Taldıqorğan", "Taldykorgan"), ("Atıraw", "Atyrau"),
     ("Алма Ата", "Almaty"), ("Нурсултан", "Nur-Sultan"), ("Çimkent", "Shymkent"), ("Jezqazğan", "Zhezkazgan"), ("Semei", "Semey")],
)  # fmt: skip
def test_what_sounds_the_same_is_a_proposal(case, name, city):
    matches = ps.match_places([name], case.cities)
    assert matches.to_dict("records") == [{"name": name, "city": city, "score": 100.0, "how": "transliteration"}]
    assert certain_matches(matches) == {}


def test_misspellings_are_proposed_with_their_score(case):
    matches = ps.match_places(["Zhanozen", "Almtay", "Nowhere-upon-Tyne"], case.cities)
    assert list(matches["name"]) == ["Zhanozen", "Almtay", "Almtay", "Nowhere-upon-Tyne"]
    assert list(matches["city"][:3]) == [
        "Zhanaozen",
        "Altay",
        "Almaty",
    ]  # in descending order of score; the user decides
    assert list(matches["how"]) == ["misspelling"] * 3 + ["unknown"]
    # janozen and janaozen have 7 letters in common of 15 in all: 2 * 7 / 15
    assert matches["score"].tolist()[:3] == pytest.approx([100 * 14 / 15, 100 * 10 / 11, 100 * 10 / 12])
    assert matches["city"][3] is None
    assert np.isnan(matches["score"][3])
    assert certain_matches(matches) == {}
    assert set(ps.match_places(["Almtay"], case.cities, at_least=90)["city"]) == {"Altay"}


def test_cities_that_sound_alike_are_both_proposed(cities):
    table = named(cities, Zhanatas="Джанатас", Janatas=None)
    assert city_of(["Жанатас"], table) == [("Zhanatas", "transliteration"), ("Janatas", "transliteration")]


def test_each_name_is_matched_once_and_missing_ones_are_skipped(case):
    names = pd.Series(["Oral", None, "Aktau", "Oral", np.nan, pd.NA, "?", ""])
    matches = ps.match_places(names, case.cities)
    assert list(matches["name"]) == ["Oral", "Aktau", "?", ""]
    assert list(matches["how"]) == ["name", "name", "unknown", "unknown"]
    assert ps.match_places([], case.cities).empty
    assert list(ps.match_places([], case.cities).columns) == ["name", "city", "score", "how"]


def test_two_cities_with_one_alias_are_both_named(cities):
    table = named(cities, Zhambyl="Taraz; Aulie-Ata", Taraz="ZHAMBYL", Oral="Uralsk")
    with pytest.raises(ps.DataError) as caught:
        ps.match_places(["Oral"], table)
    assert "'taraz' is used for Taraz, Zhambyl" in str(caught.value)
    assert "'zhambyl' is used for Taraz, Zhambyl" in str(caught.value)
    assert "Oral" not in str(caught.value)


def test_invalid_names_are_an_error(case):
    with pytest.raises(ps.DataError, match="names must be a list of names; got 'Oral'"):
        ps.match_places("Oral", case.cities)
    with pytest.raises(ps.DataError, match=r"names must be text; got 3, \('Oral',\)"):
        ps.match_places(["Oral", 3, ("Oral",)], case.cities)
    with pytest.raises(ps.SchemaError):
        ps.match_places(["Oral"], case.regions)


@given(st.text())
def test_any_text_can_be_compared(text):
    assert normalize_name(normalize_name(text)) == normalize_name(text)
    assert isinstance(phonetic_key(text), str)
    assert normalize_name(f"  {text} ") == normalize_name(text)


def test_a_name_may_repeat_within_one_city(cities):
    assert name_index(named(cities, Oral="oral;ORAL; Oral ;")) == {"oral": "Oral"}
    assert name_index(cities) == {"aville": "Aville", "alpha": "Aville", "альфа": "Aville", "btown": "Btown"}
