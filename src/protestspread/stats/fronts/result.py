"""The result of `front_speed`: reach, timing, the verdict, and what it depends on."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import DataError, shorten_list
from ...figures import FittedChance, FittedLine, Scatter
from ...results import Result
from ...wording import as_sentence, format_number, format_p, format_places
from .parts import FrontVerdict, Parts
from .reach import Reach
from .timing import LEVEL, Timing


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class FrontResult(Result):
    """Who ever joined by distance from an origin (reach), and when, by distance, those joined that did (timing).

    Attributes
    ----------
    parts
        Both fits: ``parts.reach`` and ``parts.timing``.
    by_place
        Index: places; columns ``km``, ``onset``, ``chance`` (fitted, of ever joining), ``residual_days`` (positive: later than
        the line). NaN for places of the first day, which are in neither part, and for days of places without an onset.
    permutations, min_km
        Number of permutations, and the smallest distance.
    first_day, observed_until
        The first onset, and the last day of observation, if given.
    started
        Number of places that joined on the first day.
    sensitivity
        Both parts, as given, with earlier ends of observation ("until ..."), and with each region left out ("without ...").
        Columns ``verdict``, ``origin``, ``places``, ``joined``, ``slowness`` (with ``_low``, ``_high``), ``p_value``,
        ``moran_p_value``, ``strata_p_value``, ``odds_ratio`` (with ``_low``, ``_high``).
    origins
        All places with an onset from which others joined later the farther away they are: 95% interval of the slowness above
        0, by Student's t and for each place alone. Columns ``slowness``, ``low``, ``high``.
    left_out
        Places without a population, which were left out.
    """

    parts: Parts
    by_place: pd.DataFrame
    permutations: int
    first_day: pd.Timestamp | None
    observed_until: pd.Timestamp | None
    started: int
    sensitivity: pd.DataFrame
    origins: pd.DataFrame
    left_out: tuple[str, ...]
    min_km: float

    @property
    def timing(self) -> Timing:
        """The regression of days on distance."""
        return self.parts.timing

    @property
    def reach(self) -> Reach:
        """The regression of ever joining on distance."""
        return self.parts.reach

    @property
    def verdict(self) -> FrontVerdict:
        """One word (see `front_speed`): "front", "news", "reach", "clustering", "no front" or "cannot tell"."""
        return self.parts.verdict

    @property
    def slowness(self) -> float:
        """Days per kilometer, over the places that joined."""
        return self.timing.slope

    @property
    def slowness_low(self) -> float:
        """Lower end of its 95% interval."""
        return self.timing.low

    @property
    def slowness_high(self) -> float:
        """Upper end of its 95% interval."""
        return self.timing.high

    @property
    def speed_low(self) -> float:
        """Kilometers per day, 1 / slowness_high; NaN unless the verdict is "front"."""
        return 1 / self.slowness_high if self.verdict == "front" else math.nan

    @property
    def speed_high(self) -> float:
        """Kilometers per day, 1 / slowness_low; NaN unless the verdict is "front"."""
        return 1 / self.slowness_low if self.verdict == "front" else math.nan

    @property
    def p_value(self) -> float:
        """Two-sided p-value of the slowness; of the largest correlation if the origin was searched for."""
        return self.timing.p_value

    @property
    def smallest_p_value(self) -> float:
        """The smallest p-value that the permutations can give."""
        return self.timing.smallest_p_value

    @property
    def moran(self) -> float:
        """Moran's I of the residuals, with the four nearest places as neighbors (half of the others if fewer than nine)."""
        return self.timing.moran

    @property
    def moran_p_value(self) -> float:
        """Its one-sided p-value: residuals of neighbors are alike."""
        return self.timing.moran_p_value

    @property
    def reason(self) -> str | None:
        """Why the days could not be tested, or None."""
        return self.timing.reason

    @property
    def origin(self) -> str:
        """Name of the origin."""
        return self.parts.origin.name

    @property
    def origin_point(self) -> tuple[float, float]:
        """Longitude and latitude of the origin."""
        return self.parts.origin.point

    @property
    def searched(self) -> bool:
        """Whether the origin was searched for."""
        return self.parts.origin.searched

    @property
    def places(self) -> int:
        """Number of places in the first part: without the origin and those that joined on the first day."""
        return int(self.parts.at_risk.sum())

    @property
    def joined(self) -> int:
        """Number of places in the second part: those of them with an onset."""
        return int(self.parts.timed.sum())

    @property
    def headline(self) -> str:
        """The verdict in words, without the numbers of the test."""
        origin = f"{self.origin}{' (found by search)' if self.searched else ''}"
        match self.verdict:
            case "front":
                return f"onsets are consistent with a front from {origin} at {self._speeds} km per day"
            case "news":
                return (f"onsets are later farther from {origin}, at {self._speeds} km per day: this is what news does; no front is "
                        "claimed, because people and talk do not travel that fast")  # fmt: skip
            case "reach":
                days = "cannot be tested" if self.reason else f"do not tell a front from {origin}"
                return f"reach: nearer places were likelier to join; their days {days}"
            case "clustering":
                return "onsets are clustered by region; a front cannot be distinguished from this"
            case "cannot tell":
                few = f"{format_places(self.joined)} cannot give a p-value below {self.smallest_p_value:.2g}"
                return f"a front could not be tested: {self.reason or few}"
        earlier = ": places farther away had earlier onsets" if self.slowness_high < 0 else ""
        return f"no radial front from {origin}{earlier}"

    @property
    def sentence(self) -> str:
        """The verdict, with both parts and the null hypothesis of each."""
        timing, reach = self._timing(), self._reach()
        return as_sentence(self.headline + (f" ({timing})" if timing else "") + (f". {reach}" if reach else ""))

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the result depends on, and what else could give it."""
        return tuple(text for text in (
            self._depends(), self._more_origins(), self._model(), self._trap(), self._power(), self._first_day(), self._close(),
        ) if text)  # fmt: skip

    def figure(self) -> Scatter:
        """Return the onset of each place against its distance from the origin, with the fitted line, and the chance of ever joining.

        Raises
        ------
        DataError
            No place had an onset, or no origin was found.
        """
        if self.first_day is None or math.isnan(self.origin_point[0]):
            fix = "pass onsets with at least three dates to front_speed"
            raise DataError(f"result has no front to draw: {self.reason}", fix=fix)
        is_front = self.verdict == "front"
        line = FittedLine(self.timing.intercept, self.slowness, self.slowness_low, self.slowness_high,
                          "front" if is_front else "fitted line, not a front", solid=is_front)  # fmt: skip
        axis = f"km from {self.origin}{', the origin found by search' if self.searched else ''}"
        table = self.by_place
        chance = None
        if self.reach.reason is None:
            km = np.linspace(0.0, float(table["km"].max()), 101)
            mean = " at mean population" if self.timing.population else ""
            chance = FittedChance(km, self.reach.chance_at(km), f"chance of ever joining{mean}")
        return Scatter(table["km"].to_numpy(), table["onset"], self.first_day, self.observed_until, axis, self.sentence,
                       line if self.reason is None else self.headline, chance)  # fmt: skip

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers in a table with one row; speeds are NaN unless a front is claimed."""
        names = ["verdict", "slowness", "slowness_low", "slowness_high", "speed_low", "speed_high", "p_value", "moran",
                 "moran_p_value", "places", "joined", "permutations", "origin"]  # fmt: skip
        row = {name: getattr(self, name) for name in names}
        row |= {"odds_ratio": self.reach.odds_ratio, "odds_ratio_low": self.reach.low, "odds_ratio_high": self.reach.high,
                "odds_ratio_p_value": self.reach.p_value}  # fmt: skip
        return pd.DataFrame([row], index=pd.Index(["front"], name="test"))

    @property
    def _speeds(self) -> str:
        low, high = format_number(1 / self.slowness_high), format_number(1 / self.slowness_low)
        return low if low == high else f"{low}–{high}"

    def _timing(self) -> str:
        if self.reason is not None:
            return f"days: {self.reason}" if self.verdict == "reach" else ""
        floor = f", smallest possible p-value {self.smallest_p_value:.2g}" if self.smallest_p_value > LEVEL else ""
        moran = "" if math.isnan(self.moran) else (
            f"; Moran's I of the residuals {_signed(self.moran)}, {format_p(self.moran_p_value)}")  # fmt: skip
        if not math.isnan(self.timing.strata_p_value):
            moran += f"; within strata, {format_p(self.timing.strata_p_value)}"
        return (
            f"days later for each 100 km: {format_number(100 * self.slowness)}, 95% interval {format_number(100 * self.slowness_low)} to "
            f"{format_number(100 * self.slowness_high)}; {format_p(self.p_value)}{floor} against days exchanged among the "
            f"{format_places(self.joined)} that joined after the first day{self._given}{moran}"
        )

    def _reach(self) -> str:
        reach = self.reach
        if reach.reason is not None:
            return "" if self.reason is not None else f"Ever joining: {reach.reason}"
        return (
            f"Ever joining: {self.joined:,} of {format_places(self.places)}; odds × {format_number(reach.odds_ratio, 2)} for each "
            f"100 km farther away, 95% interval {format_number(reach.low, 2)} to {format_number(reach.high, 2)}; "
            f"{format_p(reach.p_value)} against the same chance at all distances{self._given}"
        )

    @property
    def _given(self) -> str:
        return ", given population" if self.timing.population else ""

    def _depends(self) -> str:
        others = self.sensitivity.index[self.sensitivity["verdict"] != self.verdict]
        if not len(others) or self.verdict == "cannot tell":
            return ""
        return f"The verdict differs with other data: {shorten_list(others)} (see sensitivity)."

    def _more_origins(self) -> str:
        others = self.origins.index[self.origins.index.astype(str) != self.origin]
        if self.verdict not in ("front", "news") or not len(others):
            return ""
        return f"From {format_places(len(others))} with an onset besides {self.origin}, others joined later farther away, too (see origins)."

    def _model(self) -> str:
        lost = f"Left out, as they have no population: {shorten_list(self.left_out)}." if self.left_out else ""
        if self.timing.population or self.verdict in ("cannot tell", "no front"):
            return lost
        return "Population is not in the model: if larger places joined earlier and lie together, this looks the same."

    def _trap(self) -> str:
        if self.verdict == "front":
            moving = "" if self.joined == self.places else (
                " If it was still moving at the end of observation, it was slower than this.")  # fmt: skip
            return (
                f"A cause that neighboring places share and that came later farther away would look the same.{moving}"
            )
        if self.verdict == "reach":
            return "Places near the origin that are alike, or better reported, would look the same."
        return ""

    def _power(self) -> str:
        if self.verdict not in ("no front", "reach") or self.reason is not None:
            return ""
        speed = format_number(1 / self.timing.detectable, 2)
        return (
            f"A front slower than about {speed} km per day would have been found in about four of five such data sets."
        )

    def _first_day(self) -> str:
        if self.verdict == "cannot tell" or self.started < 2:
            return ""
        return f"The {format_places(self.started)} that joined on the first day are in neither part."

    def _close(self) -> str:
        near = int((self.by_place["km"] == self.min_km).sum())
        return (
            f"{format_places(near)} closer to the origin count as {format_number(self.min_km)} km away." if near else ""
        )


def _signed(number: float) -> str:
    return f"{round(number, 2) + 0.0:.2f}".replace("-", "−")
