"""Numbers and text on their way into a page: small, exact, and inert."""

import base64
import json
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

Packed = dict[str, Any]
_MISSING = {"u8": 255, "u16": 65_535, "u32": 4_294_967_295}  # the largest number of each type stands for NaN
_DTYPES = {"u8": "<u1", "u16": "<u2", "u32": "<u4", "f32": "<f4", "f64": "<f8"}
_RISKY = {ord(c): f"\\u{ord(c):04x}" for c in "<>&'\u2028\u2029\u0085\u007f"}


def pack(values: npt.ArrayLike) -> Packed:
    """Deflate numbers, NaN among them, in the smallest type that holds them exactly enough to be classified.

    Examples
    --------
    >>> pack([0, 1, float("nan")])["t"]
    'u8'
    """
    numbers = np.asarray(values, dtype=float)
    kind = _kind(numbers)
    if kind in _MISSING:
        numbers = np.where(np.isnan(numbers), _MISSING[kind], numbers)
    return {"t": kind, "n": int(numbers.size), "d": deflate(numbers.astype(_DTYPES[kind]).tobytes())}


def _kind(numbers: npt.NDArray[np.float64]) -> str:
    there = numbers[~np.isnan(numbers)]
    if not len(there) or (there.min() >= 0 and (there == np.round(there)).all()):
        most = there.max(initial=0)
        for kind, missing in _MISSING.items():
            if most < missing:
                return kind
    return "f32" if (there == there.astype(np.float32)).all() else "f64"


def pack_whole(values: npt.ArrayLike) -> Packed:
    """Deflate whole numbers, also negative ones, in seven bits a byte: near zero one byte is enough."""
    numbers = np.asarray(values, dtype=np.int64).ravel()
    zigzag = ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)
    shifts = 7 * np.arange(5, dtype=np.uint64)
    groups = (zigzag[:, None] >> shifts) & np.uint64(127)
    length = np.maximum(1, 5 - (groups[:, ::-1] > 0).argmax(axis=1))
    length[~(groups > 0).any(axis=1)] = 1
    place = np.arange(5)
    groups |= np.where(place < length[:, None] - 1, np.uint64(128), np.uint64(0))
    return {
        "t": "whole",
        "n": int(numbers.size),
        "d": deflate(groups[place < length[:, None]].astype(np.uint8).tobytes()),
    }


def deflate(raw: bytes) -> str:
    """Return bytes as zlib's deflate in base64."""
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def escaped_json(value: Any) -> str:
    r"""Return JSON that can stand inside a ``<script>`` element whatever text it holds.

    Examples
    --------
    >>> escaped_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_RISKY)
