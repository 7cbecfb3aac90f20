"""`/inbedden`: maps, the stand and years for everyone, at a signed address that expires."""

import hashlib
import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import Field, model_validator
from starlette.exceptions import HTTPException

from api.http.addresses import service_address
from api.http.dependencies import AsOf, Name, ReadConnection, ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender
from api.http.sign_in import Now, SignedIn, limit_address
from api.pages.downloads import Taker, answer_table
from api.pages.embedding import answer_framed, frame_code, frame_obstacles
from api.pages.public_account import public_page
from api.pages.rendering import render
from api.pages.week_and_map import without_empty
from hotspots.access.rights import Right, may, reachable_gebieden, require
from hotspots.access.signed_links import SigningKey
from hotspots.errors import ExpiredError, NotFoundError
from hotspots.files.written_tables import Written
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
from hotspots.publishing.public_figures import PublishedQuarter, published_quarters
from hotspots.publishing.public_map import PublicMap, build_public_map
from hotspots.publishing.taken_along import Kind, log_taken
from hotspots.settings import Settings
from hotspots.store.areas import names_of_gebieden
from hotspots.wording import quarter, week

TERMS = {30: "30 dagen", 90: "3 maanden", 183: "half jaar", 366: "jaar"}
"""The terms for which a map can be shared, in days."""

KEPT_PICTURES = 64
MAX_AGE_S = 300
"""How long a browser may cache a picture, and so still show it after the map was ended."""

_NAMES = {EmbedKind.KAART: "Kaart", EmbedKind.STAND: "Stand", EmbedKind.JAAR: "Jaar"}

Token = Annotated[str, Path(max_length=200)]
PictureKind = Literal["png", "svg"]
Quarter = Annotated[str, Field(pattern=r"^\d{4}-Q[1-4]$")]

router = APIRouter(include_in_schema=False)
public = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


class PictureCache:
    """A cache of pictures by content, so that a page with many readers has each drawn once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def draw(self, shown: PublicMap, kind: PictureKind, *, with_title: bool = True) -> tuple[str, bytes]:
        """Give a digest of the picture's content, and the picture."""
        texts = (shown.title, shown.subtitle, shown.stopped, shown.source, shown.rounding)
        content = (*texts, shown.buurten, shown.peildatum)
        digest = hashlib.sha256(repr((kind, with_title, content)).encode()).hexdigest()[:32]
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return digest, self._kept[digest]
        from hotspots.publishing.pictures.drawing import draw_public_picture

        picture = draw_public_picture(shown, kind, with_title=with_title)
        with self._lock:
            self._kept[digest] = picture
            while len(self._kept) > KEPT_PICTURES:
                self._kept.popitem(last=False)
        return digest, picture


class Choice(AsOf):
    """The initial choice in the form to share something, from a link on another page."""

    gebied: Name | None = None
    periode: Quarter | None = None
    soort: EmbedKind = EmbedKind.KAART
    jaar: int | None = Field(default=None, ge=1900, le=2200)
    _drop_empty = model_validator(mode="before")(without_empty)


class Download(Choice):
    """Query parameters of the table of a map that can be shared."""

    vorm: Literal["csv", "xlsx"] = "csv"


class PictureChoice(Choice):
    """Query parameters of the picture of a map that can be shared."""

    titel: Literal["nee"] | None = None


