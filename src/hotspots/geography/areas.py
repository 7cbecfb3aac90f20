"""The buurt of a point."""

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    import geopandas as gpd


class AreaIndex:
    """Finds the buurt of a point.

    Parameters
    ----------
    areas
        GeoDataFrame with buurtcode and geometry (lon/lat WGS 84). On a shared border the first code wins.
    """

    def __init__(self, areas: "gpd.GeoDataFrame") -> None:
        self._codes = areas["buurtcode"].to_numpy(dtype=object)
        self._shapes = areas.geometry.to_numpy()
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)

    def __len__(self) -> int:
        return len(self._codes)

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> NDArray[np.object_]:
        """Give the buurtcode of each point; None outside all areas and for a point that is not finite."""
        lon_, lat_ = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        found = np.full(lon_.shape, None, dtype=object)
        known = np.flatnonzero(np.isfinite(lon_) & np.isfinite(lat_))
        if len(known) == 0 or len(self._codes) == 0:
            return found
        point, area = self._tree.query(shapely.points(lon_[known], lat_[known]), predicate="intersects")
        order = np.lexsort((-area, point))  # the last one written, the lowest area, stays
        found[known[point[order]]] = self._codes[area[order]]
        return found
