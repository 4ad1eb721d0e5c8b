"""A tiny case, and for every public function valid arguments of it: what the fuzzer of the door starts from."""

import warnings
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.stats import poisson

import protestspread as ps


@dataclass(frozen=True)
class Call:
    """A function and arguments with which it works."""

    function: object
    arguments: dict


def _regions():
    boxes = {
        "NW": shapely.box(50, 42, 52, 44),
        "NE": shapely.box(52, 42, 54, 44),
        "SW": shapely.box(50, 40, 52, 42),
        "SE": shapely.box(52, 40, 54, 42),
    }
    columns = {"name": ["North West", "North East", "South West", "South East"], "population": [900, 700, 500, 300]}
    return gpd.GeoDataFrame(
        columns, index=pd.Index(list(boxes), name="region_id"), geometry=list(boxes.values()), crs=4326
    )


def _cities():
    lon, lat = [50.5, 51.5, 52.6, 53.5, 50.9, 51.8, 53.1], [43.2, 42.4, 43.5, 42.6, 41.2, 40.6, 41.4]
    columns = {
        "region_id": ["NW", "NW", "NE", "NE", "SW", "SW", "SE"],
        "population": [500.0, 90.0, 300.0, 80.0, 200.0, 60.0, 150.0],
        "in_frame": True,
        "is_regional_capital": [True, False, True, False, True, False, True],
        "aliases": [None, "Beta; Bee", None, None, None, None, None],
        "oil": ["yes", "no", "yes", "no", "no", "yes", "no"],
    }
    names = pd.Index(["Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf"], name="city")
    return gpd.GeoDataFrame(columns, index=names, geometry=gpd.points_from_xy(lon, lat), crs=4326)


def _events(cities):
    rng = np.random.default_rng(1)
    at = rng.choice(len(cities), 24, p=[0.3, 0.2, 0.1, 0.15, 0.1, 0.1, 0.05])
    day = pd.Timestamp("2022-01-02") + pd.to_timedelta(np.minimum(at + rng.integers(0, 3, 24), 8), unit="D")
    columns = {
        "date": day,
        "date_end": day + pd.to_timedelta(rng.integers(0, 2, 24), unit="D"),
        "date_precision": "day",
        "event_type": rng.choice(["protest", "strike"], 24),
        "city": cities.index[at],
        "region_id": cities["region_id"].to_numpy()[at],
        "size_low": rng.integers(10, 500, 24) * 1.0,
        "minor": False,
    }
    ids = pd.Index([f"e{number:02}" for number in range(24)], name="event_id")
    return gpd.GeoDataFrame(columns, index=ids, geometry=cities.geometry.to_numpy()[at], crs=4326)


def _responses():
    days = {"start": pd.to_datetime(["2022-01-04", "2022-01-05"]), "end": pd.to_datetime(["2022-01-06", None])}
    interventions = {"kind": ["curfew", "internet_shutdown"], "region_id": ["NW", None], **days}
    ends = {"origin": ["Here"], "destination": ["There"], "origin_lon": [50.0], "origin_lat": [41.0]}
    sizes = {"destination_lon": [53.0], "destination_lat": [43.0], "low": [100.0], "high": [200.0]}
    flows = pd.DataFrame(
        {**ends, **sizes, "start": pd.to_datetime(["2022-01-05"]), "end": pd.to_datetime(["2022-01-08"])}
    )
    return pd.DataFrame(interventions, index=pd.Index(["i1", "i2"], name="intervention_id")), flows.rename_axis(
        "flow_id"
    )


