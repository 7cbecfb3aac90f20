"""`/nieuw-wachtwoord/{token}`: choosing a new password by a link that an administrator made."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.http.dependencies import ServiceDatabase
from api.http.forms import Form
from api.http.sent_once import do_once
from api.http.sign_in import Now, limit_address, limit_sign_in
from api.pages.account_page import password_problem_of, require_same
from api.pages.rendering import render
from hotspots.access.password_links import PasswordLink, read_password_link, use_password_link
from hotspots.access.rights import Actor
from hotspots.errors import AccountError, BusyError, ExpiredError

router = APIRouter(prefix="/nieuw-wachtwoord", include_in_schema=False)

Token = Annotated[str, Path(max_length=300)]

BY_LINK = Actor("link", "link", None)

_ENDED = [
    "Deze link is verlopen, of al een keer gebruikt.",
    "Vraag de functioneel beheerder om een nieuwe.",
]


@router.get("/{token}", dependencies=[Depends(limit_address)])
def get_link(request: Request, token: Token, database: ServiceDatabase, now: Now) -> HTMLResponse:
    """Show the form to choose a password."""
    try:
        link = read_password_link(database, request.app.state.signing_key(), token, now=now)
    except ExpiredError:
        return _ended(request)
    return _page(request, link)


@router.post("/{token}", dependencies=[Depends(limit_sign_in)], response_model=None)
def post_link(request: Request, token: Token, form: Form, database: ServiceDatabase, now: Now) -> Response:
    """Give the account the chosen password."""
    key = request.app.state.signing_key()
    chosen = key.code("a password that was chosen", form.get("nieuw", ""), form.get("nogmaals", ""))
    # a double click gets the first answer, and not that the link was used
    do_once(request, database, BY_LINK, parts=("link", token, chosen), content=b"", now=now)
    try:
        link = read_password_link(database, key, token, now=now)
        try:
            require_same(form.get("nieuw", ""), form.get("nogmaals", ""))
            use_password_link(database, key, token, password=form.get("nieuw", ""), now=now)
        except (AccountError, BusyError) as error:
            problem = password_problem_of(error)
            return _page(request, link, problem=problem)
    except ExpiredError:
        return _ended(request)
    told = "wacht" if link.is_held_after else "nieuw"
    return RedirectResponse(f"/aanmelden?verlopen={told}", status_code=303)


def _page(request: Request, link: PasswordLink, *, problem: str = "") -> HTMLResponse:
    title = "Welkom: kies een wachtwoord" if link.is_invitation else "Nieuw wachtwoord kiezen"
    response = render(request, "new_password.html", title=title, link=link, problem=problem)
    response.status_code = 400 if problem else 200
    return response


def _ended(request: Request) -> HTMLResponse:
    response = render(request, "notice.html", title="Deze link werkt niet meer", sentences=_ENDED)
    response.status_code = 410
    return response
