import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import protestspread as ps
from protestspread.models.hazards.binary_regression import BinaryRegression
from protestspread.models.hazards.design import natural_spline

ALL, YESTERDAY, DECAY = ps.Since(), ps.Lag(1), ps.Decay(2)


def values_of(panel):
    values = panel.to_numpy().ravel()
    return values[np.isfinite(values)]


def effects(fit, names):
    return [number for name in names for number in (fit.params[name], fit.standard_errors[name])]


@pytest.mark.parametrize(
    ("memory", "normalize", "link", "wanted"),
    [
        (ALL, "target", "cloglog", (-0.066642204, 0.302504543, -297.233846831)),
        (ALL, "target", "logit", (-0.097162391, 0.325120430, -297.213614506)),
        (YESTERDAY, "target", "cloglog", (-0.033348758, 0.574038124, -297.256499841)),
        (YESTERDAY, "target", "logit", (-0.050515862, 0.615746305, -297.254826948)),
        (DECAY, "target", "cloglog", (-0.163676706, 0.493085167, -297.202136418)),
        (DECAY, "target", "logit", (-0.212959311, 0.529865298, -297.176235984)),
        (DECAY, "none", "cloglog", (0.045207372, 0.190036807, -297.230414305)),
        (DECAY, "none", "logit", (0.036750491, 0.204458761, -297.242154772)),
    ],
)
def test_doctors_as_in_r(doctors, memory, normalize, link, wanted):
    onsets, graph, _ = doctors
    fit = ps.fit_event_history(
        onsets,
        {"named": graph},
        attributes=None,
        memory=memory,
        normalize=normalize,
        link=link,
        firth=False,
        observed_until=17,
    )
    assert (fit.rows, fit.events) == (856, 98)
    assert [*effects(fit, ["named"]), fit.log_likelihood] == pytest.approx(wanted, rel=1e-4, abs=1e-6)


def test_doctors_two_networks_and_weights(doctors):
    onsets, graph, weighted = doctors
    call = {"attributes": None, "normalize": "target", "firth": False, "observed_until": 17}
    both = ps.fit_event_history(
        onsets, {"named": graph, "back": graph.reverse()}, memory={"named": ALL, "back": YESTERDAY}, **call
    )
    wanted = (-0.092640462, 0.306858216, 0.299701634, 0.630236068, -297.128284885)
    assert [*effects(both, ["named", "back"]), both.log_likelihood] == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    kept = ps.fit_event_history(onsets, {"named": weighted}, **call)
    assert [*effects(kept, ["named"]), kept.log_likelihood] == pytest.approx(
        (-0.137893340, 0.300437235, -297.152548611), rel=1e-4
    )


@pytest.mark.parametrize(
    ("link", "wanted"),
    [
        ("cloglog", (-0.068718624, 0.291337256, -297.728404104, -283.133872903)),
        ("logit", (-0.097075213, 0.315897127, -297.606841757, -284.259640351)),
    ],
)
def test_doctors_with_firth(doctors, link, wanted):
    onsets, graph, _ = doctors
    fit = ps.fit_event_history(
        onsets, {"named": graph}, attributes=None, normalize="target", link=link, observed_until=17
    )
    assert fit.firth  # fewer than ten onsets per parameter
    found = [*effects(fit, ["named"]), fit.log_likelihood, fit.penalized_log_likelihood]
    assert found == pytest.approx(wanted, rel=1e-4, abs=1e-6)


