"""What other reports nearby see around them."""

import numpy as np
import pytest

from hotspots.detection.sight import Sight
from hotspots.settings import DetectionSettings

SETTINGS = DetectionSettings(sight_prior=0.0)


def sight(spots: np.ndarray, seen: np.ndarray) -> Sight:
    return Sight(spots, np.ones(len(spots)), seen, np.pi * 60**2, reach_m=60.0, settings=SETTINGS)


def ring(radius_m: float) -> np.ndarray:
    turn = np.arange(12) * np.pi / 6 + 0.1
    return radius_m * np.column_stack([np.cos(turn), np.sin(turn)])


def test_the_mean_is_over_the_reports_around_and_not_over_those_in_the_window() -> None:
    spots = np.concatenate([ring(500.0), np.zeros((1, 2))])
    mean, variance = sight(spots, np.array([*[4.0] * 12, 90.0])).around(np.zeros((1, 2)))
    assert mean[0] == pytest.approx(4.0)
    assert variance[0] == pytest.approx(0.0, abs=1e-9)


def test_another_hotspot_in_one_direction_does_not_count() -> None:
    mean, _ = sight(ring(500.0), np.array([80.0, *[4.0] * 11])).around(np.zeros((1, 2)))
    assert mean[0] == pytest.approx(4.0)
