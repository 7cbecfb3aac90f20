"""Windows: which points lie in circles and strips."""

import numpy as np
import pytest

from hotspots.detection.windows import Windows, points_in, together
from hotspots.geography.point_grid import PointGrid

POINTS = np.array([[0.0, 0.0], [0.0, 50.0], [100.0, 5.0], [100.0, 30.0], [190.0, 0.0]])
CIRCLE = Windows.circles(np.array([[0.0, 0.0]]), 60.0)
STRIP = Windows(*(np.array([value]) for value in (100.0, 0.0, 0.0, 160.0, 18.0)))


@pytest.mark.parametrize(
    ("window", "inside"),
    [pytest.param(CIRCLE, [0, 1], id="a circle"), pytest.param(STRIP, [2, 4], id="a strip with round ends")],
)
def test_points_lie_in_a_window_when_they_are_near_its_line(window: Windows, inside: list[int]) -> None:
    grid = PointGrid.of(*POINTS.T, cell_m=50.0)
    _, point = points_in(window, grid)
    assert sorted(grid.order_of(point).tolist()) == inside


def test_a_turned_strip_holds_what_the_strip_held() -> None:
    turned = Windows(*(np.array([value]) for value in (0.0, 100.0, np.pi / 2, 160.0, 18.0)))
    grid = PointGrid.of(*POINTS[:, ::-1].T, cell_m=50.0)
    _, point = points_in(turned, grid)
    assert sorted(grid.order_of(point).tolist()) == [2, 4]


def test_the_surface_is_that_of_a_circle_and_of_the_strip_between_its_halves() -> None:
    area = together(CIRCLE, STRIP).area_m2(edge_m=0.0)
    assert area.tolist() == pytest.approx([np.pi * 60**2, np.pi * 18**2 + 36 * 160])
