"""Geospatial analysis of how protest spreads, and of what the data can and cannot show about why.

``__init__.pyi`` lists every public name and its module; each name is imported on first use.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

_import_name, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
_RENAMED = {
    "Circular": "schemes.CircularShift",
    "Cities": "schemes.ExchangePlaces",
    "Dates": "schemes.ShuffleDates",
    "WithinStrata": "schemes.WithinStrata",
    "in_force": "interventions_in_force",
    "space_time_k": "space_time_k_test",
    "spread_dates": "resolve_date_ranges",
}


def __getattr__(name: str) -> object:
    if name in _RENAMED:
        from .errors import RenamedError

        raise RenamedError(f"{name} is now {_RENAMED[name]}\nFix: call protestspread.{_RENAMED[name]}")
    return _import_name(name)
