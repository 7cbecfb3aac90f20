"""`/inbedden`: maps, the stand and years for everyone, at a signed address that expires."""

import hashlib
import re
from collections import OrderedDict
from datetime import date
from threading import Lock
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from api.http.addresses import service_address
from api.http.dependencies import AsOf, Name, ReadConnection, ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender
from api.http.sign_in import Now, SignedIn, limit_address
from api.pages.public_account import public_page
from api.pages.rendering import render, templates
from api.pages.theme import style_variables
from hotspots.access.rights import Right, may, reachable_gebieden
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ExpiredError, NotFoundError
from hotspots.publishing.embeds import (
    Embed,
    EmbedKind,
    add_embed,
    end_embed,
    find_embed,
    read_embeds,
)
from hotspots.publishing.file_names import disposition, file_name
from hotspots.publishing.public_account import published_years
from hotspots.publishing.public_map import PublicMap, build_public_map
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.tracking.runs import read_as_of_dates

TERMS = {30: "30 dagen", 90: "3 maanden", 183: "half jaar", 366: "jaar"}
"""The terms for which a map can be shared, in days."""

WEEKS = 26
"""The number of weeks to choose from, besides the one in a link from another page."""

KEPT_PICTURES = 64
MAX_AGE_S = 300
"""How long a browser may cache a picture, and so still show it after the map was ended."""

_NAMES = {EmbedKind.KAART: "Kaart", EmbedKind.STAND: "Stand", EmbedKind.JAAR: "Jaar"}

Token = Annotated[str, Path(max_length=200)]
PictureKind = Literal["png", "svg"]

router = APIRouter(include_in_schema=False)
public = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


class PictureCache:
    """A cache of pictures by content, so that a page with many readers has each drawn once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def draw(self, shown: PublicMap, kind: PictureKind) -> tuple[str, bytes]:
        """Give a digest of the picture's content, and the picture."""
        content = (shown.title, shown.subtitle, shown.source, shown.rounding, shown.buurten, shown.peildatum)
        digest = hashlib.sha256(repr((kind, content)).encode()).hexdigest()[:32]
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return digest, self._kept[digest]
        from hotspots.publishing.pictures import draw_public_picture

        picture = draw_public_picture(shown, kind)
        with self._lock:
            self._kept[digest] = picture
            while len(self._kept) > KEPT_PICTURES:
                self._kept.popitem(last=False)
        return digest, picture


class Choice(AsOf):
    """The initial choice in the form to share something, from a link on another page."""

    gebied: Name | None = None
    soort: EmbedKind = EmbedKind.KAART
    jaar: int | None = Field(default=None, ge=1900, le=2200)


