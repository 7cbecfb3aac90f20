"""Figures with the years in columns and the change of the last, as safety plans print them.

The change is that of the last year against the one before, in whole per cents of a count and in percentage
points of a share. Where either has no figure, or the year before had none to compare with, it stays blank.
"""

from collections.abc import Iterable, Sequence
from math import floor

import pandas as pd

from hotspots.errors import StatisticError

COUNT, SHARE = "aantal", "aandeel"
_EXACT = 1e-9  # of what floats lose
_ARROWS = {True: "↑", False: "↓"}


def years_in_columns(figures: pd.DataFrame, *, years: Sequence[int]) -> pd.DataFrame:
    """Set the figures of whole years beside each other.

    Parameters
    ----------
    figures
        source, category, unit (``aantal`` or ``aandeel``), area, year, value (NaN where there is none).
    years
        The columns, rising; the last two are compared.

    Returns
    -------
    DataFrame
        source, category, unit, area, then a column per year (NaN where there is no figure) and ``change``: a
        text such as ``↑ 16 %``, ``↓ 3 procentpunt``, ``= 0 %``, or empty. In order of source, category, area.

    Raises
    ------
    StatisticError
        If there is no year, or a figure stands there twice.

    Examples
    --------
    >>> table = pd.DataFrame({"source": "politie", "category": "overlast", "unit": "aantal", "area": "",
    ...     "year": [2022, 2023], "value": [250.0, 290.0]})
    >>> years_in_columns(table, years=[2022, 2023])[[2022, 2023, "change"]].to_numpy().tolist()
    [[250.0, 290.0, '↑ 16 %']]
    """
    names = ["source", "category", "unit", "area"]
    if not years:
        raise StatisticError("wanted one or more years, found none")
    wanted = figures[figures["year"].isin(years)]
    twice = wanted.duplicated([*names, "year"])
    if twice.any():
        first = wanted[twice].iloc[0]
        raise StatisticError(f"wanted a figure once, found '{first['category']}' of {first['year']} twice")
    by_year = wanted.set_index([*names, "year"])["value"].astype("float64")
    wide = by_year.unstack("year").reindex(columns=list(years))  # noqa: PD010  # a pivot is to aggregate
    last, before = wide[years[-1]], wide[years[-2]] if len(years) > 1 else wide[years[-1]] * float("nan")
    units = wide.index.get_level_values("unit")
    changes = [_change(*each) for each in zip(units, before, last, strict=True)]
    table = wide.rename_axis(columns=None).assign(change=changes).reset_index()
    return table.sort_values(["source", "category", "area", "unit"], ignore_index=True)


def share_decimals(shares: Iterable[float | None]) -> int:
    """How many decimals the per cents of these shares have, at most 2: none is lost, none is made up.

    Examples
    --------
    >>> share_decimals([0.34, 0.5]), share_decimals([0.342, None]), share_decimals([0.3425])
    (0, 1, 2)
    """
    known = [share for share in shares if share is not None and share == share]
    for decimals in (0, 1):
        if all(abs(round(100 * share, decimals) - 100 * share) < _EXACT * 100 for share in known):
            return decimals
    return 2


def _change(unit: str, before: float, last: float) -> str:
    if before != before or last != last or (unit == COUNT and before == 0):
        return ""
    change = last - before if unit == SHARE else (last - before) / before
    amount = floor(abs(change) * 100 + 0.5 + _EXACT)  # half a per cent is rounded up, as people do
    what = "procentpunt" if unit == SHARE else "%"
    return f"= 0 {what}" if amount == 0 else f"{_ARROWS[change > 0]} {amount} {what}"
