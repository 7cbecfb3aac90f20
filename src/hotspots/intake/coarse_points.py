"""How coarsely the coordinates of a delivery are written, and the radius that fits.

A source that rounds to 100 m, or a spreadsheet that keeps three decimals of a degree, tells where a square
is, not a house. One such point may be chance (one in ten thousand); a share of them is not.
"""

from collections.abc import Sequence
from math import cos, hypot, isfinite, radians

from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.intake.sources.reading import Readings
from hotspots.settings import IntakeSettings

STEPS_M = (1000.0, 500.0, 250.0, 100.0, 50.0, 25.0)
STEPS_DEGREES = (0.1, 0.01, 0.005, 0.001)
"""To which coordinates are rounded, the coarsest first; finer ones stay within the radius of a point."""

LEAST_UNIT_M = 50.0
"""A coordinate of which the last figure written is a unit this large, is rounded whatever the others are."""

ROUNDED = "coördinaten die afgerond zijn: een vierkant, geen punt; nooit één woning"


class Coarseness:
    """To which steps the points of a delivery are rounded, as its first rows show.

    A step counts when enough of the distinct points, of those in degrees or in metres, are multiples of it.
    Of the steps that do, a coarser one counts only when half of the points of the finest are multiples of it
    too: a quarter of what is rounded to 500 m lies on a multiple of 1000 m by chance.

    Parameters
    ----------
    readings
        The first rows of a delivery.
    """

    def __init__(self, readings: Readings, settings: IntakeSettings) -> None:
        points = {(x, y) for x, y in zip(readings.x, readings.y, strict=True) if isfinite(x + y)}
        self._steps: list[float] = []
        for in_degrees in (False, True):
            of_system = [point for point in points if any(point) and _is_in_degrees(*point) == in_degrees]
            self._steps += _steps_of(of_system, settings)

    def radii_m(self, readings: Readings) -> list[float]:
        """Half the diagonals of the squares that points stand for, in metres; 0 where it is a point."""
        if not self._steps and not any(step >= LEAST_UNIT_M for step in readings.step):
            return [0.0] * len(readings.x)
        return list(map(self._radius_m, readings.x, readings.y, readings.step))

    def _radius_m(self, x: float, y: float, written_step: float) -> float:
        if not isfinite(x + y) or (x, y) == (0, 0):
            return 0.0
        multiple_of = step_of(x, y)
        steps = [step for step in self._steps if (step < 1) == _is_in_degrees(x, y)]
        step = max((step for step in steps if step <= multiple_of), default=0.0)
        if _is_in_degrees(x, y):
            narrowed = cos(radians(min(abs(x), abs(y), 89.0)))
            return METRES_PER_DEGREE * step * hypot(1, narrowed) / 2
        # a unit of a hundred metres, as in 1,765E+05, needs no other point to show it
        unit = written_step if isfinite(written_step) and written_step >= LEAST_UNIT_M else 0.0
        return max(step, unit) * hypot(1, 1) / 2


def _steps_of(points: Sequence[tuple[float, float]], settings: IntakeSettings) -> list[float]:
    """The steps to which points of one system are rounded."""
    rounded = [step for point in points if (step := step_of(*point)) > 0]
    at_least = {step: sum(other >= step for other in rounded) for step in set(rounded)}
    least = max(settings.coarse_points, settings.coarse_share * len(points))
    enough = {step: count for step, count in at_least.items() if count >= least}
    most = max(enough.values(), default=0)
    return [step for step, count in enough.items() if 2 * count >= most]


def step_of(x: float, y: float) -> float:
    """The largest step of which both coordinates are multiples; 0 if there is none.

    Examples
    --------
    >>> step_of(176500, 317500), step_of(176500, 317523), step_of(5.69, 50.851)
    (500.0, 0.0, 0.001)
    """
    steps = STEPS_DEGREES if _is_in_degrees(x, y) else STEPS_M
    return next((step for step in steps if _is_multiple(x, step) and _is_multiple(y, step)), 0.0)


def _is_in_degrees(x: float, y: float) -> bool:
    return max(abs(x), abs(y)) <= 360


def _is_multiple(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) < 1e-6
