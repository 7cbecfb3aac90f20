"""The stand and a year for everyone, at a signed address."""

from datetime import date
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from api.pages.embedding import answer_framed
from hotspots.access.rights import Actor, Right, reachable_gebieden
from hotspots.publishing.buurt_map import BuurtMap, draw_buurt_map
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.embeds import Embed, EmbedKind
from hotspots.publishing.public_account import (
    PublicStand,
    PublicYear,
    quarters_drawing,
    read_public_stand,
    read_public_year,
    year_before,
)
from hotspots.settings import Settings
from hotspots.tracking.own_areas import OWN
from hotspots.tracking.signalling import stopped_sentence
from hotspots.wording import day, lower_first

REFRESH_S = 900
"""A wall screen asks for itself again after so long; it needs no script for that."""

MARKED = "een plek met herhaalde overlast"


def public_page(
    request: Request, connection: Connection, settings: Settings, embed: Embed, *, is_wall: bool
) -> Response:
    """The page of a shared stand or year, also for a wall screen, which asks for itself again."""
    if embed.soort is EmbedKind.JAAR and embed.jaar is not None:
        year = read_public_year(connection, settings, year=embed.jaar, gebied=embed.gebied)
        return answer_framed(
            request,
            settings.service,
            "public_year.html",
            is_simulated=year.is_simulated,
            stopped=stopped_sentence(connection, settings),
            shown=year,
            map=year_map(year),
        )
    stand = read_public_stand(connection, settings, gebied=embed.gebied)
    page = answer_framed(
        request,
        settings.service,
        "public_stand.html",
        is_simulated=stand.map.is_simulated,
        stopped=stand.map.stopped,
        shown=stand,
        map=stand_map(stand),
        chart=quarters_drawing(stand.quarters) if stand.quarters else None,
        before=year_before(stand.quarters),
        is_wall=is_wall,
    )
    if is_wall:
        page.headers["Refresh"] = str(REFRESH_S)
    return page


def share_address(
    actor: Actor | None,
    *,
    gebied: str | None,
    soort: EmbedKind | None = None,
    jaar: int | None = None,
    peildatum: date | None = None,
) -> str | None:
    """The address of the form that gives this a public address; None for who may not share it."""
    reach = reachable_gebieden(actor, Right.SHARE_MAPS)
    is_within = reach is None or (bool(reach) if gebied is None else gebied in reach)
    if not is_within or (gebied or "").startswith(OWN):
        return None
    chosen = {"soort": soort, "gebied": gebied, "jaar": jaar, "peildatum": peildatum}
    query = urlencode({name: str(value) for name, value in chosen.items() if value})
    return "/inbedden" + (f"?{query}" if query else "")


def stand_map(stand: PublicStand) -> BuurtMap:
    """The public figures of the last quarter on a map, and in which buurten there is a hotspot."""
    return draw_buurt_map(
        stand.map.areas,
        {buurt.code: buurt.figure for buurt in stand.map.buurten},
        name="kaart-stand",
        title=f"Meldingen per buurt, {lower_first(stand.map.subtitle)}",
        step=ROUND_TO,
        marks={buurt.code for buurt in stand.map.buurten if buurt.has_hotspot},
        mark_words=MARKED,
    )


def year_map(year: PublicYear) -> BuurtMap:
    """The public figures of a year on a map, and in which buurten there was a hotspot at its end."""
    then = year.map_then
    return draw_buurt_map(
        year.areas,
        {line.code: line.figure for line in year.lines},
        name="kaart-jaar",
        title=f"Meldingen per buurt in {year.year}",
        step=ROUND_TO,
        marks={buurt.code for buurt in then.buurten if buurt.has_hotspot} if then else (),
        mark_words=f"{MARKED}, {day(then.peildatum)}" if then and then.peildatum else "",
    )
