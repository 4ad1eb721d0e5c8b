"""Geography, counts, panels, graphs and models."""

import protestspread as ps

from .registry import GOLDEN, golden, golden_each
from .values import numbers

# geography, counts and panels


@golden
def distances(world):
    lon, lat = world.cities.geometry.x.to_numpy(), world.cities.geometry.y.to_numpy()
    return numbers(ps.great_circle_km(lon, lat, lon[0], lat[0]), ps.distances_km(world.cities))


@golden_each(daily={"every": "D"}, weekly={"every": "W"}, weighted={"every": "D", "weight": "size_low"})
def count_events(world, options):
    events = world.events.assign(size_low=world.events["size_low"].fillna(1))
    return numbers(ps.count_events(events, world.cities, **world.window, **options))


@golden
def count_events_by_region(world):
    return numbers(ps.count_events(world.events, world.regions, **world.window), world.by_region)


@golden_each(
    smooth=lambda panel: ps.smooth(panel, window_days=3),
    cumulative=ps.cumulative,
    active=lambda panel: ps.active(panel, memory_days=3),
    long=ps.panel_to_long,
)
def panels(world, change):
    return numbers(change(world.panel))


@golden
def per_capita(world):
    return numbers(ps.per_capita(world.by_region, world.regions), ps.per_capita(world.panel, world.cities))


@golden
def onsets(world):
    return numbers(world.first, ps.onsets(world.panel, at_least=2), ps.onsets(world.panel, sustained=(2, 3)))


@golden
def onset_intervals(world):
    intervals = ps.onset_intervals(world.days, observed_until=world.until)
    return numbers(intervals, ps.onset_intervals(world.days, events=world.events))


def golden_of_the_case(function):
    GOLDEN[f"case: {function.__name__}"] = lambda: function(ps.load_case("kazakhstan_2022"))


@golden_of_the_case
def in_force(data):
    dates = ("2022-01-02", "2022-01-05", "2022-01-12")
    found = [ps.interventions_in_force(data.interventions, date) for date in dates]
    return numbers(*(table[column] for table in found for column in ("start", "end", "region_id")))


@golden_each(start="start", uniform="uniform")
def spread_dates(world, how):
    found = ps.resolve_date_ranges(world.ranged, how)
    return numbers(len(found), found["date"], found["city"], found.select_dtypes("number"))


@golden
def deduplicate(world):
    found = ps.deduplicate(world.events, within_km=world.km / 10, within_days=1)
    return numbers(found.events.index, found.events["date"], found.merges)


@golden
def match_places(world):
    found = ps.match_places(world.names, world.cities, at_least=70)
    return numbers(found.drop(columns="region"))  # none is given


@golden
def locate_events(world):
    found = ps.locate_events(world.events, world.regions)
    return numbers(found["region_id"], ps.locate_events(world.events, world.cities, within_km=50)["city"])


@golden_each(usual=None, quantiles="quantiles", equal_interval="equal_interval", given=[1.0, 2.0, 5.0])
def classify(world, scheme):
    totals = world.panel.sum()
    classes = ps.classify(totals, scheme=scheme, k=4)
    return numbers(classes.upper, classes.k, classes.zero, classes.index(totals))


@golden
def frames(world):
    found = ps.frames(world.panel, show="window", window_days=3)
    return numbers([frame.total for frame in found], *(frame.values for frame in found[:4]))


# graphs


@golden_each(
    nearest=lambda world: world.near,
    distance=lambda world: ps.distance_graph(world.cities, within_km=world.km),
    distance_decaying=lambda world: world.networks["near"],
    border=lambda world: ps.border_graph(world.regions),
    border_of_cities=lambda world: ps.border_graph(world.regions, world.cities),
    link=lambda world: ps.link_graph(world.linked, world.links, mode="road"),
    link_within=lambda world: ps.link_graph(world.linked, world.links, reach_km=2 * world.km),
    gravity=lambda world: ps.gravity_graph(world.cities, exponent=1.5),
    gravity_within=lambda world: ps.gravity_graph(world.cities, within_km=world.km),
    delaunay=lambda world: ps.delaunay_graph(world.cities),
    gabriel=lambda world: ps.gabriel_graph(world.cities),
    similarity=lambda world: ps.similarity_graph(world.cities, world.alike),
    hierarchy=lambda world: ps.hierarchy_graph(world.cities, centers=3),
    broadcast=lambda world: ps.broadcast_graph(world.cities),
    normalized_by_source=lambda world: ps.gravity_graph(world.cities).normalize("source"),
    normalized_by_target=lambda world: ps.gravity_graph(world.cities).normalize("target"),
    union=lambda world: world.near.union(*world.networks.values()),
    reverse=lambda world: world.near.reverse(),
    subgraph=lambda world: world.near.subgraph(world.cities.index[::2]),
    from_networkx=lambda world: ps.DiffusionGraph.from_networkx(world.networks["near"].to_networkx()),
    from_libpysal=lambda world: ps.DiffusionGraph.from_libpysal(world.networks["near"].to_libpysal()),
    from_edges=lambda world: ps.DiffusionGraph.from_edges(world.near.edges, world.cities),
)
def graph(world, make):
    found = make(world)
    return numbers(found, found.matrix.sum(axis=0), found.matrix.sum(axis=1), found.is_symmetric)


# models

MODELS = {
    "si": ps.SI(0.3, 0.01),
    "sir": ps.SIR(0.5, 0.2, 0.01),
    "endemic_epidemic": ps.EndemicEpidemicModel(0.1, 0.2, 0.5, 0.3),
}


@golden_each(**MODELS)
def simulate(world, model):
    graph, seeds = world.near.normalize("target"), [world.origin]
    panel = ps.simulate(model, graph, seeds=seeds, days=15, first_day="2022-01-01", rng=1)
    many = ps.simulate_many(model, graph, seeds=seeds, days=10, draws=20, rng=1)
    return numbers(panel, many.values, many.mean(), many.quantile(0.9), many.totals())


@golden
def endemic_epidemic_expectations(world):
    model, graph = MODELS["endemic_epidemic"], world.near.normalize("source")
    return numbers(model.expected_counts(world.panel, graph), model.dominant_eigenvalue(graph))
