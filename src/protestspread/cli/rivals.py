"""What the command ``rivals`` simulates and prints."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from .fitting import FitOptions, fit_history, records
from .messages import in_options

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..falsification.result import Falsification


@dataclass(frozen=True)
class HeldAgainstRivals:
    """The result of the command line."""

    found: "Falsification"
    notes: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the sentence, the p-values with the confusion, and the caveats."""
        table = self._table().to_string(index=False, float_format="{:.3g}".format)
        return "\n".join([self.found.sentence, "", table, "", *(f"- {text}" for text in self._caveats())])

    def to_json(self) -> str:
        """Return the same as one JSON object, with all statistics."""
        found = self.found
        described: dict[str, Any] = {
            "verdict": found.verdict,
            "sentence": found.sentence,
            "p_values": found.rival_p_values.to_dict(),
            "power": found.power,
            "worlds": records(self._table().set_index("rival")),
            "statistics": records(found.table),
            "not_tried": dict(found.not_tried),
            "caveats": self._caveats(),
        }
        return json.dumps(described, ensure_ascii=False, indent=1, allow_nan=False)

    def _table(self) -> "pd.DataFrame":
        found = self.found
        return found.confusion.assign(p_value=found.p_values).reset_index()[
            ["rival", "world", "draws", "p_value", "called_contagion"]
        ]

    def _caveats(self) -> list[str]:
        return [in_options(text) for text in (*self.notes, *self.found.caveats)]


def hold_against_rivals(
    panel: "pd.DataFrame", regions: "gpd.GeoDataFrame", options: FitOptions, *, strata: str | None, draws: int
) -> HeldAgainstRivals:
    """Fit an event history to the first events of regions, and hold it against rivals."""
    import geopandas as gpd

    from ..falsification.falsify import falsify
    from ..falsification.rivals import NAMED_RIVALS

    if strata is not None and strata not in regions:
        raise typer.BadParameter(f"the regions have no column {strata!r}", param_hint="--strata")
    fit, notes = fit_history(panel, regions, options.graphs(regions), options)
    places = fit.observed().columns
    inside = regions.loc[places].geometry.representative_point()
    points = gpd.GeoDataFrame(geometry=inside, index=places.rename("city"))
    rivals = list(NAMED_RIVALS)
    if "population" in regions and not notes:
        points["population"] = regions["population"].astype(float)
    else:
        rivals = ["regional shocks", "common shock"]
        notes = (
            *notes,
            "Population is not known of all regions, so that 'attributes' and 'reporting delay' were not tried.",
        )
    areas = None if strata is None else regions[strata]
    found = falsify(fit, points, rivals=rivals, strata=areas, draws=draws, rng=options.seed)
    return HeldAgainstRivals(found, notes)
