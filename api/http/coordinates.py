"""The coordinate systems of features in requests and answers: degrees, or metres of the municipality."""

from collections.abc import Callable

import shapely
from fastapi.exceptions import RequestValidationError
from shapely.geometry.base import BaseGeometry

from hotspots.geography.projection import Projection
from hotspots.settings import Settings

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"

Transform = Callable[[BaseGeometry], BaseGeometry]


def coordinate_systems(settings: Settings) -> dict[str, str]:
    """The coordinate systems on offer: the code of each, by its URI."""
    authority, _, code = settings.municipality.crs.partition(":")
    systems = {CRS84: "CRS84"}
    if authority.upper() == "EPSG" and code.isdecimal():
        systems[f"http://www.opengis.net/def/crs/EPSG/0/{code}"] = settings.municipality.crs
    return systems


def transform_to(settings: Settings, uri: str, *, parameter: str = "crs") -> Transform:
    """Give the transformation of lon/lat geometries to the system with this URI, from a query parameter.

    Raises
    ------
    RequestValidationError
        If the system is not among :func:`coordinate_systems`.
    """
    systems = coordinate_systems(settings)
    if uri not in systems:
        message = f"moet een van deze zijn: {', '.join(systems)}"
        error = {"type": "value_error", "loc": ("query", parameter), "input": uri}
        raise RequestValidationError([error | {"ctx": {"error": message}}])
    if uri == CRS84:
        return lambda geometry: geometry
    return Projection(systems[uri]).geometry_to_metres


def box_in_degrees(
    settings: Settings, box: tuple[float, float, float, float], uri: str, *, parameter: str
) -> BaseGeometry:
    """Give a box (lower, upper corner) in a system as a lon/lat shape; raises as :func:`transform_to`."""
    transform_to(settings, uri, parameter=parameter)  # refuses systems that are not offered
    shape: BaseGeometry = shapely.box(*box)
    if uri == CRS84:
        return shape
    # a straight side in metres is curved in degrees: follow it in short steps
    side = max(box[2] - box[0], box[3] - box[1], 1.0)
    projection = Projection(coordinate_systems(settings)[uri])
    return projection.geometry_to_degrees(shapely.segmentize(shape, side / 20))


def parse_box(text: str) -> tuple[float, float, float, float]:
    """Parse a box of four numbers (lower, upper corner), or of six with heights, which are ignored.

    Raises
    ------
    ValueError
        With what is wrong, in Dutch.
    """
    wanted = "moet vier of zes getallen met komma's ertussen zijn, laagste hoek eerst"
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(wanted) from None
    if len(numbers) == 6:
        numbers = [numbers[0], numbers[1], numbers[3], numbers[4]]
    if len(numbers) != 4 or not (numbers[0] <= numbers[2] and numbers[1] <= numbers[3]):
        raise ValueError(wanted)
    if not all(abs(number) < 1e9 for number in numbers):
        raise ValueError(wanted)
    return numbers[0], numbers[1], numbers[2], numbers[3]


def precision_of(uri: str) -> float:
    """Give the rounding of coordinates in a system: about a centimetre in degrees, a millimetre in metres."""
    return 1e-7 if uri == CRS84 else 0.001
