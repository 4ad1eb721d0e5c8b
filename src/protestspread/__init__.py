"""Geospatial analysis of how protest spreads, and of what the data can and cannot show about why.

``__init__.pyi`` lists every public name and its module; each name is imported on first use.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
