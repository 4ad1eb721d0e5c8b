"""The result of holding a fit of contagion against its rivals."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ..arrays import BoolArray, FloatArray
from ..figures import WorldBands
from ..inference.replicates import RARE
from ..results import Result
from ..wording import as_sentence, format_p, join_words
from .clouds import fits_only, p_against, p_within
from .rivals import Rival

FIT = "the fit"
"""The name of the fit among the worlds."""
ENOUGH_POWER = 0.5
"""Power below which a rival that fits as well says nothing against contagion."""
ONLY_CONTAGION = "fits only contagion"
NONE_FITS = "fits none of them"
_SAME = 1e-9


@dataclass(frozen=True, repr=False, eq=False)
class Falsification(Result):
    """A fit of contagion and its rivals, each held against the statistics of the data.

    Attributes
    ----------
    observed
        The statistics of the data.
    clouds
        The same of simulated spreads, each refitted once; rows by ``rival``, ``world`` and ``draw``. The rival "the fit" holds
        spreads simulated from the fit.
    rivals
        The rivals that were tried.
    networks
        Names of the networks of the fit.
    not_tried
        Rival -> what the data lack for it.
    notes
        Statistics that could not be computed, in sentences.
    """

    observed: pd.Series
    clouds: pd.DataFrame
    rivals: tuple[Rival, ...]
    networks: tuple[str, ...]
    not_tried: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @cached_property
    def _clouds(self) -> dict[tuple[str, str], tuple[BoolArray, FloatArray]]:
        """Draws by rival and world, and which statistics are informative: not those that all draws share with the data by construction."""
        observed, found = self.observed.to_numpy(dtype=float), {}
        for (rival, world), rows in self.clouds.groupby(level=["rival", "world"], sort=False):
            cloud = rows.to_numpy(dtype=float)
            found[str(rival), str(world)] = (np.abs(cloud - observed).max(axis=0) > _SAME), cloud
        return found

    def _p_in(self, key: tuple[str, str], vectors: FloatArray) -> FloatArray:
        """Return the p-value of each vector in a world."""
        informative, cloud = self._clouds[key]
        return p_against(vectors[:, informative], cloud[:, informative]) if informative.any() else np.ones(len(vectors))

    @cached_property
    def p_values(self) -> pd.Series:
        """p-value of the data in each world: one p for all statistics; rows by ``rival`` and ``world``."""
        observed = self.observed.to_numpy(dtype=float)[None]
        found = {key: float(self._p_in(key, observed)[0]) for key in self._clouds}
        return pd.Series(found, name="p_value").rename_axis(["rival", "world"])

    @property
    def rival_p_values(self) -> pd.Series:
        """p-value of each rival, and of the fit: the largest over its worlds."""
        return self.p_values.groupby(level="rival", sort=False).max()

    @property
    def fitting(self) -> tuple[str, ...]:
        """The rivals that the data fit (p above 0.05)."""
        p = self.rival_p_values.drop(FIT)
        return tuple(p.index[p > RARE])

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """How often spreads of each world would be called "fits only contagion", by the rule of the verdict.

        Returns
        -------
        DataFrame
            One row per ``rival`` and ``world``: ``draws``, and ``called_contagion``, the share of its draws, each left out of its own
            cloud; no draw is fitted again. The row of the fit is the power.
        """
        rows = {}
        for key, (informative, cloud) in self._clouds.items():
            p = {other: self._p_in(other, cloud) for other in self._clouds if other != key}
            p[key] = p_within(cloud[:, informative]) if informative.any() else np.ones(len(cloud))
            by_rival = [np.max([p[other] for other in p if other[0] == rival.name], axis=0) for rival in self.rivals]
            called = fits_only(by_rival, p[FIT, FIT])
            rows[key] = (len(cloud), float(called.mean()))
        return pd.DataFrame.from_dict(rows, orient="index", columns=["draws", "called_contagion"]).set_index(
            pd.MultiIndex.from_tuples(list(rows), names=["rival", "world"])
        )

    @property
    def power(self) -> float:
        """Share of the spreads simulated from the fit that would be called "fits only contagion"."""
        return float(self.confusion["called_contagion"].iloc[-1])

    @property
    def verdict(self) -> str:
        """What the data fit.

        "fits only contagion": every rival has p at most 0.05, and the fit has p above. "cannot tell": some rival fits, and
        fewer than half of the spreads of the fit would be told apart from all rivals; or a rival could not be tried. Otherwise "fits
        these rivals as well", "fits rivals, not contagion" or "fits none of them".
        """
        contagion = self.rival_p_values[FIT] > RARE
        if not self.fitting:
            if self.not_tried:
                return f"cannot tell ({join_words(list(self.not_tried))} not tried)"
            return ONLY_CONTAGION if contagion else NONE_FITS
        if not contagion:
            return f"fits rivals, not contagion: {join_words(list(self.fitting))}"
        if self.power < ENOUGH_POWER:
            return f"cannot tell (power {self.power:.2f})"
        return f"fits these rivals as well: {join_words(list(self.fitting))}"

    @property
    def sentence(self) -> str:
        """The verdict, with the p-value of each rival and the power."""
        p, along = self.rival_p_values, join_words([f"'{name}'" for name in self.networks])
        held = join_words([f"{format_p(p[name])} ({name})" for name in p.index if name != FIT])
        text = (
            f"{self.verdict}. Against spreads simulated without transmission, {held}; against spreads of the fit along {along}, "
            f"{format_p(p[FIT])}"
        )
        if self.observed.iloc[0] < _SAME:
            text += "; the fit finds no transmission"
        if self.fitting:
            text += f"; {self.power:.0%} of the spreads of the fit would be told apart from all rivals"
        return as_sentence(text)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the verdict does not exclude, and what was not tried."""
        lacking = tuple(f"'{name}' was not tried: {what}." for name, what in self.not_tried.items())
        if self.verdict != ONLY_CONTAGION:
            return (*lacking, *self.notes)
        return (
            "The data are consistent with contagion and not with the rivals that were tried; a cause that tied places share, and that "
            "neither attributes nor regions describe, such as a shock to other regions, looks the same.",
            *self.notes,
        )

    @property
    def table(self) -> pd.DataFrame:
        """Each statistic in each world.

        Returns
        -------
        DataFrame
            Rows by ``rival``, ``world`` and ``statistic``: ``observed``; ``median``, ``low`` and ``high`` (2.5% and 97.5%) of the
            draws; ``tail``, two-sided, of this statistic alone.
        """
        return pd.concat(self._tables, names=["rival", "world"])

    @property
    def _tables(self) -> dict[tuple[str, str], pd.DataFrame]:
        """The table of each world."""
        names, parts = list(self.observed.index), {}
        observed = self.observed.to_numpy(dtype=float)
        for key, (_, cloud) in self._clouds.items():
            low, median, high = np.quantile(cloud, [0.025, 0.5, 0.975], axis=0)
            reached = np.minimum((cloud <= observed).sum(axis=0), (cloud >= observed).sum(axis=0))
            columns = {
                "observed": observed, "median": median, "low": low, "high": high,
                "tail": np.minimum(1.0, 2 * (1 + reached) / (len(cloud) + 1)),
            }  # fmt: skip
            parts[key] = pd.DataFrame(columns, index=pd.Index(names, name="statistic"))
        return parts

    def to_frame(self) -> pd.DataFrame:
        """Return `table`."""
        return self.table

    def figure(self) -> WorldBands:
        """Return each statistic of the data beside its draws: one row a rival, in the world that fits best."""
        tables, names = self._tables, list(self.rival_p_values.index)
        best = {name: tables[name, str(self.p_values.xs(name).idxmax())] for name in names}
        low, middle, high, tail = (
            pd.DataFrame({name: table[column] for name, table in best.items()}).T
            for column in ("low", "median", "high", "tail")
        )
        draws = len(self.clouds) // len(self.p_values)
        return WorldBands(
            low, middle, high, self.observed, tail <= RARE, [format_p(p) for p in self.rival_p_values], "all together",
            f"Bands: middle 95% of {draws:,} simulated spreads a world, ticks: medians. Dots: the data, filled where their two-sided tail "
            "is at most 0.05. Of a rival with several worlds, the world that fits best.",
        )  # fmt: skip
