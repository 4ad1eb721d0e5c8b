"""Attributes of places that stand beside the networks of a model: what a place is by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..arguments import Arguments
from ..arrays import BoolArray, FloatArray
from ..checks import is_real, label_faults, layout_faults
from ..errors import DataError, must_be, shorten_list
from ..wording import join_words

Attributes = pd.DataFrame | pd.Series | Iterable[str] | str | None

_POPULATION = "population"
_MOST_LEFT_OUT = 0.1  # of the onsets
_NONE_FIX = "pass attributes=None to compare networks without attributes, or complete the table"


def design(attributes: pd.DataFrame | pd.Series | None, places: pd.Index) -> pd.DataFrame:
    """Return attributes as a table of floats in the order of the places, without columns if ``attributes`` is None.

    Raises
    ------
    DataError
        Places lack a row, values are not finite numbers, columns are constant or collinear, or a column is so far from 0
        that its exponential overflows; the message names all of them.
    """
    if attributes is None:
        return pd.DataFrame(index=places)
    table = attributes.to_frame(attributes.name or "attribute") if isinstance(attributes, pd.Series) else attributes
    fix = "pass one row of numbers per place, each column centered and scaled: (x - x.mean()) / x.std()"
    if not isinstance(table, pd.DataFrame):
        raise DataError(must_be("attributes", "a DataFrame or a Series by place", table), fix=fix)
    layout = layout_faults(table)
    if layout:
        raise DataError("attributes", list(map(str, layout)), fix)
    repeated = [*table.index[table.index.duplicated()].unique(), *table.columns[table.columns.duplicated()].unique()]
    if repeated:
        raise DataError(f"attributes must have unique places and columns; repeated: {shorten_list(repeated)}", fix=fix)
    missing = places[~places.isin(table.index)]
    if len(missing):
        raise DataError(f"attributes must have a row for each place; no row for {shorten_list(missing)}", fix=fix)
    table = table.loc[places]
    faults = [fault for name in table.columns for fault in _column_faults(table[name])]
    if faults:
        raise DataError("attributes are not valid", faults, fix)
    numbers = table.astype(float).rename(columns=str)
    if len(numbers.columns) > 1 and not _independent(numbers.to_numpy()):
        collinear = [f"the columns {shorten_list(table.columns)} are collinear"]
        raise DataError("attributes are not valid", collinear, "leave out a column that the others determine")
    return numbers


def _column_faults(column: pd.Series) -> list[str]:
    """Return the faults of one attribute."""
    name = column.name
    if not is_real(column.dtype):
        return [f"{name!r} must be numeric; got {column.dtype}"]
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if not np.isfinite(values).all():
        return [f"{name!r} must be finite; no finite number for {shorten_list(column.index[~np.isfinite(values)])}"]
    if np.ptp(values) == 0:
        return [f"{name!r} must vary; it is the same for all places, so leave it out"]
    far = np.abs(values).max() > 100 * values.std()
    return [f"{name!r} is too far from 0 relative to its standard deviation"] if far else []


def _independent(values: FloatArray) -> bool:
    """Return whether no column is determined by the others and a constant."""
    return bool(np.linalg.matrix_rank((values - values.mean(axis=0)) / values.std(axis=0)) == values.shape[1])


@dataclass(frozen=True, eq=False)
class PlaceAttributes:
    """The attributes of a comparison.

    Attributes
    ----------
    table
        One row per place that is compared, one column of numbers per attribute.
    population
        Population of these places; None if one is not known.
    left_out
        Places without a value of an attribute, which leave the comparison.
    """

    table: pd.DataFrame
    population: FloatArray | None
    left_out: pd.Index

    @classmethod
    def of(
        cls, attributes: Attributes, cities: gpd.GeoDataFrame | pd.DataFrame | None, onsets: pd.Series
    ) -> "PlaceAttributes":
        """Take attributes from a table of cities, or as they are given by place.

        Raises
        ------
        DataError
            Attributes are not columns of the cities or not valid, or more than a tenth of the onsets are of places without
            a value.
        """
        table = _rows_of(cities, onsets.index)
        if isinstance(attributes, pd.DataFrame | pd.Series):
            given = design(attributes, onsets.index)
            return cls(given, population_or_none(table), onsets.index[:0])
        names = [attributes] if isinstance(attributes, str) else attributes
        unknown = table is None or _POPULATION not in table
        if names is None or (unknown and isinstance(attributes, str) and attributes == _POPULATION):
            return cls(design(None, onsets.index), population_or_none(table), onsets.index[:0])
        with Arguments("pass names of columns of cities, a table of numbers by place, or None") as check:
            names = check.names("attributes", names, "names of columns of cities, a table by place or None")
            if table is None and not check.faults:
                check.fault(f"attributes needs cities for the columns {shorten_list(names)}; got no cities")
        table, columns = _columns(table, list(dict.fromkeys(names)))
        left_out = _left_out(columns, onsets)
        kept = columns.drop(index=left_out)
        return cls(design(kept, kept.index), population_or_none(table.loc[kept.index]), left_out)

    def with_groups(self, groups: dict[str, BoolArray]) -> "PlaceAttributes":
        """Return the attributes with a flag for each group that they do not determine already."""
        table = self.table
        for name, members in groups.items():
            wider = table.assign(**{f"member of '{name}'": members.astype(float)})
            if _independent(wider.to_numpy()):
                table = wider
        return PlaceAttributes(table, self.population, self.left_out)


def only_group(matrix: sp.csr_array) -> BoolArray | None:
    """Return the members of the group if a network ties all members of one group alike and nobody else; else None.

    Examples
    --------
    >>> only_group(sp.csr_array(np.array([[0, 2, 0], [2, 0, 0], [0, 0, 0]]))).tolist()
    [True, True, False]
    """
    ties = matrix.tocoo()
    source, target = ties.coords
    live = (ties.data > 0) & (source != target)
    members = np.zeros(matrix.shape[0], dtype=bool)
    members[source[live]] = True
    size, weights = int(members.sum()), ties.data[live]
    complete = size and size < len(members) and len(weights) == size * (size - 1) and members[target[live]].all()
    return members if complete and np.ptp(weights) <= 1e-9 * weights.max() else None


def _rows_of(cities: object, places: pd.Index) -> pd.DataFrame | None:
    """Return the rows of the places in a table of cities."""
    if cities is None:
        return None
    fix = "pass the cities that the onsets are of, such as case.cities"
    if not isinstance(cities, pd.DataFrame):
        raise DataError(must_be("cities", "a table with one row per place", cities), fix=fix)
    faults = label_faults(cities.index, "cities labels") + label_faults(cities.columns, "cities columns")
    if not faults and not places.isin(cities.index).all():
        faults = [f"cities has no row for {shorten_list(places[~places.isin(cities.index)])}"]
    if faults:
        raise DataError("cities do not fit the onsets", faults, fix)
    return pd.DataFrame(cities.loc[places])


def population_or_none(table: pd.DataFrame | None) -> FloatArray | None:
    """Return populations, or None if one is not a number above 0."""
    if table is None or _POPULATION not in table or not is_real(table[_POPULATION].dtype):
        return None
    values = table[_POPULATION].to_numpy(dtype=float, na_value=np.nan)
    return values if (np.isfinite(values) & (values > 0)).all() else None


def _columns(table: pd.DataFrame | None, names: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the table, and columns of it as numbers, NaN where there is no value."""
    known = pd.Index([]) if table is None else table.columns
    unknown = [name for name in names if name not in known]
    if table is None or unknown:
        raise DataError(
            f"attributes must be columns of cities; cities has no {join_words([repr(name) for name in unknown])}",
            fix=f"choose from {shorten_list(known, 20)}, or pass attributes=None",
        )
    faults = [fault for name in names for fault in _city_column_faults(table[name])]
    if faults:
        raise DataError("attributes are not valid", faults, _NONE_FIX)
    return table, pd.DataFrame(dict(_numbers(table[name]) for name in names), index=table.index)


