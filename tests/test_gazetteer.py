"""Names of places across spellings and scripts."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps
from protestspread.gazetteer import CERTAIN, Gazetteer, city_labels
from protestspread.spelling import normalize_name, phonetic_key


def city_of(names, cities):
    matches = ps.match_places(names, cities)
    return list(matches[["city", "how"]].itertuples(index=False, name=None))


def named(**aliases):
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
    assert matches.to_dict("records") == [
        {"name": name, "region": None, "city": city, "score": 100.0, "how": "transliteration"}
    ]


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
    assert not matches["how"].isin(CERTAIN).any()
    assert set(ps.match_places(["Almtay"], case.cities, at_least=90)["city"]) == {"Altay"}


def test_cities_that_sound_alike_are_both_proposed():
    table = named(Zhanatas="Джанатас", Janatas=None)
    assert city_of(["Жанатас"], table) == [("Zhanatas", "transliteration"), ("Janatas", "transliteration")]


def test_each_name_is_matched_once_and_missing_ones_are_skipped(case):
    names = pd.Series(["Oral", None, "Aktau", "Oral", np.nan, pd.NA, "?", ""])
    matches = ps.match_places(names, case.cities)
    assert list(matches["name"]) == ["Oral", "Aktau", "?", ""]
    assert list(matches["how"]) == ["name", "name", "unknown", "unknown"]
    assert ps.match_places([], case.cities).empty
    assert list(ps.match_places([], case.cities).columns) == ["name", "region", "city", "score", "how"]


def test_two_cities_with_one_alias_are_named_for_the_names_that_use_it():
    table = named(Zhambyl="Taraz; Aulie-Ata", Taraz="ZHAMBYL", Oral="Uralsk")
    assert city_of(["Oral", "Taraz", "zhambyl"], table) == [
        ("Oral", "name"),
        ("Zhambyl", "ambiguous"),
        ("Taraz", "ambiguous"),
        ("Zhambyl", "ambiguous"),
        ("Taraz", "ambiguous"),
    ]


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
    assert Gazetteer.of(named(Oral="oral;ORAL; Oral ;")).named == {"oral": ["Oral"]}
    assert Gazetteer.of(cities).named == {
        "aville": ["Aville"],
        "alpha": ["Aville"],
        "альфа": ["Aville"],
        "btown": ["Btown"],
    }


# regions


def towns():
    """Springfields: two in regions of their own, one pair in one region; and a name of its own."""
    table = pd.DataFrame(
        [("Springfield, IL", "US-IL", "Illinois", None), ("Springfield, MO", "US-MO", "Missouri", None),
         ("Saint Louis", "US-MO", "Missouri", None), ("Chicago", "US-IL", "Illinois", "Windy City"),
         ("Franklin, PA (41.4, -79.8)", "US-PA", "Pennsylvania", "Franklin"), ("Franklin, PA (40.3, -78.9)", "US-PA", None, "Franklin")],
        columns=["city", "region_id", "region_aliases", "aliases"],
    )  # fmt: skip
    return gpd.GeoDataFrame(
        table.set_index("city"), geometry=gpd.points_from_xy(range(len(table)), range(len(table))), crs=4326
    )


@pytest.mark.parametrize(
    ("name", "region", "city", "how"),
    [
        ("Springfield, IL", None, "Springfield, IL", "name"),
        ("SPRINGFIELD , il", None, "Springfield, IL", "name"),
        ("Springfield, Illinois, USA", None, "Springfield, IL", "name"),
        ("Springfield", "US-MO", "Springfield, MO", "name"),
        ("Springfield", "MO", "Springfield, MO", "name"),
        ("Springfield", "missouri", "Springfield, MO", "name"),
        ("Springfield, MO", "Missouri", "Springfield, MO", "name"),
        ("Springfield", "Sangamon", None, "unknown_region"),
        ("Springfield, VT", None, None, "unknown_region"),
        ("Chicago, MO", None, None, "unknown"),
        ("Windy City", "IL", "Chicago", "alias"),
        ("St. Louis", None, "Saint Louis", "name"),
        ("St Louis, MO", None, "Saint Louis", "name"),
        ("Springfeild", "US-IL", "Springfield, IL", "misspelling"),
        ("Chicagoo", "US-MO", None, "unknown"),
        ("Springfield, IL", "MO", None, "unknown"),
    ],
)
def test_a_region_beside_a_name_decides(name, region, city, how):
    (row,) = ps.match_places([name], towns(), regions=[region]).to_dict("records")
    assert (row["name"], row["region"], row["city"], row["how"]) == (name, region, city, how)


def test_an_ambiguous_name_lists_its_cities():
    assert city_of(["Springfield"], towns()) == [("Springfield, IL", "ambiguous"), ("Springfield, MO", "ambiguous")]
    assert city_of(["Franklin, PA"], towns()) == [(city, "ambiguous") for city in towns().index[-2:]]
    assert city_of(["Chicago"], towns()) == [("Chicago", "name")]


@pytest.mark.parametrize(
    ("one", "other"),
    [("St. Louis", "Saint Louis"), ("Ft Worth", "Fort Worth"), ("MT. VERNON", "Mount Vernon"), ("Port St.Lucie", "port saint lucie"),
     ("Sainte-Foy", "Ste-Foy")],
)  # fmt: skip
def test_abbreviations_are_spelled_out(one, other):
    assert normalize_name(one) == normalize_name(other)


@pytest.mark.parametrize("name", ["Main St", "Stuttgart", "Fontaine", "Mtwara", "Kunst-st"])
def test_other_words_are_not_abbreviations(name):
    assert normalize_name(name) == name.casefold()


def test_each_pair_of_name_and_region_is_matched_once():
    matches = ps.match_places(["Springfield"] * 4, towns(), regions=["IL", "MO", "IL", " "])
    assert list(matches["region"]) == ["IL", "MO", None, None]
    with pytest.raises(ps.DataError, match="regions must have one value for each of the 1 names; got 2"):
        ps.match_places(["Springfield"], towns(), regions=["IL", "MO"])
    with pytest.raises(ps.DataError, match="regions must be text; got 3"):
        ps.match_places(["Springfield"], towns(), regions=[3])


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Springfield", "Springfeild", "Chicago", "Franklin"]), st.sampled_from(["IL", "MO", "PA"])
        )
    )
)
def test_proposals_never_cross_the_region_that_was_named(pairs):
    table = towns()
    names, regions = [name for name, _ in pairs], [region for _, region in pairs]
    found = ps.match_places(names, table, regions=regions, at_least=0)
    inside = found.dropna(subset=["city"])
    assert (table["region_id"].reindex(inside["city"]).to_numpy() == "US-" + inside["region"]).all()


@given(st.permutations(range(6)))
def test_the_order_of_the_cities_changes_no_match(order):
    names = ["Springfield", "Springfield, MO", "Windy City", "Chicgo", "Franklin"]
    one, other = (ps.match_places(names, table) for table in (towns(), towns().iloc[list(order)]))
    keys = ["name", "city", "score", "how"]
    pd.testing.assert_frame_equal(
        one[keys].sort_values(keys, ignore_index=True), other[keys].sort_values(keys, ignore_index=True)
    )


# acceptance


def test_accepted_are_the_best_proposals_that_stand_alone():
    proposals = ps.match_places(["Springfield", "Springfeild, MO", "Chicgo", "Chicago", "Berlin"], towns())
    accepted = ps.accept_matches(proposals)
    assert accepted[["name", "city"]].to_numpy().tolist() == [
        ["Springfeild, MO", "Springfield, MO"],
        ["Chicgo", "Chicago"],
    ]
    assert list(accepted) == list(proposals)
    assert ps.accept_matches(proposals, at_least=95).empty
    chosen = proposals[proposals["city"] != "Springfield, IL"]
    assert "Springfield" in list(ps.accept_matches(chosen)["name"])
    assert ps.accept_matches(pd.concat([proposals, proposals])).equals(accepted)
    assert ps.accept_matches(ps.match_places([], towns())).empty


@pytest.mark.parametrize(
    ("proposals", "fault"),
    [
        (None, "expected a DataFrame; got NoneType"),
        ("x", "expected a DataFrame; got str"),
        (pd.DataFrame({"name": ["a"]}), "column 'city' is missing"),
        (pd.DataFrame({"name": ["a"], "region": None, "city": "A", "score": "90", "how": "misspelling"}), "column 'score': holds .*, not numbers"),
    ],
)  # fmt: skip
def test_proposals_must_be_a_result_of_match_places(proposals, fault):
    with pytest.raises(ps.SchemaError, match=rf"{fault}[\s\S]*match_places"):
        ps.accept_matches(proposals)


@pytest.mark.parametrize("at_least", [-1, 101, np.nan, "90", None, True])
def test_scores_are_from_0_to_100(at_least, case):
    with pytest.raises(ps.DataError, match="at_least must be a number from 0 to 100"):
        ps.match_places(["Oral"], case.cities, at_least=at_least)
    with pytest.raises(ps.DataError, match="at_least must be a number from 0 to 100"):
        ps.accept_matches(ps.match_places(["Oral"], case.cities), at_least=at_least)


@pytest.mark.parametrize("names", [np.nan, None, 3])
def test_names_must_be_a_list(names, case):
    with pytest.raises(ps.DataError, match="names must be a list of names"):
        ps.match_places(names, case.cities)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["R", "S", None]), st.integers(0, 3)), unique=True))
def test_labels_are_unique_and_do_not_depend_on_the_order(rows):
    def labels(rows):
        points = gpd.GeoSeries(gpd.points_from_xy([i for *_, i in rows], [0] * len(rows)), crs=4326)
        return list(
            city_labels(pd.Series([n for n, *_ in rows]), pd.Series([r for _, r, _ in rows], dtype=object), points)
        )

    assert len(set(labels(rows))) == len(rows)
    assert dict(zip(rows, labels(rows), strict=True)) == dict(zip(rows[::-1], labels(rows[::-1]), strict=True))