@router.get("/inbedden")
def get_embeds(
    request: Request,
    choice: Annotated[Choice, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    actor: SignedIn,
    now: Now,
) -> Response:
    """Show the shared maps, and a form to share one."""
    shared = [
        {
            "embed": embed,
            "is_over": embed.is_over(now),
            "what": told_of(embed),
            "may_end": embed.actor_id == actor.id or may(actor, Right.DECIDE, embed.gebied),
            **_addresses(request, settings, embed),
        }
        for embed in read_embeds(connection, actor=actor)
    ]
    reach = reachable_gebieden(actor, Right.SHARE_MAPS)
    known = names_of_gebieden(connection, settings.areas.gebieden)
    return render(
        request,
        "embeds.html",
        title="Kaart delen",
        maps=shared,
        gebieden=[name for name in known if reach is None or name in reach],
        has_whole=reach is None,
        peildatums=[
            day
            for number, day in enumerate(read_as_of_dates(connection))
            if number < WEEKS or day == choice.peildatum
        ],
        choice=choice,
        years=published_years(connection),
        terms=TERMS,
        hosts=settings.service.embed_hosts,
        zone=settings.municipality.zone,
    )


@router.post("/inbedden")
def post_embed(
    form: Form, actor: Sender, settings: ServiceSettings, database: ServiceDatabase, now: Now
) -> Response:
    """Share a map, the stand or a year."""
    soort = _kind(form.get("soort", ""))
    embed = add_embed(
        database,
        settings,
        actor=actor,
        gebied=form.get("gebied") or None,
        peildatum=_day(form.get("peildatum", "")),
        days=_term(form.get("termijn", "90")),
        now=now,
        soort=soort,
        jaar=_year(form.get("jaar", "")) if soort is EmbedKind.JAAR else None,
    )
    return RedirectResponse(f"/inbedden#{embed.id}", status_code=303)


@router.post("/inbedden/{embed_id}/intrekken")
def post_ending(
    embed_id: Annotated[str, Path(max_length=60)], actor: Sender, database: ServiceDatabase, now: Now
) -> Response:
    """End the sharing of a map."""
    end_embed(database, actor=actor, embed_id=embed_id, now=now)
    return RedirectResponse("/inbedden", status_code=303)


@public.get("/inbedden/{token}")
def get_embed(
    request: Request,
    token: Token,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
    scherm: Literal["groot"] | None = None,
) -> Response:
    """What is shared as a page for a frame: of a map the picture, and the same content as a table."""
    try:
        embed = _found(request, connection, token, now)
        if embed.soort is not EmbedKind.KAART:
            return public_page(request, connection, settings, embed, is_wall=scherm is not None)
        shown = _map_of(connection, settings, embed)
    except (ExpiredError, NotFoundError) as error:
        is_over = isinstance(error, ExpiredError)
        words = "Deze kaart wordt niet meer gedeeld." if is_over else "Deze kaart bestaat niet."
        return _framed(request, settings, 410 if is_over else 404, shown=None, words=words, token="")
    return _framed(request, settings, 200, shown=shown, words="", token=token)


@public.get("/inbedden/{token}/kaart.{kind}")
def get_embed_picture(
    request: Request,
    token: Token,
    kind: PictureKind,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """A shared map as a picture."""
    embed = _found(request, connection, token, now)
    if embed.soort is EmbedKind.JAAR:
        raise NotFoundError("wanted a picture of a map or of the stand, found a year")
    shown = _map_of(connection, settings, embed)
    digest, picture = request.app.state.pictures.draw(shown, kind)
    name = f"kaart-{file_name(shown.place) if shown.place else 'overlast'}.{kind}"
    headers = {
        "ETag": f'"{digest}"',
        "Cache-Control": f"public, max-age={MAX_AGE_S}",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Content-Disposition": disposition(name),
        # an SVG that is opened by itself must not run or load anything
        "Content-Security-Policy": (
            "default-src 'none'; object-src 'none'; base-uri 'none'; style-src 'unsafe-inline'; sandbox"
        ),
    }
    if request.headers.get("if-none-match") == f'"{digest}"':
        return Response(status_code=304, headers=headers)
    media_type = "image/png" if kind == "png" else "image/svg+xml"
    return Response(picture, media_type=media_type, headers=headers)


def told_of(embed: Embed) -> str:
    """What is shared, in words."""
    if embed.soort is EmbedKind.JAAR:
        return f"het jaar {embed.jaar}"
    return "de stand van nu" if embed.soort is EmbedKind.STAND else "kaart"


def _found(request: Request, connection: ReadConnection, token: str, now: Now) -> Embed:
    key: SigningKey = request.app.state.signing_key()
    return find_embed(connection, key, token, now=now)


def _map_of(connection: ReadConnection, settings: Settings, embed: Embed) -> PublicMap:
    return build_public_map(connection, settings, gebied=embed.gebied, peildatum=embed.peildatum)


def _framed(
    request: Request, settings: Settings, status: int, *, shown: PublicMap | None, words: str, token: str
) -> Response:
    nonce = request.state.nonce
    text = templates.get_template("embed.html").render(
        shown=shown,
        words=words,
        picture=f"/inbedden/{token}/kaart.svg",
        nonce=nonce,
        variables=style_variables(settings.service),
    )
    hosts = " ".join(["'self'", *settings.service.embed_hosts])
    policy = (
        f"default-src 'none'; object-src 'none'; img-src 'self'; style-src 'nonce-{nonce}'; base-uri 'none'; "
        f"form-action 'none'; frame-ancestors {hosts}"
    )
    headers = {"Content-Security-Policy": policy, "Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(text, status_code=status, media_type="text/html", headers=headers)


def _addresses(request: Request, settings: Settings, embed: Embed) -> dict[str, str]:
    key: SigningKey = request.app.state.signing_key()
    base = service_address(request, settings)
    page = f"{base.rstrip('/')}/inbedden/{embed.token(key)}"
    what = embed.gebied or settings.municipality.name
    return {
        "page": page,
        "png": f"{page}/kaart.png",
        "svg": f"{page}/kaart.svg",
        "snippet_title": f"{_NAMES[embed.soort]}: meldingen van overlast in {what}",
    }


def _kind(text: str) -> EmbedKind:
    try:
        return EmbedKind(text or EmbedKind.KAART)
    except ValueError:
        raise HTTPException(400, f"Kies wat u deelt: {', '.join(EmbedKind)}.") from None


def _year(text: str) -> int:
    if not re.fullmatch(r"(19|20|21)\d\d", text):
        raise HTTPException(400, "Het jaar moet een jaar zijn zoals 2023.")
    return int(text)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise HTTPException(400, "De week moet een datum zijn zoals 2023-12-31.") from None


def _term(text: str) -> int:
    if not text.isdecimal() or int(text[:9]) not in TERMS:
        raise HTTPException(400, f"De termijn moet een van deze zijn: {', '.join(map(str, TERMS))} dagen.")
    return int(text)
