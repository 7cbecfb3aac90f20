"""Lon/lat degrees to metres and back, in the one projected system of the municipality."""

from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from shapely.geometry.base import BaseGeometry

from hotspots.geography.geojson import cut_at_antimeridian

WGS84 = "EPSG:4326"


class Projection:
    """Transforms between lon/lat (WGS 84) and metres in a projected system.

    Parameters
    ----------
    crs
        The projected system, such as ``EPSG:28992`` (RD).

    Examples
    --------
    >>> x, y = Projection("EPSG:28992").to_metres([5.387206], [52.155174])
    >>> bool(abs(x[0] - 155000) < 1 and abs(y[0] - 463000) < 1)
    True
    """

    def __init__(self, crs: str) -> None:
        self.crs = crs

    @property
    def area_of_use(self) -> tuple[float, float, float, float]:
        """West, south, east and north of where the system is meant for, in degrees; the earth if not told.

        Examples
        --------
        >>> Projection("EPSG:28992").area_of_use
        (3.2, 50.75, 7.22, 53.7)
        """
        area = CRS.from_user_input(self.crs).area_of_use
        return (-180.0, -90.0, 180.0, 90.0) if area is None else area.bounds

    def to_metres(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give x and y in metres; not finite where the point lies outside the system."""
        return _transformed(WGS84, self.crs, lon, lat)

    def to_degrees(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give lon and lat in degrees."""
        return _transformed(self.crs, WGS84, x, y)

    def geometry_to_metres(self, geometry: BaseGeometry) -> BaseGeometry:
        """Give a lon/lat geometry in metres."""
        moved: BaseGeometry = self.geometries_to_metres(np.array([geometry], dtype=object))[0]
        return moved

    def geometries_to_metres(self, geometries: NDArray[Any]) -> NDArray[Any]:
        """Give an array of lon/lat geometries in metres."""
        return np.asarray(_transformed_geometry(WGS84, self.crs, geometries), dtype=object)

    def geometry_to_degrees(self, geometry: BaseGeometry) -> BaseGeometry:
        """Give a geometry in metres as lon/lat."""
        moved: BaseGeometry = self.geometries_to_degrees(np.array([geometry], dtype=object))[0]
        return moved

    def geometries_to_degrees(self, geometries: NDArray[Any]) -> NDArray[Any]:
        """Give an array of geometries in metres as lon/lat, those across 180° in two parts."""
        return cut_at_antimeridian(_transformed_geometry(self.crs, WGS84, geometries))

    def box_around(self, geometry: BaseGeometry, reach_m: float) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees of a box with all that lies so near a geometry in metres."""
        west, south, east, north = geometry.bounds
        box = shapely.box(west - reach_m, south - reach_m, east + reach_m, north + reach_m)
        degrees: tuple[float, float, float, float] = self.geometry_to_degrees(box).bounds
        return degrees


@cache
def _transformer(source: str, target: str) -> Transformer:
    # only the grids that pyproj ships: the answer must not depend on what else is installed or reachable
    return Transformer.from_crs(source, target, always_xy=True)


def _transformed(
    source: str, target: str, first: ArrayLike, second: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    x, y = _transformer(source, target).transform(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def _transformed_geometry(source: str, target: str, geometry: Any) -> Any:
    def transform(coordinates: NDArray[np.float64]) -> NDArray[Any]:
        return np.column_stack(_transformed(source, target, coordinates[:, 0], coordinates[:, 1]))

    return shapely.transform(geometry, transform)
