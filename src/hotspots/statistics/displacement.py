"""Did a measure help, or did the nuisance only move? Counts before and after, with control and uncertainty.

Four counts answer the first question: the treated place and a control place, each before and after. Two more
pairs, of the surroundings of each, answer the second. All counts are taken as Poisson, so the standard error
follows from the counts and needs no other data.

Limits: the control must show what would have become of the treated place: similar, near enough to share
weather, season and ways of reporting, and too far for nuisance to move there. A place chosen after its worst
weeks falls by itself (regression to the mean). Fewer reports may also mean that people gave up reporting.
Counts that vary more than Poisson (bursts, one reporter) make the interval too narrow.

References
----------
.. [1] Wheeler & Ratcliffe (2018), doi:10.1186/s40163-018-0085-5 (weighted displacement difference)
.. [2] Krishnamoorthy & Thomson (2004), doi:10.1016/S0378-3758(02)00408-1 (E-test)
"""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from hotspots.errors import StatisticError

Pair = tuple[int, int]
"""Reports before and after."""

CONFIDENCE = 0.95


@dataclass(frozen=True)
class DisplacementDifference:
    """The weighted displacement difference with its uncertainty.

    Attributes
    ----------
    difference
        Change in reports due to the measure, over the period after it began; negative is fewer reports.
    standard_error, z, p
        p is two-sided, from the normal distribution.
    lower, upper
        Interval of 95 %.
    """

    difference: float
    standard_error: float
    z: float
    p: float
    lower: float
    upper: float


def displacement_difference(
    control: Pair,
    treated: Pair,
    displacement_control: Pair = (0, 0),
    displacement_treated: Pair = (0, 0),
    *,
    times: tuple[float, float] = (1, 1),
    min_count: int,
) -> DisplacementDifference:
    """Give the change in reports of the treated place and its surroundings, beyond that of the control.

    WDD = Δtreated − Δcontrol + Δdisplacement_treated − Δdisplacement_control, with Δ = after − before; its
    variance is the sum of all counts [1]_. With periods of unequal length each count is divided by its length
    (its variance by the square), so that the answer is per unit of time.

    Parameters
    ----------
    control, treated, displacement_control, displacement_treated
        Reports (before, after); the displacement areas may be left out, both or one.
    times
        Lengths of the periods before and after, in the same unit.
    min_count
        Refuse when the count before of `control` or `treated` is lower, or their counts after together: the
        interval would be wrong. 0 never refuses.

    Raises
    ------
    StatisticError
        If counts are negative, or too small for an honest interval.

    Examples
    --------
    >>> result = displacement_difference((308, 318), (207, 110), (150, 140), (178, 157),
    ...     min_count=5)
    >>> result.difference, round(result.standard_error, 3), round(result.z, 2)
    (-118.0, 39.598, -2.98)
    >>> round(result.lower), round(result.upper)
    (-196, -40)
    """
    pairs = (treated, control, displacement_treated, displacement_control)
    _check_counts(*pairs)
    before_length, after_length = times
    if before_length <= 0 or after_length <= 0:
        raise StatisticError(f"wanted periods longer than 0, found {before_length} and {after_length}")
    _refuse_small(control, treated, min_count)
    signs = (1, -1, 1, -1)
    difference = sum(
        sign * (after / after_length - before / before_length)
        for sign, (before, after) in zip(signs, pairs, strict=True)
    )
    variance = sum(after / after_length**2 + before / before_length**2 for before, after in pairs)
    if variance == 0:
        raise StatisticError("wanted at least one report in these periods, found none: nothing to compare")
    error = sqrt(variance)
    z = difference / error
    margin = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * error
    return DisplacementDifference(
        difference=float(difference),
        standard_error=error,
        z=z,
        p=2 * NormalDist().cdf(-abs(z)),
        lower=difference - margin,
        upper=difference + margin,
    )


def e_test(first: int, second: int, *, times: tuple[float, float] = (1, 1)) -> float:
    """Test whether two Poisson counts have the same rate: two-sided p, also right for small counts.

    The E-test of Krishnamoorthy & Thomson [2]_: the chance, at the pooled rate, of a pair of counts whose
    standardised difference is at least that of the observed pair.

    Parameters
    ----------
    times
        Lengths of the two periods (or sizes of the two places), in the same unit.

    Examples
    --------
    >>> round(e_test(6, 2), 4), round(e_test(0, 3), 4)
    (0.1749, 0.0884)
    >>> e_test(0, 0)
    1.0
    """
    from scipy.stats import poisson_means_test

    _check_counts((first, second))
    length, other_length = times
    if length <= 0 or other_length <= 0:
        raise StatisticError(f"wanted periods longer than 0, found {length} and {other_length}")
    return min(1.0, float(poisson_means_test(first, length, second, other_length).pvalue))


def _check_counts(*pairs: Pair) -> None:
    for pair in pairs:
        if any(count < 0 or count != int(count) for count in pair):
            raise StatisticError(f"wanted whole counts of 0 or more, before and after, found {pair}")


def _refuse_small(control: Pair, treated: Pair, min_count: int) -> None:
    smallest = min(control[0], treated[0], control[1] + treated[1])
    if smallest < min_count:
        raise StatisticError(
            f"wanted at least {min_count} reports before at the place and at its control, and after at both "
            f"together, found {treated[0]}, {control[0]} and {treated[1] + control[1]}: too few to say that "
            "a measure helped or not; take a longer period or a larger area"
        )
