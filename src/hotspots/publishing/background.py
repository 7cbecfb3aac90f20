"""The background of maps, from what is there: own tiles that can be read, else imported lines and areas,
else the streets of the address register.

It is given in tiles of 512 pixels (numbered as those of 256 pixels are at one level less), each with as much
as can be seen at that zoom level, so that a page stays light.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asinh, atan, atan2, cos, degrees, floor, pi, radians, sinh, tan
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection

from hotspots.errors import BackgroundError
from hotspots.files.tile_file import readable_tiles
from hotspots.settings import MapSettings
from hotspots.store.background import (
    CHOICE,
    NO_FEATURES,
    Features,
    Origin,
    background_version,
    read_features,
    read_house_numbers,
    read_imported,
)
from hotspots.store.boxes import Box
from hotspots.store.metadata import read_fact, write_fact

TILE_PIXELS = 512
LEAST_ZOOM, GREATEST_ZOOM = 10, 19
HOUSES_FROM = 17
"""Zoom level from which houses are shown with their number."""

LEAST_PIXELS = 16
"""Smallest feature that is drawn."""

MAX_FEATURES = 220
"""Most features in one tile; the smallest are left out."""

MAX_HOUSES = 700

PICTURE_PIXELS, PICTURE_FEATURES, PICTURE_IMAGES = 1400, 2500, 24
"""Width of a picture, for what can be seen on it; most features, and most images of tiles."""

NAME_STEPS = 140
"""Least size of a feature whose name is written, in half pixels."""

_EQUATOR_M = 40_075_016.686
_STEPS_PER_PIXEL = 2

Tile = dict[str, Any]
"""``v``: features, each [kind, name, where the name stands ([x, y, angle], [x, y] or []), [x, y, …], …], with
a list of coordinates per line or ring; ``h``: houses, each [number, x, y]. Coordinates are half pixels
from the corner above left."""


@dataclass(frozen=True)
class Background:
    """What maps stand on.

    Attributes
    ----------
    kind
        ``tiles`` (a file of images), ``features`` (lines and areas), ``pdok-grijs``, or ``none``.
    version
        Another one after each change.
    attribution
        Whose data they are, in plain text.
    """

    kind: str
    version: str = ""
    attribution: str = ""
    origin: Origin = Origin.REGISTER
    zooms: tuple[int, int] = (LEAST_ZOOM, GREATEST_ZOOM)


NONE = Background("none")

CHOICES = ("own", "none", "pdok-grijs")
"""What `[map] basemap` can be, and what an administrator can choose in its place."""


def choose_background(connection: Connection, settings: MapSettings) -> Background:
    """Give the background that maps have now: what an administrator chose, or else what is there."""
    chosen = read_fact(connection, CHOICE) or settings.basemap
    if chosen == "pdok-grijs":
        return Background(chosen, attribution="Kaartgegevens © Kadaster")
    if chosen == "none":
        return NONE
    file = readable_tiles(settings.tiles)
    if file is not None:
        least, greatest = file.zooms
        # tiles of 256 pixels: at each zoom level four times as many as ours of 512
        return Background("tiles", file.version, file.attribution, zooms=(least + 1, greatest + 1))
    for origin in (Origin.FILE, Origin.REGISTER):
        version = background_version(connection, origin)
        if version:
            imported = read_imported(connection) if origin is Origin.FILE else None
            attribution = imported.attribution if imported else "Adressenregister"
            return Background("features", version, attribution, origin)
    return NONE


def choose(connection: Connection, choice: str) -> None:
    """Let maps have another background than the setting says.

    Raises
    ------
    BackgroundError
        If there is no such choice.
    """
    if choice not in CHOICES:
        raise BackgroundError(f"wanted one of {', '.join(CHOICES)}, found '{choice}'")
    write_fact(connection, CHOICE, choice)


def tile_box(zoom: int, column: int, row: int) -> Box:
    """West, south, east, north of a tile, in degrees.

    Examples
    --------
    >>> [round(edge, 3) for edge in tile_box(1, 0, 0)]
    [-180.0, -85.051, 180.0, 85.051]
    """
    count = 2 ** (zoom - 1)
    return (
        column / count * 360 - 180,
        _latitude(1 - 2 * (row + 1) / count),
        (column + 1) / count * 360 - 180,
        _latitude(1 - 2 * row / count),
    )


def read_image(settings: MapSettings, zoom: int, column: int, row: int) -> tuple[bytes, str] | None:
    """The image of a tile of 256 pixels and its media type; None where there is none that can be read."""
    file = readable_tiles(settings.tiles)
    try:
        return None if file is None else file.image(zoom, column, row)
    except BackgroundError:  # the file is damaged there, or went meanwhile
        return None


def image_url(settings: MapSettings, zoom: int, column: int, row: int) -> str:
    """The image of a tile as a URL that holds it; "" if there is none."""
    found = read_image(settings, zoom, column, row)
    return "" if found is None else f"data:{found[1]};base64,{b64encode(found[0]).decode()}"


def make_tile(
    connection: Connection,
    background: Background,
    zoom: int,
    column: int,
    row: int,
    *,
    with_houses: bool = True,
) -> Tile:
    """Give what is drawn in one tile, from level 17 with the houses unless they are not wanted."""
    box = tile_box(zoom, column, row)
    pixel_m = _EQUATOR_M * cos(radians((box[1] + box[3]) / 2)) / 2 ** (zoom + 8)
    found = read_features(
        connection, background.origin, box, least_m=LEAST_PIXELS * pixel_m, limit=MAX_FEATURES
    )
    tile: Tile = {"v": list(_drawn(found, zoom, column, row))}
    if with_houses and zoom >= HOUSES_FROM:
        houses = read_house_numbers(connection, box, limit=MAX_HOUSES)
        points = _to_steps(np.array([house[1:] for house in houses]).reshape(-1, 2), zoom, column, row)
        tile["h"] = [
            [house[0], *point]
            for house, point in zip(houses, points.round().astype(int).tolist(), strict=True)
        ]
    return tile


def tiles_over(box: Box, zooms: tuple[int, int], *, most: int) -> Iterator[tuple[int, int, int]]:
    """The tiles over a box, of the deepest of these zoom levels at which there are at most so many."""
    west, south, east, north = box
    for zoom in range(min(zooms[1], GREATEST_ZOOM), zooms[0] - 1, -1):
        left, top = _numbers(west, north, zoom)
        right, bottom = _numbers(east, south, zoom)
        if (right - left + 1) * (bottom - top + 1) <= most:
            break
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield zoom, column, row


@dataclass(frozen=True)
class Ground:
    """What lies under a picture.

    Attributes
    ----------
    features
        Lines and areas, largest first.
    images
        Images of tiles, each with the box that it fills.
    """

    features: Features
    images: Sequence[tuple[Box, bytes]] = ()


def read_ground(
    connection: Connection, settings: MapSettings, background: Background, box: Box
) -> Ground | None:
    """Read what a picture of a box shows under it; None if maps have no background of our own."""
    if background.kind == "tiles":
        found = [
            (tile_box(zoom, column, row), read_image(settings, zoom - 1, column, row))
            for zoom, column, row in tiles_over(box, background.zooms, most=PICTURE_IMAGES)
        ]
        return Ground(NO_FEATURES, [(where, image[0]) for where, image in found if image is not None])
    if background.kind != "features":
        return None
    west, south, east, north = box
    width_m = (east - west) / 360 * _EQUATOR_M * cos(radians((south + north) / 2))
    least_m = LEAST_PIXELS * width_m / PICTURE_PIXELS
    return Ground(read_features(connection, background.origin, box, least_m=least_m, limit=PICTURE_FEATURES))


def _drawn(found: Features, zoom: int, column: int, row: int) -> Iterator[list[Any]]:
    steps = TILE_PIXELS * _STEPS_PER_PIXEL
    moved = shapely.transform(found.geometries, lambda points: _to_steps(points, zoom, column, row))
    simple = shapely.simplify(moved, 1.0, preserve_topology=False)
    margin = 8 * _STEPS_PER_PIXEL
    cut = shapely.clip_by_rect(simple, -margin, -margin, steps + margin, steps + margin)
    for kind, name, whole, shape in zip(found.kinds, found.names, moved, cut, strict=True):
        parts = [part for part in _parts(shape) if len(part) >= 4]
        if parts or (name and whole.geom_type == "Point"):
            yield [kind, name, _where_named(name, whole, steps), *parts]


def _where_named(name: str, shape: Any, steps: int) -> list[int]:
    """Where the name stands in this tile: along a line, or inside an area; nowhere if it doesn't fit."""
    if not name:
        return []
    inside = shapely.clip_by_rect(shape, 0, 0, steps, steps)
    if inside.is_empty:
        return []
    if shape.geom_type == "Point":
        return [round(shape.x), round(shape.y)]
    if "Line" not in shape.geom_type:
        west, south, east, north = inside.bounds
        if max(east - west, north - south) < NAME_STEPS:
            return []
        middle = inside.representative_point()
        return [round(middle.x), round(middle.y)]
    line = max(shapely.get_parts(inside), key=shapely.length)
    if line.length < NAME_STEPS:
        return []
    before, middle, after = (
        line.interpolate(line.length / 2 + step) for step in (-NAME_STEPS / 2, 0, NAME_STEPS / 2)
    )
    angle = round(degrees(atan2(after.y - before.y, after.x - before.x)))
    return [round(middle.x), round(middle.y), (angle + 90) % 180 - 90]


def _parts(shape: Any) -> Iterator[list[int]]:
    for part in shapely.get_parts(shape):
        lines = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for line in lines:
            if line.geom_type != "Point":
                yield np.round(shapely.get_coordinates(line)).astype(int).ravel().tolist()


def _to_steps(points: NDArray[np.float64], zoom: int, column: int, row: int) -> NDArray[np.float64]:
    """Degrees as half pixels from the corner of a tile."""
    scale = TILE_PIXELS * _STEPS_PER_PIXEL
    count = 2 ** (zoom - 1)
    x = (points[:, 0] + 180) / 360 * count - column
    y = (1 - np.arcsinh(np.tan(np.radians(points[:, 1]))) / pi) / 2 * count - row
    return np.column_stack([x, y]) * scale


def _numbers(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    count = 2 ** (zoom - 1)
    return (
        floor((lon + 180) / 360 * count),
        floor((1 - asinh(tan(radians(lat))) / pi) / 2 * count),
    )


def _latitude(height: float) -> float:
    return degrees(atan(sinh(pi * height)))
