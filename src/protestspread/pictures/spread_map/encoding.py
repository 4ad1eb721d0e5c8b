"""Encoding of numbers and text for a page: compact, exact and safe."""

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
    """Compress numbers, possibly NaN, in the smallest type that keeps their classes.

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
    """Compress integers with seven bits per byte; small integers take one byte."""
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
    """Compress bytes with zlib and encode them as base64."""
    return base64.b64encode(zlib.compress(raw, 9)).decode("ascii")


def plain(part: Any) -> Any:
    """Return the data of a page with all numbers as bytes in base64 that are not compressed, to be read without waiting.

    Examples
    --------
    >>> plain({"values": pack([1, 2])})
    {'values': {'t': 'u8', 'n': 2, 'raw': 'AQI='}}
    """
    if not isinstance(part, dict):
        return part
    if "t" in part and isinstance(part.get("d"), str):
        raw = zlib.decompress(base64.b64decode(part["d"]))
        return {"t": part["t"], "n": part["n"], "raw": base64.b64encode(raw).decode("ascii")}
    return {name: plain(value) for name, value in part.items()}


def escaped_json(value: Any) -> str:
    r"""Return JSON that is safe inside a ``<script>`` element, whatever text it contains.

    Examples
    --------
    >>> escaped_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_RISKY)
