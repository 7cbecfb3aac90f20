"""A map as one HTML file that needs nothing else: scripts, styles and images are inside it."""

import base64
import re

from api.assets import LEAFLET, read_asset
from api.maps import SCRIPTS, STYLES, draw_map
from api.pages import templates
from api.theme import style_variables
from hotspots.projection import Projection
from hotspots.settings import Settings
from hotspots.weekly_map import WeeklyMap


def standalone_page(shown: WeeklyMap, settings: Settings) -> str:
    """Give the weekly map and its list as one file; only a configured basemap is loaded from elsewhere."""
    drawn = draw_map(shown, settings.map, Projection(settings.municipality.crs), links=False)
    return templates.get_template("standalone.html").render(
        title=shown.title,
        shown=shown,
        drawn=drawn,
        variables=style_variables(settings.service),
        is_simulated=shown.is_simulated,
        styles=[_with_images(read_asset(path)) for path in (*STYLES, "/static/style.css")],
        scripts=[_safe_script(read_asset(path)) for path in SCRIPTS],
    )


def _with_images(style: str) -> str:
    def inline(found: re.Match[str]) -> str:
        content = (LEAFLET / found.group(1)).read_bytes()
        return f"url(data:image/png;base64,{base64.b64encode(content).decode()})"

    return re.sub(r"url\((images/[\w.-]+\.png)\)", inline, style)


def _safe_script(script: str) -> str:
    # the source map lies beside the script, and there is no beside
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE).replace(
        "</script", r"<\/script"
    )
