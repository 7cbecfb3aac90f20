"""Identifies the actor from a bearer token or a session cookie, and checks that a form is our own.

A request with the cookie that changes something must have the CSRF token of our own page. One with a bearer
token need not, as a browser never adds that by itself.
"""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NamedTuple

import structlog
from fastapi import Depends, Request, Security
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Connection

from api.http.dependencies import ReadConnection, ServiceDatabase, ServiceSettings
from api.http.limits import SIGN_IN_COST, count_request
from api.http.provider import Provider
from hotspots.access.login_names import login_name
from hotspots.access.machine_tokens import actor_of_token
from hotspots.access.oidc import actor_of, key_id_of, verify_token
from hotspots.access.passwords import API_TOKEN_PREFIX, hash_token, is_csrf_token
from hotspots.access.provider_accounts import actor_of_provider
from hotspots.access.rights import EVERYTHING, Actor, Visibility, visibility_of
from hotspots.access.sessions import actor_of_session
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ForbiddenError, HotspotsError, SignInError, StoreError
from hotspots.operations.safety_checks import is_this_machine
from hotspots.operations.safety_facts import Scheme, note_connection
from hotspots.settings import Settings
from hotspots.store.database import Database

log = structlog.stdlib.get_logger()

SESSION_COOKIE = "hotspots_sessie"
DEVICE_COOKIE = "hotspots_apparaat"
DEVICE = "a device on which a name signed in"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="Token van een systeem (`hotspots users token`), of een JWT van de aanmelddienst",
)


async def get_now(request: Request) -> datetime:
    """The time of the request."""
    now: datetime = request.app.state.clock()
    return now


Now = Annotated[datetime, Depends(get_now)]


class Asking(NamedTuple):
    """A request with the credentials of its sender."""

    request: Request
    bearer: HTTPAuthorizationCredentials | None
    database: Database
    settings: Settings
    now: datetime


