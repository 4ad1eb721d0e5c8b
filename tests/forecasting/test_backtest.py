"""Backtests: nothing of the future is used, scores are those of the forecasts, and failures are named."""

import numpy as np
import pandas as pd
import pytest

import protestspread as ps
from protestspread.forecasting.baselines import BASELINES, PastDays
from protestspread.random_streams import replicate_rng

FEW = {"draws": 60, "rng": 5, "baselines": ["persistence"], "parameters": "estimate"}
POPULATION = pd.Series([600.0, 500.0, 400.0, 300.0, 200.0, 100.0], index=list("ABCDEF"))


def counted(past, graphs):
    return ps.fit_endemic_epidemic(past, graphs, endemic=ps.Terms())


def timed(past, graphs):
    return ps.fit_tada(ps.onsets(past), graphs, observed_until=past.index[-1])


def history(past, graphs):
    return ps.fit_event_history(
        ps.onsets(past), graphs, attributes=None, baseline="none", observed_until=past.index[-1]
    )


@pytest.fixture(scope="module")
def joining(first):
    """1 from the onset on, over eight days; E joins on the seventh."""
    days = pd.date_range("2022-01-01", periods=8, name="date")
    first = first.copy()
    first["E"] = days[6]
    return pd.DataFrame({place: (days >= first[place]).astype(int) for place in first.index}, index=days)


def test_each_fit_sees_its_past_only(counts, ring):
    seen = []

    def graphs(past):
        seen.append(("graphs", past.index[-1]))
        return ring

    def fit(past, given):
        assert given is ring
        seen.append(("fit", past.index[-1]))
        return counted(past, given)

    result = ps.backtest(fit, counts, graphs, start="2022-02-27", horizons=[1, 2], **FEW)
    days = pd.date_range("2022-02-27", "2022-03-02")
    assert seen == [(what, day) for day in days for what in ("graphs", "fit")]
    assert result.days == 4
    assert result.scores.groupby("horizon")["origin"].nunique().to_dict() == {1: 4, 2: 3}


def test_what_comes_after_a_target_changes_nothing(counts, ring):
    other = counts.copy()
    other.iloc[-2:] = 50
    found = [
        ps.backtest(counted, panel, ring, start="2022-02-27", horizons=[1, 2], **FEW).scores
        for panel in (counts, other)
    ]
    before = [table[table["origin"] <= "2022-02-27"].reset_index(drop=True) for table in found]
    assert before[0].equals(before[1])
    assert not found[0].equals(found[1])


@pytest.mark.parametrize("how", ["estimate", "sampled"])
def test_scores_are_those_of_the_forecast(counts, ring, how):
    result = ps.backtest(
        counted, counts, ring, start="2022-02-28", horizons=[3], draws=80, baselines=[], parameters=how, rng=5
    )
    row = counts.index.get_loc(pd.Timestamp("2022-02-28"))
    ahead = ps.forecast(
        counted(counts.iloc[: row + 1], ring), days=3, draws=80, parameters=how, rng=replicate_rng(5, row)
    )
    drawn, y = ahead.values[:, 2], counts.iloc[row + 3].to_numpy()
    total = drawn.sum(axis=1)
    found = result.scores.iloc[0]
    assert found["crps_total"] == pytest.approx(ps.crps(total, y.sum()))
    assert found["crps_places"] == pytest.approx(ps.crps(drawn, y).mean())
    assert found["log_score"] == pytest.approx(ps.log_score(drawn, y).mean())
    assert found["energy_score"] == pytest.approx(ps.energy_score(drawn, y))
    assert (found["low"], found["high"]) == pytest.approx(tuple(np.quantile(total, [0.1, 0.9])))
    levels = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
    assert found["interval_score"] == pytest.approx(
        ps.weighted_interval_score(dict(zip(levels, np.quantile(total, levels), strict=True)), y.sum())
    )
    assert result.pit.loc[("model", 3)].to_numpy() == pytest.approx(ps.pit(drawn, y).to_numpy())


