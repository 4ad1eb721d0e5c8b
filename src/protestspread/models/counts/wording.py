"""What a fit of counts says in words: its sentence and its caveats."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import pandas as pd

from ...errors import shorten_list
from ...inference.likelihood.comparison import FitComparison
from ...wording import format_number, format_p, join_words
from .specification import DECAY, ENDEMIC, OVERDISPERSION, OWN, Specification

_WEAK = 2.0  # log-likelihood by which a decay exceeds the ends of its range
_FEW_ROWS = 28
_DISPERSED = 1.5


class ToldFit(Protocol):
    """What words need of a fit; see `EndemicEpidemicFit` for each."""

    @property
    def specification(self) -> Specification: ...  # noqa: D102 - as in the fit
    @property
    def params(self) -> pd.Series: ...  # noqa: D102
    @property
    def not_identified(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def neighbors_test(self) -> FitComparison | None: ...  # noqa: D102
    @property
    def decay_gain(self) -> float: ...  # noqa: D102
    def expected(self) -> pd.DataFrame: ...  # noqa: D102
    def parts(self) -> Mapping[str, pd.DataFrame]: ...  # noqa: D102
    def proportions(self) -> pd.Series: ...  # noqa: D102
    def diagnostics(self) -> pd.Series: ...  # noqa: D102


def sentence_of(fit: ToldFit) -> str:
    """Return the shares of the parts, and the test of the neighbors against none."""
    total = format_number(float(np.nansum(fit.expected().to_numpy())), 4)
    shares = join_words([f"{share:.0%} {_word(str(name))}" for name, share in fit.proportions().items()])
    attributed = f"Of {total} expected events, {shares}"
    test = fit.neighbors_test
    if test is None:
        return f"{attributed}."
    given = "the past of each place and the endemic terms" if OWN in fit.parts() else "the endemic terms"
    ratio = f"{format_number(test.statistic)} ({format_p(test.p_value)}, {test.reference})"
    return f"{attributed}. Given {given}, the likelihood ratio against a model without neighbors is {ratio}."


def caveats_of(fit: ToldFit) -> tuple[str, ...]:
    """Return what else looks like an epidemic part, and what these data cannot tell."""
    general = []
    if fit.neighbors_test is not None:
        general.append(
            "This is an association, not evidence of spread: a cause that neighboring places share looks the same. placebo_test compares "
            "the neighbors with places exchanged within regions."
        )
    if len(fit.parts()) > 1:
        general.append(
            "A national wave that the endemic terms do not describe also looks like an effect of earlier events."
        )
    if OWN in fit.parts():
        general.append("Unreported events bias the own part toward 0.")
    return (*general, *_of_estimates(fit), *_of_data(fit))


def _of_estimates(fit: ToldFit) -> list[str]:
    """Return caveats of estimates that are at an end of their range or not identified."""
    params, found = fit.params, []
    gone = [part for part in fit.parts() if part in params and np.isneginf(params[part])]
    if gone:
        found.append(
            f"The data drive {join_words(gone)} to 0: {'this part does' if len(gone) == 1 else 'these parts do'} not add to the counts."
        )
    endless = [name for name in params.index[np.isneginf(params)] if name not in gone]
    if endless:
        found.append(
            f"The data do not identify the size of {shorten_list([repr(name) for name in endless])}: the estimate is -∞, and only the upper end of the interval is known."
        )
    if fit.not_identified:
        found.append(f"The data do not identify {shorten_list([repr(name) for name in fit.not_identified])}.")
    if DECAY in params and not fit.decay_gain >= _WEAK and DECAY not in fit.not_identified:
        gain = f" (log-likelihood higher by {format_number(fit.decay_gain)})" if np.isfinite(fit.decay_gain) else ""
        found.append(
            f"The decay is weakly identified: the nearest neighbors alone, or all places alike, fit nearly as well{gain}."
        )
    dispersion = fit.diagnostics()["pearson_dispersion"]
    if OVERDISPERSION not in params and dispersion > _DISPERSED:
        found.append(
            f"The counts vary {format_number(dispersion, 2)} times as much as Poisson counts, so that p-values are too small and intervals too narrow; use family='nb'."
        )
    return found


def _of_data(fit: ToldFit) -> list[str]:
    """Return caveats of what the panel and the graphs lack."""
    specification, found = fit.specification, []
    rows = len(specification.inside)
    if rows < _FEW_ROWS:
        found.append(f"{rows} rows are too few to separate a trend, weekdays or a wave from effects of earlier events.")
    islands = [part for part in specification.parts if part.graph is not None]
    if islands:
        reached = sum(
            (part.graph.matrix.T @ np.ones(len(part.graph.nodes)) for part in islands if part.graph is not None), 0.0
        )
        alone = specification.panel.columns[np.asarray(reached) == 0]
        if len(alone):
            found.append(f"No ties reach {shorten_list(alone)}: they have no part of the neighbors.")
    left = int((~specification.inside).sum())
    if left:
        found.append(
            f"{left:,} of {specification.inside.size:,} place-days are not fitted, as they or what they depend on were not observed."
        )
    return found


def _word(name: str) -> str:
    if name == ENDEMIC:
        return "are attributed to the endemic part"
    if name == OWN:
        return "to earlier events in the same place"
    return "to earlier events in neighboring places" + (
        f" along {name.removeprefix('neighbors ')!r}" if " " in name else ""
    )
