"""Geospatial analysis of how protest spreads, and of what can honestly be said about why.

Every public name is listed, with where it lives, in ``__init__.pyi``; it is imported when it is first used.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
