"""Exact points and texts of reports, with a log of every reading; and that log."""

from datetime import date, datetime

from fastapi import Request, Response
from pydantic import Field

from api.http.answers import answer_document
from api.http.dependencies import PageParameters, ReportParameters, ServiceDatabase
from api.http.negotiation import CSV, JSON, chosen_type
from api.http.paging import Collection, Document, Paged, answer_collection, answer_part, dump_all
from api.http.sign_in import SignedIn
from api.http.tables import columns_of
from api.rest.case_access import SignedInCase
from api.rest.routes import Routes
from hotspots.access.access_log import count_access, read_access_log
from hotspots.access.rights import Right, require
from hotspots.casework.counting import Counting
from hotspots.casework.exact_data import read_points, read_texts
from hotspots.casework.place_reports import read_place_reports

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
    is_table = chosen_type(request, (JSON, CSV)) == CSV
    found = read_place_reports(access, sort=query.sort, taken_as="csv" if is_table else None)
    more = {
        "peildatum": None if found.counted.as_of is None else found.counted.as_of.isoformat(),
        "aantalMeldingen": found.counted.figure,
        "tellingen": {str(reason): count for reason, count in found.counted.per_reason.items()},
        "sindsdienVeranderd": found.counted.changed,
    }
    return answer_part(request, query, "meldingen", ReportOfPlace, found.reports, more=more)


@router.reads("/inzage", "getInzage", "Wie punten en teksten las", Readings)
def get_readings(
    request: Request, query: PageParameters, actor: SignedIn, database: ServiceDatabase
) -> Response:
    """Geeft elke inzage, laatste eerst; alleen voor de privacyfunctionaris."""
    require(actor, Right.READ_ACCESS_LOG, None)
    collection = Collection(
        "inzage",
        count_access(database),
        lambda offset, limit: dump_all(
            AccessRecord, read_access_log(database, actor=actor, offset=offset, limit=limit)
        ),
        columns_of(AccessRecord),
    )
    return answer_collection(request, query, collection)
