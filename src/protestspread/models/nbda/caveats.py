"""The caveats of a comparison of networks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import BoolArray, FloatArray
from ...errors import shorten_list
from ...wording import as_sentence, format_number, join_words
from .comparison import quote
from .fit import NetworkFit

_FAR, _FLAT = 5.0, 50.0  # of a coefficient per standard deviation, and of its standard error


@dataclass(frozen=True, eq=False)
class CaveatFacts:
    """What the caveats of a comparison are about.

    Attributes
    ----------
    best, null
        The best fit, and that without networks.
    groups
        Networks that are complete within a group.
    common
        Networks that expose all places alike.
    left_out
        Places without attributes.
    unchanged
        Whether each network (columns) is unchanged in each placebo (rows).
    spatial
        Whether placebos exchange places within strata.
    draws
        Words for draws -> how many there are, and how many were asked for.
    not_tried
        World -> what the data lack for it.
    date_error, lost
        Supports in sampled onsets, and samples left out.
    """

    best: NetworkFit
    null: NetworkFit
    groups: Sequence[str]
    common: Sequence[str]
    left_out: pd.Index
    unchanged: FloatArray
    spatial: bool
    draws: Mapping[str, tuple[int, int]]
    not_tried: Mapping[str, str]
    date_error: pd.DataFrame
    lost: int

    def sentences(self) -> tuple[str, ...]:
        """Return the caveats, in sentences."""
        parts = (self._of_model(), self._of_claims(), self._of_draws(), self._of_dates())
        return tuple(as_sentence(text) for part in parts for text in part)

    def _of_model(self) -> Iterator[str]:
        attributes = [str(name) for name in self.null.rates.attributes.columns]
        if not any("population" in name for name in attributes):
            yield (
                "population is not in the model: if large places join or are reported earlier, networks that tie them "
                "fit without any transmission"
            )
        if self.groups:
            one = len(self.groups) == 1
            yield (
                f"{quote(self.groups)} {'ties' if one else 'tie'} all members of one group alike and cannot be told from what its "
                f"members are by themselves, so membership is an attribute in every model"
            )
        if len(self.left_out):
            yield (
                f"{len(self.left_out)} of the places have no value of an attribute and are left out, also as sources: "
                f"{shorten_list(self.left_out)}"
            )
        steep = _separates(self.null, len(attributes))
        if steep.any():
            names = [name for name, infinite in zip(attributes, steep, strict=True) if infinite]
            yield (
                f"{join_words(names)} {'separates' if len(names) == 1 else 'separate'} the places that joined first from the others "
                "(the coefficient runs to infinity), so that little is left for networks to explain"
            )

    def _of_claims(self) -> Iterator[str]:
        names = self.best.networks
        if self.common:
            exposes = "exposes" if len(self.common) == 1 else "expose"
            yield f"{quote(self.common)} {exposes} all places alike: common growth, not a network"
        infinite = self.best.unbounded
        if infinite:
            strengths = dict(zip(names, self.best.strengths.s, strict=True))
            least = min(strengths[name] for name in infinite)
            ratio = " : ".join(format_number(strengths[name] / least) for name in infinite)
            of = f"the strengths of {quote(infinite)} run to infinity in the ratio {ratio} (per unit of weight)"
            one = f"the strength of {quote(infinite)} runs to infinity"
            yield f"{of if len(infinite) > 1 else one}: places exposed along it always join before all others"
        hubs = [name for name in names if _has_hubs(self.best.rates.exposures[name].matrix)]
        if hubs:
            yield (
                f"{quote(hubs)} {'ties' if len(hubs) == 1 else 'tie'} a few places to many others; what these few are by themselves "
                "(such as capitals) would look the same, unless it is an attribute"
            )
        if names:
            yield (
                "a cause that places tied to each other share, and that no attribute and no stratum describes, would look the "
                "same; so would a network that is not among the candidates and resembles one of them"
            )

    def _of_draws(self) -> Iterator[str]:
        placebos = len(self.unchanged)
        for name, share in zip(self.null_networks, self.unchanged.mean(axis=0) if placebos else (), strict=False):
            if share > 0.05:
                yield f"'{name}' is unchanged in {share:.0%} of its placebos, so its placebo p-value cannot be small"
        if placebos and not self.spatial:
            yield "placebos exchange all places; pass strata (such as regions) to keep what neighboring places have in common"
        early = [f"{words} after {drawn} of {asked}" for words, (drawn, asked) in self.draws.items() if drawn < asked]
        if early:
            yield f"drawing stopped where no p-value could become small: {join_words(early)}"
        for words, lack in self.not_tried.items():
            yield f"the world of {words} was not tried: {lack}"

    @property
    def null_networks(self) -> tuple[str, ...]:
        """Names of all networks that were compared, in order."""
        return tuple(self.date_error.columns.drop("best"))

    def _of_dates(self) -> Iterator[str]:
        networks = self.null_networks
        if len(self.date_error):
            support = self.date_error[list(networks)].quantile([0.05, 0.95])
            ranges = ", ".join(
                f"{name} {support[name].iloc[0]:.2f} to {support[name].iloc[1]:.2f}" for name in networks
            )
            yield f"support over {len(self.date_error)} samples of the dates (5 to 95%): {ranges}"
        if self.lost:
            yield f"{self.lost} samples of the dates are left out: all onsets fell on one day, or no place was exposed"


def _separates(fit: NetworkFit, attributes: int) -> BoolArray:
    """Return which of the last coefficients run to infinity: far from 0, and the likelihood nearly flat."""
    optimum, last = fit.optimum, slice(len(fit.optimum.coordinates) - attributes, None)
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.diag(optimum.covariance))[last]
    return np.asarray((np.abs(optimum.coordinates[last]) > _FAR) & ~(error < _FLAT))


def _has_hubs(matrix: sp.csr_array) -> bool:
    """Return whether a place has more than four times as many ties as the mean place with ties.

    Examples
    --------
    >>> star = sp.csr_array(np.pad(np.ones((1, 9)), ((0, 9), (1, 0))))
    >>> _has_hubs(star), _has_hubs(sp.csr_array(np.ones((10, 10))))
    (True, False)
    """
    ties = matrix.count_nonzero(axis=1) + matrix.count_nonzero(axis=0)
    return bool(ties.max(initial=0) > 4 * ties[ties > 0].mean()) if matrix.nnz else False
