"""`/leren`: what verdicts and blind samples teach, beside what the municipality aims at."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.sign_in import SignedIn
from api.pages.not_signalled import REASONS
from api.pages.rendering import render
from hotspots.access.rights import visibility_of
from hotspots.casework.misses import read_misses
from hotspots.casework.verdict_feedback import read_precision
from hotspots.store.areas import load_areas
from hotspots.wording import percentage

SUBJECTS = {
    "regel": "Naar regel",
    "buurt": "Naar buurt",
    "seizoen": "Naar seizoen",
    "bron": "Naar bron",
    "soort": "Naar soort",
    "reden": "Naar reden",
}

router = APIRouter(include_in_schema=False)


@router.get("/leren")
def get_learning(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings
) -> HTMLResponse:
    """Show how often the list was right and what it missed, in all and by rule, buurt and season."""
    table = read_precision(database, settings, actor=actor).to_dict("records")
    learned = read_misses(database, settings, actor=actor)
    with database.reading() as connection:
        areas = load_areas(connection, settings.areas.gebieden)
    return render(
        request,
        "learning.html",
        title="Wat we leren",
        precision=table,
        misses=learned.misses,
        without_persons=visibility_of(actor).dwellings is not None,
        waiting=learned.waiting,
        subjects=SUBJECTS,
        reasons=REASONS,
        buurten=dict(zip(areas["buurtcode"], areas["buurtnaam"], strict=True)),
        goals=settings.samples,
        is_on=settings.samples.is_on,
        percentage=percentage,
    )
