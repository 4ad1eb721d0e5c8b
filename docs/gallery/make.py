"""Draw the gallery: `make gallery` (needs `make browser`). Each function draws a figure; its docstring gives the title and the caption."""

import dataclasses
from functools import cache

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from PIL import Image

import protestspread as ps

plt.rcParams["figure.dpi"] = 150
case = ps.load_case("kazakhstan_2022")
events = case.events[~case.events["minor"]]
window = {"start": "2022-01-01", "end": "2022-01-11", "observed": case.coverage}
city_panel = ps.count_events(events, case.cities, **window)
panel = ps.aggregate_panel(city_panel, case.cities["region_id"])
background = {"context": case.context, "attribution": case.attribution}
by_type = {
    kind: ps.count_events(events[events["event_type"] == kind], case.cities, **window)
    for kind in events["event_type"].value_counts().index
}
first_day = ps.onsets(city_panel)
frame = case.cities[case.cities["in_frame"]]  # cities selected independently of events


def _fitted_tree():
    """Return the tree of the order of onsets, along oil towns and the urban hierarchy, given population."""
    graphs = {"oil": ps.similarity_graph(frame, "oil_gas"), "hierarchy": ps.hierarchy_graph(frame)}
    people = np.log(frame["population"]).rename("log population")
    fit = ps.fit_oada(first_day[frame.index], graphs, attributes=people - people.mean(), effect="multiplicative")
    return ps.transmission_tree(fit)


fitted_tree = _fitted_tree()
map_options = {
    "cities": case.cities,
    "city_panel": city_panel,
    "by": by_type,
    "interventions": case.interventions,
    "flows": case.flows,
    "title": case.title,
    **background,
}
animation_options = {
    "cities": case.cities,
    "city_panel": city_panel,
    "tree": fitted_tree,
    "interventions": case.interventions,
    "title": case.title,
    "size": (1000, 800),
    **background,
}


def choropleth():
    """Choropleth.

    Number of reported events by region, 1 to 8 January. Regions without events are white; unobserved regions would be hatched.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_choropleth(
        ps.cumulative(panel).loc["2022-01-08"],
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        labels=True,
        legend_title="events",
        title="Kazakhstan: events reported, 1–8 January 2022",
        **background,
    )
    return figure


def choropleth_ru():
    """Choropleth in Russian.

    The same map with Russian names and labels.
    """
    with ps.language("ru"):
        figure = plt.figure(figsize=(10, 6.4))
        ps.plot_choropleth(
            ps.cumulative(panel).loc["2022-01-08"],
            case.regions,
            ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
            labels=True,
            legend_title="событий",
            title="Казахстан: сообщения о протестах, 1–8 января 2022",
            **background,
        )
    return figure


def column():
    """Choropleth for a journal.

    The same map for a column of 89 mm: the map fills the width, and the legend stands below.
    """
    ax = ps.plot_choropleth(
        ps.cumulative(panel).loc["2022-01-08"],
        case.regions,
        width_mm=89,
        labels=True,
        legend_title="events",
        title="Events reported, 1–8 January 2022",
        **background,
    )
    return ax.figure


def insets():
    """Insets.

    Reported protests by state, 26 May to 7 June 2020. Alaska and Hawaii stand in boxes with a scale bar of their own; small states have
    squares.
    """
    floyd = ps.load_case("george_floyd_2020")
    reported = floyd.events[floyd.events["date"].between("2020-05-26", "2020-06-07")]
    counts = ps.count_events(reported, floyd.cities, start="2020-05-26", end="2020-06-07", observed=floyd.coverage)
    figure = plt.figure(figsize=(10, 6.6))
    ps.plot_choropleth(
        ps.aggregate_panel(counts, floyd.cities["region_id"]).sum(),
        floyd.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        labels=True,
        legend_title="events",
        title="United States: events reported, 26 May – 7 June 2020",
        context=floyd.context,
        attribution=floyd.attribution,
    )
    return figure


def small_multiples():
    """Small multiples.

    Six days with one legend: events only in Mangystau on 2 January, and in almost the whole country on 5 January.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_small_multiples(
        panel,
        case.regions,
        dates=pd.date_range("2022-01-02", periods=6),
        figure=figure,
        title="Events reported, day by day",
        **background,
    )
    return figure


