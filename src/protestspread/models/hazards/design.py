"""The rows and columns of an event history: days with onsets, baseline, exposures and covariates."""

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arguments import Arguments
from ...arrays import FloatArray, IntArray
from ...errors import DataError, shorten_list
from ...exposures.exposure import exposures_of
from ...exposures.person_days import PersonDays
from ...inference.exchange import permute_nodes
from ...inference.likelihood.continuation import Future, align_future, append_rows, dates_after
from .binary_regression import BinaryRegression, Link

Baseline = Literal["day", "spline", "none"]

_SPLINE_COLUMNS = 4
_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class EventHistoryDesign:
    """The cells of an event history, and the columns of its linear predictor.

    Attributes
    ----------
    data
        Risk set, exposures, attributes and what varies by time.
    baseline
        "day": an intercept for each day; "spline": one intercept and a natural cubic spline of the day; "none": one
        intercept.
    day, place
        Row numbers of the cells, shape (cells,).
    covariates
        Name -> values by cell: exposures, attributes, what varies by time.
    """

    data: PersonDays
    baseline: Baseline
    day: IntArray
    place: IntArray
    covariates: dict[str, FloatArray]

    @classmethod
    def of(cls, data: PersonDays, baseline: Baseline) -> "EventHistoryDesign":
        """Choose the cells: with an intercept for each day, the days on which some places at risk joined and some did not."""
        with Arguments() as check:
            check.choice("baseline", baseline, get_args(Baseline))
        risk = data.risk
        kept = risk.at_risk
        if baseline == "day":
            number, joined = risk.at_risk.sum(axis=1), risk.joined.sum(axis=1)
            kept = kept & ((joined > 0) & (joined < number))[:, None]
        if not kept.any():
            raise DataError(
                "onsets must fall on days on which other places at risk did not join; on each day all or none did",
                fix='pass baseline="none", or onsets of more places',
            )
        day, place = np.nonzero(kept)
        return cls(data, baseline, day, place, data.covariates(day, place))

    def without(self, names: tuple[str, ...]) -> "EventHistoryDesign":
        """Return the design without some covariates; the cells stay."""
        kept = {name: values for name, values in self.covariates.items() if name not in names}
        data = self.data
        smaller = replace(
            data,
            matrices={name: matrix for name, matrix in data.matrices.items() if name not in names},
            exposures={name: values for name, values in data.exposures.items() if name not in names},
            attributes=data.attributes[[name for name in data.attributes if str(name) not in names]],
            by_day={name: values for name, values in data.by_day.items() if name not in names},
        )
        return replace(self, data=smaller, covariates=kept)

    def exchanged(self, network: str, order: IntArray) -> "EventHistoryDesign":
        """Return the design in which each place has the ties along a network of another place."""
        data = self.data
        matrix = permute_nodes(data.matrices[network], order)
        exposed = exposures_of(data.risk.activity, {network: matrix}, data.memories[network])[network]
        covariates = self.covariates | {network: exposed[self.day, self.place]}
        return replace(self, covariates=covariates)

    def continued(self, days: int, future: Future) -> "EventHistoryDesign":
        """Return the design with days that were not observed; the cells stay.

        Raises
        ------
        DataError
            There is an intercept for each day, or what varies by time has no values in ``future``.
        """
        if self.baseline == "day":
            raise DataError(
                "baseline must go on after the last day of the fit; intercepts of single days do not",
                fix='fit with baseline="none" or baseline="spline"',
            )
        data, risk = self.data, self.data.risk
        later = dates_after(self.days, days)
        varying = [name for name, values in data.by_day.items() if len(values) > 1]
        more = align_future(future, varying, later, risk.activity.places)
        rows = ((0, days), (0, 0))
        values = sp.csr_array(sp.vstack([risk.activity.values, sp.csr_array((days, len(risk.activity.places)))]))
        activity = replace(risk.activity, days=self.days.append(later), values=values, observed=None)
        longer = replace(risk, activity=activity, at_risk=np.pad(risk.at_risk, rows), joined=np.pad(risk.joined, rows))
        by_day = data.by_day | {name: append_rows(data.by_day[name], more[name]) for name in varying}
        return replace(self, data=replace(data, risk=longer, by_day=by_day))

    @property
    def joined(self) -> FloatArray:
        """1 for cells in which a place joined, else 0."""
        return self.data.risk.joined[self.day, self.place].astype(float)

    @property
    def days(self) -> pd.Index:
        """All days of the data."""
        return self.data.risk.activity.days

    def baseline_columns(self, rows: Any) -> dict[str, FloatArray]:
        """Return name -> values of the spline on some days."""
        if self.baseline != "spline":
            return {}
        onset_rows = self.day[self.joined > 0]
        knots = np.unique(np.quantile(onset_rows, np.linspace(0, 1, _SPLINE_COLUMNS + 1)))
        return {f"spline {number + 1}": column for number, column in enumerate(natural_spline(rows, knots).T)}

    def regression(self, link: Link, *, firth: bool) -> BinaryRegression:
        """Return the likelihood of the cells."""
        by_day = self.baseline == "day"
        rows, group = np.unique(self.day, return_inverse=True)
        intercepts = [f"day {_label(self.days[row])}" for row in rows] if by_day else ["intercept"]
        columns = {**self.baseline_columns(self.day), **self.covariates}
        table = np.array([*columns.values()], dtype=float).reshape(len(columns), len(self.day)).T
        names = (*intercepts, *columns)
        return BinaryRegression(
            self.joined, group if by_day else np.zeros_like(group), np.ascontiguousarray(table), names, link, firth
        )

    def check_identified(self) -> None:
        """Raise `DataError` where a covariate does not vary among the places at risk, or others determine it; all are named."""
        model = self.regression("logit", firth=False)
        centered = model.columns - model.means(np.ones(len(model.joined)))[model.group]
        names, faults = model.names[model.groups :], []
        where = "among the places at risk on each day" if self.baseline == "day" else "among place-days"
        basis = np.zeros((len(centered), 0))
        for name, column in zip(names, centered.T, strict=True):
            size = np.linalg.norm(column)
            if size <= _SAME * max(np.abs(model.columns[:, names.index(name)]).max(initial=0.0), 1e-300) * np.sqrt(
                len(column)
            ):
                exposed = name in self.data.exposures and not self.covariates[name].any()
                faults.append(
                    f"the network {name!r} exposes no place at risk" if exposed else f"{name!r} does not vary {where}"
                )
                continue
            rest = column - basis @ (basis.T @ column)
            rest = rest - basis @ (basis.T @ rest)
            if np.linalg.norm(rest) <= 1e-7 * size:
                others = list(names[: names.index(name)])
                faults.append(f"{name!r} is collinear with {shorten_list([repr(other) for other in others])}")
            else:
                basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
        if faults:
            raise DataError(
                "the data do not identify these effects", faults, "leave them out, or change memory or baseline"
            )


def natural_spline(at: FloatArray | IntArray, knots: FloatArray) -> FloatArray:
    """Return the basis of a natural cubic spline without its constant, shape (points, knots - 1).

    Notes
    -----
    Truncated powers, linear beyond the outer knots: F. E. Harrell (2015), Regression Modeling Strategies, section 2.4.5,
    doi:10.1007/978-3-319-19425-7.
    """
    x, span = np.asarray(at, dtype=float), max(float(knots[-1] - knots[0]), 1.0)
    if len(knots) < 3:
        return np.asarray((x - knots[0]) / span)[:, None]

    def cube(knot: float) -> FloatArray:
        return np.asarray(np.maximum((x - knot) / span, 0.0) ** 3)

    last, before = knots[-1], knots[-2]
    curved = [
        cube(knot) - cube(before) * (last - knot) / (last - before) + cube(last) * (before - knot) / (last - before)
        for knot in knots[:-2]
    ]
    return np.column_stack([(x - knots[0]) / span, *curved])


def _label(day: Any) -> str:
    return str(day.date()) if isinstance(day, pd.Timestamp) else str(day)
