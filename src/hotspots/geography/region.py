"""Where the coordinate system of the municipality is used, and why points lie elsewhere."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hotspots.geography.projection import WGS84, Projection


def is_in_region(lon: ArrayLike, lat: ArrayLike, crs: str) -> NDArray[np.bool_]:
    """Tell for each point whether it lies where a projected system is used.

    Examples
    --------
    >>> is_in_region([5.69, 50.85, np.inf], [50.85, 5.69, 50.0], "EPSG:28992").tolist()
    [True, False, False]
    """
    lon_, lat_ = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    west, south, east, north = Projection(crs).area_of_use
    # a region over the date line has its west east of its east
    is_between = (lon_ >= west) & (lon_ <= east) if west <= east else (lon_ >= west) | (lon_ <= east)
    return np.asarray(is_between & (lat_ >= south) & (lat_ <= north), dtype=np.bool_)


def why_elsewhere(x: ArrayLike, y: ArrayLike, *, read_as: str, crs: str) -> str:
    """Say that points lie outside the region of the municipality's system, and why; empty when none does.

    Parameters
    ----------
    x, y
        As written: longitude and latitude in degrees, or metres.
    read_as
        The system that they are said to be in.
    crs
        The system of the municipality.

    Examples
    --------
    >>> why_elsewhere([5.69], [50.85], read_as="EPSG:4326", crs="EPSG:28992")
    ''
    >>> why_elsewhere([50.85], [5.69], read_as="EPSG:4326", crs="EPSG:28992").rpartition(": ")[2]
    'latitude and longitude are swapped'
    """
    x_, y_ = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    lon, lat = _degrees(x_, y_, read_as)
    is_outside = ~is_in_region(lon, lat, crs)
    if not is_outside.any():
        return ""
    west, south, east, north = Projection(crs).area_of_use
    first = int(np.flatnonzero(is_outside)[0])
    reason = _reason(x_[is_outside], y_[is_outside], read_as, crs)
    why = f": {reason}" if reason else ""
    return (
        f"{is_outside.sum()} of {len(x_)} outside the region of {crs} (lon {west:g} to {east:g}, lat "
        f"{south:g} to {north:g}), such as lon {lon[first]:.6g}, lat {lat[first]:.6g}{why}"
    )


def _reason(x: NDArray[np.float64], y: NDArray[np.float64], read_as: str, crs: str) -> str:
    for system in dict.fromkeys((read_as, WGS84, crs)):
        for is_swapped in (False, True):
            pair = (y, x) if is_swapped else (x, y)
            if is_in_region(*_degrees(*pair, system), crs).all():
                swapped = "latitude and longitude" if system == WGS84 else "x and y"
                reasons = [f"{swapped} are swapped"] if is_swapped else []
                if system != read_as:
                    reasons.insert(0, f"the numbers are of {system}, and were read as {read_as}")
                return " and ".join(reasons)
    return ""


def _degrees(
    x: NDArray[np.float64], y: NDArray[np.float64], system: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return (x, y) if system == WGS84 else Projection(system).to_degrees(x, y)