def graph():
    """Diffusion graph.

    Roads and railways between the cities, by kind of tie.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_graph(
        ps.link_graph(case.cities, case.links),
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        labels=list(case.cities["population"].sort_values(ascending=False).index),
        title="Roads and railways",
        **background,
    )
    return figure


def curve():
    """Curve of events.

    Events per day, and the interventions in force: lanes are as high as the share of the people they concern.
    """
    figure = plt.figure(figsize=(10, 4.5))
    ps.plot_curve(
        panel,
        case.interventions,
        ax=figure.add_axes((0.06, 0.08, 0.92, 0.85)),
        regions=case.regions,
        title="Events per day and interventions in force",
    )
    return figure


def curve_by_type():
    """Curve by type of event.

    Events per day, by type.
    """
    figure = plt.figure(figsize=(10, 4.5))
    ps.plot_curve(
        city_panel,
        by=by_type,
        ax=figure.add_axes((0.06, 0.08, 0.92, 0.85)),
        title="Events per day, by type",
    )
    return figure


def onsets():
    """First days.

    First day with an event in each city, and isochrones. Hollow circles: no event found by 8 January.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_onsets(
        first_day,
        case.cities,
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        isochrones=True,
        title="First day with a reported event",
        **background,
    )
    return figure


def tree():
    """Transmission tree.

    Who followed whom if protest spread among oil towns and down the urban hierarchy, as fitted to the order of onsets given
    population. Attributes of the cities without any network fit better: the tree shows what the fit implies, not what happened.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_tree(
        fitted_tree,
        case.cities,
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        at_least=0.1,
        title="Who probably followed whom",
        note="Inferred from the order of onsets, along oil towns and the urban hierarchy",
        **background,
    )
    return figure


def followers():
    """Who followed whom, by region.

    Expected numbers of first events in cities of a region (columns) that followed one in another (rows), for a given delay and weight of the outside. Both are assumptions: with another weight, two
    fifths to four fifths of the onsets come from outside.
    """
    tree = ps.transmission_tree(
        first_day[frame.index], frame, delay=[0.5, 0.3, 0.2], external=[0.02, 0.1, 0.5], decay_km=200
    )
    figure = plt.figure(figsize=(10, 8.6))
    axes = figure.add_axes((0.19, 0.09, 0.7, 0.74))
    tree.plot(ax=axes, strata=frame["region_id"].map(case.regions["name"]))
    return figure


def rivals():
    """A fit among its rivals.

    Eight statistics of January 2022 (lines) among spreads simulated without transmission and from a fit along the four nearest cities. Where a dot is open, the
    world gives the observed value. Some rivals give these data at least as well as contagion does (`falsify`, notebook 10).
    """
    size = np.log(frame["population"]).rename("log population")
    fit = ps.fit_tada(
        first_day[frame.index],
        {"near": ps.nearest_graph(frame, k=4)},
        observed_until="2022-01-08",
        attributes=size - size.mean(),
        effect="multiplicative",
    )
    return ps.falsify(fit, frame, rng=1).plot(title="January 2022 among its rivals").figure


def clusters():
    """Clusters in space and time.

    The most likely cluster of a space-time scan of the cities in the frame, with whole cities exchanged: where January 2022 began. Areas of dots are the days on which each
    city was active.
    """
    frame = case.cities[case.cities["in_frame"]]
    scan = ps.scan_statistic(events[events["city"].isin(frame.index)], frame, within_km=300, within_days=3, rng=1)
    figure = plt.figure(figsize=(9, 5.8))
    scan.plot(regions=case.regions, ax=figure.add_axes((0, 0, 1, 0.92)), title="The most likely cluster, January 2022")
    return figure


def responses():
    """What follows what.

    Pairs of a day of protest and a day of clashes in the same city, by the number of days between them, under two nulls. Clashes came after protest, but protest came first
    everywhere, and the days of the clashes fit their own cities no better than others.
    """
    response = ps.response_test(
        case.events, case.cities, first="protest", then="armed_clash", within_km=0, within_days=2, rng=1
    )
    figure = plt.figure(figsize=(8.5, 4.6))
    response.plot(by="lag", ax=figure.add_axes((0.24, 0.11, 0.74, 0.7)), title="Armed clashes before and after protest")
    return figure


def growth():
    """Growth ratio.

    How many cities were active for each that had been active before, with an assumed serial interval of 1.7 days on average, in windows of two days.
    """
    active = (city_panel.loc[:"2022-01-08"] > 0).astype(float)
    ratio = ps.growth_ratio(active, serial_interval=[0.5, 0.3, 0.2], window_days=2)
    figure = plt.figure(figsize=(8, 3.8))
    ratio.plot(ax=figure.add_axes((0.08, 0.16, 0.9, 0.68)), title="Growth of January 2022")
    return figure


def flows():
    """Flows between countries.

    CSTO contingents by country of origin. Widths show the range of reported strengths; dates are given if they were found.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_flows(
        case.flows,
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        title="CSTO contingents, January 2022",
        **background,
    )
    return figure


