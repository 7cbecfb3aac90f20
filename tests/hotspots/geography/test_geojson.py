"""Geometries are written as GeoJSON that software on a sphere reads as what it is (RFC 7946)."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.geography.geojson import cut_at_antimeridian, shapes_of
from hotspots.geography.projection import Projection

Ring = list[tuple[float, float]]

SHELL: Ring = [(5.0, 50.0), (6.0, 50.0), (6.0, 51.0), (5.0, 51.0), (5.0, 50.0)]
HOLE: Ring = [(5.4, 50.4), (5.6, 50.4), (5.6, 50.6), (5.4, 50.6), (5.4, 50.4)]
OTHER = shapely.box(7, 50, 8, 51)


def rings_of(shape: dict[str, Any]) -> Iterator[tuple[bool, Ring]]:
    """Each ring, and whether it is an outer one."""
    if shape["type"] == "GeometryCollection":
        for part in shape["geometries"]:
            yield from rings_of(part)
        return
    coordinates: list[Any] = shape["coordinates"] if "Polygon" in shape["type"] else []
    for polygon in [coordinates] if shape["type"] == "Polygon" else coordinates:
        for number, ring in enumerate(polygon):
            yield number == 0, ring


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(shapely.Polygon(SHELL), id="counterclockwise"),
        pytest.param(shapely.Polygon(SHELL[::-1]), id="clockwise"),
        pytest.param(shapely.Polygon(SHELL, [HOLE]), id="a hole that is counterclockwise"),
        pytest.param(shapely.Polygon(SHELL[::-1], [HOLE]), id="clockwise, its hole counterclockwise"),
        pytest.param(shapely.Polygon(SHELL, [HOLE[::-1]]), id="right already"),
        pytest.param(shapely.box(5, 50, 6, 51, ccw=False), id="a box"),
        pytest.param(shapely.Point(5.5, 50.5).buffer(0.1), id="a circle, as shapely makes it"),
        pytest.param(shapely.MultiPolygon([shapely.Polygon(SHELL[::-1]), OTHER]), id="two parts, two ways"),
        pytest.param(
            shapely.MultiPolygon([shapely.Polygon(SHELL, [HOLE]), OTHER.reverse()]), id="parts with a hole"
        ),
        pytest.param(
            shapely.GeometryCollection([shapely.Polygon(SHELL[::-1]), shapely.Point(5, 50)]),
            id="a polygon among other shapes",
        ),
        pytest.param(shapely.Polygon([(*xy, 12.0) for xy in SHELL[::-1]]), id="with heights"),
    ],
)
def test_outer_rings_run_counterclockwise_and_holes_clockwise(shape: BaseGeometry) -> None:
    (written,) = shapes_of([shape])
    for is_outer, ring in rings_of(written):
        assert shapely.LinearRing(ring).is_ccw == is_outer
    wanted = shapely.set_precision(shape, 1e-7)
    assert shapely.geometry.shape(written).symmetric_difference(wanted).area == pytest.approx(0, abs=1e-6)


def test_a_municipality_in_metres_is_written_in_the_same_order() -> None:
    (written,) = shapes_of([shapely.box(176000, 317000, 177000, 318000, ccw=False)], precision=0.001)
    ((_, ring),) = rings_of(written)
    assert shapely.LinearRing(ring).is_ccw


OVER: Ring = [(179.0, -17.0), (-179.0, -17.0), (-179.0, -16.0), (179.0, -16.0)]


@pytest.mark.parametrize(
    "shape",
    [
        pytest.param(shapely.Polygon(OVER), id="corners on both sides"),
        pytest.param(shapely.Polygon(OVER[::-1]), id="corners on both sides, clockwise"),
        pytest.param(shapely.box(179, -17, 181, -16), id="east of 180"),
        pytest.param(shapely.box(-181, -17, -179, -16), id="west of -180"),
        pytest.param(
            shapely.MultiPolygon([shapely.box(179, -17, 180, -16), shapely.box(-180, -17, -179, -16)]),
            id="cut already",
        ),
    ],
)
def test_a_shape_across_the_antimeridian_is_cut_there(shape: BaseGeometry) -> None:
    (cut,) = cut_at_antimeridian(np.array([shape]))
    assert cut.is_valid
    assert cut.geom_type == "MultiPolygon"
    assert sorted(part.bounds for part in shapely.get_parts(cut)) == [
        (-180, -17, -179, -16),
        (179, -17, 180, -16),
    ]


def test_a_hole_across_the_antimeridian_is_cut_too() -> None:
    hole = [(179.5, -16.8), (-179.5, -16.8), (-179.5, -16.2), (179.5, -16.2)]
    (cut,) = cut_at_antimeridian(np.array([shapely.Polygon(OVER, [hole])]))
    assert cut.area == pytest.approx(2 * 1 - 1 * 0.6)


@pytest.mark.parametrize("shape", [shapely.box(-180, -90, 180, 90), shapely.Polygon(SHELL)])
def test_what_does_not_cross_it_stays_whole(shape: BaseGeometry) -> None:
    assert cut_at_antimeridian(np.array([shape]))[0].equals(shape)


def test_metres_of_a_country_across_the_antimeridian_become_two_parts() -> None:
    fiji = Projection("EPSG:3460")
    x, y = fiji.to_metres([180.0], [-17.0])
    cut = fiji.geometry_to_degrees(shapely.Point(x[0], y[0]).buffer(10_000))
    west, _, east, _ = cut.bounds
    assert cut.geom_type == "MultiPolygon"
    assert (west, east) == (-180, 180)
    assert all(part.bounds[2] - part.bounds[0] < 1 for part in shapely.get_parts(cut))
