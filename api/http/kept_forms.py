"""A form that comes when its session has ended is kept, and its sender signs in first."""

import secrets
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

from api.http.response_cache import AnsweredBefore
from api.http.sign_in import Asking, read_cookie, session_of, set_cookie
from hotspots.access.form_tokens import FormToken
from hotspots.access.kept_forms import KeptForm, keep_form
from hotspots.access.sessions import actor_of_session

KEPT_COOKIE = "hotspots_formulier"

PASSWORD_FIELDS = frozenset({"wachtwoord", "oud", "nieuw", "nogmaals"}) | {"code", "geheim", "herstelcode"}
"""Fields that are never kept: every input of the type password has one of these names, and what codes of a
second step are made of or typed in."""

NEVER_KEPT = PASSWORD_FIELDS | {"csrf", "waarde"}
"""Nor is by what a person is looked up who makes a request: that is kept nowhere."""

OF_THE_FORM = frozenset({"csrf", "versie", "doe"})
"""Fields that nobody types."""


def keep_typed(asked: Asking, token: FormToken, fields: Mapping[str, Sequence[str]]) -> None:
    """Keep a form of a session that has ended, and lead its sender to where it is shown again.

    Raises
    ------
    AnsweredBefore
        With the way to the page, or to signing in first. If another is signed in now, nothing is raised.
    """
    request = asked.request
    kept = {name: list(values) for name, values in fields.items() if name not in NEVER_KEPT}
    browser = read_cookie(request, KEPT_COOKIE) or secrets.token_urlsafe(32)
    is_typed = any(value.strip() for name in kept.keys() - OF_THE_FORM for value in kept[name])
    page = _without_message(token.page)
    if is_typed:
        form = KeptForm(FormToken(token.mask, token.whose, page), request.url.path, kept)
        with asked.database.writing() as connection:
            keep_form(connection, asked.settings.sign_in, form, browser=browser, now=asked.now)
    now_in = actor_of_session(
        asked.database, asked.settings.sign_in, token=session_of(request) or "", now=asked.now
    )
    if now_in is not None and not token.is_of(now_in.id):
        return
    to = page
    if now_in is None:
        told = "formulier" if is_typed else "wachtwoord" if PASSWORD_FIELDS & fields.keys() else ""
        to = f"/aanmelden?naar={quote(page)}" + (f"&verlopen={told}" if told else "")
    response = RedirectResponse(to, status_code=303)
    if is_typed:
        minutes = asked.settings.sign_in.kept_form_minutes
        set_cookie(request, response, KEPT_COOKIE, browser, samesite="lax", max_age=60 * minutes)
    raise AnsweredBefore(response)


def browser_of(request: Request) -> str | None:
    """The secret with which what was typed in this browser is sealed."""
    return read_cookie(request, KEPT_COOKIE)


def _without_message(page: str) -> str:
    """The address of a page without what was done before the form was filled in."""
    parts = urlsplit(page)
    asked = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != "gedaan"]
    return parts.path + (f"?{urlencode(asked)}" if asked else "")
