"""`/aanmelden` and `/afmelden`: signing in and out with a browser."""

import secrets
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlsplit

import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender
from api.http.provider import Provider, SignInRequest, new_request
from api.http.sign_in import (
    SESSION_COOKIE,
    Now,
    SignedIn,
    delete_cookie,
    device_of,
    limit_address,
    limit_sign_in,
    read_cookie,
    remember_device,
    session_of,
    set_cookie,
    set_session_cookie,
)
from api.pages.kept_forms import kept_for
from api.pages.rendering import render
from hotspots.access.kept_forms import drop_kept_form
from hotspots.access.oidc import actor_of
from hotspots.access.passwords import csrf_token
from hotspots.access.second_steps import TERM, token_of_half
from hotspots.access.sessions import sign_in, sign_in_elsewhere, sign_out, wrong_passwords
from hotspots.errors import AccountError, BusyError, LockedOutError, SecondStepError, SignInError
from hotspots.settings import Settings

router = APIRouter(include_in_schema=False)
log = structlog.stdlib.get_logger()

ATTEMPT, ATTEMPT_S = "hotspots_aanmelding", 600
"""The cookie of a sign-in attempt at the provider, and its lifetime in seconds."""

TRIAL_STATE = "proef-"
"""How the state of an administrator begins who tries signing in at the provider."""

TRIAL_PATH = "/beheer/gebruikers/aanmelddienst/proef/terug"

HALF = "hotspots_stap"
"""The cookie of who gave the right password, and must give a code."""

WANTED = "hotspots_naar"
"""The cookie with the page that was asked before, while signing in at the provider."""


