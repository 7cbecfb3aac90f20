"""`/v1/niet-gesignaleerd` and `/v1/aangedragen`: what was not signalled, and putting it on the list."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from fastapi import Query, Request, Response
from pydantic import Field, StrictBool, model_validator

from api.http.coordinates import CRS84
from api.http.dependencies import Name, Page, ReadConnection, ServiceDatabase, ServiceSettings
from api.http.negotiation import CSV, GEOJSON, JSON, chosen_type
from api.http.paging import Collection, Document, Paged, answer_collection, answer_features, dump_all
from api.http.sign_in import Now, SignedIn
from api.http.tables import columns_of
from api.http.versions import SeenVersion, version_tag
from api.rest.case_access import SignedInCase
from api.rest.case_documents import CaseDocument, RequestModel, ShortText, Text
from api.rest.documents import FeatureCollection
from api.rest.routes import Routes
from hotspots.geography.geojson import shapes_of
from hotspots.model import Soort
from hotspots.tracking.not_signalled import (
    NotSignalled,
    count_refused,
    only,
    reach_of,
    read_not_signalled,
    with_names,
)
from hotspots.weekly.nominating import Seen, nominate, withdraw

router = Routes(tags=["niet-gesignaleerd"])

RefusedBy = Literal[
    "aantal meldingen",
    "aantal dagen",
    "aantal weken",
    "duur",
    "piek",
    "aantal melders",
    "aandeel van één melder",
    "actueel",
    "verspreid",
    "omgeving",
    "vals alarm",
    "anders",
]
"""What keeps a place off the list: ``tracking.not_signalled.REASON_NAMES``."""


class NotSignalledQuery(Page):
    """All query parameters of the places that were not signalled."""

    gebied: Name | None = Field(default=None, description="Naam van een gebied")
    buurt: Name | None = Field(default=None, description="Code van een buurt", examples=["BU09350000"])
    reden: RefusedBy | None = Field(default=None, description="Alleen wat hierdoor niet op de lijst kwam")


class NotSignalledDocument(Document):
    """Een plek die bijna op de lijst kwam."""

    plek: str = Field(validation_alias="key", description="Kenmerk in deze ronde; om haar aan te dragen")
    naam: str = Field(validation_alias="name")
    reden: RefusedBy = Field(validation_alias="refused_by", description="Wat haar van de lijst hield")
    waarom: str = Field(validation_alias="because", description="De reden in een zin")
    dichtbij: float = Field(
        validation_alias="nearness",
        description="Welk deel zij heeft van wat nodig is; 1 als alleen een vals alarm haar tegenhield",
    )
    soort: Soort
    aantal_meldingen: int = Field(validation_alias="report_count")
    aantal_dagen: int = Field(validation_alias="day_count")
    aantal_weken: int = Field(validation_alias="week_count")
    aantal_melders: int | None = Field(validation_alias="reporter_count")
    duur_dagen: int = Field(validation_alias="duration_days")
    eerste_melding: date = Field(validation_alias="first_day")
    laatste_melding: date = Field(validation_alias="last_day")
    lon: float
    lat: float
    buurtcode: str | None
    buurtnaam: str | None
    gebied: str | None


class NotSignalledPage(Paged):
    """Een pagina plekken die bijna op de lijst kwamen."""

    plekken: list[NotSignalledDocument] = Field(description="Wat het dichtst bij de regels kwam eerst")
    aantal_per_reden: dict[str, int] = Field(
        description="Hoeveel van deze plekken er zijn, per reden", examples=[{"aantal meldingen": 7}]
    )
    overige_per_reden: dict[str, int | None] = Field(
        description=(
            "Hoeveel plekken de ronde verder niet signaleerde, in de hele gemeente; afgerond op vijf en leeg "
            "onder vijf voor wie niet alle gebieden ziet"
        ),
        examples=[{"aantal meldingen": 140, "piek": None}],
    )


class NewNomination(RequestModel):
    """Een plek die mensen zien en het systeem niet: een plek van de lijst, een adres, of een punt."""

    reden: Text = Field(description="Wat u daar ziet")
    plek: str | None = Field(default=None, min_length=1, max_length=40, description="Uit niet-gesignaleerd")
    adres: ShortText | None = Field(default=None, description="Straat en huisnummer")
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    straal_m: float | None = Field(default=None, gt=0, le=1000, description="Hoe ver om het punt, in meters")
    woning: StrictBool = Field(default=False, description="Of het om één woning gaat")

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon en lat horen bij elkaar")
        if sum(each is not None for each in (self.plek, self.adres, self.lon)) != 1:
            raise ValueError("noem één plek: plek, adres, of lon en lat")
        return self

    def seen(self) -> Seen:
        """What is meant, for the library."""
        point = None if self.lon is None or self.lat is None else (self.lon, self.lat)
        return Seen(self.plek, self.adres, point, radius_m=self.straal_m, is_dwelling=self.woning)


class Withdrawal(RequestModel):
    """Een plek die u zelf aandroeg, toch niet aandragen."""

    reden: Text


@router.reads(
    "/niet-gesignaleerd",
    "getNietGesignaleerd",
    "Plekken die bijna op de lijst kwamen",
    NotSignalledPage,
    geojson=FeatureCollection,
)
def get_not_signalled(
    request: Request,
    query: Annotated[NotSignalledQuery, Query()],
    actor: SignedIn,
    connection: ReadConnection,
    settings: ServiceSettings,
) -> Response:
    """Geeft wat de laatste ronde net niet signaleerde, met de reden; alleen waar u ook woningen mag zien.

    Vraag GeoJSON met `Accept: application/geo+json`.
    """
    media_type = chosen_type(request, (JSON, GEOJSON, CSV))
    visibility = reach_of(actor)
    everything = read_not_signalled(connection, settings, visibility=visibility)
    chosen = only(everything, gebied=query.gebied, buurt=query.buurt, reason=query.reden)

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        part = with_names(connection, settings, chosen[offset : offset + limit])
        return dump_all(NotSignalledDocument, part)

    if media_type == GEOJSON:
        part = chosen[query.offset : query.offset + query.pagina_grootte]
        members = read(query.offset, query.pagina_grootte)
        return answer_features(request, query, _features(part, members), len(chosen), crs=CRS84)
    counts = count_refused(connection, visibility=visibility, near=everything)
    more = {"aantalPerReden": counts.near, "overigePerReden": counts.others}
    collection = Collection("plekken", len(chosen), read, columns_of(NotSignalledDocument))
    return answer_collection(request, query, collection, media_type=media_type, more=more)


@router.adds("/aangedragen", "postAangedragen", "Een plek aandragen die het systeem niet signaleerde")
def post_nomination(
    new: NewNomination,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Zet een plek op de lijst: zij krijgt een nummer, en elke ronde telt de meldingen erbij."""
    case = nominate(database, settings, actor=actor, seen=new.seen(), reason=new.reden, now=now)
    response.headers["ETag"] = version_tag(case.version)
    return CaseDocument.model_validate(case)


@router.put(
    "/hotspots/{id}/aandragen/intrekken", operation_id="putIntrekken", summary="Een plek niet meer aandragen"
)
def put_withdrawal(
    access: SignedInCase, change: Withdrawal, version: SeenVersion, response: Response
) -> CaseDocument:
    """Haalt een plek van de lijst die uw organisatie aandroeg; nummer en historie blijven."""
    case = withdraw(access, reason=change.reden, expected_version=version)
    response.headers["ETag"] = version_tag(case.version)
    return CaseDocument.model_validate(case)


def _features(places: Sequence[NotSignalled], members: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    shapes = shapes_of([place.geometry for place in places])
    return [
        {"type": "Feature", "id": place.key, "geometry": shape, "properties": member}
        for place, shape, member in zip(places, shapes, members, strict=True)
    ]
