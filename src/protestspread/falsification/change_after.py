"""Events after an intervention, held against waves without a change in which the act is placed by the same rule."""

from contextlib import suppress
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd

from ..arguments import Arguments
from ..arrays import FloatArray
from ..ensembles.figures import QUANTILES
from ..errors import DataError, FitError
from ..inference.permutation_test import Alternative
from ..models.counts.result import EndemicEpidemicFit
from ..models.counts.specification import inside_likelihood
from ..random_streams import seed_of
from ..wording import format_date
from .acts import Act, read_act
from .change_result import ALL, FIT, SMOOTH, ChangeAfter, Rule
from .continued_waves import Simulation, Waves, likeness, log_ratio


def change_after(
    fit: EndemicEpidemicFit,
    interventions: pd.DataFrame | pd.Series | pd.Timestamp | str,
    *,
    rule: Rule = "day after peak",
    window_days: int = 3,
    alternative: Alternative = "less",
    draws: int = 199,
    rng: int | np.random.Generator | None = None,
) -> ChangeAfter:
    """Hold the days after an act against waves without a change, in which the act is placed by the same rule.

    Acts follow peaks, and any wave falls after its peak; a regression with a term for the act rejects in every such wave. Here
    the ratio of the events after an act to those before it is ranked among the same ratio in simulated waves.

    Parameters
    ----------
    fit
        The whole wave, with the days after the act, as fitted by `fit_endemic_epidemic` to a daily panel. A trend and its
        square among the endemic terms describe most waves.
    interventions
        Rows of a table as of `read_interventions`, one row of it, or a date from which on the act was in force everywhere. All
        rows are of one kind and begin on one day; the act holds for the places that they name in ``region_id``. Rows of a
        "shutdown" may stand beside them: their place-days count as not observed, and the model is fitted again without them.
    rule
        "day after peak": the act began on the day after the day with most events in its places, and so it does in each simulated
        wave. "given": it began on a day that was not chosen by the wave, and waves are simulated given the days before it.
    window_days
        Number of days before the act, and from its first day on, whose events are compared.
    alternative
        "less" (fewer events after the act), "greater" or "two-sided".
    draws
        Number of waves simulated from the fit, and of smooth waves.
    rng
        A seed or a Generator.

    Returns
    -------
    ChangeAfter
        The verdict "change", "no change found" or "cannot tell"; the p-value; prediction intervals of the days after, in all and
        by place.

    Raises
    ------
    DataError
        Fewer days precede the act than twice the parameters of the fit, or than ``window_days``; days in the windows were not
        observed; rows of ``interventions`` begin on different days or are of different kinds; the rule does not hold; the
        counts of simulated waves grow without bound.
    SchemaError
        The table of interventions is not valid.

    Notes
    -----
    The statistic is log((events after + ½) / (events before + ½)). A change needs p ≤ 0.05 against two nulls: waves simulated
    from the fit, and smooth waves, whose logarithm is a cubic function of time with negative binomial counts and sampled
    parameters. The second holds where the fit leaves out variation, such as a Poisson fit of counts that vary more. Where the
    days before the act do not look like those of the simulated waves (events, highest day, number of days, growth,
    roughness), the verdict is "cannot tell".

    Bernal, Cummins, Gasparrini (2017), International Journal of Epidemiology 46:348, doi:10.1093/ije/dyw098, describe segmented
    regression; p-values of simulated waves are those of Phipson and Smyth (2010), doi:10.2202/1544-6115.1585. Error rates and
    power are in ``docs/calibration.md``.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> wave = [0, 1, 1, 0, 1, 3, 3, 3, 2, 7, 6, 12, 22, 26, 32, 45, 41, 42, 56, 48, 49, 27, 21, 18, 13, 7, 11, 5, 1, 0]
    >>> days = pd.date_range("2022-01-01", periods=30, name="date")
    >>> panel = pd.DataFrame({"A": wave}, index=days)
    >>> time = pd.Series(range(-15, 15), days) / 15
    >>> course = ps.Terms(by={"time": time, "time squared": time**2})
    >>> fit = ps.fit_endemic_epidemic(panel, None, endemic=course, own=None, neighbors=None)
    >>> ps.change_after(fit, "2022-01-20", draws=99, rng=1).verdict
    'no change found'
    """
    with Arguments() as check:
        check.instance(
            "fit", fit, EndemicEpidemicFit, "a fit of fit_endemic_epidemic, whose simulated waves hold counts"
        )
        check.choice("rule", rule, get_args(Rule))
        window_days = check.whole("window_days", window_days, at_least=1)
        check.choice("alternative", alternative, get_args(Alternative))
        draws = check.whole("draws", draws, at_least=1, at_most=10**6)
        seed = seed_of(rng)
    act = read_act(interventions, fit, window_days)
    if act.hidden:
        fit = _refitted(fit, act.panel)
    if rule == "day after peak":
        _check_peak(act)
    lag = act.days_after_peak
    after_peak = lag if rule == "day after peak" or 1 <= lag <= window_days else None
    simulation = Simulation(fit, act, after_peak, window_days, draws, seed)
    free = simulation.from_fit(fit.specification.first_rows)
    waves = free if after_peak is not None else simulation.from_fit(act.row)
    nulls = {FIT: waves}
    with suppress(DataError, FitError):
        nulls[SMOOTH] = simulation.smooth()
    observed = Waves(np.nan_to_num(act.own.to_numpy(dtype=float))[None], np.array([act.row]))
    looks, likeness_p = likeness(observed, free, window_days)
    return ChangeAfter(
        act=act.name,
        start=act.start,
        places=act.places,
        rule=rule,
        window_days=window_days,
        alternative=alternative,
        statistic=float(observed.log_ratios(window_days)[0]),
        null_distributions={name: null.log_ratios(window_days) for name, null in nulls.items()},
        table=_by_place(act.places, observed, waves, window_days),
        by_day=_by_day(fit, act, waves, window_days),
        likeness=looks,
        likeness_p=likeness_p,
        usable=waves.usable,
        hidden=act.hidden,
        days_after_peak=after_peak,
    )