@pytest.mark.parametrize("fit", [timed, history])
def test_onsets_are_scored_where_places_had_not_joined(joining, ring, fit):
    result = ps.backtest(
        fit,
        joining,
        {"ring": ring},
        start="2022-01-05",
        horizons=[1, 2],
        population=POPULATION,
        draws=300,
        parameters="estimate",
        rng=5,
    )
    assert not len(result.failures)
    assert set(result.scores["forecast"]) == {"model", *BASELINES}
    model = result.scores[result.scores["forecast"] == "model"].set_index(["origin", "horizon"])
    assert model["places"].tolist() == [2, 2, 2, 2, 1]
    assert model["observed"].tolist() == [0, 1, 1, 1, 0]
    ahead = ps.forecast(
        fit(joining.iloc[:5], {"ring": ring}), days=2, draws=300, parameters="estimate", rng=replicate_rng(5, 4)
    )
    chance = ahead.mean().iloc[1][["E", "F"]].to_numpy()
    assert model.iloc[1]["brier_score"] == pytest.approx(((chance - [1, 0]) ** 2).mean())
    smooth = (chance * 300 + 0.5) / 301
    assert model.iloc[1]["log_score"] == pytest.approx(-np.log([smooth[0], 1 - smooth[1]]).mean())
    nobody = result.scores[result.scores["forecast"] == "persistence"]
    assert nobody["crps_total"].tolist() == nobody["observed"].tolist()
    onsets = result.onsets.loc[("persistence", 1)]
    assert onsets[["brier_score", "forecasts", "resolution"]].tolist() == pytest.approx([1 / 5, 5, 0])


def test_onsets_of_counts_are_of_places_without_events(counts, ring):
    panel = counts.copy()
    panel.loc[:"2022-03-01", "F"] = 0
    result = ps.backtest(counted, panel, ring, start="2022-02-28", horizons=[1, 3], **FEW)
    assert result.onsets["forecasts"].tolist() == [2, 1, 2, 1]  # F until its first event
    assert result.onsets.loc[("persistence", 3), "brier_score"] == 1


def test_activity_that_returns(counts, ring):
    active = (counts > 2).astype(int)

    def fit(past, graphs):
        return ps.fit_event_history(
            ps.spells(past), graphs, attributes=None, memory=ps.Days(2), baseline="none", panel=past
        )

    result = ps.backtest(
        fit,
        active,
        {"ring": ring},
        start="2022-02-28",
        horizons=[1],
        population=POPULATION,
        draws=50,
        parameters="estimate",
        rng=1,
    )
    assert not len(result.failures)
    assert result.scores["observed"].max() <= 6
    assert result.scores["crps_places"].max() <= 1


def past_of(panel, response, **options):
    return PastDays(panel, response, 2, 4_000, options.get("population"), "estimate")


def test_simple_baselines_of_counts(counts):
    rng, past = np.random.default_rng(1), past_of(counts, "counts")
    assert (BASELINES["persistence"](past, rng) == counts.iloc[-1].to_numpy()).all()
    mean = counts.iloc[-3:].mean().to_numpy()
    assert BASELINES["last days' mean"](past, rng).mean(axis=(0, 1)) == pytest.approx(
        mean, abs=4 * np.sqrt(mean.max() / 8000)
    )
    unknown = counts.astype(float)
    unknown.iloc[-1, 0] = np.nan
    past = past_of(unknown, "counts")
    assert BASELINES["persistence"](past, rng)[0, 0, 0] == counts.iloc[-2, 0]
    assert BASELINES["last days' mean"](past, rng)[..., 0].mean() == pytest.approx(
        counts.iloc[-4:-1, 0].mean(), abs=0.2
    )
    for name in ("persistence", "last days' mean"):
        with pytest.raises(ps.DataError, match=r"^panel has no observed day of 1 places"):
            BASELINES[name](past_of(unknown.assign(B=np.nan), "counts"), rng)


