"""What became of places like one: weights with sense, shares that rise, the own past when it suffices."""

from typing import Any

import numpy as np
import pytest

from hotspots.detection.attention import AGAINST, FEATURES
from hotspots.detection.attention_model import Share, model_of, shipped_model
from hotspots.errors import SettingsError

TABLE: dict[str, Any] = {
    "intercept": -1.0,
    "edges": [0.2, 0.4],
    "shares": [[1, 100], [30, 100], [60, 100]],
    "weights": dict.fromkeys(FEATURES, 0.0) | {"excess": 1.0},
}


def test_no_weight_that_ships_has_a_sign_against_its_sense() -> None:
    for name, weight in zip(FEATURES, shipped_model().weights.tolist(), strict=True):
        assert weight <= 0 if name in AGAINST else weight >= 0, name


def test_the_shares_that_ship_rise_with_the_chance() -> None:
    shares = [share.share for share in shipped_model().shares]
    assert shares == sorted(shares)


def test_a_chance_has_the_share_of_its_class() -> None:
    model = model_of(TABLE)
    features = np.zeros((2, len(FEATURES)))
    features[1, FEATURES.index("excess")] = 1.0
    chances = model.chances(features)
    assert chances.round(3).tolist() == [0.269, 0.5]
    assert [model.shares[one].share for one in model.classes(chances)] == [0.3, 0.6]


def test_a_share_has_an_interval_that_narrows_with_what_was_looked_at() -> None:
    few, many = (Share(4 * times, 10 * times).interval for times in (1, 100))
    assert few[0] < many[0] < 0.4 < many[1] < few[1]


def test_the_own_past_counts_once_it_is_long_enough_and_alone_where_a_class_has_enough() -> None:
    model = model_of(TABLE)
    own = [Share(5, 50, is_own=True), Share(20, 50, is_own=True), Share(1, 2, is_own=True)]
    assert model.with_own(own, least=200) is model
    shares = model.with_own(own, least=100).shares
    assert [(share.became, share.looked_at, share.is_own) for share in shares] == [
        (5, 50, True),
        (20, 50, True),
        (61, 102, False),
    ]


@pytest.mark.parametrize(
    "change",
    [{"weights": {}}, {"edges": [0.4, 0.2]}, {"shares": [[1, 2]]}, {"intercept": "much"}],
    ids=["weights missing", "edges that fall", "a share too few", "no number"],
)
def test_a_model_that_does_not_fit_together_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match="attention model: wanted"):
        model_of(TABLE | change)
