"""`/privacy/stoppen`: the switch that stops signalling, and starting it again with a second person."""

from collections.abc import Mapping

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.http.forms import Form
from api.privacy.sections import Asked, PrivacyRequest, Sent
from hotspots.access.access_changes import is_same_person
from hotspots.access.rights import Right
from hotspots.errors import SignallingError
from hotspots.tracking.signalling import (
    MAX_REASON,
    Step,
    keep_stopped,
    read_signalling,
    read_signalling_changes,
    resume_signalling,
    stop_signalling,
)

router = APIRouter(prefix="/privacy/stoppen", include_in_schema=False)

STEPS: Mapping[Step, str] = {
    Step.STOPPED: "gestopt",
    Step.ASKED: "gevraagd om te hervatten",
    Step.KEPT: "blijft gestopt",
    Step.RESUMED: "hervat",
}
"""Each step in plain words."""

DONE: Mapping[str, str] = {
    "gestopt": "Het zoeken naar plekken is gestopt.",
    "gevraagd": "U hebt gevraagd om te hervatten. Een tweede persoon moet dit bevestigen.",
    "hervat": "Het zoeken naar plekken is hervat.",
    "blijft": "Het zoeken naar plekken blijft gestopt.",
}


@router.get("")
def get_switch(asked: Asked, gedaan: str = "") -> HTMLResponse:
    """Show whether signalling runs, what stopping does, and who did so before."""
    asked.require(Right.STOP_SIGNALLING)
    return _page(asked, done=DONE.get(gedaan, ""))


@router.post("/stop")
def post_stop(sent: Sent, form: Form) -> Response:
    """Stop signalling at once."""
    sent.require(Right.STOP_SIGNALLING)
    reason = form.get("reden", "")
    try:
        stop_signalling(sent.database, by=sent.actor, at=sent.now, reason=reason)
    except SignallingError as error:
        return _page(sent, problem=error.dutch, reason=reason, status=409)
    return _back("gestopt")


@router.post("/hervat")
def post_resume(sent: Sent, form: Form) -> Response:
    """Start signalling again, or ask for it."""
    sent.require(Right.STOP_SIGNALLING)
    reason = form.get("reden", "")
    try:
        runs = resume_signalling(sent.database, sent.settings, by=sent.actor, at=sent.now, reason=reason)
    except SignallingError as error:
        return _page(sent, problem=error.dutch, reason=reason, status=409)
    return _back("hervat" if runs else "gevraagd")


@router.post("/blijf-gestopt")
def post_refusal(sent: Sent, form: Form) -> Response:
    """Keep signalling stopped, though somebody asked to start it again."""
    sent.require(Right.STOP_SIGNALLING)
    reason = form.get("reden", "")
    try:
        keep_stopped(sent.database, by=sent.actor, at=sent.now, reason=reason)
    except SignallingError as error:
        return _page(sent, problem=error.dutch, reason=reason, status=409)
    return _back("blijft")


def _back(done: str) -> Response:
    return RedirectResponse(f"/privacy/stoppen?gedaan={done}", status_code=303)


def _page(
    asked: PrivacyRequest, *, done: str = "", problem: str = "", reason: str = "", status: int = 200
) -> HTMLResponse:
    with asked.database.reading() as connection:
        state = read_signalling(connection)
        changes = read_signalling_changes(connection)
    return asked.page(
        "stopping.html",
        section="/privacy/stoppen",
        status_code=status,
        title="Zoeken stoppen",
        state=state,
        changes=changes,
        steps=STEPS,
        is_own_ask=state.asked is not None
        and is_same_person(asked.actor, state.asked.actor_id, state.asked.by),
        needs_second=asked.settings.signalling.second_person_resumes,
        max_reason=MAX_REASON,
        done=done,
        problem=problem,
        reason=reason,
    )
