"""Waves: stretches of active days between quiet days."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import protestspread as ps

NAN = np.nan


def panel_of(rows, start="2022-01-01", freq="D"):
    index = pd.date_range(start, periods=len(rows), freq=freq, name="date")
    values = np.array(rows, dtype=float)
    return pd.DataFrame(values if values.ndim == 2 else values[:, None], index=index).rename(columns=str)


def days_of(waves):
    return [(start.day, end.day) for start, end in zip(waves["start"], waves["end"], strict=True)]


def test_waves_by_hand():
    panel = panel_of(
        [[0, 0, 0], [1, 2, 0], [0, 0, 0], [3, 1, 1], [1, 0, 0], [0, 0, 0], [0, 1, 1], [0, 0, 0], [0, 0, 0]]
    )
    waves = ps.find_waves(panel, at_least=2, quiet_days=2)
    assert waves.to_dict("records") == [
        {"start": panel.index[1], "end": panel.index[3], "places": 3, "place_days": 5, "peak": panel.index[3], "peak_places": 3,
         "start_open": True, "end_open": False},
        {"start": panel.index[6], "end": panel.index[6], "places": 2, "place_days": 2, "peak": panel.index[6], "peak_places": 2,
         "start_open": False, "end_open": False},
    ]  # fmt: skip
    assert list(waves.index) == [1, 2]
    assert waves.index.name == "wave"
    assert days_of(ps.find_waves(panel, at_least=2, quiet_days=1)) == [(2, 2), (4, 4), (7, 7)]
    assert days_of(ps.find_waves(panel, at_least=1, quiet_days=3)) == [(2, 7)]


def test_an_unobserved_day_is_neither_quiet_nor_active():
    panel = panel_of([1, 0, 0, NAN, 0, 1, NAN, NAN, NAN, 1, 0])
    assert days_of(ps.find_waves(panel, at_least=1, quiet_days=3)) == [(1, 10)]
    assert days_of(ps.find_waves(panel, at_least=1, quiet_days=2)) == [(1, 1), (6, 10)]
    waves = ps.find_waves(panel, at_least=1, quiet_days=2)
    assert waves["start_open"].tolist() == [True, True]  # the second may have begun on the unobserved day
    assert waves["end_open"].tolist() == [False, True]


def test_a_day_is_quiet_if_unobserved_places_could_not_change_that():
    panel = panel_of([[1, 1, 1], [0, 0, NAN], [1, 1, 1], [1, 0, NAN], [1, 1, 1]])
    assert days_of(ps.find_waves(panel, at_least=2, quiet_days=1)) == [(1, 1), (3, 5)]


def test_quiet_days_of_weeks_are_days():
    panel = panel_of([1, 0, 1, 0, 0, 1], freq="W-MON", start="2022-01-03")
    waves = ps.find_waves(panel, at_least=1, quiet_days=14)
    assert [str(day.date()) for day in waves["end"]] == ["2022-01-17", "2022-02-07"]


def test_a_panel_without_waves():
    for rows in ([0, 0], [NAN], np.zeros((0, 1))):
        waves = ps.find_waves(panel_of(rows), at_least=1, quiet_days=1)
        assert waves.empty
        assert list(waves)[:2] == ["start", "end"]
    assert ps.find_waves(panel_of([1, 1]), at_least=2, quiet_days=1).empty


@given(
    st.lists(st.lists(st.sampled_from([0, 0, 1, 2, NAN]), min_size=2, max_size=2), min_size=1, max_size=25),
    st.integers(1, 2), st.integers(1, 4),
)  # fmt: skip
def test_every_active_day_lies_in_one_wave_and_gaps_are_quiet(rows, at_least, quiet_days):
    panel = panel_of(rows)
    waves = ps.find_waves(panel, at_least=at_least, quiet_days=quiet_days)
    active, counts = (panel > 0).sum(axis=1) >= at_least, pd.Series(0, index=panel.index)
    for wave in waves.itertuples():
        counts[wave.start : wave.end] += 1
        inside = panel.loc[wave.start : wave.end]
        assert active[[wave.start, wave.end, wave.peak]].all()
        assert wave.peak_places == (inside > 0).sum(axis=1).max()
        assert (wave.places, wave.place_days) == ((inside > 0).any().sum(), (inside > 0).to_numpy().sum())
    assert counts.max() <= 1
    assert (counts[active] == 1).all()
    quiet = (panel > 0).sum(axis=1) + panel.isna().sum(axis=1) < at_least
    for before, after in zip(waves["end"][:-1], waves["start"][1:], strict=True):
        between = quiet[(quiet.index > before) & (quiet.index < after)]
        assert max(len(run) for run in "".join("q" if q else " " for q in between).split()) >= quiet_days


@given(st.permutations(range(4)))
def test_the_order_of_places_is_irrelevant(order):
    panel = panel_of(np.random.default_rng(3).poisson(0.4, (30, 4)))
    one, other = (ps.find_waves(p, at_least=2, quiet_days=2) for p in (panel, panel.iloc[:, list(order)]))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize(
    "options", [{"at_least": 0}, {"at_least": 1.5}, {"quiet_days": 0}, {"quiet_days": "3"}, {"at_least": True}]
)
def test_options_are_whole_numbers_of_at_least_1(options):
    with pytest.raises(ps.DataError, match=f"{next(iter(options))} must be a whole number of at least 1"):
        ps.find_waves(panel_of([1]), **{"at_least": 1, "quiet_days": 1, **options})
    with pytest.raises(ps.SchemaError):
        ps.find_waves(panel_of([1]).reset_index(), at_least=1, quiet_days=1)


def test_the_wave_of_the_case_is_one(panel):
    waves = ps.find_waves(panel.loc[:"2022-01-08"], at_least=3, quiet_days=3)
    assert days_of(waves) == [(2, 7)] or len(waves) == 1
