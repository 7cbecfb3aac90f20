"""`/privacy/bewaren`: what is kept since when, what goes, what was processed, and what left the house."""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from api.admin.retention import may_know, removal_told
from api.http.files import answer_content
from api.privacy.sections import Asked, PrivacyRequest
from api.privacy.shown_period import SHOWN_DAYS, ShownPeriod
from hotspots.access.rights import Right, reachable_gebieden
from hotspots.operations.job_words import KINDS_OF_DATA
from hotspots.privacy.kept_data import read_kept
from hotspots.privacy.left_house import mondays, read_left
from hotspots.store.audit import STATUS_OK, count_processings, read_processings

router = APIRouter(prefix="/privacy/bewaren", include_in_schema=False)

WEEKS = 8
"""Of how many weeks it is told what left the house."""

LEFT: Mapping[str, tuple[str, str, Right]] = {
    "weekMails": ("mails over een nieuwe week", "/beheer/taken/reports", Right.READ_OPERATIONS),
    "notices": ("mails over wat iemand volgt of kreeg", "/beheer/taken/notices", Right.READ_OPERATIONS),
    "alerts": ("mails over het automatische werk", "/beheer/taken", Right.READ_OPERATIONS),
    "embeds": ("kaarten en cijfers die zijn gedeeld", "/inbedden", Right.SHARE_MAPS),
    "feeds": ("feeds die zijn gemaakt", "", Right.READ_OPERATIONS),
    "events": ("berichten aan andere systemen", "/beheer/gebeurtenissen", Right.MANAGE_EVENTS),
    "geocoder": ("adressen gevraagd aan een zoekdienst", "/beheer/taken/geocode", Right.READ_OPERATIONS),
    "files": (
        "bestanden en plaatjes die zijn gemaakt",
        "/privacy/bewaren/verwerkingen",
        Right.READ_OPERATIONS,
    ),
    "filesOfPersons": (
        "daarvan met woningen, punten of teksten",
        "/privacy/inzage",
        Right.READ_ACCESS_LOG,
    ),
}
"""What leaves the house in words, where more of it stands, and who may read it there."""


@router.get("")
def get_keeping(asked: Asked) -> HTMLResponse:
    """Show each kind of data: how much, since when, what goes and what went; and what left the house."""
    asked.require(Right.READ_OPERATIONS)
    settings, now = asked.settings, asked.now
    today = settings.municipality.local_day(now)
    first, last = ShownPeriod().within(today)
    since, until = _moments(asked, first, last)
    with asked.database.reading() as connection:
        kept = read_kept(connection, settings, now=now)
        left = read_left(connection, settings, now=now, weeks=WEEKS)
        done = count_processings(connection, since=since, until=until)
        removal = removal_told(asked, connection)
    return asked.page(
        "keeping.html",
        section="/privacy/bewaren",
        title="Wat er is en weggaat",
        kept=[(line, KINDS_OF_DATA[line.kind], may_know(asked, line.kind)) for line in kept],
        left=[(line, *_words_and_link(asked, line.kind)) for line in left],
        mondays=mondays(today, WEEKS),
        done=done,
        days=SHOWN_DAYS,
        **removal,
    )


@router.get("/verwerkingen")
def get_processings(asked: Asked, form: Annotated[ShownPeriod, Query()]) -> HTMLResponse:
    """Show the log of processings, latest first: when what was done, never by or about whom."""
    asked.require(Right.READ_OPERATIONS)
    zone = asked.settings.municipality.zone
    first, last = form.within(asked.settings.municipality.local_day(asked.now))
    lines = list(reversed(_lines(asked, first, last)))
    shown = lines[form.offset : form.offset + form.pagina_grootte]
    return asked.page(
        "processings.html",
        section="/privacy/bewaren",
        title="Wat er is verwerkt",
        lines=shown,
        total=len(lines),
        ok=STATUS_OK,
        at=lambda line: datetime.fromtimestamp(line["start_time"] / 1000, zone),
        first=first,
        last=last,
        page=form.pagina,
        has_more=form.offset + len(shown) < len(lines),
    )


@router.get("/verwerkingen/download")
def get_processings_file(asked: Asked, form: Annotated[ShownPeriod, Query()]) -> Response:
    """Give the log of a period in the shape of Logboek Dataverwerkingen: a JSON object a line."""
    asked.require(Right.READ_OPERATIONS)
    first, last = form.within(asked.settings.municipality.local_day(asked.now))
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in _lines(asked, first, last))
    return answer_content(
        text.encode(), media_type="application/jsonl", name=f"verwerkingen-{first}-{last}.jsonl"
    )


def _lines(asked: PrivacyRequest, first: date, last: date) -> list[dict[str, Any]]:
    since, until = _moments(asked, first, last)
    with asked.database.reading() as connection:
        return read_processings(connection, since=since, until=until)


def _moments(asked: PrivacyRequest, first: date, last: date) -> tuple[datetime, datetime]:
    midnight = asked.settings.municipality.midnight
    return midnight(first), midnight(last + timedelta(days=1))


def _words_and_link(asked: Asked, kind: str) -> tuple[str, str]:
    words, link, right = LEFT[kind]
    return words, link if reachable_gebieden(asked.actor, right) != frozenset() else ""
