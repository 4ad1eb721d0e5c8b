"""The film of a web map: the tables and words of the page."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.pictures.animation.page_film import film_of_page


@pytest.fixture(scope="module")
def by_region(panel, case):
    return ps.aggregate_panel(panel, case.cities["region_id"])


TREE = pd.DataFrame(
    {"source": ["Zhanaozen"], "target": ["Aktau"], "date": pd.to_datetime(["2022-01-03"]), "probability": [0.7]}
)


def test_a_film_takes_all_that_a_page_takes(case, panel, by_region):
    film = film_of_page(
        by_region, case.regions, cities=case.cities, city_panel=panel, tree=TREE, interventions=case.interventions,
        context=case.context, title="T", note="n", attribution="a", lang="ru", labels={"zero": "никого", "reached": "x"},
    )  # fmt: skip
    assert film.steps[1].label == "2 янв. 2022"
    legend = [text.get_text() for text in film._scene.chart.ax.get_legend().get_texts()]
    assert "никого" in legend
    assert {layer.kind for layer in film.steps[0].layers} == {"regions", "responses", "circles", "arrows"}
    assert {"РОССИЯ", "ҚЫТАЙ"} & {text.get_text() for text in film._scene.chart.ax.texts} == {"РОССИЯ"}


def test_cities_without_a_panel_are_dots_and_one_day_says_what_is_in_force(case, by_region):
    film = film_of_page(by_region.iloc[[1]], case.regions, cities=case.cities, interventions=case.interventions)
    (picture,) = film.frames()
    assert [layer.kind for layer in film.steps[0].layers] == ["regions", "responses", "points"]
    assert "internet shutdown (1 of 17" in film._scene._header._in_force(film.steps[0])
    plain = film_of_page(by_region.iloc[[1]], case.regions, interventions=case.interventions)
    assert (picture != np.array(next(plain.frames()))).any()
