"""Growth ratios against EpiEstim 2.2.4 (estimate_R, method "non_parametric_si")."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scipy.stats import gamma

import protestspread as ps

# EpiEstim's serial interval of influenza, days 1 to 11
FLU = (0.233, 0.359, 0.198, 0.103, 0.053, 0.027, 0.014, 0.007, 0.003, 0.002, 0.001)
# Flu2009 of EpiEstim: a school in Pennsylvania (Cauchemez et al. 2011, PNAS 108:2825, doi:10.1073/pnas.1008895108)
SCHOOL_2009 = "1 1 0 2 5 3 3 3 6 2 5 9 13 12 13 11 12 6 6 6 3 1 0 2 0 0 0 0 2 0 2 0"
# Flu1918 of EpiEstim: Baltimore (Frost and Sydenstricker 1919, Public Health Reports 34:491)
BALTIMORE_1918 = """
5 1 6 15 2 3 8 7 2 15 4 17 4 10 31 11 13 36 13 33 17 15 32 27 70 58 32 69 54 80 405 192 243 204 280 229 304 265 196 372 158 222
141 172 553 148 95 144 85 143 87 73 70 62 116 44 38 60 45 60 27 51 34 22 16 11 18 11 10 8 13 3 3 6 6 13 5 6 6 5 5 1 2 2 3 8 4 1
2 3 1 0"""


def series(text):
    counts = [np.nan if one == "NA" else float(one) for one in text.split()]
    return pd.Series(counts, pd.date_range("2022-01-01", periods=len(counts), name="date"))


def at(result, row):
    """The ratio whose window ends on a day, numbered from 1."""
    return result.by_date().loc[pd.Timestamp("2022-01-01") + pd.Timedelta(days=row - 1)]


def test_influenza_of_2009():
    found = ps.growth_ratio(series(SCHOOL_2009), serial_interval=FLU)
    first = [1.7356089, 0.40908694, 1.02863184, 1.7035760, 2.6244959]
    assert at(found, 8)[["mean", "sd", "low", "median", "high"]].tolist() == pytest.approx(first, abs=1e-7)
    assert at(found, 9)[["mean", "sd"]].tolist() == pytest.approx([1.7490494, 0.36470202], abs=1e-7)
    assert at(found, 32)["mean"] == pytest.approx(1.00401606, abs=1e-8)
    assert len(found.by_date()) == 25


@pytest.mark.parametrize(
    ("window", "row", "numbers"),
    [
        (3, 4, [2.125398512, 1.062699256, 0.579099561, 4.658487285]),
        (3, 15, [1.640102612, 0.262626603, 1.166273287, 2.193446693]),
        (3, 32, [1.112759644]),
        (7, 8, [1.686814732, 0.397586045, 0.999713315, 2.550711912]),
        (7, 18, [1.241715180]),
        (7, 32, [0.946969697]),
    ],
)
def test_other_windows_and_another_prior(window, row, numbers):
    found = ps.growth_ratio(series(SCHOOL_2009), serial_interval=FLU, window_days=window, prior_mean=2, prior_sd=2)
    assert at(found, row)[["mean", "sd", "low", "high"]].tolist()[: len(numbers)] == pytest.approx(numbers, abs=1e-9)


def test_influenza_of_1918():
    rows = ps.growth_ratio(series(BALTIMORE_1918), serial_interval=FLU).by_date()
    assert rows["mean"].iloc[[0, 9, -1]].tolist() == pytest.approx([1.4145202, 1.2243031, 0.8744316], abs=1e-7)
    assert rows["sd"].iloc[[0, 9, -1]].tolist() == pytest.approx([0.2157123, 0.1283418, 0.1955289], abs=1e-7)
    assert len(rows) == 92 - 7


MISSING = "2 3 1 4 6 NA 5 8 7 3 2 1 0 2"
SHORT = {"serial_interval": [0.5, 0.3, 0.2], "window_days": 4}


def test_an_unobserved_day_leaves_windows_without_a_ratio():
    """Days from 0: complete are 1-4, 9-12 and 10-13."""
    rows = ps.growth_ratio(series(MISSING), **SHORT).by_date()
    assert np.flatnonzero(rows["mean"].notna()).tolist() == [0, 8, 9]
    wanted = [[1.875, 0.484122918], [0.404624277, 0.152933602], [0.540540541, 0.220674752]]
    np.testing.assert_allclose(rows[["mean", "sd"]].dropna(), wanted, atol=1e-9)
    ends = rows[["low", "high"]].dropna().to_numpy()[:2]
    np.testing.assert_allclose(ends, [[1.049423267, 2.936202640], [0.162679945, 0.754882891]], atol=1e-9)
    assert rows["reason"].iloc[1].endswith("were not observed")


def test_windows_with_some_usable_days_only_if_asked_and_said():
    found = ps.growth_ratio(series(MISSING), **SHORT, incomplete="observed days")
    rows = found.by_date()
    assert rows["days"].iloc[1:4].tolist() == [3, 2, 1]
    assert rows["mean"].iloc[1:4].tolist() == pytest.approx([1.714285714, 2.244897959, 2.258064516], abs=1e-9)
    assert np.isnan(rows["mean"].iloc[4])  # never the mean of the prior, 5
    assert "6 ratios are of windows in which days are missing" in found.statement


def test_filled_in_it_is_what_epiestim_gives():
    rows = ps.growth_ratio(series(MISSING.replace("NA", "4")), **SHORT).by_date()
    assert rows["mean"].iloc[:4].tolist() == pytest.approx([1.875, 1.403508772, 1.438848921, 1.411764706], abs=1e-9)


@given(st.integers(0, 10**6), st.integers(1, 5), st.floats(0.2, 4), st.floats(0.2, 4))
def test_definition(seed, window, mean, sd):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.ones(rng.integers(1, 5)))
    counts = pd.Series(rng.poisson(3, 12).astype(float), pd.date_range("2022-01-01", periods=12, name="date"))
    counts[rng.random(12) < 0.1] = np.nan
    found = ps.growth_ratio(counts, serial_interval=weights, window_days=window, prior_mean=mean, prior_sd=sd).by_date()
    values = counts.to_numpy()
    for end in range(window, 12):
        days = range(end - window + 1, end + 1)
        expected = sum(sum(w * values[t - u] for u, w in enumerate(weights, 1) if t >= u) for t in days)
        row = found.iloc[end - window]
        if np.isnan(expected) or np.isnan(values[[*days]]).any() or expected == 0:
            assert np.isnan(row["mean"])
            continue
        posterior = gamma((mean / sd) ** 2 + values[[*days]].sum(), scale=1 / (mean / sd**2 + expected))
        assert row["mean"] == pytest.approx(posterior.mean())
        assert row["sd"] == pytest.approx(posterior.std())
        assert row[["low", "median", "high"]].tolist() == pytest.approx(posterior.ppf([0.025, 0.5, 0.975]).tolist())


def test_by_region_and_in_all():
    days = pd.date_range("2022-01-01", periods=6, name="date")
    panel = pd.DataFrame(
        {"A": [1, 2, 3, 4, 5, 6], "B": [2, 2, 2, np.nan, 1, 0], "C": [1, 0, 1, 2, 1, 1]}, days, dtype=float
    )
    options = {"serial_interval": [0.5, 0.5], "window_days": 2}
    found = ps.growth_ratio(panel, by={"A": "x", "B": "y", "C": "x"}, **options)
    assert found.to_frame().index.get_level_values(0).unique().tolist() == ["x", "y", "all places"]
    same = ps.growth_ratio(panel["A"] + panel["C"], **options).by_date()
    pd.testing.assert_frame_equal(found.by_date("x"), same)
    every = found.by_date()
    assert every["mean"].notna().tolist() == [True, False, False, False]  # B is not observed on 4 January
    single = ps.growth_ratio(panel, **options)
    assert single.to_frame().index.get_level_values(0).unique().tolist() == ["A", "B", "C", "all places"]
    assert single.by_date("A")["mean"].tolist() == ps.growth_ratio(panel["A"], **options).by_date()["mean"].tolist()


def test_a_window_without_past_activity_has_no_ratio():
    found = ps.growth_ratio(series("0 0 0 0 2 1 1"), serial_interval=[1.0], window_days=2)
    assert found.by_date()["reason"].iloc[0] == "there was no activity on the days before"
    assert np.isnan(found.by_date()["mean"].iloc[0])
    quiet = ps.growth_ratio(series("0 0 0 0 0"), serial_interval=[1.0], window_days=2)
    assert "No growth ratio of all places can be given: there was no activity" in quiet.sentence
    with pytest.raises(ps.DataError, match="result cannot be drawn"):
        quiet.plot()


def test_a_wave_that_doubles_has_the_ratio_two():
    """Counts 2^t and a serial interval of one day."""
    counts = pd.Series(2.0 ** np.arange(14), pd.date_range("2022-01-01", periods=14, name="date"))
    rows = ps.growth_ratio(counts, serial_interval=[1.0]).by_date()
    assert rows["mean"].iloc[-1] == pytest.approx(2, rel=1e-3)


def test_the_picture(case):
    panel = ps.count_events(case.events, case.regions, start="2021-12-30", observed=case.coverage)
    found = ps.growth_ratio(panel, serial_interval=[0.5, 0.3, 0.2], window_days=3)
    ax = Figure((7, 3)).add_axes((0.1, 0.2, 0.8, 0.6))
    found.plot(ax=ax, title="January", place="KZ-ALA")
    assert ax.get_ylabel() == "growth ratio, KZ-ALA"
    assert "no growth" in [text.get_text() for text in ax.get_legend().get_texts()]
    with pytest.raises(ps.DataError, match="place must be a place or group of the panel; got 'x'"):
        found.by_date("x")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"serial_interval": [0.5, 0.3]}, "serial_interval must sum to 1; got a sum of 0.8"),
        ({"serial_interval": [1.5, -0.5]}, "serial_interval must be a number from 0 to 1"),
        ({"serial_interval": []}, "serial_interval must be the chances of 1, 2"),
        ({"serial_interval": "gamma"}, "serial_interval must be the chances"),
        ({"window_days": 0}, "window_days must be a whole number"),
        ({"window_days": 6}, "panel must have more than window_days = 6 days"),
        ({"prior_sd": 0}, "prior_sd must be a number from 1e-06 to 1,000,000"),
        ({"incomplete": "drop"}, "incomplete must be 'nan' or 'observed days'"),
        ({"panel": 3}, "panel must be a panel of counts by day"),
        ({"panel": series("1 -1 1 1 1")}, "panel must not be negative"),
        ({"panel": series("1 1 1 1 1").set_axis(pd.date_range("2022-01-03", periods=5, freq="7D", name="date"))}, "one row per day"),
        ({"by": {"A": "x"}}, "by must be None where panel is a Series"),
    ],
)  # fmt: skip
def test_bad_input(change, message):
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.growth_ratio(**{"panel": series("1 1 1 1 1"), "serial_interval": [1.0], "window_days": 2} | change)