@cache
def world():
    """The tables, graphs and results that the arguments are made of."""
    regions, cities = _regions(), _cities()
    events = _events(cities)
    links = pd.DataFrame(
        {"from_place": cities.index[:-1], "to_place": cities.index[1:], "mode": "road", "km": 120.0}
    ).rename_axis("link_id")
    interventions, flows = _responses()
    window = {"start": "2022-01-01", "end": "2022-01-10"}
    panel, by_region = ps.count_events(events, cities, **window), ps.count_events(events, regions, **window)
    first, near = ps.onsets(panel), ps.nearest_graph(cities, k=2)
    graphs = {"near": near, "rank": ps.hierarchy_graph(cities)}
    coverage = pd.DataFrame(
        {"place": [None], "start": pd.to_datetime(["2022-01-01"]), "end": pd.to_datetime(["2022-01-11"])}
    )
    centers = ps.centers_over_time(panel, cities, draws=9, rng=1).to_frame()
    spells = ps.spells(panel)
    fit = ps.fit_oada(first, near, ties="efron")
    times = ps.fit_tada(first, near, observed_until="2022-01-10")
    sizes = ps.decompose_diffusion(first, cities, observed_until="2022-01-10", simulations=0, population_draws=0)
    history = ps.fit_event_history(first, {"near": near}, cities=cities, baseline="none", observed_until="2022-01-10")
    counts = ps.fit_endemic_epidemic(panel, near, endemic=ps.Terms())
    growth = ps.growth_ratio(panel, serial_interval=[0.5, 0.5], window_days=2)
    steady = ps.fit_endemic_epidemic(panel, None, family="poisson", endemic=ps.Terms(), own=None, neighbors=None)
    table = {"source": [None, "Alfa", "Alfa", "Bravo"], "target": ["Alfa", "Bravo", "Charlie", "Delta"]}
    onset = pd.to_datetime(["2022-01-02", "2022-01-03", "2022-01-04", "2022-01-05"])
    tree = ps.TransmissionTree(pd.DataFrame({**table, "date": onset, "probability": [1.0, 0.8, 0.7, 0.6]}))
    drawn = ps.transmission_tree(first, near, delay=[0.6, 0.4], external=[0.1, 0.5], draws=2, rng=1)
    ensemble = ps.simulate_many(ps.SI(0.3, 0.05), near, seeds=["Alfa"], days=6, draws=3, rng=1)
    return SimpleNamespace(**locals())


