"""Possible parents of onsets and spells, from an event history."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...arrays import FloatArray, IntArray
from ...exposures.memories import Memory
from ...exposures.person_days import PersonDays, RiskSet
from ...inference.likelihood.parents import parent_table


def exposure_parents(data: PersonDays, effects: Mapping[str, float]) -> pd.DataFrame:
    """Return the share of the hazard of each onset or spell that is due to each spell before it.

    Exposure x_k along network k multiplies the hazard (with the logit link, the odds) by exp(β_k · x_k), so that the share
    1 - exp(-Σ β_k · x_k) is due to exposure. It is divided among the spells that the exposure consists of, in proportion to
    β_k · (weight of the tie) · (what is remembered of the spell). Networks with β_k below 0 transmit nothing. Spells of the
    first day, before which nobody was observed, are from outside.
    """
    first, place, activity = spells_of(data.risk)
    weights = {}
    for name, matrix in data.matrices.items():
        ties = sp.coo_array(matrix[place][:, place])
        source, target = ties.coords
        remembered = _remembered(activity, data.risk.activity.values, place, data.memories[name])
        parts = max(effects[name], 0.0) * ties.data * remembered[first[target], source]
        weights[name] = sp.csr_array((parts, (source, target)), shape=ties.shape)
    total = np.asarray(sum((part.sum(axis=0) for part in weights.values()), np.zeros(len(place))))
    scale = np.divide(-np.expm1(-total), total, out=np.zeros_like(total), where=total > 0)
    known = data.risk.activity
    spells = pd.DataFrame({"place": known.places.to_numpy(dtype=object)[place], "date": known.days[first]})
    return parent_table(spells, spells, {name: sp.csr_array(part * scale[None]) for name, part in weights.items()})


def spells_of(risk: RiskSet) -> tuple[IntArray, IntArray, sp.csr_array]:
    """Return first day and place of each spell, by day, and the activity of each spell, shape (days, spells)."""
    active = risk.activity.active
    before = np.vstack([np.zeros((1, active.shape[1]), dtype=bool), active[:-1]])
    place, day = np.nonzero(active.T)
    begins = (~before | risk.joined)[day, place]
    number = np.cumsum(begins) - 1
    first, where = day[begins], place[begins]
    order = np.argsort(first, kind="stable")
    spell = np.argsort(order)[number]
    return first[order], where[order], sp.csr_array((np.ones(len(day)), (day, spell)), shape=(len(active), len(first)))


def _remembered(activity: sp.csr_array, of_places: sp.csr_array, place: IntArray, memory: Memory) -> FloatArray:
    """Return what is remembered of each spell on each day, shape (days, spells).

    The spells of a place sum to what is remembered of the place: where a memory counts a place once, they share it.
    """
    alone, whole = _recalled(activity, memory), _recalled(of_places, memory)
    belongs = sp.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(whole.shape[1], len(place)))
    summed = (belongs @ alone.T).T
    return np.asarray(alone * np.divide(whole, summed, out=np.zeros_like(whole), where=summed > 0)[:, place])


def _recalled(activity: sp.csr_array, memory: Memory) -> FloatArray:
    """Return what is remembered on each day of the days before."""
    values: FloatArray = memory.added(activity).toarray()
    for row in range(1, len(values) if memory.kept else 0):
        values[row] += memory.kept * values[row - 1]
    return np.concatenate([np.zeros((1, values.shape[1])), values[:-1]])
