"""The map on the landing page: drawn by the library, one file without other scripts."""

from generated_files import outputs_folder

import protestspread as ps


def draw_map(_app, _config):
    path = outputs_folder() / "extra/maps/kazakhstan_2022.html"
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    case = ps.load_case("kazakhstan_2022")
    events = case.events[~case.events["minor"]]
    window = {"start": "2022-01-01", "end": "2022-01-11", "observed": case.coverage}
    city_panel = ps.count_events(events, case.cities, **window)
    ps.spread_map(
        ps.aggregate_panel(city_panel, case.cities["region_id"]),
        case.regions,
        cities=case.cities,
        city_panel=city_panel,
        by={kind: ps.count_events(rows, case.cities, **window) for kind, rows in events.groupby("event_type")},
        interventions=case.interventions,
        flows=case.flows,
        context=case.context,
        title=case.title,
        attribution=case.attribution,
    ).save(path)


def setup(app):
    app.connect("config-inited", draw_map)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
