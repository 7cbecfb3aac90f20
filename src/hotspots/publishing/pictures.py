"""Maps as PNG or SVG for reports and letters; the same input gives the same file."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import atan2, cos, degrees, floor, log10, radians, sin
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray
from PIL import Image
from shapely.geometry.base import BaseGeometry

from hotspots.publishing.background import Ground
from hotspots.publishing.picture_signs import colours_of, draw_signs, legend_of
from hotspots.publishing.public_map import PublicMap
from hotspots.publishing.weekly_map import WeeklyMap, bounds, bounds_of
from hotspots.store.background import Kind
from hotspots.wording import day

if TYPE_CHECKING:
    import geopandas as gpd

MIN_WIDTH_DEGREES = 0.012
"""Just under a kilometre, so that a single hotspot still has surroundings."""

_MANY_BUURTEN = 20
"""With more, their names don't fit; the list beside the map has them."""

_METRES_PER_DEGREE = 111_320
_LABEL_OFFSET, _LABEL_POINTS = (8, 4), 7
_GROUND_POINTS = 5
_STREET_NAMES_WITHIN_M = 2500

# least number of reports, label, colour (darker for more), whether text on it is white
_CLASSES: tuple[tuple[int, str, str, bool], ...] = (
    (60, "60 of meer", "#08306b", True),
    (30, "30 tot 55", "#2171b5", True),
    (15, "15 tot 25", "#6baed6", False),
    (0, "5 of 10", "#c6dbef", False),
)
_NOT_DISCLOSED = ("#f1f2f4", "////")
_HOTSPOT_MARK: Any = {
    "linestyle": "none",
    "marker": "D",
    "markersize": 5.5,
    "markerfacecolor": "#ffb612",
    "markeredgecolor": "#1c2733",
    "markeredgewidth": 1.0,
    "zorder": 5,
}

_SEA, _LAND, _LINE, _INK, _SOFT = "#e9edf0", "#f8fafb", "#9aa5b1", "#1c2733", "#4b5866"
_GROUND = {
    Kind.GREEN: "#dfeadb",
    Kind.WATER: "#cfe0ee",
    Kind.BUILDING: "#dcdcdf",
    Kind.ROAD: "#c3cad2",
    Kind.RAILWAY: "#b5b8bd",
    Kind.STREET: "#d0d6dc",
}
# text stays text in SVG, and neither format contains the time of writing
_STYLE: Any = {
    "svg.fonttype": "none",
    "hatch.color": "#aab3bd",
    "hatch.linewidth": 0.6,
    "svg.hashsalt": "hotspots",
    "font.family": ["DejaVu Sans"],
    # hinting is for small screens, not for print, and takes a quarter of the drawing time
    "text.hinting": "none",
}


@dataclass(frozen=True)
class _Sheet:
    """The layout of a sheet with a map."""

    size_inch: tuple[float, float]
    box: tuple[float, float, float, float]  # map: left, bottom, width, height; shares of the sheet
    dots_per_inch: int
    margin: float  # around the view, as a fraction of its width and height

    def begin(self) -> tuple[Figure, Axes]:
        figure = Figure(figsize=self.size_inch, dpi=self.dots_per_inch, facecolor="white")
        return figure, figure.add_axes(self.box)

    @property
    def height_per_width(self) -> float:
        return self.size_inch[1] * self.box[3] / (self.size_inch[0] * self.box[2])


_WEEKLY = _Sheet((10.0, 8.0), (0.03, 0.09, 0.94, 0.78), 150, 0.1)
_PRINTED = _Sheet((6.3, 5.6), (0.03, 0.165, 0.94, 0.745), 300, 0.03)


def draw_picture(shown: WeeklyMap, kind: str) -> bytes:
    """Draw a weekly map as ``png`` or ``svg``, with its title, legend, peildatum and source."""
    with mpl.rc_context(_STYLE):
        figure, axes = _WEEKLY.begin()
        _draw(axes, shown)
        _frame(axes, shown.areas, bounds(shown), _WEEKLY)
        if shown.ground is not None:
            _name_ground(axes, shown.ground)
        _label(axes, shown)
        _describe(figure, shown)
        _add_scale_and_north(axes)
        return _saved(figure, kind, shown.title)


