"""Forms of our own pages: their fields, their sender, and that each is done once.

A form has its token in the field ``csrf`` (``{{ csrf }}`` in a template, anew for each form); a script would
send the CSRF token of the session in a header.
"""

import hashlib
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs, urlencode

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.http.characters import readable
from api.http.kept_forms import keep_typed
from api.http.sent_once import do_once, reserve
from api.http.sign_in import CSRF_HEADER, Asking, WhoAsks, identify, is_from_our_own_page, signing_key_of
from hotspots.access.form_tokens import FormToken, make_form_token
from hotspots.access.passwords import csrf_token
from hotspots.access.rights import Actor
from hotspots.errors import ForbiddenError, SignInError

CSRF_FIELD = "csrf"
FORM = "form"


class FormTokens:
    """Gives each form of a page a token of its own, wherever a template writes it."""

    def __init__(self, request: Request, session: str, actor: Actor) -> None:
        self.request = request
        self.session = session
        self.actor = actor

    def __html__(self) -> str:
        """The token of one form."""
        key = signing_key_of(self.request)
        if key is None:
            return csrf_token(self.session)
        return make_form_token(key, self.session, actor_id=self.actor.id, page=page_of(self.request))

    __str__ = __html__


def page_of(request: Request) -> str:
    """The address of the page that is shown: after a form, that of the page the form was on."""
    sent: FormToken | None = getattr(request.state, "form_token", None)
    if sent is not None:
        return sent.page
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def read_form(request: Request) -> dict[str, str]:
    """Read the fields of a form, each once; the service as a whole limits its size."""
    if not is_from_our_own_page(request):
        raise HTTPException(403, "Dit formulier komt niet van deze site.")
    text = readable(await request.body())
    request.state.fields = parse_qs(text, keep_blank_values=True)
    return {name: values[0] for name, values in parse_qs(text).items()}


Form = Annotated[dict[str, str], Depends(read_form)]


def find_sender(asked: WhoAsks, form: Form) -> Actor:
    """Find the sender of a form.

    Raises
    ------
    SignInError
        If the request does not identify its sender.
    ForbiddenError
        If it comes with a session but without the CSRF token of our own page.
    AnsweredBefore
        If it is a form of ours whose session has ended: what was typed is kept, and signing in comes first.
    SentBeforeError
        If it was sent before.
    """
    token = _token_of(asked.request, form)
    try:
        actor = identify(asked, form.get(CSRF_FIELD) or asked.request.headers.get(CSRF_HEADER, ""))
    except ForbiddenError:  # another session, or none of its own page
        if token is not None:
            keep_typed(asked, token, asked.request.state.fields)
        raise
    if actor is None:
        if token is not None:
            keep_typed(asked, token, asked.request.state.fields)
        raise SignInError("wanted a bearer token or a session with this form, found neither")
    if token is not None:
        fields = [(name, values) for name, values in asked.request.state.fields.items() if name != CSRF_FIELD]
        claim_form(asked, actor, token, urlencode(fields, doseq=True).encode())
    return actor


def claim_form(asked: Asking, actor: Actor, token: FormToken, content: bytes) -> None:
    """Have a form done once: the same form with the same content, whoever of this person sends it again.

    Raises
    ------
    SentBeforeError
        If it was sent before.
    """
    parts = (FORM, token.mask, asked.request.url.path, content.hex())
    do_once(asked.request, asked.database, actor, parts=parts, content=content, now=asked.now)


def claim_upload(asked: Asking, actor: Actor, csrf: str, content: bytes) -> None:
    """Have a form with a file done once, at once: it changes no row of the database; see `claim_form`."""
    token = _token_of(asked.request, {CSRF_FIELD: csrf})
    if token is not None:
        claim_form(asked, actor, token, hashlib.sha256(content).digest())
        reserve(asked.request, asked.database)


def _token_of(request: Request, form: Mapping[str, str]) -> FormToken | None:
    key = signing_key_of(request) if CSRF_FIELD in form else None
    token = FormToken.read(key, form[CSRF_FIELD]) if key else None
    request.state.form_token = token
    return token


Sender = Annotated[Actor, Depends(find_sender)]


def fields_of(form: Mapping[str, str]) -> dict[str, str]:
    """The fields that were filled in, without those for the page itself."""
    return {
        name: value for name, value in form.items() if name not in (CSRF_FIELD, "versie") and value.strip()
    }


def version_of(form: Mapping[str, str]) -> int:
    """The version that the sender saw; if the form has none, a version that never exists."""
    text = form.get("versie", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


async def read_choices(request: Request) -> dict[str, list[str]]:
    """Read the fields of a form that can have several values."""
    return parse_qs(readable(await request.body()))


Choices = Annotated[dict[str, list[str]], Depends(read_choices)]
