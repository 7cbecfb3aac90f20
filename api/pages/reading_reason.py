"""`/hotspots/{number}/reden`: why somebody reads the reports of a place, where the municipality asks that."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender
from api.http.sign_in import Now, SignedIn
from api.pages.hotspot_page import Number
from api.pages.rendering import render
from api.pages.sessions import own_address
from hotspots.access.reading_reasons import MAX_EXPLANATION, GivenReason, known_reasons
from hotspots.access.rights import Actor, visibility_of
from hotspots.casework.cases import CaseAccess
from hotspots.casework.exact_data import give_reading_reason, require_reader
from hotspots.errors import WrittenError
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.hotspots import read_hotspot

router = APIRouter(include_in_schema=False)

Where = Annotated[str, Query(max_length=2000)]


@router.get("/hotspots/{number}/reden")
def get_reason(
    request: Request,
    number: Number,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    naar: Where = "",
) -> HTMLResponse:
    """Ask why the reports of this place are read."""
    require_reader(CaseAccess(database, settings, actor, number, now))
    return _page(request, database, settings, actor, number, to=_within(number, naar))


@router.post("/hotspots/{number}/reden", response_model=None)
def post_reason(
    request: Request,
    number: Number,
    form: Form,
    actor: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Keep the reason, and go on to what was asked for."""
    to = _within(number, form.get("naar", ""))
    given = GivenReason(form.get("reden", ""), form.get("toelichting", "").strip())
    try:
        give_reading_reason(CaseAccess(database, settings, actor, number, now), given)
    except WrittenError as error:
        return _page(request, database, settings, actor, number, to=to, given=given, problem=error.dutch)
    return RedirectResponse(to, status_code=303)


def _within(number: str, address: str) -> str:
    """Where to go on: to this place, or a page below it."""
    own = own_address(address)
    page = f"/hotspots/{number}"
    return own if own == page or own.startswith((f"{page}/", f"{page}?")) else f"{page}/meldingen"


def _page(
    request: Request,
    database: Database,
    settings: Settings,
    actor: Actor,
    number: str,
    *,
    to: str,
    given: GivenReason | None = None,
    problem: str = "",
) -> HTMLResponse:
    with database.reading() as connection:
        hotspot = read_hotspot(connection, settings, number, visibility=visibility_of(actor))
    response = render(
        request,
        "reading_reason.html",
        title=f"Waarom leest u de meldingen van {hotspot.label}?",
        hotspot=hotspot,
        reasons=known_reasons(settings.access),
        minutes=settings.access.reason_holds_minutes,
        longest=MAX_EXPLANATION,
        given=given,
        to=to,
        problem=problem,
    )
    response.status_code = 400 if problem else 200
    return response
