"""change_after: by hand, by a second road, outside numbers, and what is refused."""

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.falsification.acts import read_act
from protestspread.falsification.continued_waves import Simulation, Waves, likeness

WAVE = [0, 1, 1, 0, 1, 3, 3, 3, 2, 7, 6, 12, 22, 26, 32, 45, 41, 42, 56, 48, 49, 27, 21, 18, 13, 7, 11, 5, 1, 0]
DAYS = pd.date_range("2022-01-01", periods=30, name="date")
TIME = pd.Series(np.linspace(-1, 1, 30), DAYS)
COURSE = ps.Terms(by={"time": TIME, "time squared": TIME**2})
ACT = "2022-01-20"  # the day after the peak


def fitted(panel, graph=None, **options):
    parts = {"endemic": COURSE, "own": None, "neighbors": None if graph is None else ps.Terms()}
    return ps.fit_endemic_epidemic(panel, graph, **parts | options)


def acts(*rows):
    """Return a table of interventions: kind, region, first day and, if known, the end."""
    columns = ["kind", "region_id", "start", "end"]
    table = pd.DataFrame([(*row, None)[:4] for row in rows], columns=columns).rename_axis("intervention_id")
    return table.astype({"start": "datetime64[ns]", "end": "datetime64[ns]"})


@pytest.fixture(scope="module")
def one():
    return pd.DataFrame({"A": WAVE}, index=DAYS)


