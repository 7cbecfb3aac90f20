"""Exact points and texts of reports, each reading logged, and that log; what verdicts teach."""

from datetime import datetime
from typing import Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.http.answers import answer_document
from api.http.dependencies import PageParameters, ServiceDatabase, ServiceSettings
from api.http.paging import Paged, answer_page, answer_part
from api.http.sign_in import SignedIn
from api.rest.case_access import SignedInCase
from api.rest.case_documents import ResponseModel
from hotspots.access.access_log import Access, count_access, read_access_log
from hotspots.casework.exact_data import read_points, read_texts
from hotspots.casework.verdict_feedback import read_precision

router = APIRouter(tags=["beheer"])


class Point(ResponseModel):
    """Waar één melding is, zo precies als bekend."""

    tijdstip: datetime
    categorie: str
    precisie: str
    lon: float | None
    lat: float | None


class Points(ResponseModel):
    """Punten van meldingen."""

    punten: list[Point]


class ReportText(ResponseModel):
    """Wat één melder schreef."""

    tijdstip: datetime
    categorie: str
    tekst: str


class ReportTexts(ResponseModel):
    """Teksten van meldingen."""

    teksten: list[ReportText]


class AccessRecord(ResponseModel):
    """Eén inzage in punten of teksten."""

    tijdstip: datetime
    door: str
    organisatie: str
    recht: str
    hotspot: str | None
    aantal_meldingen: int

    @classmethod
    def of(cls, row: Access) -> Self:
        """From the library."""
        return cls(
            tijdstip=row.at,
            door=row.actor,
            organisatie=row.organisation,
            recht=row.right_used,
            hotspot=row.hotspot_id,
            aantal_meldingen=row.report_count,
        )


class Readings(Paged):
    """Inzagen, laatste eerst."""

    inzage: list[AccessRecord]


class Precision(ResponseModel):
    """Hoe vaak een signalering terecht bleek."""

    onderwerp: str = Field(description="alles, regel, buurt, seizoen, bron of soort")
    waarde: str
    beoordeeld: int
    bevestigd: int
    precisie: float
    laag: float = Field(description="Ondergrens van het 95%-interval")
    hoog: float = Field(description="Bovengrens van het 95%-interval")


class Precisions(Paged):
    """Hoe vaak signaleringen terecht bleken."""

    leren: list[Precision]


@router.get(
    "/hotspots/{id}/punten",
    operation_id="getPunten",
    summary="Exacte punten van meldingen",
    response_model=Points,
)
def get_points(request: Request, access: SignedInCase) -> Response:
    """Geeft de punten van alle meldingen van een hotspot; de inzage wordt vastgelegd."""
    rows = read_points(access)
    document = Points(
        punten=[
            Point(
                tijdstip=row.reported_at,
                categorie=row.category,
                precisie=row.precision,
                lon=row.lon,
                lat=row.lat,
            )
            for row in rows
        ]
    )
    return answer_document(request, document)


@router.get(
    "/hotspots/{id}/teksten",
    operation_id="getTeksten",
    summary="Teksten van meldingen",
    response_model=ReportTexts,
)
def get_texts(request: Request, access: SignedInCase) -> Response:
    """Geeft de teksten van alle meldingen van een hotspot; de inzage wordt vastgelegd."""
    rows = read_texts(access)
    document = ReportTexts(
        teksten=[ReportText(tijdstip=row.reported_at, categorie=row.category, tekst=row.text) for row in rows]
    )
    return answer_document(request, document)


@router.get("/inzage", operation_id="getInzage", summary="Wie punten en teksten las", response_model=Readings)
def get_readings(
    request: Request, query: PageParameters, actor: SignedIn, database: ServiceDatabase
) -> Response:
    """Geeft elke inzage, laatste eerst; alleen voor de privacyfunctionaris."""
    rows = read_access_log(database, actor=actor, offset=query.offset, limit=query.pagina_grootte)
    members = [AccessRecord.of(row).model_dump(mode="json", by_alias=True) for row in rows]
    return answer_page(request, query, "inzage", members, count_access(database))


@router.get(
    "/leren",
    operation_id="getLeren",
    summary="Hoe vaak signaleringen terecht bleken",
    response_model=Precisions,
)
def get_precision(
    request: Request,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft per regel, buurt, seizoen, bron en soort welk deel van de besluiten de signalering bevestigde."""
    names = {"subject": "onderwerp", "value": "waarde", "judged": "beoordeeld", "confirmed": "bevestigd"}
    table = read_precision(database, settings, actor=actor).rename(
        columns=names | {"precision": "precisie", "low": "laag", "high": "hoog"}
    )
    rows: list[dict[Any, Any]] = table.to_dict("records")
    return answer_part(request, query, "leren", [Precision(**row) for row in rows])
