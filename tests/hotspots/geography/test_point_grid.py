"""Points by square: what lies within a distance is what measuring each of them says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspots.geography import point_grid
from hotspots.geography.point_grid import PointGrid

WHOLE = st.integers(-120, 120)
SOME = st.lists(st.tuples(WHOLE, WHOLE), max_size=40)


def grid_of(points: np.ndarray) -> PointGrid:
    return PointGrid.of(points[:, 0].copy(), points[:, 1].copy(), cell_m=20)


@given(SOME, SOME, st.integers(0, 90))
def test_what_is_found_is_what_measuring_finds_also_on_the_edge(
    points: list[tuple[int, int]], centres: list[tuple[int, int]], radius: int
) -> None:
    of_points, of_centres = (np.array(part, dtype=np.float64).reshape(-1, 2) for part in (points, centres))
    away = ((of_points[None] - of_centres[:, None]) ** 2).sum(axis=2)
    near = away <= radius**2
    grid = grid_of(of_points)
    assert grid.count_within(of_centres, float(radius)).tolist() == near.sum(axis=1).tolist()
    query, point = grid.within(of_centres, float(radius))
    found = sorted(zip(query.tolist(), grid.order_of(point).tolist(), strict=True))
    assert found == [tuple(pair) for pair in np.argwhere(near).tolist()]


def test_points_are_measured_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    points, centres, radii = (
        rng.uniform(0, 300, (500, 2)),
        rng.uniform(0, 300, (20, 2)),
        rng.uniform(0, 90, 20),
    )
    grid = grid_of(points)
    whole = grid.count_within(centres, radii)
    monkeypatch.setattr(point_grid, "POINTS_AT_ONCE", 7)
    assert grid.count_within(centres, radii).tolist() == whole.tolist()
    assert len(grid.within(centres, radii)[0]) == whole.sum()


def test_a_grid_that_does_not_know_the_order_of_its_points_says_so() -> None:
    grid = PointGrid(np.zeros(1, dtype=np.int64), np.zeros(1), np.zeros(1), 20.0, 0, 0, 1)
    with pytest.raises(ValueError, match="the order of its points"):
        grid.order_of(np.zeros(1, dtype=np.int64))