def draw_public_picture(shown: PublicMap, kind: str) -> bytes:
    """Draw a public map as ``png`` or ``svg``, for print: 16 by 14 cm at 300 dots per inch."""
    with mpl.rc_context(_STYLE):
        figure, axes = _PRINTED.begin()
        codes = [buurt.code for buurt in shown.buurten]
        view = bounds_of(list(shown.areas[shown.areas["buurtcode"].isin(codes)].geometry))
        _frame(axes, None, view, _PRINTED)
        _draw_buurten(axes, shown)
        _describe_public(figure, shown)
        if view is not None:
            _add_scale_and_north(axes)
        return _saved(figure, kind, shown.title)


def _saved(figure: Figure, kind: str, title: str) -> bytes:
    output = BytesIO()
    # flat colours compress well even at the lowest level, in a third of the time
    options: dict[str, dict[str, Any]] = {
        "svg": {"metadata": {"Title": title, "Date": None}},
        "png": {"metadata": {"Title": title, "Software": None}, "pil_kwargs": {"compress_level": 3}},
    }
    figure.savefig(output, format=kind, **options[kind])
    return output.getvalue()


def _draw_buurten(axes: Axes, shown: PublicMap) -> None:
    disclosed = {buurt.code: buurt for buurt in shown.buurten}
    for code, shape in zip(shown.areas["buurtcode"], shown.areas.geometry, strict=True):
        buurt = disclosed.get(code)
        rings = _rings([shape])
        if buurt is None:
            axes.add_collection(PolyCollection(rings, facecolor=_LAND, edgecolor=_LINE, linewidth=0.4))
            continue
        colour, hatch = _NOT_DISCLOSED if buurt.figure is None else (_class_of(buurt.figure)[1], None)
        axes.add_collection(
            PolyCollection(rings, facecolor=colour, edgecolor="#66727f", linewidth=0.5, hatch=hatch, zorder=2)
        )
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    small = len(shown.buurten) > _MANY_BUURTEN
    for code, shape in zip(shown.areas["buurtcode"], shown.areas.geometry, strict=True):
        buurt, middle = disclosed.get(code), shape.representative_point()
        if buurt is None or not (west < middle.x < east and south < middle.y < north):
            continue
        figure = "" if buurt.figure is None else f"{buurt.figure}"
        name = "" if small else "\n".join(wrap(buurt.name, 16, break_long_words=False))
        text = "\n".join(part for part in (name, figure) if part)
        dark = buurt.figure is not None and _class_of(buurt.figure)[2]
        if text:
            axes.text(
                middle.x,
                middle.y,
                _plain(text),
                fontsize=5.5 if small else 6.5,
                color="white" if dark else _INK,
                ha="center",
                va="top" if buurt.has_hotspot else "center",
                zorder=4,
            )
        if buurt.has_hotspot:
            axes.plot(
                [middle.x],
                [middle.y],
                **_HOTSPOT_MARK,
                transform=axes.transData + ScaledTranslation(0, 5 / 72, axes.figure.dpi_scale_trans),
            )


def _class_of(figure: int) -> tuple[str, str, bool]:
    return next(entry for least, *entry in _CLASSES if figure >= least)  # type: ignore[return-value]


