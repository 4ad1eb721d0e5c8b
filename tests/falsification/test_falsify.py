"""Contagion held against its rivals: statistics by hand, verdicts, refusals, files."""

import geopandas as gpd
import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

import protestspread as ps
from protestspread.falsification.falsify import refits_of
from protestspread.falsification.rivals import check_rivals
from protestspread.falsification.spread_statistics import SpreadStatistics, distances_between
from protestspread.random_streams import replicate_rng

DAYS = 12


@pytest.fixture(scope="module")
def towns():
    """Thirty-six towns on a grid of 50 km, in four regions."""
    x, y = (values.ravel() / 2 for values in np.meshgrid(np.arange(6), np.arange(6)))
    population = np.random.default_rng(3).lognormal(10, 1, 36).round()
    region = [f"{int(a > 1.2)}{int(b > 1.2)}" for a, b in zip(x, y, strict=True)]
    names = pd.Index([f"t{number:02}" for number in range(36)], name="city")
    return gpd.GeoDataFrame(
        {"population": population, "region_id": region}, index=names, geometry=gpd.points_from_xy(x, y), crs=4326
    )


@pytest.fixture(scope="module")
def near(towns):
    return ps.distance_graph(towns, within_km=60)


@pytest.fixture(scope="module")
def size(towns):
    log = np.log(towns["population"]).rename("log population")
    return log - log.mean()


@pytest.fixture(scope="module")
def onsets(towns, near):
    """A spread along the grid from one corner."""
    rng, days = np.random.default_rng(8), np.full(36, np.inf)
    days[0] = 1
    for day in range(2, DAYS + 1):
        rate = 0.004 + 0.5 * ((days < day) @ near.matrix.toarray())
        days[(days == np.inf) & (rng.random(36) < -np.expm1(-rate))] = day
    return pd.Series(np.where(days <= DAYS, days, np.nan), index=towns.index)


def times(onsets, near, size):
    return ps.fit_tada(
        onsets,
        {"near": near},
        observed_until=DAYS,
        observed_from=0,
        time="daily",
        attributes=size,
        effect="multiplicative",
    )


FITS = {
    "times": times,
    "order": lambda onsets, near, size: ps.fit_oada(
        onsets, {"near": near}, attributes=size, effect="multiplicative", ties="efron"
    ),
    "history": lambda onsets, near, size: ps.fit_event_history(
        onsets.astype("Int64").astype(float), {"near": near}, attributes=size, observed_until=DAYS, baseline="none"
    ),
}


@pytest.fixture(scope="module", params=FITS)
def fit(request, onsets, near, size):
    return FITS[request.param](onsets, near, size)


@pytest.fixture(scope="module")
def found(onsets, near, size, towns):
    return ps.falsify(times(onsets, near, size), towns, draws=39, rng=1)


class TestStatistics:
    def statistics(self, days, regions=None):
        ties = sp.coo_array(np.diag(np.ones(len(days) - 1), 1))
        return dict(
            zip(
                (names := SpreadStatistics(ties, regions, None, None)).names, names.of(np.array([days]))[0], strict=True
            )
        )

    def test_concentration_and_lags_by_hand(self):
        found = self.statistics([1.0, 1.0, 2.0, 4.0, np.inf])
        assert found["concentration on days"] == pytest.approx((4 + 1 + 1) / 16)
        assert found["tied onsets on one day"] == pytest.approx(1 / 3)  # ties 1-2, 2-3, 3-4 with lags 0, 1, 2
        assert found["tied onsets 1 day apart"] == pytest.approx(1 / 3)
        assert found["tied onsets 2 days apart"] == pytest.approx(1 / 3)

    def test_seeds_are_no_onsets(self):
        found = self.statistics([0.0, 1.0, 2.0, 4.0, np.inf])
        assert found["concentration on days"] == pytest.approx(1 / 3)
        assert found["tied onsets on one day"] == 0

    def test_pairs_within_regions_by_hand(self):
        days, regions = [1.0, 2.0, 5.0, 9.0, np.inf], np.array([0, 0, 1, 1, 1])
        # two pairs within regions, one of them close; one of all six pairs is close: expected 2 / 6
        assert self.statistics(days, regions)["pairs of onsets within regions"] == pytest.approx(
            (1 - 1 / 3) / (1 / 3) ** 0.5
        )

    def test_exponents_are_those_of_the_decomposition(self, towns):
        days = np.random.default_rng(2).integers(1, 20, 36).astype(float)
        days[days > DAYS] = np.inf
        dates = pd.Series(days, towns.index).replace(np.inf, np.nan)
        dates = pd.Timestamp("2022-01-01") + pd.to_timedelta(dates, unit="D")
        by_hand = ps.decompose_diffusion(dates, towns, observed_until="2022-02-01", simulations=0)
        log = np.log(towns["population"].to_numpy())
        far = distances_between(towns.geometry.x.to_numpy(), towns.geometry.y.to_numpy())
        statistics = SpreadStatistics(sp.coo_array((36, 36)), None, log - log.mean(), far)
        found = statistics.of(np.array([days, days[::-1]]))
        assert found[0, :2] == pytest.approx(by_hand.params.to_numpy(), abs=1e-5)
        assert abs(found[1, :2] - found[0, :2]).max() > 0.01

    def test_nobody_joined(self):
        assert set(self.statistics([np.inf] * 4, np.zeros(4, dtype=int)).values()) == {0.0}


