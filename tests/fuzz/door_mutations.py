"""Mutations of the arguments of a call: options of every type, and tables with faults of every kind."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

JUNK: dict[str, Callable[[], object]] = {
    "None": lambda: None,
    "True": lambda: True,
    "False": lambda: False,
    "-1": lambda: -1,
    "0": lambda: 0,
    "1": lambda: 1,
    "1.5": lambda: 1.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "-inf": lambda: float("-inf"),
    "1e308": lambda: 1e308,
    "5e-324": lambda: 5e-324,
    "10**30": lambda: 10**30,
    "-10**400": lambda: -(10**400),
    "np.nan": lambda: np.float64("nan"),
    "np.int8": lambda: np.int8(-3),
    "np.bool": lambda: np.bool_(True),
    "complex": lambda: 1 + 2j,
    "Decimal": lambda: Decimal("NaN"),
    "Fraction": lambda: Fraction(1, 3),
    "text": lambda: "x",
    "no text": lambda: "",
    "blank": lambda: " \n",
    "NUL": lambda: "\0",
    "escape": lambda: "A\x1b[31m\x85\ufffe\ud800",
    "long text": lambda: "y" * 5000,
    "number as text": lambda: "3",
    "format": lambda: "%s {0} {x} $x^2_",
    "bytes": lambda: b"x",
    "[]": list,
    "()": tuple,
    "{}": dict,
    "set": lambda: {"x", 1},
    "[None]": lambda: [None],
    "[nan]": lambda: [float("nan")],
    "[[]]": lambda: [[]],
    "[1, 'x']": lambda: [1, "x"],
    "['Alfa', 'Alfa']": lambda: ["Alfa", "Alfa"],
    "('x', {})": lambda: ("x", {}),
    "{'x': None}": lambda: {"x": None},
    "{1: []}": lambda: {1: []},
    "object": object,
    "type": lambda: int,
    "function": lambda: len,
    "namespace": SimpleNamespace,
    "generator": lambda: (number for number in (1, 2)),
    "slice": lambda: slice(None),
    "array": lambda: np.array([1.0, np.nan]),
    "array of text": lambda: np.array(["a", "b"]),
    "array of objects": lambda: np.array([object(), None], dtype=object),
    "scalar array": lambda: np.array(2),
    "matrix": lambda: np.ones((2, 2)),
    "cube": lambda: np.zeros((2, 2, 2)),
    "empty array": lambda: np.array([]),
    "NaT": lambda: pd.NaT,
    "NA": lambda: pd.NA,
    "date": lambda: dt.date(2022, 1, 3),
    "datetime": lambda: dt.datetime(2022, 1, 3, 12, 30),  # noqa: DTZ001
    "timestamp with zone": lambda: pd.Timestamp("2022-01-03", tz="Asia/Almaty"),
    "np.datetime64": lambda: np.datetime64("2022-01-03"),
    "far date": lambda: dt.date(9999, 12, 31),
    "timedelta": lambda: pd.Timedelta(days=1),
    "period": lambda: pd.Period("2022-01"),
    "German date": lambda: "03.01.2022",
    "impossible date": lambda: "2022-02-30",
    "a day": lambda: "2022-01-03",
    "DataFrame": pd.DataFrame,
    "GeoDataFrame": gpd.GeoDataFrame,
    "Series": lambda: pd.Series(dtype=float),
    "Series of text": lambda: pd.Series(["a", "b"]),
    "GeoSeries": lambda: gpd.GeoSeries([shapely.Point(1, 2)]),
    "Index": lambda: pd.Index(["a"]),
    "point": lambda: shapely.Point(1, 2),
    "path": lambda: Path("/dev/null/x"),
}

WHOLE = "whole"  # the mutation concerns the table, not one of its columns


def _with_index(frame, index):
    changed = frame.copy()
    changed.index = index
    return changed


def _with_columns(frame, columns):
    changed = frame.copy()
    changed.columns = columns
    return changed


def _column_twice(frame, name):
    at = list(frame.columns).index(name)
    return frame.iloc[:, [*range(frame.shape[1]), at]]


def _first(frame, values):
    """The frame with its first values of the index replaced."""
    return _with_index(frame, pd.Index([*values, *frame.index[len(values) :]][: len(frame)], name=frame.index.name))


FRAMES = {
    "no rows": lambda t: t.iloc[:0],
    "one row": lambda t: t.iloc[:1],
    "rows twice": lambda t: pd.concat([t, t]),
    "no columns": lambda t: pd.DataFrame(t).iloc[:, :0],
    "plain DataFrame": pd.DataFrame,
    "MultiIndex rows": lambda t: _with_index(t, pd.MultiIndex.from_arrays([t.index, range(len(t))])),
    "MultiIndex columns": lambda t: _with_columns(pd.DataFrame(t), pd.MultiIndex.from_product([["a"], t.columns])),
    "index without name": lambda t: t.rename_axis(index=None),
    "another index": lambda t: t.reset_index(drop=True),
    "index of numbers": lambda t: _with_index(t, pd.Index(range(len(t)), name=t.index.name)),
    "index of floats": lambda t: _with_index(t, pd.Index(np.linspace(0, 1, len(t)), name=t.index.name)),
    "index mixed": lambda t: _first(t, [1, "x"]),
    "index of bytes": lambda t: _first(t, [b"x", None]),
    "index of lists": lambda t: _first(t, [["x"], {}]),
    "index of tuples": lambda t: _with_index(t, pd.Index([(k, k) for k in range(len(t))], tupleize_cols=False, name=t.index.name)),
    "index NaN": lambda t: _first(t, [np.nan]),
    "index of dates": lambda t: _with_index(t, pd.date_range("2022", periods=len(t), name=t.index.name)),
    "index of categories": lambda t: _with_index(t, pd.CategoricalIndex(t.index)),
    "index of strings": lambda t: _with_index(t, t.index.astype("string")),
    "index with zone": lambda t: _with_index(t, pd.date_range("2022", periods=len(t), tz="UTC", name=t.index.name)),
    "columns of numbers": lambda t: _with_columns(pd.DataFrame(t), range(t.shape[1])),
    "columns mixed": lambda t: pd.concat([pd.DataFrame(t), pd.DataFrame({1: 0, None: 1, (1, 2): 3}, index=t.index)], axis=1),
    "columns of lists": lambda t: _with_columns(pd.DataFrame(t), pd.Index([[k] for k in range(t.shape[1])])),
    "columns by category": lambda t: _with_columns(t, pd.CategoricalIndex(t.columns)),
    "no crs": lambda t: t.set_crs(None, allow_override=True),
    "other crs": lambda t: t.to_crs(3857),
    "label of other crs": lambda t: t.set_crs(3857, allow_override=True),
    "grads from Paris": lambda t: t.set_crs(4807, allow_override=True),
    "no geometry set": lambda t: t.rename(columns={"geometry": "shape"}),
    "geometry under another name": lambda t: t.rename_geometry("shape"),
    "two geometries": lambda t: t.assign(shape=t.geometry),
    "dict": lambda t: t.to_dict("list"),
    "rows as list": lambda t: t.to_dict("records"),
    "array": lambda t: t.to_numpy(),
    "transposed": lambda t: t.T,
    "sparse": lambda t: t.astype({c: pd.SparseDtype(k) for c, k in t.dtypes.items() if k.kind in "if"}),
    "Arrow": lambda t: pd.DataFrame(t).convert_dtypes(dtype_backend="pyarrow"),
    "flags": lambda t: t.set_flags(allows_duplicate_labels=False),
}  # fmt: skip

COLUMNS = {
    "twice": _column_twice,
    "missing": lambda t, c: t.drop(columns=c),
    "all missing values": lambda t, c: t.assign(**{c: None}),
    "NaN": lambda t, c: t.assign(**{c: np.nan}),
    "NA": lambda t, c: t.assign(**{c: pd.NA}),
    "inf": lambda t, c: t.assign(**{c: np.inf}),
    "huge": lambda t, c: t.assign(**{c: 1e308}),
    "huge whole": lambda t, c: t.assign(**{c: [10**30] * len(t)}),
    "negative": lambda t, c: t.assign(**{c: -5}),
    "true": lambda t, c: t.assign(**{c: True}),
    "maybe": lambda t, c: t.assign(**{c: pd.array([True, None] * len(t), dtype="boolean")[: len(t)]}),
    "text": lambda t, c: t.assign(**{c: "x"}),
    "controls": lambda t, c: t.assign(**{c: "A\x1b[31m\0"}),
    "no text": lambda t, c: t.assign(**{c: ""}),
    "string": lambda t, c: t.assign(**{c: t[c].astype("string")}),
    "objects": lambda t, c: t.assign(**{c: t[c].astype(object)}),
    "mixed": lambda t, c: t.assign(**{c: ([1, "x", None, 2.5] * len(t))[: len(t)]}),
    "lists": lambda t, c: t.assign(**{c: [[1]] * len(t)}),
    "dicts": lambda t, c: t.assign(**{c: [{}] * len(t)}),
    "bytes": lambda t, c: t.assign(**{c: b"x"}),
    "complex": lambda t, c: t.assign(**{c: 1 + 2j}),
    "category": lambda t, c: t.assign(**{c: t[c].astype("category")}),
    "dates": lambda t, c: t.assign(**{c: pd.Timestamp("2022-01-03")}),
    "dates with zone": lambda t, c: t.assign(**{c: pd.Timestamp("2022-01-03", tz="UTC")}),
    "days in microseconds": lambda t, c: t.assign(**{c: np.array(["2022-01-03"] * len(t), dtype="datetime64[us]")}),
    "far days": lambda t, c: t.assign(**{c: np.array(["9999-12-31"] * len(t), dtype="datetime64[s]")}),
    "first days": lambda t, c: t.assign(**{c: np.array(["0001-01-01"] * len(t), dtype="datetime64[s]")}),
    "no dates": lambda t, c: t.assign(**{c: pd.NaT}),
    "periods": lambda t, c: t.assign(**{c: pd.Period("2022-01")}),
    "timedeltas": lambda t, c: t.assign(**{c: pd.Timedelta(days=1)}),
    "Int8": lambda t, c: t.assign(**{c: pd.array([1, None] * len(t), dtype="Int8")[: len(t)]}),
    "shapes": lambda t, c: t.assign(**{c: [shapely.Point(1, 2)] * len(t)}),
}

SHAPES = {
    "none": lambda t: t.set_geometry(gpd.GeoSeries([None] * len(t), index=t.index, crs=t.crs)),
    "first missing": lambda t: t.set_geometry(gpd.GeoSeries([None, *t.geometry[1:]], index=t.index, crs=t.crs)),
    "empty": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Point()] * len(t), index=t.index, crs=t.crs)),
    "lines": lambda t: t.set_geometry(gpd.GeoSeries([shapely.LineString([(0, 0), (1, 1)])] * len(t), index=t.index, crs=t.crs)),
    "points": lambda t: t.set_geometry(t.geometry.representative_point()),
    "one point": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Point(50, 41)] * len(t), index=t.index, crs=t.crs)),
    "boxes": lambda t: t.set_geometry(gpd.GeoSeries([shapely.box(50, 40, 54, 44)] * len(t), index=t.index, crs=t.crs)),
    "bow ties": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])] * len(t), index=t.index, crs=t.crs)),
    "collections": lambda t: t.set_geometry(gpd.GeoSeries([shapely.GeometryCollection([g]) for g in t.geometry], index=t.index, crs=t.crs)),
    "heights": lambda t: t.set_geometry(gpd.GeoSeries(shapely.force_3d(t.geometry.to_numpy(), 5), index=t.index, crs=t.crs)),
    "NaN": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Point(np.nan, np.nan)] * len(t), index=t.index, crs=t.crs)),
    "infinite": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Point(np.inf, 0)] * len(t), index=t.index, crs=t.crs)),
    "at the pole": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Point(0, 90)] * len(t), index=t.index, crs=t.crs)),
    "far": lambda t: t.set_geometry(gpd.GeoSeries([shapely.Point(1e300, 1e300)] * len(t), index=t.index, crs=t.crs)),
}  # fmt: skip

SERIES = {
    "no entries": lambda s: s.iloc[:0],
    "one entry": lambda s: s.iloc[:1],
    "entries twice": lambda s: pd.concat([s, s]),
    "MultiIndex": lambda s: _with_index(s, pd.MultiIndex.from_arrays([s.index, range(len(s))])),
    "another index": lambda s: s.reset_index(drop=True),
    "index mixed": lambda s: _first(s, [1, "x"]),
    "index NaN": lambda s: _first(s, [np.nan]),
    "index of lists": lambda s: _first(s, [["x"], {}]),
    "index of categories": lambda s: _with_index(s, pd.CategoricalIndex(s.index)),
    "dict": lambda s: s.to_dict(),
    "list": lambda s: s.tolist(),
    "DataFrame": lambda s: s.to_frame(),
    "text": lambda s: s.astype(str),
    "strings": lambda s: s.astype("string"),
    "objects": lambda s: s.astype(object),
    "category": lambda s: s.astype("category"),
    "Arrow": lambda s: s.convert_dtypes(dtype_backend="pyarrow"),
    "NaN": lambda s: pd.Series(np.nan, s.index, name=s.name),
    "NA": lambda s: pd.Series(pd.NA, s.index, name=s.name),
    "no dates": lambda s: pd.Series(pd.NaT, s.index, name=s.name),
    "one date": lambda s: pd.Series(pd.Timestamp("2022-01-03"), s.index, name=s.name),
    "far dates": lambda s: pd.Series(np.array(["9999-12-31"] * len(s), dtype="datetime64[s]"), s.index, name=s.name),
    "dates with zone": lambda s: pd.Series(pd.Timestamp("2022-01-03", tz="UTC"), s.index, name=s.name),
    "times": lambda s: pd.Series(pd.Timestamp("2022-01-03 12:00"), s.index, name=s.name),
    "infinite": lambda s: pd.Series(np.inf, s.index, name=s.name),
    "huge": lambda s: pd.Series(1e308, s.index, name=s.name),
    "negative": lambda s: pd.Series(-1.0, s.index, name=s.name),
    "zero": lambda s: pd.Series(0.0, s.index, name=s.name),
    "true": lambda s: pd.Series(True, s.index, name=s.name),
    "complex": lambda s: pd.Series(1 + 2j, s.index, name=s.name),
    "lists": lambda s: pd.Series([[1]] * len(s), s.index, name=s.name),
    "unhashable name": lambda s: s.rename(("a", 1)),
}


def mutations(value):
    """Return the mutations that a value may get, by name: functions of the value."""
    found = {f"junk: {name}": lambda _, make=make: make() for name, make in JUNK.items()}
    if isinstance(value, pd.DataFrame):
        found |= {f"table: {name}": change for name, change in FRAMES.items()}
        for column in value.columns[:8] if value.columns.is_unique else ():
            found |= {f"column {column}: {name}": lambda t, c=column, f=f: f(t, c) for name, f in COLUMNS.items()}
        if isinstance(value, gpd.GeoDataFrame):
            found |= {f"geometry: {name}": change for name, change in SHAPES.items()}
    elif isinstance(value, pd.Series):
        found |= {f"series: {name}": change for name, change in SERIES.items()}
    elif isinstance(value, dict) and value:
        found |= {f"items: {name}": lambda d, make=make: {**d, next(iter(d)): make()} for name, make in JUNK.items()}
    elif isinstance(value, list | tuple) and value:
        found |= {f"item: {name}": lambda v, make=make: type(v)([make(), *v[1:]]) for name, make in JUNK.items()}
    return found