async def find_asking(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Asking:
    """Collect the request and the credentials of its sender."""
    return Asking(request, credentials, database, settings, now)


WhoAsks = Annotated[Asking, Depends(find_asking)]


async def find_actor(asked: WhoAsks) -> Actor | None:
    """Identify the actor; None if there are no credentials. Counts the request, by actor or else by address.

    Raises
    ------
    SignInError
        If the token is invalid.
    ForbiddenError
        If it changes something in a session, without the CSRF token of our own page.
    HTTPException
        429 if there were too many requests.
    """
    csrf = asked.request.headers.get(CSRF_HEADER, "")
    if asked.bearer is None and session_of(asked.request) is None:
        return identify(asked, csrf)  # nothing to look up, so no thread is needed
    return await run_in_threadpool(identify, asked, csrf)


def identify(asked: Asking, csrf: str) -> Actor | None:
    """Identify the actor as :func:`find_actor`; ``csrf`` proves that the request comes from our own page."""
    request, now = asked.request, asked.now
    try:
        actor = _actor(asked, csrf)
    except HotspotsError:
        count_request(request, None, now)
        raise
    request.state.actor = actor
    count_request(request, actor.id if actor else None, now)
    return actor


def limit_address(request: Request, now: Now) -> None:
    """Count a request without credentials, by its address."""
    count_request(request, None, now)


def limit_sign_in(request: Request, now: Now) -> None:
    """Count a sign-in attempt, which costs more than other requests."""
    count_request(request, None, now, cost=SIGN_IN_COST)


def _actor(asked: Asking, csrf: str) -> Actor | None:
    request = asked.request
    if asked.bearer is not None:
        return _actor_of_bearer(asked.bearer.credentials, asked)
    session = session_of(request)
    if not session:
        return None
    actor = actor_of_session(asked.database, asked.settings.sign_in, token=session, now=asked.now)
    if actor is None:
        return None
    if request.method not in SAFE_METHODS and not is_csrf_token(session, csrf):
        raise ForbiddenError(
            f"wanted the token of this session in {CSRF_HEADER} or in the form, found another or none"
        )
    return actor


async def require_actor(actor: Annotated[Actor | None, Depends(find_actor)]) -> Actor:
    """Identify the actor, which must be known.

    Raises
    ------
    SignInError
        If the request has no credentials.
    """
    return _signed_in(actor)


def _signed_in(actor: Actor | None) -> Actor:
    if actor is None:
        raise SignInError("wanted a bearer token or a session, found neither")
    return actor


SignedIn = Annotated[Actor, Depends(require_actor)]


async def find_visibility(
    actor: Annotated[Actor | None, Depends(find_actor)], settings: ServiceSettings
) -> Visibility:
    """Determine which hotspots the reader may know of; all of them for an anonymous reader, where permitted.

    Raises
    ------
    SignInError
        If the request has no credentials and signing in is required.
    ForbiddenError
        If the actor may not know of any hotspot.
    """
    if actor is None and not settings.sign_in.required:
        return EVERYTHING
    reader = _signed_in(actor)
    visibility = visibility_of(reader)
    if visibility.is_nothing:
        raise ForbiddenError(f"'{reader.name}' wanted to read hotspots, and may do so nowhere")
    return visibility


ReaderVisibility = Annotated[Visibility, Depends(find_visibility)]


class Reading(NamedTuple):
    """What answers to a reader are made from."""

    connection: Connection
    settings: Settings
    visibility: Visibility


async def find_reading(
    connection: ReadConnection, settings: ServiceSettings, visibility: ReaderVisibility
) -> Reading:
    """Collect the connection, the settings and the visibility for the reader."""
    return Reading(connection, settings, visibility)


Reader = Annotated[Reading, Depends(find_reading)]


def cookie_name(request: Request, name: str) -> str:
    """How a cookie is called on this connection: an encrypted one takes none that another host set."""
    return f"__Host-{name}" if request.url.scheme == "https" else name


def read_cookie(request: Request, name: str) -> str | None:
    """A cookie of ours that came with a request."""
    return request.cookies.get(cookie_name(request, name))


def set_cookie(
    request: Request,
    response: Response,
    name: str,
    value: str,
    *,
    samesite: Literal["lax", "strict"],
    max_age: int | None = None,
) -> None:
    """Set a cookie of ours, out of reach of scripts, of other hosts and of requests from other sites."""
    response.set_cookie(
        cookie_name(request, name),
        value,
        max_age=max_age,
        httponly=True,
        samesite=samesite,
        secure=request.url.scheme == "https",
        path="/",
    )


def delete_cookie(request: Request, response: Response, name: str) -> None:
    """Have the browser forget a cookie of ours."""
    response.delete_cookie(
        cookie_name(request, name), path="/", secure=request.url.scheme == "https", httponly=True
    )


def session_of(request: Request) -> str | None:
    """The token of the session that a request comes with."""
    return read_cookie(request, SESSION_COOKIE)


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Set the session cookie, and note whether that was over an encrypted connection."""
    set_cookie(request, response, SESSION_COOKIE, token, samesite="lax")
    if not is_this_machine(request.url.hostname or "localhost"):
        scheme: Scheme = "https" if request.url.scheme == "https" else "http"
        note_connection(request.app.state.database, scheme)


def device_of(request: Request, name: str, settings: Settings, now: datetime) -> str | None:
    """The device that a request comes from, if this name signed in on it before and not too long ago."""
    key = signing_key_of(request)
    parts = key.read(DEVICE, read_cookie(request, DEVICE_COOKIE) or "") if key else None
    if parts is None or len(parts) != 3 or parts[0] != hash_token(login_name(name)):
        return None
    begun = datetime.fromtimestamp(int(parts[2]), UTC)
    return parts[1] if now - begun < timedelta(days=settings.sign_in.device_days) else None


def remember_device(
    request: Request, response: Response, name: str, settings: Settings, now: datetime
) -> None:
    """Let the browser keep that this name signed in on it: there, nobody else's guesses keep it out."""
    days, key = settings.sign_in.device_days, signing_key_of(request)
    if not days or key is None:
        return
    who = hash_token(login_name(name))
    device = key.sign(DEVICE, who, secrets.token_hex(16), str(int(now.timestamp())))
    set_cookie(request, response, DEVICE_COOKIE, device, samesite="strict", max_age=days * 86_400)


def signing_key_of(request: Request) -> SigningKey | None:
    """The key of the service; None if it can't be read or made, which keeps nobody out."""
    find: Callable[[], SigningKey] = request.app.state.signing_key
    try:
        return find()
    except StoreError as error:
        log.warning("no device or form can be known", error=str(error))
        return None


def is_from_our_own_page(request: Request) -> bool:
    """Whether the browser says that a form was sent from a page of this service.

    For signing in, when there is no session yet to bind a CSRF token to.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.url.netloc}"


def _actor_of_bearer(token: str, asked: Asking) -> Actor:
    if token.startswith(API_TOKEN_PREFIX):
        return actor_of_token(asked.database, token=token, now=asked.now)
    provider: Provider | None = getattr(asked.request.app.state, "provider", None)
    if provider is None:
        raise SignInError("wanted a token of this service, found another: no provider is configured")
    settings = asked.settings.sign_in
    claims = verify_token(
        token,
        provider.keys(key_id_of(token)),
        issuer=settings.issuer,
        audience=settings.audience,
        now=asked.now,
        clients={settings.client_id, *settings.clients} - {""},
    )
    return actor_of_provider(asked.database, actor=actor_of(claims, settings), now=asked.now)
