"""`/stand`: one glance for mayor, council and reader; also on a wall screen (`?scherm=groot`)."""

from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import model_validator

from api.http.dependencies import Name, QueryParameters
from api.http.sign_in import Reader
from api.pages.map_sheet import visible_gebieden
from api.pages.own_areas import areas_to_choose
from api.pages.public_account import REFRESH_S, share_address
from api.pages.rendering import reader_of, render
from api.pages.week_and_map import without_empty
from hotspots.access.rights import Visibility
from hotspots.publishing.buurt_map import draw_buurt_map
from hotspots.publishing.chart_drawings import Drawing, months_drawing
from hotspots.publishing.embeds import EmbedKind
from hotspots.publishing.public_account import quarters_drawing
from hotspots.publishing.stand import Stand, heading, read_stand
from hotspots.store.areas import load_areas
from hotspots.wording import listed

router = APIRouter(include_in_schema=False)


class StandForm(QueryParameters):
    """Query parameters of the stand."""

    gebied: Name | None = None
    scherm: Literal["groot"] | None = None
    _drop_empty = model_validator(mode="before")(without_empty)

    def address(self, **changed: object) -> str:
        """The address of the page with this choice and these changes."""
        chosen = self.model_dump(mode="json") | changed
        query = urlencode({name: value for name, value in chosen.items() if value})
        return f"/stand?{query}" if query else "/stand"


@router.get("/stand")
def get_stand(request: Request, form: Annotated[StandForm, Query()], reader: Reader) -> HTMLResponse:
    """Show how it stands now."""
    connection, settings, visibility = reader
    actor = reader_of(request)
    areas = load_areas(connection, settings.areas.gebieden)
    stand = read_stand(connection, settings, visibility=visibility, actor=actor, gebied=form.gebied)
    choosable = areas_to_choose(connection, visible_gebieden(areas, visibility), actor)
    page = render(
        request,
        "stand.html",
        title=heading(stand),
        stand=stand,
        form=form,
        choosable=choosable,
        area_name=_area_name(form, choosable, visibility),
        map=draw_buurt_map(
            areas,
            stand.by_buurt,
            name="kaart-stand",
            title="Plekken op de lijst, per buurt",
            unit=("plek", "plekken"),
            head="Plekken",
            links=_links(stand),
        ),
        reports=reports_of(stand),
        share=share_address(actor, gebied=form.gebied, soort=EmbedKind.STAND),
    )
    if form.scherm is not None:
        page.headers["Refresh"] = str(REFRESH_S)
    return page


def _area_name(form: StandForm, choosable: Mapping[str, str], visibility: Visibility) -> str | None:
    """What the area is called: the chosen one, or those of the reader; None: the whole municipality."""
    if form.gebied is not None:
        return choosable.get(form.gebied, form.gebied)
    return listed(sorted(visibility.gebieden)) if visibility.gebieden else None


def reports_of(stand: Stand) -> Drawing | None:
    """The chart of the reports: of months, or of the public quarters; None where there are neither."""
    if stand.months is not None and stand.months_until is not None:
        return months_drawing(stand.months, year=stand.months_until.year)
    return quarters_drawing(stand.quarters) if stand.quarters else None


def _links(stand: Stand) -> dict[str, str]:
    """The weekly map of each buurt that has a place."""
    return {code: f"/kaart?{urlencode({'buurt': code})}" for code, places in stand.by_buurt.items() if places}
