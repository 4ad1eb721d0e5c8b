"""Means, medians and tangent planes on the unit sphere. Points are unit vectors, so poles need no special treatment."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ...arguments import Arguments
from ...arrays import FloatArray
from ...checks import is_real, label_faults, layout_faults
from ...errors import DataError, argument_error, must_be, shorten_list
from ...geodesy import WGS84, unit_vectors
from ...lost import located_by, lost_ids, warn_of_lost

_STILL = 1e-11  # radians (0.06 millimeters)
_STEPS = 2000
_SNAP_EVERY = 8
_AT_ONCE = 2_000_000  # numbers held in memory at a time


def to_degrees(vectors: FloatArray) -> FloatArray:
    """Return longitudes (-180 to 180) and latitudes of unit vectors, shape (n, 2).

    Examples
    --------
    >>> to_degrees(np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]))
    array([[ 90.,   0.],
           [  0., -90.]])
    """
    x, y, z = np.asarray(vectors, dtype=float).T
    return np.asarray(np.degrees(np.column_stack([np.arctan2(y, x), np.arctan2(z, np.hypot(x, y))])))


def _east_north(center: FloatArray) -> FloatArray:
    """Return the unit vectors that point east and north at a point (at a pole, toward 90° and 0° East)."""
    lam = np.arctan2(center[1], center[0])
    east = np.array([-np.sin(lam), np.cos(lam), 0.0])
    return np.array([east, np.cross(center, east)])


def log_map(center: FloatArray, vectors: FloatArray) -> FloatArray:
    """Project points to the tangent plane at a center: radians east and north along great circles, shape (n, 2)."""
    across = np.asarray(vectors) - (np.asarray(vectors) @ center)[:, None] * center
    sine = np.linalg.norm(across, axis=1)
    angle = np.arctan2(sine, vectors @ center)
    scale = np.where(sine > 0, angle / np.where(sine > 0, sine, 1.0), 1.0)
    return np.asarray(scale[:, None] * (across @ _east_north(center).T))


def exp_map(center: FloatArray, plane: FloatArray) -> FloatArray:
    """Return the unit vectors that `log_map` projects to the given points of the plane."""
    angle = np.linalg.norm(plane, axis=1)
    along = plane @ _east_north(center) * np.sinc(angle / np.pi)[:, None]
    return np.asarray(np.cos(angle)[:, None] * center + along)


def mean_vector(vectors: FloatArray, weight: FloatArray) -> FloatArray | None:
    """Return the direction of the weighted mean, or None if the vectors cancel."""
    total = weight @ vectors
    size = float(np.linalg.norm(total))
    return None if size <= 1e-12 * weight.sum() else np.asarray(total / size)


def median_vectors(vectors: FloatArray, weights: FloatArray, *, within: float = _STILL) -> FloatArray:
    """Return the geometric median for each row of weights, shape (rows, 3).

    Parameters
    ----------
    vectors
        Shape (n, 3).
    weights
        Shape (rows, n), at least 0, not all 0.
    within
        The search ends when steps are shorter than this, in radians.
    """
    step = max(1, _AT_ONCE // (3 * len(vectors)))
    parts = [_medians(vectors, weights[first : first + step], within) for first in range(0, len(weights), step)]
    return np.concatenate(parts) if parts else np.empty((0, 3))


def _medians(vectors: FloatArray, weights: FloatArray, within: float) -> FloatArray:
    start = weights @ vectors
    size = np.linalg.norm(start, axis=1)
    heaviest = vectors[weights.argmax(axis=1)]
    lost = size <= 1e-12 * weights.sum(axis=1)
    at = np.where(lost[:, None], heaviest, start / np.where(lost, 1.0, size)[:, None])
    moving = np.arange(len(weights))
    for turn in range(_STEPS):
        if not len(moving):
            break
        here, weight = at[moving], weights[moving]
        if (
            turn % _SNAP_EVERY == _SNAP_EVERY - 1
        ):  # test whether the nearest point is the median: steps converge to it slowly
            nearest = vectors[np.where(weight > 0, here @ vectors.T, -2.0).argmax(axis=1)]
            pull, _, held = _pulls(nearest, vectors, weight)
            done = np.linalg.norm(pull, axis=1) <= held
            at[moving[done]] = nearest[done]
            moving, here, weight = moving[~done], here[~done], weight[~done]
        pull, slack, held = _pulls(here, vectors, weight)
        force = np.linalg.norm(pull, axis=1)
        share = np.maximum(1 - held / np.where(force > 0, force, 1.0), 0.0) * (force > 0)
        move = pull * (share / np.where(slack > 0, slack, 1.0))[:, None]
        length = np.linalg.norm(move, axis=1)
        at[moving] = np.cos(length)[:, None] * here + np.sinc(length / np.pi)[:, None] * move
        at[moving] /= np.linalg.norm(at[moving], axis=1)[:, None]
        moving = moving[length > within]
    for row in moving:  # a valley that is nearly flat: its end is a point, or it makes no difference
        own = np.flatnonzero(weights[row] > 0)
        pull, _, held = _pulls(vectors[own], vectors, np.broadcast_to(weights[row], (len(own), len(vectors))))
        ends = own[np.linalg.norm(pull, axis=1) <= held]
        at[row] = vectors[ends[0]] if len(ends) else at[row]
    return at


def _pulls(at: FloatArray, vectors: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the weighted sum of unit vectors toward all points (rows, 3), Σ weight / angle, and the weight at the point."""
    cosine = at @ vectors.T
    across = vectors[None] - cosine[:, :, None] * at[:, None]
    sine = np.linalg.norm(across, axis=2)
    angle = np.arctan2(sine, cosine)
    here = angle <= _STILL
    away = (sine > 1e-12) & ~here  # no direction to the antipode
    unit = np.where(away, weights / np.where(away, sine, 1.0), 0.0)
    slack = np.where(here, 0.0, weights / np.where(here, 1.0, angle)).sum(axis=1)
    return np.einsum("ij,ijk->ik", unit, across), slack, np.where(here, weights, 0.0).sum(axis=1)


