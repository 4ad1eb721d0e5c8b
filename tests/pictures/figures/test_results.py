import matplotlib.figure
import numpy as np
import pytest

from protestspread.errors import DataError
from protestspread.pictures.figures.results import plot_result
from protestspread.results import Result
from protestspread.stats.interaction.jacquez import jacquez_test
from protestspread.stats.interaction.knox import knox_test
from protestspread.stats.interaction.knox_ladder import knox_ladder
from protestspread.stats.interaction.mantel import mantel_test
from protestspread.stats.interaction.max_knox import max_knox_test
from protestspread.stats.interaction.space_time_k import space_time_k_test


@pytest.fixture
def ax():
    return matplotlib.figure.Figure(figsize=(7, 4)).add_subplot()


@pytest.fixture(scope="module")
def results(case):
    close = {"within_km": 200, "within_days": 1, "permutations": 99, "rng": 1}
    bands = {"permutations": 49, "rng": 1}
    return {
        "knox": knox_test(case.events, **close),
        "ladder": knox_ladder(case.events, **close),
        "max": max_knox_test(case.events, km_bands=(100, 300), day_bands=(0, 1, 2), **bands),
        "mantel": mantel_test(case.events, offset_km=10, offset_days=1, **bands),
        "jacquez": jacquez_test(case.events, k=2, **bands),
        "k": space_time_k_test(case.events, within_km=(100, 300), within_days=(0, 1), **bands),
    }


def texts(ax):
    ax.figure.canvas.draw()
    key = ax.get_legend()
    return [text.get_text() for text in (*ax.texts, *(key.get_texts() if key else []), *ax.get_yticklabels())]


@pytest.mark.parametrize("name", ["knox", "ladder", "max", "mantel", "jacquez", "k"])
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


def test_each_kind_of_pairs_can_be_shown(results, ax):
    found = results["knox"]
    found.plot(ax=ax, pairs="between places")
    assert "between places" in ax.get_xlabel()
    assert any(f"observed, {found.between_places.statistic:,}" in text for text in texts(ax))
    with pytest.raises(DataError, match="pairs must be 'all pairs', 'same place' or 'between places'; got 'same town'"):
        found.plot(ax=ax, pairs="same town")


def test_a_ladder_names_every_null_and_every_p_value(results, ax):
    ladder = results["ladder"]
    ladder.plot(ax=ax)
    for step in ladder.steps:
        assert step.null in texts(ax)
        assert f"p = {step.all_pairs.p_value:.2g}" in texts(ax)
    expected = {round(step.all_pairs.moments.expected / step.all_pairs.statistic, 9) for step in ladder.steps}
    drawn = {round(float(line.get_xdata()[0]), 9) for line in ax.lines if line.get_marker() == "|"}
    assert expected <= drawn


def test_limits_show_every_number(results, ax):
    results["k"].plot(ax=ax)
    assert len(ax.texts) == 4
    assert [text.get_text() for text in ax.get_yticklabels()] == ["100", "300"]
    assert [text.get_text() for text in ax.get_xticklabels()] == ["0", "1"]


def test_without_a_p_value_the_reason_is_drawn(case, ax):
    one_day = case.events[case.events["date"] == "2022-01-05"]
    knox_test(one_day, within_km=100, within_days=1, permutations=9, rng=1).plot(ax=ax)
    assert any("no p-value: every pair of events is at most 1 day apart" in text for text in texts(ax))


def test_a_class_without_a_figure_is_refused_until_one_is_registered(ax):
    class Strange(Result):
        sentence = "Strange."

        def to_frame(self):
            raise NotImplementedError

    with pytest.raises(DataError, match="result must be of a class that can be drawn; got Strange"):
        Strange().plot(ax=ax)
    plot_result.register(Strange, lambda _result, *, ax: ax)
    assert Strange().plot(ax=ax) is ax
