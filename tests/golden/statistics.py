"""Tests, fits and measures."""

import numpy as np

import protestspread as ps

from .registry import PERMUTATIONS, REPORTS, STRATA, golden, golden_each
from .values import numbers, of

# tests of interaction


@golden_each(
    dates=REPORTS,
    within_strata=REPORTS | STRATA,
    cities={},
    cities_within_strata={"strata": "region_id"},
    less=REPORTS | {"alternative": "less"},
    two_sided=REPORTS | {"alternative": "two-sided", "exclude_within_km": 1.0},
)
def knox(world, options):
    places = () if "unit" in options else (world.cities,)
    found = ps.knox_test(world.events, *places, within_km=world.km, within_days=1, **PERMUTATIONS, **options)
    return of(found, "null_distribution", "smallest_p_value", "poisson_p_value", "close_in_time", "z_score")


@golden
def knox_circular(world):
    scheme = ps.schemes.CircularShift(world.window["start"], world.window["end"])
    return of(
        ps.knox_test(world.events, within_km=world.km, within_days=2, scheme=scheme, unit="reports", **PERMUTATIONS)
    )


@golden_each(plain={}, strata={"strata": "region_id"})
def knox_ladder(world, options):
    return of(ps.knox_ladder(world.events, world.cities, within_km=world.km, within_days=1, **PERMUTATIONS, **options))


@golden_each(
    greater=REPORTS,
    two_sided=REPORTS | {"alternative": "two-sided"},
    strata=REPORTS | STRATA,
    exchanged={"strata": "region_id"},
)
def max_knox(world, options):
    bands = {"km_bands": [world.km / 2, world.km, 2 * world.km], "day_bands": [1, 2, 3]}
    found = ps.max_knox_test(world.events, **bands, **PERMUTATIONS, **options)
    return of(found, "statistic", "p_value", "null_distribution")


@golden_each(
    reciprocal={"offset_km": 10, "offset_days": 1},
    plain={"offset_km": None, "offset_days": None},
    strata={"offset_km": 10, "offset_days": 1, **STRATA},
)
def mantel(world, options):
    found = ps.mantel_test(world.events, unit="reports", **options, **PERMUTATIONS)
    return of(found, "statistic", "expected", "variance", "p_value", "null_distribution")


@golden_each(dates={}, strata=STRATA)
def jacquez(world, options):
    found = ps.jacquez_test(world.events, k=3, unit="reports", **options, **PERMUTATIONS)
    return of(found, "statistic", "p_value", "null_distribution", "increase", "increase_null", "increase_p_value")


@golden_each(plain=REPORTS, edges_corrected=REPORTS | {"boundary": True}, exchanged={"cities": True})
def space_time_k(world, options):
    limits = {"within_km": [world.km / 3, world.km], "within_days": [1, 2]}
    tables = {
        name: getattr(world, {"boundary": "regions"}.get(name, name))
        for name in ("boundary", "cities")
        if name in options
    }
    window = world.window if "boundary" in options else {}
    found = ps.space_time_k_test(world.events, **limits, **window, **PERMUTATIONS, **options | tables)
    return of(found, "k", "excess", "relative_excess", "residual", "k_space", "k_time", "p_value", "null_distribution")


@golden_each(exchanged={}, strata={"strata": "region_id"}, dates={"scheme": "dates"})
def scan(world, options):
    found = ps.scan_statistic(world.events, world.cities, within_km=world.km, within_days=3, **PERMUTATIONS, **options)
    return of(found, "statistic", "p_value", "null_distribution", "members")


@golden_each(exchanged={}, dates={"scheme": "dates", "adjust": "holm"})
def local_knox(world, options):
    found = ps.local_knox(world.events, world.cities, within_km=world.km, within_days=2, **PERMUTATIONS, **options)
    return of(found) + numbers(found.by_place())