def test_a_homogeneous_epidemic_of_counts_shares_the_total(counts):
    drawn = BASELINES["homogeneous epidemic"](past_of(counts, "counts"), np.random.default_rng(1))
    total = counts.sum(axis=1).to_frame("all")
    fit = ps.fit_endemic_epidemic(total, None, neighbors=None, endemic=ps.Terms())
    expected = np.exp(fit.params["endemic"]) + np.exp(fit.params["own"]) * total.iloc[-1, 0]
    shares = (counts.sum().to_numpy() + 1 / 6) / (counts.to_numpy().sum() + 1)
    variance = expected * (1 + fit.overdispersion * expected)
    assert drawn[:, 0].mean(axis=0) == pytest.approx(expected * shares, abs=4 * np.sqrt(variance / 4000))


def test_population_rank_of_counts_ranks_places(counts):
    sizes = counts + np.array([9, 7, 5, 3, 2, 1])
    drawn = BASELINES["population rank"](past_of(sizes, "counts", population=POPULATION), np.random.default_rng(1))
    means = drawn.mean(axis=(0, 1))
    assert (np.diff(means) < 0).all()
    assert means.sum() == pytest.approx(sizes.sum(axis=1).mean(), rel=0.1)
    with pytest.raises(ps.DataError, match=r"^population has no value for F"):
        BASELINES["population rank"](past_of(sizes, "counts", population=POPULATION[:5]), np.random.default_rng(1))


def test_simple_baselines_of_onsets(joining):
    rng, past = np.random.default_rng(1), past_of(joining.iloc[:5], "joined", population=POPULATION)
    assert (BASELINES["persistence"](past, rng)[:, 1] == [1, 1, 1, 1, 0, 0]).all()
    drawn = BASELINES["last days' mean"](past, rng)  # one onset (D) of 3 + 3 + 2 place-days at risk
    assert drawn[:, 0, 4:].mean() == pytest.approx(1 / 8, abs=0.02)
    assert drawn[:, 1, 4:].mean() == pytest.approx(1 - (7 / 8) ** 2, abs=0.03)
    assert (drawn[:, 1] >= drawn[:, 0]).all()
    alike = BASELINES["homogeneous epidemic"](past, rng)
    assert alike[:, 0, 4].mean() == pytest.approx(alike[:, 0, 5].mean(), abs=0.05)
    by_rank = BASELINES["population rank"](past, rng)
    assert by_rank[:, 1, 4].mean() > by_rank[:, 1, 5].mean()


def test_what_was_not_observed_is_not_scored(counts, ring):
    panel = counts.astype(float)
    panel.loc["2022-03-02", ["A", "B"]] = np.nan
    result = ps.backtest(counted, panel, ring, start="2022-02-28", horizons=[1], **FEW)
    model = result.scores[result.scores["forecast"] == "model"].set_index("origin")
    assert model["places"].tolist() == [6, 4]  # and no forecast can start from the day itself
    assert model["observed"].iloc[1] == counts.loc["2022-03-02", list("CDEF")].sum()
    assert result.failures["reason"].str.contains("observed rows").tolist() == [True]
    assert result.failures["origin"].tolist() == [pd.Timestamp("2022-03-02")]


def test_an_onset_on_a_day_that_was_not_observed_is_unknown(joining, ring):
    panel = joining.astype(float)
    panel.loc["2022-01-06":"2022-01-07", ["E", "F"]] = np.nan
    result = ps.backtest(timed, panel, {"ring": ring}, start="2022-01-05", horizons=[1, 3], **FEW)
    model = result.scores[result.scores["forecast"] == "model"].set_index(["origin", "horizon"])
    assert model.loc[("2022-01-05", 1), "places"] == 0
    assert model.loc[("2022-01-05", 1), ["crps_places", "crps_total", "low"]].isna().all()
    assert model.loc[("2022-01-05", 3), "places"] == 1  # E was seen to have joined


def test_failures_are_named_by_day(counts, ring):
    def fit(past, graphs):
        if past.index[-1].day == 1:
            raise ps.FitError("no maximum was found", fix="try again")
        return counted(past, graphs)

    result = ps.backtest(fit, counts, ring, start="2022-02-28", horizons=[1, 30], draws=60, rng=5)
    rows = result.failures.set_index("forecast")
    assert rows.loc["population rank"].tolist() == [pd.NaT, "population must be given"]
    assert rows.loc["model", "reason"].tolist() == [
        "no day of the panel is 30 days after start",
        "no maximum was found",
    ]
    assert rows.loc["model", "origin"].tolist() == [pd.NaT, pd.Timestamp("2022-03-01")]
    assert "no maximum was found" not in result.sentence
    assert "population rank, 1 (first: population must be given)" in result.statement
    assert result.days == 2