def timeline():
    """Timeline.

    Events, interventions and contingents on one time axis. Lanes are as high as the share of the people they concern.
    """
    figure = plt.figure(figsize=(10, 7.5))
    ps.plot_timeline(
        dataclasses.replace(case, events=events),
        ax=figure.add_axes((0.055, 0.05, 0.925, 0.89)),
        mark=["KZ-ALA", "KZ-MAN"],
        title="Kazakhstan, January 2022",
    )
    return figure


def heatmap():
    """Heatmap of cities by days.

    Events by city and day. Cities are sorted by their first day.
    """
    figure = plt.figure(figsize=(8, 9))
    ps.plot_heatmap(city_panel, ax=figure.add_axes((0.14, 0.06, 0.7, 0.89)), title="Events by city and day")
    return figure


def front():
    """Onset by distance.

    Onset of cities in the frame by distance from Zhanaozen, and the chance of ever joining. Triangles: cities that had not joined by 8
    January (censored). Onsets are later farther away, but at the speed of news: no front is claimed.
    """
    result = ps.front_speed(first_day[frame.index], frame, origin="Zhanaozen", observed_until="2022-01-08", rng=1)
    figure = plt.figure(figsize=(9, 5.4))
    result.plot(ax=figure.add_axes((0.1, 0.24, 0.84, 0.58)), title="First day by distance from Zhanaozen")
    return figure


def hierarchy():
    """Hierarchical and contagious diffusion.

    Effects of population, and of distance to the nearest place that had joined, on which places joined next.
    """
    result = ps.decompose_diffusion(first_day[frame.index], frame, observed_until="2022-01-08", simulations=0, rng=1)
    figure = plt.figure(figsize=(9, 5.6))
    result.plot(ax=figure.add_axes((0.1, 0.08, 0.86, 0.82)), title="Effects of population and distance on joining")
    return figure


def networks():
    """Comparison of networks.

    Candidate networks beside attributes of the cities (population, seat of a region, oil): support, share of onsets, strength, and
    comparison with placebo networks and with spreads without transmission. None is favored.
    """
    candidates = {
        "road": ps.link_graph(case.cities, case.links, mode="road", among=frame.index),
        "rail": ps.link_graph(case.cities, case.links, mode="rail", among=frame.index),
        "distance": ps.distance_graph(frame, within_km=500, decay_km=150),
        "oil": ps.similarity_graph(frame, "oil_gas"),
        "hierarchy": ps.hierarchy_graph(frame),
    }
    result = ps.compare_networks(
        first_day[frame.index],
        candidates,
        frame,
        attributes=["population", "is_regional_capital"],
        strata=frame["region_id"],
        rng=1,
    )
    figure = plt.figure(figsize=(9, 3.6))
    result.plot(ax=figure.add_axes((0.03, 0.06, 0.94, 0.84)), title="Candidate networks compared")
    return figure


@cache
def _rates_of_2020():
    """Return the case of 2020 and a fit of the daily counts of its states."""
    floyd = ps.load_case("george_floyd_2020")
    counts = ps.count_events(floyd.events, floyd.regions, start="2020-05-26", end="2020-06-14", observed=floyd.coverage)
    people = floyd.regions["population"] / floyd.regions["population"].mean()
    endemic = ps.Terms(weekday="weekend", trend=True)
    return floyd, ps.fit_endemic_epidemic(counts, ps.border_graph(floyd.regions), endemic=endemic, offset=people)


