"""The buurt of a point."""

import geopandas as gpd
import numpy as np
import shapely

from hotspots.geography.areas import AreaIndex

# ::
#
#     5.0     5.1     5.2
#      | BU1   | BU2   |
#
AREAS = gpd.GeoDataFrame(
    {"buurtcode": ["BU1", "BU2"]},
    geometry=[shapely.box(5.0, 51.0, 5.1, 51.1), shapely.box(5.1, 51.0, 5.2, 51.1)],
    crs="EPSG:4326",
)


def test_a_point_is_found_in_its_buurt_and_outside_in_none() -> None:
    lon = [5.05, 5.15, 5.1, 6.0, np.nan]
    assert AreaIndex(AREAS).locate(lon, [51.05] * 5).tolist() == ["BU1", "BU2", "BU1", None, None]


def test_no_areas_and_no_points_give_no_buurt() -> None:
    assert AreaIndex(AREAS.iloc[:0]).locate([5.05], [51.05]).tolist() == [None]
    assert AreaIndex(AREAS).locate([], []).tolist() == []