SIXTY = [
    ({"near": ALL}, "cloglog", [0.201124675, 0.180837575, 0.258580877, 0.183231846], -108.235576806),
    (
        {"near": ALL, "hub": ALL}, "cloglog",
        [0.215546561, 0.180101499, 0.329331919, 0.183777222, 0.275523387, 0.122337397], -105.839883412,
    ),
    (
        {"near": ALL, "hub": ALL}, "logit",
        [0.230238411, 0.191925391, 0.372480593, 0.199353202, 0.306475121, 0.133569785], -105.597886127,
    ),
    (
        {"near": YESTERDAY, "hub": YESTERDAY}, "cloglog",
        [0.279956721, 0.172987570, 0.232504841, 0.414131885, -0.041998159, 0.400539861], -109.046415681,
    ),
    (
        {"near": DECAY, "hub": DECAY}, "cloglog",
        [0.279225295, 0.175705530, 0.134013610, 0.318959824, 0.273075726, 0.239967456], -108.555327196,
    ),
    (
        {"near": YESTERDAY, "hub": ALL}, "cloglog",
        [0.287681753, 0.174674725, 0.231468125, 0.411530792, 0.237328776, 0.121088872], -107.239925340,
    ),
    (
        {"near": YESTERDAY, "hub": ALL}, "logit",
        [0.304357753, 0.185712665, 0.277597999, 0.433252776, 0.263258059, 0.131981657], -107.119506907,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("memory", "link", "wanted", "height"), SIXTY)
def test_sixty_places_as_in_r(sixty, memory, link, wanted, height):
    onsets, population, graphs = sixty
    chosen = {name: graphs[name] for name in memory}
    fit = ps.fit_event_history(
        onsets, chosen, attributes=population, memory=memory, link=link, firth=False, observed_until=12
    )
    assert (fit.rows, fit.events) == (442, 33)
    assert fit.log_likelihood == pytest.approx(height, abs=1e-6)
    assert effects(fit, ["lp", *memory]) == pytest.approx(wanted, rel=1e-4)


def test_firth_with_its_days_and_calibrated_predictions(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, observed_until=12)
    days = [-3.911756420, -3.065527822, -3.104377801, -3.167620500, -2.893480662, -2.429955165, -4.192952647, -2.712192879, -3.397541359, -3.621234129]  # fmt: skip
    assert fit.params[:10].to_numpy() == pytest.approx(days, abs=1e-5)
    wanted = [0.216907262, 0.166129598, 0.326474674, 0.170349834, 0.274890745, 0.113211994]
    assert effects(fit, ["lp", "near", "hub"]) == pytest.approx(wanted, rel=1e-4)
    assert (fit.log_likelihood, fit.penalized_log_likelihood) == pytest.approx(
        (-106.448813061, -94.521377747), abs=1e-6
    )
    assert fit.expected().to_numpy()[fit.observed().notna()].sum() == pytest.approx(33)
    assert fit.expected().sum(axis=1).to_numpy() == pytest.approx(fit.observed().sum(axis=1).to_numpy(), abs=1e-8)


def test_firth_with_the_logit_link(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, link="logit", observed_until=12)
    wanted = [0.225553760, 0.179415785, 0.357540337, 0.188197093, 0.296099780, 0.125822191]
    assert effects(fit, ["lp", "near", "hub"]) == pytest.approx(wanted, rel=1e-4)
    assert (fit.log_likelihood, fit.penalized_log_likelihood) == pytest.approx(
        (-106.106686652, -95.165823138), abs=1e-6
    )


def test_january_2022_with_and_without_firth():
    case = ps.load_case("kazakhstan_2022")
    frame = case.cities[case.cities["in_frame"]]
    first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    far = np.log(np.asarray(ps.distances_km(frame)) + 1e9 * np.eye(len(frame)))
    days = pd.date_range("2022-01-02", "2022-01-08", name="date")
    before = {day: (first < day).to_numpy() for day in days}
    near = {day: -far[rows].min(axis=0) if rows.any() else np.zeros(len(frame)) for day, rows in before.items()}
    nearest = pd.DataFrame.from_dict(near, orient="index", columns=frame.index).rename_axis("date")
    size = np.log(frame["population"])
    rows = (first.to_numpy()[None] >= days.to_numpy()[:, None]) | first.isna().to_numpy()[None]
    kept = rows & np.isin(days.day, [3, 4, 5])[:, None]
    table = np.where(kept, size.to_numpy()[None], np.nan)
    call = {
        "attributes": (size - np.nanmean(table)).rename("size"), "observed_until": "2022-01-08",
        "time_varying": {"nearness": nearest - nearest.to_numpy()[kept].mean()},
    }  # fmt: skip
    graph = {"road": ps.link_graph(case.cities, case.links).subgraph(frame.index)}
    plain = ps.fit_event_history(first, graph, firth=False, **call).without("road")
    assert plain.log_likelihood == pytest.approx(-39.407068, abs=1e-4)
    assert plain.params.to_numpy() == pytest.approx([-3.121206, -1.445388, -0.478504, 0.982856, -0.162469], abs=1e-4)
    firth = ps.fit_event_history(first, graph, **call).without("road")
    assert firth.params.to_numpy() == pytest.approx([-2.886902, -1.365780, -0.424009, 0.917930, -0.146866], abs=1e-4)
    assert effects(firth, ["size", "nearness"])[1::2] == pytest.approx([0.2220, 0.2932], abs=1e-3)
    assert (firth.penalized_log_likelihood, firth.log_likelihood) == pytest.approx((-33.880733, -39.508959), abs=1e-4)


RECURRENT = [
    (0, "cloglog", 1140, 91, -270.467986670, [
        0.333012017, 0.088152933, 0.144755609, 1.769260874, 0.244759208, 0.277458494, 0.375480514, 0.187466065, 0.179492712,
    ]),
    (0, "logit", 1140, 91, -270.950851658, [
        0.355063776, 0.097605664, 0.163361476, 1.992700341, 0.290740677, 0.330410914, 0.414409672, 0.204423675, 0.193127825,
    ]),
    (1, "cloglog", 1050, 61, -218.545392621, [
        0.299702921, 0.107135866, 0.167523523, 0.525338060, 0.207151413, 0.197060760,
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("gap", "link", "rows", "events", "height", "wanted"), RECURRENT)
def test_recurrence_with_cluster_errors_as_in_r(recurrent, gap, link, rows, events, height, wanted):
    panel, population, graph = recurrent
    own = None if gap else {"own": panel.shift(1, fill_value=0)}
    fit = ps.fit_event_history(
        ps.spells(panel, gap_days=gap), {"near": graph}, attributes=population, time_varying=own, memory=YESTERDAY, link=link,
        firth=False, panel=panel,
    )  # fmt: skip
    assert (fit.rows, fit.events) == (rows, events)
    assert fit.log_likelihood == pytest.approx(height, abs=1e-6)
    found = fit.to_frame()
    names = ["lp", "near"] if gap else ["lp", "own", "near"]
    numbers = found.loc[names, ["estimate", "standard_error", "robust_standard_error"]].to_numpy().ravel()
    assert numbers == pytest.approx(wanted, rel=1e-4)


def regression(seed, link, *, firth):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(3), 12)
    columns = rng.normal(size=(36, 2))
    joined = (rng.random(36) < 0.3).astype(float)
    return BinaryRegression(joined, group, columns, ("a", "b", "c", "x", "y"), link, firth)


@given(st.integers(0, 10**6), st.sampled_from(["cloglog", "logit"]), st.booleans())
@settings(deadline=None)
def test_gradient_and_curvature_are_those_of_differences(seed, link, firth):
    model = regression(seed, link, firth=firth)
    at = np.random.default_rng(seed + 1).normal(size=5)
    steps = 1e-5 * np.eye(5)
    slope = [(model.objective(at + step)[0] - model.objective(at - step)[0]) / 2e-5 for step in steps]
    assert model.objective(at)[1] == pytest.approx(slope, abs=1e-6, rel=1e-6)
    plain = regression(seed, link, firth=False)
    bent = [(plain.objective(at - step)[1] - plain.objective(at + step)[1]) / 2e-5 for step in steps]
    assert plain.observed_information(at) == pytest.approx(np.array(bent), abs=1e-5, rel=1e-5)


def test_a_plain_likelihood_agrees(sixty):
    """A second likelihood, row by row from the table of place-days."""
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, firth=False, observed_until=12)
    table = ps.person_days(onsets, graphs, attributes=population, observed_until=12)
    total = 0.0
    for row in table.itertuples():
        name = f"day {row.time}"
        if name in fit.params:
            eta = fit.params[name] + sum(fit.params[one] * getattr(row, one) for one in ("near", "hub", "lp"))
            chance = 1 - np.exp(-np.exp(eta))
            total += np.log(chance if row.joined else 1 - chance)
    assert fit.log_likelihood == pytest.approx(total, abs=1e-8)


def test_without_and_compare(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, firth=False, observed_until=12)
    test = fit.compare(fit.without("hub"))
    near = ps.fit_event_history(onsets, {"near": graphs["near"]}, attributes=population, firth=False, observed_until=12)
    assert test.statistic == pytest.approx(2 * (fit.log_likelihood - near.log_likelihood))
    assert test.reference == "χ² with 1 degree of freedom"
    assert test.p_value == pytest.approx(fit.tests.loc["hub", "p_value"])
    logit = ps.fit_event_history(onsets, graphs, attributes=population, firth=False, link="logit", observed_until=12)
    assert np.isnan(fit.compare(logit).p_value)
    with pytest.raises(ps.DataError, match="names must be"):
        fit.without("road")


def test_exposures_of_other_memories_are_not_nested(sixty):
    onsets, population, graphs = sixty
    call = {"attributes": population, "firth": False, "observed_until": 12}
    larger = ps.fit_event_history(onsets, graphs, memory=YESTERDAY, **call)
    smaller = ps.fit_event_history(onsets, {"near": graphs["near"]}, memory=ALL, **call)
    assert np.isnan(larger.compare(smaller).p_value)
    same = ps.fit_event_history(onsets, {"near": graphs["near"]}, memory=YESTERDAY, **call)
    assert np.isfinite(larger.compare(same).p_value)


def test_a_penalized_test_holds_the_penalty_of_the_larger_model(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, observed_until=12)
    test = fit.compare(fit.without("hub"))
    assert test.statistic == pytest.approx(2 * (fit.penalized_log_likelihood - fit.log_likelihood_without(("hub",))))
    assert test.statistic == pytest.approx(fit.tests.loc["hub", "statistic"])


def test_profile_ends_lie_where_the_likelihood_has_fallen(sixty):
    onsets, population, graphs = sixty
    for firth in (False, True):
        fit = ps.fit_event_history(
            onsets, {"near": graphs["near"]}, attributes=population, firth=firth, observed_until=12
        )
        low, high = fit.intervals(names=["near"]).loc["near"]
        held = np.array(fit.parameter_names) == "near"
        from protestspread.inference.likelihood.maximize import maximize_given

        for end in (low, high):
            height = maximize_given(fit.optimum.problem, int(held.argmax()), end, fit.optimum.coordinates)[0]
            assert fit.optimum.log_likelihood - height == pytest.approx(3.841459 / 2, rel=1e-4)
        assert low < fit.params["near"] < high


def test_simulated_spreads_have_the_fitted_probabilities(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, observed_until=12)
    observed = pd.DataFrame(fit.design.data.risk.activity.active.cumsum(axis=0) > 0, fit.expected().index, onsets.index)
    day = 5  # given all that happened before, the next day has the fitted probabilities
    many = fit.simulate(4000, given=observed.iloc[:day].astype(int), rng=1)
    next_day = many.values[:, day].mean(axis=0)
    wanted = fit.expected().iloc[day].to_numpy()
    at_risk = np.isfinite(wanted)
    error = np.sqrt(wanted * (1 - wanted) / 4000)[at_risk]
    assert (np.abs(next_day - wanted)[at_risk] < 4.5 * error).all()
    assert (next_day[~at_risk] == 1).all()
    again = fit.simulate(3, given=observed.iloc[:day].astype(int), rng=1)
    assert (again.values == many.values[:3]).all()


def test_simulated_spells_end_and_return(recurrent):
    panel, population, graph = recurrent
    fit = ps.fit_event_history(ps.spells(panel), {"near": graph}, attributes=population, memory=YESTERDAY, panel=panel)
    many = fit.simulate(60, rng=3)
    assert set(np.unique(many.values)) == {0, 1}
    active = panel.to_numpy()[1:].sum()
    assert many.values[:, 1:].sum(axis=(1, 2)).mean() == pytest.approx(active, rel=0.3)


def test_residuals_are_standard_normal_in_the_model(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, observed_until=12)
    found = fit.residuals("quantile", rng=1).pipe(values_of)
    assert len(found) == fit.rows
    assert abs(found.mean()) < 0.2
    assert found.std() == pytest.approx(1, abs=0.15)
    deviance = fit.residuals()
    mean, joined = fit.expected().pipe(values_of), fit.observed().pipe(values_of)
    loss = -2 * (joined * np.log(mean) + (1 - joined) * np.log(1 - mean)).sum()
    assert (deviance.pipe(values_of) ** 2).sum() == pytest.approx(loss)


def test_perfect_separation_is_named(sixty):
    onsets, _population, graphs = sixty
    outcome = onsets.notna().astype(float).rename("joined at all")
    call = {"attributes": outcome, "observed_until": 12}
    with pytest.raises(ps.FitError, match="'joined at all' tell the outcome without error"):
        ps.fit_event_history(onsets, graphs, firth=False, **call)
    fit = ps.fit_event_history(onsets, graphs, **call)
    assert fit.separated == ("joined at all",)
    assert "tells who joined without error" in fit.statement
    assert np.isfinite(fit.params).all()
    assert fit.converged


def test_what_the_data_do_not_tell_is_named(sixty):
    onsets, population, graphs = sixty
    curfew = pd.Series([0] * 6 + [1] * 6, index=pd.RangeIndex(1, 13, name="time"))
    twice = {"near": graphs["near"], "again": graphs["near"]}
    with pytest.raises(ps.DataError) as caught:
        ps.fit_event_history(onsets, twice, attributes=population, time_varying={"curfew": curfew}, observed_until=12)
    assert "'again' is collinear with 'near'" in str(caught.value)
    assert "'curfew' does not vary among the places at risk on each day" in str(caught.value)
    alone = ps.DiffusionGraph.from_edges(
        pd.DataFrame({"source": ["p01"], "target": ["p02"], "weight": [1.0]}), nodes=list(onsets.index)
    )
    with pytest.raises(ps.DataError, match="the network 'empty' exposes no place at risk"):
        ps.fit_event_history(onsets.mask(onsets.index == "p01"), {"empty": alone}, attributes=None, observed_until=12)


def test_splines_and_a_constant_keep_all_days(sixty):
    onsets, population, graphs = sixty
    call = {"attributes": population, "observed_until": 12, "firth": False}
    smooth = ps.fit_event_history(onsets, graphs, baseline="spline", time_varying={"late": pd.Series([0] * 9 + [1] * 3, pd.RangeIndex(1, 13, name="time"))}, **call)  # fmt: skip
    flat = ps.fit_event_history(onsets, graphs, baseline="none", **call)
    assert smooth.rows == flat.rows == 486
    assert flat.compare(smooth).to_frame()["parameters"].tolist() == [4, 9]
    assert "Shocks of single days are not held constant." in flat.caveats
    assert flat.expected().sum().sum() == pytest.approx(33)


def test_natural_splines_are_straight_outside_their_knots():
    knots = np.array([1.0, 3.0, 4.0, 8.0])
    basis = natural_spline(np.linspace(8, 20, 50), knots)
    assert np.abs(np.diff(basis, 2, axis=0)).max() < 1e-9
    assert basis.shape == (50, 3)


def test_a_group_graph_gets_its_flag(sixty):
    onsets, population, _graphs = sixty
    members = [f"p{number:02}" for number in range(1, 21)]
    pairs = pd.DataFrame([(a, b) for a in members for b in members if a != b], columns=["source", "target"])
    oil = ps.DiffusionGraph.from_edges(pairs.assign(weight=1.0), nodes=list(onsets.index))
    fit = ps.fit_event_history(onsets, {"oil": oil}, attributes=population, observed_until=12)
    assert "member of 'oil'" in fit.params
    assert "a flag of the group stands beside it" in fit.statement
    assert fit.without("oil").groups == ()


def test_places_without_a_population_are_left_out():
    case = ps.load_case("kazakhstan_2022")
    frame = case.cities[case.cities["in_frame"]].copy()
    first = ps.onsets(ps.count_events(case.events[~case.events["minor"]], case.cities))[frame.index]
    quiet = first.index[first.isna()][0]
    frame.loc[quiet, "population"] = np.nan
    fit = ps.fit_event_history(first, {"near": ps.nearest_graph(frame, k=4)}, cities=frame, observed_until="2022-01-08")
    assert fit.left_out == (quiet,)
    assert f"left out: {quiet}" in fit.statement


def test_unobserved_place_days_leave_the_likelihood(sixty):
    onsets, population, graphs = sixty
    dates = pd.to_datetime("2022-01-01") + pd.to_timedelta(onsets - 1, unit="D")
    panel = pd.DataFrame(0.0, pd.date_range("2022-01-01", periods=12, name="date"), onsets.index)
    never = onsets.index[onsets.isna()][0]
    panel.loc["2022-01-05", never] = np.nan
    call = {"attributes": population, "observed_until": "2022-01-12", "firth": False}
    whole, less = (ps.fit_event_history(dates, graphs, panel=one, **call) for one in (None, panel))
    assert (whole.rows, less.rows) == (442, 441)
    assert np.isnan(less.observed().loc["2022-01-05", never])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"link": "probit"}, "link must be"),
        ({"firth": 1}, "firth must be True or False"),
        ({"baseline": "week"}, "baseline must be"),
        ({"memory": {"near": ALL}}, "memory has none for the network 'hub'"),
        ({"observed_until": 3}, "observed_until must be at or after the last onset"),
        ({"attributes": "population"}, None),
        ({"attributes": ["seats"]}, "attributes needs cities"),
        ({"data": 3}, "data must be onsets"),
        ({"time_varying": {"near": 3}}, "names must differ"),
    ],
)
def test_bad_input(sixty, change, message):
    onsets, population, graphs = sixty
    call = {"data": onsets, "graphs": graphs, "attributes": population, "observed_until": 12} | change
    if message is None:
        assert "No attribute is held constant" in ps.fit_event_history(**call).statement
        return
    with pytest.raises(ps.ProtestSpreadError, match=message):
        ps.fit_event_history(**call)


