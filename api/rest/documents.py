"""Answer types of the API; their docstrings and descriptions are in its OpenAPI description."""

from datetime import UTC, date, datetime
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, field_validator

from api.http.paging import Document, Link, Paged, WhileStopped
from hotspots.model import Trend
from hotspots.tracking.hotspot import Hotspot

Kind = TypeVar("Kind")


class HotspotLinks(BaseModel):
    """Verwijzingen vanuit een hotspot."""

    self: Link
    onderbouwing: Link
    weken: Link
    herkomst: Link


class HotspotDocument(Hotspot):
    """Een hotspot zoals die na een ronde bekend was."""

    links: HotspotLinks = Field(alias="_links")


class HotspotPage(Paged, WhileStopped):
    """Een pagina hotspots."""

    hotspots: list[Hotspot] = Field(description="Eerst wat is gesignaleerd, op score")


class Geometry(BaseModel):
    """Een GeoJSON-geometrie (RFC 7946), lengte- en breedtegraad WGS 84."""

    type: Literal["Polygon", "MultiPolygon"]
    coordinates: list[Any]


class HotspotFeature(BaseModel):
    """Een hotspot als GeoJSON-feature."""

    type: Literal["Feature"]
    id: str = Field(description="Vast kenmerk van de hotspot")
    geometry: Geometry
    properties: Hotspot


class FeatureLink(BaseModel):
    """Een verwijzing met haar soort."""

    rel: str = Field(examples=["next"])
    href: str = Field(examples=["/v1/hotspots?pagina=2"])
    type: str = Field(examples=["application/geo+json"])


class Features(Document, Generic[Kind]):
    """A page of GeoJSON features."""

    type: Literal["FeatureCollection"]
    features: list[Kind]
    number_matched: int = Field(description="Hoeveel er in totaal zijn")
    number_returned: int = Field(description="Hoeveel er in dit antwoord staan")
    links: list[FeatureLink]


class HotspotFeatureCollection(Features[HotspotFeature], WhileStopped):
    """Een pagina hotspots als GeoJSON."""


class Evidence(Document):
    """Waarom een hotspot op de lijst staat."""

    nummer: str = Field(examples=["HS-2023-014"])
    redenen: list[str] = Field(description="De redenen in zinnen")
    cijfers: dict[str, Any] = Field(
        description="De cijfers waarop is besloten; leeg als ze niet zijn bewaard"
    )


class WeeklyCount(Document):
    """Een week."""

    week: str = Field(description="ISO-week", examples=["2023-W48"])
    maandag: date = Field(description="Eerste dag van de week")
    aantal_meldingen: int = Field(description="Meldingen in die week")


class WeeklyCounts(Document):
    """Meldingen per week, zonder gaten."""

    nummer: str = Field(examples=["HS-2023-014"])
    weken: list[WeeklyCount]


class LineageLine(Document):
    """Een splitsing of samenvoeging."""

    soort: Literal["splitsing", "samenvoeging"]
    van: str = Field(description="Nummer van de hotspot waar het begon", examples=["HS-2023-003"])
    naar: str = Field(description="Nummer van de hotspot die eruit kwam", examples=["HS-2023-004"])
    peildatum: date = Field(description="Ronde waarin het is gezien")


class Lineage(Document):
    """Herkomst van een hotspot."""

    nummer: str = Field(examples=["HS-2023-014"])
    herkomst: list[LineageLine]


class Buurt(Document):
    """Een buurt."""

    buurtcode: str = Field(examples=["BU09350000"])
    buurtnaam: str
    wijkcode: str
    wijknaam: str
    gebied: str = Field(description="Gebied van het gebiedsteam")
    inwoners: int | None = Field(description="Leeg als het niet bekend is")
    bij_benadering: bool = Field(description="De grens is afgeleid, niet officieel")


class BuurtPage(Paged):
    """Een pagina buurten."""

    buurten: list[Buurt] = Field(description="Op code")


class Area(Document):
    """Een gebied van een gebiedsteam."""

    naam: str
    buurten: list[str] = Field(description="Codes van de buurten")
    inwoners: int | None = Field(description="Leeg als het niet bekend is")


class AreaPage(Paged):
    """Een pagina gebieden."""

    gebieden: list[Area] = Field(description="Op naam")


class RunLinks(BaseModel):
    """Verwijzingen vanuit een ronde."""

    self: Link
    hotspots: Link


class RunDocument(Document):
    """Een wekelijkse ronde."""

    peildatum: date = Field(validation_alias="as_of", description="De hele dag telt mee")
    venster_vanaf: datetime = Field(
        validation_alias="window_start", description="Begin van de periode waarover is gekeken"
    )
    venster_tot: datetime = Field(
        validation_alias="window_end", description="Einde van die periode, zelf niet inbegrepen"
    )
    afgerond_op: datetime = Field(validation_alias="finished_at")
    versie: str = Field(validation_alias="version", description="Versie van de software")
    aantal_meldingen: int | None = Field(
        validation_alias="report_count",
        description="Gescreende meldingen in de periode; leeg voor wie niet alle plekken mag zien",
    )
    aantal_gelokaliseerd: int | None = Field(
        validation_alias="located_count",
        description="Daarvan precies genoeg op de kaart; leeg voor wie niet alle plekken mag zien",
    )
    aantal_gesignaleerd: int = Field(
        validation_alias="signalled_count",
        description="Plekken die u mag zien en die in deze ronde (weer) aan de regels voldeden",
    )
    aantal_op_de_lijst: int = Field(
        validation_alias="listed",
        description="Plekken op uw lijst: niet beëindigd, niet gesloten en niet beoordeeld als geen hotspot",
    )
    aantal_nieuw: int = Field(
        validation_alias="new", description="Daarvan met trend nieuw: kort geleden voor het eerst op de lijst"
    )
    aantal_kandidaat: int = Field(
        validation_alias="candidates", description="Daarvan met status kandidaat: nog zonder oordeel"
    )
    links: RunLinks = Field(alias="_links")

    @field_validator("venster_vanaf", "venster_tot", "afgerond_op")
    @classmethod
    def _to_the_second(cls, value: datetime) -> datetime:
        return value.astimezone(UTC).replace(microsecond=0)


class RunPage(Paged, WhileStopped):
    """Een pagina rondes."""

    rondes: list[RunDocument] = Field(description="De laatste eerst")


class TrendCounts(Document):
    """Hoeveel plekken na een ronde op de lijst stonden, naar trend."""

    peildatum: date
    aantal_gesignaleerd: int = Field(description="Voldeed in deze ronde (weer) aan de regels")
    aantal_op_de_lijst: int = Field(description="Alle trends samen")
    aantal_per_trend: dict[Trend, int] = Field(
        description="Op de lijst, elke trend, ook met 0",
        examples=[{"nieuw": 2, "toenemend": 1, "aanhoudend": 9}],
    )


class TrendPage(Paged):
    """Een pagina rondes met hun trends."""

    trends: list[TrendCounts] = Field(description="De laatste ronde eerst")


class Feature(BaseModel):
    """Een GeoJSON-feature (RFC 7946)."""

    type: Literal["Feature"]
    id: str
    geometry: Geometry
    properties: dict[str, Any]


class FeatureCollection(Features[Feature]):
    """Een pagina GeoJSON-features."""


NOT_FOLLOWED: tuple[type[BaseModel], ...] = (HotspotFeature, HotspotFeatureCollection, FeatureCollection)
"""Types that come by content negotiation, so that no route has them as its response model."""


def reference(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a type in the OpenAPI description."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}
