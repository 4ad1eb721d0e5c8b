"""Stills and animations in other languages: no English is left, and a language does not leak into other pictures."""

import re
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text

import protestspread as ps
from protestspread.pictures.animation.scenes import WordPrinter
from protestspread.pictures.frames import date_labels
from protestspread.pictures.style.text import (
    CODES,
    SHARED,
    STILLS,
    code_text,
    cut,
    kind_text,
    names_of,
    number_text,
    percent_text,
    printable,
    text,
)

TREE = pd.DataFrame(
    {
        "source": [None, "Zhanaozen", "Zhanaozen", None],
        "target": ["Zhanaozen", "Aktau", "Almaty", "Almaty"],
        "date": pd.to_datetime(["2022-01-02", "2022-01-02", "2022-01-04", "2022-01-04"]),
        "probability": [1.0, 0.7, 0.04, 0.3],
    }
)


@pytest.fixture(scope="module")
def by_region(panel, case):
    return ps.aggregate_panel(panel, case.cities["region_id"])


def axes(size=(10, 6.4)):
    return Figure(size).add_axes((0.1, 0.1, 0.85, 0.8))


def said(figure):
    return "\n".join(text.get_text() for text in figure.findobj(Text) if text.get_visible())


def onset_map(case, panel):
    return ps.plot_onsets(ps.onsets(panel), case.cities, case.regions, ax=axes(), isochrones=True)


def sums(by_region):
    """A day with a region that is missing."""
    return by_region.iloc[4].rename(None).mask(by_region.columns == "KZ-ALA")


PICTURES = {
    "choropleth": lambda given: ps.plot_choropleth(
        sums(given.by_region), given.case.regions, ax=axes(), labels=True, cities=given.case.cities, context=given.case.context
    ),
    "differences": lambda given: ps.plot_choropleth(given.by_region.iloc[4] - 7, given.case.regions, ax=axes(), crs=3857),
    "small multiples": lambda given: ps.plot_small_multiples(given.by_region, given.case.regions, figure=Figure((10, 6.4)), n=11)[0],
    "curve": lambda given: ps.plot_curve(given.panel, given.case.interventions, ax=axes()),
    "weeks": lambda given: ps.plot_curve(given.panel.resample("W-MON").sum(), ax=axes()),
    "timeline": lambda given: ps.plot_timeline(given.case, ax=axes((10, 9)), mark=["KZ-ALA"], end="2022-01-12"),
    "heatmap": lambda given: ps.plot_heatmap(given.by_region, ax=axes(), names=names_of(given.case.regions)),
    "onsets": lambda given: onset_map(given.case, given.panel),
    "tree": lambda given: ps.plot_tree(ps.TransmissionTree(TREE), given.case.cities, given.case.regions, ax=axes()),
    "flows": lambda given: ps.plot_flows(given.case.flows, given.case.regions, ax=axes()),
    "graph": lambda given: ps.plot_graph(
        ps.link_graph(given.case.cities, given.case.links).union(ps.nearest_graph(given.case.cities, k=2)), given.case.regions, ax=axes(), labels=False
    ),
    "gravity": lambda given: ps.plot_graph(ps.gravity_graph(given.case.cities, within_km=300), ax=axes(), labels=False),
}  # fmt: skip


def without_data(text, case):
    """Remove what the tables say (senders and destinations have names in one language only) and numbers with exponents."""
    text = re.sub(r"\de[+-]\d", "", text)
    for name in {*case.flows["contributing_country"], *case.flows["destination"]}:
        text = text.replace(name, "")
    return text


@pytest.mark.parametrize("lang", ["ru", "kk"])
@pytest.mark.parametrize("still", PICTURES)
def test_no_still_keeps_a_latin_letter(still, lang, case, panel, by_region):
    with ps.language(lang):
        text = said(PICTURES[still](SimpleNamespace(case=case, panel=panel, by_region=by_region)).figure)
    assert re.findall(r"[^\W\d_]", text), "there is no text"
    assert re.findall(r".*[A-Za-z].*", without_data(text, case)) == []