def test_one_onset_a_day_on_which_all_join_and_no_onset():
    graph = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "C"], "weight": 1.0}))
    with pytest.raises(ps.DataError, match="at least one onset"):
        ps.fit_event_history(pd.Series({"A": np.nan, "B": np.nan, "C": np.nan}), graph)
    with pytest.raises(ps.DataError, match="must include places that joined after the first day"):
        ps.fit_event_history(pd.Series({"A": 1, "B": np.nan, "C": np.nan}), graph)
    with pytest.raises(ps.DataError, match="on each day all or none did"):
        ps.fit_event_history(pd.Series({"A": 1, "B": 2, "C": 2}), graph)


def test_placebo_networks(sixty):
    onsets, population, graphs = sixty
    fit = ps.fit_event_history(onsets, graphs, attributes=population, observed_until=12)
    test = fit.placebo_test("hub", permutations=39, rng=1)
    root = np.sign(fit.params["hub"]) * np.sqrt(fit.tests.loc["hub", "statistic"])
    assert test.statistic == pytest.approx(root, abs=1e-3)
    (country,) = test.placebos
    assert test.p_value == (1 + (country.draws >= test.statistic).sum()) / (len(country.draws) + 1)
    assert test.likelihood_p_value == pytest.approx(fit.tests.loc["hub", "p_value"] / 2, abs=1e-4)
    assert (fit.placebo_test("hub", permutations=39, rng=1).placebos[0].draws == country.draws).all()
    few = fit.placebo_test("hub", permutations=9, rng=1)
    assert few.verdict == "cannot tell"
    assert "9 placebo networks cannot give p ≤ 0.05" in few.sentence
    regions = {place: number % 2 for number, place in enumerate(onsets.index)}
    within = fit.placebo_test("hub", permutations=19, strata=regions, rng=1)
    assert [one.null for one in within.placebos] == ["places exchanged", "places exchanged within strata"]
    assert within.p_value == within.to_frame()["p_value"].max()
    assert within.figure().observed == pytest.approx(root, abs=1e-3)
    with pytest.raises(ps.DataError, match="network must be"):
        fit.placebo_test(permutations=19)


