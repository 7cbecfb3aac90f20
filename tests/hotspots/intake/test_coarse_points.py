"""To which steps the points of a delivery are rounded, as few or many of them show it."""

import pytest

from hotspots.files.rows import row_of_cells
from hotspots.intake.coarse_points import Coarseness
from hotspots.intake.sources.reading import Readings, RowReader
from hotspots.settings import IntakeSettings
from tests.hotspots.intake.sources.test_reading import reader

COORDINATES = {"columns": {"id": "nr", "reported_at": "tijd", "x": "x", "y": "y"}}


def delivery(*points: tuple[float, float]) -> Readings:
    """Reports with these coordinates."""
    rows: RowReader = reader(**COORDINATES)
    return rows.read_all(
        [
            row_of_cells(number, {"nr": str(number), "tijd": "2023-03-14 21:35", "x": str(x), "y": str(y)})
            for number, (x, y) in enumerate(points, start=1)
        ]
    ).readings


def radii(*points: tuple[float, float]) -> list[int]:
    readings = delivery(*points)
    coarseness = Coarseness(readings, IntakeSettings())
    return list(map(round, coarseness.radii_m(readings)))


def grid(step: float, count: int = 30) -> list[tuple[float, float]]:
    """Points on a grid, of which some are multiples of coarser steps too."""
    return [(176_000 + step * (at % 7), 317_000 + step * (at * 3 % 11)) for at in range(1, count)]


@pytest.mark.parametrize(
    ("step", "radius"), [(1000, 707), (500, 354), (250, 177), (100, 71), (50, 35), (25, 18), (1, 0), (13, 0)]
)
def test_all_points_of_a_rounded_delivery_get_the_radius_of_their_square(step: float, radius: int) -> None:
    assert set(radii(*grid(step))) == {radius}


def test_points_in_degrees_and_in_metres_are_not_counted_together() -> None:
    assert set(radii(*grid(100, 5), (5.69, 50.851), (5.71, 50.857))) == {0}
