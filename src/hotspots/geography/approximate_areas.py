"""Areas derived from their centres: what there is until the official boundaries are imported."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from hotspots.geography.projection import WGS84, Projection

APPROXIMATE_REACH_M = 2000.0
"""How far a derived area reaches from its centre: far enough to hold the outskirts of a city."""


def approximate_areas(path: Path, projection: Projection) -> gpd.GeoDataFrame:
    """Derive areas from a table of centres: each place belongs to the nearest centre (Voronoi cells).

    Parameters
    ----------
    path
        CSV with buurtcode, buurtnaam, wijkcode, wijknaam, gemeentecode, gemeentenaam, aantal_inwoners, lon
        and lat.
    projection
        Metres, in which distances are measured.

    Returns
    -------
    GeoDataFrame
        As :func:`~hotspots.geography.area_files.read_area_file` gives them, with is_approximate True; no area
        reaches further than 2 km from its centre.
    """
    table = pd.read_csv(path, dtype={"buurtcode": str, "wijkcode": str, "gemeentecode": str})
    return areas_around(table, projection)


def areas_around(centres: pd.DataFrame, projection: Projection) -> gpd.GeoDataFrame:
    """Derive areas from centres, as :func:`approximate_areas`, of a table with its columns."""
    x, y = projection.to_metres(centres["lon"], centres["lat"])
    points = np.atleast_1d(np.asarray(shapely.points(x, y), dtype=object))
    reach = shapely.union_all(shapely.buffer(points, APPROXIMATE_REACH_M))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=shapely.envelope(reach))
    )
    cell_of_point = shapely.STRtree(cells).query(points, predicate="within")[1]
    shapes = [
        projection.geometry_to_degrees(shapely.intersection(cells[cell], reach)) for cell in cell_of_point
    ]
    table = centres.rename(columns={"aantal_inwoners": "inhabitants"}).drop(columns=["lon", "lat"])
    table["inhabitants"] = table["inhabitants"].astype("float64")
    table["is_approximate"] = True
    areas = gpd.GeoDataFrame(table, geometry=shapes, crs=WGS84)
    return areas.sort_values("buurtcode", ignore_index=True)