def test_a_claim_needs_every_null():
    from protestspread.models.placebo import Placebos, PlaceboTest

    draws = np.zeros(99)
    clear, unclear = Placebos("places exchanged", draws, 0.01), Placebos("places exchanged within strata", draws, 0.2)
    assert PlaceboTest("road", 3.0, 0.001, (clear, clear)).verdict == "consistent with transmission"
    assert PlaceboTest("road", 3.0, 0.001, (clear, unclear)).verdict == "no evidence of transmission"
    assert PlaceboTest("road", 1.0, 0.2, (clear, clear)).verdict == "no evidence of transmission"
    closed = Placebos("places exchanged", np.zeros(0), np.nan, "only 3 places were active")
    assert "Cannot tell whether 'road' carried the spread: only 3" in PlaceboTest("road", 1.0, 0.2, (closed,)).statement


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predictor": 3}, "predictor must be a DataFrame"),
        ({"predictor": pd.DataFrame({"A": [np.nan], "B": [0.0]})}, "predictor must hold numbers below infinity"),
        ({"networks": {"road": np.eye(2)}}, "must be a sparse matrix"),
        ({"coefficients": {}}, r"coefficients\['road'\] must be a number"),
        ({"memories": {"road": 3}}, r"memories\['road'\] must be a memory"),
        ({"link": "probit"}, "link must be"),
        ({"durations": (0,)}, "durations must be a whole number"),
        ({"gap_days": -1}, "gap_days must be"),
    ],
)
def test_a_model_that_is_not_valid(change, message):
    from scipy import sparse

    call = {
        "predictor": pd.DataFrame({"A": [0.0], "B": [0.0]}), "networks": {"road": sparse.csr_array((2, 2))},
        "coefficients": {"road": 1.0}, "memories": {"road": ps.Since()},
    }  # fmt: skip
    ps.EventHistoryModel(**call)
    with pytest.raises(ps.DataError, match=message):
        ps.EventHistoryModel(**call | change)
