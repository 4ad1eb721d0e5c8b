import inspect
import re
import subprocess
import sys
import typing

import matplotlib.figure
import numpy as np
import pytest

from protestspread import figures
from protestspread.errors import DataError
from protestspread.pictures.figures import draw
from protestspread.results import Result
from protestspread.stats.interaction.jacquez import jacquez_test
from protestspread.stats.interaction.knox.knox import knox_test
from protestspread.stats.interaction.knox.knox_ladder import knox_ladder
from protestspread.stats.interaction.knox.max_knox import max_knox_test
from protestspread.stats.interaction.mantel import mantel_test
from protestspread.stats.interaction.space_time_k import space_time_k_test

MOST_IMPORTED = 13  # modules of the library


@pytest.fixture
def ax():
    return matplotlib.figure.Figure(figsize=(7, 4)).add_subplot()


@pytest.fixture(scope="module")
def results(case):
    close = {"within_km": 200, "within_days": 1, "permutations": 99, "rng": 1}
    bands = {"permutations": 49, "rng": 1}
    return {
        "knox": knox_test(case.events, scheme="dates", **close),
        "ladder": knox_ladder(case.events, case.cities, **close),
        "exchanged": knox_test(case.events, case.cities, **close),
        "max": max_knox_test(case.events, case.cities, km_bands=(100, 300), day_bands=(0, 1, 2), **bands),
        "mantel": mantel_test(case.events, offset_km=10, offset_days=1, **bands),
        "jacquez": jacquez_test(case.events, k=2, **bands),
        "k": space_time_k_test(case.events, cities=case.cities, within_km=(100, 300), within_days=(0, 1), **bands),
    }


def texts(ax):
    ax.figure.canvas.draw()
    key = ax.get_legend()
    return [text.get_text() for text in (*ax.texts, *(key.get_texts() if key else []), *ax.get_yticklabels())]


@pytest.mark.parametrize("name", ["knox", "exchanged", "ladder", "max", "mantel", "jacquez", "k"])
def test_every_result_draws_on_the_axes_given_and_returns_them(results, ax, name):
    assert results[name].plot(ax=ax, title="a $title$") is ax
    ax.figure.canvas.draw()
    assert "a $title$" in ax.get_title(loc="left")


def test_a_null_shows_all_draws_and_the_observed_value(results, ax):
    found = results["knox"]
    found.plot(ax=ax)
    assert sum(bar.get_height() for bar in ax.patches) == 99
    assert any(np.allclose(line.get_xdata(), found.statistic) for line in ax.lines)
    assert any(f"observed, {found.statistic:,}" in text for text in texts(ax))
    assert any("dates shuffled over all events" in text for text in texts(ax))


def test_with_exchanged_places_the_excess_is_drawn(results, ax):
    found = results["exchanged"]
    found.plot(ax=ax)
    assert ax.get_xlabel().startswith("standardized excess of pairs of place-days (between places)")
    assert any(np.allclose(line.get_xdata(), found.excess) for line in ax.lines)
    assert any("places of like population exchanged" in text for text in texts(ax))


def test_each_kind_of_pairs_can_be_shown(results, ax):
    found = results["knox"]
    found.plot(ax=ax, pairs="between places")
    assert "between places" in ax.get_xlabel()
    assert any(f"observed, {found.between_places.statistic:,}" in text for text in texts(ax))
    with pytest.raises(
        DataError, match="pairs must be 'all pairs', 'same place', 'between places' or None; got 'same town'"
    ):
        found.plot(ax=ax, pairs="same town")
    with pytest.raises(DataError, match="pairs must be"):
        found.plot(ax=ax, pairs=["same place"])


def test_a_ladder_names_every_null_and_every_p_value(results, ax):
    ladder = results["ladder"]
    ladder.plot(ax=ax)
    for step in ladder.steps:
        assert step.null in texts(ax)
        assert f"p = {step.p_value if step.scheme == 'exchange_places' else step.between_places.p_value:.2g}" in texts(
            ax
        )
    expected = {round(step.between_places.moments.expected / step.between_places.statistic, 9) for step in ladder.steps}
    drawn = {round(float(line.get_xdata()[0]), 9) for line in ax.lines if line.get_marker() == "|"}
    assert expected <= drawn


def test_limits_show_every_number(results, ax):
    results["k"].plot(ax=ax)
    assert len(ax.texts) == 4
    assert [text.get_text() for text in ax.get_yticklabels()] == ["100", "300"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1"]


def test_without_a_p_value_the_reason_is_drawn(case, ax):
    one_day = case.events[case.events["date"] == "2022-01-05"]
    knox_test(one_day, scheme="dates", within_km=100, within_days=1, permutations=9, rng=1).plot(ax=ax)
    assert any("no p-value: all pairs are at most 1 day apart" in text for text in texts(ax))


def test_a_result_has_a_sentence_a_table_and_a_figure():
    class Strange(Result):
        sentence = "Strange."

        def to_frame(self):
            raise NotImplementedError

    with pytest.raises(TypeError, match="figure"):
        Strange()


def test_a_new_result_needs_no_painter_of_its_own(ax):
    class Coin(Result):
        sentence = "7 of 8 heads."

        def to_frame(self):
            raise NotImplementedError

        def figure(self):
            return figures.NullHistogram([4, 5, 3, 4], 7, 0.2, "$heads$", "fair coins")

    assert Coin().plot(ax=ax) is ax
    assert ax.get_xlabel() == "$heads$"
    assert "observed, 7 (p = 0.2)" in texts(ax)


@pytest.mark.parametrize(
    ("options", "match"), [({"ax": 3}, "ax must be"), ({"title": 3}, "title must be text or None")]
)
def test_options_are_checked(results, options, match):
    with pytest.raises(DataError, match=match):
        results["knox"].plot(**options)


def test_every_kind_of_figure_has_a_painter():
    kinds = {kind.__name__ for kind in typing.get_args(figures.Figure)}
    source = inspect.getsource(draw)
    assert kinds <= set(re.findall(r"kinds\.(\w+)\(\)", source))


def test_the_first_plot_imports_what_it_draws_with_and_no_more():
    """What is imported takes the time: this replaces a limit in seconds."""
    code = """
import sys
import protestspread as ps
from matplotlib.figure import Figure
from matplotlib.backends import backend_agg
case = ps.load_case("kazakhstan_2022")
found = ps.knox_test(case.events, within_km=200, within_days=1, permutations=9, rng=1)
ax = Figure().add_subplot()
before = set(sys.modules)
found.plot(ax=ax)
print(*sorted(set(sys.modules) - before))
"""
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    imported = run.stdout.split()
    ours = [name for name in imported if name.startswith("protestspread.")]
    assert "protestspread.pictures.figures.null_histogram" in ours
    assert len(ours) <= MOST_IMPORTED, ours
    heavy = {"folium", "branca", "mapclassify", "networkx", "scipy", "numba", "PIL", "pyarrow", "geopandas", "pandas"}
    assert not {name.split(".")[0] for name in imported} & (heavy - {"PIL"})
    assert not [
        name for name in ours if any(part in name for part in (".maps", ".animation", ".spread_map", ".charts"))
    ]
    assert len(imported) < 40, imported