def _describe_public(figure: Figure, shown: PublicMap) -> None:
    figure.text(
        0.03, 0.955, _plain(shorten(shown.title, 60)), fontsize=13, fontweight="bold", color="#154273"
    )
    figure.text(0.03, 0.925, _plain(shown.subtitle), fontsize=9, color=_SOFT)
    handles: list[Any] = [
        Patch(facecolor=colour, edgecolor="#66727f", label=words)
        for _, words, colour, _ in reversed(_CLASSES)
    ]
    handles.append(
        Patch(facecolor=_NOT_DISCLOSED[0], edgecolor="#66727f", hatch=_NOT_DISCLOSED[1], label="niet getoond")
    )
    if shown.with_hotspot:
        handles.append(
            Line2D([], [], label="in deze buurt is een plek met herhaalde overlast", **_HOTSPOT_MARK)
        )
    figure.legend(
        handles=handles,
        loc="upper left",
        bbox_to_anchor=(0.02, 0.155),
        ncols=4,
        frameon=False,
        fontsize=7.5,
        title="Meldingen in het kwartaal, afgerond",
        title_fontsize=7.5,
        alignment="left",
        columnspacing=1.4,
    )
    notes = [shown.rounding, shown.source]
    if shown.peildatum is not None:
        notes[0] += f". Plekken: stand van {day(shown.peildatum)}"
    for number, note in enumerate(notes):
        figure.text(0.03, 0.038 - number * 0.02, _plain(f"{note}."), fontsize=6.3, color=_SOFT)
    if shown.is_simulated:
        _mark_as_simulated(figure, fontsize=7.5)


def _mark_as_simulated(figure: Figure, *, fontsize: float) -> None:
    figure.text(
        0.97,
        0.945,
        "Gesimuleerde gegevens",
        ha="right",
        fontsize=fontsize,
        color=_INK,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": "#ffb612", "edgecolor": "none"},
    )


