"""The figure of a decomposition shows its numbers, on the axes given."""

import numpy as np
import pytest
from matplotlib.figure import Figure

import protestspread as ps


@pytest.fixture(scope="module")
def found():
    case = ps.load_case("kazakhstan_2022")
    frame = case.cities[case.cities["in_frame"]]
    first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    return ps.decompose_diffusion(
        first, frame, observed_until="2022-01-08", simulations=30, population_draws=0, rng=1
    )  # fmt: skip


def panels(found, **options):
    ax = Figure((8, 5)).add_axes((0.1, 0.1, 0.8, 0.8))
    assert found.plot(ax=ax, **options) is ax
    ax.figure.canvas.draw()
    return ax, {panel.get_label(): panel for panel in ax.child_axes}


def of(panel, gid):
    return [artist for artist in panel.get_children() if artist.get_gid() == gid]


def test_dots_are_the_places_that_joined_and_bars_the_places_at_risk(found):
    _, drawn = panels(found)
    assert list(drawn) == ["population", "distance", "estimates"]
    for name in ("population", "distance"):
        dots = of(drawn[name], "joined")[0]
        known = found.joiners[name].dropna()
        assert np.sort(dots.get_ydata()) == pytest.approx(np.sort(known))
        rows = np.rint(dots.get_xdata()).astype(int)
        assert (found.by_day.index[rows] == found.joiners.loc[known.index, "onset"]).all()
        bars = of(drawn[name], "at risk")
        low, high = (found.by_day[f"{name}_{share}"].dropna() for share in (10, 90))
        assert [bar.get_y() for bar in bars] == pytest.approx(low.tolist())
        assert [bar.get_y() + bar.get_height() for bar in bars] == pytest.approx(high.tolist())


def test_the_intervals_are_those_of_the_table(found):
    _, drawn = panels(found)
    lines = [line.get_xdata() for line in of(drawn["estimates"], "interval")]
    assert np.array(lines) == pytest.approx(found.exponents[["low", "high"]].to_numpy())
    thin = [line.get_xdata() for line in of(drawn["estimates"], "inner")]
    assert np.array(thin) == pytest.approx(found.exponents[["bootstrap_low", "bootstrap_high"]].to_numpy())
    assert [text.get_text() for text in drawn["estimates"].texts] == ["0.96 (0.51 to 1.5)", "−0.14 (−0.81 to 0.44)"]
    assert not of(drawn["estimates"], "endless")


def test_titles_are_plain_text_and_nothing_leaves_the_figure(found):
    ax, drawn = panels(found, title="Who $joined$ <next>?")
    assert ax.get_title(loc="left") == "Who $joined$ <next>?"
    figure = ax.figure.bbox
    for panel in (ax, *drawn.values()):
        for text in panel.texts:
            box = text.get_window_extent()
            assert figure.x0 <= box.x0
            assert box.x1 <= figure.x1


def test_unbounded_intervals_end_in_an_arrow(found):
    from dataclasses import replace

    table = found.exponents.copy()
    table.loc["population_exponent", ["estimate", "high"]] = np.inf
    _, drawn = panels(replace(found, exponents=table))
    assert len(of(drawn["estimates"], "endless")) == 1
    assert drawn["estimates"].texts[0].get_text() == "∞ (0.51 to ∞)"
