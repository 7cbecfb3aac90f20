"""What a wide place must be: spread, and more than a centre that is always busy."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.wide_choice import Valued
from hotspots.detection.wide_rules import (
    Counted,
    are_spread,
    came_up,
    rest_of,
    returning_share,
    without_former,
)
from hotspots.detection.window_search import Measured, WindowSearch
from hotspots.detection.windows import Windows
from hotspots.settings import DetectionSettings

SETTINGS = DetectionSettings()
AS_OF = pd.Timestamp("2023-07-02")
PARK = Windows.circles(np.zeros((1, 2)), 150.0)


def counted(points: np.ndarray, days_ago: np.ndarray, reporter: np.ndarray) -> Counted:
    days = [AS_OF - pd.Timedelta(days=int(one)) for one in days_ago]
    x, y = points.T
    moments = [day + pd.Timedelta(hours=15) for day in days]
    table = pd.DataFrame({"x": x, "y": y, "day": days, "moment": moments, "reporter_id": reporter})
    return Counted.of(table, AS_OF, SETTINGS)


def all_of(rows: Counted, town: int) -> tuple[Measured, Valued]:
    """All but the last reports, which are of the town around, as the own reports of one window."""
    is_town = np.arange(len(rows.points)) >= len(rows.points) - town
    nowhere = AddressDensity.of(np.zeros((0, 2)))
    measured = WindowSearch(rows.points, is_town, nowhere, SETTINGS).measure(PARK)
    own = sparse.csr_array((~is_town).astype(np.float64)[None])
    swallowed = sparse.csr_array((1, 0))
    return measured, Valued(
        np.ones(1), own, np.array([float((~is_town).sum())]), np.ones(1), swallowed, np.zeros(1, dtype=bool)
    )


def in_town(count: int) -> np.ndarray:
    turn = np.random.default_rng(1).uniform(0, 2 * np.pi, count)
    away = np.random.default_rng(2).uniform(500, 900, count)
    return np.column_stack([away * np.cos(turn), away * np.sin(turn)])


def in_circle(count: int, radius_m: float, x: float = 0) -> np.ndarray:
    rng = np.random.default_rng(3)
    turn, away = rng.uniform(0, 2 * np.pi, count), radius_m * np.sqrt(rng.random(count))
    return np.column_stack([x + away * np.cos(turn), away * np.sin(turn)])


TOWN = 60


@pytest.mark.parametrize(
    ("points", "is_one"),
    [
        pytest.param(in_circle(40, 140), True, id="all over a park"),
        pytest.param(in_circle(40, 12), False, id="one door and its neighbours"),
        pytest.param(
            np.concatenate([in_circle(20, 20, -60), in_circle(20, 20, 60)]), False, id="two squares"
        ),
    ],
)
def test_a_wide_place_stands_out_without_its_two_busiest_spots(points: np.ndarray, is_one: bool) -> None:
    every = np.concatenate([points, in_town(TOWN)])
    rows = counted(every, np.arange(len(every)) % 170, np.arange(len(every)))
    measured, valued = all_of(rows, TOWN)
    rest = rest_of(measured, valued, rows, SETTINGS)
    assert are_spread(measured, rest, SETTINGS)[0] == is_one


@pytest.mark.parametrize(
    ("days_ago", "reporter", "is_one"),
    [
        pytest.param(np.arange(30) * 5.5, np.arange(30), False, id="all along, by passers-by"),
        pytest.param(np.arange(30) * 1.7, np.arange(30), True, id="since some weeks"),
        pytest.param(np.arange(30) * 5.5, np.arange(30) % 9, True, id="all along, by people who return"),
        pytest.param(np.full(30, 40.0), np.arange(30), False, id="in one night"),
    ],
)
def test_a_centre_that_is_always_busy_is_told_from_a_place_by_change_or_people_who_return(
    days_ago: np.ndarray, reporter: np.ndarray, is_one: bool
) -> None:
    every = np.concatenate([in_circle(30, 140), in_town(TOWN)])
    times = np.concatenate([days_ago, np.arange(TOWN) * 2.8])
    rows = counted(every, times, np.concatenate([reporter, 100 + np.arange(TOWN)]))
    assert came_up(*all_of(rows, TOWN), rows, SETTINGS)[0] == is_one


def test_who_reports_twice_on_one_day_does_not_return_and_unknown_people_say_nothing() -> None:
    points = in_circle(4, 100)
    days = np.array([3, 3, 9, 9])
    twice = counted(points, days, np.array([1.0, 1.0, 2.0, 3.0]))
    assert returning_share(all_of(twice, 0)[1], twice, SETTINGS)[0] == 0
    back = counted(points, days, np.array([1.0, 2.0, 1.0, 3.0]))
    assert returning_share(all_of(back, 0)[1], back, SETTINGS)[0] == pytest.approx(1 / 3)
    unknown = counted(points, days, np.full(4, np.nan))
    assert returning_share(all_of(unknown, 0)[1], unknown, SETTINGS)[0] == 0


def test_an_event_in_a_centre_that_is_always_busy_is_no_change() -> None:
    every = np.concatenate([in_circle(50, 140), in_town(TOWN)])
    # each day once, but for three days of a fair by which the last weeks have more than all before
    days_ago = np.concatenate([np.arange(20) * 8.0, 20 + np.arange(30) % 3, np.arange(TOWN) * 2.8])
    rows = counted(every, days_ago, np.arange(len(every)))
    measured, valued = all_of(rows, TOWN)
    assert rows.in_crowd[20:50].all()
    assert not rows.in_crowd[50:].any()
    assert rest_of(measured, valued, rows, SETTINGS).observed[0] < 20


@pytest.mark.parametrize(
    ("former", "is_one"),
    [
        pytest.param(np.zeros(50), True, id="of nothing known"),
        pytest.param(np.repeat([0, 1], [30, 20]), False, id="of a hotspot that ended"),
        pytest.param(np.repeat([0, 1], [5, 45]), True, id="of the place itself, as it was before"),
    ],
)
def test_the_end_of_a_hotspot_in_a_centre_is_no_change_of_the_centre(
    former: np.ndarray, is_one: bool
) -> None:
    town = 600
    points = np.concatenate([in_circle(50, 140), in_town(town)])
    # the last weeks had a little less than those before, and much less with the hotspot that lay there
    in_centre = np.concatenate([np.arange(18) * 7, 128 + 2 * np.arange(12), 127 + 2 * np.arange(20)])
    rows = counted(points, np.concatenate([in_centre, np.arange(town) % 169]), np.arange(len(points)))
    measured, valued = all_of(rows, town)
    of_former = sparse.csc_array(np.concatenate([former, np.zeros(town)])[:, None])
    left = without_former(rest_of(measured, valued, rows, SETTINGS), of_former, SETTINGS)
    assert came_up(measured, left, rows, SETTINGS)[0] == is_one