def _add_scale_and_north(axes: Axes) -> None:
    """Add a scale bar of a round length and an arrow to the north, which is up."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    metres_wide = (east - west) * _METRES_PER_DEGREE * cos(radians((south + north) / 2))
    if metres_wide <= 0:
        return
    length = scale_length(metres_wide / 4)
    share = length / metres_wide
    words = f"{length:g} m" if length < 1000 else f"{length / 1000:g} km"
    back: dict[str, Any] = {
        "facecolor": "#ffffffd9",
        "edgecolor": "none",
        "zorder": 5,
        "transform": axes.transAxes,
    }
    axes.add_patch(Rectangle((0.012, 0.012), share + 0.036, 0.062, **back))
    ink: dict[str, Any] = {"color": _INK, "transform": axes.transAxes, "zorder": 6}
    edges = [0.03, 0.03, 0.03 + share, 0.03 + share]
    axes.plot(edges, [0.036, 0.025, 0.025, 0.036], linewidth=1.4, **ink)
    axes.text(0.03 + share / 2, 0.042, words, ha="center", fontsize=7, **ink)
    axes.annotate(
        "N",
        xy=(0.965, 0.98),
        xytext=(0.965, 0.895),
        xycoords="axes fraction",
        ha="center",
        fontsize=9,
        fontweight="bold",
        color=_INK,
        arrowprops={"arrowstyle": "-|>", "color": _INK, "linewidth": 1.4},
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


def _draw(axes: Axes, shown: WeeklyMap) -> None:
    # the view is set elsewhere, so matplotlib need not measure these
    land = PolyCollection(_rings(shown.areas.geometry), facecolor=_LAND, edgecolor=_LINE, linewidth=0.7)
    axes.add_collection(land, autolim=False)
    if shown.ground is not None:
        _draw_ground(axes, shown.ground)
    rings: list[NDArray[np.float64]] = []
    colours: list[str] = []
    colour_of = colours_of(shown)
    for hotspot in reversed(shown.hotspots):  # the clearest on top
        own = _rings([hotspot.geometry])
        rings += own
        colours += [colour_of[hotspot.id]] * len(own)
    faces = [f"{colour}40" for colour in colours]
    shapes = PolyCollection(rings, facecolors=faces, edgecolors=colours, linewidth=1)
    axes.add_collection(shapes, autolim=False)
    draw_signs(axes, shown)


def _draw_ground(axes: Axes, ground: Ground) -> None:
    for (west, south, east, north), image in ground.images:
        pixels = np.asarray(Image.open(BytesIO(image)).convert("RGB"))
        axes.imshow(pixels, extent=(west, east, south, north), aspect="auto", alpha=0.8, zorder=1.2)
    features = ground.features
    for kind in Kind:
        shapes = [
            shape for own, shape in zip(features.kinds, features.geometries, strict=True) if own == kind
        ]
        colour = _GROUND[kind]
        if kind in (Kind.GREEN, Kind.WATER, Kind.BUILDING):
            drawn: Any = PolyCollection(_rings(shapes), facecolor=colour, edgecolor="none", zorder=1.3)
        else:
            lines = [
                shapely.get_coordinates(part)
                for part in shapely.get_parts(shapes)
                if "Line" in part.geom_type
            ]
            drawn = LineCollection(lines, colors=colour, linewidth=0.9, zorder=1.4)
        axes.add_collection(drawn, autolim=False)


def _name_ground(axes: Axes, ground: Ground) -> None:
    """Write the names of what lies under the picture, the largest first, where there is room."""
    west, east = axes.get_xlim()
    south, north = axes.get_ylim()
    if (north - south) * _METRES_PER_DEGREE > _STREET_NAMES_WITHIN_M:
        return
    box = axes.get_window_extent()
    per_letter = 0.6 * _GROUND_POINTS * axes.figure.dpi / 72
    taken = np.zeros((0, 4))
    features = ground.features
    for name, shape in zip(features.names, features.geometries, strict=True):
        inside = shapely.clip_by_rect(shape, west, south, east, north) if name else None
        if inside is None or inside.is_empty:
            continue
        line = max(shapely.get_parts(inside), key=shapely.length)
        ends = axes.transData.transform(shapely.get_coordinates(line.boundary if line.length else line))
        width = per_letter * len(name)
        if "Line" in line.geom_type and np.hypot(*np.ptp(ends, axis=0)) < width:
            continue
        middle = (
            line.interpolate(0.5, normalized=True)
            if "Line" in line.geom_type
            else line.representative_point()
        )
        x, y = axes.transData.transform((middle.x, middle.y))
        slope = ends[-1] - ends[0] if len(ends) > 1 and "Line" in line.geom_type else np.array([1.0, 0.0])
        angle = (degrees(atan2(slope[1], slope[0])) + 90) % 180 - 90
        half_x = abs(cos(radians(angle))) * width / 2 + per_letter
        half_y = abs(sin(radians(angle))) * width / 2 + per_letter
        own = [x - half_x, y - half_y, x + half_x, y + half_y]
        beside = (taken[:, 2] < own[0]) | (taken[:, 0] > own[2])
        outside = own[0] < box.x0 or own[2] > box.x1 or own[1] < box.y0 or own[3] > box.y1
        if outside or not (beside | (taken[:, 3] < own[1]) | (taken[:, 1] > own[3])).all():
            continue
        taken = np.vstack([taken, own])
        axes.text(
            middle.x,
            middle.y,
            _plain(name),
            fontsize=_GROUND_POINTS,
            color=_SOFT,
            rotation=angle,
            ha="center",
            va="center",
            zorder=1.5,
        )


def _label(axes: Axes, shown: WeeklyMap) -> None:
    """Write names, clearest hotspot first; without room for one its number, and without that nothing."""
    renderer = FigureCanvasAgg(axes.figure).get_renderer()  # type: ignore[arg-type, no-untyped-call]  # of a whole figure
    corners = axes.transData.transform([(hotspot.lon, hotspot.lat) for hotspot in shown.hotspots] or [(0, 0)])
    sizes: dict[str | int, tuple[float, float]] = {}  # of numbers by length, as digits have one width
    per_point = axes.figure.dpi / 72
    pad = 0.15 * _LABEL_POINTS * per_point
    to_data = axes.transData.inverted()
    taken = np.zeros((0, 4))  # left, bottom, right, top of each label, in pixels
    for hotspot, (x, y) in zip(shown.hotspots, corners + np.array(_LABEL_OFFSET) * per_point, strict=False):
        number = hotspot.nummer.removeprefix("HS-")
        for text in dict.fromkeys((hotspot.short_label, number)):
            alike = len(number) if text == number else text
            if alike not in sizes:
                measured = axes.text(0, 0, _plain(text), fontsize=_LABEL_POINTS)
                box = measured.get_window_extent(renderer)
                sizes[alike] = (box.width, box.height)
                measured.remove()
            width, height = sizes[alike]
            beside = (taken[:, 2] < x) | (taken[:, 0] > x + width)
            is_free = (beside | (taken[:, 3] < y) | (taken[:, 1] > y + height)).all()
            if is_free and (text == number or x + width < axes.bbox.x1):
                taken = np.vstack([taken, [x, y, x + width, y + height]])
                lon, lat = to_data.transform((x, y))
                axes.text(lon, lat, _plain(text), fontsize=_LABEL_POINTS, color=_INK, zorder=4)
                break
    # one shape behind all labels: a box per label takes as long as its text
    low, high = to_data.transform(taken[:, :2] - pad), to_data.transform(taken[:, 2:] + pad)
    backs = np.stack([low, np.c_[high[:, 0], low[:, 1]], high, np.c_[low[:, 0], high[:, 1]]], axis=1)
    behind = PolyCollection(list(backs), facecolor="#ffffffcc", edgecolor="none", zorder=3)
    axes.add_collection(behind, autolim=False)


def _frame(
    axes: Axes, named: "gpd.GeoDataFrame | None", view: tuple[float, ...] | None, sheet: _Sheet
) -> None:
    """Set the view, undistorted, and write the names of buurten on it."""
    axes.set_facecolor(_SEA)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(_LINE)
    if view is None:
        axes.set_axis_off()
        return
    west, south, east, north = view
    middle_x, middle_y = (west + east) / 2, (south + north) / 2
    shrink = cos(radians(middle_y))  # length of a degree of longitude, relative to one of latitude
    width = max((east - west) * (1 + 2 * sheet.margin), MIN_WIDTH_DEGREES)
    height = max((north - south) * (1 + 2 * sheet.margin), width * shrink * sheet.height_per_width)
    width = height / shrink / sheet.height_per_width
    axes.set_xlim(middle_x - width / 2, middle_x + width / 2)
    axes.set_ylim(middle_y - height / 2, middle_y + height / 2)
    if named is None:
        return
    for name, area in zip(named["buurtnaam"], named.geometry, strict=True):
        middle = area.representative_point()
        if abs(middle.x - middle_x) < width / 2.2 and abs(middle.y - middle_y) < height / 2.1:
            axes.text(middle.x, middle.y, _plain(name), fontsize=7, color=_SOFT, ha="center", va="center")


def _describe(figure: Figure, shown: WeeklyMap) -> None:
    figure.text(0.03, 0.945, _plain(shown.title), fontsize=17, fontweight="bold", color="#154273")
    count = len(shown.hotspots)
    subtitle = f"{shown.subtitle}. {count} {'hotspot' if count == 1 else 'hotspots'}."
    figure.text(0.03, 0.905, _plain(subtitle), fontsize=11, color=_SOFT)
    figure.text(0.03, 0.02, _plain(f"{shown.source}."), fontsize=8, color=_SOFT)
    handles = legend_of(shown)
    if handles:
        figure.legend(
            handles=handles,
            loc="lower left",
            bbox_to_anchor=(0.02, 0.035),
            ncols=len(handles),
            frameon=False,
            fontsize=10,
            handletextpad=0.2,
            columnspacing=1.4,
        )
    if shown.is_simulated:
        _mark_as_simulated(figure, fontsize=11)


def _rings(shapes: Sequence[BaseGeometry]) -> list[NDArray[np.float64]]:
    parts = shapely.get_parts(list(shapes))
    return [shapely.get_coordinates(part.exterior) for part in parts if isinstance(part, shapely.Polygon)]


def _plain(text: str) -> str:
    return text.replace("$", r"\$")  # otherwise matplotlib reads text between two as a formula
