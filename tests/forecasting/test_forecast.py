"""Forecasts: what they continue, exactly and in distribution, and what cannot be continued."""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import protestspread as ps
from protestspread.forecasting.forecast import SampledParameters, spread_of
from protestspread.models.hazards.design import natural_spline

DRAWS = 10_000
estimated = partial(ps.forecast, parameters="estimate")


def close(found, expected, variance, draws=DRAWS):
    """Within four standard errors of the mean of the draws."""
    assert np.abs(np.asarray(found) - np.asarray(expected)).max() <= 4 * np.sqrt(np.max(variance) / draws)


def test_counts_go_on_after_the_last_day(counts, ring):
    fit = ps.fit_endemic_epidemic(counts, ring, endemic=ps.Terms())
    ahead = estimated(fit, days=2, draws=DRAWS, rng=1)
    assert [str(day.date()) for day in ahead.dates] == ["2022-03-04", "2022-03-05"]
    assert ahead.places.equals(counts.columns)
    longer = counts.reindex(counts.index.union(ahead.dates)).rename_axis("date")
    expected = fit.model.expected_counts(longer, fit.graph).loc[ahead.dates[0]]
    close(ahead.mean().iloc[0], expected, expected * (1 + fit.overdispersion * expected))
    own, near = np.exp(fit.params["own"]), np.exp(fit.params["neighbors"])
    second = np.exp(fit.params["endemic"]) + own * expected + near * fit.graph.normalize("source").matrix.T @ expected
    close(ahead.mean().iloc[1], second, 3 * second * (1 + fit.overdispersion * second))


def test_scores_take_the_totals_of_a_forecast(counts, ring):
    ahead = estimated(ps.fit_endemic_epidemic(counts.iloc[:50], ring, endemic=ps.Terms()), days=3, draws=30, rng=1)
    observed = counts.loc[ahead.dates].sum(axis=1)
    found = ps.crps(ahead.totals().T, observed)
    assert found.index.equals(ahead.dates)
    assert found.iloc[1] == pytest.approx(ps.crps(ahead.totals().iloc[1].to_numpy(), observed.iloc[1]))


def test_terms_go_on_as_if_the_panel_were_longer(counts, ring):
    curfew = counts.mul(0).add((np.arange(len(counts)) % 4 == 0).astype(float), axis=0)
    festival = pd.Series(np.arange(60) % 5 == 0, index=counts.index)
    size = pd.Series([0.1, 0.2, 0.4, 0.1, 0.0, 0.3], index=counts.columns, name="size")
    terms = ps.Terms(
        trend=True, weekday=True, seasonal=(1, 20), by={"curfew": curfew, "festival": festival}, attributes=size
    )
    offset = counts.mul(0).add(1.0 + np.arange(60) / 60, axis=0)
    cut = counts.iloc[:50]
    fit = ps.fit_endemic_epidemic(cut, ring, endemic=terms, offset=offset)
    future = {
        name: values.loc[counts.index[50:]]
        for name, values in {"curfew": curfew, "festival": festival, "offset": offset}.items()
    }
    ahead = fit.continuation(10, future)
    assert ahead.dates.equals(counts.index[50:].rename("date"))
    whole = ps.fit_endemic_epidemic(counts, ring, endemic=terms, offset=offset)
    columns = whole.specification.parts[0].columns
    values = sum(fit.params[f"endemic: {name}"] * column for name, column in columns.items())
    expected = np.exp(fit.params["endemic"] + values) * offset.to_numpy()
    assert np.allclose(ahead.draw.expected.endemic, expected[49:])
    assert len(columns) == 12
    smaller = fit.without("endemic: curfew")
    assert smaller.continuation(10, {name: future[name] for name in ("festival", "offset")}).dates.equals(ahead.dates)


