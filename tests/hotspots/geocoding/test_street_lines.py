"""The course of streets, drawn from their addresses."""

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry.base import BaseGeometry

from hotspots.geocoding.street_lines import BRANCH_M, street_lines
from hotspots.geography.projection import Projection

RD = Projection("EPSG:28992")


def register(**streets: list[tuple[float, float]]) -> pd.DataFrame:
    """Addresses of streets, in metres from a corner of Amersfoort."""
    rows = [(name, 155_000 + x, 463_000 + y) for name, points in streets.items() for x, y in points]
    names, x, y = zip(*rows, strict=True)
    lon, lat = RD.to_degrees(x, y)
    return pd.DataFrame({"street": names, "town": "Ergens", "lon": lon, "lat": lat})


def two_sides(length_m: int) -> list[tuple[float, float]]:
    """Houses every 8 m on both sides of a street to the east, 9 m from its middle."""
    return [(x, 9.0 if x % 16 else -9.0) for x in range(0, length_m, 8)]


def in_metres(shape: BaseGeometry) -> BaseGeometry:
    return RD.geometry_to_metres(shape)


def test_a_street_runs_between_its_two_sides() -> None:
    (row,) = street_lines(register(Dorpsstraat=two_sides(400)), RD).itertuples()
    line = in_metres(row.geometry)
    assert row.name == "Dorpsstraat"
    assert row.size_m == pytest.approx(392, abs=15)
    assert line.length == pytest.approx(392, abs=30)
    middle = shapely.get_coordinates(line)[1:-1, 1]
    assert np.abs(middle - 463_000).max() < 9


def test_a_side_street_of_the_same_name_is_a_branch_when_it_is_long_enough() -> None:
    long, short = BRANCH_M + 30, BRANCH_M - 30
    trunk = [(float(x), 0.0) for x in range(0, 600, 10)]
    for length, parts in ((long, 2), (short, 1)):
        branch = [(300.0, float(y)) for y in range(10, int(length) + 20, 10)]
        assert len(street_lines(register(Hof=trunk + branch), RD)) == parts


def test_a_street_with_a_large_gap_has_two_lines_and_a_street_of_one_house_is_a_point() -> None:
    points = [(float(x), 0.0) for x in [*range(0, 200, 10), *range(400, 600, 10)]]
    lines = street_lines(register(Kade=points, Steeg=[(50.0, 80.0)]), RD)
    assert lines["name"].tolist() == ["Kade", "Kade", "Steeg"]
    assert [shape.geom_type for shape in lines.geometry] == ["LineString", "LineString", "Point"]


def test_streets_that_cross_are_not_joined() -> None:
    lines = street_lines(
        register(
            Oost=[(float(x), 0.0) for x in range(-200, 200, 10)],
            Noord=[(0.0, float(y)) for y in range(-200, 200, 10)],
        ),
        RD,
    )
    for shape in lines.geometry:
        west, south, east, north = in_metres(shape).bounds
        assert min(east - west, north - south) < 1


def test_the_order_of_addresses_does_not_matter() -> None:
    table = register(A=two_sides(300), B=[(y * 1.0, x + 40.0) for x, y in two_sides(200)])
    shuffled = table.sample(frac=1, random_state=3)
    assert street_lines(table, RD).equals(street_lines(shuffled, RD))


def test_no_addresses_make_no_streets() -> None:
    assert street_lines(register(A=two_sides(50)).iloc[:0], RD).empty
