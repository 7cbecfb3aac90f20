"""The outline holds the reports, and little else; of a place with more addresses it tells squares only."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry import Polygon

from hotspots.detection.outline import coarsened, hulls_of, outline_of
from hotspots.settings import DetectionSettings

RULES = DetectionSettings()
GRID_M, MARGIN_M = RULES.outline_grid_m, RULES.outline_margin_m
POINTS = st.lists(st.tuples(st.integers(-150, 150), st.integers(-150, 150)), min_size=1, max_size=25).map(
    lambda points: np.array(points, dtype=np.float64)
)
IS_EXACT = pytest.mark.parametrize("is_exact", [True, False], ids=["points", "squares"])


def test_around_one_report_that_may_be_known_runs_a_circle() -> None:
    outline = outline_of(np.array([[100.0, 200.0]]), RULES, is_exact=True)
    assert outline.area == pytest.approx(np.pi * MARGIN_M**2, rel=0.05)
    assert outline.centroid.distance(shapely.Point(100, 200)) < 0.5


@IS_EXACT
def test_along_a_bent_street_it_follows_the_bend(is_exact: bool) -> None:
    along = np.arange(0.0, 241, 10)
    x = np.concatenate([along, np.full(24, 240.0)])
    y = np.concatenate([np.zeros(25), along[1:]])
    outline = outline_of(np.column_stack([x, y]), RULES, is_exact=is_exact)
    hull = shapely.convex_hull(shapely.union_all(shapely.points(x, y))).buffer(MARGIN_M)
    assert outline.area < 0.75 * hull.area
    assert not outline.contains(shapely.Point(60, 180))


@IS_EXACT
def test_two_far_parts_are_one_polygon(is_exact: bool) -> None:
    outline = outline_of(np.array([[0.0, 0.0], [120.0, 0.0]]), RULES, is_exact=is_exact)
    assert isinstance(outline, Polygon)
    assert outline.is_valid


@IS_EXACT
@given(points=POINTS)
def test_it_is_valid_and_holds_every_report(points: NDArray[np.float64], is_exact: bool) -> None:
    outline = outline_of(points, RULES, is_exact=is_exact)
    assert outline.is_valid
    assert not outline.interiors
    assert shapely.covers(outline, shapely.points(points)).all()


@IS_EXACT
@given(points=POINTS)
def test_the_order_of_reports_decides_nothing(points: NDArray[np.float64], is_exact: bool) -> None:
    assert outline_of(points, RULES, is_exact=is_exact).equals(
        outline_of(points[::-1], RULES, is_exact=is_exact)
    )


@given(points=POINTS, seed=st.integers(0, 1000))
def test_where_in_its_square_a_report_lies_can_not_be_seen(points: NDArray[np.float64], seed: int) -> None:
    squares = np.floor(points / GRID_M)
    moved = (squares + np.random.default_rng(seed).uniform(0.01, 0.99, points.shape)) * GRID_M
    assert np.array_equal(coarsened(moved, grid_m=GRID_M), coarsened(points, grid_m=GRID_M))
    assert outline_of(moved, RULES, is_exact=False).equals(outline_of(points, RULES, is_exact=False))
    counts = np.array([len(points)])
    assert hulls_of(moved, counts, RULES)[0].equals(hulls_of(points, counts, RULES)[0])
    assert shapely.covers(hulls_of(points, counts, RULES)[0], shapely.points(points)).all()
