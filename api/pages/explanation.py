"""The pages for everyone: what the software does and keeps, who decides, and how a place gets listed."""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.http.dependencies import ServiceSettings
from api.http.sign_in import limit_address
from api.pages.rendering import render
from api.pages.shipped_document import read_document
from hotspots.settings import Settings

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


@dataclass(frozen=True)
class Period:
    """The retention period of one kind of data, in words."""

    what: str
    how_long: str


@router.get("/uitleg")
def get_explanation(request: Request, settings: ServiceSettings) -> HTMLResponse:
    """Explain the software in plain words, with the periods of the settings."""
    return render(
        request,
        "explanation.html",
        title="Uitleg",
        detection=settings.detection,
        periods=periods(settings),
        service=settings.service,
    )


HOW_LISTED = "zo-komt-een-plek-op-de-lijst"
"""The document in which each term of the pages is explained, under its own anchor."""


@router.get(f"/uitleg/{HOW_LISTED}")
def get_how_listed(request: Request) -> HTMLResponse:
    """Explain how a place gets on the list, and what each word at a place means."""
    document = read_document(HOW_LISTED)
    return render(request, "document.html", title=document.title, document=document)


KEPT: Mapping[str, str] = {
    "text_days": "De tekst van een melding",
    "location_days": "De precieze plek van een melding",
    "report_days": "De melding zelf: tijd, soort overlast en code van de melder",
    "not_signalled_days": "Plekken die niet op de lijst kwamen",
    "dwelling_days": "Het adres van een woning of van één melder, nadat het daar voorbij is",
    "case_text_days": "Wat medewerkers over een plek schreven en wie dat deed, na sluiting",
    "meeting_days": "Welke plekken een overleg langsging, en wat ermee gebeurde",
    "access_log_days": "Wie precieze gegevens heeft bekeken",
    "processing_log_days": "Wanneer welke gegevens zijn verwerkt",
    "request_days": "Wat iemand over eigen gegevens vroeg, na het antwoord",
    "session_days": "Aanmeldingen die voorbij zijn",
    "sent_form_days": "Dat een formulier is verstuurd, zodat het niet twee keer telt",
    "event_days": "Welke berichten naar andere systemen gingen",
    "undo_days": "Hoe meldingen waren voordat een levering ze veranderde, om die te kunnen terugdraaien",
    "account_days": "Een geblokkeerd account, nadat het voor het laatst is gebruikt",
    "job_days": "Het verslag van het automatische werk",
    "reject_days": "Welke regels uit een bestand zijn geweigerd",
    "inbox_days": "Ingelezen bestanden",
    "weekly_report_days": "De weekrapporten als bestand",
}


def periods(settings: Settings) -> list[Period]:
    """Each kind of data with its period, in the order of the settings."""
    return [Period(what, in_words(getattr(settings.retention, name))) for name, what in KEPT.items()]


def in_words(days: int) -> str:
    """Give a period in everyday words.

    Examples
    --------
    >>> [in_words(days) for days in (0, 1, 10, 14, 90, 365, 1095)]
    ['meteen weg', '1 dag', '10 dagen', '2 weken', '90 dagen', '1 jaar', '3 jaar']
    """
    if days == 0:
        return "meteen weg"
    if days % 365 == 0:
        return f"{days // 365} jaar"
    if days % 7 == 0 and days >= 14:
        return f"{days // 7} weken"
    return "1 dag" if days == 1 else f"{days} dagen"
