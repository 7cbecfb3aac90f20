"""Getis-Ord Gi*: where counts are higher or lower around a place than over the whole study area.

Getis & Ord (1992), doi:10.1111/j.1538-4632.1992.tb00261.x; Ord & Getis (1995),
doi:10.1111/j.1538-4632.1995.tb00912.x. The z scores are those of the 1995 paper.

Limits: z is nearly standard normal only with some eight neighbours per place and counts that are not mostly
0; with few reports use it to rank and draw, not to test. Leaving out places with 0 reports changes every
score. A place with a high z has high counts *around* it and may itself have none.
"""

from typing import Any

import numpy as np
import scipy  # its statistics take half a second to load: only where they are used
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special
from scipy.spatial import KDTree

from hotspots.errors import StatisticError

Weights = sparse.csr_array[Any] | NDArray[np.float64]
"""Square matrix: row i has the weights of all places in the surroundings of place i."""

ROUNDING = 1e-9
"""Relative tolerance on the band, so that a diagonal neighbour at cell × √2 is in despite rounding."""


def band_weights(x_m: ArrayLike, y_m: ArrayLike, *, band_m: float) -> sparse.csr_array[np.float64]:
    """Give weight 1 to every place within a distance of a place, itself included.

    Parameters
    ----------
    x_m, y_m
        Coordinates in metres.
    band_m
        Greatest distance of a neighbour, inclusive.

    Examples
    --------
    >>> band_weights([0, 10, 30], [0, 0, 0], band_m=10).toarray().tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    places = np.column_stack([np.asarray(x_m, dtype=np.float64), np.asarray(y_m, dtype=np.float64)])
    if not np.isfinite(places).all():
        raise StatisticError("wanted finite coordinates, found gaps: leave out places without a location")
    pairs = KDTree(places).query_pairs(band_m * (1 + ROUNDING), output_type="ndarray")
    own = np.arange(len(places))
    rows = np.concatenate([pairs[:, 0], pairs[:, 1], own])
    columns = np.concatenate([pairs[:, 1], pairs[:, 0], own])
    return sparse.csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(places), len(places)))


def gi_star(values: ArrayLike, weights: Weights) -> NDArray[np.float64]:
    """Give the z score of Gi*: the surroundings of each place, itself included, compared with all places.

    z_i = (Σ_j w_ij x_j − W_i x̄) / (s √((n S_i − W_i²) / (n − 1))), with W_i = Σ_j w_ij, S_i = Σ_j w_ij²,
    x̄ the mean and s the standard deviation (divisor n) over all n places.

    Parameters
    ----------
    values
        One value per place, or one column per period: each period is then scored on its own.
    weights
        With a weight on the diagonal, as from :func:`band_weights`.

    Returns
    -------
    NDArray
        Shape of `values`; 0 where all values are equal or the surroundings are the whole study area.

    Examples
    --------
    Getis and Ord's example as PySAL tests it; z of the first point is −1.39727626.

    >>> weights = band_weights([10, 20, 40, 15, 30, 30], [10, 10, 10, 20, 20, 30], band_m=15)
    >>> [round(float(z), 4) for z in gi_star([2, 3, 3.2, 5, 8, 7], weights)]
    [-1.3973, -0.2892, 0.6506, -0.2892, 1.2345, 2.0242]
    """
    x, matrix = _checked(values, weights)
    if not (matrix.diagonal() > 0).all():
        raise StatisticError(
            "wanted weights with each place in its own surroundings (Gi*), found one without"
        )
    shape = (-1, *[1] * (x.ndim - 1))
    total_weight: NDArray[np.float64] = matrix.sum(axis=1).reshape(shape)
    squared_weight: NDArray[np.float64] = matrix.power(2).sum(axis=1).reshape(shape)
    variance = (len(x) * squared_weight - total_weight**2) / (len(x) - 1)
    spread = x.std(axis=0)
    # where all values are equal, rounding leaves a spread of 1e-17 that must not give a score
    is_spread = (spread > ROUNDING * np.abs(x).max(axis=0)) & (variance > ROUNDING)
    deviation = np.where(is_spread, spread * np.sqrt(np.clip(variance, 0, None)), np.inf)
    scores: NDArray[np.float64] = (matrix @ x - total_weight * x.mean(axis=0)) / deviation
    return scores


def two_sided_p(z: ArrayLike) -> NDArray[np.float64]:
    """Give the two-sided p of standard normal scores.

    Examples
    --------
    >>> [round(float(p), 3) for p in two_sided_p([0.0, -1.96])]
    [1.0, 0.05]
    """
    p: NDArray[np.float64] = 2 * special.ndtr(-np.abs(np.asarray(z, dtype=np.float64)))
    return p


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjust p-values for the false discovery rate: of those below q, at most a share q is false on average.

    Benjamini & Hochberg (1995), doi:10.1111/j.2517-6161.1995.tb02031.x; valid for independent or positively
    dependent tests, as neighbouring cells are. Give it the p-values of all cells, or a column of them for
    each period, which is then adjusted on its own.

    Examples
    --------
    >>> [round(float(q), 3) for q in benjamini_hochberg([0.01, 0.02, 0.04, 0.9])]
    [0.04, 0.04, 0.053, 0.9]
    """
    adjusted: NDArray[np.float64] = scipy.stats.false_discovery_control(
        np.asarray(p, dtype=np.float64), axis=0
    )
    return adjusted


def _checked(values: ArrayLike, weights: Weights) -> tuple[NDArray[np.float64], sparse.csr_array[np.float64]]:
    x = np.asarray(values, dtype=np.float64)
    matrix: sparse.csr_array[np.float64] = sparse.csr_array(weights)
    if x.ndim not in {1, 2} or len(x) < 3 or not np.isfinite(x).all():
        raise StatisticError(f"wanted finite values for three places or more, found shape {x.shape}")
    if matrix.shape != (len(x), len(x)):
        raise StatisticError(f"wanted weights of {len(x)} by {len(x)} places, found {matrix.shape}")
    return x, matrix