@router.get("/inbedden")
def get_embeds(
    request: Request,
    choice: Annotated[Choice, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    actor: SignedIn,
    now: Now,
) -> Response:
    """Show what is shared, a choice, and what would be shared by it."""
    reach = reachable_gebieden(actor, Right.SHARE_MAPS)
    known = names_of_gebieden(connection, settings.areas.gebieden)
    gebieden = [name for name in known if reach is None or name in reach]
    quarters = published_quarters(connection)
    choice = _completed(choice, quarters, None if reach is None else gebieden)
    obstacles = frame_obstacles(settings.service)
    shown = None
    if choice.soort is EmbedKind.KAART and (
        choice.gebied in gebieden or (choice.gebied is None and reach is None)
    ):
        shown = _chosen_map(connection, settings, choice)
    shared = [
        {
            "embed": embed,
            "is_over": embed.is_over(now),
            "what": told_of(embed),
            "period": _period_of(embed, quarters),
            "may_end": embed.actor_id == actor.id or may(actor, Right.DECIDE, embed.gebied),
            **_addresses(request, settings, embed, with_code=not obstacles),
        }
        for embed in read_embeds(connection, actor=actor)
    ]
    return render(
        request,
        "embeds.html",
        title="Kaart delen",
        maps=shared,
        gebieden=gebieden,
        has_whole=reach is None,
        quarters=quarters,
        choice=choice,
        query=_query(choice),
        shown=shown,
        obstacles=obstacles,
        years=published_years(connection),
        terms=TERMS,
        hosts=settings.service.embed_hosts,
        contact=settings.service,
        zone=settings.municipality.zone,
    )


@router.post("/inbedden")
def post_embed(
    form: Form, actor: Sender, settings: ServiceSettings, database: ServiceDatabase, now: Now
) -> Response:
    """Share a map, the stand or a year."""
    soort = _kind(form.get("soort", ""))
    with database.reading() as connection:
        peildatum = _peildatum_of(form.get("periode", ""), published_quarters(connection))
    embed = add_embed(
        database,
        settings,
        actor=actor,
        gebied=form.get("gebied") or None,
        peildatum=peildatum,
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


@router.get("/inbedden/voorbeeld")
def get_preview(
    request: Request,
    choice: Annotated[Choice, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    actor: SignedIn,
    now: Now,
) -> Response:
    """What would be shared by a choice, as everyone would see it; nothing is shared yet."""
    require(actor, Right.SHARE_MAPS, choice.gebied)
    if choice.soort is EmbedKind.KAART:
        shown = _chosen_map(connection, settings, choice)
        picture = f"/inbedden/voorbeeld/kaart.svg?{_query(choice)}&titel=nee"
        return _framed(request, settings, 200, shown=shown, words="", picture=picture)
    years = published_years(connection)
    if choice.soort is EmbedKind.JAAR and not years:
        raise NotFoundError("there is no year with published figures")
    transient = Embed("", choice.gebied, None, now, actor.id, actor.name, now, None, None, choice.soort)
    year = choice.jaar or (years[0] if years else None)
    return public_page(request, connection, settings, replace(transient, jaar=year), is_wall=False)


@router.get("/inbedden/voorbeeld/kaart.{kind}")
def get_preview_picture(
    request: Request,
    kind: PictureKind,
    choice: Annotated[PictureChoice, Query()],
    connection: ReadConnection,
    settings: ServiceSettings,
    actor: SignedIn,
) -> Response:
    """The picture of a map by a choice, for a letter; it holds only what everyone may see."""
    require(actor, Right.SHARE_MAPS, choice.gebied)
    shown = _chosen_map(connection, settings, choice)
    return _pictured(request, shown, kind, with_title=choice.titel is None, max_age_s=0)


@router.get("/inbedden/voorbeeld/download")
def get_preview_table(form: Annotated[Download, Query()], taking: Taker, actor: SignedIn) -> Response:
    """The table of a map by a choice, as CSV or XLSX; it holds only what everyone may see."""
    require(actor, Right.SHARE_MAPS, form.gebied)
    with taking.database.reading() as connection:
        shown = _chosen_map(connection, taking.settings, form)
        notes = taking.notes(connection, what=shown.title, choice=shown.subtitle, peildatum=shown.peildatum)
    rows = [(buurt.name, buurt.figure, "ja" if buurt.has_hotspot else "nee") for buurt in shown.buurten]
    table = Written("buurten", ("buurt", "meldingenAfgerond", "herhaaldeOverlastOpEenPlek"), rows)
    stem = f"meldingen-{file_name(shown.place) if shown.place else 'gemeente'}-{form.periode or 'laatste'}"
    response = answer_table(
        taking, Kind(form.vorm), table, stem=stem, notes=[*notes, ("Afgerond", shown.rounding)]
    )
    log_taken(taking.database, actor=actor, persons={}, kind=form.vorm, now=taking.now)
    return response


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
        return _framed(request, settings, 410 if is_over else 404, shown=None, words=words, picture="")
    picture = f"/inbedden/{token}/kaart.svg?titel=nee"
    return _framed(request, settings, 200, shown=shown, words="", picture=picture)


@public.get("/inbedden/{token}/kaart.{kind}")
def get_embed_picture(
    request: Request,
    token: Token,
    kind: PictureKind,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
    titel: Literal["nee"] | None = None,
) -> Response:
    """A shared map as a picture; without title where that stands beside it."""
    embed = _found(request, connection, token, now)
    if embed.soort is EmbedKind.JAAR:
        raise NotFoundError("wanted a picture of a map or of the stand, found a year")
    shown = _map_of(connection, settings, embed)
    return _pictured(request, shown, kind, with_title=titel is None, max_age_s=MAX_AGE_S)


def _pictured(
    request: Request, shown: PublicMap, kind: PictureKind, *, with_title: bool, max_age_s: int
) -> Response:
    digest, picture = request.app.state.pictures.draw(shown, kind, with_title=with_title)
    name = f"kaart-{file_name(shown.place) if shown.place else 'overlast'}.{kind}"
    headers = {
        "ETag": f'"{digest}"',
        "Cache-Control": f"public, max-age={max_age_s}" if max_age_s else "no-store",
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
    request: Request, settings: Settings, status: int, *, shown: PublicMap | None, words: str, picture: str
) -> Response:
    return answer_framed(
        request,
        settings.service,
        "embed.html",
        status=status,
        has_own_styles=False,
        shown=shown,
        words=words,
        picture=picture,
    )


def _addresses(request: Request, settings: Settings, embed: Embed, *, with_code: bool) -> dict[str, str]:
    key: SigningKey = request.app.state.signing_key()
    base = service_address(request, settings)
    page = f"{base.rstrip('/')}/inbedden/{embed.token(key)}"
    what = embed.gebied or settings.municipality.name
    return {
        "page": page,
        "png": f"{page}/kaart.png",
        "svg": f"{page}/kaart.svg",
        "code": frame_code(page, f"{_NAMES[embed.soort]}: meldingen van overlast in {what}")
        if with_code
        else "",
    }


def _completed(choice: Choice, quarters: Sequence[PublishedQuarter], only: Sequence[str] | None) -> Choice:
    """A choice with what a link leaves open: the quarter that its week had, and one's own gebied."""
    changed: dict[str, str | None] = {}
    if choice.periode is None and choice.peildatum is not None:
        changed["periode"] = next((each.code for each in quarters if each.as_of <= choice.peildatum), None)
    if choice.gebied is None and only:
        changed["gebied"] = only[0]
    return choice.model_copy(update=changed)


def _query(choice: Choice) -> str:
    values = choice.model_dump(mode="json", include={"soort", "gebied", "periode", "jaar"})
    return urlencode({name: value for name, value in values.items() if value})


def _chosen_map(connection: ReadConnection, settings: Settings, choice: Choice) -> PublicMap:
    peildatum = _peildatum_of(choice.periode or "", published_quarters(connection))
    return build_public_map(connection, settings, gebied=choice.gebied, peildatum=peildatum)


def _peildatum_of(code: str, quarters: Sequence[PublishedQuarter]) -> date | None:
    """The day of the run that published a quarter; None for always the latest."""
    if not code:
        return None
    for each in quarters:
        if each.code == code:
            return each.as_of
    known = ", ".join(each.code for each in quarters) or "nog geen"
    raise HTTPException(400, f"Kies een kwartaal waarvan er cijfers zijn: {known}.")


def _period_of(embed: Embed, quarters: Sequence[PublishedQuarter]) -> str:
    """The quarter that a shared map shows, in words."""
    if embed.peildatum is None:
        return "altijd het laatste kwartaal"
    found = next((each for each in quarters if each.as_of <= embed.peildatum), None)
    return week(embed.peildatum) if found is None else quarter(found.first_day)


def _kind(text: str) -> EmbedKind:
    try:
        return EmbedKind(text or EmbedKind.KAART)
    except ValueError:
        raise HTTPException(400, f"Kies wat u deelt: {', '.join(EmbedKind)}.") from None


def _year(text: str) -> int:
    if not re.fullmatch(r"(19|20|21)\d\d", text):
        raise HTTPException(400, "Het jaar moet een jaar zijn zoals 2023.")
    return int(text)


def _term(text: str) -> int:
    if not text.isdecimal() or int(text[:9]) not in TERMS:
        raise HTTPException(400, f"De termijn moet een van deze zijn: {', '.join(map(str, TERMS))} dagen.")
    return int(text)
