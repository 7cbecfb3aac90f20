"""`/hulp`: the help for users, as it ships with the software.

It tells of no data, but is read by those who may read the service. What helps to sign in is for everyone.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.exceptions import HTTPException

from api.http.dependencies import ServiceSettings
from api.http.sign_in import find_actor, limit_address
from api.pages.help_document import PAGES, START, address_of, find_pictures, read_help
from api.pages.help_links import pages_of
from api.pages.rendering import render
from hotspots.access.rights import Actor
from hotspots.errors import SignInError

router = APIRouter(prefix="/hulp", include_in_schema=False)

SIGNING_IN = "aanmelden"
"""The page for everyone."""

_MEDIA_TYPES = {".svg": "image/svg+xml", ".webp": "image/webp"}

WhoReads = Annotated[Actor | None, Depends(find_actor)]


@router.get("")
def get_start(request: Request, actor: WhoReads, settings: ServiceSettings) -> HTMLResponse:
    """Show where the help begins."""
    return _page(request, START, actor, is_open=not settings.sign_in.required)


@router.get(f"/{SIGNING_IN}")
def get_signing_in(request: Request, actor: WhoReads, settings: ServiceSettings) -> HTMLResponse:
    """Show what helps to sign in; to others the rest of the help is not linked."""
    is_open = actor is not None or not settings.sign_in.required
    return _render(request, SIGNING_IN, actor, PAGES if is_open else (SIGNING_IN,))


@router.get("/{pagina}")
def get_page(request: Request, pagina: str, actor: WhoReads, settings: ServiceSettings) -> HTMLResponse:
    """Show a page of the help."""
    return _page(request, pagina, actor, is_open=not settings.sign_in.required)


@router.get("/img/{name}", dependencies=[Depends(limit_address)])
def get_picture(name: str) -> FileResponse:
    """Give a picture: a drawing, or a page with simulated data. Its address changes with its content."""
    picture = find_pictures().get(name)
    if picture is None:
        raise HTTPException(404)
    return FileResponse(
        picture.path,
        media_type=_MEDIA_TYPES[picture.path.suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def _page(request: Request, name: str, actor: Actor | None, *, is_open: bool) -> HTMLResponse:
    if actor is None and not is_open:
        raise SignInError("wanted a bearer token or a session, found neither")
    if name not in PAGES or (name == START and request.url.path != address_of(START)):
        raise HTTPException(404)
    return _render(request, name, actor, PAGES)


def _render(request: Request, name: str, actor: Actor | None, others: tuple[str, ...]) -> HTMLResponse:
    document = read_help(name)
    leads = {
        section.anchor: page.path
        for section in document.sections
        for page in reversed(list(pages_of(f"{name}#{section.anchor}", actor)))
    }
    return render(
        request,
        "help.html",
        title=document.title,
        document=document,
        leads=leads,
        pages=[(address_of(other), read_help(other).title) for other in others],
    )
