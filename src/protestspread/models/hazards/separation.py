"""Separation: covariates that tell the outcome without error, so that the likelihood has no maximum."""

import numpy as np
import scipy.sparse as sp

from .binary_regression import BinaryRegression

_SUSPICIOUS = 8.0  # size of a coefficient, per standard deviation, above which separation is looked for
_CLEAR = 1e-6


def separating_columns(model: BinaryRegression, at: np.ndarray, *, converged: bool) -> list[str]:
    """Return the names of covariates along which the likelihood of a fit rises without bound; none for most fits.

    Notes
    -----
    A. Albert, J. A. Anderson (1984), On the existence of maximum likelihood estimates in logistic regression models,
    Biometrika 71:1, doi:10.1093/biomet/71.1.1. The direction is found by a linear program.
    """
    from scipy.optimize import linprog

    slopes = at[model.groups :] * model.scale
    if converged and np.abs(slopes).max(initial=0.0) < _SUSPICIOUS:
        return []
    sign = 2 * model.joined - 1
    rows = np.arange(len(sign))
    intercepts = sp.csr_array((np.ones(len(sign)), (rows, model.group)), shape=(len(sign), model.groups))
    design = sp.csr_array(sp.hstack([intercepts, sp.csr_array(model.columns / model.scale)]))
    signed = sp.csr_array(sp.diags_array(sign) @ design)
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(sign)), bounds=(-1, 1), method="highs")
    if found.status != 0 or -found.fun < _CLEAR:
        return []
    names, steps = model.names[model.groups :], found.x[model.groups :]
    return [name for name, step in zip(names, steps, strict=True) if abs(step) > _CLEAR]
