"""Weekly maps as one self-contained HTML file, with its scripts, styles and images."""

import base64
import re
from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from api.pages.assets import LEAFLET, read_asset
from api.pages.map_sheet import Sheet, make_sheet, weeks_beside
from api.pages.maps import SCRIPTS, STYLES, background_script, context_script, outline_script
from api.pages.rendering import templates
from api.pages.theme import style_variables
from hotspots.access.rights import EVERYTHING, Actor, Right, Visibility
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection, buurten_of

OUTLINES = "BUURTEN"
"""Name of the constant with the outlines of the buurten, shared by all maps in the file."""

BACKGROUND = "ONDERGROND"
"""Name of the constant with the tiles of the background, also shared."""

CONTEXT = "OMGEVING"
"""Name of the constant with the places beside the hotspots, also shared."""

WRITER = Actor("map", "map", None, gebieden=None, scopes=frozenset({Right.READ_CASES}))
"""The actor for files: whoever writes one has the whole database, so also all measures."""


def standalone_page(
    connection: Connection,
    settings: Settings,
    peildatums: Sequence[date],
    *,
    area: str | None = None,
    visibility: Visibility = EVERYTHING,
) -> str:
    """Give the maps and lists of these weeks as one file, which opens at the last week.

    Only a configured basemap is loaded from elsewhere.

    Parameters
    ----------
    peildatums
        Of weekly runs, latest first; at least one.
    area
        Code of a buurt or wijk, or name of a gebied; None for everything.
    visibility
        Of the readers. Measures belong to cases, so they are only in files for readers who may know
        everything.
    """
    areas = load_areas(connection, settings.areas.gebieden)
    codes = None if area is None else set(buurten_of(connection, settings, area))
    sheets: list[Sheet] = [
        make_sheet(
            connection,
            settings,
            read_hotspots(
                connection, settings, Selection(visibility, as_of=peildatum, area=area, is_listed=True)
            ),
            visibility=visibility,
            actor=WRITER if visibility == EVERYTHING else None,
            peildatum=peildatum,
            area_name=area,
            codes=codes,
            areas=areas,
            links=False,
            outlines_in=OUTLINES,
            background_in=BACKGROUND,
            context_in=CONTEXT,
        )
        for peildatum in reversed(peildatums)
    ]
    last = sheets[-1].shown
    return templates.get_template("standalone.html").render(
        title=last.title,
        sheets=sheets,
        weeks=weeks_beside(peildatums, peildatums[0]),
        outlines=outline_script(areas, Projection(settings.municipality.crs), OUTLINES),
        background=background_script(connection, settings.map, [sheet.shown for sheet in sheets], BACKGROUND),
        context=context_script(last.context, CONTEXT),
        variables=style_variables(settings.service),
        is_simulated=last.is_simulated,
        stopped=last.stopped,
        styles=[_with_images(read_asset(path)) for path in (*STYLES, "/static/style.css")],
        scripts=[_safe_script(read_asset(path)) for path in SCRIPTS],
    )


def _with_images(style: str) -> str:
    def inline(url: re.Match[str]) -> str:
        content = (LEAFLET / url.group(1)).read_bytes()
        return f"url(data:image/png;base64,{base64.b64encode(content).decode()})"

    return re.sub(r"url\((images/[\w.-]+\.png)\)", inline, style)


def _safe_script(script: str) -> str:
    # a single file has no source map beside its script
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE).replace(
        "</script", r"<\/script"
    )