@pytest.mark.long
@pytest.mark.parametrize("lang", ["ru", "kk"])
@pytest.mark.parametrize("show", ["day", "so_far", "window"])
def test_no_animation_keeps_a_latin_letter(show, lang, case, panel, by_region, monkeypatch):
    printed = []
    usual = WordPrinter.print
    monkeypatch.setattr(
        WordPrinter, "print", lambda self, text, *rest: (printed.append(text), usual(self, text, *rest))[1]
    )
    with ps.language(lang):
        animation = ps.animate_spread(
            by_region, case.regions, cities=case.cities, city_panel=panel, tree=TREE, interventions=case.interventions,
            show=show, cross_fade=show == "day", size=(1000, 640),
        )  # fmt: skip
    list(animation.frames())  # drawn outside: it still speaks the language that it was made in
    board = animation._scene.chart.ax.figure
    shown = "\n".join([said(board), *printed])
    assert kind_text("curfew") not in shown
    with ps.language(lang):
        assert text("unit") in shown
        assert kind_text("curfew") in shown
        assert text("small_region") in shown
    assert re.findall(r".*[A-Za-z].*", shown) == []


def test_a_film_as_a_page_speaks_the_language_of_the_film(by_region, case, tmp_path):
    with ps.language("ru", {"events": "Забастовки", "small_region": "мелочь"}):
        animation = ps.animate_spread(by_region, case.regions, size=(600, 450))
    page = animation.save(tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'lang="ru"' in page
    data = animation._page()._payload
    assert data["words"]["events"] == "Забастовки"
    assert "5 янв. 2022" in data["dates"]


def test_english_returns_and_the_innermost_holds():
    assert text("zero") == "none"
    with ps.language("ru"):
        assert text("zero") == "нет"
        with ps.language("kk", {"zero": "бос"}):
            assert text("zero") == "бос"
            with ps.language():
                assert text("zero") == "none"
        assert (text("zero"), kind_text("riot")) == ("нет", "беспорядки")
        with pytest.raises(RuntimeError), ps.language("kk"):
            raise RuntimeError
        assert text("zero") == "нет"
    assert (text("zero"), kind_text("csto_request"), kind_text("own_kind")) == ("none", "CSTO request", "own kind")


def test_each_thread_has_a_language_of_its_own():
    def speak(lang):
        with ps.language(lang):
            return {text("zero") for _ in range(2_000)}

    with ps.language("kk"), ThreadPoolExecutor(4) as pool:
        found = list(pool.map(speak, ["en", "ru", "kk"] * 20))
        assert text("zero") == "жоқ"
    assert found == [{"none"}, {"нет"}, {"жоқ"}] * 20


def test_other_languages_by_labels():
    panel = pd.DataFrame({"A": [1.0]}, index=pd.DatetimeIndex(["2022-01-05"], name="date"))
    with ps.language("uz-UZ", {"Jan": "yan", "curfew": "komendantlik soati", "km": ""}):
        assert ps.frames(panel)[0].label == "5 yan 2022"
        assert (kind_text("curfew"), text("km", n=5), text("zero")) == ("komendantlik soati", "", "none")
    with ps.language("ru-KZ"):
        assert text("km", n=5) == "5 км"


@pytest.mark.parametrize(
    ("lang", "labels", "faults"),
    [
        ("xx", None, ["lang must be 'en', 'kk' or 'ru' where there are no labels; got 'xx'"]),
        (7, None, ["lang must be a language tag such as 'ru' or 'pt-BR'; got 7"]),
        (
            "<b>",
            {"nought": "0", "zero": 0},
            ["unknown words: nought", "labels['zero'] must be text; got 0", "'pt-BR'; got '<b>'"],
        ),
    ],
)
def test_unknown_languages_and_words_are_named(lang, labels, faults):
    with pytest.raises(ps.DataError) as error, ps.language(lang, labels):
        pass
    for fault in (*faults, "not_observed", "state_of_emergency"):
        assert fault in str(error.value)


def test_every_language_has_every_word_with_its_values():
    for tables in (SHARED, STILLS):
        for lang, words in tables.items():
            assert set(words) == set(tables["en"]), lang
            for word, phrase in words.items():
                values = [set(re.findall(r"\{\w+\}", said)) for said in (phrase, tables["en"][word])]
                assert values[0] == values[1], (lang, word)
    assert set(CODES["ru"]) == set(CODES["kk"]) >= set(ps.EVENT_TYPES)


def test_every_kind_of_the_case_has_a_name(case):
    assert set(CODES["ru"]) >= {*case.interventions["kind"], *case.events["event_type"], *case.links["mode"]}


@pytest.mark.parametrize(
    ("dates", "russian", "first"),
    [
        (pd.date_range("2022-05-05", periods=2), "5 мая 2022", "5 мая 2022"),
        (pd.date_range("2022-05-02", periods=2, freq="W-MON"), "неделя с 2 мая 2022", "2 мая 2022"),
        (pd.date_range("2022-01-01", periods=2, freq="3D"), "дней: 3 с 1 янв. 2022", "1 янв. 2022"),
        (pd.date_range("2022-05-01", periods=2, freq="MS"), "май 2022", "май 2022"),
        (pd.date_range("2022-01-01", periods=2, freq="QS"), "месяцев: 3 с янв. 2022", "янв. 2022"),
        (pd.date_range("2022-01-01", periods=2, freq="YS"), "2022", "2022"),
    ],
)
def test_dates_in_another_language(dates, russian, first):
    with ps.language("ru"):
        assert (date_labels(dates)[0], date_labels(dates, first_only=True)[0]) == (russian, first)


def test_places_have_names_in_the_language_where_the_table_has_them(regions):
    table = regions.assign(name_ru=["Область А", None], name_en=["First", "Second"])
    assert names_of(table).tolist() == ["Region A", "Region B"]
    with ps.language("ru"):
        assert names_of(table).tolist() == ["Область А", "Region B"]
        assert names_of(regions.drop(columns="name")).tolist() == ["A", "B"]


def test_neighbors_have_names_in_the_language_and_are_not_written_twice(case):
    context = case.context.assign(name_ru=np.where(case.context["name"] == "Russia", "Россия", "сосед"))
    with ps.language("ru"):
        flows = case.flows.replace({"contributing_country": {"Russia": "Россия"}})
        ax = ps.plot_flows(flows, case.regions, context=context, ax=axes())
    texts = [text.get_text() for text in ax.texts if text.get_gid() != "halo"]
    assert "СОСЕД" in texts
    assert "РОССИЯ" not in texts
    assert texts.count("Россия") == 1


def test_shipped_neighbors_and_waters_have_names_in_every_language():
    for name in ps.list_cases():
        context = ps.load_case(name).context
        neighbors = context[context["name_ru"].notna()] if "region_id" in context else context  # the others are states
        for lang in ("ru", "kk"):
            with ps.language(lang):
                assert not names_of(neighbors).str.contains("[A-Za-z]").any(), (name, lang)


def test_numbers_have_the_decimal_mark_of_the_language():
    said = {}
    for lang, labels in (
        ("en", None),
        ("ru", None),
        ("kk-KZ", None),
        ("de", {"km": "{n} km"}),
        ("ja", {"km": "{n} km"}),
    ):
        with ps.language(lang, labels):
            said[lang] = number_text(-1234.5), number_text(0.25), number_text(1e6), percent_text(0.0042)
    comma = "−1\u202f234,5", "0,25", "1\u202f000\u202f000", "0,4\u202f%"
    assert said == {
        "en": tuple(text.replace(",", ".") for text in comma),
        "ru": comma,
        "kk-KZ": comma,
        "de": comma,
        "ja": tuple(text.replace(",", ".") for text in comma),
    }
    with ps.language("ru"):
        assert ps.classify([0.0, 0.5, 1.25, 3.75], scheme=[1, 2.5]).labels == ("≤ 1", "1–2,5", "> 2,5")


@given(st.floats(0, 1))
def test_a_share_is_nothing_or_all_only_where_it_is(share):
    said = percent_text(share)
    assert (said == "0\u202f%") == (share == 0)
    assert (said == "100\u202f%") == (round(100 * share, 9) == 100)


TURNED = "\u202eyratiliM\u202c \u2066x\u2069 \u200fy\u200e"


def test_characters_that_turn_text_around_are_left_out(case, panel, by_region):
    assert printable(TURNED) == cut(TURNED) == "yratiliM x y"
    assert names_of(case.regions.assign(name=TURNED)).iloc[0] == "yratiliM x y"
    table = case.interventions.assign(kind=TURNED)
    ax = ps.plot_curve(panel, table, ax=axes(), title=TURNED, note=TURNED, unit=TURNED)
    small = ps.plot_choropleth(
        by_region.iloc[4].rename(TURNED), case.regions.assign(name=TURNED), ax=axes(), labels=True
    )
    key = small.get_legend()
    drawn = [*ax.texts, *small.texts, *key.get_texts(), key.get_title(), ax.yaxis.label, ax._left_title]
    for one in drawn:
        assert not set(one.get_text()) & set(TURNED) - set("yratiliM x")
    page = ps.spread_map(
        by_region, case.regions.assign(name=TURNED), interventions=table, title=TURNED, engine="canvas"
    ).to_html()
    assert "yratiliM x y" in page
    assert not any(letter in page for letter in "\u202e\u2066\u2069\u200f")


def test_codes_as_words():
    assert code_text("mobile_internet_throttling") == "mobile internet throttling"
    assert code_text("csto_request") == "CSTO request"
    assert code_text("docstore") == "docstore"
