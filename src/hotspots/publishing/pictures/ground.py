"""What lies under the signs of a picture: land, borders, water, built-up ground, streets, and their names."""

from collections.abc import Collection, Sequence
from io import BytesIO
from math import atan2, cos, degrees, floor, hypot, log10, radians, sin
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image
from shapely.geometry.base import BaseGeometry

from hotspots.publishing.background import Ground
from hotspots.publishing.pictures.paper import INK, LINE, SOFT, plain
from hotspots.store.background import Kind

if TYPE_CHECKING:
    import geopandas as gpd

MIN_WIDTH_DEGREES = 0.012
"""Just under a kilometre, so that a single hotspot still has surroundings."""

_METRES_PER_DEGREE = 111_320
_NAME_POINTS = 4.5
_STREET_NAMES_WITHIN_M = 2500
_BUILT_UP_M = 70.0
"""Ground so near to a street is built up, where no buildings are known."""

_SEA, LAND, _AROUND, _BUILT_UP = "#e9edf0", "#fbfbf9", "#f3f4f4", "#ecebe6"
_WATER_NAME = "#3b6a8f"
_AREAS = (Kind.GREEN, Kind.WATER, Kind.BUILDING)
_GROUND = {
    Kind.GREEN: "#dfeadb",
    Kind.WATER: "#cfe0ee",
    Kind.BUILDING: "#dcdcdf",
    Kind.ROAD: "#c3cad2",
    Kind.RAILWAY: "#b5b8bd",
    Kind.STREET: "#d0d6dc",
}


def is_approximate(areas: "gpd.GeoDataFrame") -> bool:
    """Whether the borders of areas are derived from their centres."""
    return "is_approximate" in areas and bool(areas["is_approximate"].any())


def shape_of(view: tuple[float, ...] | None) -> float:
    """The height of a view per width, as it will be drawn."""
    if view is None:
        return 0.0
    west, south, east, north = view
    return (north - south) / max((east - west) * cos(radians((south + north) / 2)), MIN_WIDTH_DEGREES / 2)


def frame_view(axes: Axes, view: tuple[float, ...] | None, *, margin: float, height_per_width: float) -> None:
    """Set what is looked at, undistorted, with a margin as a share of its width and height."""
    axes.set_facecolor(_SEA)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(LINE)
    if view is None:
        axes.set_axis_off()
        return
    west, south, east, north = view
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    shrink = cos(radians(middle_y))  # length of a degree of longitude, relative to one of latitude
    width = max((east - west) * (1 + 2 * margin), MIN_WIDTH_DEGREES)
    height = max((north - south) * (1 + 2 * margin), width * shrink * height_per_width)
    width = height / shrink / height_per_width
    axes.set_xlim(middle_x - width / 2, middle_x + width / 2)
    axes.set_ylim(middle_y - height / 2, middle_y + height / 2)


def draw_land(axes: Axes, areas: "gpd.GeoDataFrame", codes: Collection[str] | None = None) -> None:
    """Draw the buurten, those that the map is about lighter; no edge of the land where it is made up."""
    by_guess = is_approximate(areas)
    if by_guess:  # the outer edge is only how far was looked from a centre
        axes.set_facecolor(LAND)
    # the view is set elsewhere, so matplotlib need not measure these
    rings: list[NDArray[np.float64]] = []
    colours: list[str] = []
    for code, shape in zip(areas["buurtcode"], areas.geometry, strict=True):
        own = rings_of([shape])
        rings += own
        colours += [LAND if codes is None or code in codes else _AROUND] * len(own)
    land = PolyCollection(rings, facecolors=colours, edgecolor="none", zorder=1)
    axes.add_collection(land, autolim=False)


def draw_borders(axes: Axes, areas: "gpd.GeoDataFrame", codes: Collection[str] | None = None) -> None:
    """Draw the borders of buurten, dashed where they are approximate, and around what the map is about."""
    by_guess = is_approximate(areas)
    style: dict[str, Any] = {"linestyles": (0, (3, 2.5))} if by_guess else {}
    borders = PolyCollection(
        rings_of(areas.geometry),
        facecolor="none",
        edgecolor=LINE,
        linewidth=0.35 if by_guess else 0.5,
        zorder=1.45,
        **style,
    )
    axes.add_collection(borders, autolim=False)
    if codes:
        own = shapely.union_all(shapely.make_valid(areas.geometry[areas["buurtcode"].isin(codes)].to_numpy()))
        around = PolyCollection(
            rings_of([own]), facecolor="none", edgecolor=SOFT, linewidth=1.0, zorder=1.46, **style
        )
        axes.add_collection(around, autolim=False)