def calls(folder):
    """Return a call of every public function, constructor and method that takes arguments."""
    w = world()
    draws, limits = {"permutations": 9, "rng": 1}, {"within_km": 150, "within_days": 1}
    strata = {"scheme": "within_strata", "strata": "region_id"}
    by_place = {"permutations": 9, "rng": 1, "population": w.cities["population"], "rates": "empirical_bayes"}
    titles = {"title": "A wave", "note": "note"}
    still, maps = {**titles, "attribution": "us"}, {"context": w.regions, "crs": None}
    file, unread = (
        folder / "events.csv",
        w.events.reset_index().drop(columns="geometry").assign(longitude=51.0, latitude=41.0),
    )
    if not file.exists():
        unread.to_csv(file, index=False)
        w.ensemble.save(folder / "kept.arrows")
        w.near.save(folder / "graph.parquet")
        w.regions.reset_index().to_file(folder / "regions.geojson")
    cases = ps.load_case("kazakhstan_2022")
    table = {
        ps.great_circle_km: {"lon": 50.0, "lat": 40.0, "other_lon": w.cities.geometry.x, "other_lat": w.cities.geometry.y},
        ps.equal_area_crs: {"frame": w.regions},
        ps.check_cities: {"cities": w.cities},
        ps.check_events: {"events": w.events},
        ps.check_flows: {"flows": w.flows},
        ps.check_interventions: {"interventions": w.interventions, "regions": w.regions},
        ps.check_links: {"links": w.links, "cities": w.cities},
        ps.check_onsets: {"onsets": w.first},
        ps.check_panel: {"panel": w.panel},
        ps.check_regions: {"regions": w.regions},
        ps.list_cases: {},
        ps.load_case: {"name": "kazakhstan_2022"},
        ps.deduplicate: {"events": w.events, **limits, "same": ("event_type",)},
        ps.read_events: {"path_or_frame": unread, "start": "2022-01-03", "event_types": ["protest"]},
        ps.write_events: {"events": w.events, "path": folder / "out.parquet"},
        ps.read_cities: {"path_or_frame": w.cities.reset_index()},
        ps.read_links: {"path_or_frame": w.links.reset_index(), "cities": w.cities},
        ps.read_regions: {"path_or_frame": folder / "regions.geojson", "region_id": "region_id", "name": "name"},
        ps.read_coverage: {"path_or_frame": w.coverage},
        ps.read_flows: {"path_or_frame": w.flows.reset_index()},
        ps.resolve_date_ranges: {"events": w.events, "how": "start"},
        ps.clip_regions: {"regions": w.regions, "to": w.regions.iloc[:2]},
        ps.dissolve_regions: {"regions": w.regions.assign(half=["N", "N", "S", "S"]), "by": "half"},
        ps.repair_regions: {"regions": w.regions},
        ps.read_interventions: {"path_or_frame": w.interventions.reset_index(), "regions": w.regions},
        ps.screen_events: {"path_or_frame": unread, "places": w.regions},
        ps.active: {"panel": w.panel, "memory_days": 2},
        ps.aggregate_panel: {"panel": w.panel, "groups": w.cities["region_id"]},
        ps.count_events: {"events": w.events, "places": w.cities, **w.window, "observed": w.coverage, "weight": "size_low"},
        ps.cumulative: {"panel": w.panel},
        ps.interventions_in_force: {"interventions": w.interventions, "date": "2022-01-05", "region_id": "NW"},
        ps.share_in_force: {"interventions": w.interventions, "regions": w.regions, "dates": w.panel.index, "population": "population"},
        ps.onset_intervals: {"panel": w.panel, "events": w.events, "observed_until": "2022-01-09"},
        ps.onsets: {"panel": w.panel, "at_least": 1, "sustained": (2, 3)},
        ps.panel_to_long: {"panel": w.panel},
        ps.per_capita: {"panel": w.panel, "places": w.cities, "per": 1000},
        ps.smooth: {"panel": w.panel, "window_days": 3},
        ps.distances_km: {"cities": w.cities},
        ps.locate_events: {"events": w.events, "places": w.cities, "within_km": 30.0},
        ps.count_event_files: {"paths": [file], "places": w.regions, "n_jobs": 1},
        ps.accept_matches: {"proposals": ps.match_places(["Brawo"], w.cities), "at_least": 80},
        ps.locate_cities: {"cities": w.cities, "regions": w.regions, "within_km": 5},
        ps.find_waves: {"panel": w.panel, "at_least": 1, "quiet_days": 2},
        ps.match_places: {"names": ["Alfa", "Brawo"], "cities": w.cities, "at_least": 70},
        ps.read_graph: {"path": folder / "graph.parquet"},
        ps.distance_graph: {"cities": w.cities, "within_km": 150.0, "decay_km": 50.0},
        ps.gravity_graph: {"cities": w.cities, "exponent": 1.5, "within_km": 200.0},
        ps.nearest_graph: {"cities": w.cities, "k": 2},
        ps.border_graph: {"regions": w.regions, "cities": w.cities},
        ps.broadcast_graph: {"cities": w.cities},
        ps.hierarchy_graph: {"cities": w.cities, "centers": 2},
        ps.link_graph: {"cities": w.cities, "links": w.links, "mode": "road", "reach_km": 200.0},
        ps.similarity_graph: {"cities": w.cities, "column": "oil"},
        ps.delaunay_graph: {"cities": w.cities},
        ps.gabriel_graph: {"cities": w.cities},
        ps.centers_over_time: {"panel": w.panel, "cities": w.cities, "draws": 9, "rng": 1},
        ps.mean_center: {"points": w.cities, "weights": w.cities["population"]},
        ps.median_center: {"points": w.cities, "weights": w.cities["population"]},
        ps.standard_distance: {"points": w.cities, "weights": w.cities["population"]},
        ps.standard_ellipse: {"points": w.cities, "weights": w.cities["population"]},
        ps.front_speed: {"onsets": w.first, "cities": w.cities, "origin": "Alfa", "observed_until": "2022-01-10",
                         "attributes": "population", "strata": "region_id", "min_km": 1.0, **draws},
        ps.decompose_diffusion: {"onsets": w.first, "cities": w.cities, "graph": w.near, "observed_until": "2022-01-10", "min_km": 1.0,
                                 "simulations": 0, "population_draws": 2, "thinning": (), "rng": 1},
        ps.jacquez_test: {"events": w.events, "k": 2, **strata, **draws},
        ps.knox_test: {"events": w.events, "cities": w.cities, **limits, **strata, "exclude_within_km": 1.0, **draws},
        ps.local_knox: {"events": w.events, "cities": w.cities, **limits, "strata": "region_id", "unit": "place_days", "exclude_within_km": 1.0,
                        "permutations": 9, "adjust": "holm", "rng": 1},
        ps.knox_ladder: {"events": w.events, "cities": w.cities, **limits, "strata": "region_id", "unit": "place_days", **draws},
        ps.mantel_test: {"events": w.events, "offset_km": 10, "offset_days": 1, **strata, **draws},
        ps.scan_statistic: {"data": w.events, "places": w.cities, "within_km": 150, "within_days": 2, "strata": "region_id", **draws},
        ps.max_knox_test: {"events": w.events, "km_bands": [50, 150], "day_bands": [1, 2], "cities": w.cities, **strata, **draws},
        ps.response_test: {"events": w.events, "cities": w.cities, "first": "protest", "then": ["strike"], **limits, "include_same_day": True,
                           "strata": "region_id", "unit": "place_days", **draws},
        ps.space_time_k_test: {"events": w.events, "boundary": w.regions, "within_km": [50, 100], "within_days": [1, 2], **w.window, **draws},
        ps.compare_networks: {"onsets": w.first, "graphs": w.graphs, "cities": w.cities, "ties": "efron", "placebos": 1,
                              "rival_draws": 1, "rivals": [ps.AttributesWorld()], "strata": w.cities["region_id"],
                              "date_draws": 0, "rng": 1},
        ps.fit_oada: {"onsets": w.first, "graphs": w.graphs, "ties": "efron", "seeds": ["Alfa"]},
        ps.fit_tada: {"onsets": w.first, "graphs": w.graphs, "observed_until": "2022-01-10", "observed_from": "2022-01-01"},
        ps.exposure: {"data": w.first, "graphs": w.graphs, "memory": ps.Decay(2), "normalize": "target", "include_today": False},
        ps.spells: {"panel": w.panel, "at_least": 1, "gap_days": 1, "sustained": (1, 2)},
        ps.person_days: {"data": w.first, "graphs": w.graphs, "attributes": w.cities["population"], "time_varying": {"curfew": w.panel},
                         "observed_until": "2022-01-10", "memory": ps.Days(3), "panel": w.panel},
        ps.fit_event_history: {"data": w.spells, "graphs": {"near": w.near}, "attributes": "population", "cities": w.cities,
                               "time_varying": {"late": pd.Series(range(len(w.panel)), w.panel.index)}, "memory": {"near": ps.Lag(1)}, "baseline": "none",
                               "firth": True, "cluster": "place", "observed_until": "2022-01-10", "panel": w.panel},
        ps.fit_endemic_epidemic: {"panel": w.panel, "graphs": {"near": w.near}, "family": "nb", "memory": ps.Lag(1), "endemic": ps.Terms(trend=True),
                                  "own": ps.Terms(), "neighbors": ps.Terms(), "offset": w.cities["population"], "weights": "given"},
        ps.decompose_channels: {"panel": w.panel, "graph": w.near, "nation": None, "effects": ["place"], "lag": 1, "values": "activity", "at_least": 1,
                                "terms": ps.Terms(trend=True), "correction": "half-panel", "cluster": ["place", "day"]},
        ps.getis_ord_over_time: {"panel": w.panel, "graph": w.near, **by_place, "rates": "freeman_tukey"},
        ps.join_counts_over_time: {"panel": w.panel, "graph": w.near, "joins": "BB", "at_least": 1, **draws},
        ps.lagged_moran_over_time: {"panel": w.panel, "graph": w.near, "places": w.cities, "at_least": 1, **draws},
        ps.local_lagged_moran_over_time: {"panel": w.panel, "graph": w.near, "places": w.cities, "at_least": 1, **draws},
        ps.local_moran_over_time: {"panel": w.panel, "graph": w.near, **by_place},
        ps.moran_over_time: {"panel": w.panel, "graph": w.near, **by_place},
        ps.spread_signatures: {"panel": w.panel, "graph": w.near, "places": w.cities, "at_least": 1, **draws},
        ps.place_days: {"events": w.events, "cities": w.cities, "within_km": 1.0},
        ps.summarize_spread: {"events": w.events, "regions": w.regions, "panel": w.by_region, "cities": w.cities, **limits, **draws},
        ps.thresholds: {"data": w.first, "graph": w.near, "memory": ps.Days(2), "normalize": "none", "include_today": True, "panel": w.panel,
                        "ensemble": w.ensemble},
        ps.infectiousness: {"data": w.first, "graph": w.near, "within_days": 2, "discount": 0.1, "per_joiner": False, "observed_until": "2022-01-10"},
        ps.susceptibility: {"data": w.spells, "graph": w.near, "within_days": 2, "discount": 0.1, "observed_until": "2022-01-10"},
        ps.hazard_rates: {"data": w.spells, "observed_until": "2022-01-10", "panel": w.panel},
        ps.adoption_curve: {"data": w.panel},
        ps.structural_dependence_test: {"data": w.first, "graph": w.near, "scheme": "exchange", "strata": w.cities["region_id"],
                                        "population": w.cities["population"], "include_today": True, **draws},
        ps.secondary_attack_rate: {"data": w.first, "graph": w.near, "within_days": 2, "observed_until": "2022-01-10", "panel": w.panel},
        ps.peak: {"panel": w.panel, "by": w.cities["region_id"]},
        ps.growth_ratio: {"panel": w.panel, "serial_interval": [0.5, 0.5], "window_days": 2, "incomplete": "observed days", "by": w.cities["region_id"]},
        ps.simulate: {"model": ps.SI(0.3, 0.05), "graph": w.near, "seeds": ["Alfa"], "days": 5, "first_day": "2022-01-01", "rng": 1},
        ps.simulate_many: {"model": ps.SI(0.3, 0.05), "graph": w.near, "seeds": ["Alfa"], "days": 5, "draws": 2, "path": folder / "drawn.arrows",
                           "memory_mb": 100.0, "rng": 1},
        ps.read_ensemble: {"path": folder / "kept.arrows"},
        ps.forecast: {"fit": w.history, "days": 2, "draws": 3, "future": {}, "parameters": "estimate", "rng": 1},
        ps.backtest: {"fit_function": _fit, "panel": w.panel, "graphs": w.near, "start": "2022-01-07", "horizons": [1], "population": w.cities["population"],
                      "draws": 5, "parameters": "estimate", "rng": 1},
        ps.change_after: {"fit": w.steady, "interventions": "2022-01-05", "rule": "given", "window_days": 2, "alternative": "less", "draws": 3, "rng": 1},
        ps.crps: {"forecast": np.arange(12).reshape(4, 3), "observed": [1, 2, 3], "fair": True},
        ps.log_score: {"forecast": np.arange(12).reshape(4, 3), "observed": [1, 2, 3]},
        ps.dawid_sebastiani_score: {"forecast": np.arange(12).reshape(4, 3), "observed": pd.Series([1, 2, 3])},
        ps.interval_score: {"low": 1.0, "high": [3, 4, 5], "observed": [1, 2, 3], "level": 0.8},
        ps.weighted_interval_score: {"quantiles": {0.1: 1, 0.5: 2, 0.9: [4, 5, 6]}, "observed": [1, 2, 3]},
        ps.brier_score: {"probability": [0.1, 0.5, 0.9], "observed": [0, 1, 1], "bins": 3},
        ps.area_under_curve: {"probability": [0.1, 0.5, 0.9], "observed": [0, 1, 1]},
        ps.energy_score: {"forecast": np.arange(12).reshape(4, 3), "observed": [1, 2, 3], "fair": True},
        ps.variogram_score: {"forecast": np.arange(12).reshape(4, 3), "observed": [1, 2, 3], "p": 0.5},
        ps.pit: {"forecast": poisson([1.0, 2.0, 3.0]), "observed": [1, 2, 3], "bins": 10},
        ps.transmission_tree: {"data": w.first, "graphs_or_cities": w.cities, "delay": [0.6, 0.4], "external": [0.1, 0.5], "decay_km": 80.0,
                               "within_km": 250.0, "observed_until": "2022-01-10", "parameters": "estimate", "draws": 2, "rng": 1},
        ps.reproduction: {"data": w.tree, "delay_days": 2, "window_days": 2},
        ps.generation_time: {"tree": w.tree},
        ps.classify: {"values": w.panel.sum(), "scheme": "quantiles", "k": 3},
        ps.frames: {"panel": w.panel, "layers": [], "interventions": w.interventions, "tree": w.tree},
        ps.animate_spread: {"panel": w.by_region.iloc[:2], "layers": [], "regions": w.regions, "cities": w.cities, "city_panel": w.panel.iloc[:2], "tree": w.tree,
                            "interventions": w.interventions, "size": (400, 300), **still, **maps},
        ps.plot_choropleth: {"values": w.by_region.sum(), "layers": [], "regions": w.regions, "cities": w.cities, **still, **maps},
        ps.plot_cities: {"values": w.panel.sum(), "cities": w.cities, "regions": w.regions, **still, **maps},
        ps.plot_curve: {"panel": w.panel, "interventions": w.interventions, "by": {"protest": w.panel}, **titles},
        ps.plot_small_multiples: {"panel": w.by_region, "regions": w.regions, "n": 2, **still, **maps},
        ps.plot_timeline: {"case": cases, "start": "2022-01-02", "end": "2022-01-08", "mark": ("KZ-ALA",), **titles},
        ps.plot_heatmap: {"panel": w.panel, "names": w.cities["region_id"], **titles},
        ps.plot_center_drift: {"centers": w.centers, "regions": w.regions, **still, **maps},
        ps.plot_estimates: {"fit": w.counts, "level": 0.9, "title": "A wave"},
        ps.plot_networks: {"comparison": _comparison(), "title": "A wave"},
        ps.plot_onsets: {"onsets": w.first, "cities": w.cities, "regions": w.regions, **still, **maps},
        ps.plot_over_time: {"result": ps.moran_over_time(w.panel, w.near, **draws).to_frame(), "title": "A wave"},
        ps.plot_tree: {"tree": w.tree, "cities": w.cities, "regions": w.regions, **still, **maps},
        ps.plot_flows: {"flows": w.flows, "regions": w.regions, "names": "origin", **still, **maps},
        ps.plot_graph: {"graph": w.near, "regions": w.regions, "kinds": ["nearest"], **still, **maps},
        ps.editable_text: {},
        ps.language: {"lang": "en", "labels": None},
        ps.choropleth_map: {"values": w.by_region.sum(), "layers": [], "regions": w.regions, "context": w.regions, **still},
        ps.spread_map: {"panel": w.by_region, "layers": [], "regions": w.regions, "cities": w.cities, "city_panel": w.panel, "tree": w.tree,
                        "interventions": w.interventions, "context": w.regions, **still},
    }  # fmt: skip
    named = {function.__name__: Call(function, arguments) for function, arguments in table.items()}
    return named | _constructors(w) | _methods(w, folder)


