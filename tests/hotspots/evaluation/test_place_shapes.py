"""Shapes of planted places: how far reports lie from the centre, and how a place grows."""

import numpy as np
import pytest
import shapely

from hotspots.evaluation.place_shapes import (
    NEIGHBOUR_M,
    RADII_M,
    SCALES,
    Scale,
    draw_shape,
    footprint_of,
    scale_of,
)

WHOLE = np.ones(400)


@pytest.mark.parametrize("scale", SCALES, ids=[str(scale) for scale in SCALES])
def test_reports_lie_within_the_place_around_its_centre(scale: Scale) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        shape = draw_shape(scale, rng)
        points = shape.points(WHOLE, rng)
        assert points.shape == (400, 2)
        # a street is as wide as one, and patches are moved until their middle is that of the place
        slack_m = {"line": 30.0, "patchy": 0.3 * shape.radius_m}.get(shape.form, 0.001)
        assert np.hypot(*points.T).max() <= shape.radius_m + slack_m
        assert np.hypot(*points.mean(axis=0)) <= max(0.2 * shape.radius_m, 3)


@pytest.mark.parametrize("scale", RADII_M, ids=[str(scale) for scale in RADII_M])
def test_a_scale_is_recognised_by_its_radius(scale: Scale) -> None:
    shape = draw_shape(scale, np.random.default_rng(2))
    assert scale_of(shape.radius_m, is_dwelling=False) is scale


def test_what_is_wider_than_any_scale_is_of_the_widest() -> None:
    assert scale_of(2000, is_dwelling=False) is Scale.WIDE


def test_three_in_ten_reports_of_a_dwelling_lie_a_few_houses_off() -> None:
    off = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        distance = np.hypot(*draw_shape(Scale.DWELLING, rng).points(WHOLE, rng).T)
        assert ((distance == 0) | ((distance >= 5) & (distance <= NEIGHBOUR_M))).all()
        off.append((distance > 0).mean())
    assert np.mean(off) == pytest.approx(0.3, abs=0.03)
    assert 0.15 < min(off) < 0.25
    assert 0.35 < max(off) < 0.45


def test_a_street_grows_from_one_end() -> None:
    rng = np.random.default_rng(3)
    shape = draw_shape(Scale.STREET, rng)
    street = shapely.LineString(shape.spine)
    points = shape.points(np.full(300, 0.25), rng)
    along = shapely.line_locate_point(street, shapely.points(points))
    assert along.max() <= 0.25 * street.length + 5
    assert np.max(shapely.distance(street, shapely.points(points))) < 30


def test_the_footprint_holds_every_report_and_a_margin() -> None:
    points = np.array([[0.0, 0.0], [100.0, 0.0]])
    footprint = footprint_of(points, margin_m=15)
    assert shapely.contains_xy(footprint, [50, 50, 50], [0, 14, 16]).tolist() == [True, True, False]
