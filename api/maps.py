"""Maps for a browser: folium without any CDN, beside a list with the same content.

folium puts text into scripts and templates where it would run; so text reaches the page only as JSON
(``tojson``) that `static/map.js` shows with ``textContent``.
"""

from dataclasses import dataclass
from typing import Any

import folium
from branca.element import Figure, MacroElement
from folium.template import Template

from hotspots.hotspot import Hotspot
from hotspots.projection import Projection
from hotspots.settings import MapSettings
from hotspots.symbols import SYMBOLS, View
from hotspots.weekly_map import WeeklyMap, bounds, outlines
from hotspots.wording import INDICATIES, SOORTEN, TRENDS, count, day

SCRIPTS = ("/leaflet/leaflet.js", "/static/map.js")
"""What a page with a map loads, in this order, before the map's own script."""

STYLES = ("/leaflet/leaflet.css",)

_BASEMAP_ORIGIN = "https://service.pdok.nl"
_BASEMAP = _BASEMAP_ORIGIN + "/brt/achtergrondkaart/wmts/v2_0/grijs/EPSG:3857/{z}/{x}/{y}.png"
_ATTRIBUTION = 'Kaartgegevens &copy; <a href="https://www.kadaster.nl">Kadaster</a>'


@dataclass(frozen=True)
class DrawnMap:
    """A map to put into a page: an element, and the script that fills it."""

    html: str
    script: str


class LocalMap(folium.Map):
    """A folium map that loads nothing by itself: the page gives it Leaflet, from its own origin."""

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
        super().__init__(tiles=None)
        self._id = name  # folium numbers its elements at random; a page is to be the same twice
        self.label = label
        self.view = view


class Outlines(MacroElement):
    """The buurten, as thin lines."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawOutlines({{ this._parent.get_name() }}, {{ this.shapes|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, shapes: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca is typed in part
        self._id = "buurten"
        self.shapes = shapes


class HotspotShapes(MacroElement):
    """The hotspots, each with a symbol and the pattern of its indication."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        Hotspots.drawHotspots(
          {{ this._parent.get_name() }}, {{ this.shapes|tojson }}, {{ this.looks|tojson }}
        );
        {% endmacro %}
        """
    )

    def __init__(self, shapes: dict[str, Any], looks: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # branca is typed in part
        self._id = "hotspots"
        self.shapes = shapes
        self.looks = looks


def basemap_origins(settings: MapSettings) -> tuple[str, ...]:
    """The other origins that maps load images from."""
    return (_BASEMAP_ORIGIN,) if settings.basemap == "pdok-grijs" else ()


def draw_map(
    shown: WeeklyMap,
    settings: MapSettings,
    projection: Projection,
    *,
    name: str = "weekkaart",
    links: bool = True,
) -> DrawnMap:
    """Draw a weekly map.

    Parameters
    ----------
    shown
        What is on it.
    settings
        What it stands on.
    projection
        The metres of the municipality.
    name
        Of the element; a page with two maps gives two names.
    links
        Whether a hotspot leads to its page; a map that stands alone has none.
    """
    drawn = LocalMap(name, shown.title, {"bounds": bounds(shown)})
    if settings.basemap == "pdok-grijs":
        drawn.add_child(_basemap())
    drawn.add_child(Outlines(outlines(shown.areas, projection)))
    features = {
        "type": "FeatureCollection",
        "features": [_feature(hotspot, links=links) for hotspot in shown.hotspots],
    }
    drawn.add_child(HotspotShapes(features, looks(View.TREND)))
    figure = drawn.get_root()
    assert isinstance(figure, Figure)  # noqa: S101  # folium puts every map into one
    figure.render()
    return DrawnMap(html=figure.html.render(), script=figure.script.render())


def looks(view: View) -> dict[str, Any]:
    """How each hotspot looks after its trend, status or indication, for the scripts."""
    return {
        value: {
            "klasse": symbol.css_class,
            "pad": symbol.points,
            "letter": symbol.letter,
            "vol": symbol.is_filled,
        }
        for value, symbol in SYMBOLS[view].items()
    }


def _feature(hotspot: Hotspot, *, links: bool) -> dict[str, Any]:
    feature = hotspot.feature()
    where = hotspot.buurtnaam or "buurt onbekend"
    reports = count(hotspot.aantal_meldingen, "melding", "meldingen")
    days = count(hotspot.aantal_dagen, "dag", "dagen")
    feature["properties"] = {
        "nummer": hotspot.nummer,
        "teken": hotspot.trend.value,
        "indicatie": hotspot.indicatie.value,
        "lon": hotspot.lon,
        "lat": hotspot.lat,
        "adres": f"/hotspots/{hotspot.nummer}" if links else None,
        "regels": [
            f"{where}: {TRENDS[hotspot.trend]}",
            f"{reports} op {days}, laatste op {day(hotspot.laatste_melding)}",
            f"Soort: {SOORTEN[hotspot.soort]}; indicatie: {INDICATIES[hotspot.indicatie]}",
            *hotspot.redenen[:1],
        ],
    }
    return feature


def _basemap() -> folium.TileLayer:
    layer = folium.TileLayer(tiles=_BASEMAP, attr=_ATTRIBUTION, max_zoom=19)
    layer._id = "achtergrond"  # noqa: SLF001  # as above: the same page twice
    return layer
