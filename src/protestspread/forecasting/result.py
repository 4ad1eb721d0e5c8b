"""The result of a backtest: scores by day, their means, and what could not be forecast."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import FloatArray
from ..errors import DataError, shorten_list
from ..figures import SeriesWithBand
from ..results import Result
from ..wording import format_days, format_number, format_period, join_words
from .joint_scores import area_under_curve, brier_score
from .targets import MEANS, SCORES

MODEL = "model"
"""Name of the forecast that is tested."""


@dataclass(frozen=True, eq=False)
class Scored:
    """The scores of one forecast from one day, one number of days ahead; see `Target`."""

    forecast: str
    origin: pd.Timestamp
    horizon: int
    date: pd.Timestamp
    scores: dict[str, float]
    pit: pd.Series
    onsets: tuple[FloatArray, FloatArray]


@dataclass(frozen=True)
class Failure:
    """A forecast that could not be made, from one day (NaT: from any), and why."""

    origin: Any
    forecast: str
    reason: str

    @classmethod
    def of(cls, origin: pd.Timestamp, forecast: str, error: Exception) -> "Failure":
        """Take the reason from an error, without its fix."""
        return cls(origin, forecast, str(error).split("\nFix:")[0].replace("\n", " "))


@dataclass(frozen=True, repr=False, eq=False)
class Backtest(Result):
    """Scores of forecasts made day after day, from the past only, beside those of baselines.

    Attributes
    ----------
    scores
        One row per ``forecast`` ("model" or a baseline), ``origin`` (last day of its data) and ``horizon`` (days ahead), with
        the ``date`` that is forecast. Of the total over places: ``observed``, ``median``, ``low`` and ``high`` (80%
        interval), ``crps_total`` (fair) and ``interval_score`` (weighted, of 50, 80 and 95%). Over ``places``, the number of
        places scored: ``crps_places`` and ``log_score`` (means), ``energy_score``. ``brier_score``: of onsets by then, mean
        over places without activity before. Fits of onsets are scored on places that had not joined, and their total is the
        number of onsets since the origin. Places that were not observed on a day are not scored; NaN where there is none.
    pit
        PIT histogram of the places by forecast and horizon: shares of 10 bins, flat (0.1) if calibrated.
    onsets
        Brier score of onsets with its parts, and the area under the curve, by forecast and horizon, over all days.
    failures
        Forecasts that could not be made: ``origin`` (NaT: all), ``forecast``, ``reason``. Baselines are not scored on days
        on which the model failed.
    draws
        Number of draws of each forecast.
    """

    scores: pd.DataFrame
    pit: pd.DataFrame
    onsets: pd.DataFrame
    failures: pd.DataFrame
    draws: int

    @classmethod
    def of(cls, scored: Sequence[Scored], failed: Sequence[Failure], draws: int) -> "Backtest":
        """Put the scores of single days together."""
        rows = [
            {"forecast": one.forecast, "origin": one.origin, "horizon": one.horizon, "date": one.date, **one.scores}
            for one in scored
        ]
        failures = pd.DataFrame(list(map(asdict, failed)), columns=["origin", "forecast", "reason"])
        alike: dict[tuple[str, int], list[Scored]] = {}
        for one in scored:
            alike.setdefault((one.forecast, one.horizon), []).append(one)
        index = pd.MultiIndex.from_frame(pd.DataFrame(list(alike), columns=["forecast", "horizon"]))
        return cls(
            pd.DataFrame(rows, columns=None if rows else ["forecast", "origin", "horizon", "date", "places", *SCORES]),
            pd.DataFrame([_pooled(ones) for ones in alike.values()], index=index),
            pd.DataFrame([_onset_scores(ones) for ones in alike.values()], index=index),
            failures,
            draws,
        )

    @property
    def days(self) -> int:
        """Number of days from which the model was forecast: the effective n."""
        return int(self.scores.loc[self.scores["forecast"] == MODEL, "origin"].nunique())

    def summary(self) -> pd.DataFrame:
        """Return mean scores by forecast and horizon, over the days on which all forecasts were made; lower is better.

        Returns
        -------
        DataFrame
            Index: ``forecast, horizon``. ``days``: their number; means of the scores; ``covered``: share of days whose total
            lies in the 80% interval.
        """
        shared = self._shared
        inside = shared["observed"].between(shared["low"], shared["high"]).astype(float)
        shared = shared.assign(covered=inside.where(shared["places"] > 0))
        groups = shared.groupby(["forecast", "horizon"], sort=False)
        return groups[[*MEANS, "covered"]].mean().assign(days=groups.size())[["days", *MEANS, "covered"]]

    @property
    def _shared(self) -> pd.DataFrame:
        """The scores of the days on which all forecasts were made."""
        made = self.scores.groupby(["origin", "horizon"])["forecast"].transform("nunique")
        return self.scores[made == self.scores["forecast"].nunique()]

    def to_frame(self) -> pd.DataFrame:
        """Return the scores by forecast, origin and horizon."""
        return self.scores

    @property
    def sentence(self) -> str:
        """The mean CRPS of totals of the model and of the baselines, at the shortest horizon."""
        means = self.summary()
        if not len(means):
            return "No forecast could be made on a day on which all others were; see failures."
        horizon = means.index.get_level_values("horizon").min()
        crps = means.xs(horizon, level="horizon")["crps_total"]
        others = [f"{format_number(value)} for {name}" for name, value in crps.drop(MODEL).items()]
        origins = pd.DatetimeIndex(self._shared.loc[self._shared["horizon"] == horizon, "origin"])
        number, period = format_days(origins.nunique()), format_period(origins.min(), origins.max())
        scores = join_words([f"{format_number(float(crps[MODEL]))} for the model", *others])
        return (
            f"Forecasts were made on {number} ({period}); {format_days(horizon)} ahead, the mean CRPS of the total is {scores}. "
            f"The effective n is {number}, not place-days, and the days of one wave depend on each other, so that differences are "
            "not tested."
        )

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the scores do not show, and which forecasts are missing."""
        found = [
            "Scores within one wave do not tell how the forecasts would do in another.",
            "A forecast does not know what happens after its last day of data, such as a state of emergency or a shutdown.",
        ]
        if len(self.failures):
            reasons = self.failures.groupby("forecast", sort=False)["reason"]
            about = [f"{name}, {len(all_of)} (first: {all_of.iloc[0]})" for name, all_of in reasons]
            found.append(f"Forecasts that could not be made: {'; '.join(about)}.")
        return tuple(found)

    def figure(self, *, horizon: int | None = None) -> SeriesWithBand:
        """Return the observed totals over the 80% intervals of the model.

        Parameters
        ----------
        horizon
            Number of days ahead; by default the shortest.

        Raises
        ------
        DataError
            No forecast was made so many days ahead.
        """
        table = self.scores[self.scores["forecast"] == MODEL]
        known = sorted(table["horizon"].unique().tolist())
        if not known:
            raise DataError("result has no forecasts to draw; see failures")
        with Arguments() as check:
            horizon = check.whole("horizon", known[0] if horizon is None else horizon)
            if not check.faults and horizon not in known:
                check.fault(f"horizon must be one of {shorten_list(known)}; got {horizon}")
        rows = table[table["horizon"] == horizon].set_index("date")
        outside = (rows["observed"] < rows["low"]) | (rows["observed"] > rows["high"])
        return SeriesWithBand(
            rows["observed"], rows["low"], rows["high"], outside, "total of all places",
            f"80% of the forecasts {format_days(horizon)} ahead", "outside",
            "dates: the days that are forecast",
        )  # fmt: skip


def _pooled(ones: Sequence[Scored]) -> pd.Series:
    """Return the PIT histogram of several days, weighted by their places."""
    weights = np.array([one.scores["places"] for one in ones])
    shares = np.array([one.pit for one in ones])[weights > 0]
    if not weights.any():
        return pd.Series(np.nan, index=ones[0].pit.index)
    return pd.Series(weights[weights > 0] @ shares / weights.sum(), index=ones[0].pit.index)


def _onset_scores(ones: Sequence[Scored]) -> pd.Series:
    chance, happened = (np.concatenate([one.onsets[part] for one in ones]) for part in (0, 1))
    found = brier_score(chance, happened).rename({"score": "brier_score"})
    found["area_under_curve"] = area_under_curve(chance, happened)
    return found