class TestRefits:
    def test_the_refit_of_the_data_is_the_fit(self, fit):
        refits = refits_of(fit, [])
        full = fit.compare(fit.without("near")).to_frame()
        ratio = 2 * (full["log_likelihood"].max() - full["log_likelihood"].min())
        firth = getattr(fit, "firth", False)  # refits are not penalized
        assert refits.likelihood_ratio(refits.observed) == pytest.approx(ratio, abs=2.0 if firth else 1e-6)

    def test_draws_of_the_fit_have_its_days(self, fit):
        refits = refits_of(fit, [])
        days = np.array([refits.draw(replicate_rng(1, number)) for number in range(20)])
        joined = days[np.isfinite(days)]
        assert (joined >= 0).all()
        assert joined.max() <= DAYS
        assert np.std(np.isfinite(days).sum(axis=1)) > 0 or isinstance(fit, ps.OADAFit)

    @pytest.mark.parametrize(("world", "groups"), [(ps.CommonDaysWorld(), None), (ps.RegionalDaysWorld(), "region_id")])
    def test_days_are_kept(self, fit, towns, world, groups):
        refits = refits_of(fit, [])
        codes = np.zeros(36, dtype=int) if groups is None else pd.factorize(towns[groups])[0]
        spread, rng = refits.null(towns["population"].to_numpy(), codes), replicate_rng(2, 0)
        days = refits.as_observed(world.onset_days(spread, rng), rng)
        for code in np.unique(codes):
            assert np.sort(days[codes == code]).tolist() == np.sort(refits.observed[codes == code]).tolist()
        assert (days != refits.observed).any()


