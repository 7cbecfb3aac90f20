"""The outline holds the reports, and little else."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Polygon

from hotspots.outline import MARGIN_M, outline_of

POINTS = st.lists(st.tuples(st.integers(-150, 150), st.integers(-150, 150)), min_size=1, max_size=25)


def test_around_one_report_runs_a_circle() -> None:
    outline = outline_of(np.array([100.0]), np.array([200.0]))
    assert outline.area == pytest.approx(np.pi * MARGIN_M**2, rel=0.05)
    assert outline.centroid.distance(shapely.Point(100, 200)) < 0.5


def test_along_a_bent_street_it_follows_the_bend() -> None:
    along = np.arange(0.0, 121, 10)
    x = np.concatenate([along, np.full(12, 120.0)])
    y = np.concatenate([np.zeros(13), along[1:]])
    outline = outline_of(x, y)
    hull = shapely.convex_hull(shapely.union_all(shapely.points(x, y))).buffer(MARGIN_M)
    assert outline.area < 0.75 * hull.area
    assert not outline.contains(shapely.Point(30, 90))


def test_two_far_parts_are_one_polygon() -> None:
    outline = outline_of(np.array([0.0, 120.0]), np.zeros(2))
    assert isinstance(outline, Polygon)
    assert outline.is_valid


@given(POINTS)
def test_it_is_valid_and_holds_every_report(points: list[tuple[int, int]]) -> None:
    x, y = np.array(points, dtype=np.float64).T
    outline = outline_of(x, y)
    assert outline.is_valid
    assert not outline.interiors
    assert shapely.covers(outline, shapely.points(x, y)).all()


@given(POINTS)
def test_the_order_of_reports_decides_nothing(points: list[tuple[int, int]]) -> None:
    x, y = np.array(points, dtype=np.float64).T
    assert outline_of(x, y).equals(outline_of(x[::-1], y[::-1]))
