"""Match city names across spellings, scripts and regions; uncertain matches are proposed, never accepted automatically."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .arguments import Arguments, as_list, is_missing
from .checks import Column, Table, numbers, required_texts, texts
from .errors import DataError, SchemaError, must_be, shorten_list
from .faults import Fault
from .spelling import normalize_name, phonetic_key
from .tables import check_cities

_NAME_COLUMNS = ("name", "name_kk", "name_ru", "aliases")
_REGION_COLUMNS = ("region_id", "region_aliases")
CERTAIN = ("name", "alias")
PROPOSED = ("transliteration", "misspelling")
_MOST_PROPOSALS = 3
_COLUMNS = {"name": object, "region": object, "city": object, "score": float, "how": object}
_PROPOSALS = Table(
    "proposals",
    "",
    (
        Column("name", required_texts, required=True),
        Column("region", texts, required=True),
        Column("city", texts, required=True),
        Column("score", numbers(0), required=True),
        Column("how", required_texts, required=True),
    ),
)
_ACCEPTED = Table(
    "accepted",
    "",
    (
        Column("name", required_texts, required=True),
        Column("region", texts),
        Column("city", required_texts, required=True),
    ),
)

Key = tuple[str, str | None]
"""A name as written, and the region given beside it."""


def match_places(
    names: Iterable[str],
    cities: gpd.GeoDataFrame,
    *,
    regions: Iterable[str | None] | None = None,
    at_least: float = 80.0,
) -> pd.DataFrame:
    """Match names to cities, with the type and the score of each match.

    Parameters
    ----------
    names
        Names as written in the sources, in any script in which ``cities`` has aliases; Latin and Cyrillic names are also
        compared with each other. A name may end with its region ("Springfield, IL"). Each distinct name is matched once;
        missing names are skipped.
    cities
        Index ``city``. Several cities may share a name if their labels differ ("Springfield, IL", "Springfield, MO"). A
        city is called by its label, the part of its label before a comma, ``name``, ``name_kk``, ``name_ru`` and
        ``aliases`` (separated by ``;``). Its region is called by ``region_id``, the end of an ISO 3166-2 code ("IL" for
        "US-IL"), the part of the label after the comma, and ``region_aliases`` (see `locate_cities`). All columns are
        optional.
    regions
        The region of each name, missing where it is not known.
    at_least
        The minimum score, out of 100, for proposing a misspelling.

    Returns
    -------
    DataFrame
        Columns ``name, region, city, score, how``, in the order of ``names``. ``how`` is one of

        - "name" or "alias": the name is in ``cities``, ignoring case, spaces, types of dash and apostrophe, and
          abbreviations ("St." is "Saint", "Ft." is "Fort", "Mt." is "Mount"); score 100;
        - "ambiguous": several cities have this name, one row for each; score 100, *proposals*;
        - "transliteration": the names are equal after romanization; score 100, a *proposal*;
        - "misspelling": a similar name, by normalized indel similarity after romanization; score ``at_least`` to 100,
          *proposals*: one row for each of the three most similar cities;
        - "unknown": no name is similar; no city, score NaN;
        - "unknown_region": a region was named, and no city lies in it; no city, score NaN.

        A name with a region is compared with the cities of that region only. `accept_matches` accepts proposals.

    Raises
    ------
    SchemaError, CRSError
        The table of cities is not valid.
    DataError
        ``names`` are not text, ``regions`` and ``names`` differ in number, or ``at_least`` is not from 0 to 100.

    Examples
    --------
    >>> import protestspread as ps
    >>> cities = ps.load_case("kazakhstan_2022").cities
    >>> ps.match_places(["Жаңаөзен", "Uralsk", "Djanaozen", "Almatti", "Berlin"], cities).round(1)
            name region       city  score              how
    0   Жаңаөзен   None  Zhanaozen  100.0            alias
    1     Uralsk   None       Oral  100.0            alias
    2  Djanaozen   None  Zhanaozen  100.0  transliteration
    3    Almatti   None     Almaty  100.0  transliteration
    4     Berlin   None       None    NaN          unknown
    """
    with Arguments() as check:
        at_least = check.number("at_least", at_least, at_least=0, at_most=100)
    keys = _keys(_texts("names", names), None if regions is None else _texts("regions", regions))
    gazetteer = Gazetteer.of(cities)
    rows = [row for key in keys for row in gazetteer.match(key, at_least)]
    columns: list[Any] = list(zip(*rows, strict=True)) or [()] * len(_COLUMNS)
    return pd.DataFrame(
        {c: pd.Series(column, dtype=dtype) for (c, dtype), column in zip(_COLUMNS.items(), columns, strict=True)}
    )


def accept_matches(proposals: pd.DataFrame, *, at_least: float = 90.0) -> pd.DataFrame:
    """Accept proposals of `match_places`: a table for ``locate_events(..., accepted=)``, and a record to keep.

    Parameters
    ----------
    proposals
        A result of `match_places`, or the rows of it that you agree with.
    at_least
        The minimum score, out of 100.

    Returns
    -------
    DataFrame
        Columns ``name, region, city, score, how``: one row for each name whose best proposal has this score and is the
        only one with it. A name with several equally good proposals is left out; to decide, drop the other rows of
        ``proposals``. Names that need no acceptance (``how`` is "name" or "alias") are left out too. The table can be
        written to a file, edited, and read again.

    Raises
    ------
    SchemaError
        ``proposals`` is no result of `match_places`.
    DataError
        ``at_least`` is not from 0 to 100.

    Examples
    --------
    >>> import protestspread as ps
    >>> case = ps.load_case("kazakhstan_2022")
    >>> proposals = ps.match_places(["Zhanozen", "Almtay", "Uralsk"], case.cities)
    >>> accepted = ps.accept_matches(proposals, at_least=85)
    >>> accepted.round(1)
           name region       city  score          how
    0  Zhanozen   None  Zhanaozen   93.3  misspelling
    1    Almtay   None      Altay   90.9  misspelling
    >>> events = case.events.iloc[:1].assign(city="Zhanozen")
    >>> ps.locate_events(events, case.cities, accepted=accepted)["city"].item()
    'Zhanaozen'
    """
    with Arguments() as check:
        at_least = check.number("at_least", at_least, at_least=0, at_most=100)
    faults = _PROPOSALS.faults(proposals, sound=("",))
    if faults:
        raise SchemaError("proposals", faults, "pass a result of match_places(names, cities)")
    open_ = proposals[~proposals["how"].isin(CERTAIN) & (proposals["score"] >= at_least)]
    open_ = open_.drop_duplicates(["name", "region", "city"])
    best = open_[open_["score"] == open_.groupby(["name", "region"], dropna=False)["score"].transform("max")]
    alone = ~best.duplicated(["name", "region"], keep=False)
    return best.loc[alone, list(_COLUMNS)].reset_index(drop=True)


def accepted_cities(accepted: pd.DataFrame | None, cities: gpd.GeoDataFrame) -> dict[Key, Hashable]:
    """Return the accepted city of each name and region.

    Raises
    ------
    SchemaError
        The table is no result of `accept_matches`, names a city that is not in ``cities``, or a name twice.
    """
    if accepted is None:
        return {}
    faults = _ACCEPTED.faults(accepted, sound=("",))
    if not faults:
        repeated = accepted.reindex(columns=["name", "region"]).duplicated().to_numpy()
        if repeated.any():
            faults.append(Fault.at("a name repeated", accepted.index, repeated).of("name"))
        unknown = ~accepted["city"].isin(cities.index).to_numpy()
        if unknown.any():
            faults.append(Fault.at("not in cities", accepted.index, unknown).of("city"))
    if faults:
        raise SchemaError("accepted", faults, "pass a result of accept_matches(proposals)")
    regions = accepted["region"] if "region" in accepted else [None] * len(accepted)
    return {
        (name, None if pd.isna(region) else region): city
        for name, region, city in zip(accepted["name"], regions, accepted["city"], strict=True)
    }


@dataclass(frozen=True)
class Gazetteer:
    """The names and regions by which cities are called.

    Attributes
    ----------
    named
        Normalized name -> its cities.
    main
        Normalized labels and names, which are not aliases.
    sounding
        Phonetic key -> its cities.
    regions_of
        City -> the normalized names of its region.
    regions
        All normalized names of regions.
    """

    named: Mapping[str, list[Hashable]]
    main: frozenset[str]
    sounding: Mapping[str, list[Hashable]]
    regions_of: Mapping[Hashable, frozenset[str]]
    regions: frozenset[str]

    @classmethod
    def of(cls, cities: gpd.GeoDataFrame) -> "Gazetteer":
        """Read the names of a table of cities.

        Raises
        ------
        SchemaError, CRSError
            The table is not valid.
        """
        check_cities(cities)
        named: dict[str, list[Hashable]] = {}
        sounding: dict[str, list[Hashable]] = {}
        main: set[str] = set()
        for city, *others in cities[[c for c in _NAME_COLUMNS if c in cities]].itertuples():
            titles = _normalized([str(city), _split(str(city))[0]])
            main |= titles
            for name in sorted(titles | _normalized(part for text in others for part in _parts(text))):
                named.setdefault(name, []).append(city)
                alike = sounding.setdefault(phonetic_key(name), [])
                if city not in alike:
                    alike.append(city)
        regions_of = {
            city: _normalized([*(part for text in texts for part in _region_names(text)), *_split(str(city))[1]])
            for city, *texts in cities[[c for c in _REGION_COLUMNS if c in cities]].itertuples()
        }
        return cls(named, frozenset(main), sounding, regions_of, frozenset().union(*regions_of.values()))

    def knows_region(self, region: str) -> bool:
        """Return whether a city lies in a region of this name."""
        return normalize_name(region) in self.regions

    def lies_in(self, city: Hashable, region: str) -> bool:
        """Return whether a city lies in a region of this name."""
        return normalize_name(region) in self.regions_of[city]

    def match(self, key: Key, at_least: float) -> list[tuple[str, str | None, Hashable | None, float, str]]:
        """Return the rows of `match_places` for a name and its region."""
        return [(*key, city, score, how) for city, score, how in self._matches(*key, at_least)]

    def _matches(self, text: str, region: str | None, at_least: float) -> list[tuple[Hashable | None, float, str]]:
        named = [normalize_name(text)]
        regions = set() if region is None else {normalize_name(region)}
        short, tails = _split(text)
        if tails and not self._within(self.named.get(named[0], []), regions & self.regions):
            named, regions = [normalize_name(short)], regions | _normalized(tails)
        known = regions & self.regions
        if regions and not known:
            return [(None, np.nan, "unknown_region")]
        exact = self._within(self.named.get(named[0], []), known)
        if len(exact) == 1:
            return [(exact[0], 100.0, "name" if named[0] in self.main else "alias")]
        if exact:
            return [(city, 100.0, "ambiguous") for city in exact]
        return self._proposals(phonetic_key(named[0]), known, at_least) or [(None, np.nan, "unknown")]

    def _within(self, cities: list[Hashable], regions: set[str]) -> list[Hashable]:
        """Return the cities that lie in all of the regions named."""
        return [city for city in cities if regions <= self.regions_of[city]]

    def _proposals(self, key: str, regions: set[str], at_least: float) -> list[tuple[Hashable | None, float, str]]:
        """Return the cities of the regions that have a similar name, the most similar first."""
        from rapidfuzz import fuzz, process

        if not key:
            return []
        equal = self._within(self.sounding.get(key, []), regions)
        if equal:
            return [(city, 100.0, "transliteration") for city in equal]
        best: dict[Hashable, float] = {}
        for similar, score, _ in process.extract(
            key, self.sounding.keys(), scorer=fuzz.ratio, score_cutoff=at_least, limit=None
        ):  # in descending order of score
            for city in self._within(self.sounding[similar], regions):
                best.setdefault(city, score)
        return [(city, score, "misspelling") for city, score in list(best.items())[:_MOST_PROPOSALS]]


def city_labels(names: pd.Series, regions: pd.Series | None, points: gpd.GeoSeries) -> pd.Index:
    """Return a unique label for each city: its name; with its region, and if need be its position, where names repeat.

    Examples
    --------
    >>> points = gpd.GeoSeries(gpd.points_from_xy([-89.6, -93.3, -87.7], [39.8, 37.2, 41.9]))
    >>> list(city_labels(pd.Series(["Springfield", "Springfield", "Chicago"]), pd.Series(["IL", "MO", "IL"]), points))
    ['Springfield, IL', 'Springfield, MO', 'Chicago']
    """
    labels = pd.Series([str(name) for name in names], dtype=object)
    if regions is not None:
        places = pd.Series(regions.to_numpy(), dtype=object)
        repeated = labels.duplicated(keep=False) & places.notna()
        labels = labels.where(~repeated, labels + ", " + places.astype(str))
    repeated = labels.duplicated(keep=False)
    position = pd.Series([f" ({y:.4g}, {x:.4g})" for x, y in zip(points.x, points.y, strict=True)], dtype=object)
    return pd.Index(labels.where(~repeated, labels + position), name="city", dtype=object)


def region_aliases(regions: gpd.GeoDataFrame) -> pd.Series:
    """Return the names of each region, separated by ``;``: its id, and its names and aliases."""
    columns = [c for c in _NAME_COLUMNS if c in regions]
    texts_of = {
        region: [str(region), *(part.strip() for text in others for part in _parts(text))]
        for region, *others in regions[columns].itertuples()
    }
    joined = ["; ".join(dict.fromkeys(parts)) for parts in texts_of.values()]
    return pd.Series(joined, index=regions.index, dtype=object)


def _split(text: str) -> tuple[str, list[str]]:
    """Return what stands before the first comma, and the parts after it."""
    short, *tails = text.split(",")
    return (short, [tail for tail in tails if tail.strip()]) if short.strip() else (text, [])


def _parts(text: object) -> list[str]:
    return text.split(";") if isinstance(text, str) else []


def _region_names(text: object) -> list[str]:
    """Return the names in a text of `_REGION_COLUMNS`, with the ends of codes such as "US-IL"."""
    parts = [part.strip() for part in _parts(text)]
    codes = [part for part in parts if len(part) <= 6 and part[2:3] == "-" and part == part.upper()]
    return [*parts, *(code[3:] for code in codes)]


def _normalized(names: Iterable[str]) -> frozenset[str]:
    return frozenset({normalize_name(name) for name in names} - {""})


def _texts(what: str, values: Iterable[Any]) -> list[str | None]:
    """Return texts as a list, None where missing."""
    if isinstance(values, str):
        raise DataError(must_be(what, f"a list of {what}", values), fix=f"pass [{values!r}]")
    listed = as_list(values)
    if listed is None:
        raise DataError(must_be(what, f"a list of {what}", values))
    found = [None if is_missing(value) else value for value in listed]
    not_text = [repr(value) for value in found if value is not None and not isinstance(value, str)]
    if not_text:
        raise DataError(f"{what} must be text; got {shorten_list(not_text)}", fix="convert them to str, or remove them")
    return found


def _keys(names: list[str | None], regions: list[str | None] | None) -> list[Key]:
    """Return the distinct pairs of a name and its region; a blank region is missing."""
    if regions is not None and len(regions) != len(names):
        raise DataError(f"regions must have one value for each of the {len(names)} names; got {len(regions)}")
    given = (
        [None] * len(names)
        if regions is None
        else [region if region and region.strip() else None for region in regions]
    )
    return list(dict.fromkeys((name, region) for name, region in zip(names, given, strict=True) if name is not None))
