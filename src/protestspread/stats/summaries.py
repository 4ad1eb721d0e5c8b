"""A summary of the first tests of spread, as text or JSON."""

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..errors import DataError, ProtestSpreadWarning
from ..figures import NullLadder
from ..graphs.relations import border_graph
from ..panels import period_of
from ..random_streams import seed_of
from ..results import Result
from ..tables import check_events, check_panel
from ..wording import format_period
from .autocorrelation.join_counts import join_counts_over_time
from .autocorrelation.lagged import lagged_moran_over_time
from .autocorrelation.moran import moran_over_time
from .autocorrelation.results import GlobalAutocorrelation
from .interaction.dated_points import Unit
from .interaction.knox.knox_ladder import KnoxLadder, knox_ladder
from .interaction.knox.local_knox import LocalKnox, local_knox
from .interaction.knox.response import response_test
from .interaction.knox.response_result import ResponseResult
from .interaction.scan.result import ScanResult
from .interaction.scan.scan import scan_statistic
from .signatures import SpreadSignatures, spread_signatures

T = TypeVar("T")
_CAVEAT = (
    "None of these tests identifies a cause, and of several tests one may have p ≤ 0.05 by chance: decide beforehand which one "
    "answers your question."
)


@dataclass(frozen=True, repr=False, eq=False)
class SpreadSummary(Result):
    """Results of the first tests of spread, for events and for their counts by region.

    Attributes
    ----------
    ladder
        The Knox test under every null that the data allow.
    scan, local
        The space-time scan (where and when) and the local Knox test (which place-days carry the pairs), with whole places
        exchanged.
    responses
        What followed what, if types of events were given; otherwise None.
    over_time
        Name of the statistic ("moran", "join_counts", "lagged_moran") -> its result by date.
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
    scan: ScanResult | None
    local: LocalKnox | None
    responses: ResponseResult | None
    over_time: dict[str, GlobalAutocorrelation]
    signatures: SpreadSignatures | None
    left_out: dict[str, str]
    period: tuple[pd.Timestamp, pd.Timestamp]
    events: int

    @property
    def results(self) -> dict[str, Result]:
        """Name of the function -> its result, of all analyses that could be run."""
        found: dict[str, Result | None] = {
            "knox_ladder": self.ladder, "scan_statistic": self.scan, "local_knox": self.local, "response_test": self.responses,
            **{f"{name}_over_time": result for name, result in self.over_time.items()}, "spread_signatures": self.signatures,
        }  # fmt: skip
        return {name: result for name, result in found.items() if result is not None}

    @property
    def sentence(self) -> str:
        """All results in sentences, one paragraph per analysis."""
        number = f"{self.events:,} {'event' if self.events == 1 else 'events'}"
        texts = [f"{number}, {format_period(*self.period)}.", *(result.statement for result in self.results.values())]
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
        parts: dict[str, Any] = {name: _json_part(result) for name, result in self.results.items()}
        parts["knox_ladder"] |= {"left_out": dict(self.ladder.left_out), "lost": dict(self.ladder.lost)}
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
    first: str | Sequence[str] | None = None,
    then: str | Sequence[str] | None = None,
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
        Polygons; regions that share a border are neighbors. Signatures and the lagged Moran's I are tested if they have a column
        ``population``.
    panel
        Counts of the events, one column per region. Events on days outside its dates are not used.
    cities
        Cities with their ``population``, see `knox_ladder`.
    within_km, within_days
        Limits of closeness, see `knox_ladder`; also the largest radius and duration of clusters.
    first, then
        Types of events: whether those of `then` follow those of `first`, see `response_test`. Give both or neither.
    unit, exclude_within_km
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
        As in `knox_ladder` and `response_test`. Analyses that the regions do not allow (no shared borders, fewer than four
        regions) are listed in ``left_out`` instead.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> by_region = ps.aggregate_panel(ps.count_events(case.events, case.cities), case.cities["region_id"])
    >>> summary = ps.summarize_spread(case.events, case.regions, by_region, case.cities, within_km=200, within_days=1, permutations=99, rng=1)
    >>> list(summary.over_time), summary.left_out
    (['moran', 'join_counts', 'lagged_moran'], {})
    """
    check_panel(panel)
    check_events(events)
    with Arguments("pass both first='protest' and then='armed_clash', for example") as check:
        if (first is None) != (then is None):
            check.fault(f"{'first' if first is None else 'then'} must be given, as the other one is; got None")
    period = period_of(panel)
    events = events[events["date"].between(*period)]
    drawn: dict[str, Any] = {"permutations": permutations, "rng": seed_of(rng)}
    within: dict[str, Any] = {"within_km": within_km, "within_days": within_days, **drawn}
    ladder = knox_ladder(events, cities, unit=unit, exclude_within_km=exclude_within_km, **within)
    left_out: dict[str, str] = {}
    attempt = partial(_attempt, left_out)
    responses = None
    with warnings.catch_warnings(action="ignore", category=ProtestSpreadWarning):  # the ladder has warned of the events
        scan = attempt("the space-time scan", scan_statistic, events, cities, unit=unit, **within)
        local = attempt("the local Knox test", local_knox, events, cities, unit=unit, **within)
        if first is not None and then is not None:
            responses = response_test(events, cities, first=first, then=then, unit=unit, **within)
    by_date, signatures = "statistics by region and date", None
    over_time: dict[str, GlobalAutocorrelation | None] = {}
    graph = attempt(by_date, border_graph, regions)
    if graph is not None:
        over_time["moran"] = attempt(by_date, moran_over_time, panel, graph, **drawn)
    if over_time.get("moran") is not None:
        over_time["join_counts"] = attempt(
            "join counts by region and date", join_counts_over_time, panel, graph, **drawn
        )
        over_time["lagged_moran"] = attempt(
            "the lagged Moran's I", lagged_moran_over_time, panel, graph, regions, **drawn
        )
        signatures = attempt("signatures of spread", spread_signatures, panel, graph, regions, **drawn)
    known = {name: result for name, result in over_time.items() if result is not None}
    return SpreadSummary(ladder, scan, local, responses, known, signatures, left_out, period, len(events))


def _attempt(left_out: dict[str, str], what: str, function: Callable[..., T], *data: Any, **options: Any) -> T | None:
    """Return a result; or None, with the reason in `left_out`."""
    try:
        return function(*data, **options)
    except DataError as error:
        left_out[what] = _describe_error(error)
        return None


def _describe_error(error: DataError) -> str:
    """Return what is wrong, in one line without the fix."""
    return "; ".join(error.faults) or str(error).splitlines()[0]


def _json_part(result: Result) -> dict[str, Any]:
    """Return a sentence, its verdict, its caveats, and a table as records that JSON can hold."""
    flat = result.to_frame().reset_index()
    for name in flat.select_dtypes("datetime").columns:
        flat[name] = flat[name].dt.strftime("%Y-%m-%d")
    flat = flat.astype(object).where(flat.notna(), None)
    verdict = {"verdict": result.verdict} if hasattr(result, "verdict") else {}
    rows = json.loads(flat.to_json(orient="records"))
    return {"sentence": result.sentence, **verdict, "caveats": list(result.caveats), "rows": rows}
