"""The base class of the results of tests and fits."""

import html
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import pandas as pd

from .errors import escape_controls
from .figures import Figure


class Drawn(ABC):
    """What has a figure: results, fits and ensembles."""

    @abstractmethod
    def figure(self) -> Figure:
        """Return what the figure shows, as data."""

    def plot(self, *, ax: Any = None, title: str | None = None, **options: Any) -> Any:
        """Draw the figure on matplotlib axes and return them.

        Parameters
        ----------
        ax
            Axes to draw on. By default, a new figure.
        title
            Title, taken as plain text.
        options
            Options of ``figure``: ``pairs`` for a Knox test, ``level`` for a fit, ``observed`` for an ensemble.

        Raises
        ------
        DataError
            `ax` or `title` is not valid, or there is nothing to draw.

        Examples
        --------
        >>> import matplotlib.figure
        >>> import protestspread as ps
        >>> result = ps.knox_test(ps.load_case("kazakhstan_2022").events, within_km=200, within_days=1, permutations=99, rng=1)
        >>> result.plot(ax=matplotlib.figure.Figure().add_subplot()).get_xlabel()
        'standardized excess of pairs of place-days (between places) at most 200 km and 1 day apart'
        """
        from .pictures.figures.draw import draw_figure  # the only import from a higher layer

        return draw_figure(self.figure(**options), ax=ax, title=title)


@dataclass(frozen=True, repr=False, eq=False)
class Result(Drawn):
    """Base class of all results: a sentence with its caveats, a table, HTML for notebooks, and a figure."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The result in one sentence."""

    @property
    def caveats(self) -> tuple[str, ...]:
        """What else could give this result, and what it cannot tell, in sentences. Every claim is printed with its caveats."""
        return ()

    @property
    def statement(self) -> str:
        """The sentence, followed by the caveats."""
        return " ".join([self.sentence, *self.caveats])

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a table."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {escape_controls(self.statement)}>"

    def _repr_html_(self) -> str:
        return (
            f"<p>{html.escape(self.statement)}</p>{self.to_frame().to_html(escape=True, float_format='{:.4g}'.format)}"
        )
