"""Make the gallery, every picture of January 2022 in Kazakhstan: `python docs/gallery/make.py` (or `make gallery`)."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

import protestspread as ps

HERE = Path(__file__).parent
CASE = ps.load_case("kazakhstan_2022")
EVENTS = CASE.events[~CASE.events["minor"]]
CITIES = ps.count_events(EVENTS, CASE.cities, start="2022-01-01", end="2022-01-11", observed=CASE.coverage)
REGIONS = ps.aggregate_panel(CITIES, CASE.cities["region_id"])
FIRST = ps.onsets(CITIES)
MAP = {"context": CASE.context, "attribution": CASE.attribution}
WHOLE = (0.02, 0.02, 0.96, 0.92)


def candidates(days: int = 3, reach_km: float = 300) -> ps.TransmissionTree:
    """Give each city that joined after 2 January possible parents: whoever had joined before, by distance alone.

    An illustration, not a fitted tree: the weight of a parent is exp(-km / reach_km), that of "from outside" 0.05.
    """
    joined = FIRST.dropna()
    km = pd.DataFrame(ps.distances_km(CASE.cities.loc[joined.index]), joined.index, joined.index)
    rows = []
    for target, day in joined.items():
        before = joined[(joined < day) & (joined >= day - pd.Timedelta(days=days))].index
        weights = (-km.loc[before, target].astype(float) / reach_km).map(lambda x: 2.718281828459045**x)
        whole = weights.sum() + 0.05
        rows.append((None, target, day, 0.05 / whole))
        rows += [(source, target, day, weight / whole) for source, weight in weights.items()]
    return ps.TransmissionTree(pd.DataFrame(rows, columns=["source", "target", "date", "probability"]))


TREE = candidates()
FRAME = CASE.cities[CASE.cities["in_frame"]]
JOINED = FIRST[FRAME.index]
NETWORKS = {
    "road": ps.link_graph(CASE.cities, CASE.links).subgraph(FRAME.index, kinds="road"),
    "distance": ps.distance_graph(FRAME, within_km=500, decay_km=150),
    "oil": ps.similarity_graph(FRAME, "oil_gas"),
    "hierarchy": ps.hierarchy_graph(FRAME),
}


def on_axes(draw, box=WHOLE, size=(10.0, 6.4)):
    """Return what draws on new axes and saves them."""

    def write(path):
        figure = Figure(figsize=size, dpi=150)
        draw(figure.add_axes(box))
        figure.savefig(path)

    return write


def in_russian(write):
    def speaking(path):
        with ps.language("ru"):
            write(path)

    return speaking


def multiples(path):
    figure = Figure(figsize=(10, 6.4), dpi=150)
    ps.plot_small_multiples(
        REGIONS, CASE.regions, dates=pd.date_range("2022-01-02", periods=6), figure=figure,
        title="Events reported, day by day", **MAP,
    )  # fmt: skip
    figure.savefig(path)


def by_type():
    kinds = EVENTS["event_type"].value_counts().index
    window = {"start": "2022-01-01", "end": "2022-01-11", "observed": CASE.coverage}
    return {kind: ps.count_events(EVENTS[EVENTS["event_type"] == kind], CASE.cities, **window) for kind in kinds}


def frame_of(day):
    def write(path):
        animation = animated()
        number = [step.date for step in animation.steps].index(pd.Timestamp(day))
        Image.fromarray(list(animation.frames())[number]).save(path)

    return write


def animated(**options):
    return ps.animate_spread(
        REGIONS, CASE.regions, cities=CASE.cities, city_panel=CITIES, tree=TREE, interventions=CASE.interventions,
        title=CASE.title, size=(1000, 800), **MAP, **options,
    )  # fmt: skip


PICTURES = [
    ("choropleth", "Where events were reported, 1 to 8 January. Zero is gray, missing would be hatched.",
     on_axes(lambda ax: ps.plot_choropleth(
         ps.cumulative(REGIONS).loc["2022-01-08"], CASE.regions, ax=ax, labels=True, legend_title="events",
         title="Kazakhstan: events reported, 1–8 January 2022", **MAP))),
    ("choropleth_ru", "The same, with Russian names and words.",
     in_russian(on_axes(lambda ax: ps.plot_choropleth(
         ps.cumulative(REGIONS).loc["2022-01-08"], CASE.regions, ax=ax, labels=True, legend_title="событий",
         title="Казахстан: сообщения о протестах, 1–8 января 2022", **MAP)))),
    ("small_multiples", "Six days with one legend: Mangystau on 2 January, almost the whole country on the 5th.", multiples),
    ("graph", "Roads and railways between the cities: ties by kind.",
     on_axes(lambda ax: ps.plot_graph(
         ps.link_graph(CASE.cities, CASE.links), CASE.regions, ax=ax, title="Roads and railways",
         labels=list(CASE.cities["population"].sort_values(ascending=False).index), **MAP))),
    ("curve", "Events a day, and what was in force.",
     on_axes(lambda ax: ps.plot_curve(REGIONS, CASE.interventions, ax=ax, title="Events a day, and what was in force"),
             box=(0.06, 0.08, 0.92, 0.85), size=(10, 4.5))),
    ("curve_by_type", "Events a day by type.",
     on_axes(lambda ax: ps.plot_curve(CITIES, ax=ax, by=by_type(), title="Events a day, by type"),
             box=(0.06, 0.08, 0.92, 0.85), size=(10, 4.5))),
    ("onsets", "The first day of each city, and isochrones between them. Hollow: no event found by 8 January.",
     on_axes(lambda ax: ps.plot_onsets(
         FIRST, CASE.cities, CASE.regions, ax=ax, isochrones=True, title="First day with a reported event", **MAP))),
    ("tree", "Who probably followed whom. Here an illustration: possible parents weighted by distance alone.",
     on_axes(lambda ax: ps.plot_tree(
         TREE, CASE.cities, CASE.regions, ax=ax, at_least=0.2, title="Who probably followed whom",
         note="An illustration: possible parents weighted by distance alone", **MAP))),
    ("flows", "Who sent troops: CSTO contingents, their strength as a range, their dates where they were found.",
     on_axes(lambda ax: ps.plot_flows(CASE.flows, CASE.regions, ax=ax, title="CSTO contingents, January 2022", **MAP))),
    ("timeline", "Events, interventions and contingents on one axis of time.",
     on_axes(lambda ax: ps.plot_timeline(CASE, ax=ax, mark=["KZ-ALA", "KZ-MAN"], title="Kazakhstan, January 2022"), size=(10, 7.5),
             box=(0.035, 0.05, 0.945, 0.89))),
    ("heatmap", "Cities by days, the first to join on top.",
     on_axes(lambda ax: ps.plot_heatmap(CITIES, ax=ax, title="Events by city and day"), box=(0.14, 0.06, 0.7, 0.89),
             size=(8, 9))),
    (
        "front",
        "Day of onset against distance from Zhanaozen, cities in the frame; triangles had not joined and count as later.",
        on_axes(
            lambda ax: ps.front_speed(JOINED, FRAME, origin="Zhanaozen", observed_until="2022-01-08", rng=1).plot(ax=ax),
            size=(9, 5.2),
            box=(0.1, 0.2, 0.86, 0.66),
        ),
    ),
    (
        "hierarchy",
        "Who joined next given who had: by population, and by distance to the nearest that had.",
        on_axes(
            lambda ax: ps.decompose_diffusion(JOINED, FRAME, observed_until="2022-01-08", simulations=0, rng=1).plot(ax=ax),
            size=(9, 5.6),
            box=(0.1, 0.08, 0.86, 0.82),
        ),
    ),
    (
        "networks",
        "Candidate networks: support, share of the onsets, strength, and what placebo networks do.",
        on_axes(
            lambda ax: ps.compare_networks(JOINED, NETWORKS, strata=FRAME["region_id"], placebos=99, rng=1).plot(ax=ax),
            size=(9, 3.2),
            box=(0.03, 0.06, 0.94, 0.84),
        ),
    ),
    (
        "drift",
        "The center of protest by day, with its ellipse.",
        on_axes(
            lambda ax: ps.plot_center_drift(
                ps.centers_over_time(CITIES.loc["2022-01-02":"2022-01-06"], CASE.cities, rng=1), CASE.regions, ax=ax,
                title="Center of protest, 2–6 January", **MAP,
            )
        ),
    ),
    ("frame_2_january", "The animation on 2 January: Mangystau alone.", frame_of("2022-01-02")),
    ("frame_5_january", "The animation on 5 January: almost the whole country.", frame_of("2022-01-05")),
]  # fmt: skip


def smaller(path):
    """Keep 200 colors: these pictures have hardly more, and take a third of the room."""
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(200, dither=Image.Dither.NONE).save(path, optimize=True)


def main():
    for name, _, write in PICTURES:
        write(HERE / f"{name}.png")
        if name != "timeline":  # fades would come in bands
            smaller(HERE / f"{name}.png")
    animated(fps=2).save(HERE / "spread.gif")
    lines = [
        f"## {name.replace('_', ' ').capitalize()}\n\n{caption}\n\n![{caption}]({name}.png)\n"
        for name, caption, _ in PICTURES
    ]
    head = "# Gallery\n\nEvery picture the library draws, of January 2022 in Kazakhstan. Made by [make.py](make.py): `make gallery`.\n"
    film = "## Animation\n\nTwo frames a second; `.save()` also writes MP4, WebP, single PNGs and HTML.\n\n![The animation, 1 to 11 January](spread.gif)\n"
    (HERE / "README.md").write_text("\n".join([head, *lines, film]), encoding="utf-8")


if __name__ == "__main__":
    main()