@router.get("/aanmelden", dependencies=[Depends(limit_address)])
def get_sign_in(
    request: Request,
    settings: ServiceSettings,
    naar: Annotated[str, Query(max_length=2000)] = "",
    verlopen: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the form."""
    return _form(request, settings.sign_in.issuer, {"naar": naar}, ended=_ENDED.get(verlopen, ""))


@router.post("/aanmelden", dependencies=[Depends(limit_sign_in)])
def post_sign_in(
    request: Request, form: Form, settings: ServiceSettings, database: ServiceDatabase, now: Now
) -> Response:
    """Begin a session; a wrong name and a wrong password get the same answer."""
    name = form.get("naam", "")
    wrong = 0
    try:
        wrong = wrong_passwords(database, name=name)
        token = sign_in(
            database,
            settings.sign_in,
            name=name,
            password=form.get("wachtwoord", ""),
            now=now,
            earlier_token=session_of(request),
            origin=request.client.host if request.client else "",
            device=device_of(request, name, settings, now),
        )
    except (LockedOutError, BusyError) as error:
        log.info("sign-in refused", how="password", error=type(error).__name__)
        problem = (
            "Te vaak een verkeerd wachtwoord. Wacht even en probeer het opnieuw."
            if isinstance(error, LockedOutError)
            else "Het is nu te druk. Probeer het over enkele seconden opnieuw."
        )
        response = _form(request, settings.sign_in.issuer, form, problem, 429)
        response.headers["Retry-After"] = str(error.wait_s)
        return response
    except SecondStepError as error:
        half = token_of_half(request.app.state.signing_key(), error, now=now)
        to = _onward(form, wrong, settings)
        step = "/aanmelden/code" if error.is_set_up else "/aanmelden/instellen"
        onward = RedirectResponse(step + ("" if to == "/" else f"?naar={quote(to)}"), status_code=303)
        set_cookie(request, onward, HALF, half, samesite="lax", max_age=int(TERM.total_seconds()))
        return onward
    except (SignInError, AccountError) as error:
        log.info("sign-in refused", how="password", error=type(error).__name__)
        problem = "Deze naam en dit wachtwoord horen niet bij elkaar."
        return _form(request, settings.sign_in.issuer, form, problem, 401)
    log.info("signed in", how="password")
    forward = RedirectResponse(_onward(form, wrong, settings), status_code=303)
    remember_device(request, forward, name, settings, now)
    set_session_cookie(request, forward, token)
    return forward


def _onward(form: Mapping[str, str], wrong: int, settings: Settings) -> str:
    """Where to after signing in; by way of the account, if others gave wrong passwords under this name."""
    to = own_address(form.get("naar", ""))
    return to if wrong < settings.sign_in.attempts_before_delay else account_address("pogingen", to)


@router.get("/aanmelden/elders", dependencies=[Depends(limit_address)])
def get_sign_in_elsewhere(request: Request, naar: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """Send the browser to the provider; who is led here by another site gets the form first."""
    provider = provider_of(request)
    if request.headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return RedirectResponse("/aanmelden", status_code=303)
    attempt = new_request()
    response = RedirectResponse(provider.authorisation_url(attempt, return_address(request)), status_code=303)
    set_cookie(request, response, ATTEMPT, attempt.as_cookie(), samesite="lax", max_age=ATTEMPT_S)
    if own_address(naar) != "/":
        to = own_address(naar).encode().hex()
        set_cookie(request, response, WANTED, to, samesite="lax", max_age=ATTEMPT_S)
    return response


@router.get("/aanmelden/terug", dependencies=[Depends(limit_sign_in)])
def get_back(request: Request, settings: ServiceSettings, database: ServiceDatabase, now: Now) -> Response:
    """Begin a session for a user who returns from the provider; or go on with a trial, which begins none."""
    provider = provider_of(request)
    query = request.query_params
    if query.get("state", "").startswith(TRIAL_STATE):
        return RedirectResponse(f"{TRIAL_PATH}?{request.url.query}", status_code=303)
    attempt = SignInRequest.from_cookie(read_cookie(request, ATTEMPT) or "")
    if not secrets.compare_digest(query.get("state", "").encode(), attempt.state.encode()):
        raise SignInError("wanted the answer to the attempt of this browser, found that of another")
    claims = provider.claims(query.get("code", ""), attempt, return_address(request), now=now)
    token = sign_in_elsewhere(
        database,
        settings.sign_in,
        actor=actor_of(claims, settings.sign_in),
        now=now,
        earlier_token=session_of(request),
    )
    log.info("signed in", how="provider")
    response = RedirectResponse(_wanted(request), status_code=303)
    delete_cookie(request, response, ATTEMPT)
    if read_cookie(request, WANTED):
        delete_cookie(request, response, WANTED)
    set_session_cookie(request, response, token)
    return response


def _wanted(request: Request) -> str:
    try:
        return own_address(bytes.fromhex(read_cookie(request, WANTED) or "").decode())
    except ValueError:
        return "/"


@router.get("/sessie")
def get_session(request: Request, actor: SignedIn) -> Response:
    """Give the signed-in user, and the CSRF token for requests that change something."""
    session = session_of(request)
    content = {
        "naam": actor.name,
        "rol": actor.role,
        "organisatie": actor.organisation,
        "gebieden": sorted(actor.gebieden or ()),
        "csrf": csrf_token(session) if session else None,
    }
    return JSONResponse(content)


@router.post("/formulier/weg")
def post_drop(request: Request, sender: Sender, form: Form, database: ServiceDatabase) -> Response:  # who
    """Keep no longer what was typed in a session that had ended."""
    mask = form.get("formulier", "")
    if any(kept.token.mask == mask for kept in kept_for(request, sender)):
        with database.writing() as connection:
            drop_kept_form(connection, mask)
    return RedirectResponse(own_address(form.get("naar", "")), status_code=303)


@router.post("/afmelden")
def post_sign_out(request: Request, sender: Sender, database: ServiceDatabase) -> Response:  # noqa: ARG001  # checks CSRF
    """End the session, and then that at the provider if it began there: else one press lets the next in."""
    session = session_of(request)
    began_elsewhere = bool(session) and sign_out(database, token=session or "")
    away = _sign_out_elsewhere(request) if began_elsewhere else None
    if away is None:
        response: Response = RedirectResponse("/aanmelden", status_code=303)
    else:
        # not a redirect: after a form, the policy of the page lets a browser go to our own site only
        response = render(request, "signed_out.html", title="U wordt afgemeld", away=away)
        response.headers["Refresh"] = f"0; url={away}"
    delete_cookie(request, response, SESSION_COOKIE)
    # what the browser kept of pages goes as well; not the cookies, as the device stays known
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _sign_out_elsewhere(request: Request) -> str | None:
    provider: Provider | None = getattr(request.app.state, "provider", None)
    if provider is None:
        return None
    try:
        return provider.sign_out_url(f"{request.url.scheme}://{request.url.netloc}/aanmelden")
    except (SignInError, ValueError) as error:  # whoever signs out is signed out here, whatever happens there
        log.warning("the provider can't be asked to sign out", error=str(error))
        return None


def provider_of(request: Request) -> Provider:
    """Give the provider of the settings.

    Raises
    ------
    HTTPException
        404 if there is none.
    """
    provider: Provider | None = getattr(request.app.state, "provider", None)
    if provider is None:
        raise HTTPException(404)
    return provider


def return_address(request: Request) -> str:
    """Give the address where the provider sends a browser back to."""
    return f"{request.url.scheme}://{request.url.netloc}/aanmelden/terug"


def own_address(text: str) -> str:
    """Give the address to go to after signing in; the home page unless it is an address of this service.

    Examples
    --------
    >>> own_address("/kaart?soort=woning"), own_address("//evil.example"), own_address("/\\\\evil.example")
    ('/kaart?soort=woning', '/', '/')
    """
    parts = urlsplit(text)
    is_ours = (
        text.startswith("/") and not text.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    )
    return text if is_ours and text.isprintable() else "/"


def wanted_address(text: str) -> str:
    """Give the address to go to after signing in; empty for the home page, which need not be said."""
    to = own_address(text)
    return "" if to == "/" else to


def account_address(done: str, to: str) -> str:
    """Give the address of the account with what was done, by way of which one goes on to where one wanted."""
    return f"/account?gedaan={done}" + ("" if to == "/" else f"&naar={quote(to)}")


_ENDED = {
    "stap": "De tijd voor de tweede stap is voorbij. Meld u opnieuw aan.",
    "formulier": (
        "Uw sessie was verlopen. Wat u invulde, is nog niet verstuurd: meld u aan, dan staat het er nog."
    ),
    "wachtwoord": "Uw sessie was verlopen. Meld u aan en vul uw wachtwoord opnieuw in: dat bewaren we niet.",
    "nieuw": "Uw nieuwe wachtwoord geldt. Meld u ermee aan.",
    "wacht": "Uw nieuwe wachtwoord is bewaard. U kunt aanmelden als een andere beheerder het bevestigt.",
    "bestand": "Uw sessie was verlopen. Meld u aan en kies uw bestand opnieuw.",
}


def _form(
    request: Request,
    issuer: str,
    form: Mapping[str, str],
    problem: str = "",
    status: int = 200,
    *,
    ended: str = "",
) -> Response:
    to = form.get("naar", "")
    response = render(
        request,
        "sign_in.html",
        title="Aanmelden",
        problem=problem,
        ended=ended,
        provider=bool(issuer),
        name=form.get("naam", ""),
        to=wanted_address(to),
    )
    response.status_code = status
    return response
