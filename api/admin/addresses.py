"""`/beheer/adressen`: addresses that only a person can locate, and saying what is meant."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import render_section
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.forms import Form, Sender
from api.http.sign_in import Now, SignedIn
from hotspots.access.rights import Right, require
from hotspots.errors import GeocodingError, NotFoundError
from hotspots.geocoding.relocation import count_review, count_unlocatable, fix_as, review_as

PER_PAGE = 10

router = APIRouter(prefix="/beheer/adressen", include_in_schema=False)

Skipped = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("")
def get_addresses(
    request: Request,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    overgeslagen: Skipped = 0,
    geplaatst: Annotated[int | None, Query(ge=0)] = None,
    probleem: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """The addresses of most reports first; what is skipped comes back later. Each reading is logged."""
    items = review_as(database, settings, actor=actor, now=now, limit=PER_PAGE, offset=overgeslagen)
    return render_section(
        request,
        actor,
        "addresses.html",
        section="/beheer/adressen",
        title="Onduidelijke adressen",
        items=items,
        total=count_review(database),
        without_address=count_unlocatable(database),
        skipped=overgeslagen,
        per_page=PER_PAGE,
        placed=geplaatst,
        problem=_PROBLEMS.get(probleem, ""),
    )


@router.post("")
def post_address(
    form: Form, sender: Sender, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> Response:
    """Place every report with this address, also in later deliveries."""
    require(sender, Right.REVIEW_ADDRESSES, None)
    written, candidate = form.get("adres", "").strip()[:200], form.get("kandidaat", "")
    meant: str | int = int(candidate) if candidate.isdecimal() and len(candidate) < 4 else written
    skipped = form.get("overgeslagen", "0")
    back = f"/beheer/adressen?overgeslagen={skipped if skipped.isdecimal() else 0}"
    if not meant:
        return RedirectResponse(f"{back}&probleem=leeg", status_code=303)
    try:
        count = fix_as(
            database, settings, actor=sender, key=form.get("sleutel", "")[:700], meant=meant, now=now
        )
    except GeocodingError:
        return RedirectResponse(f"{back}&probleem=onbekend", status_code=303)
    except NotFoundError:
        return RedirectResponse(f"{back}&probleem=weg", status_code=303)
    return RedirectResponse(f"{back}&geplaatst={count}", status_code=303)


_PROBLEMS = {
    "leeg": "Kies een suggestie, of schrijf welk adres bedoeld is.",
    "onbekend": "Dit is niet één adres in de gemeente. Schrijf het anders, of kies een suggestie.",
    "weg": "Dit adres staat niet meer in de lijst: iemand anders was eerder.",
}
