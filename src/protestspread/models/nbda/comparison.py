"""The result of a comparison of networks: its tables, its sentence and its caveats."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...errors import escape_controls
from ...figures import ComparedEstimates, EstimateRows
from ...inference.replicates import RARE
from ...results import Result
from ...wording import as_sentence, format_p, join_words
from .fit import NetworkFit, describe_data

CLOSE = 2.0
"""Models whose AICc differs by less are not distinguished."""


@dataclass(frozen=True, repr=False, eq=False)
class NetworkComparison(Result):
    """Networks compared as explanations of the order or the times of onsets, beside attributes of the places.

    Attributes
    ----------
    networks
        One row per network: ``support``, the summed Akaike weight of the models that include it; ``s`` and ``share`` of the
        onsets, in the best model (NaN if it is not in it); ``s_alone``, ``low_alone``, ``high_alone`` (profile likelihood, at
        `level`) and ``share_alone`` with the attributes and no other network; ``statistic`` and ``p_value`` of its
        likelihood ratio (½χ²₀ + ½χ²₁). ``placebo_p`` and ``rival_p`` are (1 + draws that reach the statistic) / (draws + 1),
        where a draw's statistic is the largest over the networks: of placebo networks, and of spreads simulated without
        transmission in the world ``rival``, that which fits best. ``weights`` says how the ties are weighted.
    models
        One row per set of networks, best first: ``parameters, log_likelihood, aicc, delta, weight``. The attributes are in
        all of them.
    fits
        Set of networks -> its fit.
    placebo_statistics
        Likelihood ratio of each network (columns) in each placebo (rows), with places exchanged within strata.
    rival_statistics
        The same in each simulated spread; rows by ``rival`` and ``draw``.
    date_error
        Support of each network and the best model, one row per sample of the onsets within the error of their dates.
    onsets, places
        Number of places that joined, and number of all places.
    by
        "order" or "times".
    spatial
        Whether placebos exchange places within strata only.
    attributes
        Names of the attributes in all models.
    caveats
        What else could give this result, and what was done to the data.
    level
        Confidence level of the intervals.
    """

    networks: pd.DataFrame
    models: pd.DataFrame
    fits: Mapping[tuple[str, ...], NetworkFit]
    placebo_statistics: pd.DataFrame
    rival_statistics: pd.DataFrame
    date_error: pd.DataFrame
    onsets: int
    places: int
    by: str
    spatial: bool
    attributes: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    level: float = 0.95

    @property
    def best(self) -> NetworkFit:
        """The fit of the model with the lowest AICc."""
        return self.fits[self.models.index[0]]

    @property
    def close(self) -> list[tuple[str, ...]]:
        """The models whose AICc is less than 2 higher than the lowest, best first."""
        return list(self.models.index[self.models["delta"] < CLOSE])

    @property
    def carriers(self) -> tuple[str, ...]:
        """The networks with which the onsets are consistent and nothing else that was tried is.

        They are in the best model, the AICc of the model without networks is at least 2 higher, and neither placebo networks
        nor spreads simulated without transmission reach their statistic (both p at most 0.05).
        """
        if not np.isfinite(self.models["aicc"].iloc[0]) or () in self.close:
            return ()
        return tuple(name for name in self.models.index[0] if not self._doubts(name))

    @property
    def sentence(self) -> str:
        """Along which networks the onsets are consistent with transmission, and what is open."""
        return as_sentence(self._conclusion())

    def _conclusion(self) -> str:
        subject, singular = describe_data("order" if self.by == "order" else "times", self.onsets, self.places)
        best, leaves = (
            self.models.index[0],
            f"{'leaves' if singular else 'leave'} open whether there was transmission along",
        )
        any_of_them = quote(self.networks.index, "or")
        if not np.isfinite(self.models["aicc"].iloc[0]):
            return f"too few places joined ({self.onsets} of {self.places}) to compare networks"
        if not best:
            others = f", but {_describe_close(self.close[1:])}" if self.close[1:] else ""
            shows = "shows" if singular else "show"
            return (
                f"{subject} {shows} no sign of transmission along {any_of_them}: {self._null_model()} fits best{others}"
            )
        lower = f"{self.models['delta'][()]:.1f}"
        if () in self.close:
            return (
                f"{subject} {leaves} {any_of_them}: the best model has {quote(best)}, but the AICc of {self._null_model()} is "
                f"only {lower} higher"
            )
        if not self.carriers:
            better = f"the AICc is {lower} lower with {'it' if len(best) == 1 else 'them'} than in {self._null_model()}"
            return f"{subject} {leaves} {quote(best, 'or')}: {better}, but {self._describe_doubts(best)}"
        return f"{subject} {'is' if singular else 'are'} consistent with transmission along {self._describe_carriers(best)}"

    def _null_model(self) -> str:
        attributes = join_words(list(self.attributes))
        return f"the model with {attributes} and no network" if attributes else "the model without networks"

    def _describe_carriers(self, best: tuple[str, ...]) -> str:
        """Return the networks that are named, their shares of the onsets, the evidence, and what is open."""
        shares = self.best.share_transmitted[list(self.carriers)]
        parts = [
            f"{f'{name!r} ' if len(shares) > 1 else ''}{share:.0%} of the onsets" for name, share in shares.items()
        ]
        given = (
            f", given {join_words(list(self.attributes))}"
            if self.attributes
            else ", with no attribute such as population in the model"
        )
        text = f"{quote(self.carriers)} ({', '.join(parts)}){given}; {self._describe_evidence()}"
        rest = [name for name in best if name not in self.carriers]
        if rest:
            text += f"; whether there was also transmission along {quote(rest, 'or')} is open: {self._describe_doubts(rest)}"
        rivals = [names for names in self.close[1:] if not set(best) <= set(names)]
        return text + (f"; {_describe_close(rivals)}" if rivals else "")

    def _describe_evidence(self) -> str:
        """Return how many placebos and simulated spreads fit as well as the networks that are named."""
        return "; ".join(
            f"{self._counted(name, 'placebo_p')} placebo networks, {self._exchanged()}, and "
            f"{self._counted(name, 'rival_p')} spreads simulated without transmission ({self.networks['rival'][name]}) "
            f"fit as well as '{name}'"
            for name in self.carriers
        )

    def _describe_doubts(self, names: Iterable[str]) -> str:
        """Return why each network is not named."""
        return "; ".join(join_words(self._doubts(name)) for name in names)

    def _doubts(self, name: str) -> list[str]:
        """Return what else could explain that a network fits, or why this cannot be judged."""
        doubts, world = [], self.networks["rival"][name]
        tests = {
            "placebo_p": (
                len(self.placebo_statistics),
                "placebo networks",
                f"{self._exchanged()}, fit as well as '{name}'",
            ),
            "rival_p": (
                len(self._rival_draws(name)),
                "spreads without transmission",
                f"look like '{name}' as well ({world})",
            ),
        }
        for kind, (draws, what, found) in tests.items():
            p = float(self.networks[kind][name])
            if not draws:
                doubts.append(f"no {what} were drawn")
            elif p > RARE and round(p * (draws + 1)) == 1:
                doubts.append(f"{draws} {what} are too few to judge '{name}'")
            elif not p <= RARE:
                comma = "," if kind == "placebo_p" else ""
                doubts.append(f"{self._counted(name, kind)} {what}{comma} {found}, {format_p(p)}")
        return doubts

    def _rival_draws(self, name: str) -> pd.DataFrame:
        """Return the statistics in the world that fits a network best."""
        rival, found = self.networks["rival"][name], self.rival_statistics
        return pd.DataFrame(found[found.index.get_level_values("rival") == rival])

    def _counted(self, name: str, kind: str) -> str:
        """Return how many draws reach the statistic of a network."""
        draws = len(self.placebo_statistics if kind == "placebo_p" else self._rival_draws(name))
        return f"{round(float(self.networks[kind][name]) * (draws + 1)) - 1} of {draws}"

    def _exchanged(self) -> str:
        return f"with places exchanged{' within their region' if self.spatial else ''}"

    def to_frame(self) -> pd.DataFrame:
        """Return the table of networks."""
        return self.networks

    def figure(self) -> ComparedEstimates:
        """Return the support, the share of onsets, the strength and the p-values of each network."""
        table = self.networks
        headings = {"support": "support (summed weight)", "share": "share of onsets, alone"}
        shares = table[["support", "share_alone"]].set_axis(list(headings), axis=1)
        strengths = table[["s_alone", "low_alone", "high_alone"]].set_axis(["estimate", "low", "high"], axis=1)
        rows = EstimateRows(strengths, f"strength s, alone ({100 * self.level:g}%)", log=True)
        texts = ["; ".join(map(_short_p, pair)) for pair in table[["placebo_p", "rival_p"]].to_numpy(dtype=float)]
        note = f"{self.onsets} of {self.places} places joined. Inferred from the {self.by} of onsets: associations, not causes."
        return ComparedEstimates(shares, headings, ["share"], rows, "placebo p; rival p", texts, note)

    def __repr__(self) -> str:
        table = self.networks.to_string(float_format="{:.3g}".format)
        return f"<NetworkComparison: {escape_controls(' '.join([self.sentence, *self.caveats]))}\n{table}>"

    def _repr_html_(self) -> str:
        models = self.models.set_axis([quote(names) or "none" for names in self.models.index])
        return f"{super()._repr_html_()}{models.to_html(escape=True, float_format='{:.4g}'.format)}"


def quote(names: Iterable[str], conjunction: str = "and") -> str:
    """Return names in quotation marks, joined.

    Examples
    --------
    >>> quote(["road", "oil"], "or")
    "'road' or 'oil'"
    """
    return join_words([f"'{name}'" for name in names], conjunction)


def _short_p(p: float) -> str:
    return "–" if np.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.2g}"


def _describe_close(rivals: list[tuple[str, ...]]) -> str:
    """Return that some models fit almost as well as the best."""
    sets = " or with ".join(f"{quote(names)}{' alone' if len(names) == 1 else ''}" for names in rivals)
    one = len(rivals) == 1
    return f"{'the model' if one else 'models'} with {sets} {'fits' if one else 'fit'} almost as well (AICc less than {CLOSE:g} higher)"