@pytest.fixture(scope="module")
def two(one):
    """The wave of A, and in B a third of it."""
    return one.assign(B=one["A"] // 3)


@pytest.fixture(scope="module")
def fit(one):
    return fitted(one)


@pytest.fixture(scope="module")
def result(fit):
    return ps.change_after(fit, ACT, draws=99, rng=1)


def test_one_wave_by_hand(result):
    assert result.statistic == pytest.approx(np.log(124.5 / 139.5), abs=1e-12)
    assert result.table.loc["all places", ["before", "after"]].tolist() == [41 + 42 + 56, 48 + 49 + 27]
    assert result.verdict == "no change found"
    assert result.start == pd.Timestamp(ACT)
    assert result.days_after_peak == 1
    assert "effect" not in result.statement
    assert "No change after the act was found" in result.sentence
    assert result.p_value == result.p_by_null.max()


def test_p_and_prediction_by_a_second_road(fit, result):
    ratios, predicted = [], []
    for panel in fit.simulate(99, rng=1):
        wave = [WAVE[0], *panel["A"]]
        act = wave.index(max(wave)) + 1
        if act >= 3 and act + 3 <= len(wave):
            before, after = sum(wave[act - 3 : act]), sum(wave[act : act + 3])
            ratios.append(np.log((after + 0.5) / (before + 0.5)))
            predicted.append(max(139.5 / (before + 0.5) * (after + 0.5) - 0.5, 0))
    p = (1 + sum(ratio <= result.statistic for ratio in ratios)) / (len(ratios) + 1)
    assert result.p_by_null["waves simulated from the fit"] == pytest.approx(p, abs=1e-12)
    assert result.usable == len(ratios) / 99
    expected = np.quantile(predicted, [0.5, 0.025, 0.975])
    np.testing.assert_allclose(result.table.loc["all places", ["median", "low", "high"]], expected)


def test_the_limit_is_where_a_change_begins(result):
    below, at = (replace(result, statistic=np.log(result.limit) + step) for step in (-1e-6, 1e-6))
    assert below.verdict == "change"
    assert at.verdict == "no change found"
    assert f"a ratio below {result.limit:.2g} would have been called a change" in result.sentence
    assert np.isnan(replace(result, alternative="greater").limit)


def test_given_goes_on_from_the_days_before(one):
    fit = fitted(one, own=ps.Terms())
    result = ps.change_after(fit, "2022-01-12", rule="given", draws=99, rng=3)
    drawn = fit.simulate(99, given=one.loc[:"2022-01-11"], rng=3).totals().iloc[:3].sum()
    before = one.loc["2022-01-09":"2022-01-11", "A"].sum()
    ratios = np.log((drawn + 0.5) / (before + 0.5))
    np.testing.assert_allclose(np.sort(result.null_distributions["waves simulated from the fit"]), np.sort(ratios))
    assert result.table.loc["A", "median"] == pytest.approx(drawn.median())
    assert result.days_after_peak is None
    assert result.usable == 1


def test_given_shortly_after_the_peak_is_placed_after_the_peak_of_each_wave(fit):
    late = ps.change_after(fit, "2022-01-21", rule="given", draws=19, rng=1)
    assert late.days_after_peak == 2
    same = ps.change_after(fit, ACT, rule="given", draws=99, rng=1)
    assert same.p_value == ps.change_after(fit, ACT, draws=99, rng=1).p_value


def test_segmented_regression_has_the_numbers_of_r_and_rejects_where_nothing_changed(result):
    path = Path(__file__).parents[1] / "calibration" / "change_after.py"
    calibration = importlib.util.module_from_spec(spec := importlib.util.spec_from_file_location("worlds_after", path))
    spec.loader.exec_module(calibration)
    ratio, p = calibration.segmented(np.array(WAVE), 19)
    assert ratio == pytest.approx(466.084354799, abs=1e-6)  # R 4.3.1, glm
    assert p < 1e-99
    assert calibration.segmented(np.array(WAVE), 19, 2)[0] == pytest.approx(9.658069214, abs=1e-6)
    assert result.p_value > 0.2


def test_a_wave_that_stops_is_a_change(one):
    stopped = pd.concat([one[:ACT][:-1], one[ACT:] // 8])
    result = ps.change_after(fitted(stopped), ACT, draws=99, rng=1)
    assert result.verdict == "change"
    assert "There was a change after the act" in result.sentence
    assert result.p_value <= 0.05
    assert result.table.loc["all places", "after"] < result.table.loc["all places", "low"]
    assert ps.change_after(fitted(stopped), ACT, alternative="greater", draws=99, rng=1).verdict == "no change found"
    both = ps.change_after(fitted(stopped), ACT, alternative="two-sided", draws=99, rng=1)
    assert both.p_value == pytest.approx(2 * result.p_value)


def test_places_add_up_and_a_row_is_a_table(two):
    fit = fitted(two)
    table = acts(("curfew", "A", ACT))
    result = ps.change_after(fit, table, draws=39, rng=1)
    assert list(result.table.index) == ["A", "all places"]
    assert list(result.places) == ["A"]
    assert ps.change_after(fit, table.iloc[0], draws=39, rng=1).p_value == result.p_value
    everywhere = ps.change_after(fit, acts(("curfew", None, ACT)), draws=39, rng=1).table
    np.testing.assert_array_equal(everywhere.loc["all places", ["before", "after"]], everywhere.iloc[:2, :2].sum())
    dated = ps.change_after(fit, pd.Timestamp(ACT), draws=39, rng=1)
    pd.testing.assert_frame_equal(dated.table, everywhere)


def test_days_of_a_shutdown_count_as_not_observed(two):
    table = acts(("curfew", "A", ACT), ("internet_shutdown", "B", "2022-01-05", "2022-01-08"))
    hidden = two.mask(pd.DataFrame({"A": False, "B": (DAYS >= "2022-01-05") & (DAYS < "2022-01-08")}, index=DAYS))
    before = two.copy()
    result = ps.change_after(fitted(two), table, draws=39, rng=1)
    assert result.hidden == 3
    assert "3 place-days of a shutdown count as not observed" in result.sentence
    pd.testing.assert_frame_equal(two, before)
    same = ps.change_after(fitted(hidden), table.iloc[:1], draws=39, rng=1)
    pd.testing.assert_frame_equal(result.table, same.table)
    with pytest.raises(ps.DataError, match=r"B were not observed .*fewer reports are not fewer events"):
        ps.change_after(
            fitted(two), acts(("curfew", None, ACT), ("internet_shutdown", "B", "2022-01-21", "2022-01-22"))
        )


def test_cannot_tell(one, fit):
    few = ps.change_after(fit, ACT, draws=9, rng=1)
    assert few.verdict == "cannot tell"
    assert "waves are too few" in few.sentence
    flat = fitted(one, endemic=ps.Terms(), family="poisson")
    unlike = ps.change_after(flat, ACT, draws=99, rng=1)
    assert unlike.verdict == "cannot tell"
    assert "do not look like the data before the act" in unlike.sentence
    assert unlike.likeness_p <= 0.05
    empty = ps.change_after(fitted(one.assign(B=[0] * 12 + [1] + [0] * 17)), acts(("curfew", "B", "2022-01-14")), rng=1)
    assert "no smooth wave could be fitted" in empty.sentence
    assert np.isnan(empty.p_value)


@pytest.mark.parametrize(
    ("start", "options", "needs"),
    [
        ("2022-01-01", {}, "interventions must begin after the first day .* began on it, on 1 January 2022"),
        ("2021-12-30", {}, "interventions must begin after the first day .* began before it"),
        ("2022-01-29", {}, "window_days must be at most 2, .* from 29 January 2022"),
        ("2022-01-02", {}, "window_days must be at most 1, .* before 2 January 2022"),
        ("2022-02-20", {}, "window_days must be at most 0"),
        ("2022-01-05", {}, "fit has 4 parameters, for which 8 fitted days are needed .* there are 3"),
        ("2022-01-18", {}, "rule must be 'given', .* most events in its places were on 19 January 2022"),
        ("soon", {}, "interventions must be a date"),
        (3, {}, "interventions must be a table of interventions, a row of it or a date; got 3"),
        (ACT, {"rule": "peak"}, "rule must be"),
        (ACT, {"draws": 0, "window_days": 0}, "window_days and draws are not valid"),
    ],
)
def test_refusals_of_one_date(fit, start, options, needs):
    with pytest.raises(ps.DataError, match=f"(?s){needs}"):
        ps.change_after(fit, start, **options)


def test_refusals_of_tables_name_all_faults(two):
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"]}))
    staggered = acts(("curfew", "A", ACT), ("curfew", "B", "2022-01-22"))
    with pytest.raises(
        ps.DataError, match=r"20 January 2022 \(A\) and 22 January 2022 \(B\); exposure runs along neigh"
    ):
        ps.change_after(fitted(two, graph), staggered)
    with pytest.raises(ps.DataError, match=r"22 January 2022 \(B\)\n") as alone:
        ps.change_after(fitted(two), staggered)
    assert "exposure" not in str(alone.value)
    with pytest.raises(ps.DataError, match=r"(?s)C are not.*one kind of act, beside shutdowns; got curfew, arrests"):
        ps.change_after(fitted(two), acts(("curfew", "C", ACT), ("arrests", "A", ACT)))
    with pytest.raises(ps.DataError, match=r"(?s)fit has 4 parameters.*A were not observed on all days"):
        ps.change_after(fitted(two.mask(np.tile(DAYS == "2022-01-07", (2, 1)).T)), acts(("curfew", "A", "2022-01-06")))
    weekly = pd.DataFrame({"A": WAVE}, index=pd.date_range("2022-01-01", periods=30, freq="7D", name="date"))
    with pytest.raises(ps.DataError, match="fit must be of a daily panel"):
        ps.change_after(ps.fit_endemic_epidemic(weekly, None, neighbors=None), "2022-05-14")
    with pytest.raises(ps.DataError, match="fit must be a fit of fit_endemic_epidemic"):
        ps.change_after(two, ACT)


def test_january_2022_is_refused(case):
    events = case.events[~case.events["minor"]]
    panel = ps.count_events(events, case.regions, start="2022-01-01", end="2022-01-08")
    fit = ps.fit_endemic_epidemic(panel, ps.border_graph(case.regions))
    responses = case.interventions[case.interventions["kind"].isin(["state_of_emergency", "internet_shutdown"])]
    with pytest.raises(ps.DataError, match=r"(?s)fit has 4 parameters.*there are 3.*days of a shutdown"):
        ps.change_after(fit, responses, rule="given")


def test_what_is_drawn(result):
    figure = result.figure()
    assert figure.observed.tolist() == WAVE
    assert figure.quantiles.notna().all(axis=1).sum() == 3
    assert (np.diff(figure.quantiles.dropna()) >= 0).all()
    trend = result.pre_trend
    assert trend.index[-1] == pd.Timestamp(ACT) - pd.Timedelta(days=1)
    np.testing.assert_allclose(trend["difference"], trend["observed"] - trend["expected"])


def test_smooth_waves_vary_around_the_cubic_curve_that_is_fitted(one, fit):
    cubic = fitted(one, endemic=ps.Terms(by={"1": TIME, "2": TIME**2, "3": TIME**3}))
    drawn = Simulation(fit, read_act(ACT, fit, 3), None, 3, 2000, 1).smooth().totals
    np.testing.assert_array_equal(drawn[:, :19], np.tile(WAVE[:19], (2000, 1)))
    mean = cubic.expected()["A"].to_numpy()[19:27]
    np.testing.assert_allclose(drawn[:, 19:27].mean(axis=0), mean, rtol=0.06)
    least = 29 / 25 * mean * (1 + cubic.overdispersion * mean)  # 29 fitted days, four coefficients
    assert (drawn[:, 19:27].var(axis=0) > 0.95 * least).all()
    assert (drawn[:, 19:27].var(axis=0) < 3 * least).all()


@settings(max_examples=25, deadline=None)
@given_values(st.integers(0, 2**32), st.integers(1, 4))
def test_days_around_an_act_are_those_of_each_wave(seed, days):
    rng = np.random.default_rng(seed)
    counts, act = rng.poisson(3.0, (5, 12, 2)).astype(float), rng.integers(days, 13 - days, 5)
    before, after = Waves(counts, act).around(days)
    for wave, row in enumerate(act):
        np.testing.assert_array_equal(before[wave], counts[wave, row - days : row])
        np.testing.assert_array_equal(after[wave], counts[wave, row : row + days])


def test_a_wave_like_the_others_is_rarely_unlike_them():
    rng = np.random.default_rng(5)
    mean = 20 * np.exp(-(((np.arange(20) - 10) / 4) ** 2))
    ps_found = []
    for _ in range(200):
        counts = rng.poisson(mean, (40, 20))[:, :, None].astype(float)
        act = np.full(40, 12)
        ps_found.append(likeness(Waves(counts[:1], act[:1]), Waves(counts[1:], act[1:]), 3)[1])
    assert np.mean(np.array(ps_found) <= 0.05) <= 0.09  # 0.05 and three standard errors


def test_places_beside_the_act_must_be_observed_where_waves_begin(two):
    gap = two.mask(np.column_stack([np.zeros(30, bool), DAYS == "2022-01-19"]))
    fit = fitted(gap, own=ps.Terms())
    assert len(ps.change_after(fit, acts(("curfew", "A", ACT)), draws=19, rng=1).places) == 1
    with pytest.raises(ps.DataError, match=r"all places on 11 January 2022.*not observed were B"):
        gap = two.mask(np.column_stack([np.zeros(30, bool), DAYS == "2022-01-11"]))
        ps.change_after(fitted(gap, own=ps.Terms()), acts(("curfew", "A", "2022-01-12")), rule="given")
