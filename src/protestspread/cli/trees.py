"""What the command ``tree`` infers and prints."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from .fitting import FitOptions, fit_history, records
from .messages import in_options

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from ..graphs.tree import TransmissionTree

GivenDelay = tuple[list[float], list[float]] | None
"""Probabilities of 1, 2, ... days, and weights of the outside."""


@dataclass(frozen=True)
class InferredTree:
    """A tree of the command line."""

    tree: "TransmissionTree"
    names: "dict[str, str]"
    notes: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Return the sentence, the most likely parent of each region, and the assumptions."""
        lines = [self.tree.sentence, "", self._parents().to_string(index=False), ""]
        if len(self.tree.sensitivity):
            lines += [self.tree.sensitivity.to_string(index=False, float_format="{:.3g}".format, na_rep="-"), ""]
        return "\n".join([*lines, *(f"- {text}" for text in self._assumptions())])

    def to_json(self) -> str:
        """Return the same as one JSON object, with all possible parents."""
        tree = self.tree
        found = {
            "sentence": tree.sentence,
            "share_external": tree.share_external,
            "share_without_parent": tree.share_without_parent,
            "onsets": _by_target(tree.onsets),
            "parents": _by_target(tree.table),
            "sensitivity": records(tree.sensitivity.set_index("external")),
            "assumptions": self._assumptions(),
        }
        return json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False)

    def write(self, out: Path) -> None:
        """Write all possible parents to a CSV file."""
        from ..atomic_files import write_csv

        write_csv(self.tree.table.set_index("target")[["date", "source", "source_date", "probability"]], out)

    def _parents(self) -> "pd.DataFrame":
        """Return the most likely parent of each region and the probability that it started from outside."""
        import pandas as pd

        tree = self.tree
        inside = tree.edges.sort_values("probability", ascending=False, kind="stable").drop_duplicates("target")
        inside = inside.set_index("target").reindex(tree.onsets["target"])
        named = [self.names.get(place, "-") for place in inside["source"]]
        return pd.DataFrame({
            "region": [self.names[place] for place in tree.onsets["target"]],
            "first event": tree.onsets["date"].dt.strftime("%Y-%m-%d").to_numpy(),
            "probably followed": named,
            "probability": [f"{one:.2f}" if one > 0 else "-" for one in inside["probability"]],
            "from outside": [f"{one:.2f}" for one in tree.onsets["external"]],
        })  # fmt: skip

    def _assumptions(self) -> list[str]:
        return [in_options(text) for text in (*self.notes, *self.tree.assumptions)]


def infer_tree(
    panel: "pd.DataFrame", regions: "gpd.GeoDataFrame", options: FitOptions, given: GivenDelay
) -> InferredTree:
    """Return the tree of the first events of regions, from an event history or from a given delay."""
    from ..onset_dates import onsets
    from ..transmission.trees import transmission_tree

    graphs = options.graphs(regions)
    names = (
        regions["name"].astype(str).to_dict() if "name" in regions else {place: str(place) for place in regions.index}
    )
    if given is None:
        fit, note = fit_history(panel, regions, graphs, options)
        return InferredTree(transmission_tree(fit), names, note)
    delay, external = given
    shares = {name: graph.normalize("target") for name, graph in graphs.items()}  # weights of borders are kilometers
    tree = transmission_tree(onsets(panel), shares, delay=delay, external=external, observed_until=panel.index[-1])
    return InferredTree(tree, names, ("What reaches a region along its ties sums to 1 for each kind of tie.",))


def _by_target(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return rows for JSON, with dates as text."""
    dates = {name: table[name].dt.strftime("%Y-%m-%d") for name in ("date", "source_date") if name in table}
    return records(table.assign(**dates).set_index("target"))


def numbers_of(text: str, option: str) -> list[float]:
    """Return the numbers of an option that are separated by commas.

    Examples
    --------
    >>> numbers_of("0.5,0.3, 0.2", "--delay")
    [0.5, 0.3, 0.2]
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise typer.BadParameter(
            f"must be numbers separated by commas, such as 0.5,0.3,0.2; got {text!r}", param_hint=option
        ) from None
