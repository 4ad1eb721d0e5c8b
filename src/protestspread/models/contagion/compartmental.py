"""Compartmental models on a graph, by the day and in continuous time: SI, SIS, SIR, SEIR and SIRS."""

from dataclasses import dataclass, fields
from typing import Literal, get_args

import numpy as np
import pandas as pd

from ...arguments import Arguments
from ...arrays import IntArray
from ...graphs.diffusion import DiffusionGraph
from ..base import Model, SpreadSampler
from ..rates import Rate, check_rates
from .samplers import SpellSampler, contagion, ties_of

Clock = Literal["day", "continuous"]


class _Compartmental(Model):
    """What the compartmental models share: their fields are rates, and a clock."""

    transmission_per_day: Rate
    spontaneous_per_day: Rate
    clock: Clock
    exposed, again = False, False

    def __post_init__(self) -> None:
        with Arguments() as check:
            check.choice("clock", self.clock, get_args(Clock))
        check_rates(self, **self._rates())

    def _rates(self) -> dict[str, Rate]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "clock"}  # type: ignore[arg-type]

    def prepare(self, graph: DiffusionGraph, dates: pd.DatetimeIndex, first: IntArray) -> SpreadSampler:
        """Return what draws panels; see `Model.prepare`."""
        model = contagion(self._rates(), dates, graph.nodes, by_day=self.clock == "day")
        model = model._replace(exposed=self.exposed, again=self.again)
        return SpellSampler(ties_of(graph), model, np.flatnonzero(first).astype(np.int32))


@dataclass(frozen=True)
class SI(_Compartmental):
    """A susceptible-infected model: a place becomes active spontaneously or through active places, and stays active.

    The hazard of an onset in place i is h = ``spontaneous_per_day`` + ``transmission_per_day`` · Σ_j matrix[j, i] over the
    active places j. Weights are used as given: with ``graph.normalize("target")`` the sum is the weighted share of a place's
    sources that are active.

    Parameters
    ----------
    transmission_per_day
        Hazard per day and unit of weight from active places: a number, a Series by receiving place, a DataFrame by date and
        receiving place, or a `LogLinearRate`.
    spontaneous_per_day
        Hazard per day of an onset without active neighbors, in the same forms.
    clock
        "day": all places change at once, once a day, with probability 1 − exp(−h) given who was active on the day before.
        Nothing travels along two ties on one day, so that a fast spread is slower than in continuous time. "continuous": a
        place can pass activity on as soon as it is active; the panel shows the state at the end of each day, where the spread
        starts at the end of the first.

    Raises
    ------
    DataError
        A rate is negative, NaN or infinite, or ``clock`` is not known.

    Notes
    -----
    The hazard is that of network-based diffusion analysis: M. Franz, C. L. Nunn (2009), Proceedings of the Royal Society B
    276:1829, doi:10.1098/rspb.2008.1824. Draws are exact: each contact happens when the integral of its hazard exceeds an
    exponential random number, also where rates vary by day (M. A. Gibson, J. Bruck, 2000, Journal of Physical Chemistry A
    104:1876, doi:10.1021/jp993732q).

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> roads = ps.link_graph(case.cities, case.links)
    >>> panel = ps.simulate(ps.SI(transmission_per_day=0.5), roads, seeds=["Zhanaozen"], days=10, rng=1)
    >>> int(panel["Zhanaozen"].min())
    1
    """

    transmission_per_day: Rate
    spontaneous_per_day: Rate = 0.0
    clock: Clock = "day"


@dataclass(frozen=True)
class SIS(_Compartmental):
    """A susceptible-infected-susceptible model: as `SI`, but active places recover and can become active again.

    Parameters
    ----------
    transmission_per_day, spontaneous_per_day, clock
        As in `SI`.
    recovery_per_day
        Hazard per day of recovery, in the forms of a rate. By the day, a place is active for at least one day, on average
        1 / (1 − exp(−recovery_per_day)) days, and can be active again on the day after the first quiet day.

    Raises
    ------
    DataError
        A rate is negative, NaN or infinite, or ``clock`` is not known.

    Notes
    -----
    I. Z. Kiss, J. C. Miller, P. L. Simon (2017), Mathematics of Epidemics on Networks, Springer,
    doi:10.1007/978-3-319-50806-1.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> pair = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"]}))
    >>> many = ps.simulate_many(ps.SIS(1.0, 0.2), pair, seeds=["A"], days=30, draws=400, rng=1)
    >>> bool(many.onsets()["A"].eq("2000-01-01").all())
    True
    """

    transmission_per_day: Rate
    recovery_per_day: Rate
    spontaneous_per_day: Rate = 0.0
    clock: Clock = "day"
    again = True