def fitted_parts():
    """Fitted parts.

    Daily events in the United States, 27 May to 14 June 2020, as the sum of what arises anew, what follows events of the same
    state, and what follows events of bordering states.
    """
    _, fit = _rates_of_2020()
    figure = plt.figure(figsize=(9, 3.8))
    fit.plot(ax=figure.add_axes((0.02, 0.03, 0.96, 0.87)), title="Daily events and fitted parts, United States 2020")
    return figure


def fitted_parts_by_place():
    """Fitted parts by place.

    The same fit in six states.
    """
    _, fit = _rates_of_2020()
    figure = plt.figure(figsize=(9, 4.8))
    ax = figure.add_axes((0.02, 0.03, 0.96, 0.89))
    places = ["US-MN", "US-CA", "US-NY", "US-TX", "US-WA", "US-FL"]
    fit.plot(places=places, ax=ax, title="Daily events and fitted parts, by state")
    return figure


def estimates():
    """Estimates of a fit.

    The parameters of the same fit with their profile-likelihood intervals. Effects of an event history are drawn as hazard ratios.
    """
    _, fit = _rates_of_2020()
    figure = plt.figure(figsize=(9, 4.4))
    ps.plot_estimates(fit, ax=figure.add_axes((0.02, 0.03, 0.96, 0.88)), title="Estimates, daily events of 2020")
    return figure


def neighbors_share():
    """Share of the neighbors.

    Share of the expected events of each state that the model attributes to earlier events in bordering states. With states exchanged on the graph, the model
    fits as well: these shares describe a model, and are no evidence of spread between states (notebook 08).
    """
    floyd, fit = _rates_of_2020()
    figure = plt.figure(figsize=(10, 6.6))
    ps.plot_choropleth(
        fit.by_place()["share of neighbors"],
        floyd.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        scheme=[0.02, 0.05, 0.1, 0.2],
        title="Share of expected events attributed to bordering states",
        context=floyd.context,
        attribution=floyd.attribution,
    )
    return figure


def residuals():
    """Residuals by place.

    Observed against expected events of each state, in standard deviations: more in warm colors, fewer in cold ones.
    """
    floyd, fit = _rates_of_2020()
    figure = plt.figure(figsize=(10, 6.6))
    ps.plot_choropleth(
        fit.by_place()["residual"],
        floyd.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        scheme=[-2, -1, 1, 2],
        legend_title="standard deviations",
        title="Observed against expected events, 27 May – 14 June 2020",
        context=floyd.context,
        attribution=floyd.attribution,
    )
    return figure


@cache
def _simulated_spreads():
    """Return 1,000 spreads from 2 January, simulated from a model fitted to the first days of 2 to 4 January."""
    until = first_day[frame.index].where(lambda days: days <= "2022-01-04")
    graphs = {"oil": ps.similarity_graph(frame, "oil_gas"), "hierarchy": ps.hierarchy_graph(frame)}
    fit = ps.fit_tada(until, graphs, observed_until="2022-01-04", seeds="first day")
    seeds = list(until.index[until == "2022-01-02"])
    options = {"days": 10, "first_day": "2022-01-02", "draws": 1_000, "rng": 1}
    return ps.simulate_many(fit.model, fit.graph, seeds=seeds, **options)


def fan():
    """Simulated spreads.

    Cities of the frame that joined, and 1,000 spreads simulated from a model of diffusion along oil towns and the hierarchy of seats, fitted to
    2–4 January. The observed course of 5 January lies in the band, and stops where the simulated ones go on.
    """
    figure = plt.figure(figsize=(9, 3.8))
    ax = figure.add_axes((0.07, 0.1, 0.91, 0.73))
    _simulated_spreads().plot(observed=city_panel, ax=ax, title="Cities that joined, observed and simulated")
    return figure


def probability():
    """Probability of being reached.

    Share of the same 1,000 spreads that have reached each city by 3 January. It is a probability under the model only.
    """
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_cities(
        _simulated_spreads().reached_by("2022-01-03"),
        case.cities,
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        scheme="probability",
        legend_title="probability reached by 3 January",
        title="Simulated spreads, fitted to 2–4 January 2022",
        **background,
    )
    return figure


