"""The areas that ship for a municipality: boundaries, or else areas derived from the centres of buurten."""

from functools import lru_cache
from pathlib import Path

import geopandas as gpd

from hotspots.geography.approximate_areas import approximate_areas
from hotspots.geography.area_files import read_area_file
from hotspots.geography.projection import Projection


def shipped_areas(centres: Path, projection: Projection) -> gpd.GeoDataFrame | None:
    """Read the boundaries beside a CSV of centres (``.geojson``), else derive them from the centres.

    Parameters
    ----------
    centres
        ``geodata/<code>_buurten.csv``; need not exist.

    Returns
    -------
    GeoDataFrame or None
        As :func:`~hotspots.geography.area_files.read_area_file` gives them; is_approximate tells which of
        the two. None if neither file exists.
    """
    boundaries = centres.with_suffix(".geojson")
    if boundaries.exists():
        return _boundaries(boundaries).copy()
    return approximate_areas(centres, projection) if centres.exists() else None


@lru_cache(maxsize=2)
def _boundaries(path: Path) -> gpd.GeoDataFrame:
    return read_area_file(path, is_ours=True).areas
