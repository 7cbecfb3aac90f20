"""A proportion with its exact interval.

References
----------
.. [1] Clopper & Pearson (1934), doi:10.1093/biomet/26.4.404
"""


def proportion_interval(successes: int, trials: int, *, confidence: float = 0.95) -> tuple[float, float]:
    """Give the limits of Clopper and Pearson [1]_; the true coverage is at least `confidence`.

    Examples
    --------
    >>> low, high = proportion_interval(9, 16)
    >>> round(low, 4), round(high, 4)
    (0.2988, 0.8025)
    """
    from scipy.special import betaincinv

    # scipy's binomtest finds the same limits by search, to 12 digits only; its beta.ppf is this, but slow
    tail = (1 - confidence) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1 - tail)) if successes < trials else 1.0
    return low, high
