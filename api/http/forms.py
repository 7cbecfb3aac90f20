"""Forms of our own pages: their fields and their sender.

A form has the CSRF token of the session in a field; a script would send it in a header.
"""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.http.characters import readable
from api.http.sign_in import CSRF_HEADER, WhoAsks, identify, is_from_our_own_page
from hotspots.access.rights import Actor
from hotspots.errors import SignInError

CSRF_FIELD = "csrf"


async def read_form(request: Request) -> dict[str, str]:
    """Read the fields of a form, each once; the service as a whole limits its size."""
    if not is_from_our_own_page(request):
        raise HTTPException(403, "Dit formulier komt niet van deze site.")
    body = await request.body()
    return {name: values[0] for name, values in parse_qs(readable(body)).items()}


Form = Annotated[dict[str, str], Depends(read_form)]


def find_sender(asked: WhoAsks, form: Form) -> Actor:
    """Find the sender of a form.

    Raises
    ------
    SignInError
        If the request does not identify its sender.
    ForbiddenError
        If it comes with a session but without the CSRF token of our own page.
    """
    actor = identify(asked, form.get(CSRF_FIELD) or asked.request.headers.get(CSRF_HEADER, ""))
    if actor is None:
        raise SignInError("wanted a bearer token or a session with this form, found neither")
    return actor


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
