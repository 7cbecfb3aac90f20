"""Exact points and texts of reports, with a log of every reading; and that log."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import Field, model_validator

from api.http.dependencies import Name, Page, ReportParameters, ServiceDatabase, ServiceSettings
from api.http.negotiation import CSV, JSON, chosen_type
from api.http.paging import (
    Collection,
    Document,
    Paged,
    answer_collection,
    answer_list,
    answer_part,
    dump_all,
)
from api.http.periods import Day
from api.http.sign_in import SignedIn
from api.http.tables import columns_of
from api.rest.case_access import SignedInCase
from api.rest.case_documents import RequestModel, ShortText
from api.rest.routes import Routes
from hotspots.access.access_log import AccessChoice, count_access, read_access_log
from hotspots.access.odd_readings import mark_readings
from hotspots.access.reading_reasons import MAX_EXPLANATION, GivenReason
from hotspots.access.rights import Right, require
from hotspots.casework.counting import Counting
from hotspots.casework.exact_data import give_reading_reason, read_points, read_texts
from hotspots.casework.place_reports import read_place_reports
from hotspots.settings import MunicipalitySettings

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


class ReportOfPlace(Document):
    """Eén melding die ooit bij een hotspot hoorde; wat u niet mag zien, is leeg."""

    bron: str = Field(validation_alias="source")
    meldingnummer: str = Field(validation_alias="number", description="Nummer bij de bron")
    tijdstip: datetime = Field(validation_alias="reported_at")
    uur_bekend: bool = Field(
        validation_alias="has_hour",
        description="Onwaar: alleen de dag is bekend, `tijdstip` is het begin ervan.",
    )
    categorie: str = Field(validation_alias="category")
    subcategorie: str | None = Field(validation_alias="subcategory", description="In woorden van de bron")
    telling: Counting = Field(
        validation_alias="counting",
        description="Of deze melding in de cijfers meetelt, en anders waarom niet",
    )
    waarom: str = Field(validation_alias="why", description="Hetzelfde als zin")
    adres: str | None = Field(
        validation_alias="address",
        description=(
            "Zoals gemeld, of met `bij` ervoor het dichtstbijzijnde adres; leeg als dat er niet is of zonder "
            "recht op exacte punten"
        ),
    )
    precisie: str | None = Field(validation_alias="precision")
    lon: float | None
    lat: float | None
    tekst: str | None = Field(
        validation_alias="text", description="Leeg zonder recht op teksten, en als er geen tekst is"
    )


class ReportsOfPlace(Paged):
    """Meldingen van een hotspot, en hoeveel er waarom meetellen."""

    meldingen: list[ReportOfPlace]
    peildatum: date | None = Field(
        description="Van de ronde die telde; leeg als niet is bewaard wat die vond"
    )
    aantal_meldingen: int = Field(description="Hoeveel meldingen die ronde telde")
    tellingen: dict[str, int] = Field(
        description="Hoeveel meldingen er zijn van elke telling, samen alle; wat niet voorkomt ontbreekt",
        examples=[{"telt mee": 29, "zelfde melder": 3, "buiten de periode": 2}],
    )
    sindsdien_veranderd: int = Field(
        description=(
            "Hoeveel meer de ronde telde dan er nu meetellen, omdat er sindsdien gegevens zijn gewist"
        )
    )


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
    persoon: str = Field(validation_alias="actor_id", description="Kenmerk van wie las, om op te kiezen")
    nummer: str | None = Field(validation_alias="number", description="Nummer van de hotspot")
    gebied: str | None = Field(description="Waarin de plek toen lag")
    reden: str | None = Field(validation_alias="reason", description="Waarom, als de gemeente dat vraagt")
    toelichting: str | None = Field(validation_alias="explanation")
    opvallend: list[str] = Field(
        description="Wat eraan opvalt; dat is een vraag, geen oordeel", examples=[["in de nacht"]]
    )


class Readings(Paged):
    """Inzagen, laatste eerst."""

    inzage: list[AccessRecord]


class ReadingQuery(Page):
    """All query parameters of the readings."""

    persoon: Name | None = Field(default=None, description="Alleen van deze persoon of machine: een kenmerk")
    plek: Name | None = Field(default=None, description="Alleen van deze plek: een nummer")
    van: Day | None = Field(default=None, description="Eerste dag", examples=["2023-12-01"])
    tot: Day | None = Field(default=None, description="Laatste dag, die ook meetelt")

    @model_validator(mode="after")
    def _is_period(self) -> "ReadingQuery":
        if self.van is not None and self.tot is not None and self.tot < self.van:
            raise ValueError("de laatste dag (tot) ligt vóór de eerste dag (van)")
        return self


class ReadingReason(RequestModel):
    """Waarom u de meldingen van een plek leest."""

    reden: ShortText = Field(description="Eén van de redenen van de gemeente, of `anders`")
    toelichting: str = Field(default="", max_length=MAX_EXPLANATION)


@router.adds("/hotspots/{id}/inzagereden", "postInzagereden", "Opgeven waarom u meldingen leest")
def post_reason(access: SignedInCase, new: ReadingReason) -> ReadingReason:
    """Legt vast waarom u punten of teksten van deze plek leest; een tijd lang geldt dat voor elke inzage.

    Alleen nodig waar de gemeente erom vraagt (`[access] ask_reading_reason`): daar is lezen zonder een 403.
    """
    give_reading_reason(access, GivenReason(new.reden, new.toelichting.strip()))
    return new


@router.reads("/hotspots/{id}/punten", "getPunten", "Exacte punten van meldingen", Points, is_table=True)
def get_points(request: Request, access: SignedInCase) -> Response:
    """Geeft de punten van alle meldingen van een hotspot; de inzage wordt vastgelegd."""
    points = dump_all(Point, read_points(access, taken_as=_taken_as(request)))
    return answer_list(request, {"punten": points}, "punten", Point)


@router.reads("/hotspots/{id}/teksten", "getTeksten", "Teksten van meldingen", ReportTexts, is_table=True)
def get_texts(request: Request, access: SignedInCase) -> Response:
    """Geeft de teksten van alle meldingen van een hotspot; de inzage wordt vastgelegd."""
    texts = dump_all(ReportText, read_texts(access, taken_as=_taken_as(request)))
    return answer_list(request, {"teksten": texts}, "teksten", ReportText)


@router.reads(
    "/hotspots/{id}/meldingen",
    "getMeldingen",
    "Meldingen van een hotspot, en welke meetellen",
    ReportsOfPlace,
)
def get_reports(request: Request, access: SignedInCase, query: ReportParameters) -> Response:
    """Geeft elke melding die ooit bij een hotspot hoorde, met waarom die meetelt of niet.

    De plek is voor wie exacte punten mag zien, de tekst voor wie teksten mag lezen. De inzage wordt
    vastgelegd.
    """
    found = read_place_reports(access, sort=query.sort, taken_as=_taken_as(request))
    more = {
        "peildatum": None if found.counted.as_of is None else found.counted.as_of.isoformat(),
        "aantalMeldingen": found.counted.figure,
        "tellingen": {str(reason): count for reason, count in found.counted.per_reason.items()},
        "sindsdienVeranderd": found.counted.changed,
    }
    return answer_part(request, query, "meldingen", ReportOfPlace, found.reports, more=more)


def _taken_as(request: Request) -> str | None:
    """The kind of file in which what is read leaves the house; None: it is read on the spot."""
    return "csv" if chosen_type(request, (JSON, CSV)) == CSV else None


@router.reads("/inzage", "getInzage", "Wie punten en teksten las", Readings)
def get_readings(
    request: Request,
    query: Annotated[ReadingQuery, Query()],
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft elke inzage, laatste eerst; alleen voor de privacyfunctionaris."""
    require(actor, Right.READ_ACCESS_LOG, None)
    municipality = settings.municipality
    first, last = period_of(query.van, query.tot, municipality)
    choice = AccessChoice(query.persoon, query.plek, first, last)

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        rows = read_access_log(database, actor=actor, choice=choice, offset=offset, limit=limit)
        with database.reading() as connection:
            marks = mark_readings(connection, rows, settings.access, municipality.zone)
        return dump_all(AccessRecord, [vars(row) | {"opvallend": marks[row.id]} for row in rows])

    collection = Collection("inzage", count_access(database, choice), read, columns_of(AccessRecord))
    return answer_collection(request, query, collection)


def period_of(
    first: date | None, last: date | None, municipality: MunicipalitySettings
) -> tuple[datetime | None, datetime | None]:
    """The moments between which days lie, the last one with it; None where none is given."""
    since = None if first is None else municipality.midnight(first)
    until = None if last is None else municipality.midnight(last + timedelta(days=1))
    return since, until
