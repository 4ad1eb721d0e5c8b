"""Share of a circle inside a polygon, for Ripley's edge correction; exact in the plane.

The edges of all rings have the interior on their left. A counterclockwise walk along the circle leaves the polygon where an
edge enters the circle, and enters the polygon where an edge leaves the circle. The angles of the former minus the angles
of the latter therefore sum to the arc inside, up to a full turn.
"""

import math

from ..arrays import FloatArray
from .jit import compiled
from .plain import Circle

_NUDGE = 1 + 1e-9  # of the radius, if an edge ends on the circle itself and is counted twice or not at all
_INSIDE = 1 - 1e-9  # of the radius: a circle that touches a border from within counts as inside


@compiled
def arc_share(x: float, y: float, radius: float, edges: FloatArray) -> float:
    """Return the share of one circle inside the polygon; NaN if entering and leaving edges differ in number."""
    total, crossings, touched, ahead = 0.0, 0, False, 0
    for k in range(len(edges)):
        from_x, from_y, to_x, to_y = edges[k, 0] - x, edges[k, 1] - y, edges[k, 2] - x, edges[k, 3] - y
        along_x, along_y = to_x - from_x, to_y - from_y
        if (from_y > 0) != (to_y > 0) and from_x - from_y * along_x / along_y > radius * _INSIDE:
            ahead += 1  # borders east of the easternmost point of the circle
        a, b = along_x**2 + along_y**2, from_x * along_x + from_y * along_y
        root = b * b - a * (from_x**2 + from_y**2 - radius**2)
        if root > 0:
            width = math.sqrt(root)
            for sign in (1, -1):
                at = (-b - sign * width) / a
                if 0 <= at < 1:
                    touched = True
                    crossings += sign
                    total += sign * (math.atan2(from_y + at * along_y, from_x + at * along_x) % (2 * math.pi))
    if crossings != 0:
        return math.nan
    if not touched:
        return float(ahead % 2)
    return total / (2 * math.pi) + (1.0 if total < 0 else 0.0)


@compiled
def arc_shares(circles: Circle, edges: FloatArray, out: FloatArray) -> None:
    """Write the share of each circle inside the polygon into `out`."""
    for k in range(len(out)):
        out[k] = arc_share(circles.x[k], circles.y[k], circles.radius[k], edges)
        if math.isnan(out[k]):
            out[k] = arc_share(circles.x[k], circles.y[k], circles.radius[k] * _NUDGE, edges)