def drift():
    """Center of protest.

    The mean center of each day's events, with its standard ellipse.
    """
    centers = ps.centers_over_time(city_panel.loc["2022-01-02":"2022-01-06"], case.cities, rng=1)
    figure = plt.figure(figsize=(10, 6.4))
    ps.plot_center_drift(
        centers,
        case.regions,
        ax=figure.add_axes((0.02, 0.02, 0.96, 0.92)),
        title="Center of protest, 2–6 January",
        **background,
    )
    return figure


def spread_map():
    """Spread map.

    One HTML file that needs no network: readers play it day by day, choose what the colors show, and take counts away.
    """
    return ps.spread_map(panel, case.regions, **map_options)


def spread_map_pinned():
    """Spread map, a pinned place.

    A click or the search pins a place: its first day, its rank, its own curve by type, and what was in force there.
    The address of the page ends with `#d=2022-01-04&p=c:Zhanaozen`.
    """
    return ps.spread_map(panel, case.regions, **map_options)


def spread_map_so_far():
    """Spread map, so far.

    Sums over unobserved days are lower bounds: they keep their color and are hatched. Arrows show the CSTO contingents.
    The address of the page ends with `#d=2022-01-09&v=so_far`.
    """
    return ps.spread_map(panel, case.regions, **map_options)


def spread_map_simulated():
    """Spread map, simulated spreads.

    The same 1,000 spreads on the page: a fan beside the observed course, and the probability that a place has been reached by the date.
    The address of the page ends with `#d=2022-01-05&v=probability`.
    """
    note = "Diffusion along oil towns and the hierarchy of seats, fitted to the first days of 2–4 January; 1,000 draws from 2 January."
    return ps.spread_map(panel, case.regions, ensemble=_simulated_spreads(), ensemble_note=note, **map_options)


def spread():
    """Animation.

    Two frames per second, 1 to 11 January. `save` also writes MP4, WebP, single PNG files and HTML.
    """
    return ps.animate_spread(panel, case.regions, fps=2, **animation_options)


def frame_2_january():
    """Animation, 2 January.

    One frame of the animation: events only in Mangystau.
    """
    frames = ps.animate_spread(panel, case.regions, **animation_options).frames()
    return Image.fromarray(list(frames)[1])  # 1 January is frame 0


def frame_5_january():
    """Animation, 5 January.

    One frame of the animation: events in almost the whole country.
    """
    frames = ps.animate_spread(panel, case.regions, **animation_options).frames()
    return Image.fromarray(list(frames)[4])  # 1 January is frame 0


def _write(draw, folder):
    """Draw one figure, save it and return its path; the address at which a map is opened stands in the caption."""
    from screenshots import reduce_colors, screenshot_of_map

    picture = draw()
    if isinstance(picture, ps.SpreadAnimation):
        return picture.save(folder / f"{draw.__name__}.gif")
    path = folder / f"{draw.__name__}.png"
    if isinstance(picture, ps.SpreadMap):
        address = [part for part in draw.__doc__.split("`") if part.startswith("#")]
        screenshot_of_map(picture, path, *address)
        return path
    if isinstance(picture, plt.Figure):
        picture.savefig(path)
        plt.close(picture)
    else:
        picture.save(path)
    if draw is not timeline:  # its gradients would show bands
        reduce_colors(path)
    return path


def _main():
    import sys
    from pathlib import Path
    from types import FunctionType

    folder = Path(__file__).parent
    sys.path.insert(0, str(folder.parent / "images"))
    pages = [
        "# Gallery\n\nFigures of protest, most in Kazakhstan in January 2022, drawn by [make.py](make.py) (`make gallery`).\n"
    ]
    for name, draw in list(globals().items()):
        if isinstance(draw, FunctionType) and not name.startswith("_"):
            title, _, caption = draw.__doc__.partition("\n\n")
            path = _write(draw, folder)
            pages.append(
                f"## {title.rstrip('.')}\n\n{' '.join(caption.split())}\n\n![{title.rstrip('.')}]({path.name})\n"
            )
    (folder / "README.md").write_text("\n".join(pages), encoding="utf-8")


if __name__ == "__main__":
    _main()
