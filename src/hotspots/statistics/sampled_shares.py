"""What a sample of places tells of all: a share with its interval, of strata drawn with other chances.

Each stratum has the Wilson interval [1]_ of its share, with the correction for a finite number of places. The
intervals of a weighted sum of shares, and of the quotient of two, follow from these by the method of variance
estimates recovery (MOVER) [2]_ [3]_: it keeps close to the wanted coverage, where exact intervals are far too
wide.

References
----------
.. [1] E. B. Wilson (1927), doi:10.1080/01621459.1927.10502953.
.. [2] G. Y. Zou, W. Huang, X. Zhang (2009), doi:10.1016/j.csda.2008.09.033.
.. [3] A. Donner, G. Y. Zou (2012), doi:10.1177/0962280210383082.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""Of an interval that holds the truth in 95 of 100 cases."""


@dataclass(frozen=True)
class Stratum:
    """Places that were drawn with one chance.

    Attributes
    ----------
    size
        How many there are.
    judged
        How many of them were drawn and judged.
    found
        How many of these are hotspots.
    """

    size: int
    judged: int
    found: int

    @property
    def share(self) -> float:
        """The share of the judged ones that are hotspots."""
        return self.found / self.judged


@dataclass(frozen=True)
class Estimate:
    """A value and the bounds between which it lies."""

    value: float
    low: float
    high: float


def wilson(stratum: Stratum) -> Estimate:
    """Give the share of a stratum; of one of which every place was judged it is known.

    Examples
    --------
    >>> found = wilson(Stratum(1_000_000, 20, 5))
    >>> round(found.low, 3), round(found.high, 3)
    (0.112, 0.469)
    >>> wilson(Stratum(20, 20, 5))
    Estimate(value=0.25, low=0.25, high=0.25)
    """
    share, size, judged = stratum.share, stratum.size, stratum.judged
    if judged >= size:
        return Estimate(share, share, share)
    count = judged * (size - 1) / (size - judged)  # as many as would tell so much of endlessly many
    middle = (share + Z * Z / (2 * count)) / (1 + Z * Z / count)
    half = Z / (1 + Z * Z / count) * sqrt(share * (1 - share) / count + Z * Z / (4 * count * count))
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def total_of(strata: Sequence[Stratum]) -> Estimate | None:
    """Estimate how many places of all strata together are hotspots; None if none was judged.

    A stratum without a judged place is taken together with the one that has most.

    Examples
    --------
    >>> found = total_of([Stratum(100, 30, 6), Stratum(300, 30, 1)])
    >>> round(found.value), round(found.low), round(found.high)
    (30, 18, 70)
    """
    known = _collapsed(strata)
    if known is None:
        return None
    parts = [(stratum.size, wilson(stratum)) for stratum in known]
    value = sum(size * part.value for size, part in parts)
    below = sqrt(sum((size * (part.value - part.low)) ** 2 for size, part in parts))
    above = sqrt(sum((size * (part.high - part.value)) ** 2 for size, part in parts))
    at_least = sum(stratum.found for stratum in known)
    at_most = sum(stratum.size - stratum.judged + stratum.found for stratum in known)
    return Estimate(value, max(value - below, at_least), min(value + above, at_most))


def share_of(strata: Sequence[Stratum]) -> Estimate | None:
    """Estimate which share of the places of all strata together are hotspots; None if none was judged."""
    total, size = total_of(strata), sum(stratum.size for stratum in strata)
    if total is None:
        return None
    return Estimate(total.value / size, total.low / size, total.high / size)


def found_share(signalled: Sequence[Stratum], refused: Sequence[Stratum]) -> Estimate | None:
    """Estimate which share of all hotspots was signalled; None if none of either was judged, or none found.

    Examples
    --------
    >>> found = found_share([Stratum(40, 40, 30)], [Stratum(100, 50, 5)])
    >>> round(found.value, 2), found.low < found.value < found.high
    (0.75, True)
    """
    hits, misses = total_of(signalled), total_of(refused)
    if hits is None or misses is None or not hits.value:
        return None
    ratio = _quotient(misses, hits)
    return Estimate(1 / (1 + ratio.value), 1 / (1 + ratio.high), 1 / (1 + ratio.low))


def _collapsed(strata: Sequence[Stratum]) -> list[Stratum] | None:
    known = [stratum for stratum in strata if stratum.judged]
    if not known:
        return None
    unknown = sum(stratum.size for stratum in strata if not stratum.judged)
    if unknown:
        most = max(range(len(known)), key=lambda at: known[at].judged)
        known[most] = Stratum(known[most].size + unknown, known[most].judged, known[most].found)
    return known


def _quotient(above: Estimate, below: Estimate) -> Estimate:
    """The quotient of two independent estimates."""
    product = above.value * below.value
    low = _bound(product, above.low, above.value, below.high, below.value, sign=-1)
    high = float("inf")
    if below.low > 0:
        high = _bound(product, above.high, above.value, below.low, below.value, sign=1)
    return Estimate(above.value / below.value, max(0.0, low), high)


def _bound(
    product: float, bound: float, value: float, other: float, other_value: float, *, sign: int
) -> float:
    rest = product**2 - bound * other * (2 * value - bound) * (2 * other_value - other)
    divisor = other * (2 * other_value - other)
    if divisor <= 0:
        return float("inf") if sign > 0 else 0.0
    return (product + sign * sqrt(max(rest, 0.0))) / divisor
