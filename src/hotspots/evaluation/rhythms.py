"""Rhythms of nuisance: on which days of its life a planted place has reports, and how far it has grown."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Days = NDArray[np.datetime64]

Rhythm = Literal["steady", "weekends", "alternating", "growing", "holidays", "summer"]
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
OF_ANY_LENGTH: tuple[Rhythm, ...] = ("steady", "weekends", "alternating", "growing")
"""Those that need no season."""

HOLIDAYS: Sequence[tuple[str, str]] = (
    ("01-01", "01-08"),
    ("02-24", "03-05"),
    ("04-22", "05-07"),
    ("07-08", "08-27"),
    ("10-14", "10-22"),
    ("12-23", "12-31"),
)
"""First and last days of school holidays, as month and day: about those of 2023 in the south."""

FRIDAY = 4


def draw_days(rhythm: Rhythm, first: date, length: int, count: int, rng: np.random.Generator) -> Integers:
    """Draw the days of reports, counted from the first day of a place.

    Parameters
    ----------
    length
        Days that the place lasts. The first and last report fall on the first and last days of the rhythm.

    Raises
    ------
    ValueError
        If the rhythm has no day in this time.
    """
    offset = np.arange(length)
    days = np.datetime64(first, "D") + offset
    week = offset // 7
    uneven = rng.gamma(2.5, 1, int(week.max()) + 1)[week]
    weight = uneven * _WEIGHTS[rhythm](days, rng)
    possible = np.flatnonzero(weight > 0)
    if not len(possible):
        raise ValueError(f"wanted days for the rhythm '{rhythm}' within {length} days from {first}")
    drawn = rng.choice(length, count, p=weight / weight.sum())
    drawn[: min(count, 2)] = possible[[0, -1]][: min(count, 2)]
    return drawn.astype(np.int64)


def grown_part(rhythm: Rhythm, day: Integers, length: int) -> Floats:
    """Give how much of its place a rhythm has reached on each day: only one that grows begins small.

    Examples
    --------
    >>> grown_part("growing", np.array([0, 50, 100]), 101).round(2).tolist()
    [0.25, 0.88, 1.0]
    """
    if rhythm != "growing":
        return np.ones(len(day))
    return np.minimum(0.25 + 1.25 * day / max(length - 1, 1), 1.0)


def is_school_holiday(days: Days) -> NDArray[np.bool_]:
    """Whether each day is in a school holiday (:data:`HOLIDAYS`)."""
    year_and_day = np.datetime_as_string(days.astype("datetime64[D]"))
    month_and_day = np.array([text[5:] for text in year_and_day.tolist()])
    inside = np.zeros(len(days), dtype=bool)
    for first, last in HOLIDAYS:
        inside |= (month_and_day >= first) & (month_and_day <= last)
    return inside


def _steady(days: Days, rng: np.random.Generator) -> Floats:
    return np.where(_weekday(days) >= FRIDAY, rng.uniform(0.8, 2), 1.0)


def _weekends(days: Days, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    return np.where(_weekday(days) >= FRIDAY, 1.0, 0.0)


def _alternating(days: Days, rng: np.random.Generator) -> Floats:
    """Two to four weeks with nuisance, and as many without."""
    weeks = int(rng.integers(2, 5))
    return np.where(np.arange(len(days)) // (7 * weeks) % 2 == 0, 1.0, 0.0)


def _growing(days: Days, rng: np.random.Generator) -> Floats:
    return np.linspace(1, rng.uniform(2, 4), len(days))


def _holidays(days: Days, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    return np.where(is_school_holiday(days), 1.0, 0.0)


def _summer(days: Days, rng: np.random.Generator) -> Floats:
    """Much in summer, next to nothing in winter."""
    of_year = (days - days.astype("datetime64[Y]").astype("datetime64[D]")).astype(np.float64)
    top = rng.uniform(180, 220)
    weight: Floats = np.exp(4 * (np.cos(2 * np.pi * (of_year - top) / 365) - 1))
    return weight


def _weekday(days: Days) -> Integers:
    # day 0 of the epoch was a Thursday
    weekday: Integers = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    return weekday


_WEIGHTS: Mapping[Rhythm, Callable[[Days, np.random.Generator], Floats]] = {
    "steady": _steady,
    "weekends": _weekends,
    "alternating": _alternating,
    "growing": _growing,
    "holidays": _holidays,
    "summer": _summer,
}
