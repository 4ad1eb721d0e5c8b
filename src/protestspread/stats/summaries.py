"""A summary of the first tests of spread, as text or JSON."""

import json
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import DataError
from ..figures import NullLadder
from ..graphs.relations import border_graph
from ..panels import period_of
from ..random_streams import seed_of
from ..results import Result
from ..tables import check_events, check_panel
from ..wording import format_period
from .autocorrelation.join_counts import join_counts_over_time
from .autocorrelation.moran import moran_over_time
from .autocorrelation.results import GlobalAutocorrelation
from .interaction.dated_points import Unit
from .interaction.knox.knox_ladder import KnoxLadder, knox_ladder
from .signatures import SpreadSignatures, spread_signatures

_LEVEL = 0.05
_CAVEAT = "None of these tests identifies a cause."


@dataclass(frozen=True, repr=False, eq=False)
class SpreadSummary(Result):
    """Results of the first tests of spread, for events and for their counts by region.

    Attributes
    ----------
    ladder
        The Knox test under every null that the data allow.
    over_time
        Name of the statistic ("moran", "join_counts") -> its result by date.
    signatures
        Signatures of spread from date to date; None if they cannot be counted.
    left_out
        Analyses that could not be run -> the reason.
    period
        The first and the last day of the panel; events on other days are not used.
    events
        Number of events used.
    """

    ladder: KnoxLadder
    over_time: dict[str, GlobalAutocorrelation]
    signatures: SpreadSignatures | None
    left_out: dict[str, str]
    period: tuple[pd.Timestamp, pd.Timestamp]
    events: int

    @property
    def sentence(self) -> str:
        """All results in sentences, one paragraph per analysis."""
        number = f"{self.events:,} {'event' if self.events == 1 else 'events'}"
        texts = [
            f"{number}, {format_period(*self.period)}.",
            self.ladder.statement,
            *(result.statement for result in self.over_time.values()),
        ]
        texts += [self.signatures.statement] if self.signatures is not None else []
        texts += [f"{what[0].upper()}{what[1:]} could not be computed: {why}." for what, why in self.left_out.items()]
        return "\n\n".join([*texts, _CAVEAT])

    @property
    def caveats(self) -> tuple[str, ...]:
        """The caveats of all parts; they are in the sentence already, beside what they belong to."""
        return ()

    def __str__(self) -> str:
        table = self.ladder.to_frame()[["statistic", "expected", "ratio", "excess", "p_value"]]
        return f"{self.sentence}\n\n{table.to_string(float_format='{:.3f}'.format)}"

    def to_frame(self) -> pd.DataFrame:
        """Return the ladder as a table."""
        return self.ladder.to_frame()

    def figure(self) -> NullLadder:
        """Return the figure of the ladder."""
        return self.ladder.figure()

    def to_json(self) -> str:
        """Return all results as JSON; missing values are null."""
        parts: dict[str, Any] = {"knox_ladder": _json_part(self.ladder, self.ladder.to_frame())}
        parts["knox_ladder"] |= {
            "verdict": self.ladder.verdict, "left_out": dict(self.ladder.left_out), "lost": dict(self.ladder.lost)
        }  # fmt: skip
        parts |= {f"{name}_over_time": _json_part(result, result.table) for name, result in self.over_time.items()}
        if self.signatures is not None:
            parts["spread_signatures"] = _json_part(self.signatures, self.signatures.totals)
        parts["period"] = {
            "start": str(self.period[0].date()),
            "end": str(self.period[1].date()),
            "events": self.events,
        }
        return json.dumps(parts | {"left_out": self.left_out, "caveat": _CAVEAT}, ensure_ascii=False, indent=1)


def summarize_spread(
    events: gpd.GeoDataFrame,
    regions: gpd.GeoDataFrame,
    panel: pd.DataFrame,
    cities: gpd.GeoDataFrame | None = None,
    *,
    within_km: float,
    within_days: int,
    unit: Unit = "place_days",
    exclude_within_km: float = 1.0,
    permutations: int = 999,
    rng: int | np.random.Generator | None = None,
) -> SpreadSummary:
    """Run the first tests of spread, as the command ``protestspread stats`` does.

    Parameters
    ----------
    events
        Located events; ``region_id`` defines the strata. Events that could not be located are left out and counted.
    regions
        Polygons; regions that share a border are neighbors. Signatures are tested if they have a column ``population``.
    panel
        Counts of the events, one column per region. Events on days outside its dates are not used.
    cities
        Cities with their ``population``, see `knox_ladder`.
    within_km, within_days, unit, exclude_within_km
        See `knox_ladder`.
    permutations, rng
        Number of permutations under each null, and the seed or Generator.

    Returns
    -------
    SpreadSummary
        The results, for ``print(summary)`` or ``summary.to_json()``.

    Raises
    ------
    SchemaError, DataError
        As in `knox_ladder`. Analyses that the regions do not allow (no shared borders, fewer than four regions) are listed
        in ``left_out`` instead.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_region = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> summary = ps.summarize_spread(case.events, case.regions, by_region, case.cities, within_km=200, within_days=1, permutations=99, rng=1)
    >>> list(summary.over_time), summary.left_out
    (['moran', 'join_counts'], {})
    """
    seed = seed_of(rng)
    check_panel(panel)
    check_events(events)
    period = period_of(panel)
    events = events[events["date"].between(*period)]
    ladder = knox_ladder(
        events, cities, within_km=within_km, within_days=within_days, unit=unit, exclude_within_km=exclude_within_km, permutations=permutations, rng=seed
    )  # fmt: skip
    over_time: dict[str, GlobalAutocorrelation] = {}
    signatures, left_out = None, {}
    try:
        graph = border_graph(regions)
        over_time["moran"] = moran_over_time(panel, graph, permutations=permutations, rng=seed)
        over_time["join_counts"] = join_counts_over_time(panel, graph, permutations=permutations, rng=seed)
    except DataError as error:
        left_out["statistics by region and date"] = _describe_error(error)
    else:
        try:
            signatures = spread_signatures(panel, graph, regions, permutations=permutations, rng=seed)
        except DataError as error:
            left_out["signatures of spread"] = _describe_error(error)
    return SpreadSummary(
        ladder=ladder, over_time=over_time, signatures=signatures, left_out=left_out, period=period, events=len(events)
    )


def _describe_error(error: DataError) -> str:
    """Return what is wrong, in one line without the fix."""
    return "; ".join(error.faults) or str(error).splitlines()[0]


def _json_part(result: Result, table: pd.DataFrame) -> dict[str, Any]:
    """Return a sentence, its caveats, and a table as records that JSON can hold."""
    flat = table.reset_index()
    for name in flat.select_dtypes("datetime").columns:
        flat[name] = flat[name].dt.strftime("%Y-%m-%d")
    flat = flat.astype(object).where(flat.notna(), None)
    return {
        "sentence": result.sentence,
        "caveats": list(result.caveats),
        "rows": json.loads(flat.to_json(orient="records")),
    }