def draw_ground(axes: Axes, ground: Ground) -> None:
    """Draw the background: images of tiles, or water, green, buildings and streets."""
    for (west, south, east, north), image in ground.images:
        pixels = np.asarray(Image.open(BytesIO(image)).convert("RGB"))
        axes.imshow(pixels, extent=(west, east, south, north), aspect="auto", alpha=0.8, zorder=1.2)
    features = ground.features
    if Kind.BUILDING not in features.kinds:
        _draw_built_up(axes, ground)
    for kind in Kind:
        shapes = [
            shape for own, shape in zip(features.kinds, features.geometries, strict=True) if own == kind
        ]
        colour = _GROUND[kind]
        if kind in _AREAS:
            areas = PolyCollection(rings_of(shapes), facecolor=colour, edgecolor="none", zorder=1.3)
            axes.add_collection(areas, autolim=False)
        lines = [
            shapely.get_coordinates(part) for part in shapely.get_parts(shapes) if "Line" in part.geom_type
        ]
        # a river or a brook may come as a line
        width = 1.6 if kind is Kind.WATER else 0.8
        drawn = LineCollection(lines, colors=colour, linewidth=width, zorder=1.4)
        axes.add_collection(drawn, autolim=False)


def _draw_built_up(axes: Axes, ground: Ground) -> None:
    """Shade the ground along streets, by which a town is known where nothing tells of its buildings."""
    features = ground.features
    streets = [
        shape
        for kind, shape in zip(features.kinds, features.geometries, strict=True)
        if kind in (Kind.STREET, Kind.ROAD) and "Line" in shape.geom_type
    ]
    if not streets:
        return
    south, north = axes.get_ylim()
    shrink = cos(radians((south + north) / 2))
    # in units in which a degree is as long in both directions
    lines = shapely.transform(streets, lambda points: points * (shrink, 1.0))
    reach = _BUILT_UP_M / _METRES_PER_DEGREE
    simple = shapely.simplify(lines, reach / 4)
    built = shapely.union_all(shapely.buffer(simple, reach, quad_segs=2))
    shape = shapely.transform(shapely.simplify(built, reach / 8), lambda points: points / (shrink, 1.0))
    drawn = PolyCollection(rings_of([shape]), facecolor=_BUILT_UP, edgecolor="none", zorder=1.25)
    axes.add_collection(drawn, autolim=False)


def name_ground(axes: Axes, ground: Ground, taken: NDArray[np.float64]) -> None:
    """Write the names of what lies under the picture, the largest first, where there is room.

    From further off only of water. `taken` has the boxes of what is written already, in pixels.
    """
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    is_near = (north - south) * _METRES_PER_DEGREE <= _STREET_NAMES_WITHIN_M
    box = axes.get_window_extent()
    per_letter = 0.6 * _NAME_POINTS * axes.figure.dpi / 72
    features = ground.features
    known: set[str] = set()
    for kind, name, shape in zip(features.kinds, features.names, features.geometries, strict=True):
        is_water = kind == Kind.WATER
        if not name or not (is_near or is_water) or (is_water and name in known):
            continue
        inside = shapely.clip_by_rect(shape, west, south, east, north)
        if inside.is_empty:
            continue
        line = max(shapely.get_parts(inside), key=shapely.length)
        ends = axes.transData.transform(shapely.get_coordinates(line.boundary if line.length else line))
        width = per_letter * len(name)
        is_line = "Line" in line.geom_type
        size = np.ptp(axes.transData.transform(shapely.get_coordinates(line)), axis=0)
        if hypot(*(np.ptp(ends, axis=0) if is_line else size)) < width:
            continue
        middle = line.interpolate(0.5, normalized=True) if is_line else line.representative_point()
        x, y = axes.transData.transform((middle.x, middle.y))
        slope = ends[-1] - ends[0] if len(ends) > 1 and is_line else np.array([1.0, 0.0])
        angle = (degrees(atan2(slope[1], slope[0])) + 90) % 180 - 90
        half_x = abs(cos(radians(angle))) * width / 2 + per_letter
        half_y = abs(sin(radians(angle))) * width / 2 + per_letter
        own = [x - half_x, y - half_y, x + half_x, y + half_y]
        beside = (taken[:, 2] < own[0]) | (taken[:, 0] > own[2])
        outside = own[0] < box.x0 or own[2] > box.x1 or own[1] < box.y0 or own[3] > box.y1
        if outside or not (beside | (taken[:, 3] < own[1]) | (taken[:, 1] > own[3])).all():
            continue
        taken = np.vstack([taken, own])
        known.add(name)
        axes.text(
            middle.x,
            middle.y,
            plain(name),
            fontsize=_NAME_POINTS,
            fontstyle="italic" if is_water else "normal",
            color=_WATER_NAME if is_water else SOFT,
            rotation=angle,
            ha="center",
            va="center",
            zorder=1.5,
        )


