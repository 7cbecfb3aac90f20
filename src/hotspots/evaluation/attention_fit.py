"""Fits the attention model on simulated years, and writes its file with where it comes from."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from hotspots.detection.attention import AGAINST, FEATURES
from hotspots.errors import StatisticError
from hotspots.evaluation.attention_study import AttentionYear

Floats = NDArray[np.float64]

FOLDS = 5
"""The share of a class is counted among years that the weights were not fitted on."""

PENALTY = 1.0
"""Of the squares of the weights of standardised features: so little data as one year moves none far."""

EDGES = np.array([0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7])
LEAST_OF_A_CLASS = 60
"""Places; a class of fewer is joined with the next, one with no higher share with the last."""


def fitted_model(years: Sequence[AttentionYear], provenance: str) -> str:
    """Fit the model, and give the text of its file.

    Parameters
    ----------
    years
        With every candidate, whatever its chance (``min_share`` 0).
    provenance
        The command and what it ran on, for who reads the file.

    Raises
    ------
    StatisticError
        If no candidate became a hotspot, or there are fewer years than folds.
    """
    tables = [year.candidates.assign(year=number) for number, year in enumerate(years)]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame({"became": []})
    if len(years) < FOLDS or not table["became"].any():
        raise StatisticError(
            f"wanted at least {FOLDS} years in which places become hotspots, found {len(years)} years with "
            f"{int(table['became'].sum())}: do more years"
        )
    x, y = table[list(FEATURES)].to_numpy(dtype=np.float64), table["became"].to_numpy(dtype=np.float64)
    fold = table["year"].to_numpy() % FOLDS
    chances = np.zeros(len(y))
    for number in range(FOLDS):
        intercept, weights = fit(x[fold != number], y[fold != number])
        chances[fold == number] = expit(intercept + x[fold == number] @ weights)
    intercept, weights = fit(x, y)
    edges, shares = classes_of(chances, y)
    lines = [
        *(f"# {line}" for line in provenance.splitlines()),
        f"# {len(years)} years, {len(y)} places in weekly runs, of which {int(y.sum())} became a hotspot.",
        "",
        f"intercept = {intercept:.4f}",
        f"edges = [{', '.join(f'{edge:.2f}' for edge in edges)}]",
        "# of the places of each class: how many became a hotspot in time, and how many there were",
        f"shares = [{', '.join(f'[{became}, {count}]' for became, count in shares)}]",
        "",
        "[weights]",
        *(f"{name} = {weight:.4f}" for name, weight in zip(FEATURES, weights.tolist(), strict=True)),
    ]
    return "\n".join(lines) + "\n"


def fit(x: Floats, y: Floats) -> tuple[float, Floats]:
    """Fit a logistic function in which no weight has a sign against its sense; gives intercept and weights.

    Parameters
    ----------
    x
        Shape (n, len(FEATURES)).
    y
        1 for what became a hotspot, else 0; shape (n,).
    """
    mean, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
    sense = np.array([-1.0 if name in AGAINST else 1.0 for name in FEATURES])
    z = (x - mean) / spread * sense

    def loss(beta: Floats) -> tuple[float, Floats]:
        total = beta[0] + z @ beta[1:]
        off = expit(total) - y
        value = np.sum(np.logaddexp(0, total) - y * total) + PENALTY * np.sum(beta[1:] ** 2) / 2
        return float(value), np.concatenate([[off.sum()], z.T @ off + PENALTY * beta[1:]])

    bounds = [(None, None), *[(0.0, None)] * len(FEATURES)]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds)
    weights = found.x[1:] * sense / spread
    return float(found.x[0] - weights @ mean), np.asarray(weights, dtype=np.float64)


def classes_of(chances: Floats, y: Floats) -> tuple[list[float], list[tuple[int, int]]]:
    """Divide chances into classes with rising shares; gives their edges, and of each what became and all."""
    number = np.searchsorted(EDGES, chances, side="right")
    classes = [
        (float(EDGES[one - 1]) if one else 0.0, int(y[number == one].sum()), int((number == one).sum()))
        for one in range(len(EDGES) + 1)
    ]
    large: list[_Class] = []
    for one in classes:
        is_small = large and large[-1][2] < LEAST_OF_A_CLASS
        large.append(_both(large.pop(), one) if is_small else one)
    if len(large) > 1 and large[-1][2] < LEAST_OF_A_CLASS:
        last = large.pop()
        large[-1] = _both(large[-1], last)
    rising: list[_Class] = []
    for one in large:
        rising.append(one)
        while len(rising) > 1 and rising[-1][1] * rising[-2][2] <= rising[-2][1] * rising[-1][2]:
            last = rising.pop()
            rising[-1] = _both(rising[-1], last)
    return [start for start, _, _ in rising[1:]], [(became, count) for _, became, count in rising]


_Class = tuple[float, int, int]
"""From which chance on, how many became a hotspot, and how many there were."""


def _both(below: _Class, above: _Class) -> _Class:
    return below[0], below[1] + above[1], below[2] + above[2]
