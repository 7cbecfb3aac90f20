"""`/aanmelden` and `/afmelden`: signing in and out with a browser."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from api.dependencies import ServiceSettings, get_database
from api.pages import render
from api.sign_in import COOKIE, Now, SignedIn, is_from_our_own_page, set_session_cookie
from hotspots.accounts import csrf_token
from hotspots.errors import AccountError, LockedOutError, SignInError
from hotspots.store.accounts import sign_in, sign_out
from hotspots.store.database import Database

router = APIRouter(include_in_schema=False)

MAX_FORM = 4096
"""The longest form, in bytes."""

Store = Annotated[Database, Depends(get_database)]


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a short form, each once."""
    if not is_from_our_own_page(request):
        raise HTTPException(403, "Dit formulier komt niet van deze site.")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            raise HTTPException(413, "Dit formulier is te groot.")
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


Form = Annotated[dict[str, str], Depends(read_form)]


@router.get("/aanmelden")
def get_sign_in(request: Request, settings: ServiceSettings) -> Response:
    """Show the form."""
    return _form(request, settings.sign_in.issuer, "", 200)


@router.post("/aanmelden")
def post_sign_in(
    request: Request, form: Form, settings: ServiceSettings, database: Store, now: Now
) -> Response:
    """Begin a session; a wrong name and a wrong password get the same answer."""
    try:
        token = sign_in(
            database,
            settings.sign_in,
            name=form.get("naam", ""),
            password=form.get("wachtwoord", ""),
            now=now,
            earlier_token=request.cookies.get(COOKIE),
        )
    except LockedOutError:
        problem = "Te vaak een verkeerd wachtwoord. Wacht even en probeer het opnieuw."
        return _form(request, settings.sign_in.issuer, problem, 429)
    except (SignInError, AccountError):
        problem = "Deze naam en dit wachtwoord horen niet bij elkaar."
        return _form(request, settings.sign_in.issuer, problem, 401)
    response = RedirectResponse("/", status_code=303)
    set_session_cookie(request, response, token)
    return response


@router.get("/sessie")
def get_session(request: Request, actor: SignedIn) -> Response:
    """Say who is signed in, and what a request that changes something must carry."""
    session = request.cookies.get(COOKIE)
    content = {
        "naam": actor.name,
        "rol": actor.role,
        "organisatie": actor.organisation,
        "gebieden": sorted(actor.gebieden or ()),
        "csrf": csrf_token(session) if session else None,
    }
    return JSONResponse(content)


@router.post("/afmelden")
def post_sign_out(request: Request, actor: SignedIn, database: Store) -> Response:  # noqa: ARG001  # checks CSRF
    """End the session."""
    session = request.cookies.get(COOKIE)
    if session:
        sign_out(database, token=session)
    response = RedirectResponse("/aanmelden", status_code=303)
    response.delete_cookie(COOKIE, path="/")
    return response


def _form(request: Request, issuer: str, problem: str, status: int) -> Response:
    response = render(request, "sign_in.html", title="Aanmelden", problem=problem, provider=bool(issuer))
    response.status_code = status
    return response
