"""The page for everyone: what the software does, what it keeps and for how long, and that people decide."""

from dataclasses import dataclass

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from api.http.dependencies import ServiceSettings
from api.http.sign_in import limit_address
from api.pages.rendering import render
from hotspots.settings import Settings

router = APIRouter(include_in_schema=False, dependencies=[Depends(limit_address)])


@dataclass(frozen=True)
class Period:
    """How long something is kept, in words."""

    what: str
    how_long: str


@router.get("/uitleg")
def get_explanation(request: Request, settings: ServiceSettings) -> HTMLResponse:
    """What the software does, in plain words; the periods are those of the settings."""
    return render(
        request,
        "explanation.html",
        title="Uitleg",
        detection=settings.detection,
        periods=periods(settings),
        service=settings.service,
    )


def periods(settings: Settings) -> list[Period]:
    """Each kind of data with its period, in the order of the settings."""
    keep = settings.retention
    return [
        Period("De tekst van een melding", in_words(keep.text_days)),
        Period("De precieze plek van een melding", in_words(keep.location_days)),
        Period("De melding zelf: tijd, soort overlast en code van de melder", in_words(keep.report_days)),
        Period("Plekken die niet op de lijst kwamen", in_words(keep.not_signalled_days)),
        Period(
            "Het adres van een woning of van één melder, nadat het daar voorbij is",
            in_words(keep.dwelling_days),
        ),
        Period(
            "Wat medewerkers over een plek schreven en wie dat deed, na sluiting",
            in_words(keep.case_text_days),
        ),
        Period("Wie precieze gegevens heeft bekeken", in_words(keep.access_log_days)),
        Period("Wanneer welke gegevens zijn verwerkt", in_words(keep.processing_log_days)),
        Period("Aanmeldingen die voorbij zijn", in_words(keep.session_days)),
        Period("Een geblokkeerd account, nadat het voor het laatst is gebruikt", in_words(keep.account_days)),
        Period("Het verslag van het automatische werk", in_words(keep.job_days)),
        Period("Welke regels uit een bestand zijn geweigerd", in_words(keep.reject_days)),
        Period("Ingelezen bestanden", in_words(keep.inbox_days)),
        Period("De weekrapporten als bestand", in_words(keep.weekly_report_days)),
    ]


def in_words(days: int) -> str:
    """A period as people say it.

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
