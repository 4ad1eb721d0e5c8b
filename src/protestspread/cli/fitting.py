"""What the command ``fit`` fits and prints."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from .messages import in_options

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..graphs.diffusion import DiffusionGraph
    from ..inference.likelihood.fits import Fit
    from ..models.placebo import PlaceboTest

ModelName = Literal["endemic-epidemic", "event-history"]
FirthChoice = Literal["auto", "yes", "no"]


_EXPOSURE = "A unit of exposure: all ties of a region lead to regions that had joined, against none."


class GraphKind(StrEnum):
    """The ties between regions that can be asked for."""

    BORDERS = "borders"
    NEAREST = "nearest"
    DISTANCE = "distance"


@dataclass(frozen=True)
class FitOptions:
    """The options of the command ``fit`` about models."""

    graph: Sequence[GraphKind]
    nearest: int
    graph_km: float
    family: Literal["nb", "poisson"]
    trend: bool
    firth: FirthChoice
    placebos: int
    seed: int

    def graphs(self, regions: "gpd.GeoDataFrame") -> "dict[str, DiffusionGraph]":
        """Return the graphs that were asked for, by name."""
        return {kind.value: self._graph(kind, regions) for kind in self.graph}

    def _graph(self, kind: GraphKind, regions: "gpd.GeoDataFrame") -> "DiffusionGraph":
        import geopandas as gpd

        from ..graphs.near import distance_graph, nearest_graph
        from ..graphs.relations import border_graph

        if kind is GraphKind.BORDERS:
            return border_graph(regions)
        inside = regions.geometry.representative_point()
        points = gpd.GeoDataFrame(geometry=inside, index=regions.index.rename("city"))
        if kind is GraphKind.NEAREST:
            return nearest_graph(points, k=self.nearest)
        return distance_graph(points, within_km=self.graph_km)


@dataclass(frozen=True)
class Fitted:
    """A fit of the command line, with its null."""

    model: ModelName
    fit: "Fit"
    panel: "pd.DataFrame"
    placebos: "dict[str, PlaceboTest]"
    notes: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the sentence, the table of estimates, and the caveats."""
        table = self.fit.summary().to_string(float_format="{:.3g}".format, na_rep="-")
        lines = [self.fit.sentence, *(test.sentence for test in self.placebos.values()), "", table, ""]
        return "\n".join([*lines, *(f"- {text}" for text in self._caveats())])

    def to_json(self) -> str:
        """Return the same as one JSON object; numbers that are not finite are null."""
        from ..panels import period_of

        start, end = (f"{date:%Y-%m-%d}" for date in period_of(self.panel))
        fit = self.fit
        found: dict[str, Any] = {
            "model": self.model,
            "period": {"start": start, "end": end, "events": int(self.panel.sum().sum()), "regions": self.panel.shape[1]},
            "sentence": fit.sentence,
            "converged": fit.converged,
            "estimates": records(fit.summary()),
            "diagnostics": json.loads(fit.diagnostics().to_json(default_handler=str)),
            "by_region": records(fit.by_place()),
            "placebo_tests": {name: _placebo_record(test) for name, test in self.placebos.items()},
            "caveats": self._caveats(),
        }  # fmt: skip
        return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)

    def _caveats(self) -> list[str]:
        more = [text for test in self.placebos.values() for text in test.caveats]
        return [in_options(text) for text in dict.fromkeys([*self.notes, *self.fit.caveats, *more])]


def fit_model(model: ModelName, panel: "pd.DataFrame", regions: "gpd.GeoDataFrame", options: FitOptions) -> Fitted:
    """Fit a model to the counts of regions; population is held constant where it is known."""
    graphs = options.graphs(regions)
    if model == "event-history":
        return _fit_history(panel, regions, graphs, options)
    from ..models.counts.fit import fit_endemic_epidemic
    from ..models.terms import Terms

    people, note = _people(regions)
    only = next(iter(graphs.values())) if len(graphs) == 1 else graphs
    endemic = Terms(trend=True) if options.trend else None
    fit = fit_endemic_epidemic(panel, only, family=options.family, endemic=endemic, offset=people)
    names = ["neighbors"] if len(graphs) == 1 else list(graphs)
    return Fitted(model, fit, panel, _placebo_tests(fit, names, options, population=people), note)


def _fit_history(
    panel: "pd.DataFrame", regions: "gpd.GeoDataFrame", graphs: "dict[str, DiffusionGraph]", options: FitOptions
) -> Fitted:
    fit, note = fit_history(panel, regions, graphs, options)
    return Fitted("event-history", fit, panel, _placebo_tests(fit, list(graphs), options), (*note, _EXPOSURE))


def fit_history(
    panel: "pd.DataFrame", regions: "gpd.GeoDataFrame", graphs: "dict[str, DiffusionGraph]", options: FitOptions
) -> "tuple[Fit, tuple[str, ...]]":
    """Return an event history of the first events of regions, and a note where population is not known."""
    from ..models.hazards.event_history import fit_event_history
    from ..onset_dates import onsets

    firth: Any = {"auto": "auto", "yes": True, "no": False}[options.firth]
    people, note = _people(regions)
    fit = fit_event_history(
        onsets(panel),
        graphs,
        attributes=None if people is None else "population",
        cities=regions,
        normalize="target",  # the weights of borders are kilometers
        firth=firth,
        observed_until=panel.index[-1],
        panel=panel,
    )
    return fit, note


def _placebo_tests(fit: Any, networks: list[str], options: FitOptions, **more: Any) -> "dict[str, PlaceboTest]":
    """Hold each network against placebo networks, if they are asked for."""
    if not options.placebos:
        return {}
    return {name: fit.placebo_test(name, permutations=options.placebos, rng=options.seed, **more) for name in networks}


def _placebo_record(test: "PlaceboTest") -> dict[str, Any]:
    known = {"sentence": test.sentence, "verdict": test.verdict}
    return known | {"p_value": None if test.reason else test.p_value, "nulls": records(test.to_frame())}


def _people(regions: "gpd.GeoDataFrame") -> "tuple[pd.Series | None, tuple[str, ...]]":
    """Return the population of each region over the mean, or None with a note where it is not known of all."""
    import numpy as np
    import pandas as pd

    if "population" not in regions:
        return None, ()
    people = pd.to_numeric(regions["population"], errors="coerce").astype(float)
    unknown = people.index[~(np.isfinite(people) & (people > 0))]
    if len(unknown):
        from ..errors import shorten_list

        return None, (f"Population is not used, as it is not known of {shorten_list(unknown)}.",)
    return people / people.mean(), ()


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table for JSON; numbers that are not finite are None."""
    found: list[dict[str, Any]] = json.loads(table.reset_index().to_json(orient="records", date_format="iso"))
    return found
