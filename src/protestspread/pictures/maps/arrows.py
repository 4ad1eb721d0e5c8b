"""Curves between points, and arrow heads for them."""

import numpy as np

from ...arrays import FloatArray


def curves_between(start: FloatArray, end: FloatArray, bend: FloatArray, steps: int = 17) -> FloatArray:
    """Return quadratic curves, shape (curves, steps, 2), bent to the right by `bend` times their length."""
    across = (end - start)[:, ::-1] * (1, -1)
    middle = (start + end) / 2 + across * 2 * bend[:, None]
    u = np.linspace(0, 1, steps)[None, :, None]
    return np.asarray((1 - u) ** 2 * start[:, None] + 2 * u * (1 - u) * middle[:, None] + u**2 * end[:, None])


def arrow_heads(curves: FloatArray, width: FloatArray, pixel: float) -> FloatArray:
    """Return arrow heads, shape (curves, 3, 2), whose tips end just before the dot of the place."""
    toward = curves[:, -1] - curves[:, -3]
    length = np.linalg.norm(toward, axis=1, keepdims=True)
    toward = np.divide(toward, length, out=np.zeros_like(toward), where=length > 0)
    size = (4.5 + 1.5 * width)[:, None] * pixel
    tip = curves[:, -1] - toward * 3.5 * pixel
    tail, wing = tip - toward * size, toward[:, ::-1] * (1, -1) * 0.38 * size
    return np.stack([tip, tail + wing, tail - wing], axis=1)
