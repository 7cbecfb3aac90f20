"""What the API answers, as types: they are the text of its OpenAPI description."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.paging import Link, Paged
from hotspots.hotspot import Hotspot


class SelfLink(BaseModel):
    """Verwijzing naar dit document."""

    self: Link


class HotspotDocument(Hotspot):
    """Een hotspot zoals die na een ronde bekend was."""

    links: SelfLink = Field(alias="_links")


class HotspotPage(Paged):
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


class HotspotFeatureCollection(BaseModel):
    """Een pagina hotspots als GeoJSON."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    type: Literal["FeatureCollection"]
    features: list[HotspotFeature]
    number_matched: int = Field(description="Hoeveel er in totaal zijn")
    number_returned: int = Field(description="Hoeveel er in dit antwoord staan")
    links: list[FeatureLink]


NOT_FOLLOWED: tuple[type[BaseModel], ...] = (HotspotFeature, HotspotFeatureCollection)
"""Types that no route names as its response model, because they come by content negotiation."""


def reference(model: type[BaseModel]) -> dict[str, str]:
    """A reference to a type in the OpenAPI description."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}
