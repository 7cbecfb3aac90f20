"""How likely an attention place becomes a hotspot: a sum of what is counted, and what became of such places.

The chance is a logistic function of a sum with one weight for each of the features of
:mod:`hotspots.detection.attention`, none against its sense: more reports never make a hotspot less likely.
People are told no chance but a share: how many places with about this chance became a hotspot, with its
interval. Weights and shares are measured on simulated years, in `attention.toml` with where they come from;
once the own past has enough outcomes, the shares are those of the own past.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hotspots.detection.attention import FEATURES
from hotspots.errors import SettingsError
from hotspots.statistics.proportion import proportion_interval


@dataclass(frozen=True)
class Share:
    """How many places of a kind became a hotspot."""

    became: int
    looked_at: int
    is_own: bool = False  # of the own past; else of simulated years

    @property
    def share(self) -> float:
        """The share; 0 of none."""
        return self.became / self.looked_at if self.looked_at else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The limits between which the share lies with 95 % certainty (Clopper-Pearson)."""
        return proportion_interval(self.became, self.looked_at) if self.looked_at else (0.0, 1.0)


@dataclass(frozen=True)
class AttentionModel:
    """The weights, and what became of places by their chance.

    Attributes
    ----------
    intercept, weights
        Of the sum; a weight for each of :data:`FEATURES`.
    edges
        Where one class of chances ends and the next begins, rising.
    shares
        What became of the places of each class: one more than there are edges.
    """

    intercept: float
    weights: NDArray[np.float64]
    edges: NDArray[np.float64]
    shares: Sequence[Share]

    def chances(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the chance of each place; shape (k,)."""
        return np.asarray(expit(self.intercept + features @ self.weights), dtype=np.float64)

    def classes(self, chances: NDArray[np.float64]) -> NDArray[np.int64]:
        """Give the class of each chance."""
        return np.asarray(np.searchsorted(self.edges, chances, side="right"), dtype=np.int64)

    def with_own(self, own: Sequence[Share], *, least: int) -> "AttentionModel":
        """Give the model with the shares of the own past, once this has so many outcomes in all.

        Of a class that the own past hardly has, the outcomes of simulated years count too.
        """
        total = sum(share.looked_at for share in own)
        if total < least:
            return self
        few = least / (2 * len(own))
        shares = [
            mine
            if mine.looked_at >= few
            else Share(mine.became + theirs.became, mine.looked_at + theirs.looked_at)
            for mine, theirs in zip(own, self.shares, strict=True)
        ]
        return AttentionModel(self.intercept, self.weights, self.edges, shares)


def model_of(table: Mapping[str, Any]) -> AttentionModel:
    """Read a model from the table of its file.

    Raises
    ------
    SettingsError
        If something is missing, or does not fit together.
    """
    try:
        weights = table["weights"]
        shares = [Share(int(became), int(looked_at)) for became, looked_at in table["shares"]]
        model = AttentionModel(
            float(table["intercept"]),
            np.array([float(weights[name]) for name in FEATURES]),
            np.array([float(edge) for edge in table["edges"]]),
            shares,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SettingsError(
            f"attention model: wanted intercept, weights of {', '.join(FEATURES)}, edges and shares, "
            f"found a problem with {error}; write it anew with 'hotspots evaluate attention --write'"
        ) from None
    if len(model.shares) != len(model.edges) + 1 or (np.diff(model.edges) <= 0).any():
        raise SettingsError(
            f"attention model: wanted rising edges and one share more, found {len(model.edges)} edges and "
            f"{len(model.shares)} shares"
        )
    return model


@cache
def shipped_model() -> AttentionModel:
    """Give the model that ships, measured on simulated years."""
    text = files("hotspots.detection").joinpath("attention.toml").read_text(encoding="utf-8")
    return model_of(tomllib.loads(text))