@dataclass(frozen=True)
class SIR(_Compartmental):
    """A susceptible-infected-recovered model: as `SI`, but active places recover and do not become active again.

    The panel is 1 while a place is active; `Ensemble.onsets` distinguishes recovered places from those never active.

    Parameters
    ----------
    transmission_per_day, spontaneous_per_day, clock
        As in `SI`.
    recovery_per_day
        Hazard per day of recovery, in the forms of a rate. By the day, a place is active for at least one day, on average
        1 / (1 − exp(−recovery_per_day)) days; in continuous time for 1 / recovery_per_day days.

    Raises
    ------
    DataError
        A rate is negative, NaN or infinite, or ``clock`` is not known.

    Notes
    -----
    W. O. Kermack, A. G. McKendrick (1927), Proceedings of the Royal Society A 115:700, doi:10.1098/rspa.1927.0118, here on a
    graph.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> line = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    >>> many = ps.simulate_many(ps.SIR(0.6, 0.4, clock="continuous"), line, seeds=["A"], days=60, draws=4000, rng=1)
    >>> bool(abs(many.reached_by("2000-02-29")["B"] - 0.6 / (0.6 + 0.4)) < 0.03)  # transmission before recovery
    True
    """

    transmission_per_day: Rate
    recovery_per_day: Rate
    spontaneous_per_day: Rate = 0.0
    clock: Clock = "day"


@dataclass(frozen=True)
class SEIR(_Compartmental):
    """A susceptible-exposed-infected-recovered model: as `SIR`, with a time between exposure and activity.

    Exposed places are not active: panels and onsets show activity. Places that seed a spread are active on the first day.

    Parameters
    ----------
    transmission_per_day, recovery_per_day, spontaneous_per_day, clock
        As in `SIR`; a spontaneous event exposes a place.
    progression_per_day
        Hazard per day with which an exposed place becomes active, in the forms of a rate. By the day, exposure lasts at least
        one day.

    Raises
    ------
    DataError
        A rate is negative, NaN or infinite, or ``clock`` is not known.

    Notes
    -----
    R. M. Anderson, R. M. May (1991), Infectious Diseases of Humans, Oxford University Press.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> line = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A"], "target": ["B"]}))
    >>> panel = ps.simulate(ps.SEIR(50.0, 50.0, 0.0), line, seeds=["A"], days=4, rng=1)  # exposed on day 1, active on day 2
    >>> panel["B"].tolist()
    [0, 0, 1, 1]
    """

    transmission_per_day: Rate
    progression_per_day: Rate
    recovery_per_day: Rate
    spontaneous_per_day: Rate = 0.0
    clock: Clock = "day"
    exposed = True


@dataclass(frozen=True)
class SIRS(_Compartmental):
    """A susceptible-infected-recovered-susceptible model: as `SIR`, but recovered places become susceptible again.

    Parameters
    ----------
    transmission_per_day, recovery_per_day, spontaneous_per_day, clock
        As in `SIR`.
    waning_per_day
        Hazard per day with which a recovered place becomes susceptible, in the forms of a rate. By the day, it is recovered
        for at least one day.

    Raises
    ------
    DataError
        A rate is negative, NaN or infinite, or ``clock`` is not known.

    Notes
    -----
    I. Z. Kiss, J. C. Miller, P. L. Simon (2017), Mathematics of Epidemics on Networks, Springer,
    doi:10.1007/978-3-319-50806-1.

    Examples
    --------
    >>> import pandas as pd
    >>> import protestspread as ps
    >>> pair = ps.DiffusionGraph.from_edges(pd.DataFrame({"source": ["A", "B"], "target": ["B", "A"]}))
    >>> many = ps.simulate_many(ps.SIRS(1.0, 0.5, 0.1), pair, seeds=["A"], days=40, draws=20, rng=1)
    >>> bool(many.to_frame().duplicated(["draw", "place"]).any())  # some places are active more than once
    True
    """

    transmission_per_day: Rate
    recovery_per_day: Rate
    waning_per_day: Rate
    spontaneous_per_day: Rate = 0.0
    clock: Clock = "day"
    again = True
