"""Which points are the same point: coordinates alike to a decimetre, as projections round differently."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

PER_METRE = 10
"""Decimetres."""


def spot_of(x: ArrayLike, y: ArrayLike) -> NDArray[np.int64]:
    """Number the spots of points in metres: the same number for the same spot, 0, 1, 2, … by x, then y.

    Examples
    --------
    >>> spot_of([5.0, 0.0, 5.04], [1.0, 9.0, 1.0]).tolist()
    [1, 0, 1]
    """
    across, along = (
        np.round(np.asarray(values, dtype=np.float64) * PER_METRE).astype(np.int64) for values in (x, y)
    )
    # one whole number for two, which sorts a good deal faster than pairs
    both = (across << 32) + (along - along.min(initial=0))
    return np.asarray(pd.factorize(both, sort=True)[0], dtype=np.int64)
