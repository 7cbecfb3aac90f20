"""Maps for a browser, by folium without a CDN.

folium puts text into scripts and templates, where it could run. Text therefore reaches the page only as JSON
(``tojson``), which `static/map.js` shows with ``textContent``, and templates are rendered only once.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import folium
import shapely
from branca.element import MacroElement
from folium.template import Template
from jinja2.utils import htmlsafe_json_dumps
from sqlalchemy import Connection

from hotspots.casework.measures import Plan
from hotspots.geography.cells import cell_corners
from hotspots.geography.geojson import shape_texts, shapes_of
from hotspots.geography.projection import Projection
from hotspots.publishing.background import Background, image_url, make_tile, tiles_over
from hotspots.publishing.cell_counts import CellCount
from hotspots.publishing.context import ContextLayer
from hotspots.publishing.disclosure import NOT_DISCLOSED
from hotspots.publishing.symbols import SYMBOLS, View
from hotspots.publishing.weekly_map import (
    WeeklyMap,
    bounds,
    bounds_of,
    collection_text,
    feature_text,
    outlines,
    sign_of,
)
from hotspots.settings import MapSettings
from hotspots.tracking.attention_places import AttentionPlaceRecord
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.nuisance import describe_nuisance
from hotspots.tracking.plain_reasons import plain_reasons
from hotspots.wording import INDICATIES, SOORTOORDELEN, STATUSES, TRENDS, day

if TYPE_CHECKING:
    import geopandas as gpd

SCRIPTS = ("/leaflet/leaflet.js", "/static/map.js")
"""Files that a page with a map loads, in this order, before the script of the map."""

SHAPE_PRECISION = 1e-6
"""Precision of the outlines of hotspots, in degrees: less than a decimetre."""

STYLES = ("/leaflet/leaflet.css",)

_BASEMAP_ORIGIN = "https://service.pdok.nl"
_BASEMAP = _BASEMAP_ORIGIN + "/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png"
_ATTRIBUTION = 'Kaartgegevens &copy; <a href="https://www.kadaster.nl">Kadaster</a>'


@dataclass(frozen=True)
class DrawnMap:
    """A map to put into a page: an element, and the script that fills it."""

    html: str
    script: str
    origins: tuple[str, ...] = ()
    """Other origins from which it loads images."""


class LocalMap(folium.Map):
    """A folium map that loads nothing by itself; the page provides Leaflet from its own origin."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  # folium's interface: a list on the class
    default_css: list[tuple[str, str]] = []  # noqa: RUF012  # folium's interface: a list on the class

    _template = Template(
        """
        {% macro header(this, kwargs) %}{% endmacro %}
        {% macro html(this, kwargs) %}
        <div class="kaart" id={{ this.get_name()|tojson }} role="region"
          aria-label="{{ this.label|e }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} =
          Hotspots.createMap({{ this.get_name()|tojson }}, {{ this.view|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, label: str, view: dict[str, Any]) -> None:
        vars(self).update(vars(_blank_map()), _children=OrderedDict())
        self._id = name  # folium names its elements at random, but pages must be reproducible
        self.label = label
        self.view = view


@cache
def _blank_map() -> folium.Map:
    """What folium makes of every map alike: it compiles a template each time."""
    return folium.Map(tiles=None)


class Layer(MacroElement):
    """A layer of the map: a call of a function in `static/map.js` with JSON arguments.

    What is large, or the same on every page, comes as text: making JSON of it would take half of the page.
    """

    element = ""

    def __init__(self, **given: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca is typed in part
        self._id = self.element
        vars(self).update(given)


class Outlines(Layer):
    """The buurten as thin lines, from `shapes` or from the page's constant called `name`."""

    element = "buurten"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawOutlines({{ this._parent.get_name() }}, {{ this.name or this.shapes }});
        {% endmacro %}
        """
    )


class OwnBackground(Layer):
    """What lies under everything: tiles as :mod:`hotspots.publishing.background` gives them.

    `source` is the name of the page's constant with all tiles, or empty: then they are asked for as they are
    needed.
    """

    element = "ondergrond"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawBackground(
            {{ this._parent.get_name() }}, {{ this.given|tojson }}, {{ this.source or "null" }});
        {% endmacro %}
        """
    )