def test_a_search_that_did_not_end_is_a_failure(counts, ring, monkeypatch):
    monkeypatch.setattr("protestspread.inference.likelihood.maximize.Optimum.converged", False)
    result = ps.backtest(counted, counts, ring, start="2022-02-28", horizons=[1], **FEW)
    assert set(result.failures["reason"]) == {"the fit did not converge"}
    assert result.sentence.startswith("No forecast could be made")
    assert not len(result.summary())
    assert result.days == 0
    with pytest.raises(ps.DataError, match=r"^result has no forecasts"):
        result.figure()


def test_means_are_of_the_days_of_all_forecasts(counts, ring, monkeypatch):
    def sometimes(past, rng):
        if len(past.panel) % 2:
            raise ps.FitError("odd")
        return BASELINES["persistence"](past, rng)

    monkeypatch.setitem(BASELINES, "last days' mean", sometimes)
    options = {**FEW, "baselines": ["persistence", "last days' mean"]}
    result = ps.backtest(counted, counts, ring, start="2022-02-26", horizons=[1], **options)
    means = result.summary()
    assert means["days"].tolist() == [2, 2, 2]
    assert means.loc[("persistence", 1)].equals(means.loc[("last days' mean", 1)])
    assert result.scores["forecast"].value_counts().to_dict() == {"model": 5, "persistence": 5, "last days' mean": 2}


def test_the_frame_may_be_chosen_from_the_past(counts, ring):
    def graphs(past):
        return ring.subgraph(list(past.columns[past.iloc[-5:].sum() > 5]))

    def fit(past, given):
        return counted(past[given.nodes], given)

    result = ps.backtest(fit, counts, graphs, start="2022-02-26", horizons=[1], **FEW)
    assert result.scores["places"].between(2, 6).all()
    assert result.scores.groupby("origin")["places"].nunique().eq(1).all()


def test_no_place_is_named(counts, ring):
    panel = counts.rename(columns={place: f"Place {place}" for place in counts})
    graph = ps.DiffusionGraph.from_edges(
        pd.DataFrame(
            [(f"Place {a}", f"Place {b}") for a, b in zip("ABCDEF", "BCDEFA", strict=True)],
            columns=["source", "target"],
        )
    )
    result = ps.backtest(counted, panel, graph, start="2022-02-28", horizons=[1], **FEW)
    tables = (result.scores, result.pit, result.onsets, result.failures, result.summary(), result.to_frame())
    assert not any("Place" in table.to_string() for table in tables)
    assert "Place" not in repr(result) + result._repr_html_()


def test_the_sentence_says_how_much_is_known(counts, ring):
    result = ps.backtest(counted, counts, ring, start="2022-02-26", horizons=[2, 1], **FEW)
    assert result.sentence.startswith(
        "Forecasts were made on 5 days (26 February 2022 to 2 March 2022); 1 day ahead, the mean CRPS"
    )
    assert "effective n is 5 days, not place-days" in result.sentence
    assert "differences are not tested" in result.sentence
    assert not any(word in result.statement for word in ("p =", "p <", "significant"))
    figure = result.figure(horizon=2)
    assert figure.observed.index.equals(pd.date_range("2022-02-28", "2022-03-03", name="date"))
    assert (figure.filled == ~figure.observed.between(figure.low, figure.high)).all()
    with pytest.raises(ps.DataError, match=r"^horizon must be one of 1, 2"):
        result.figure(horizon=3)


def test_the_true_kind_of_model_beats_persistence(counts, ring):
    result = ps.backtest(counted, counts, ring, start="2022-02-10", horizons=[1], **FEW)
    means = result.summary()
    for score in ("crps_places", "log_score", "energy_score"):
        assert means.loc[("model", 1), score] < means.loc[("persistence", 1), score]


