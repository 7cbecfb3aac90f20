"""`/volgen`: what one follows, areas of one's own, and how one hears of what changes there."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy import Connection

from api.http.answers import answer_bytes
from api.http.dependencies import ReadConnection, ServiceDatabase, ServiceSettings
from api.http.forms import Choices, Form, Sender
from api.http.sign_in import Now, SignedIn, limit_address
from api.pages.maps import SCRIPTS, draw_map
from api.pages.rendering import render
from api.rest.feed import ATOM, draw_changes, stopped_entry
from api.rest.following import CHANGES_OF, NewFollow, start_following
from hotspots.access.rights import Actor, Right, reachable_gebieden, visibility_of
from hotspots.errors import FollowError
from hotspots.geography.projection import Projection
from hotspots.publishing.followed_changes import read_changes, read_followed
from hotspots.publishing.follows import FollowKind, read_follows, unfollow
from hotspots.publishing.own_feeds import end_feed, make_feed, read_feed_token, reader_of_feed
from hotspots.publishing.subscriptions import read_own_subscription
from hotspots.publishing.weekly_map import build_weekly_map
from hotspots.settings import Settings
from hotspots.store.areas import load_areas
from hotspots.tracking.own_areas import OWN

KINDS = {
    FollowKind.PLACE: "plek",
    FollowKind.STREET: "straat",
    FollowKind.RADIUS: "straal",
    FollowKind.DRAWN: "getekend gebied",
    FollowKind.BUURTEN: "buurten",
}
DONE = {
    "volgen": "U volgt dit nu.",
    "gestopt": "U volgt dit niet meer.",
    "feed": "Uw feed heeft een nieuw adres. Een eerder adres werkt niet meer.",
    "zonder-feed": "Het adres van uw feed werkt niet meer.",
}
SHOWN_CHANGES = 50

router = APIRouter(prefix="/volgen", include_in_schema=False)
public = APIRouter(prefix="/volgen", include_in_schema=False, dependencies=[Depends(limit_address)])

FollowId = Annotated[str, Path(max_length=60)]
Token = Annotated[str, Path(max_length=200)]


@router.get("")
def get_page(
    request: Request,
    actor: SignedIn,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
    gedaan: str = "",
) -> HTMLResponse:
    """Show what one follows, what changed there, and the forms to follow more."""
    return _page(request, actor, connection, settings, now, done=DONE.get(gedaan, ""))


@router.post("", response_model=None)
def post_follow(
    request: Request,
    form: Form,
    choices: Choices,
    actor: Sender,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Follow a place, or an area of one's own."""
    try:
        new = NewFollow.model_validate(_fields(form, choices))
        start_following(database, settings, new, actor=actor, now=now)
    except FollowError as error:
        problem = error.dutch
    except (ValidationError, ValueError):
        problem = "Vul in wat u wilt volgen. Afstanden en nummers zijn getallen."
    else:
        back = f"/hotspots/{new.hotspot}?gedaan=volgen" if form.get("naar") == "plek" else None
        return RedirectResponse(back or "/volgen?gedaan=volgen", status_code=303)
    with database.reading() as connection:
        chosen = choices.get("buurt", [])
        return _page(request, actor, connection, settings, now, problem=problem, typed=form, buurten=chosen)


@router.post("/feed", response_model=None)
def post_feed(request: Request, form: Form, actor: Sender, database: ServiceDatabase, now: Now) -> Response:
    """Give the feed a new address, or end it."""
    if form.get("doe") == "stoppen":
        end_feed(database, actor=actor, now=now)
        return RedirectResponse("/volgen?gedaan=zonder-feed", status_code=303)
    make_feed(database, request.app.state.signing_key(), actor=actor, now=now)
    return RedirectResponse("/volgen?gedaan=feed", status_code=303)


@router.post("/{follow_id}/stoppen", response_model=None)
def post_unfollow(
    follow_id: FollowId, form: Form, actor: Sender, database: ServiceDatabase, now: Now
) -> Response:
    """Follow something no more."""
    unfollow(database, actor=actor, follow_id=follow_id, now=now)
    back = f"/hotspots/{form['plek'][:60]}?gedaan=gestopt" if form.get("plek") else "/volgen?gedaan=gestopt"
    return RedirectResponse(back, status_code=303)


@public.get("/feed/{token}", response_model=None)
def get_feed(
    request: Request, token: Token, connection: ReadConnection, settings: ServiceSettings, now: Now
) -> Response:
    """Give what changed where somebody follows as Atom, to who has its signed address."""
    actor = reader_of_feed(connection, request.app.state.signing_key(), token)
    changes = read_changes(connection, settings, actor, since=now - CHANGES_OF, until=now)
    body = draw_changes(
        changes,
        base=f"{request.url.scheme}://{request.url.netloc}",
        self_url=str(request.url),
        title=f"Wat ik volg: {settings.municipality.name or 'hotspots'}",
        author=settings.municipality.name or "Hotspots",
        stopped=stopped_entry(connection, settings),
    )
    return answer_bytes(request, body, media_type=ATOM, headers={"Cache-Control": "private, no-store"})


def _fields(form: dict[str, str], choices: dict[str, list[str]]) -> dict[str, Any]:
    """The fields of a form as the API has them."""
    names = ("soort", "naam", "hotspot", "straat", "lon", "lat")
    fields: dict[str, Any] = {name: form[name].strip() for name in names if form.get(name, "").strip()}
    if form.get("huisnummer", "").strip():
        fields["huisnummer"] = int(form["huisnummer"])
    if form.get("straal", "").strip():
        fields["straalM"] = float(form["straal"].replace(",", "."))
    if form.get("punten"):
        fields["punten"] = [tuple(map(float, pair.split(","))) for pair in form["punten"].split()]
    return fields | {"buurten": choices.get("buurt", [])}


def _page(
    request: Request,
    actor: Actor,
    connection: Connection,
    settings: Settings,
    now: Any,
    *,
    done: str = "",
    problem: str = "",
    typed: dict[str, str] | None = None,
    buurten: Sequence[str] = (),
) -> HTMLResponse:
    own = read_follows(connection, user_id=actor.id)
    known = {spot.nummer: spot for spot in read_followed(connection, settings, actor, own)}
    changes = read_changes(connection, settings, actor, since=now - CHANGES_OF, until=now)
    areas = load_areas(connection, settings.areas.gebieden)
    shown = build_weekly_map(connection, settings, [], peildatum=None, areas=areas)
    token = read_feed_token(connection, request.app.state.signing_key(), actor=actor)
    base = f"{request.url.scheme}://{request.url.netloc}"
    response = render(
        request,
        "follow.html",
        title="Volgen",
        own=[(follow, KINDS[follow.kind], known.get(follow.number or "")) for follow in own],
        is_own_area=OWN,
        changes=changes[:SHOWN_CHANGES],
        subscription=read_own_subscription(connection, actor=actor),
        feed=None if token is None else f"{base}/volgen/feed/{token}",
        buurten=sorted(zip(areas["buurtnaam"], areas["buurtcode"], strict=True)),
        chosen_buurten=set(buurten),
        drawn=draw_map(shown, Projection(settings.municipality.crs), name="tekenkaart"),
        scripts=SCRIPTS,
        local=settings.municipality.zone,
        done=done,
        problem=problem,
        typed=typed or {},
        sees_any=not visibility_of(actor).is_nothing
        and reachable_gebieden(actor, Right.READ_HOTSPOTS) != frozenset(),
    )
    response.status_code = 409 if problem else 200
    return response