class Cells(Layer):
    """The H3 `cells`, each with its count and its corners; `where` says of what place and period."""

    element = "cellen"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawCells(
            {{ this._parent.get_name() }}, {{ this.cells }}, {{ this.not_disclosed|tojson }},
            {{ this.where|tojson }});
        {% endmacro %}
        """
    )


class Context(Layer):
    """Places beside the hotspots by kind, from `layers` or from the page's constant called `name`."""

    element = "context"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawContext({{ this._parent.get_name() }}, {{ this.name or this.layers|tojson }});
        {% endmacro %}
        """
    )


class Measures(Layer):
    """The `measures` in force, as a mark at each hotspot that has any."""

    element = "maatregelen"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawMeasures({{ this._parent.get_name() }}, {{ this.measures|tojson }});
        {% endmacro %}
        """
    )


class Attention(Layer):
    """The attention `places`, each as a mark of another form than any hotspot."""

    element = "aandacht"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawAttention({{ this._parent.get_name() }}, {{ this.places|tojson }});
        {% endmacro %}
        """
    )


class Points(Layer):
    """Plain `points`, of which nothing is told."""

    element = "punten"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawPoints({{ this._parent.get_name() }}, {{ this.points|tojson }});
        {% endmacro %}
        """
    )


class HotspotShapes(Layer):
    """The hotspots, each with a symbol and the pattern of its indication."""

    element = "hotspots"
    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawHotspots(
          {{ this._parent.get_name() }}, {{ this.shapes }}, {{ this.looks|tojson }}
        );
        {% endmacro %}
        """
    )


def draw_map(
    shown: WeeklyMap,
    projection: Projection,
    *,
    name: str = "weekkaart",
    links: bool = True,
    max_zoom: int = 16,
    outlines_in: str = "",
    background_in: str = "",
    context_in: str = "",
    attention: Sequence[AttentionPlaceRecord] = (),
) -> DrawnMap:
    """Draw a weekly map, in an element of this name.

    Parameters
    ----------
    links
        Whether hotspots link to their page; not in a standalone file.
    max_zoom
        Greatest zoom level for the initial view.
    outlines_in
        Name of the page's constant with the outlines of the buurten (:func:`outline_script`), if several
        maps share them; if empty, they are in this map.
    background_in
        Name of the page's constant with the tiles of the background (:func:`background_script`); if empty,
        the browser asks the service for them.
    context_in
        Name of the page's constant with the places beside the hotspots (:func:`context_script`), likewise.
    attention
        Attention places that the reader may know of; never on a map for others.
    """
    drawn = LocalMap(name, shown.title, {"bounds": bounds(shown), "maxZoom": max_zoom})
    background = shown.background
    _add_background(drawn, background, background_in)
    shapes_below = "" if outlines_in else _safe(outlines(shown.areas, projection))
    drawn.add_child(Outlines(shapes=shapes_below, name=outlines_in))
    if shown.cells:
        where = f"In dit vak, in {shown.cell_period}."
        rings = f"[{','.join(_ring(cell) for cell in shown.cells)}]"
        drawn.add_child(Cells(cells=rings, not_disclosed=NOT_DISCLOSED, where=where))
    if shown.context:
        layers = [] if context_in else [_places(layer) for layer in shown.context]
        drawn.add_child(Context(layers=layers, name=context_in))
    features = collection_text(_feature(spot, shown.view, links=links) for spot in shown.hotspots)
    drawn.add_child(HotspotShapes(shapes=features, looks=looks(shown.view)))
    if attention:
        drawn.add_child(Attention(places=[_about_attention(place) for place in attention]))
    if shown.measures:
        marks = [_mark(spot, shown.measures[spot.id]) for spot in shown.hotspots if spot.id in shown.measures]
        drawn.add_child(Measures(measures=marks))
    return _finished(drawn, background)


def _add_background(drawn: LocalMap, background: Background, source: str = "") -> None:
    if background.kind == "pdok-grijs":
        drawn.add_child(_basemap())
    elif background.kind != "none":
        drawn.add_child(OwnBackground(given=_about(background), source=source))


def _finished(drawn: LocalMap, background: Background) -> DrawnMap:
    """A map with all of its layers, as a page takes it."""
    parts = [drawn, *drawn._children.values()]  # noqa: SLF001  # folium has no other way to its layers
    scripts = [_rendered(part, "script") for part in parts]
    scripts += [
        f"{part.get_name()}.addTo({drawn.get_name()});"
        for part in parts
        if isinstance(part, folium.TileLayer)
    ]
    origins = (_BASEMAP_ORIGIN,) if background.kind == "pdok-grijs" else ()
    return DrawnMap(html=_rendered(drawn, "html"), script="\n".join(scripts), origins=origins)


def draw_points(
    points: Sequence[tuple[float, float]],
    areas: "gpd.GeoDataFrame",
    projection: Projection,
    background: Background,
    *,
    name: str,
    label: str,
) -> DrawnMap:
    """Draw points, each by longitude and latitude, on the buurten; the view has all of both."""
    shapes = [*areas.geometry, *(shapely.Point(point) for point in points)]
    drawn = LocalMap(name, label, {"bounds": bounds_of(shapes), "maxZoom": 16})
    _add_background(drawn, background)
    drawn.add_child(Outlines(shapes=_safe(outlines(areas, projection)), name=""))
    drawn.add_child(Points(points=[[round(lon, 5), round(lat, 5)] for lon, lat in points]))
    return _finished(drawn, background)


def outline_script(areas: "gpd.GeoDataFrame", projection: Projection, name: str) -> str:
    """The script that defines the outlines of the buurten for all maps on a page."""
    return f"const {name} = {_safe(outlines(areas, projection))};"


def _safe(json_text: str) -> str:
    """JSON in which no text can end the script that it stands in, as the filter ``tojson`` makes it."""
    return str(htmlsafe_json_dumps(json_text, dumps=lambda text: text))


def background_script(
    connection: Connection, settings: MapSettings, shown: Sequence[WeeklyMap], name: str
) -> str:
    """The script that defines the background of all maps in a file: a few tiles over all, and deeper ones."""
    background = shown[-1].background
    box = bounds_of([hotspot.geometry for each in shown for hotspot in each.hotspots]) or bounds(shown[-1])
    tiles: dict[str, Any] = {}
    if box is not None and background.kind in ("features", "tiles"):
        for most in (4, 24):
            for zoom, column, row in tiles_over(box, background.zooms, most=most):
                if background.kind == "features":
                    tile: Any = make_tile(connection, background, zoom, column, row, with_houses=False)
                    tiles[f"{zoom}/{column}/{row}"] = tile
                else:  # images are numbered in tiles of 256 pixels
                    tiles[f"{zoom - 1}/{column}/{row}"] = image_url(settings, zoom - 1, column, row)
    return f"const {name} = {htmlsafe_json_dumps(tiles)};"


def context_script(layers: Sequence[ContextLayer], name: str) -> str:
    """The script that defines the places beside the hotspots for all maps in a file."""
    return f"const {name} = {htmlsafe_json_dumps([_places(layer) for layer in layers])};"


def layer_name(kind: str) -> str:
    """The name of the layer of a kind of places, in addresses and on the page."""
    return f"bij-{kind}"


def _places(layer: ContextLayer) -> dict[str, Any]:
    middles = [shape.representative_point() for _, shape in layer.places]
    shapes = shapes_of([shape for _, shape in layer.places], precision=1e-5)
    return {
        "laag": layer_name(layer.kind),
        "teken": layer.mark,
        "plekken": [
            [name, round(middle.x, 5), round(middle.y, 5), None if shape["type"] == "Point" else shape]
            for (name, _), middle, shape in zip(layer.places, middles, shapes, strict=True)
        ],
    }


def _about(background: Background) -> dict[str, Any]:
    """What the script must know of a background."""
    deeper = 1 if background.kind == "tiles" else 0  # images are numbered in tiles of 256 pixels
    least, greatest = (zoom - deeper for zoom in background.zooms)
    return {
        "soort": background.kind,
        "versie": background.version,
        "bron": background.attribution,
        "vanaf": least,
        "tot": greatest,
    }


def _rendered(part: Any, macro: str) -> str:
    """Render one macro of a part of the map, once.

    folium itself renders its output again as a template: text with ``{{…}}`` in it would then run on the
    server.
    """
    return str(getattr(part._template.module, macro)(part, {}))  # noqa: SLF001  # as folium does


def looks(view: View) -> dict[str, Any]:
    """The looks of hotspots by trend, status or indication, for the scripts."""
    return {
        value: {
            "klasse": symbol.css_class,
            "pad": symbol.points,
            "letter": symbol.letter,
            "vol": symbol.is_filled,
        }
        for value, symbol in SYMBOLS[view].items()
    }


def _about_attention(place: AttentionPlaceRecord) -> dict[str, Any]:
    return {
        "naam": f"{place.naam} ({place.nummer})",
        "lon": place.lon,
        "lat": place.lat,
        "regels": ["Aandachtsplek, nog geen hotspot", place.uitleg],
    }


@lru_cache(maxsize=2_000)
def _feature(hotspot: Hotspot, view: View, *, links: bool) -> str:
    """A hotspot as the text of GeoJSON; kept, as most are as they were when a page was last asked for."""
    (shape,) = shape_texts([hotspot.geometry], precision=SHAPE_PRECISION)
    return _safe(feature_text(shape, _about_spot(hotspot, view, links=links)))


def _about_spot(hotspot: Hotspot, view: View, *, links: bool) -> dict[str, Any]:
    return {
        "nummer": hotspot.nummer,
        "naam": hotspot.label,
        "teken": sign_of(hotspot, view),
        "indicatie": hotspot.indicatie,
        "lon": hotspot.lon,
        "lat": hotspot.lat,
        "adres": f"/hotspots/{hotspot.nummer}" if links else None,
        "regels": [
            f"{TRENDS[hotspot.trend].capitalize()}",
            *plain_reasons(hotspot, 1),
            f"Laatste melding op {day(hotspot.laatste_melding)}",
            describe_nuisance(hotspot),
            (
                f"Soort: {SOORTOORDELEN[hotspot.soort_oordeel]}; indicatie: {INDICATIES[hotspot.indicatie]}; "
                f"status: {STATUSES[hotspot.status]}"
            ),
        ],
    }


def _mark(hotspot: Hotspot, plans: Sequence[Plan]) -> dict[str, Any]:
    lines = [measure_line(plan) for plan in plans]
    return {"naam": hotspot.label, "lon": hotspot.lon, "lat": hotspot.lat, "regels": lines}


def measure_line(plan: Plan) -> str:
    """A measure in one line."""
    until = f" tot en met {day(plan.ends_on)}" if plan.ends_on else ""
    return (
        f"{plan.kind.capitalize()} door {plan.owner}, vanaf {day(plan.starts_on)}{until}: {plan.description}"
    )


def _ring(cell: CellCount) -> str:
    """The count of a cell, 0 if not disclosed, and its corners."""
    return f"[{cell.report_count or 0},{_corners(cell.cell)}]"


@lru_cache(maxsize=50_000)
def _corners(cell: int) -> str:
    """The corners of a cell, latitude first, in 1e-5 degrees: the first corner, then differences."""
    corners = [(round(lat * 1e5), round(lon * 1e5)) for lon, lat in cell_corners(cell)]
    steps = [
        (lat - before_lat, lon - before_lon) for (before_lat, before_lon), (lat, lon) in pairwise(corners)
    ]
    return ",".join(str(value) for corner in (corners[0], *steps) for value in corner)


def _basemap() -> folium.TileLayer:
    layer = folium.TileLayer(tiles=_BASEMAP, attr=_ATTRIBUTION, max_zoom=19)
    layer._id = "achtergrond"  # noqa: SLF001  # as above: the same page twice
    return layer
