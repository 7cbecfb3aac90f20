"""`/privacy`: what waits for the privacy officer."""

from collections import Counter
from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.admin.retention import removal_told
from api.privacy.readings import marked_lines
from api.privacy.requests import term_in_words
from api.privacy.sections import Asked
from hotspots.access.access_log import AccessChoice
from hotspots.access.rights import Right
from hotspots.privacy.requests import read_requests

router = APIRouter(prefix="/privacy", include_in_schema=False)

ODD_DAYS = 7
"""Of how many days back readings that stand out are told."""


@router.get("")
def get_desk(asked: Asked) -> HTMLResponse:
    """Show requests with their terms, readings that stand out, what is to be confirmed, and what goes."""
    asked.require(Right.READ_ACCESS_LOG)
    today = asked.settings.municipality.local_day(asked.now)
    lines = marked_lines(asked, AccessChoice(since=asked.now - timedelta(days=ODD_DAYS)))
    odd = Counter(
        (line.access.actor_id, line.access.actor, str(mark)) for line in lines for mark in line.marks
    )
    with asked.database.reading() as connection:
        removal = removal_told(asked, connection)
        waiting = [request for request in read_requests(connection) if request.is_open]
    return asked.page(
        "overview.html",
        section="/privacy",
        title="Privacy",
        waiting=[(request, term_in_words(request, today)) for request in waiting],
        today=today,
        soon=asked.settings.health.request_soon_days,
        odd=[(*who, count) for who, count in odd.most_common()],
        odd_days=ODD_DAYS,
        since=today - timedelta(days=ODD_DAYS),
        **removal,
    )
