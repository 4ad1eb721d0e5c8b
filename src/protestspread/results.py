"""The base class of the results of tests and fits."""

import html
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .errors import escape_controls


@dataclass(frozen=True, repr=False, eq=False)
class Result(ABC):
    """Base class of all results: a sentence, a table, HTML for notebooks, and a plot."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The result in one sentence."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {escape_controls(self.sentence)}>"

    def _repr_html_(self) -> str:
        return (
            f"<p>{html.escape(self.sentence)}</p>{self.to_frame().to_html(escape=True, float_format='{:.4g}'.format)}"
        )

    def plot(self, **options: Any) -> Any:
        """Plot the result on matplotlib Axes (``ax=``, or new Axes) and return them."""
        # the only import from a higher layer, at run time only
        from importlib import import_module  # noqa: TID251

        return import_module(".pictures.figures.results", __package__).plot_result(self, **options)