@pytest.mark.parametrize("memory", [ps.Lag(3), ps.Geometric(4), ps.Geometric(2, p=0.7)])
def test_longer_memories_use_the_last_rows(counts, ring, memory):
    fit = ps.fit_endemic_epidemic(counts, {"ring": ring}, endemic=ps.Terms(), memory=memory, weights="power_law")
    ahead = estimated(fit, days=1, draws=4_000, rng=1)
    longer = counts.reindex(counts.index.union(ahead.dates)).rename_axis("date")
    expected = fit.model.expected_counts(longer, fit.graph).loc[ahead.dates[0]]
    close(ahead.mean().iloc[0], expected, expected * (1 + fit.overdispersion * expected), 4_000)


def test_weekly_and_monthly_panels_go_on_by_their_rows(counts, ring):
    for freq, after in (("W-SUN", "2022-03-20"), ("MS", "2022-11-01"), ("3D", "2022-01-31")):
        panel = counts.iloc[:10].set_axis(pd.date_range("2022-01-03", periods=10, freq=freq, name="date"))
        fit = ps.fit_endemic_epidemic(
            panel.set_axis(pd.DatetimeIndex(panel.index.to_numpy(), name="date")), ring, endemic=ps.Terms()
        )
        assert str(estimated(fit, days=1, draws=2, rng=1).dates[0].date()) >= after


@pytest.mark.parametrize("time", ["daily", "continuous"])
@pytest.mark.parametrize("baseline", ["constant", "weibull"])
def test_times_of_onsets_go_on(first, ring, time, baseline):
    fit = ps.fit_tada(first, {"ring": ring}, observed_until="2022-01-05", time=time, baseline=baseline)
    ahead = estimated(fit, days=2, draws=DRAWS, rng=1)
    assert str(ahead.dates[0].date()) == "2022-01-06"
    assert (ahead.mean()[list("ABCD")] == 1).all(axis=None)
    model = fit.model
    joined = first.notna().to_numpy().astype(float)
    reach = 1 + model.strengths["ring"] * (fit.graph.matrix.T @ joined)
    risen = np.diff(model.cumulative(np.array([5.0, 6.0])))[0]
    expected = -np.expm1(-risen * reach)[4:]
    if time == "daily":
        close(ahead.mean().iloc[0][["E", "F"]], expected, expected)
    else:  # exposure to those that join on the same day adds to it
        assert (ahead.mean().iloc[0][["E", "F"]] >= expected - 4 * np.sqrt(expected / DRAWS)).all()
    assert (ahead.mean().iloc[1] >= ahead.mean().iloc[0]).all()


def test_seeds_stay_active(first, ring):
    fit = ps.fit_tada(first, {"ring": ring}, observed_until="2022-01-05", seeds=["A"])
    assert (estimated(fit, days=2, draws=5, rng=1).mean()["A"] == 1).all()


def test_event_histories_go_on(first, ring):
    curfew = pd.Series([0, 0, 1, 0, 1], index=pd.date_range("2022-01-01", periods=5, name="date"))
    fit = ps.fit_event_history(
        first,
        {"ring": ring},
        attributes=None,
        time_varying={"curfew": curfew},
        baseline="none",
        observed_until="2022-01-05",
    )
    later = pd.Series([1, 0], index=pd.date_range("2022-01-06", periods=2, name="date"))
    ahead = estimated(fit, days=2, draws=3_000, future={"curfew": later}, rng=1)
    calibrated = fit.regression.calibrated(fit.optimum.coordinates)
    at = dict(zip(fit.parameter_names, calibrated, strict=True))
    exposed = fit.design.data.matrices["ring"].T @ first.notna().to_numpy().astype(float)
    expected = -np.expm1(-np.exp(at["intercept"] + at["curfew"] + at["ring"] * exposed))[4:]
    close(ahead.mean().iloc[0][["E", "F"]], expected, expected, 3_000)
    assert (ahead.mean()[list("ABCD")] == 1).all(axis=None)