class TestVerdict:
    @pytest.mark.parametrize("kind", ["order", "history"])
    def test_of_other_fits(self, kind, onsets, near, size, towns):
        found = ps.falsify(FITS[kind](onsets, near, size), towns, rivals=["common shock"], draws=39, rng=1)
        assert found.verdict == "fits only contagion", found.statement

    def test_a_spread_along_ties_fits_only_contagion(self, found):
        assert found.verdict == "fits only contagion", found.statement
        assert "consistent with contagion" in found.statement
        assert found.power > 0.3
        others = found.confusion["called_contagion"].iloc[:-1]
        assert others.max() <= 0.1

    def test_its_tables(self, found):
        assert found.rival_p_values.index.tolist() == [
            "attributes", "regional shocks", "common shock", "reporting delay", "the fit",
        ]  # fmt: skip
        assert len(found.p_values) == 8
        assert (found.clouds.groupby(level=["rival", "world"]).size() == 39).all()
        table = found.table
        assert table.index.names == ["rival", "world", "statistic"]
        assert (table["low"] <= table["high"]).all()
        assert table["tail"].between(2 / 40, 1).all()
        cloud = found.clouds.xs("attributes", level="rival")["concentration on days"]
        row = table.xs("concentration on days", level="statistic").loc["attributes"].iloc[0]
        assert row[["low", "median", "high"]].tolist() == pytest.approx(np.quantile(cloud, [0.025, 0.5, 0.975]))
        reached = min((cloud <= row["observed"]).sum(), (cloud >= row["observed"]).sum())
        assert row["tail"] == pytest.approx(min(1, 2 * (1 + reached) / 40))

    def test_days_without_ties_do_not(self, towns, near, size):
        """Days by chance: rivals fit as well, or it cannot be told."""
        days = np.random.default_rng(4).integers(1, 30, 36).astype(float)
        onsets = pd.Series(np.where(days <= DAYS, days, np.nan), index=towns.index)
        found = ps.falsify(times(onsets, near, size), towns, rivals=["attributes"], draws=39, rng=1)
        assert found.verdict.startswith(("cannot tell (power", "fits these rivals as well"))
        assert found.fitting

    def test_the_days_of_one_cause_are_not_taken_for_contagion(self, towns, near, size):
        days = np.where(np.arange(36) % 3 > 0, 6.0, np.random.default_rng(4).integers(1, 20, 36))
        onsets = pd.Series(np.where(days <= DAYS, days, np.nan), index=towns.index)
        found = ps.falsify(times(onsets, near, size), towns, rivals=["attributes", "common shock"], draws=39, rng=1)
        assert "common shock" in found.fitting

    def test_a_rival_without_its_data_leaves_it_open(self, onsets, near, size, towns):
        found = ps.falsify(
            times(onsets, near, size),
            towns.drop(columns="region_id"),
            rivals=["common shock", "regional shocks"],
            draws=39,
            rng=1,
        )
        assert found.verdict == "cannot tell (regional shocks not tried)"
        assert "'regional shocks' was not tried: regions are not known (strata)." in found.statement
        assert "pairs of onsets within regions" not in found.observed
        bare = ps.falsify(times(onsets, near, size), rivals=["common shock"], draws=39, rng=1)
        assert bare.verdict == "fits only contagion"
        assert "populations or positions are not known" in bare.statement

    def test_it_is_drawn(self, found):
        figure = found.figure()
        assert figure.low.index.tolist() == found.rival_p_values.index.tolist()
        assert figure.low.columns.tolist() == found.observed.index.tolist()
        best = found.p_values.xs("reporting delay").idxmax()
        rows = found.table[found.table.index.get_level_values("world") == best]
        assert figure.high.loc["reporting delay"].tolist() == rows["high"].tolist()
        assert figure.outside.loc["attributes", "likelihood ratio of the networks"]
        panel = found.plot(title="A wave").child_axes[0]
        assert [label.get_text() for label in panel.get_yticklabels()] == figure.low.index.tolist()
        assert {"p = 0.025", "observed 0.0828"} & {text.get_text() for text in panel.texts}


def test_the_same_draws_in_any_order_and_in_workers(onsets, near, size, towns):
    fit, options = times(onsets, near, size), {"draws": 39, "rng": 3}
    whole = ps.falsify(fit, towns, rivals=["attributes", "common shock"], **options)
    alone = ps.falsify(fit, towns, rivals=["common shock"], **options)
    pd.testing.assert_frame_equal(alone.clouds, whole.clouds.loc[["common shock", "the fit"]], check_exact=True)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        again = ps.falsify(fit, towns, rivals=["common shock"], **options)
    pd.testing.assert_frame_equal(alone.clouds, again.clouds, check_exact=True)


