"""The result of `decompose_channels`: each channel alone and beside the others, and what else could look like it."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd
from scipy.stats import t as student

from ...arguments import Arguments
from ...errors import shorten_list
from ...figures import EstimateRows, Estimates
from ...results import Result
from ...wording import format_number, format_places, join_words
from .inputs import NATION, NEIGHBORS, OWN, ChannelValues, Correction
from .regression import Side

ALONE, WITHOUT_NATION, TOGETHER = "alone", "without the rest of the country", "together"

ChannelVerdict = Literal[
    "consistent with a channel of the neighbors",
    "no sign of a channel of the neighbors beside the others",
    "no sign of a channel of the neighbors",
    "less activity after the neighbors'",
]

_LEVEL = 0.95
_FEW_DAYS, _FEW_CLUSTERS = 50, 30
_PLURAL: dict[Side, str] = {"place": "places", "day": "dates"}


@dataclass(frozen=True, repr=False, eq=False)
class ChannelDecomposition(Result):
    """Own past, neighbors and the rest of the country, each alone and side by side.

    Attributes
    ----------
    table
        ``estimate``, ``standard_error``, ``low``, ``high`` (95%) and ``p_value`` (against no effect) by ``model`` ("alone",
        "without the rest of the country", "together") and ``channel``. An estimate is the change of the probability of activity, or
        of the count, per unit of the channel: from no activity to all of it, or per count.
    rows, sizes
        Number of place-days in the regression, and of places and days among them.
    left_out
        Number of place-days, after the first ``lag`` rows, that are not in it, as one of their terms was not observed.
    neighborless
        Places that no ties reach; their neighbors count as 0.
    degrees
        Degrees of freedom of the t distribution of the intervals.
    mean
        Mean activity or count.
    lag, values, effects, terms, correction, cluster
        How it was fitted; names of the terms.
    """

    table: pd.DataFrame
    rows: int
    sizes: dict[Side, int]
    left_out: int
    neighborless: pd.Index
    degrees: int
    mean: float
    lag: int
    values: ChannelValues
    effects: tuple[Side, ...]
    terms: tuple[str, ...]
    correction: Correction | None
    cluster: tuple[Side, ...]

    @property
    def params(self) -> pd.Series:
        """Estimates of all channels together."""
        return self.table.loc[TOGETHER]["estimate"]

    @property
    def verdict(self) -> ChannelVerdict:
        """What the 95% interval of the neighbors says, beside the other channels."""
        beside, alone = self._sign(TOGETHER, NEIGHBORS), self._sign(ALONE, NEIGHBORS)
        if beside:
            return "consistent with a channel of the neighbors" if beside > 0 else "less activity after the neighbors'"
        none: ChannelVerdict = "no sign of a channel of the neighbors"
        return "no sign of a channel of the neighbors beside the others" if alone > 0 else none

    @property
    def sentence(self) -> str:
        """The estimates side by side, and that of the neighbors alone."""
        size = f"{self.rows:,} place-days of {format_places(self.sizes['place'])} and {self.sizes['day']:,} dates"
        what = "the probability of activity" if self.values == "activity" else "the count"
        when = f"{self.lag} row{'' if self.lag == 1 else 's'} earlier"
        together = join_words([f"{name} {self._interval(TOGETHER, name)}" for name in self.params.index])
        together = together.replace("(", "(95% interval ", 1)
        alone = f"Alone, neighbors have {self._interval(ALONE, NEIGHBORS)}"
        if NATION in self.params.index:
            alone += f"; without the rest of the country, {self._interval(WITHOUT_NATION, NEIGHBORS)}"
        verdict = f"{self.verdict[:1].upper()}{self.verdict[1:]}"
        return f"{verdict}: in {size}, the change in {what} per unit of each channel {when} is {together}, given the others. {alone}."

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else looks like each channel, and what these data cannot tell."""
        causes = {
            OWN: "A cause that lasts in a place looks like its own past.",
            NEIGHBORS: "A shock that neighbors share, or a wave of the country to which they react alike, looks like the neighbors' channel.",
            NATION: "A shock that the country shares for more than a day looks like the rest of the country.",
        }
        found = [text for name, text in causes.items() if name in self.params.index and self._sign(TOGETHER, name)]
        if NATION not in self.params.index and "day" not in self.effects and self._sign(TOGETHER, NEIGHBORS) > 0:
            found.append("A wave of the whole country looks like the neighbors' channel; pass nation='leave-one-out'.")
        return (*found, *self._of_data(), *(["These are associations, not causes."] if found else []))

    def to_frame(self) -> pd.DataFrame:
        """Return estimates with standard errors and 95% intervals, by model and channel."""
        return self.table.copy()

    def intervals(self, *, level: float = _LEVEL) -> pd.DataFrame:
        """Return confidence intervals, ``low`` and ``high`` by model and channel.

        Parameters
        ----------
        level
            Confidence level.

        Raises
        ------
        DataError
            ``level`` is not between 0 and 1.
        """
        with Arguments() as check:
            share = check.number("level", level, above=0, at_most=1 - 1e-12)
        half = student.ppf((1 + share) / 2, self.degrees) * self.table["standard_error"]
        return pd.DataFrame({"low": self.table["estimate"] - half, "high": self.table["estimate"] + half})

    def figure(self, *, level: float = _LEVEL) -> Estimates:
        """Return the estimates of each channel, alone and beside the others."""
        table = self.table[["estimate"]].join(self.intervals(level=level))
        order = [(model, name) for name in self.params.index for model in (ALONE, WITHOUT_NATION, TOGETHER)]
        table = table.loc[[key for key in order if key in table.index]]
        table.index = pd.Index([f"{name}, {model}" for model, name in table.index])
        unit = "probability of activity" if self.values == "activity" else "count"
        heading = f"change of the {unit} per unit, {100 * level:g}% intervals (filled dot: the interval excludes 0)"
        return Estimates([EstimateRows(table, heading)], self.sentence)

    def _of_data(self) -> list[str]:
        """Return caveats of few days and clusters, of gaps, and of places without neighbors."""
        found, days = [], self.sizes["day"]
        bias = f"by about {format_number((1 + abs(self.params[OWN])) / max(days, 1), 1)}"
        if "place" in self.effects and self.correction is None:
            found.append(f"Effects of places bias own past toward lower values, {bias}; pass correction='half-panel'.")
        elif "place" in self.effects and days < _FEW_DAYS:
            found.append(
                f"Effects of places bias own past toward lower values, {bias} in {days} dates; the half-panel correction takes out "
                "most of it, not all."
            )
        if days < _FEW_DAYS and NATION in self.params.index:
            found.append(
                "The estimate of the rest of the country is too low, and its interval too narrow, in few days."
            )
        few = [f"{self.sizes[side]} {_PLURAL[side]}" for side in self.cluster if self.sizes[side] < _FEW_CLUSTERS]
        if few:
            found.append(f"Intervals are too narrow with few clusters: {join_words(few)}.")
        if self.left_out:
            found.append(f"{self.left_out:,} place-days were left out, as they or what came before were not observed.")
        if len(self.neighborless):
            found.append(f"No ties reach {shorten_list(self.neighborless)}: their neighbors count as 0.")
        return found

    def _sign(self, model: str, channel: str) -> int:
        """Return 1 or -1 if the interval lies above or below 0, else 0."""
        _, low, high = self._row(model, channel)
        return int(low > 0) - int(high < 0)

    def _interval(self, model: str, channel: str) -> str:
        estimate, low, high = (format_number(number, 2) for number in self._row(model, channel))
        return f"{estimate} ({low} to {high})"

    def _row(self, model: str, channel: str) -> list[float]:
        """Return an estimate with the ends of its interval."""
        rows = self.table[["estimate", "low", "high"]].to_numpy(dtype=float)
        return list(rows[self.table.index.get_loc((model, channel))])
