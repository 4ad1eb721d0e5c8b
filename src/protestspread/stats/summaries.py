"""Did it spread? One summary of the first tests, to read aloud or to hand to a script."""

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import DataError
from ..graphs.relations import border_graph
from ..random_streams import seed_of
from ..results import Result
from .autocorrelation.join_counts import join_counts_over_time
from .autocorrelation.moran import moran_over_time
from .interaction.knox_ladder import KnoxLadder, knox_ladder
from .signatures import SpreadSignatures, spread_signatures

_LEVEL = 0.05
_CAVEAT = (
    "A small p-value is consistent with spread from place to place, and with anything else that neighbors share for a shorter time "
    "than the strata last; no test here tells a cause."
)


@dataclass(frozen=True, repr=False, eq=False)
class SpreadSummary(Result):
    """What the first tests say of events and of their counts by region.

    Attributes
    ----------
    ladder
        The Knox test under every null that the data allow.
    over_time
        Name of the statistic -> its table by date: "moran", "join_counts".
    signatures
        How each step of the spread looked; None where it cannot be counted.
    left_out
        What could not be done, and why.
    """

    ladder: KnoxLadder
    over_time: dict[str, pd.DataFrame]
    signatures: SpreadSignatures | None
    left_out: dict[str, str]

    @property
    def sentence(self) -> str:
        """All that was found, in sentences that can be read aloud."""
        told = [self.ladder.sentence, *map(_told, self.over_time.values())]
        told += [self.signatures.sentence] if self.signatures is not None else []
        told += [f"Not done: {what}, because {why}." for what, why in self.left_out.items()]
        return "\n\n".join([*told, _CAVEAT])

    def __str__(self) -> str:
        table = self.ladder.to_frame()[["statistic", "expected", "ratio", "z_score", "p_value"]]
        return f"{self.sentence}\n\n{table.to_string(float_format='{:.3f}'.format)}"

    def to_frame(self) -> pd.DataFrame:
        """Return the ladder as a table."""
        return self.ladder.to_frame()

    def to_json(self) -> str:
        """Return every number as JSON; what is missing is null."""
        parts: dict[str, Any] = {"knox_ladder": _part(self.ladder.sentence, self.ladder.to_frame())}
        parts["knox_ladder"]["left_out"] = dict(self.ladder.left_out)
        parts |= {f"{name}_over_time": _part(_told(table), table) for name, table in self.over_time.items()}
        if self.signatures is not None:
            parts["spread_signatures"] = _part(self.signatures.sentence, self.signatures.totals)
        return json.dumps(parts | {"left_out": self.left_out, "caveat": _CAVEAT}, ensure_ascii=False, indent=1)


def summarize_spread(
    events: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    panel: pd.DataFrame,
    *,
    within_km: float,
    within_days: int,
    exclude_within_km: float = 1.0,
    permutations: int = 999,
    rng: int | np.random.Generator | None = None,
) -> SpreadSummary:
    """Run the first tests of spread: what the command ``protestspread stats`` prints.

    Parameters
    ----------
    events
        Located events (``region_id`` gives the strata).
    regions
        Polygons; those that share a border are neighbors.
    panel
        The counts of the events, a column a region.
    within_km, within_days, exclude_within_km
        See `knox_ladder`.
    permutations, rng
        Draws of each null, and where they start from.

    Returns
    -------
    SpreadSummary
        ``print(summary)``, ``summary.to_json()``.

    Raises
    ------
    SchemaError, DataError
        As in `knox_ladder`; what the regions do not allow (no borders, fewer than four) stands in ``left_out`` instead.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_region = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> summary = ps.summarize_spread(case.events, case.regions, by_region, within_km=200, within_days=1, permutations=99, rng=1)
    >>> list(summary.over_time), summary.left_out
    (['moran', 'join_counts'], {})
    """
    seed = seed_of(rng)
    ladder = knox_ladder(
        events, within_km=within_km, within_days=within_days, exclude_within_km=exclude_within_km, permutations=permutations, rng=seed
    )  # fmt: skip
    over_time: dict[str, pd.DataFrame] = {}
    signatures, left_out = None, {}
    try:
        graph = border_graph(regions)
        over_time["moran"] = moran_over_time(panel, graph, permutations=permutations, rng=seed)
        over_time["join_counts"] = join_counts_over_time(panel, graph, permutations=permutations, rng=seed)
    except DataError as fault:
        left_out["statistics by region and date"] = "; ".join(fault.faults)
    else:
        try:
            signatures = spread_signatures(panel, graph, permutations=permutations, rng=seed)
        except DataError as fault:
            left_out["signatures of spread"] = "; ".join(fault.faults)
    return SpreadSummary(ladder=ladder, over_time=over_time, signatures=signatures, left_out=left_out)


def _told(table: pd.DataFrame) -> str:
    """Say on how many dates a statistic stands out, and on which."""
    tested = table["p_value"].notna()
    clear = pd.DatetimeIndex(table.index[table["adjusted_p_value"] <= _LEVEL])
    name = table.attrs["statistic"]
    found = (
        f"stands out on {len(clear)} of {int(tested.sum())} dates tested"
        if len(clear)
        else f"stands out on none of {int(tested.sum())} dates tested"
    )
    when = f" ({', '.join(clear[:6].strftime('%Y-%m-%d'))}{', ...' if len(clear) > 6 else ''})" if len(clear) else ""
    return f"{name} {found}{when}, adjusted for their number."


def _part(sentence: str, table: pd.DataFrame) -> dict[str, Any]:
    """Return a table as records that JSON can hold."""
    flat = table.reset_index()
    for name in flat.select_dtypes("datetime").columns:
        flat[name] = flat[name].dt.strftime("%Y-%m-%d")
    flat = flat.astype(object).where(flat.notna(), None)
    return {"sentence": sentence, "rows": json.loads(flat.to_json(orient="records"))}
