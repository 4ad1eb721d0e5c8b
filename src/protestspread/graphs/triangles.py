"""Delaunay and Gabriel graphs on the sphere."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import numpy.typing as npt

from ..arrays import FloatArray, IndexArray
from ..geodesy import great_circle_km
from .diffusion import DiffusionGraph
from .near import places_on_sphere
from .ties import ties_both_ways

_SAME = 12  # decimals of a unit vector: 6 micrometres; closer points are one site
_FLAT = 1e-10  # width over length below which sites lie on one line, or height over a plane


def delaunay_graph(cities: gpd.GeoDataFrame) -> DiffusionGraph:
    """Return the Delaunay triangulation of cities on the sphere.

    Two cities are tied if a circle runs through both with no city inside.

    Parameters
    ----------
    cities
        Points. Cities at the same point are tied to one another and share their neighbors.

    Returns
    -------
    DiffusionGraph
        Kind "delaunay", weight 1, symmetric, with kilometers. Where four cities lie on one empty circle the
        triangulation is not unique.

    Notes
    -----
    Cities spread around the globe: the faces of the convex hull of points on a sphere are its Delaunay triangles (K. Q.
    Brown 1979, Information Processing Letters 9:223, doi:10.1016/0020-0190(79)90074-7). Cities within one
    hemisphere: the same triangles are found in the stereographic plane, which maps circles to circles; ties of
    outermost cities across the other hemisphere are left out. Cities on one great circle are tied in a row.

    Examples
    --------
    >>> import protestspread as ps
    >>> ps.delaunay_graph(ps.load_case("kazakhstan_2022").cities).is_symmetric
    True
    """
    return _graph("delaunay", cities, _delaunay)


def gabriel_graph(cities: gpd.GeoDataFrame) -> DiffusionGraph:
    """Return the Gabriel graph: pairs of cities with no third city in the circle of which they are the diameter.

    The circle lies on the sphere, around the midpoint of the great circle between them, boundary included.

    Parameters
    ----------
    cities
        Points. Cities at the same point are tied to one another and share their neighbors.

    Returns
    -------
    DiffusionGraph
        Kind "gabriel", weight 1, symmetric, with kilometers; a subgraph of the Delaunay graph.

    Notes
    -----
    K. R. Gabriel & R. R. Sokal (1969), A New Statistical Approach to Geographic Variation Analysis, Systematic Zoology
    18:259, doi:10.2307/2412323.

    Examples
    --------
    >>> import protestspread as ps
    >>> graph = ps.gabriel_graph(ps.load_case("kazakhstan_2022").cities)
    >>> list(graph.neighbors("Zhanaozen").index)
    ['Zhetybay', 'Beyneu']
    """
    return _graph("gabriel", cities, _gabriel)


def _graph(kind: str, cities: gpd.GeoDataFrame, pairs_of: Callable[[FloatArray], IndexArray]) -> DiffusionGraph:
    nodes, points, vectors = places_on_sphere(cities)
    _, first, site = np.unique(np.round(vectors, _SAME), axis=0, return_index=True, return_inverse=True)
    pairs = _of_places(pairs_of(vectors[first]), site.reshape(-1))
    km = great_circle_km(*points[pairs[:, 0]].T, *points[pairs[:, 1]].T)
    return DiffusionGraph(nodes, {kind: ties_both_ways(pairs.T, np.ones(len(km)), km, len(nodes))}, points)


def _of_places(pairs: IndexArray, site: IndexArray) -> IndexArray:
    """Return pairs of places from pairs of sites; places that share a site are tied too."""
    order = np.argsort(site, kind="stable")
    if len(order) == site.max(initial=-1) + 1:
        return np.asarray(order[pairs], dtype=np.intp)
    there = np.split(order, np.flatnonzero(np.diff(site[order])) + 1)
    found = [(i, j) for one, other in pairs for i in there[one] for j in there[other]]
    found += [(i, j) for places in there if len(places) > 1 for i in places for j in places if i < j]
    return np.array(found, dtype=np.intp).reshape(-1, 2)


def _delaunay(vectors: FloatArray) -> IndexArray:
    """Return the Delaunay pairs of distinct points on the unit sphere, each once."""
    from scipy.spatial import ConvexHull

    if len(vectors) < 2:
        return np.empty((0, 2), dtype=np.intp)
    middle = vectors.mean(axis=0)
    if len(vectors) < 3 or (vectors @ middle > 0).all():
        return _on_half_a_globe(vectors, middle)
    _, spread, axes = np.linalg.svd(vectors - middle, full_matrices=False)
    if spread[2] < _FLAT:  # all on one circle
        height = float(axes[2] @ middle)
        return _on_half_a_globe(vectors, axes[2] * height) if abs(height) > _FLAT else _ring(vectors @ axes[:2].T)
    hull = ConvexHull(vectors, qhull_options="Qt Qc")
    outward, offset = hull.equations[:, :3], hull.equations[:, 3]
    if offset.max() > 0:  # the center of the Earth lies outside the hull: one half of the globe holds all points
        return _on_half_a_globe(vectors, -outward[offset.argmax()])
    return _sides(hull.simplices, hull.coplanar)


def _on_half_a_globe(vectors: FloatArray, middle: FloatArray) -> IndexArray:
    """Triangulate points within 90° of ``middle`` in the stereographic plane around it."""
    from scipy.spatial import Delaunay

    upright, *plane = np.linalg.svd(middle[None])[2]
    plane_points = vectors @ np.array(plane).T / (1 + np.abs(vectors @ upright))[:, None]
    centered = plane_points - plane_points.mean(axis=0)
    _, spread, axes = np.linalg.svd(centered, full_matrices=False)
    if len(vectors) < 3 or spread[1] < _FLAT * spread[0]:
        along = np.argsort(centered @ axes[0])
        return np.column_stack([along[:-1], along[1:]])
    net = Delaunay(plane_points)
    return _sides(net.simplices, net.coplanar)


def _ring(plane: FloatArray) -> IndexArray:
    """Return pairs of consecutive points on a circle around the origin, except across half of it or more."""
    angle = np.arctan2(plane[:, 1], plane[:, 0])
    around = np.argsort(angle)
    step = np.diff(angle[around], append=angle[around[0]] + 2 * np.pi)
    return np.column_stack([around, np.roll(around, -1)])[step < np.pi - _FLAT]


def _sides(triangles: npt.NDArray[np.int32], left_out: npt.NDArray[np.int32]) -> IndexArray:
    """Return the sides of triangles, each once, and ties of coplanar points to their nearest corner."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]], left_out[:, [0, 2]]])
    return np.unique(np.sort(sides, axis=1), axis=0).astype(np.intp)


def _gabriel(vectors: FloatArray) -> IndexArray:
    """Return the Delaunay pairs with no third point in the circle around their midpoint; none between antipodes."""
    from scipy.spatial import KDTree

    pairs = _delaunay(vectors)
    middle = vectors[pairs[:, 0]] + vectors[pairs[:, 1]]
    length = np.linalg.norm(middle, axis=1)
    pairs, middle = pairs[length > _FLAT], (middle / np.maximum(length, _FLAT)[:, None])[length > _FLAT]
    if len(vectors) < 3 or not len(pairs):
        return np.asarray(pairs)
    radius = np.linalg.norm(vectors[pairs[:, 0]] - middle, axis=1)
    third = KDTree(vectors).query(middle, k=3)[0][:, 2]
    alone: IndexArray = pairs[third > radius * (1 + 1e-9)]
    return alone