def test_a_spline_goes_on_linearly(first, ring):
    fit = ps.fit_event_history(first, {"ring": ring}, attributes=None, baseline="spline", observed_until="2022-01-05")
    splines = [name for name in fit.parameter_names if name.startswith("spline")]
    predictor = fit.continuation(3, {}).draw.predictor[:, 0]
    onset_rows = fit.design.day[fit.design.joined > 0]
    basis = natural_spline(np.arange(8), np.unique(np.quantile(onset_rows, np.linspace(0, 1, 5))))
    values = dict(zip(fit.parameter_names, fit.regression.calibrated(fit.optimum.coordinates), strict=True))
    assert np.allclose(predictor[1:], (values["intercept"] + basis @ [values[name] for name in splines])[1:])
    assert np.diff(predictor[3:], 2) == pytest.approx([0] * 3, abs=1e-9)


def test_spells_return(counts, ring):
    active = (counts > 2).astype(int)
    fit = ps.fit_event_history(
        ps.spells(active), {"ring": ring}, attributes=None, memory=ps.Days(2), baseline="none", panel=active
    )
    ahead = estimated(fit, days=20, draws=50, rng=1)
    assert fit.continuation(20, {}).response == "active"
    assert 0 < ahead.mean().iloc[5:].min(axis=None) < ahead.mean().iloc[5:].max(axis=None) < 1


def test_draws_do_not_depend_on_their_number(counts, ring):
    fit = ps.fit_endemic_epidemic(counts, ring, endemic=ps.Terms())
    for parameters in ("estimate", "sampled"):
        few, many = (ps.forecast(fit, days=3, draws=draws, parameters=parameters, rng=7) for draws in (3, 9))
        assert all(few[i].equals(many[i]) for i in range(3))


def test_sampled_parameters_have_the_covariance_of_the_estimates(counts, ring):
    fit = ps.fit_endemic_epidemic(counts, ring, endemic=ps.Terms())
    spread = spread_of(fit)
    assert np.allclose(spread @ spread.T, fit.optimum.covariance)
    wide, narrow = (
        ps.forecast(fit, days=3, draws=600, parameters=how, rng=7).totals() for how in ("sampled", "estimate")
    )
    assert wide.iloc[-1].var() > narrow.iloc[-1].var()


def test_estimates_at_a_bound_stay_and_others_keep_within_bounds(first, ring):
    fit = ps.fit_tada(
        first[["A", "C", "E", "B", "D", "F"]], {"ring": ring.subgraph(list("ACEBDF"))}, observed_until="2022-01-05"
    )
    spread = spread_of(fit)
    held = ~fit.optimum.free
    assert not spread[held].any()
    draws = SampledParameters(fit.continuation(2, {}), 3 * spread)
    problem = fit.optimum.problem
    for seed in range(20):
        at = draws.coordinates(np.random.default_rng(seed))
        assert ((at >= problem.lower) & (at <= problem.upper)).all()
        assert (at[held] == fit.optimum.coordinates[held]).all()
        assert draws(np.random.default_rng(seed)).max() == 1


def test_parameters_that_the_data_reject_are_drawn_again(counts, ring):
    """Normal draws of a short past can explode; those within the likelihood region do not."""
    fit = ps.fit_endemic_epidemic(counts.iloc[:6], ring, endemic=ps.Terms(), family="poisson")
    ahead, spread = fit.continuation(7, {}), spread_of(fit)
    draws = SampledParameters(ahead, 4 * spread)
    losses = [
        2 * (fit.log_likelihood - fit.optimum.problem.objective(draws.coordinates(np.random.default_rng(seed)))[0])
        for seed in range(30)
    ]
    assert 5 < max(losses) < chi2.ppf(0.999, int(fit.optimum.free.sum()))
    with pytest.raises(ps.FitError, match=r"far from that of a normal distribution(?s:.*)Fix: pass parameters="):
        SampledParameters(ahead, 1e4 * spread)(np.random.default_rng(1))