def _city_column_faults(column: pd.Series) -> list[str]:
    """Return the faults of a column of cities that is to be an attribute."""
    if not _is_flag(column) and not is_real(column.dtype):
        return [f"{column.name!r} must hold numbers or True and False; got {column.dtype}"]
    low = column.le(0).fillna(value=False) if column.name == _POPULATION else pd.Series(dtype=bool)
    return [f"'population' must be above 0; got {shorten_list(low.index[low])}"] if low.any() else []


def _is_flag(column: pd.Series) -> bool:
    """Return whether a column holds True, False and missing values as objects."""
    return column.dtype == object and all(isinstance(value, bool | np.bool_) for value in column.dropna())


def _numbers(column: pd.Series) -> tuple[str, FloatArray]:
    """Return the name and the values of an attribute: population as its centered logarithm, flags as 0 and 1."""
    numbers = column.astype("boolean") if _is_flag(column) else column
    values = np.asarray(numbers.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    if column.name != _POPULATION:
        return str(column.name), values
    size = np.asarray(np.log(values), dtype=np.float64)
    return "log population", np.asarray(size - (np.nanmean(size) if np.isfinite(size).any() else 0.0))


def _left_out(columns: pd.DataFrame, onsets: pd.Series) -> pd.Index:
    """Return the places without a value; raise `DataError` if more than a tenth of the onsets are theirs."""
    lacking = ~np.isfinite(columns.to_numpy()).all(axis=1)
    joined = onsets.notna().to_numpy()
    lost = int((lacking & joined).sum())
    if lost > _MOST_LEFT_OUT * joined.sum() or lacking.all():
        raise DataError(
            f"attributes are unknown for {lost} of {int(joined.sum())} places that joined "
            f"({shorten_list(onsets.index[lacking & joined])}); at most a tenth may be left out",
            fix=_NONE_FIX,
        )
    left_out: pd.Index = onsets.index[lacking]
    return left_out
