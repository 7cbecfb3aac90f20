"""`/beheer/adressen`: addresses that only a person can locate, and their correction."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.admin.sections import Asked, Sent
from api.http.forms import Form
from hotspots.access.rights import Right
from hotspots.errors import GeocodingError, NotFoundError
from hotspots.geocoding.relocation import count_review, count_unlocatable, fix_as, review_as

PER_PAGE = 10

router = APIRouter(prefix="/beheer/adressen", include_in_schema=False)

Skipped = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("")
def get_addresses(
    asked: Asked,
    overgeslagen: Skipped = 0,
    geplaatst: Annotated[int | None, Query(ge=0)] = None,
    probleem: Annotated[str, Query(max_length=20)] = "",
) -> HTMLResponse:
    """Show the addresses with most reports first; skipped ones return later. Each reading is logged."""
    items = review_as(
        asked.database, asked.settings, actor=asked.actor, now=asked.now, limit=PER_PAGE, offset=overgeslagen
    )
    return asked.page(
        "addresses.html",
        section="/beheer/adressen",
        title="Onduidelijke adressen",
        items=items,
        total=count_review(asked.database),
        without_address=count_unlocatable(asked.database),
        skipped=overgeslagen,
        per_page=PER_PAGE,
        placed=geplaatst,
        problem=_PROBLEMS.get(probleem, ""),
    )


@router.post("")
def post_address(sent: Sent, form: Form) -> Response:
    """Locate every report with this address, also in later deliveries."""
    sent.require(Right.REVIEW_ADDRESSES)
    written, candidate = form.get("adres", "").strip()[:200], form.get("kandidaat", "")
    meant: str | int = int(candidate) if candidate.isdecimal() and len(candidate) < 4 else written
    skipped = form.get("overgeslagen", "0")
    back = f"/beheer/adressen?overgeslagen={skipped if skipped.isdecimal() else 0}"
    if not meant:
        return RedirectResponse(f"{back}&probleem=leeg", status_code=303)
    try:
        count = fix_as(
            sent.database,
            sent.settings,
            actor=sent.actor,
            key=form.get("sleutel", "")[:700],
            meant=meant,
            now=sent.now,
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
