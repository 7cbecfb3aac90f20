"""Exact points and texts of reports, with a log of every reading; and that log."""

from datetime import datetime

from fastapi import Request, Response
from pydantic import Field

from api.http.answers import answer_document
from api.http.dependencies import PageParameters, ServiceDatabase
from api.http.paging import Document, Paged, answer_page, dump_all
from api.http.sign_in import SignedIn
from api.rest.case_access import SignedInCase
from api.rest.routes import Routes
from hotspots.access.access_log import count_access, read_access_log
from hotspots.casework.exact_data import read_points, read_texts

router = Routes(tags=["beheer"])


class Point(Document):
    """Waar één melding is, zo precies als bekend."""

    tijdstip: datetime = Field(validation_alias="reported_at")
    uur_bekend: bool = Field(
        validation_alias="has_hour",
        description="Onwaar: alleen de dag is bekend, `tijdstip` is het begin ervan.",
    )
    categorie: str = Field(validation_alias="category")
    precisie: str = Field(validation_alias="precision")
    lon: float | None
    lat: float | None


class Points(Document):
    """Punten van meldingen."""

    punten: list[Point]


class ReportText(Document):
    """Wat één melder schreef."""

    tijdstip: datetime = Field(validation_alias="reported_at")
    uur_bekend: bool = Field(
        validation_alias="has_hour",
        description="Onwaar: alleen de dag is bekend, `tijdstip` is het begin ervan.",
    )
    categorie: str = Field(validation_alias="category")
    tekst: str = Field(validation_alias="text")


class ReportTexts(Document):
    """Teksten van meldingen."""

    teksten: list[ReportText]


class AccessRecord(Document):
    """Eén inzage in punten of teksten, of één bestand met wat naar personen wijst."""

    tijdstip: datetime = Field(validation_alias="at")
    door: str = Field(validation_alias="actor")
    organisatie: str = Field(validation_alias="organisation")
    recht: str = Field(validation_alias="right_used")
    hotspot: str | None = Field(validation_alias="hotspot_id")
    aantal_meldingen: int = Field(validation_alias="report_count")
    bestand: str | None = Field(
        validation_alias="taken_as",
        description="Als welk soort bestand het het huis verliet; leeg: alleen gelezen",
    )


class Readings(Paged):
    """Inzagen, laatste eerst."""

    inzage: list[AccessRecord]


@router.reads("/hotspots/{id}/punten", "getPunten", "Exacte punten van meldingen", Points)
def get_points(request: Request, access: SignedInCase) -> Response:
    """Geeft de punten van alle meldingen van een hotspot; de inzage wordt vastgelegd."""
    return answer_document(request, Points.model_validate({"punten": read_points(access)}))


@router.reads("/hotspots/{id}/teksten", "getTeksten", "Teksten van meldingen", ReportTexts)
def get_texts(request: Request, access: SignedInCase) -> Response:
    """Geeft de teksten van alle meldingen van een hotspot; de inzage wordt vastgelegd."""
    return answer_document(request, ReportTexts.model_validate({"teksten": read_texts(access)}))


@router.reads("/inzage", "getInzage", "Wie punten en teksten las", Readings)
def get_readings(
    request: Request, query: PageParameters, actor: SignedIn, database: ServiceDatabase
) -> Response:
    """Geeft elke inzage, laatste eerst; alleen voor de privacyfunctionaris."""
    rows = read_access_log(database, actor=actor, offset=query.offset, limit=query.pagina_grootte)
    return answer_page(request, query, "inzage", dump_all(AccessRecord, rows), count_access(database))
