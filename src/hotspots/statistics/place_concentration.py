"""How few places hold how many of the reports, beside what the lot alone would give.

"80 % of the reports come from 20 % of the places" says little where there are few reports for each place:
with 100 reports and 1,000 places, 90 % of the places are without any, however the reports fall. So the share
is told beside that of reports which fall on the same places by lot, and the Gini coefficient in its general
form, which is 0 where no place has more than one report [1]_.

Limits: reports are taken as independent. One person who reports often makes a place busy.

References
----------
.. [1] Bernasco & Steenbeek (2017), More places than crimes, doi:10.1007/s10940-016-9324-7
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from hotspots.errors import StatisticError

_POINTS = 400
"""So many points of a curve are kept: more can't be drawn."""


@dataclass(frozen=True)
class Concentration:
    """How reports lie over places.

    Attributes
    ----------
    places, reports
        How many there are.
    curve
        ``share_of_places`` (the busiest first), ``share_of_reports`` and ``by_chance``, each from 0 to 1.
    gini, gini_by_chance
        In the general form: 0 as even as can be, 1 all on one place.
    """

    places: int
    reports: int
    curve: pd.DataFrame
    gini: float
    gini_by_chance: float

    def share_of_reports(self, share_of_places: float, *, by_chance: bool = False) -> float:
        """Which share of the reports the busiest places have."""
        column = "by_chance" if by_chance else "share_of_reports"
        return float(np.interp(share_of_places, self.curve["share_of_places"], self.curve[column]))

    def share_of_places(self, share_of_reports: float, *, by_chance: bool = False) -> float:
        """Which share of the places has a share of the reports."""
        column = "by_chance" if by_chance else "share_of_reports"
        return float(np.interp(share_of_reports, self.curve[column], self.curve["share_of_places"]))


def concentration(counts: ArrayLike) -> Concentration:
    """Measure how reports lie over places.

    Parameters
    ----------
    counts
        Reports of each place, also of those that have none; one report or more in all.

    Examples
    --------
    Ten reports on ten of a hundred places: as even as can be, though a tenth of the places has all.

    >>> even = concentration([1] * 10 + [0] * 90)
    >>> even.gini, even.share_of_reports(0.1)
    (0.0, 1.0)
    >>> one = concentration([10] + [0] * 99)
    >>> round(one.gini, 3), round(one.share_of_reports(0.1, by_chance=True), 2)
    (0.9, 1.0)
    """
    seen = np.asarray(counts, dtype=np.int64)
    if not len(seen) or (seen < 0).any() or not seen.any():
        raise StatisticError("wanted counts of 0 or more with a report among them, found none")
    places, reports = len(seen), int(seen.sum())
    values, how_many = np.unique(seen, return_counts=True)
    observed = _curve(values[::-1].astype(np.float64), how_many[::-1].astype(np.float64))
    by_lot = _curve(*_by_lot(places, reports))
    shares = np.unique(
        np.concatenate([np.linspace(0, 1, _POINTS + 1), np.arange(0, 1.0001, 0.05), observed[0]])
        if len(observed[0]) <= _POINTS
        else np.linspace(0, 1, _POINTS + 1)
    )
    curve = pd.DataFrame(
        {
            "share_of_places": shares,
            "share_of_reports": np.interp(shares, *observed),
            "by_chance": np.interp(shares, *by_lot),
        }
    )
    return Concentration(
        places, reports, curve, _gini(*observed, places, reports), _gini(*by_lot, places, reports)
    )


def _by_lot(places: int, reports: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How many places would have how many reports, the busiest first, if each fell by lot."""
    from scipy import stats

    most = int(stats.binom.isf(1e-9 / places, reports, 1 / places)) + 1
    values = np.arange(most, -1, -1, dtype=np.float64)
    return values, places * stats.binom.pmf(values, reports, 1 / places)


def _curve(
    values: NDArray[np.float64], how_many: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The share of places and of reports, from places with the most reports on."""
    places = np.concatenate([[0.0], np.cumsum(how_many)])
    reports = np.concatenate([[0.0], np.cumsum(how_many * values)])
    return places / places[-1], reports / reports[-1]


def _gini(
    share_of_places: NDArray[np.float64], share_of_reports: NDArray[np.float64], places: int, reports: int
) -> float:
    """Twice the area between the curve and evenness, made general for fewer reports than places."""
    area = float(np.trapezoid(share_of_reports, share_of_places))
    general = max(places / reports, 1.0) * (2 * area - 2) + 1
    return round(max(general, 0.0), 12) + 0.0
