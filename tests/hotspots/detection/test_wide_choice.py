"""The choice among windows: gaps, and windows that hold two."""

import numpy as np
import pytest

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.wide_choice import hull_of, widest_gap_chance
from hotspots.detection.window_search import WindowSearch
from hotspots.detection.windows import Windows
from hotspots.settings import DetectionSettings

STRIP = Windows(*(np.array([value]) for value in (0.0, 0.0, 0.0, 284.0, 18.0)))


@pytest.mark.parametrize(
    ("gap_m", "is_gap"),
    [pytest.param(0.0, False, id="even"), pytest.param(90.0, True, id="two places with nothing between")],
)
def test_an_empty_stretch_says_that_a_strip_holds_two_places(gap_m: float, is_gap: bool) -> None:
    along = np.concatenate([np.linspace(-145, -gap_m / 2, 15), np.linspace(gap_m / 2, 145, 15)])
    points = np.column_stack([along, np.zeros(30)])
    nowhere = AddressDensity.of(np.zeros((0, 2)))
    search = WindowSearch(points, np.ones(30, dtype=bool), nowhere, DetectionSettings())
    chance = widest_gap_chance(search.measure(STRIP), points)
    assert (chance[0] < 0.01) == is_gap


def test_a_hull_of_two_windows_holds_the_ends_of_both() -> None:
    other = Windows(*(np.array([value]) for value in (320.0, 10.0, 0.0, 100.0, 18.0)))
    hull = hull_of(STRIP, other).take([0])
    assert hull.reach_m[0] >= (142 + 18 + 370 + 18) / 2
