import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protestspread.pictures.spread_map.encoding import escaped_json, pack, pack_whole

TYPES = {"u8": "<u1", "u16": "<u2", "u32": "<u4", "f32": "<f4", "f64": "<f8"}


def unpacked(packed):
    raw = zlib.decompress(base64.b64decode(packed["d"]))
    if packed["t"] != "whole":
        return np.frombuffer(raw, TYPES[packed["t"]])
    numbers, value, shift = [], 0, 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append(value >> 1 if value % 2 == 0 else -(value >> 1) - 1)
            value = shift = 0
    return np.array(numbers)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1, 254], "u8"),
        ([0, 255], "u16"),
        ([65_535], "u32"),
        ([0.5, -2], "f32"),
        ([0.1], "f64"),
        ([-1], "f32"),
        ([], "u8"),
        ([float("nan")], "u8"),
        ([2.0**40], "f32"),
        ([2.0**40 + 1], "f64"),
    ],
)
def test_the_smallest_type_that_holds_the_numbers(values, kind):
    packed = pack(values)
    assert packed["t"] == kind
    assert packed["n"] == len(values)
    back = unpacked(packed).astype(float)
    if kind.startswith("u"):
        back = np.where(back == 2.0 ** (8 * np.dtype(TYPES[kind]).itemsize) - 1, np.nan, back)
    assert np.array_equal(back, np.array(values, dtype=float), equal_nan=True)


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_whole_numbers_come_back(numbers):
    packed = pack_whole(numbers)
    assert packed["n"] == len(numbers)
    assert unpacked(packed).tolist() == numbers


@given(st.text(max_size=30))
def test_json_in_a_script_comes_back_and_cannot_end_it(text):
    written = escaped_json({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert not set(written) & set("<>&'\u2028\u2029")


def test_what_json_does_not_know_is_refused():
    with pytest.raises(ValueError, match="not JSON compliant"):
        escaped_json({"value": float("nan")})