def _fit(past, graphs):
    return ps.fit_tada(ps.onsets(past), graphs, observed_until=past.index[-1])


@cache
def _comparison():
    w = world()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ps.compare_networks(w.first, w.graphs, ties="efron", placebos=1, rival_draws=1, date_draws=0, rng=1)


def _constructors(w):
    schemes, ties = ps.schemes, {kind: w.near.ties[kind] for kind in w.near.kinds}
    return {
        "SI": Call(ps.SI, {"transmission_per_day": 0.3, "spontaneous_per_day": 0.1}),
        "SIR": Call(ps.SIR, {"transmission_per_day": 0.3, "recovery_per_day": 0.2, "spontaneous_per_day": 0.1}),
        "EndemicEpidemicModel": Call(
            ps.EndemicEpidemicModel, {"endemic": 0.1, "own": 0.1, "neighbors": 0.2, "overdispersion": 0.1}
        ),
        "NetworkDiffusionModel": Call(
            ps.NetworkDiffusionModel,
            {
                "strengths": {"road": 0.5},
                "scale": 9.0,
                "shape": 0.8,
                "spontaneous": 1.0,
                "susceptible": 2.0,
                "continuous": True,
            },
        ),
        "HierarchicalDiffusionModel": Call(
            ps.HierarchicalDiffusionModel, {"population_exponent": 1.0, "distance_exponent": 0.5}
        ),
        "Since": Call(ps.Since, {}),
        "Days": Call(ps.Days, {"days": 2}),
        "Decay": Call(ps.Decay, {"half_life_days": 2.0}),
        "Lag": Call(ps.Lag, {"days": 1}),
        "Geometric": Call(ps.Geometric, {"max_days": 3, "p": 0.5}),
        "EventHistoryModel": Call(
            ps.EventHistoryModel,
            {
                "predictor": w.panel - 3.0,
                "networks": {"near": w.near.matrix},
                "coefficients": {"near": 0.5},
                "memories": {"near": ps.Since()},
                "link": "logit",
                "durations": (1, 2),
                "gap_days": 1,
            },
        ),
        "Terms": Call(
            _with_terms(w),
            {"trend": True, "weekday": True, "seasonal": 1, "by": {"x": w.panel}, "attributes": w.cities["population"]},
        ),
        "ReportingDelayWorld": Call(ps.ReportingDelayWorld, {"days": 1.2, "exponent": 0.8, "simultaneous": True}),
        "Rival": Call(ps.Rival, {"name": "late reports", "worlds": (ps.ReportingDelayWorld(),)}),
        "falsify": Call(
            ps.falsify,
            {
                "fit": w.times,
                "cities": w.cities,
                "rivals": ["common shock"],
                "strata": w.cities["region_id"],
                "draws": 39,
                "path": None,
                "rng": 1,
            },
        ),
        "size_cutoffs": Call(
            ps.size_cutoffs,
            {
                "events": w.events.assign(size_low=5.0),
                "places": w.cities,
                "fit_onsets": lambda first: ps.fit_oada(first, w.near),
                "at_least": [0, 10],
            },
        ),
        "RegionalShockWorld": Call(ps.RegionalShockWorld, {"sd": 1.2}),
        "DiffusionGraph": Call(ps.DiffusionGraph, {"nodes": w.near.nodes, "ties": ties, "points": w.near.points}),
        "TransmissionTree": Call(
            ps.TransmissionTree,
            {
                "table": w.tree.table,
                "assumptions": ["As given."],
                "draws": w.drawn.draws,
                "sensitivity": w.drawn.sensitivity,
                "observed_until": "2022-01-10",
                "delay_days": 3,
            },
        ),
        "Ensemble": Call(
            ps.Ensemble.from_values,
            {"values": w.ensemble.values, "dates": w.ensemble.dates, "places": w.ensemble.places},
        ),
        "SIS": Call(
            ps.SIS, {"transmission_per_day": 0.3, "recovery_per_day": 0.2, "spontaneous_per_day": 0.1, "clock": "day"}
        ),
        "SEIR": Call(
            ps.SEIR, {"transmission_per_day": 0.3, "progression_per_day": 0.5, "recovery_per_day": 0.2, "clock": "day"}
        ),
        "SIRS": Call(
            ps.SIRS,
            {"transmission_per_day": 0.3, "recovery_per_day": 0.2, "waning_per_day": 0.1, "clock": "continuous"},
        ),
        "ThresholdModel": Call(ps.ThresholdModel, {"threshold": 0.3, "kind": "absolute", "spontaneous_per_day": 0.1}),
        "CascadeModel": Call(ps.CascadeModel, {"probability": 0.3, "spontaneous_per_day": 0.1}),
        "LogLinearRate": Call(
            lambda **options: ps.LogLinearRate(**options).values(w.panel.index, w.panel.columns),
            {"per_day": 0.3, "terms": ps.Terms(trend=True), "coefficients": {"trend": 0.5}},
        ),
        "Classes": Call(ps.Classes, {"upper": (1.0, 2.0), "labels": ("none", "few", "many"), "zero": True}),
        "schemes.WithinStrata": Call(_with_scheme(schemes.WithinStrata), {"strata": "region_id"}),
        "schemes.ExchangePlaces": Call(_with_scheme(schemes.ExchangePlaces), {"strata": "region_id"}),
        "schemes.CircularShift": Call(_with_scheme(schemes.CircularShift), w.window),
    }


