"""`/beheer/gebruikers/aanmelddienst`: signing in at the provider, explained and tried.

The administrator signs in at the provider and sees which claims came and which role follows. A trial makes no
account and no session, and keeps nothing: what came is on the page alone.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import select

from api.admin.sections import AdminRequest, Asked
from api.admin.users import areas_of
from api.http.provider import SignInRequest, new_request
from api.http.sign_in import delete_cookie, read_cookie, set_cookie
from api.pages.sessions import ATTEMPT_S, TRIAL_PATH, TRIAL_STATE, provider_of, return_address
from hotspots.access.oidc import actor_of
from hotspots.access.right_words import rights_in_words, role_in_words
from hotspots.access.rights import Actor, Right, Role
from hotspots.errors import SignInError
from hotspots.settings import SignInSettings
from hotspots.store.case_tables import users

router = APIRouter(prefix="/beheer/gebruikers/aanmelddienst", include_in_schema=False)
log = structlog.stdlib.get_logger()

TRIAL, PURPOSE = "hotspots_proef", "a trial of signing in elsewhere"
"""The cookie of a trial, and what its signature says: it is of the administrator who began it."""

_NOT_OF_THIS = "Dit is geen antwoord op uw proef. Begin opnieuw."
_REFUSED = (
    "Uw organisatie gaf geen antwoord dat klopt. Kijk of het adres, de naam en het geheim hieronder daar ook "
    "zo staan, en of dit adres er als terugkeeradres staat."
)


@router.get("")
def get_provider(asked: Asked) -> HTMLResponse:
    """Explain signing in at the provider, as it is set."""
    asked.require(Right.MANAGE_USERS)
    return _page(asked)


@router.get("/proef")
def get_trial(asked: Asked) -> Response:
    """Send the administrator to the provider, for a trial."""
    asked.require(Right.MANAGE_USERS)
    provider = provider_of(asked.request)
    if asked.request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return RedirectResponse("/beheer/gebruikers/aanmelddienst", status_code=303)
    attempt = new_request()
    attempt = replace(attempt, state=TRIAL_STATE + attempt.state)
    try:
        away = provider.authorisation_url(attempt, return_address(asked.request))
    except SignInError as error:
        log.warning("the provider can't be tried", error=str(error))
        return _page(asked, problem="Uw organisatie is niet bereikbaar op dit adres.", status=502)
    response = RedirectResponse(away, status_code=303)
    key = asked.request.app.state.signing_key()
    kept = key.sign(PURPOSE, asked.actor.id, attempt.state, attempt.nonce, attempt.verifier)
    set_cookie(asked.request, response, TRIAL, kept, samesite="lax", max_age=ATTEMPT_S)
    return response


@router.get(TRIAL_PATH.removeprefix(router.prefix))
def get_back(asked: Asked) -> HTMLResponse:
    """Show what the provider said of the administrator, and which role follows."""
    asked.require(Right.MANAGE_USERS)
    provider = provider_of(asked.request)
    key, query = asked.request.app.state.signing_key(), asked.request.query_params
    kept = key.read(PURPOSE, read_cookie(asked.request, TRIAL) or "")
    if kept is None or len(kept) != 4 or kept[0] != asked.actor.id or kept[1] != query.get("state"):
        return _page(asked, problem=_NOT_OF_THIS, status=400)
    attempt = SignInRequest(kept[1], kept[2], kept[3])
    try:
        back = return_address(asked.request)
        claims = provider.claims(query.get("code", ""), attempt, back, now=asked.now)
    except SignInError as error:
        log.info("a trial of signing in was refused", error=type(error).__name__)
        response = _page(asked, problem=_REFUSED, status=502)
    else:
        response = _page(asked, claims=claims, outcome=_outcome(asked, claims))
    delete_cookie(asked.request, response, TRIAL)
    return response


def _outcome(asked: AdminRequest, claims: Mapping[str, Any]) -> dict[str, Any]:
    """What would follow from these claims, without anything of it being done."""
    settings = asked.settings.sign_in
    try:
        actor: Actor | None = actor_of(claims, settings)
    except SignInError:
        actor = None
    if actor is None or actor.role is None:
        return {"actor": None, "why": _why_not(claims, settings)}
    known = set(areas_of(asked))
    with asked.database.reading() as connection:
        row = connection.execute(select(users.c.full_name).where(users.c.subject == actor.id)).first()
    return {
        "actor": actor,
        "role_words": role_in_words(actor.role),
        "rights": rights_in_words(actor),
        "unknown_areas": sorted((actor.gebieden or frozenset()) - known),
        "lacks_areas": actor.role is Role.GEBIEDSTEAM and not (actor.gebieden or frozenset()) & known,
        "is_known": row is not None,
    }


def _why_not(claims: Mapping[str, Any], settings: SignInSettings) -> str:
    if not isinstance(claims.get(settings.subject_claim), str):
        return "Er kwam niet mee welke persoon het is."
    given = claims.get(settings.roles_claim)
    names = given if isinstance(given, list) else [given] if isinstance(given, str) else []
    roles = {settings.role_of[name] for name in names if isinstance(name, str) and name in settings.role_of}
    if len(roles) > 1:
        return "Er kwam meer dan één rol mee, en de software kiest niet zelf."
    return "Er kwam geen rol mee die hier bekend is. Wie zo aanmeldt, komt er niet in."


def _page(
    asked: AdminRequest,
    *,
    claims: Mapping[str, Any] | None = None,
    outcome: Mapping[str, Any] | None = None,
    problem: str = "",
    status: int = 200,
) -> HTMLResponse:
    shown = {name: json.dumps(value, ensure_ascii=False) for name, value in sorted((claims or {}).items())}
    return asked.page(
        "sign_in_trial.html",
        section="/beheer/gebruikers",
        status_code=status,
        title="Aanmelden via uw organisatie",
        own=asked.settings.sign_in,
        has_secret=bool(asked.settings.sign_in.client_secret.get_secret_value()),
        return_address=return_address(asked.request),
        claims=shown,
        outcome=outcome,
        problem=problem,
    )
