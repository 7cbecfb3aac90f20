"""How areas differ in how often something happens, against how often it could have.

A count has the exact limits of a Poisson rate [1]_. It is compared with that of all other areas together:
given the total of both, it is binomial, and the limits of Clopper and Pearson for its share give those of
the ratio [2]_. A share of trials is compared by the exact test of Fisher. One area among many stands out by
chance; so each is tested at a level that is divided by their number [3]_: where nothing differs, in 19 of 20
cases not one stands out. Whether all areas together differ is tested by the chi-square statistic, with the
total dealt out anew over the areas by chance [4]_.

Limits: events are taken as independent, so that a burst makes the limits too narrow. With few events a
difference can be there and not be seen.

References
----------
.. [1] F. Garwood (1936), doi:10.1093/biomet/28.3-4.437
.. [2] J. Przyborowski, H. Wilenski (1940), doi:10.1093/biomet/31.3-4.313
.. [3] O. J. Dunn (1961), doi:10.1080/01621459.1961.10482090
.. [4] A. C. A. Hope (1968), doi:10.1111/j.2517-6161.1968.tb00759.x
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from hotspots.errors import StatisticError
from hotspots.statistics.monthly_figures import RateRatio, rate_ratio
from hotspots.statistics.proportion import proportion_interval

CONFIDENCE = 0.95
DRAWS = 9_999
"""How often the total is dealt out anew: the smallest p-value is 1 in 10,000."""


@dataclass(frozen=True)
class AreaRate:
    """One area: how often it happened, and the rate or share with its limits.

    Attributes
    ----------
    exposure
        Against what it is set: reports, inhabitants, places that were judged.
    value, low, high
        Per unit of exposure.
    ratio
        The rate against that of all other areas, with limits that hold for all areas together; None of a
        share, or without others.
    others
        The rate or share of all other areas together; NaN without others.
    stands_out
        Whether it differs from the others more than chance explains, many areas being looked at.
    """

    code: str
    count: int
    exposure: float
    value: float
    low: float
    high: float
    ratio: RateRatio | None
    others: float
    stands_out: bool

    @property
    def is_higher(self) -> bool:
        """Whether it stands out above the others."""
        return self.stands_out and self.value > self.others


@dataclass(frozen=True)
class AreaDifferences:
    """All areas, and how likely such differences are by chance alone."""

    areas: Mapping[str, AreaRate]
    p: float | None  # None: there is nothing to compare

    @property
    def that_stand_out(self) -> list[AreaRate]:
        """The areas that stand out, in their order."""
        return [area for area in self.areas.values() if area.stands_out]


def rate_differences(counts: Mapping[str, int], exposures: Mapping[str, float]) -> AreaDifferences:
    """Compare the rate of each area with that of all others together.

    Parameters
    ----------
    counts, exposures
        By code; an area without exposure is left out.

    Examples
    --------
    >>> found = rate_differences({"A": 30, "B": 10, "C": 0}, {"A": 1000, "B": 1000, "C": 1000})
    >>> [(code, area.stands_out, round(area.high, 4)) for code, area in found.areas.items()]
    [('A', True, 0.0428), ('B', False, 0.0184), ('C', True, 0.0037)]
    >>> found.p
    0.0001
    """
    known = {code: float(size) for code, size in exposures.items() if size > 0}
    if any(counts[code] < 0 for code in known):
        raise StatisticError(f"wanted counts of 0 or more, found {min(counts.values())}")
    total, whole = sum(counts[code] for code in known), sum(known.values())
    level = 1 - (1 - CONFIDENCE) / max(1, len(known))
    areas = {}
    for code, size in known.items():
        number, others = counts[code], whole - size
        ratio = None
        if others > 0:
            ratio = rate_ratio(number, total - number, times=(size, others), confidence=level)
        low, high = poisson_limits(number)
        is_out = ratio is not None and ratio.is_change
        areas[code] = AreaRate(
            code=code,
            count=number,
            exposure=size,
            value=number / size,
            low=low / size,
            high=high / size,
            ratio=ratio,
            others=(total - number) / others if others > 0 else nan,
            stands_out=is_out,
        )
    return AreaDifferences(areas, _p_of_all([counts[code] for code in known], list(known.values())))


def share_differences(successes: Mapping[str, int], trials: Mapping[str, int]) -> AreaDifferences:
    """Compare the share of each area with that of all others together.

    Parameters
    ----------
    successes, trials
        By code; an area without trials is left out.

    Examples
    --------
    >>> found = share_differences({"A": 9, "B": 1}, {"A": 10, "B": 10})
    >>> [(area.code, area.stands_out, round(area.low, 3)) for area in found.areas.values()]
    [('A', True, 0.555), ('B', True, 0.003)]
    """
    from scipy.stats import fisher_exact

    known = {code: size for code, size in trials.items() if size > 0}
    if any(not 0 <= successes[code] <= size for code, size in known.items()):
        raise StatisticError("wanted from 0 up to as many successes as trials, found others")
    hits, whole = sum(successes[code] for code in known), sum(known.values())
    level = (1 - CONFIDENCE) / max(1, len(known))
    areas = {}
    for code, size in known.items():
        number = successes[code]
        rest, misses = hits - number, (whole - size) - (hits - number)
        p = (
            float(fisher_exact(np.array([[number, size - number], [rest, misses]])).pvalue)
            if whole > size
            else 1.0
        )
        low, high = proportion_interval(number, size)
        areas[code] = AreaRate(
            code=code,
            count=number,
            exposure=size,
            value=number / size,
            low=low,
            high=high,
            ratio=None,
            others=rest / (whole - size) if whole > size else nan,
            stands_out=p <= level,
        )
    # that shares differ is seen in the successes, as these are dealt out over the trials
    return AreaDifferences(areas, _p_of_shares([successes[code] for code in known], list(known.values())))


def poisson_limits(count: int) -> tuple[float, float]:
    """Give the exact limits of Garwood for a Poisson count; the true coverage is at least 95 %.

    Examples
    --------
    >>> low, high = poisson_limits(4)
    >>> round(low, 3), round(high, 3)
    (1.09, 10.242)
    """
    from scipy.special import gammaincinv

    tail = (1 - CONFIDENCE) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


def _p_of_all(counts: list[int], sizes: list[float]) -> float | None:
    """How likely it is that chance deals the total out as unevenly, or more so."""
    total = sum(counts)
    if total == 0 or len(counts) < 2:
        return None
    shares = np.array(sizes) / sum(sizes)
    drawn = np.random.default_rng(0).multinomial(total, shares, size=DRAWS)
    return _share_as_high(_chi_square(np.array(counts), total * shares), _chi_square(drawn, total * shares))


def _p_of_shares(successes: list[int], trials: list[int]) -> float | None:
    total, whole = sum(successes), sum(trials)
    if total in (0, whole) or len(trials) < 2:
        return None
    drawn = np.random.default_rng(0).multivariate_hypergeometric(trials, total, size=DRAWS)
    expected = total * np.array(trials) / whole
    return _share_as_high(_chi_square(np.array(successes), expected), _chi_square(drawn, expected))


def _chi_square(counts: NDArray[np.int64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    found: NDArray[np.float64] = ((counts - expected) ** 2 / expected).sum(axis=-1)
    return found


def _share_as_high(found: NDArray[np.float64], drawn: NDArray[np.float64]) -> float:
    # the rounding of a sum must not make an equal statistic a lower one
    return float((1 + (drawn >= found - 1e-9).sum()) / (1 + len(drawn)))