def _shapes(points: gpd.GeoDataFrame | gpd.GeoSeries, fix: str) -> gpd.GeoSeries:
    """Return the geometry of points, of which each can be named."""
    faults = layout_faults(points) if isinstance(points, pd.DataFrame) else label_faults(points.index, "points")
    if isinstance(points, gpd.GeoDataFrame) and not faults:
        geometry = points.columns.get_indexer_for([points._geometry_column_name])  # noqa: SLF001 - public ones raise
        if (geometry < 0).any() or points.dtypes.iloc[geometry[0]] != "geometry":
            faults = ["points have no active geometry column; set one with .set_geometry(name)"]
    if faults:
        raise argument_error(list(map(str, faults)), fix)
    return points.geometry


def _leave_out_unlocated(events: gpd.GeoDataFrame, shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return the geometry of the events that have one, and warn of the others unless `locate_events` has."""
    missing = shapes.isna() | shapes.is_empty
    lost = lost_ids(events.index, {"no_point": missing.to_numpy()})
    warn_of_lost("centrography", len(events), lost, known=lost if located_by(events) else (), stacklevel=5)
    return shapes[~missing]


def check_points(points: gpd.GeoDataFrame | gpd.GeoSeries, weights: pd.Series | None) -> tuple[FloatArray, FloatArray]:
    """Check points and weights; return unit vectors and weights, without points of weight 0."""
    fix = "pass points in EPSG:4326, and weights of at least 0 with the same index"
    if not isinstance(points, (gpd.GeoDataFrame, gpd.GeoSeries)):
        raise DataError(must_be("points", "a GeoDataFrame or GeoSeries", points), fix=fix)
    shapes = _shapes(points, fix)
    if isinstance(points, gpd.GeoDataFrame) and points.index.name == "event_id":
        shapes = _leave_out_unlocated(points, shapes)
    faults = (
        [] if shapes.crs is not None and shapes.crs == WGS84 else [f"points must be in EPSG:4326; got {shapes.crs}"]
    )
    bad = (shapely.get_type_id(shapes.to_numpy()) != 0) | shapely.is_empty(shapes.to_numpy())
    bad |= ~np.isfinite(shapely.bounds(shapes.to_numpy())).all(axis=1)
    faults += [f"points must have a point in every row; not in {shorten_list(shapes.index[bad])}"] if bad.any() else []
    with Arguments(fix) as check:
        given = check.by_label("weights", weights, "a Series with the index of the points", optional=True)
        if not check.faults and given is not None and not is_real(given.dtype):
            check.fault(f"weights must hold numbers; got {given.dtype}")
    weight = np.ones(len(shapes))
    if given is not None:
        weight = given.reindex(shapes.index).to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(weight).all() or (weight < 0).any():
        wrong = shapes.index[~(np.isfinite(weight) & (weight >= 0))]
        faults.append(f"weights must be at least 0 and finite for every point; not for {shorten_list(wrong)}")
    elif not np.isfinite(weight.sum()):
        faults.append("weights must have a finite sum")
    elif not weight.sum() > 0:
        faults.append("weights must not all be 0" if len(shapes) else "points must have at least one row; got none")
    if faults:
        raise argument_error(faults, fix)
    kept = weight > 0
    return unit_vectors(shapes.x, shapes.y)[kept], weight[kept]