def _refitted(fit: EndemicEpidemicFit, panel: pd.DataFrame) -> EndemicEpidemicFit:
    """Fit the same model without the days that a shutdown hides."""
    model = fit.specification
    inside = inside_likelihood(panel, model.parts, model.memory, power_law=model.weights == "power_law")
    return EndemicEpidemicFit.of(replace(model, panel=panel, inside=inside))


def _check_peak(act: Act) -> None:
    totals = act.totals
    if totals[act.row - 1] < totals.max():
        peak = pd.Timestamp(act.panel.index[int(totals.argmax())])
        raise DataError(
            f"rule must be 'given', as {act.name} did not begin on the day after the peak: it began on {format_date(act.start)}, and most "
            f"events in its places were on {format_date(peak)}",
            fix="pass rule='given' if the wave did not decide on the day of the act",
        )


def _by_place(places: pd.Index, observed: Waves, waves: Waves, days: int) -> pd.DataFrame:
    """Return the table of the result: events after, beside those of waves that go on from the observed days before."""
    before, after = (_with_total(values.sum(axis=1)) for values in observed.around(days))
    drawn = _continued(before, *(_with_total(values.sum(axis=1)) for values in waves.around(days)))
    low, median, high = np.quantile(drawn, [0.025, 0.5, 0.975], axis=0)
    ratio = np.exp(log_ratio(before, after))[0]
    columns = {"before": before[0], "after": after[0], "ratio": ratio, "median": median, "low": low, "high": high}
    return pd.DataFrame(columns, index=places.append(pd.Index([ALL])).rename(places.name or "place"))


def _by_day(fit: EndemicEpidemicFit, act: Act, waves: Waves, days: int) -> pd.DataFrame:
    """Return observed and expected events by day, and quantiles of the days after the act, had the wave continued."""
    before, after = (values.sum(axis=2) for values in waves.around(days))
    past = act.totals[act.row - days : act.row].sum()
    drawn = _continued(past, before.sum(axis=1, keepdims=True), after)
    quantiles = np.quantile(drawn, QUANTILES, axis=0).T
    ahead = pd.DataFrame(quantiles, act.own.index[act.row :][:days], list(QUANTILES))
    observed = act.own.sum(axis=1).where(act.own.notna().all(axis=1))
    expected = fit.expected()[act.places].sum(axis=1, min_count=1)
    return pd.DataFrame({"observed": observed, "expected": expected}).join(ahead)


def _continued(observed_before: FloatArray | float, before: FloatArray, after: FloatArray) -> FloatArray:
    """Return events after, scaled from the events before of each wave to those observed."""
    return np.asarray(np.maximum((observed_before + 0.5) / (before + 0.5) * (after + 0.5) - 0.5, 0.0))


def _with_total(counts: FloatArray) -> FloatArray:
    """Append the sum over places, shape (waves, places + 1)."""
    return np.column_stack([counts, counts.sum(axis=1)])