def test_what_varies_by_date_needs_values_and_all_that_lack_are_named(counts, ring):
    by = {
        "curfew": (counts * 0).add(np.arange(60) % 2, axis=0),
        "rain": pd.Series(np.arange(60) % 3, index=counts.index),
    }
    fit = ps.fit_endemic_epidemic(counts, ring, endemic=ps.Terms(by=by))
    later = pd.date_range("2022-03-04", periods=2, name="date")
    with pytest.raises(ps.DataError, match=r"(?s)'curfew'.*2022-03-04 to 2022-03-05.*'rain'"):
        estimated(fit, days=2)
    with pytest.raises(ps.DataError, match=r"(?s)future\['rain'\] has no value for 2022-03-05.*'snow'"):
        one = pd.Series([1.0, 0.0], index=later)
        estimated(fit, days=2, future={"curfew": one, "rain": one[:1], "snow": one})


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"days": 0}, "days must be"),
        ({"days": 2.5}, "days must be"),
        ({"days": 2, "draws": 0}, "draws must be"),
        ({"days": 2, "parameters": "bayes"}, "parameters must be"),
        ({"days": 2, "rng": "seed"}, "rng must be"),
        ({"days": 2, "future": [1]}, "future must be"),
        ({"days": 2, "future": {"curfew": 1}}, "future must have names"),
    ],
)
def test_errors_begin_with_the_argument(counts, first, ring, options, names):
    fits = (
        ps.fit_endemic_epidemic(counts, ring, endemic=ps.Terms()),
        ps.fit_tada(first, {"ring": ring}, observed_until="2022-01-05"),
        ps.fit_event_history(first, {"ring": ring}, attributes=None, baseline="none"),
    )
    for fit in fits:
        with pytest.raises(ps.DataError, match=f"^{names}"):
            estimated(fit, **options)


def test_fits_that_tell_no_times_are_named(first, ring, case):
    with pytest.raises(ps.DataError, match=r"^fit must tell when places join; OADAFit tells only their order"):
        estimated(ps.fit_oada(first, {"ring": ring}), days=2)
    cities = case.cities[case.cities["in_frame"]]
    onsets = ps.onsets(ps.count_events(case.events[case.events["city"].isin(cities.index)], cities))
    fit = ps.decompose_diffusion(onsets, cities, simulations=0, rng=1, observed_until="2022-01-31")
    with pytest.raises(ps.DataError, match=r"^fit must tell when places join; DiffusionDecomposition"):
        estimated(fit, days=2)
    with pytest.raises(ps.DataError, match=r"^fit must be a fit"):
        estimated("fit", days=2)


def test_intercepts_of_days_and_numbers_cannot_go_on(first, ring):
    fit = ps.fit_event_history(first, {"ring": ring}, attributes=None)
    with pytest.raises(ps.DataError, match=r"(?s)^baseline must go on.*Fix: fit with baseline"):
        estimated(fit, days=2)
    numbers = pd.Series([1, 2, 2, 4, np.nan, np.nan], index=first.index)
    fit = ps.fit_event_history(numbers, {"ring": ring}, attributes=None, baseline="none")
    with pytest.raises(ps.DataError, match=r"^fit must be of dates"):
        estimated(fit, days=2)
    with pytest.raises(ps.DataError, match=r"^onsets must be dates"):
        estimated(ps.fit_tada(numbers, {"ring": ring}, observed_until=5), days=2)


def test_last_rows_must_be_observed(counts, ring):
    panel = counts.astype(float)
    panel.iloc[-1, 2] = np.nan
    with pytest.raises(ps.DataError, match=r"^fit must end with 1 observed rows .* not observed were C"):
        estimated(ps.fit_endemic_epidemic(panel, ring), days=2)


def test_dates_end_in_2262(counts, ring):
    late = counts.set_axis(pd.date_range(end="2262-04-01", periods=60, name="date").as_unit("ns"))
    with pytest.raises(ps.DataError, match=r"^days must be a number of days that ends before 2262"):
        estimated(ps.fit_endemic_epidemic(late, ring, endemic=ps.Terms()), days=300)


def test_parameters_without_covariance_cannot_be_sampled(ring, counts):
    fit = ps.fit_endemic_epidemic(counts, ring, endemic=ps.Terms())
    unknown = np.full_like(fit.optimum.information, np.nan)
    fit = replace(fit, optimum=replace(fit.optimum, information=unknown))
    with pytest.raises(ps.FitError, match="parameters cannot be sampled"):
        ps.forecast(fit, days=1, parameters="sampled")