@golden_each(plain={}, same_day={"unit": "reports", "include_same_day": True, "strata": "region_id"})
def response(world, options):
    types = {"first": "protest", "then": "strike"}
    found = ps.response_test(
        world.events, world.cities, **types, within_km=world.km, within_days=2, **PERMUTATIONS, **options
    )
    return of(found) + numbers(found.profile, found.by_place())


@golden
def summarize_spread(world):
    options = {"within_km": world.km, "within_days": 1, **PERMUTATIONS}
    found = ps.summarize_spread(world.events, world.regions, world.by_region, world.cities, **options)
    parts = (found.signatures.table, found.signatures.totals) if found.signatures else ()
    return of(found) + numbers(
        found.ladder.to_frame(), {name: result.table for name, result in found.over_time.items()}, *parts
    )


# statistics by date


def shifted(panel, options):
    """Moments are refused for sparse counts; Moran's I is the same if a constant is added to all counts."""
    return panel + 100 if "p_from" in options else panel


@golden_each(activity={}, counts={"values": "counts", "lag": 2}, rates={"values": "rates", "alternative": "two-sided"})
def lagged_moran(world, options):
    found = ps.lagged_moran_over_time(world.panel, world.near, world.cities, **PERMUTATIONS, **options)
    local = ps.local_lagged_moran_over_time(world.panel, world.near, world.cities, **PERMUTATIONS, **options)
    return of(found, "overall") + numbers(local.overall)


@golden_each(
    plain={},
    moments={"p_from": "moments", "adjust": "fdr"},
    empirical_bayes={"rates": "empirical_bayes"},
    freeman_tukey={"rates": "freeman_tukey", "adjust": "holm"},
)
def moran(world, options):
    population = {"population": world.cities["population"]} if "rates" in options else {}
    panel = shifted(world.panel, options)
    return numbers(ps.moran_over_time(panel, world.near, **population, **PERMUTATIONS, **options).to_frame())


@golden_each(plain={}, moments={"p_from": "moments"})
def local_moran(world, options):
    panel = shifted(world.panel, options)
    return numbers(ps.local_moran_over_time(panel, world.near, **PERMUTATIONS, **options).to_frame())


@golden_each(star={}, no_star={"star": False, "adjust": "holm"})
def getis_ord(world, options):
    return numbers(ps.getis_ord_over_time(world.panel, world.near, **PERMUTATIONS, **options).to_frame())


@golden_each(both={}, unlike={"joins": "BW"}, neither={"joins": "WW"})
def join_counts(world, options):
    states = ps.active(world.panel, memory_days=8)
    return numbers(ps.join_counts_over_time(states, world.near, **PERMUTATIONS, **options).to_frame())


@golden
def spread_signatures(world):
    found = ps.spread_signatures(world.panel, world.near, world.cities, **PERMUTATIONS)
    return of(found) + numbers(found.table, found.totals)


# centers, fronts and kinds of diffusion


@golden_each(mean="mean", median="median")
def centers_over_time(world, kind):
    return numbers(ps.centers_over_time(world.days, world.cities, kind=kind, draws=49, rng=1).to_frame())


@golden
def centers(world):
    weights = world.cities["population"]
    ellipse = ps.standard_ellipse(world.cities, weights)
    values = (ellipse.lon, ellipse.lat, ellipse.major_km, ellipse.minor_km, ellipse.orientation)
    points = [center(world.cities, by) for center in (ps.mean_center, ps.median_center) for by in (None, weights)]
    return numbers(*points, ps.standard_distance(world.cities), ps.standard_distance(world.cities, weights), *values)


@golden_each(censored=True, joined=False)
def front_speed(world, censored):
    onsets, until = (world.first, world.until) if censored else (world.first.dropna(), None)
    found = ps.front_speed(onsets, world.cities, origin=world.origin, observed_until=until, **PERMUTATIONS)
    odds = (found.reach.odds_ratio, found.reach.low, found.reach.high, found.reach.p_value)
    changed = found.sensitivity.drop(columns=["verdict", "origin"])
    estimates = ("slowness", "slowness_low", "slowness_high", "p_value", "moran", "moran_p_value", "by_place")
    return of(found, *estimates, "origins") + numbers(*odds, changed)


