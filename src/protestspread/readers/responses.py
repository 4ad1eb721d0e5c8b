"""Read responses to protest: interventions, troop deployments and the coverage of observation."""

from pathlib import Path

import geopandas as gpd
import pandas as pd

from ..errors import SchemaError, shorten_list
from ..tables import check_flows, check_interventions
from .columns import convert_columns
from .files.open import open_any

ACTS = frozenset({"government_resignation", "leadership_change", "csto_request", "use_of_force_order", "concession"})
"""Kinds of intervention without duration; if the data have no end, they last one day."""
_DAY = pd.Timedelta(days=1)


def read_interventions(
    path_or_frame: str | Path | pd.DataFrame, regions: gpd.GeoDataFrame | None = None
) -> pd.DataFrame:
    """Read interventions as half-open intervals of local time.

    Parameters
    ----------
    path_or_frame
        A table with ``intervention_id``, ``kind``, ``region_id`` (empty: the whole country), ``start`` and ``end``: local
        times or dates without a zone. A start without a time is the beginning of that day, an end without a time is the end
        of that day, and an empty end is unknown (but acts, such as a resignation, last one day).
    regions
        Regions to check the region ids against.

    Returns
    -------
    DataFrame
        Index ``intervention_id``; ``start``, ``end`` as [start, end), ``end`` missing if unknown.

    Raises
    ------
    FileError, SchemaError
        As `read_events`.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> curfew = {"intervention_id": ["I1"], "kind": ["curfew"], "region_id": ["KZ-MAN"], "start": ["2022-01-05"], "end": ["2022-01-18"]}
    >>> ps.read_interventions(pd.DataFrame(curfew))["end"].item()  # through the end of the 18th
    Timestamp('2022-01-19 00:00:00')
    """
    frame = open_any(path_or_frame)
    missing = [c for c in ("intervention_id", "kind", "region_id", "start", "end") if c not in frame]
    if missing:
        raise SchemaError(
            "interventions",
            [f"column '{c}' is missing; the table has {shorten_list(frame.columns, 30)}" for c in missing],
            "add the columns, or rename those of the table",
        )
    frame = frame.set_index("intervention_id")
    bare_end = _is_date_only(frame["end"])
    table, faults = convert_columns(frame, dates=["start", "end"])
    if faults:
        raise SchemaError(
            "interventions", faults, "write dates as 2022-01-05 and times as 2022-01-05T01:30:00, without a zone"
        )
    table["end"] = table["end"].where(~bare_end, table["end"] + _DAY)
    act = table["kind"].isin(ACTS) & table["end"].isna()
    table["end"] = table["end"].where(~act, table["start"].dt.normalize() + _DAY)
    check_interventions(table, regions)
    return table


def read_coverage(path_or_frame: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Read the coverage of observation: days outside it are unobserved, not quiet.

    Parameters
    ----------
    path_or_frame
        A table with ``place`` (empty: all places; a row with ``scope`` "country" applies to all places), ``start`` and ``end``,
        read as in `read_interventions`.

    Returns
    -------
    DataFrame
        ``place``, ``start`` and ``end`` as half-open intervals [start, end), and the other columns of the table.

    Raises
    ------
    FileError, SchemaError
        As `read_events`; also a row without a start or an end.

    Examples
    --------
    >>> import pandas as pd, protestspread as ps
    >>> seen = pd.DataFrame({"place": [None], "start": ["2022-01-01"], "end": ["2022-01-08"]})
    >>> ps.read_coverage(seen)["end"].item()
    Timestamp('2022-01-09 00:00:00')
    """
    frame = open_any(path_or_frame)
    missing = [c for c in ("place", "start", "end") if c not in frame]
    if missing:
        raise SchemaError(
            "coverage",
            [f"column '{c}' is missing; the table has {shorten_list(frame.columns, 30)}" for c in missing],
            "add the columns place, start and end, or rename those of the table",
        )
    bare_end = _is_date_only(frame["end"])
    table, faults = convert_columns(frame, dates=["start", "end"])
    open_ended = table[["start", "end"]].isna().any(axis=1)
    gaps = [f"start or end is missing in {int(open_ended.sum())} of {len(table)} rows"] if open_ended.any() else []
    if faults or gaps:
        raise SchemaError("coverage", [*faults, *gaps], "give every row a start and an end, written as 2022-01-05")
    table["end"] = table["end"].where(~bare_end, table["end"] + _DAY)
    if "scope" in table:
        table["place"] = table["place"].where(table["scope"] != "country", None)
    return table


def read_flows(path_or_frame: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Read troop deployments, one row per contributor.

    Parameters
    ----------
    path_or_frame
        A table with ``origin``, ``destination``, their coordinates (``origin_lon`` ...), and optionally ``low`` and ``high``
        (or ``troops_low``, ``troops_high``), ``start`` (or ``first_arrival``) and ``end`` (or ``withdrawn``).

    Returns
    -------
    DataFrame
        Index ``flow_id``; ``origin``, ``destination`` and their coordinates in degrees, ``low`` and ``high`` strength (persons),
        ``start`` (first arrival, or the day of dispatch if ``start_basis`` is "dispatch"; missing if unknown), ``end`` (last
        day of the deployment), and the other columns of the file.

    Raises
    ------
    FileError, SchemaError
        As `read_events`.

    Examples
    --------
    >>> import protestspread as ps
    >>> flows = ps.load_case("kazakhstan_2022").flows
    >>> sorted(flows["origin"])
    ['Bishkek', 'Dushanbe', 'Minsk', 'Moscow', 'Yerevan']
    """
    frame = open_any(path_or_frame)
    standard = {"troops_low": "low", "troops_high": "high", "first_arrival": "start", "withdrawn": "end"}
    frame = frame.rename(columns={name: new for name, new in standard.items() if name in frame})
    table, faults = convert_columns(
        frame,
        numbers=["origin_lon", "origin_lat", "destination_lon", "destination_lat"],
        counts=["low", "high"],
        dates=["start", "end"],
    )
    if faults:
        raise SchemaError("flows", faults, "correct these rows in the table")
    key = next((c for c in ("flow_id", "iso3", "origin") if c in table), None)
    if key is not None:
        table.index = pd.Index(table[key], name="flow_id")
    else:
        table.index = pd.RangeIndex(len(table), name="flow_id")
    check_flows(table)
    return table


def _is_date_only(series: pd.Series) -> pd.Series:
    """Return which entries are dates without a clock time."""
    if pd.api.types.is_datetime64_any_dtype(series):
        return pd.Series(series == series.dt.normalize(), index=series.index)
    text = series.astype("string").str.strip()
    return pd.Series(text.str.fullmatch(r"\d{4}-\d{2}-\d{2}").fillna(value=False).astype(bool), index=series.index)
