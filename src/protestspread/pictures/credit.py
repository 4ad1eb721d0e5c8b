"""Ask for the credit that the source of the events requires on every map."""

import warnings

import pandas as pd

from ..errors import DataWarning

_CREDITS = {
    "acled": "ACLED's terms of use require a credit on every map of its data. "
    "Fix: pass attribution='ACLED (acleddata.com), accessed on 31 January 2022' with your own date of access",
}


def ask_for_credit(counts: pd.DataFrame | pd.Series, attribution: str | None) -> None:
    """Warn if the source of counts (``attrs["format"]``) requires a credit and there is none."""
    sources = str(counts.attrs.get("format")).split(", ")  # several if files of several formats were counted
    credit = next((_CREDITS[source] for source in sources if source in _CREDITS), None)
    if credit and not attribution:
        warnings.warn(DataWarning(f"attribution is missing: {credit}"), stacklevel=3)