@golden_each(parametric={"simulations": 19}, thinned={"simulations": 0, "thinning": [0.2]})
def decompose_diffusion(world, options):
    options = {"observed_until": world.until, "population_draws": 20, "rng": 1, **options}
    found = ps.decompose_diffusion(world.first, world.cities, **options)
    placebo, thinning = found.timing_placebo, found.thinning
    parts = (placebo.statistic, placebo.contagion, placebo.none) if placebo else ()
    parts += (thinning,) if thinning is not None else ()
    return of(found, "exponents", "explained", "by_day", "joiners", "log_likelihood", "aicc") + numbers(*parts)


@golden
def decompose_diffusion_with_resampled_days(world):
    """Of a long simulated spread: few days are not resampled."""
    panel = ps.simulate(ps.SI(0.01, 0.004), world.near, seeds=[world.origin], days=150, rng=1)
    options = {"bootstrap": "days", "simulations": 19, "rng": 1, "observed_until": panel.index[-1]}
    found = ps.decompose_diffusion(ps.onsets(panel), world.cities, **options)
    return of(found, "exponents", "explained", "by_day")


@golden
def decompose_diffusion_along_roads(world):
    roads = ps.link_graph(world.linked, world.links).union(ps.nearest_graph(world.cities, k=6))
    graph = ps.gabriel_graph(world.cities) if set(roads.nodes) - set(world.cities.index) else roads
    options = {"observed_until": world.until, "simulations": 0, "population_draws": 0, "rng": 1}
    return of(ps.decompose_diffusion(world.first, world.cities, graph=graph, **options), "explained", "by_day")


# transmission along networks


def of_fit(fit, options):
    """The numbers of a fit; its intervals, which take long, only where the options are the usual ones."""
    estimates = (fit.params, fit.standard_errors, fit.log_likelihood, fit.aic, fit.aicc)
    values = numbers(*estimates, fit.share_transmitted, fit.transmitted) + ([] if options else of(fit))
    ratio, alone = fit.likelihood_ratio(), fit.without_transmission()
    return values + numbers(ratio.statistic, ratio.p_value, alone.params, alone.log_likelihood)


@golden_each(
    exact={},
    efron={"ties": "efron"},
    multiplicative={"effect": "multiplicative", "ties": "efron"},
)
def fit_oada(world, options):
    attributes = None if options.get("effect") is None else np.log(world.cities["population"]).rename("size")
    return of_fit(ps.fit_oada(world.first, world.networks, attributes=attributes, **options), options)


@golden
def fit_oada_unconstrained(world):
    """Without intervals, which take long here; centered, as the search for uncentered attributes ends where the processor lets it."""
    sizes = np.log(world.cities["population"]).rename("size")
    sizes -= sizes.mean()
    fit = ps.fit_oada(world.first, world.near, attributes=sizes, effect="unconstrained", ties="efron")
    return numbers(fit.params, fit.standard_errors, fit.log_likelihood, fit.transmitted)


@golden_each(
    constant={},
    weibull={"baseline": "weibull"},
    continuous={"time": "continuous"},
    multiplicative={"effect": "multiplicative"},
)
def fit_tada(world, options):
    attributes = None if options.get("effect") is None else np.log(world.cities["population"]).rename("size")
    options = {"observed_until": world.until, "attributes": attributes, **options}
    fit = ps.fit_tada(world.first, world.networks, **options)
    return of_fit(fit, {"baseline", "time", "effect"} & set(options))


@golden_each(order={}, times={"times": True})
def compare_networks(world, options):
    options = {"observed_until": world.until} if options else {}
    known = ps.onset_intervals(world.days, events=world.events)
    found = ps.compare_networks(
        world.first, world.networks, strata=world.cities["region_id"], placebos=5, date_draws=2, rng=1,
        date_intervals=(known["earliest"], known["latest"]), **options,
    )  # fmt: skip
    return of(found, "networks", "models", "placebo_statistics", "date_error")