def test_a_stopped_call_goes_on(onsets, near, size, towns, tmp_path, monkeypatch):
    fit, path = times(onsets, near, size), tmp_path / "clouds.parquet"
    whole = ps.falsify(fit, towns, rivals=["attributes"], draws=45, rng=3)
    part = ps.falsify(fit, towns, rivals=["attributes"], draws=39, path=path, rng=3)
    assert len(part.clouds) == 2 * 39
    drawn = []
    monkeypatch.setattr(ps.AttributesWorld, "onset_days", _counted(ps.AttributesWorld.onset_days, drawn))
    resumed = ps.falsify(fit, towns, rivals=["attributes"], draws=45, path=path)
    pd.testing.assert_frame_equal(resumed.clouds, whole.clouds, check_exact=True)
    assert len(drawn) == 6
    with pytest.raises(ps.FileError, match="belongs to a call with other arguments"):
        ps.falsify(fit, towns, rivals=["attributes"], draws=45, path=path, rng=4)
    later = ps.Rival("late", (ps.ReportingDelayWorld(days=1.0),))
    ps.falsify(fit, towns, rivals=[later], draws=39, path=tmp_path / "late.parquet", rng=3)
    other = ps.Rival("late", (ps.ReportingDelayWorld(days=9.0),))  # in the same words
    with pytest.raises(ps.FileError, match="belongs to a call with other arguments"):
        ps.falsify(fit, towns, rivals=[other], draws=39, path=tmp_path / "late.parquet", rng=3)
    path.write_text("text")
    with pytest.raises(ps.FileError, match="no file of simulated spreads"):
        ps.falsify(fit, towns, rivals=["attributes"], draws=45, path=path)


def _counted(function, calls):
    def counted(*given):
        calls.append(1)
        return function(*given)

    return counted


class TestBadInput:
    @pytest.mark.parametrize(
        ("rivals", "message"),
        [
            (["homophily"], "rivals must be names, worlds or Rival values"),
            ("attributes", "rivals must be a list"),
            ([], "rivals must be a list"),
            (["attributes", "attributes"], "got 'attributes' twice"),
        ],
    )
    def test_rivals(self, rivals, message):
        with pytest.raises(ps.DataError, match=message):
            check_rivals(rivals)

    def test_a_world_and_a_value_are_rivals(self):
        own = ps.Rival("frailty", (ps.RegionalShockWorld(0.5),))
        assert [one.name for one in check_rivals([own, ps.AttributesWorld()])] == ["frailty", "attributes alone"]
        with pytest.raises(ps.DataError, match="worlds must be a tuple of worlds"):
            ps.Rival("frailty", ("regional",))

    def test_one_onset_one_day_and_no_attributes(self, near, size, towns, onsets):
        one = onsets.where(onsets.index == onsets.idxmin())
        options = {"observed_until": DAYS, "observed_from": 0, "time": "daily"}
        with pytest.raises(ps.DataError, match=r"at least 5 onsets on at least two days; it has 3 on 2"):
            three = one.copy()
            three.iloc[[1, 6]] = 3.0
            ps.falsify(ps.fit_tada(three, {"near": near}, attributes=size, **options), towns)
        together = onsets.where(onsets.isna(), 3.0)
        with pytest.raises(ps.DataError, match=r"on at least two days; it has \d+ on 1"):
            ps.falsify(ps.fit_tada(together, {"near": near}, attributes=size, **options), towns)
        with pytest.raises(ps.DataError, match="no attributes, which the rival 'attributes' needs"):
            ps.falsify(ps.fit_tada(onsets, {"near": near}, **options), towns)
        with pytest.raises(ps.DataError, match="fit has no networks"):
            ps.falsify(ps.fit_tada(onsets, {}, attributes=size, **options), towns)

    def test_other_fits(self, near, size, onsets, towns):
        continuous = ps.fit_tada(onsets, {"near": near}, observed_until=DAYS, observed_from=0, attributes=size)
        with pytest.raises(ps.DataError, match="its times are continuous"):
            ps.falsify(continuous, towns)
        with pytest.raises(ps.DataError, match="fit must be a fit of onsets"):
            ps.falsify("tada", towns)

    def test_no_rival_can_be_tried(self, onsets, near, size):
        with pytest.raises(
            ps.DataError,
            match=r"rivals must suit the data; 'reporting delay' cannot be tried: populations are not known",
        ) as error:
            ps.falsify(times(onsets, near, size), rivals=["regional shocks", "reporting delay"], draws=39)
        assert "'regional shocks' cannot be tried: regions are not known (strata)" in str(error.value)

    def test_places_that_are_missing(self, onsets, near, size, towns):
        with pytest.raises(ps.DataError, match="cities must have all places of the fit; missing: t00"):
            ps.falsify(times(onsets, near, size), towns.iloc[1:])
        with pytest.raises(ps.DataError, match="draws must be"):
            ps.falsify(times(onsets, near, size), towns, draws=5)
