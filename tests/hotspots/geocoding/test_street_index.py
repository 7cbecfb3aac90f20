"""Streets found by where their addresses lie are those that lie between the same degrees."""

import numpy as np

from hotspots.geocoding.street_index import StreetIndex
from hotspots.geography.point_grid import PointGrid
from hotspots.geography.projection import Projection

RNG = np.random.default_rng(4)
PROJECTION = Projection("EPSG:28992")
NAMES = ["Plein", "Één Straat", "Kade"]


def test_each_box_gets_the_streets_and_points_of_the_addresses_in_it() -> None:
    lon, lat = 5.69 + RNG.uniform(0, 0.01, 2_000), 50.85 + RNG.uniform(0, 0.01, 2_000)
    x, y = PROJECTION.to_metres(lon, lat)
    street = RNG.integers(0, 3, 2_000).astype(np.int32)
    index = StreetIndex.of(PointGrid.of(x, y, cell_m=50.0), street, NAMES)
    boxes = [(5.691, 50.851, 5.694, 50.8515), (5.0, 50.0, 5.001, 50.001), (5.69, 50.85, 5.7, 50.86)]
    for (west, south, east, north), (streets, points) in zip(
        boxes, index.within(boxes, PROJECTION), strict=True
    ):
        is_in = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        wanted = sorted(zip(np.array(NAMES)[street[is_in]], x[is_in], y[is_in], strict=True))
        assert sorted(zip(streets, *points.T, strict=True)) == wanted
    assert len(points) == 2_000
    assert set(streets) == set(NAMES)
