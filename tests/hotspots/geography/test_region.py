"""Points are held against the region in which the system of the municipality is used."""

import numpy as np
import pytest

from hotspots.geography.projection import WGS84, Projection
from hotspots.geography.region import is_in_region, why_elsewhere

RD, UTM, LAMBERT, FIJI = "EPSG:28992", "EPSG:32631", "EPSG:31370", "EPSG:3460"
LON, LAT = [5.69, 5.70], [50.85, 50.86]


def metres(crs: str) -> tuple[list[float], list[float]]:
    """The two points in a projected system."""
    x, y = Projection(crs).to_metres(LON, LAT)
    return x.tolist(), y.tolist()


@pytest.mark.parametrize(
    ("x", "y", "read_as", "why"),
    [
        pytest.param(LON, LAT, WGS84, None, id="degrees"),
        pytest.param(*metres(RD), RD, None, id="RD"),
        pytest.param(*metres(UTM), UTM, None, id="UTM that says so"),
        pytest.param(LAT, LON, WGS84, "latitude and longitude are swapped", id="degrees swapped"),
        pytest.param(*metres(RD)[::-1], RD, "x and y are swapped", id="RD swapped"),
        pytest.param(
            LON, LAT, RD, "the numbers are of EPSG:4326, and were read as EPSG:28992", id="degrees as RD"
        ),
        pytest.param(LAT, LON, RD, "and latitude and longitude are swapped", id="degrees swapped, as RD"),
        pytest.param(*metres(RD), WGS84, "the numbers are of EPSG:28992", id="RD as degrees"),
        pytest.param(*metres(RD)[::-1], WGS84, "and x and y are swapped", id="RD swapped, as degrees"),
        pytest.param(*metres(UTM), RD, "", id="UTM as RD"),
        pytest.param(*metres(LAMBERT), RD, "", id="Belgian Lambert as RD"),
        pytest.param(*metres("EPSG:3857"), RD, "", id="Web Mercator as RD"),
        pytest.param(*metres("EPSG:3035"), RD, "", id="LAEA as RD"),
        pytest.param([0.0, 0.0], [0.0, 0.0], WGS84, "", id="zeros"),
        pytest.param([-73.9, -73.8], [40.7, 40.8], WGS84, "", id="another continent"),
    ],
)
def test_points_that_lie_elsewhere_are_told_with_the_reason(
    x: list[float], y: list[float], read_as: str, why: str | None
) -> None:
    told = why_elsewhere(x, y, read_as=read_as, crs=RD)
    if why is None:
        assert told == ""
    else:
        assert told.startswith("2 of 2 outside the region of EPSG:28992")
        assert why in told
        assert ("swapped" in told) == ("swapped" in why)


def test_one_point_elsewhere_among_many_is_told() -> None:
    assert why_elsewhere([5.69, 50.85], [50.85, 5.69], read_as=WGS84, crs=RD).startswith("1 of 2 outside")


def test_a_region_across_the_antimeridian_holds_both_sides() -> None:
    assert is_in_region([179.5, -179.5, 0.0], [-17.0, -17.0, -17.0], FIJI).tolist() == [True, True, False]


def test_a_point_that_is_none_lies_in_no_region() -> None:
    assert not is_in_region([np.nan, np.inf], [50.0, np.inf], RD).any()
