"""`/beheer/adressen`: addresses that only a person can locate, one by one, and what is said of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import AdminRequest, Asked, Sent
from api.http.forms import Form
from api.pages.maps import SCRIPTS, draw_map
from hotspots.access.rights import Right
from hotspots.errors import GeocodingError, NotFoundError
from hotspots.geocoding.register_store import read_answers
from hotspots.geocoding.reviewing import (
    Meant,
    NoPlace,
    Point,
    ReviewItem,
    answer_as,
    count_review,
    count_unlocatable,
    review_as,
    take_back_as,
)
from hotspots.geocoding.suggestions import Suggestion, suggest
from hotspots.geography.projection import Projection
from hotspots.intake.scrubbing import scrub_address
from hotspots.publishing.weekly_map import build_weekly_map
from hotspots.store.areas import load_areas

SECTION = "/beheer/adressen"
AT_ONCE = 10
"""Addresses that are read at once: the one that is shown, and what comes after it."""

ANSWERED = 10
SUGGESTED = 10
USUAL_RADIUS_M = 25

router = APIRouter(prefix=SECTION, include_in_schema=False)

Skipped = Annotated[int, Query(ge=0, le=1_000_000)]
Count = Annotated[int | None, Query(ge=0)]


class NothingMeantError(Exception):
    """A form says nothing that can be meant; the message is Dutch."""


@router.get("")
def get_addresses(
    asked: Asked,
    overgeslagen: Skipped = 0,
    geplaatst: Count = None,
    zonder: Count = None,
    teruggezet: Count = None,
) -> HTMLResponse:
    """Show the address with most reports; skipped ones return later. Each reading is logged."""
    return _page(asked, overgeslagen, placed=geplaatst, placeless=zonder, taken_back=teruggezet)


@router.post("")
def post_address(sent: Sent, form: Form) -> Response:
    """Say where an address is, for every report with it, also in later deliveries; or only search."""
    sent.require(Right.REVIEW_ADDRESSES)
    given = form.get("overgeslagen", "")
    skipped = int(given) if given.isdecimal() and len(given) < 7 else 0
    key = form.get("sleutel", "")[:700]
    if form.get("doe") == "zoek":
        with sent.database.reading() as connection:
            found = suggest(connection, sent.settings, form.get("adres", "")[:200], limit=SUGGESTED)
        return _page(sent, skipped, key=key, typed=form, found=found)
    try:
        meant = _meant(form, sent.settings.geocoding.max_point_radius_m)
        count = answer_as(sent.database, sent.settings, actor=sent.actor, key=key, meant=meant, now=sent.now)
    except NothingMeantError as error:
        return _page(sent, skipped, key=key, typed=form, problem=str(error), status=400)
    except GeocodingError:
        problem = OUTSIDE if form.get("doe") == "punt" else NOT_ONE
        return _page(sent, skipped, key=key, typed=form, problem=problem, status=409)
    except NotFoundError:
        return _page(sent, skipped, typed=form, problem=GONE, status=409)
    done = "zonder" if isinstance(meant, NoPlace) else "geplaatst"
    return RedirectResponse(f"{SECTION}?overgeslagen={skipped}&{done}={count}", status_code=303)


@router.post("/ongedaan")
def post_taking_back(sent: Sent, form: Form) -> Response:
    """Take back what was said of an address."""
    sent.require(Right.REVIEW_ADDRESSES)
    key = form.get("sleutel", "")[:700]
    try:
        count = take_back_as(sent.database, sent.settings, actor=sent.actor, key=key, now=sent.now)
    except NotFoundError:
        return _page(sent, 0, problem="Dit antwoord is er niet meer: iemand anders was eerder.", status=409)
    return RedirectResponse(f"{SECTION}?teruggezet={count}", status_code=303)


NOT_ONE = (
    "Dit is niet één adres of plek in de gemeente. Schrijf het anders, of wijs een punt op de kaart aan."
)
OUTSIDE = "Dit punt ligt buiten de gemeente. Kies een ander punt."
GONE = "Dit adres staat niet meer in de lijst: iemand anders was eerder."


def _meant(form: Mapping[str, str], max_radius_m: float) -> Meant:
    candidate = form.get("kandidaat", "")
    match form.get("doe", ""):
        case "punt":
            return _point(form, max_radius_m)
        case "geen":
            reasons = {reason.name: reason for reason in NoPlace}
            if form.get("reden") not in reasons:
                raise NothingMeantError("Kies waarom dit adres niet te plaatsen is.")
            return reasons[form["reden"]]
        case _ if candidate.isdecimal() and len(candidate) < 4:
            return int(candidate)
        case _:
            written = form.get("adres", "").strip()[:200]
            if not written:
                raise NothingMeantError("Kies een suggestie, of schrijf welk adres bedoeld is.")
            return written


def _point(form: Mapping[str, str], max_radius_m: float) -> Point:
    numbers = []
    for name in ("lon", "lat", "straalM"):
        try:
            numbers.append(float(form.get(name, "").strip().replace(",", ".")))
        except ValueError:
            numbers.append(math.nan)
    lon, lat, radius_m = numbers
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise NothingMeantError("Klik op de kaart, of vul de lengtegraad en de breedtegraad in.")
    if not 1 <= radius_m <= max_radius_m:
        raise NothingMeantError(f"Geef een afstand van 1 tot {max_radius_m:.0f} meter.")
    return Point(lon, lat, radius_m)


def _page(
    asked: AdminRequest,
    skipped: int,
    *,
    key: str = "",
    typed: Mapping[str, str] | None = None,
    found: Sequence[Suggestion] | None = None,
    problem: str = "",
    status: int = 200,
    placed: int | None = None,
    placeless: int | None = None,
    taken_back: int | None = None,
) -> HTMLResponse:
    items = review_as(
        asked.database, asked.settings, actor=asked.actor, now=asked.now, limit=AT_ONCE, offset=skipped
    )
    item = _shown(items, key)
    if key and item is None:
        problem, status = problem or GONE, max(status, 409)
        item = items[0] if items else None
        typed = None
    settings = asked.settings
    with asked.database.reading() as connection:
        answers = read_answers(connection, limit=ANSWERED)
        areas = load_areas(connection, settings.areas.gebieden)
        picture = build_weekly_map(connection, settings, [], peildatum=None, areas=areas)
    return asked.page(
        "addresses.html",
        section=SECTION,
        status_code=status,
        title="Onduidelijke adressen",
        item=item,
        items=items,
        written=lambda one: scrub_address(one.written) or "(leeg)",
        scrub=scrub_address,
        total=count_review(asked.database),
        without_address=count_unlocatable(asked.database),
        skipped=skipped,
        at_once=AT_ONCE,
        typed=typed or {},
        found=found,
        reasons=list(NoPlace),
        answers=[(answer, scrub_address(_words(answer.key))) for answer in answers],
        usual_radius_m=USUAL_RADIUS_M,
        max_radius_m=round(settings.geocoding.max_point_radius_m),
        house_radius_m=round(settings.geocoding.max_house_radius_m),
        place_radius_m=round(settings.geocoding.place_reach_m),
        placed=placed,
        placeless=placeless,
        taken_back=taken_back,
        problem=problem,
        drawn=draw_map(picture, Projection(settings.municipality.crs), links=False, name="plek", max_zoom=17),
        scripts=[*SCRIPTS, "/static/adressen.js"],
    )


def _shown(items: Sequence[ReviewItem], key: str) -> ReviewItem | None:
    if not key:
        return items[0] if items else None
    return next((item for item in items if item.key == key), None)


def _words(key: str) -> str:
    """The key of a query as people read it."""
    return " ".join(filter(None, key.split("|")))
