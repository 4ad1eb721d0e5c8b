"""What comes back from a test or a fit: a frozen value that speaks in a sentence."""

import html
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True, repr=False, eq=False)
class Result(ABC):
    """Base of all results: a sentence for people, a table for programs, HTML for notebooks, a picture on request."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What was found, in a sentence that can be read aloud."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.sentence}>"

    def _repr_html_(self) -> str:
        return (
            f"<p>{html.escape(self.sentence)}</p>{self.to_frame().to_html(escape=True, float_format='{:.4g}'.format)}"
        )

    def plot(self, **options: Any) -> Any:
        """Draw the result on matplotlib Axes (``ax=``, or new ones) and return them."""
        # the one import from a floor above, at run time only: a result must be able to show itself
        from importlib import import_module  # noqa: TID251

        return import_module(".pictures.figures.results", __package__).plot_result(self, **options)