def furniture(axes: Axes) -> NDArray[np.float64]:
    """The boxes of scale bar and arrow to the north, in pixels, where nothing else is to be written."""
    box = axes.get_window_extent()
    shares = np.array([[0.0, 0.0, _scale(axes)[1] + 0.06, 0.09], [0.93, 0.86, 1.0, 1.0]])
    return np.asarray(shares * np.tile(box.size, 2) + np.tile(box.p0, 2))


def _scale(axes: Axes) -> tuple[float, float]:
    """The length of the scale bar in metres, and as a share of the width."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    metres_wide = (east - west) * _METRES_PER_DEGREE * cos(radians((south + north) / 2))
    length = scale_length(metres_wide / 5)
    return length, length / metres_wide


def add_scale_and_north(axes: Axes) -> None:
    """Add a scale bar of a round length and an arrow to the north, which is up."""
    length, share = _scale(axes)
    words = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    back: dict[str, Any] = {
        "facecolor": "#ffffffd9",
        "edgecolor": "none",
        "zorder": 5,
        "transform": axes.transAxes,
    }
    axes.add_patch(Rectangle((0.012, 0.012), share + 0.036, 0.07, **back))
    ink: dict[str, Any] = {"color": INK, "transform": axes.transAxes, "zorder": 6}
    edges = [0.03, 0.03, 0.03 + share, 0.03 + share]
    axes.plot(edges, [0.036, 0.025, 0.025, 0.036], linewidth=1.0, **ink)
    axes.text(0.03 + share / 2, 0.042, words, ha="center", fontsize=6, **ink)
    axes.annotate(
        "N",
        xy=(0.965, 0.98),
        xytext=(0.965, 0.895),
        xycoords="axes fraction",
        ha="center",
        fontsize=7,
        fontweight="bold",
        color=INK,
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 1.0},
        bbox={"boxstyle": "circle,pad=0.15", "facecolor": "#ffffffd9", "edgecolor": "none"},
        zorder=6,
    )


def scale_length(most_m: float) -> float:
    """Give the longest round length, in metres, up to this maximum.

    Examples
    --------
    >>> [scale_length(metres) for metres in (90, 640, 2600)]
    [50.0, 500.0, 2000.0]
    """
    power = 10.0 ** floor(log10(most_m))
    return max(step * power for step in (1, 2, 5) if step * power <= most_m)


def middle_of(shape: BaseGeometry) -> shapely.Point:
    """The point in a shape where a label has most room."""
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return shape.representative_point()
    west, _, east, _ = shape.bounds
    circle: Any = shapely.maximum_inscribed_circle(shape, tolerance=max((east - west) / 50, 1e-6))
    return shapely.Point(circle.coords[0]) if circle.length else shape.representative_point()


def rings_of(shapes: Sequence[BaseGeometry]) -> list[NDArray[np.float64]]:
    """The outer rings of polygons among shapes."""
    parts = shapely.get_parts(list(shapes))
    return [shapely.get_coordinates(part.exterior) for part in parts if isinstance(part, shapely.Polygon)]