def test_the_same_seed_gives_the_same_scores(counts, ring):
    first, second = (ps.backtest(counted, counts, ring, start="2022-02-28", **FEW).scores for _ in range(2))
    assert first.equals(second)
    later = ps.backtest(counted, counts, ring, start="2022-03-01", **FEW).scores
    shared = first[first["origin"] >= "2022-03-01"].reset_index(drop=True)
    assert shared.equals(later)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"start": "03.01.2022"}, "start must be"),
        ({"start": "2021-01-01"}, "start must be a date of the panel"),
        ({"start": "2022-03-03"}, "start must be a date of the panel, at least 1 day before its last"),
        ({"horizons": []}, "horizons must have"),
        ({"horizons": [0]}, "horizons must be"),
        ({"horizons": 3}, "horizons must be"),
        ({"baselines": ["luck"]}, "baselines must be"),
        ({"baselines": "persistence"}, "baselines must be"),
        ({"draws": 1}, "draws must be"),
        ({"parameters": "bayes"}, "parameters must be"),
        ({"population": [1]}, "population must be"),
        ({"future": pd.DataFrame({"a": [1]})}, "future must be"),
        ({"rng": -1}, "rng must be"),
        ({"future": {"snow": 1}, "start": "2022-02-28"}, None),
    ],
)
def test_errors_begin_with_the_argument(counts, ring, options, names):
    call = {"start": "2022-02-28", **FEW} | options
    if names is None:
        failures = ps.backtest(counted, counts, ring, **call).failures.dropna()
        assert failures["reason"].str.startswith("future must have names").tolist() == [True] * 3
        return
    with pytest.raises(ps.DataError, match=f"^{names}"):
        ps.backtest(counted, counts, ring, **call)


def test_the_data_of_a_fit_must_end_on_the_day_of_the_forecast(joining, ring):
    """An event history ends on its last onset by default, and a fit could know the future."""

    def until(day):
        return lambda past, graphs: ps.fit_tada(ps.onsets(past), graphs, observed_until=day or past.index[-1])

    for day in ("2022-01-07", "2022-01-04"):
        with pytest.raises(ps.DataError, match=r"^fit_function must return a fit whose data end on 2022-01-05"):
            ps.backtest(until(day), joining, {"ring": ring}, start="2022-01-05", horizons=[1], **FEW)


def test_nobody_at_risk_is_no_score(joining, ring):
    panel = joining.copy()
    panel.loc["2022-01-06":, ["E", "F"]] = 1
    result = ps.backtest(timed, panel, {"ring": ring}, start="2022-01-05", horizons=[1], **FEW)
    model = result.scores[result.scores["forecast"] == "model"]
    assert model["places"].tolist() == [2, 0, 0]
    assert model["crps_total"].isna().tolist() == [False, True, True]
    means = result.summary()
    assert means.loc[("model", 1), "crps_total"] == model["crps_total"].iloc[0]
    assert means.loc[("persistence", 1), "covered"] == 0
    assert np.isfinite(result.pit.to_numpy()).all()


def test_functions_must_return_fits_of_the_panel(counts, ring):
    def elsewhere(past, graphs):
        return counted(
            past.rename(columns={"A": "Z"}),
            ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["Z"], "target": ["B"]}), nodes=list("ZBCDEF")),
        )

    for fit, names in (
        (None, "fit_function must be"),
        (lambda *_: 3, "fit_function must be"),
        (elsewhere, "fit_function must return"),
    ):
        with pytest.raises(ps.DataError, match=f"^{names}"):
            ps.backtest(fit, counts, ring, start="2022-02-28", **FEW)
    with pytest.raises(ps.SchemaError, match=r"^panel"):
        ps.backtest(counted, counts.reset_index(), ring, start="2022-02-28")


@pytest.mark.parametrize("horizons", [np.array(2), [], "1", [0], None])
def test_horizons_that_are_not_a_list_of_days_are_named(panel, ring, horizons):
    with pytest.raises(ps.DataError, match="horizons must"):
        ps.backtest(counted, panel, ring, start="2022-02-28", horizons=horizons, **FEW)