def _with_terms(w):
    """Make terms and use them, because their values meet the panel only then."""
    return lambda **options: ps.Terms(**options).columns(w.panel.index, w.panel.columns)


def _with_scheme(scheme):
    """Make a scheme and use it, because its arguments meet the events only then."""
    return lambda **options: ps.knox_test(
        world().events, within_km=150, within_days=1, permutations=9, scheme=scheme(**options), rng=1
    )


def _knox(w):
    return ps.knox_test(w.events, within_km=150, within_days=1, permutations=9, rng=1)


def _local_knox(w):
    return ps.local_knox(w.events, within_km=150, within_days=1, permutations=9, rng=1)


def _methods(w, folder):
    model, fit, classes = ps.EndemicEpidemicModel(0.1, 0.2, 0.1), w.fit, ps.classify(w.panel.sum())
    still = ps.spread_map(w.by_region, w.regions, engine="canvas")
    film = ps.animate_spread(w.by_region.iloc[:2], w.regions, size=(400, 300))
    return {
        "DiffusionGraph.from_edges": Call(ps.DiffusionGraph.from_edges, {"edges": w.near.edges, "nodes": w.cities}),
        "DiffusionGraph.from_networkx": Call(ps.DiffusionGraph.from_networkx, {"graph": w.near.to_networkx()}),
        "DiffusionGraph.from_libpysal": Call(ps.DiffusionGraph.from_libpysal, {"graph": w.near.to_libpysal()}),
        "TransmissionTree.by_region": Call(w.tree.by_region, {"strata": w.cities["region_id"]}),
        "TransmissionTree.figure": Call(w.tree.figure, {"strata": w.cities["region_id"]}),
        "DiffusionGraph.neighbors": Call(w.near.neighbors, {"place": "Alfa"}),
        "DiffusionGraph.normalize": Call(w.near.normalize, {"by": "source"}),
        "DiffusionGraph.rename_kinds": Call(w.near.rename_kinds, {"names": {"nearest": "near"}}),
        "DiffusionGraph.subgraph": Call(w.near.subgraph, {"nodes": ["Alfa", "Bravo"], "kinds": ["nearest"]}),
        "DiffusionGraph.union": Call(lambda other: w.near.union(other), {"other": w.graphs["rank"]}),  # noqa: PLW0108 - names its argument
        "DiffusionGraph.save": Call(w.near.save, {"path": folder / "saved.parquet"}),
        "Ensemble.panel": Call(w.ensemble.panel, {"draw": 1}),
        "Ensemble.quantile": Call(w.ensemble.quantile, {"q": 0.5}),
        "Ensemble.reached_by": Call(w.ensemble.reached_by, {"day": "2000-01-03"}),
        "Ensemble.coverage": Call(w.ensemble.coverage, {"observed": w.ensemble[0], "levels": (0.5, 0.9)}),
        "Ensemble.save": Call(w.ensemble.save, {"path": folder / "saved.arrows"}),
        "Classes.index": Call(classes.index, {"values": w.panel.sum()}),
        "EndemicEpidemicModel.expected_counts": Call(model.expected_counts, {"panel": w.panel, "graph": w.near}),
        "EndemicEpidemicModel.dominant_eigenvalue": Call(model.dominant_eigenvalue, {"graph": w.near}),
        "OADAFit.interval": Call(fit.interval, {"network": "nearest", "level": 0.9}),
        "OADAFit.intervals": Call(fit.intervals, {"level": 0.9, "names": ["s nearest"], "unconverged": "allow"}),
        "OADAFit.likelihood_ratio": Call(fit.likelihood_ratio, {"bootstrap": None, "rng": 1}),
        "OADAFit.plot": Call(fit.plot, {"level": 0.9, "title": "A wave"}),
        "KnoxResult.plot": Call(_knox(w).plot, {"pairs": "same place", "title": "A wave"}),
        "LocalKnox.plot": Call(_local_knox(w).plot, {"regions": w.regions, "title": "A wave"}),
        "OADAFit.strength": Call(fit.strength, {"network": "nearest"}),
        "OADAFit.summary": Call(fit.summary, {"level": 0.9}),
        "OADAFit.simulate": Call(fit.simulate, {"draws": 2, "given": w.first[:1], "rng": 1}),
        "OADAFit.without": Call(lambda names: fit.without(names), {"names": "nearest"}),  # noqa: PLW0108 - names its argument
        "OADAFit.compare": Call(fit.compare, {"other": fit.without("nearest")}),
        "OADAFit.residuals": Call(fit.residuals, {"kind": "quantile", "rng": 1}),
        "TADAFit.simulate": Call(w.times.simulate, {"draws": 2, "given": w.first[:1], "rng": 1}),
        "DiffusionDecomposition.simulate": Call(w.sizes.simulate, {"draws": 2, "given": w.first[:1], "rng": 1}),
        "DiffusionDecomposition.without": Call(lambda names: w.sizes.without(names), {"names": "population"}),  # noqa: PLW0108 - names its argument
        "HierarchicalDiffusionModel.chances": Call(
            w.sizes.model.chances, {"population": w.cities["population"], "distance": w.cities["population"] + 1}
        ),
        "EventHistoryFit.placebo_test": Call(
            w.history.placebo_test, {"network": "near", "strata": w.cities["region_id"], "permutations": 3, "rng": 1}
        ),
        "EventHistoryFit.simulate": Call(w.history.simulate, {"draws": 2, "given": None, "rng": 1}),
        "EventHistoryFit.without": Call(lambda names: w.history.without(names), {"names": "near"}),  # noqa: PLW0108 - names its argument
        "EventHistoryFit.compare": Call(w.history.compare, {"other": w.history.without("near")}),
        "EventHistoryFit.residuals": Call(w.history.residuals, {"kind": "quantile", "rng": 1}),
        "EventHistoryFit.intervals": Call(
            w.history.intervals, {"level": 0.9, "names": ["near"], "unconverged": "allow"}
        ),
        "EndemicEpidemicFit.simulate": Call(
            w.counts.simulate, {"draws": 2, "given": w.panel.iloc[:4], "days": 3, "rng": 1}
        ),
        "EndemicEpidemicFit.without": Call(lambda names: w.counts.without(names), {"names": "neighbors"}),  # noqa: PLW0108 - names its argument
        "EndemicEpidemicFit.figure": Call(w.counts.figure, {"places": ["Alfa", "Bravo"]}),
        "EndemicEpidemicFit.dominant_eigenvalue": Call(w.counts.dominant_eigenvalue, {"date": "2022-01-03"}),
        "GrowthRatio.by_date": Call(w.growth.by_date, {"place": "Alfa"}),
        "GrowthRatio.figure": Call(w.growth.figure, {"place": "Alfa"}),
        "StandardEllipse.outline": Call(ps.standard_ellipse(w.cities).outline, {"count": 12}),
        "SpreadAnimation.save": Call(film.save, {"path": folder / "film.gif"}),
        "SpreadMap.save": Call(still.save, {"outfile": folder / "map.html"}),
    }
